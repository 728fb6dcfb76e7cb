//! What can go wrong in this room.

use std::{path::PathBuf, time::Duration};

use crate::{Direction, Language, runtime::RuntimeError};

/// An engine's error: what was wrong, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A language code that nothing knows.
    #[error("unknown language \"{0}\"; known are {known}", known = join(Language::ALL.iter().filter(|l| !l.is_pivot())))]
    UnknownLanguage(String),

    /// The engine does not speak or understand this language.
    #[error("{engine} does not offer {language}; it offers {}", join(offered))]
    LanguageNotOffered {
        /// The engine asked.
        engine: String,
        /// The language asked for.
        language: Language,
        /// What it does offer.
        offered: Vec<Language>,
    },

    /// The engine does not translate this way.
    #[error("no translation from {} to {} is installed; installed are {} (`dragoman models list` shows what can be fetched)", direction.source.name(), direction.target.name(), join(offered))]
    DirectionNotOffered {
        /// The direction asked for.
        direction: Direction,
        /// What there is.
        offered: Vec<Direction>,
    },

    /// There is no such voice.
    #[error("{engine} has no voice {voice_id} for {language}; it has {}", voices.join(", "))]
    VoiceNotOffered {
        /// The engine asked.
        engine: String,
        /// The language asked for.
        language: Language,
        /// The voice asked for.
        voice_id: u32,
        /// `id name` of each voice of that language.
        voices: Vec<String>,
    },

    /// Sound of the wrong rate reached an engine.
    #[error("expected sound at {expected} Hz, got {got} Hz; resample it first")]
    SampleRate {
        /// The rate the engine takes.
        expected: u32,
        /// The rate it was given.
        got: u32,
    },

    /// A voice activity frame of the wrong length.
    #[error("expected a frame of {expected} samples, got {got}")]
    FrameLength {
        /// Samples the detector takes.
        expected: usize,
        /// Samples it was given.
        got: usize,
    },

    /// A model file does not hold what its catalog entry says it holds.
    #[error("{path}: {problem}; run `dragoman models verify`, then `dragoman models fetch`")]
    ModelContent {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        problem: String,
    },

    /// The model runtime failed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),

    /// The catalog refused.
    #[error(transparent)]
    Catalog(#[from] crate::catalog::CatalogError),

    /// An external program that an engine needs is not there.
    #[error("{program} is not installed or cannot be started ({problem}); install it with `{install}`")]
    ProgramMissing {
        /// The program or data file.
        program: String,
        /// What the system said.
        problem: String,
        /// The command that mends it.
        install: String,
    },

    /// An external program says that it cannot work.
    #[error("{program} cannot work on this machine: {problem}")]
    ProgramUnfit {
        /// The program.
        program: String,
        /// What it said.
        problem: String,
    },

    /// A child process died or broke its protocol, again after a restart.
    #[error("{program} stopped while working ({problem}); it was restarted and failed again on the same input")]
    ProgramFailed {
        /// The program.
        program: String,
        /// What was seen.
        problem: String,
    },

    /// An engine gave no answer in time.
    #[error("{engine} gave no answer within {limit:?}")]
    Timeout {
        /// The engine.
        engine: String,
        /// How long it was given.
        limit: Duration,
    },

    /// An engine panicked; the seam caught it.
    #[error("{engine} panicked: {message}; this is a bug, please report it")]
    Panicked {
        /// The engine.
        engine: String,
        /// The panic's message.
        message: String,
    },

    /// A stage without any engine.
    #[error("no engine for {stage} is installed; `dragoman models list` shows what can be fetched")]
    NoEngine {
        /// The stage.
        stage: String,
    },
    /// An engine stopped at an input; another input may work.
    #[error("{engine} failed on this input: {problem}")]
    EngineFailed {
        /// The engine.
        engine: String,
        /// What it said.
        problem: String,
    },

    /// Sound could not be brought to another rate.
    #[error(transparent)]
    Resample(#[from] crate::audio::ResampleError),

    /// A sound file that cannot be read.
    #[error(transparent)]
    Audio(#[from] crate::audio::AudioFileError),
}

/// Joins things for a list in a sentence.
fn join<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let text: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
    if text.is_empty() { "nothing".to_owned() } else { text.join(", ") }
}
