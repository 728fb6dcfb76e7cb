//! One side's translation: hypotheses in, clauses out as soon as they may be said.

use std::time::Duration;

use super::clause::{ClauseOptions, Clauses};
use crate::{
    Direction, EngineError,
    context::Said,
    message::{Kind, TextToken, Utterance},
    stage::{Tag, Translator, TranslatorStream},
};

/// What a tongue goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TongueOptions {
    /// How long clauses are.
    pub clauses: ClauseOptions,
    /// Sentences said before that the translator is given (`mt.context_window_size`).
    pub context_window_size: usize,
}

/// Translates one side of a conversation.
pub struct Tongue {
    stream: Box<dyn TranslatorStream>,
    clauses: Clauses,
    said: Said,
    utterance: Utterance,
}

impl Tongue {
    /// A tongue for `direction`.
    ///
    /// # Errors
    /// [`EngineError::DirectionNotOffered`].
    pub fn open(
        translator: &dyn Translator,
        direction: Direction,
        options: TongueOptions,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            stream: translator.open(direction)?,
            clauses: Clauses::new(options.clauses, direction.source),
            said: Said::new(options.context_window_size),
            utterance: 0,
        })
    }

    /// Translates a word, so that the first sentence does not wait for the engine to warm up.
    ///
    /// # Errors
    /// The engine's.
    pub fn warm_up(&mut self, word: &str) -> Result<(), EngineError> {
        self.stream.translate_chunk(word, true).map(drop)
    }

    /// Sets how long may be waited for a better translation of a sentence ([`TranslatorStream::set_patience`]).
    pub fn set_patience(&mut self, patience: Duration) {
        self.stream.set_patience(patience);
    }

    /// Takes a hypothesis of the recogniser's and hands `each` what it completes: finals are to be spoken in this
    /// order, a partial says how the sentence would go on, and an error costs the clause it happened on.
    pub fn hear(&mut self, heard: &TextToken, each: &mut dyn FnMut(Result<TextToken, EngineError>)) {
        if heard.utterance != self.utterance {
            self.utterance = heard.utterance;
            self.clauses.reset();
            self.stream.reset();
        }
        let is_final = heard.kind == Kind::Final;
        let committed = if is_final { heard.text.len() } else { heard.committed };
        self.stream.tag(Tag { utterance: heard.utterance, chunk_id: heard.chunk_id });
        while let Some(step) = self.clauses.next(&heard.text, committed, is_final) {
            self.stream.set_context(self.said.clauses());
            let clause = self.stream.translate_further(step.sentence, step.tentative, step.is_complete);
            if step.is_complete {
                self.said.push(step.sentence);
            }
            let Ok(clause) = clause else {
                each(clause);
                continue;
            };
            // Where all of a sentence was said, what is in doubt of it is still to be told.
            let has_doubts = !clause.metadata.doubts.is_empty();
            let is_spoken = clause.kind == Kind::Final && (!clause.text.trim().is_empty() || has_doubts);
            if is_spoken {
                self.clauses.spoke();
            }
            if is_spoken || clause.kind == Kind::Partial {
                each(Ok(clause));
            }
        }
        if is_final {
            self.clauses.end_segment();
        }
    }
}
