//! Kokoro: natural voices for languages that have a front here (`g2p`), decoded in windows so that the first sound does not
//! wait for the sentence.

use std::{cell::RefCell, ops::Range, rc::Rc, sync::Arc};

use super::{
    clause,
    g2p::{self, Front},
    normalize, pick,
    speech::{Pieces, Request, SpeechPieces, confidence},
    symbols::Symbols,
    voices,
    window::{Joiner, Overlap},
};
use crate::{
    EngineError, Language,
    catalog::ModelFiles,
    clock::Clock,
    latency::{LatencyStats, LatencyWindow},
    runtime::{Runtime, Session, SessionOptions, Tensor, Value},
    stage::{Speech, Synthesizer, SynthesizerStream, Tag, Voice},
};

/// Sample rate of the model's sound, in hertz.
const RATE: u32 = 24_000;

/// Samples in a frame (25 ms).
const HOP: usize = 600;

/// Values of a style: half for the timbre, half for the melody.
const STYLE: usize = 256;

/// Most symbols in one go: a voice file has one style for each count of symbols up to this.
const LONGEST: usize = 510;

/// Frames decoded before and after a window and thrown away, so that its edges sound as if the rest were there.
const CONTEXT: usize = 6;

/// Where both values of a frame's energy, as the encoder foretells it, are lower, nothing is heard: it is -6 and less in
/// silence, and -2 and more in the faintest consonants.
const SILENT: f32 = -3.0;

/// Silent frames that are decoded before and after a sentence, of the ten or so that it begins and ends with: with fewer, its
/// edges sound less natural.
const EDGE: usize = 6;

/// Frames of the windows: the first short for an early sound; each later one is decoded, with its context and what the
/// recogniser takes of the core meanwhile, before what was decoded so far has been played (7 ms of one core a frame where
/// this was tuned; `docs/performance.md`). Long ones cost less for each second of speech.
const WINDOWS: [usize; 5] = [22, 20, 28, 40, 48];

/// No window shorter than this is left for the end.
const SHORTEST: usize = 6;

/// Join of two windows: 12.5 ms of cross-fade, shifted by up to half a period at 80 Hz.
const OVERLAP: Overlap = Overlap { fade: 300, shift: 150 };

/// The voices: file, and the factor that brings them to the common level (see [`super::speech`]).
const VOICES: [(Language, &str, f32); 5] = [
    (Language::Es, "ef_dora", 1.40),
    (Language::Es, "em_alex", 1.33),
    (Language::Fr, "ff_siwis", 0.92),
    (Language::Zh, "zf_xiaobei", 0.94),
    (Language::Zh, "zm_yunjian", 1.00),
];

struct Model {
    symbols: Symbols,
    /// How each of the languages is put into phonemes.
    fronts: Vec<(Language, Front)>,
    encoder: RefCell<Box<dyn Session>>,
    decoder: RefCell<Box<dyn Session>>,
    /// [`LONGEST`] rows of [`STYLE`] values for each voice, by the number of symbols.
    styles: Vec<Vec<f32>>,
}

/// The model, shared by all conversations.
pub struct Kokoro {
    name: String,
    voices: Vec<Voice>,
    model: Rc<Model>,
    clock: Arc<dyn Clock>,
}

impl Kokoro {
    /// Loads the model.
    ///
    /// # Errors
    /// A catalog or runtime error, or [`EngineError::ModelContent`].
    pub fn load(
        files: &ModelFiles,
        runtime: &dyn Runtime,
        options: SessionOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        let styles =
            VOICES.iter().map(|(_, name, _)| styles(files, &format!("{name}.bin"))).collect::<Result<_, _>>()?;
        let mut fronts: Vec<(Language, Front)> = Vec::new();
        for (language, ..) in VOICES {
            if fronts.iter().all(|(known, _)| *known != language) {
                fronts.push((language, g2p::front(language, &clock)?));
            }
        }
        let model = Model {
            symbols: Symbols::read(&files.path("vocab.json")?, &files.read("vocab.json")?)?,
            fronts,
            encoder: RefCell::new(runtime.load(&files.path("kokoro-encoder.onnx")?, options)?),
            decoder: RefCell::new(runtime.load(&files.path("kokoro-decoder.onnx")?, options)?),
            styles,
        };
        let names: Vec<(Language, &str)> = VOICES.iter().map(|(language, name, _)| (*language, *name)).collect();
        Ok(Self { name: files.model().id.clone(), voices: voices(&names), model: Rc::new(model), clock })
    }
}

