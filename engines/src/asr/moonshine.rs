//! Moonshine base, English (Jeffries et al. 2024, "Moonshine: Speech Recognition for Live Transcription and Voice
//! Commands"): raw samples in, cost in proportion to their length.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use super::{
    AsrOptions,
    guard::unroll,
    search::{Plan, search},
    stream::{SegmentStream, Shared, Task, Transcriber, Transcript},
    vocabulary::Vocabulary,
};
use crate::{
    EngineError, Language,
    catalog::ModelFiles,
    clock::Clock,
    message::INPUT_RATE,
    runtime::{Runtime, SessionOptions, Tensor},
    stage::{Recognizer, RecognizerStream},
    transformer::Transformer,
};

/// `<s>` and `</s>` of its vocabulary.
const START: i64 = 1;
const END: usize = 2;

/// Silence put behind the sound, in samples: 400 ms. A button is released on the last syllable, and without silence
/// after it the last word is often lost: 10.7 % word errors on clips cut there, 4.6 % with this silence.
const SILENCE_BEHIND: usize = INPUT_RATE as usize * 2 / 5;

/// Most tokens in a second of speech, as its authors' code has it, and some for a short sound.
const TOKENS_PER_SECOND: f32 = 6.5;
const TOKENS_AT_LEAST: usize = 6;

/// Between what it made of a crowd (-0.78 and less) and of speech (-0.56 and more).
const LEAST_MEAN: f32 = -0.7;

/// The model.
pub struct Moonshine {
    name: String,
    languages: Vec<Language>,
    beam_size: usize,
    clock: Arc<dyn Clock>,
    model: Shared,
}

struct Model {
    transformer: Transformer,
    vocabulary: Vocabulary,
}

impl Moonshine {
    /// Loads the model from its checked files.
    ///
    /// # Errors
    /// A catalog or runtime error, or [`EngineError::ModelContent`].
    pub fn load(
        runtime: &dyn Runtime,
        files: &ModelFiles,
        options: AsrOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        let transformer = Transformer::load(runtime, files, SessionOptions { threads: options.threads })?;
        let vocabulary = Vocabulary::parse(&files.read("tokenizer.bin")?, &files.path("tokenizer.bin")?)?;
        Ok(Self {
            name: files.model().id.clone(),
            languages: files.model().languages.clone(),
            beam_size: options.beam_size,
            clock,
            model: Rc::new(RefCell::new(Model { transformer, vocabulary })),
        })
    }
}

impl Transcriber for Model {
    fn least_mean(&self) -> f32 {
        LEAST_MEAN
    }

    fn text(&self, tokens: &[u32]) -> Result<String, EngineError> {
        Ok(self.vocabulary.text(tokens))
    }

    fn transcribe(&mut self, samples: &[f32], task: Task) -> Result<Transcript, EngineError> {
        let seconds = samples.len() as f32 / INPUT_RATE as f32;
        let mut padded = Vec::with_capacity(samples.len() + SILENCE_BEHIND);
        padded.extend_from_slice(samples);
        padded.resize(samples.len() + SILENCE_BEHIND, 0.0);
        let sound = self.transformer.encode(Tensor::f32(&[1, padded.len()], padded))?;
        let plan = Plan {
            prompt: &[START],
            begun: task.begun,
            end: END,
            banned: &[],
            // Ending before the first word is its way to say that nobody speaks, and now and then a mistake: so it
            // is taken as a probability, and left to the guard.
            banned_first: &[END],
            small_first: &[],
            probe: Some(END),
            limit: TOKENS_AT_LEAST + (seconds * TOKENS_PER_SECOND) as usize,
            beams: task.beams,
        };
        let mut found = search(&mut self.transformer, &sound, &plan)?;
        let tokens = found.text.tokens.len() + 1;
        if found.cut_short {
            unroll(&mut found.text.tokens);
        }
        Ok(Transcript {
            text: self.vocabulary.text(&found.text.tokens),
            begun: found.text,
            log_probability: found.log_probability,
            tokens,
            no_speech: found.probe,
            cut_short: found.cut_short,
        })
    }
}

impl Recognizer for Moonshine {
    fn name(&self) -> &str {
        &self.name
    }

    fn languages(&self) -> &[Language] {
        &self.languages
    }

    fn open(&self, language: Language) -> Result<Box<dyn RecognizerStream>, EngineError> {
        SegmentStream::open(&self.model, self, language, self.beam_size, &self.clock)
    }
}
