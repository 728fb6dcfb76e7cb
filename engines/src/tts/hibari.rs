//! hibari: one English voice, about a hundred times faster than real time on one core.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use super::{
    clause,
    g2p::english::English,
    normalize, pick,
    speech::{Pieces, Request, SpeechPieces, confidence},
    symbols::Symbols,
    vocoder::{self, Spectra, Vocoder},
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

/// Phonemes that the model was trained to say in one go.
const LONGEST: usize = 400;

/// Brings the voice to the common level (see [`super::speech`]).
const GAIN: f32 = 1.8;

/// What the model gives, in the order of [`Spectra`].
const OUTPUTS: [&str; 6] = ["lh", "theta", "ln", "lr", "phi", "f0"];

struct Model {
    english: English,
    symbols: Symbols,
    session: RefCell<Box<dyn Session>>,
    vocoder: Vocoder,
}

/// The model, shared by all conversations.
pub struct Hibari {
    name: String,
    voices: Vec<Voice>,
    model: Rc<Model>,
    clock: Arc<dyn Clock>,
}

impl Hibari {
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
        let model = Model {
            english: English::load(files, runtime)?,
            symbols: Symbols::read(&files.path("vocab.json")?, &files.read("vocab.json")?)?,
            session: RefCell::new(runtime.load(&files.path("hibari.onnx")?, options)?),
            vocoder: Vocoder::new(),
        };
        Ok(Self {
            name: files.model().id.clone(),
            voices: voices(&[(Language::En, "heart")]),
            model: Rc::new(model),
            clock,
        })
    }
}

impl Synthesizer for Hibari {
    fn name(&self) -> &str {
        &self.name
    }

    fn available_voices(&self) -> &[Voice] {
        &self.voices
    }

    fn open(&self, language: Language, voice_id: u32) -> Result<Box<dyn SynthesizerStream>, EngineError> {
        let voice = pick(&self.name, &self.voices, language, voice_id)?;
        Ok(Box::new(HibariStream {
            voice: voice.clone(),
            model: Rc::clone(&self.model),
            clock: Arc::clone(&self.clock),
            tag: Tag::default(),
            latency: LatencyWindow::default(),
        }))
    }
}

struct HibariStream {
    voice: Voice,
    model: Rc<Model>,
    clock: Arc<dyn Clock>,
    tag: Tag,
    latency: LatencyWindow,
}

impl Model {
    /// The sound of one part of a text, at [`vocoder::RATE`].
    fn speak(&self, ids: &[i64]) -> Result<Vec<f32>, EngineError> {
        // The model wants a silent symbol at both ends.
        let padded: Vec<i64> = std::iter::once(0).chain(ids.iter().copied()).chain([0]).collect();
        let ids = Value::from(Tensor::i64(&[1, padded.len()], padded));
        let speed = Value::from(Tensor::f32(&[1], vec![1.0]));
        let outputs = self.session.borrow_mut().run(&[("ids", &ids), ("speed", &speed)], &OUTPUTS)?;
        let curve = |n: usize| outputs[n].as_f32();
        let spectra = Spectra {
            harmonic: curve(0)?,
            phase: curve(1)?,
            noise: curve(2)?,
            free: curve(3)?,
            free_phase: curve(4)?,
            pitch: curve(5)?,
        };
        // The same text always sounds the same, which keeps results comparable.
        let mut noise = fastrand::Rng::with_seed(1);
        self.vocoder.synthesize(&spectra, &mut noise).ok_or_else(|| EngineError::EngineFailed {
            engine: "hibari".into(),
            problem: "its model gave curves of different lengths".into(),
        })
    }
}

impl SynthesizerStream for HibariStream {
    fn tag(&mut self, tag: Tag) {
        self.tag = tag;
    }

    fn synthesize_streaming<'a>(&'a mut self, text: &str, is_final: bool) -> Result<Speech<'a>, EngineError> {
        let started = self.clock.now();
        let spoken = normalize::normalize(text, Language::En, is_final);
        let mut parts = Vec::new();
        let (mut kept, mut left_out) = (0, spoken.left_out);
        for sentence in clause::sentences(&spoken.text) {
            let model = &self.model;
            let mut fits = |part: &str| model.english.phonemes(part).map_or(true, |p| p.chars().count() <= LONGEST);
            for part in clause::split_to_fit(sentence, &mut fits) {
                let encoded = model.symbols.encode(&model.english.phonemes(part)?);
                kept += encoded.ids.len();
                left_out += encoded.unknown;
                parts.push(encoded.ids);
            }
        }
        let request = Request {
            tag: self.tag,
            language: self.voice.language,
            speaker_id: self.voice.id,
            rate: vocoder::RATE,
            gain: GAIN,
            confidence: confidence(kept, left_out),
            clock: &self.clock,
            started,
            latency: &mut self.latency,
        };
        let model = &self.model;
        let mut parts = parts.into_iter().filter(|ids| !ids.is_empty());
        let pieces: Pieces<'a> = Box::new(move || parts.next().map(|ids| model.speak(&ids)).transpose());
        Ok(Box::new(SpeechPieces::new(text, request, pieces)?))
    }

    fn latency_stats(&self) -> LatencyStats {
        self.latency.stats()
    }
}
