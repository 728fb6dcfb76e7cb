//! Speech recognition.
//!
//! | question | file |
//! |---|---|
//! | which models are there? | [`moonshine`] (English), [`whisper`] (many languages) |
//! | how is a growing segment decoded, and a long one cut? | `stream`, `cut` |
//! | how is a model's graph run? | `crate::transformer` |
//! | how is the text found in its probabilities? | `search` |
//! | what keeps invented text out? | `guard` |

mod cut;
mod guard;
pub mod moonshine;
mod search;
mod stream;
mod vocabulary;
pub mod whisper;

pub use moonshine::Moonshine;
pub use whisper::Whisper;

/// The tunables of recognition (`asr.*` in the configuration).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsrOptions {
    /// Hypotheses followed at once in a final decode; partial ones are always greedy.
    pub beam_size: usize,
    /// Threads for one operator.
    pub threads: usize,
}

impl Default for AsrOptions {
    fn default() -> Self {
        Self { beam_size: 3, threads: 2 }
    }
}
