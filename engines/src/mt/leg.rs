//! One step of a translation: a sentence from one language into another.

use crate::{Direction, EngineError};

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
}

/// One step of a translation.
pub(super) trait Leg {
    /// The engine, by its name in the catalog.
    fn name(&self) -> String;

    /// What it translates.
    fn direction(&self) -> Direction;

    /// Translates one sentence; the best hypothesis first. `names` are words of the speaker to be left as they are,
    /// where they still stand in `sentence`.
    ///
    /// # Errors
    /// Where the engine failed.
    fn translate(&self, sentence: &str, names: &[String]) -> Result<Vec<Hypothesis>, EngineError>;
}
