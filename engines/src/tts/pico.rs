//! SVOX Pico: voices of a megabyte that speak a sentence in some ten milliseconds. They sound synthetic, and are the light
//! voice, the fallback, and the German one that is understood best (`docs/performance.md`).
//!
//! The C sources come with crate `ttspico-sys` and are linked in; the voices come through the catalog.

mod engine;

use std::{path::PathBuf, sync::Arc};

use self::engine::{Engine, Step};
use super::{
    normalize, pick,
    speech::{Pieces, Request, SpeechPieces, confidence},
    voices,
};
use crate::{
    EngineError, Language,
    catalog::ModelFiles,
    clock::Clock,
    latency::{LatencyStats, LatencyWindow},
    stage::{Speech, Synthesizer, SynthesizerStream, Tag, Voice},
};

/// Samples in a piece: a quarter of a second.
const PIECE: usize = engine::RATE as usize / 4;

/// Language, name, files of text analysis and of signal generation, and the factor that brings the voice to the common
/// level (see [`super::speech`]).
const VOICES: [(Language, &str, &str, &str, f32); 5] = [
    (Language::En, "en-US", "en-US_ta.bin", "en-US_lh0_sg.bin", 0.30),
    (Language::En, "en-GB", "en-GB_ta.bin", "en-GB_kh0_sg.bin", 0.30),
    (Language::Es, "es-ES", "es-ES_ta.bin", "es-ES_zl0_sg.bin", 0.28),
    (Language::Fr, "fr-FR", "fr-FR_ta.bin", "fr-FR_nk0_sg.bin", 0.30),
    (Language::De, "de-DE", "de-DE_ta.bin", "de-DE_gl0_sg.bin", 0.30),
];

/// The light voices, shared by all conversations.
pub struct Pico {
    name: String,
    voices: Vec<Voice>,
    /// Text analysis and signal generation of each voice.
    files: Vec<(PathBuf, PathBuf)>,
    clock: Arc<dyn Clock>,
}

impl Pico {
    /// Finds the voices' files. The voices themselves are loaded when a stream is opened, in a few milliseconds.
    ///
    /// # Errors
    /// A catalog error.
    pub fn load(files: &ModelFiles, clock: Arc<dyn Clock>) -> Result<Self, EngineError> {
        let paths = VOICES
            .iter()
            .map(|(_, _, analysis, signal, _)| Ok((files.path(analysis)?, files.path(signal)?)))
            .collect::<Result<_, EngineError>>()?;
        let names: Vec<(Language, &str)> = VOICES.iter().map(|v| (v.0, v.1)).collect();
        Ok(Self { name: files.model().id.clone(), voices: voices(&names), files: paths, clock })
    }
}

impl Synthesizer for Pico {
    fn name(&self) -> &str {
        &self.name
    }

    fn available_voices(&self) -> &[Voice] {
        &self.voices
    }

    fn open(&self, language: Language, voice_id: u32) -> Result<Box<dyn SynthesizerStream>, EngineError> {
        let voice = pick(&self.name, &self.voices, language, voice_id)?;
        let index = self.voices.iter().position(|v| v == voice).unwrap_or_default();
        let (analysis, signal) = &self.files[index];
        let engine = Engine::load(analysis, signal)
            .map_err(|problem| EngineError::ModelContent { path: signal.clone(), problem })?;
        Ok(Box::new(PicoStream {
            voice: voice.clone(),
            gain: VOICES[index].4,
            engine,
            unfinished: false,
            clock: Arc::clone(&self.clock),
            tag: Tag::default(),
            latency: LatencyWindow::default(),
        }))
    }
}

struct PicoStream {
    voice: Voice,
    gain: f32,
    engine: Engine,
    /// The last request was dropped, or failed, before its end.
    unfinished: bool,
    clock: Arc<dyn Clock>,
    tag: Tag,
    latency: LatencyWindow,
}

fn failed(problem: String) -> EngineError {
    EngineError::EngineFailed { engine: "pico".into(), problem }
}

/// Feeds `text` from `put` on and works until a piece of sound is there; `None` when all is spoken.
fn next_piece(engine: &mut Engine, text: &[u8], put: &mut usize) -> Result<Option<Vec<f32>>, String> {
    let mut sound: Vec<f32> = Vec::with_capacity(PIECE + 256);
    loop {
        let taken = if *put < text.len() { engine.put(&text[*put..])? } else { 0 };
        *put += taken;
        let (samples, idle) = match engine.step()? {
            Step::Busy(samples) => (samples, false),
            Step::Idle(samples) => (samples, true),
        };
        sound.extend(samples.into_iter().map(|s| f32::from(s) / 32_768.0));
        let done = idle && *put == text.len();
        if sound.len() >= PIECE || (done && !sound.is_empty()) {
            return Ok(Some(sound));
        }
        if done {
            return Ok(None);
        }
        if idle && taken == 0 {
            return Err(format!("it took {put} of {} bytes of text and no more", text.len()));
        }
    }
}

impl SynthesizerStream for PicoStream {
    fn tag(&mut self, tag: Tag) {
        self.tag = tag;
    }

    fn synthesize_streaming<'a>(&'a mut self, text: &str, is_final: bool) -> Result<Speech<'a>, EngineError> {
        let started = self.clock.now();
        if std::mem::take(&mut self.unfinished) {
            self.engine.reset().map_err(failed)?;
        }
        // Normalised text has no angle bracket left, which is all that Pico's markup begins with.
        let spoken = normalize::normalize(text, self.voice.language, is_final);
        let kept = spoken.text.chars().filter(|c| c.is_alphanumeric()).count();
        let mut bytes = spoken.text.into_bytes();
        if !bytes.is_empty() {
            // A zero says that no more follows and the rest is to be spoken.
            bytes.push(0);
        }
        let request = Request {
            tag: self.tag,
            language: self.voice.language,
            speaker_id: self.voice.id,
            rate: engine::RATE,
            gain: self.gain,
            confidence: confidence(kept, spoken.left_out),
            clock: &self.clock,
            started,
            latency: &mut self.latency,
        };
        let (engine, unfinished) = (&mut self.engine, &mut self.unfinished);
        let mut put = 0;
        let pieces: Pieces<'a> = Box::new(move || {
            if bytes.is_empty() {
                return Ok(None);
            }
            *unfinished = true;
            let piece = next_piece(engine, &bytes, &mut put).map_err(failed)?;
            *unfinished = piece.is_some();
            Ok(piece)
        });
        Ok(Box::new(SpeechPieces::new(text, request, pieces)?))
    }

    fn latency_stats(&self) -> LatencyStats {
        self.latency.stats()
    }
}
