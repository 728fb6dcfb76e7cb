//! One step of a translation: a sentence from one language into another.

use std::{rc::Rc, time::Duration};

use super::taught::Taught;
use crate::{Direction, EngineError, Language, message::Doubt};

/// One way to say it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Hypothesis {
    /// The sentence, without markup.
    pub text: String,
    /// The engine's confidence, 0..1.
    pub confidence: f32,
    /// Words that stand in the text untranslated and are no names.
    pub untranslated: Vec<String>,
    /// Doubts and repairs.
    pub notes: Vec<String>,
    /// What is in doubt.
    pub doubts: Vec<Doubt>,
    /// Who made it, the engines joined by `+`; empty where that is to be seen elsewhere.
    pub engine: String,
}

impl Hypothesis {
    /// It with what follows it in the same sentence, as sure as the less sure of the two.
    pub fn and(self, more: Self, target: Language) -> Self {
        Self {
            text: format!("{}{}{}", self.text, target.gap(), more.text).trim().to_owned(),
            confidence: self.confidence.min(more.confidence),
            untranslated: [self.untranslated, more.untranslated].concat(),
            notes: [self.notes, more.notes].concat(),
            doubts: [self.doubts, more.doubts].concat(),
            engine: if self.engine == more.engine || more.engine.is_empty() {
                self.engine
            } else {
                format!("{}, {}", self.engine, more.engine)
            },
        }
    }
}

/// One step of a translation.
pub(super) trait Leg {
    /// The engine, by its name in the catalog.
    fn name(&self) -> String;

    /// What it translates.
    fn direction(&self) -> Direction;

    /// Whether a sentence is of the kind that it was taught; of another, any word can become any other without a doubt to be seen.
    fn knows(&self, _sentence: &str) -> bool {
        true
    }

    /// The words and phrases that it was taught, where those are all that it knows.
    fn taught(&self) -> Option<Rc<Taught>> {
        None
    }

    /// Whether the answer for a sentence can be expected within `time`.
    fn has_time(&self, _sentence: &str, _time: Duration) -> bool {
        true
    }

    /// Translates one sentence; the best hypothesis first. `names` are words of the speaker to be left as they are,
    /// where they still stand in `sentence`.
    ///
    /// # Errors
    /// Where the engine failed.
    fn translate(&self, sentence: &str, names: &[String]) -> Result<Vec<Hypothesis>, EngineError>;

    /// The engine as one that goes on from a beginning, where it can.
    fn continuing(&self) -> Option<&dyn Continuing> {
        None
    }
}

/// A word of a translation, with the space before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Its characters and what hangs on them.
    pub text: String,
    /// The vocabulary ids that it is made of.
    pub ids: Vec<u32>,
}

/// How a translation that was begun goes on.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct GoneOn {
    /// The words behind what was begun.
    pub words: Vec<Word>,
    /// The engine's confidence in them, 0..1.
    pub confidence: f32,
}

impl GoneOn {
    /// Its first `words` words as a text.
    pub fn text(&self, words: usize) -> String {
        self.words
            .iter()
            .take(words)
            .map(|w| w.text.as_str())
            .collect::<String>()
            .replace('\u{2047}', " ")
            .trim()
            .to_owned()
    }
}

/// An engine that can be made to go on from a given beginning of its translation.
pub(super) trait Continuing {
    /// Translates `sentence` so that its translation begins with `begun`, as the words of an earlier answer spelt it; the
    /// best first. Where that `is_complete`, nothing of it may be left unsaid because the beginning looks like a whole.
    ///
    /// # Errors
    /// Where the engine failed.
    fn go_on(&self, sentence: &str, begun: &[u32], is_complete: bool) -> Result<Vec<GoneOn>, EngineError>;
}