fn styles(files: &ModelFiles, file: &str) -> Result<Vec<f32>, EngineError> {
    let bytes = files.read(file)?;
    if bytes.len() != LONGEST * STYLE * 4 {
        return Err(EngineError::ModelContent {
            path: files.path(file)?,
            problem: format!("{} bytes are not {LONGEST} styles of {STYLE} values", bytes.len()),
        });
    }
    Ok(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
}

impl Synthesizer for Kokoro {
    fn name(&self) -> &str {
        &self.name
    }

    fn available_voices(&self) -> &[Voice] {
        &self.voices
    }

    fn open(&self, language: Language, voice_id: u32) -> Result<Box<dyn SynthesizerStream>, EngineError> {
        let voice = pick(&self.name, &self.voices, language, voice_id)?;
        let index = self.voices.iter().position(|v| v == voice).unwrap_or_default();
        Ok(Box::new(KokoroStream {
            voice: voice.clone(),
            index,
            model: Rc::clone(&self.model),
            clock: Arc::clone(&self.clock),
            tag: Tag::default(),
            latency: LatencyWindow::default(),
        }))
    }
}

struct KokoroStream {
    voice: Voice,
    /// Which of the model's voices.
    index: usize,
    model: Rc<Model>,
    clock: Arc<dyn Clock>,
    tag: Tag,
    latency: LatencyWindow,
}

/// A sentence on its way to sound.
struct Sentence {
    style: Value,
    /// 512 rows of one value a frame.
    hidden: Value,
    /// Two values a frame.
    pitch: Value,
    /// Two values a frame.
    energy: Value,
    /// 22 rows of 120 values a frame, and one more.
    source: Value,
    /// The frames that are heard.
    heard: Range<usize>,
    /// Up to which frame it is decoded.
    done: usize,
    windows: usize,
    joiner: Joiner,
}

impl Model {
    /// The phonemes of a sentence, in parts short enough to be said in one go.
    fn phonemes(&self, sentence: &str, language: Language) -> Result<Vec<String>, EngineError> {
        let Some((_, front)) = self.fronts.iter().find(|(of, _)| *of == language) else { return Ok(Vec::new()) };
        let (mut parts, mut failed) = (Vec::new(), None);
        // What is taken is asked about in its order, and once.
        let mut fits = |part: &str| match front(part) {
            Ok(phonemes) if phonemes.chars().count() >= LONGEST => false,
            Ok(phonemes) => {
                parts.push(phonemes);
                true
            }
            Err(error) => {
                failed = Some(error);
                true
            }
        };
        clause::split_to_fit(sentence, &mut fits);
        failed.map_or(Ok(parts), Err)
    }

    fn encode(&self, voice: usize, ids: &[i64]) -> Result<Sentence, EngineError> {
        // A style belongs to a number of symbols, the silent ones at the ends not counted.
        let row = ids.len().min(LONGEST - 1) * STYLE;
        let style = Value::from(Tensor::f32(&[1, STYLE], self.styles[voice][row..row + STYLE].to_vec()));
        let padded: Vec<i64> = std::iter::once(0).chain(ids.iter().copied()).chain([0]).collect();
        let tokens = Value::from(Tensor::i64(&[1, padded.len()], padded));
        let speed = Value::from(Tensor::f32(&[1], vec![1.0]));
        let outputs = self.encoder.borrow_mut().run(
            &[("tokens", &tokens), ("style", &style), ("speed", &speed)],
            &["hidden", "pitch", "energy", "source"],
        )?;
        let [hidden, pitch, energy, source]: [Value; 4] = outputs.try_into().map_err(|_| unexpected("outputs"))?;
        let frames = hidden.shape()?.last().copied().unwrap_or(0);
        let fits = frames > 0
            && pitch.as_f32()?.len() == 2 * frames
            && energy.as_f32()?.len() == 2 * frames
            && source.shape()?.last() == Some(&(120 * frames + 1));
        if !fits {
            return Err(unexpected("lengths"));
        }
        let heard = heard(energy.as_f32()?);
        let (done, joiner) = (heard.start, Joiner::new(OVERLAP));
        Ok(Sentence { style, hidden, pitch, energy, source, heard, done, windows: 0, joiner })
    }

    /// The next piece of the sentence at [`RATE`]; `None` at its end.
    fn decode(&self, sentence: &mut Sentence) -> Result<Option<Vec<f32>>, EngineError> {
        let Range { start: first, end: last } = sentence.heard;
        if sentence.done == last {
            return Ok(None);
        }
        let wanted = WINDOWS[sentence.windows.min(WINDOWS.len() - 1)];
        let mut end = (sentence.done + wanted).min(last);
        if last - end < SHORTEST {
            end = last;
        }
        let window = sentence.done.saturating_sub(CONTEXT).max(first)..(end + CONTEXT).min(last);
        let hidden = columns(&sentence.hidden, window.clone())?;
        let pitch = columns(&sentence.pitch, 2 * window.start..2 * window.end)?;
        let energy = columns(&sentence.energy, 2 * window.start..2 * window.end)?;
        let source = columns(&sentence.source, 120 * window.start..120 * window.end + 1)?;
        let inputs: [(&str, &Value); 5] = [
            ("hidden", &hidden),
            ("pitch", &pitch),
            ("energy", &energy),
            ("source", &source),
            ("style", &sentence.style),
        ];
        let outputs = self.decoder.borrow_mut().run(&inputs, &["audio"])?;
        let sound = outputs[0].as_f32()?;
        let body = (sentence.done - window.start) * HOP..(end - window.start) * HOP;
        let piece = sentence.joiner.join(sound, body);
        sentence.done = end;
        sentence.windows += 1;
        Ok(Some(piece))
    }
}

/// The frames that are heard, and [`EDGE`] around them, of a sentence whose `energy` has two values a frame; all frames where
/// none is.
fn heard(energy: &[f32]) -> Range<usize> {
    let frames = energy.len() / 2;
    let is_heard = |frame: &[f32]| frame.iter().any(|value| *value >= SILENT);
    let first = energy.chunks_exact(2).position(is_heard).unwrap_or(0);
    let last = energy.chunks_exact(2).rposition(is_heard).map_or(frames, |at| at + 1);
    first.saturating_sub(EDGE)..(last + EDGE).min(frames)
}

fn unexpected(what: &str) -> EngineError {
    EngineError::EngineFailed { engine: "kokoro".into(), problem: format!("its encoder gave unexpected {what}") }
}

/// Some columns of all rows of a tensor whose last dimension is time.
fn columns(value: &Value, range: Range<usize>) -> Result<Value, EngineError> {
    let mut shape = value.shape()?;
    let data = value.as_f32()?;
    let width = shape.last().copied().unwrap_or(0);
    if range.end > width || width == 0 {
        return Err(unexpected("lengths"));
    }
    let part: Vec<f32> = data.chunks_exact(width).flat_map(|row| &row[range.clone()]).copied().collect();
    if let Some(last) = shape.last_mut() {
        *last = range.len();
    }
    Ok(Value::from(Tensor::f32(&shape, part)))
}

impl SynthesizerStream for KokoroStream {
    fn tag(&mut self, tag: Tag) {
        self.tag = tag;
    }

    fn synthesize_streaming<'a>(&'a mut self, text: &str, is_final: bool) -> Result<Speech<'a>, EngineError> {
        let started = self.clock.now();
        let spoken = normalize::normalize(text, self.voice.language, is_final);
        let mut parts = Vec::new();
        let (mut kept, mut left_out) = (0, spoken.left_out);
        for sentence in clause::sentences(&spoken.text) {
            for phonemes in self.model.phonemes(sentence, self.voice.language)? {
                let encoded = self.model.symbols.encode(&phonemes);
                kept += encoded.ids.len();
                left_out += encoded.unknown;
                parts.push(encoded.ids);
            }
        }
        let request = Request {
            tag: self.tag,
            language: self.voice.language,
            speaker_id: self.voice.id,
            rate: RATE,
            gain: VOICES[self.index].2,
            confidence: confidence(kept, left_out),
            clock: &self.clock,
            started,
            latency: &mut self.latency,
        };
        let (model, voice) = (&self.model, self.index);
        let mut parts = parts.into_iter().filter(|ids| !ids.is_empty());
        let mut now: Option<Sentence> = None;
        let pieces: Pieces<'a> = Box::new(move || {
            loop {
                if let Some(sentence) = &mut now {
                    if let Some(piece) = model.decode(sentence)? {
                        return Ok(Some(piece));
                    }
                    now = None;
                }
                let Some(ids) = parts.next() else { return Ok(None) };
                now = Some(model.encode(voice, &ids)?);
            }
        });
        Ok(Box::new(SpeechPieces::new(text, request, pieces)?))
    }

    fn latency_stats(&self) -> LatencyStats {
        self.latency.stats()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_around_a_sentence_is_left_out_but_for_an_edge() {
        let energy = |frames: &[f32]| frames.iter().flat_map(|e| [*e, -9.0]).collect::<Vec<_>>();
        let quiet = [-9.0; 10];
        assert_eq!(heard(&energy(&[&quiet[..], &[-2.0, -8.0, 7.0], &quiet].concat())), 4..19);
        assert_eq!(heard(&energy(&[-9.0, 1.0, 2.0, -9.0])), 0..4);
        assert_eq!(heard(&energy(&quiet)), 0..10);
        assert_eq!(heard(&[]), 0..0);
    }
}
