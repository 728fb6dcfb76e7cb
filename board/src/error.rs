//! What can go wrong with a board.

use std::{io, path::PathBuf};

/// An error of the board room: what was wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// A board or profile that nobody has described.
    #[error(
        "there is no {kind} \"{name}\"{}; known are {known}, and any other is given by the path of its file",
        hint(suggestion)
    )]
    Unknown {
        /// `board` or `power profile`.
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// The nearest name there is.
        suggestion: Option<String>,
        /// The names there are.
        known: String,
    },
    /// No board's description fits this machine.
    #[error(
        "this machine is none of the boards that are known ({known}): its device tree says {found}; describe it in a file of its own"
    )]
    NotDetected {
        /// What the machine says that it is.
        found: String,
        /// The names there are.
        known: String,
    },
    /// A description cannot be read.
    #[error("the {kind} {path} cannot be read: {problem}")]
    Read {
        /// `board` or `power profile`.
        kind: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        problem: io::Error,
    },
    /// Not TOML, or a key that does not exist.
    #[error("the {kind} {name}: {problem}")]
    Syntax {
        /// `board` or `power profile`.
        kind: &'static str,
        /// Its name or file.
        name: String,
        /// The parser's words, with the line.
        problem: String,
    },
    /// A value that cannot be.
    #[error("the {kind} {name}: {what}")]
    Value {
        /// `board` or `power profile`.
        kind: &'static str,
        /// Its name or file.
        name: String,
        /// What is wrong and what to do.
        what: String,
    },
    /// A GPIO line.
    #[error("GPIO line {line} of chip {chip}: {problem}")]
    Gpio {
        /// The chip, as the board's file names it.
        chip: String,
        /// The line, likewise.
        line: String,
        /// What is wrong and what to do.
        problem: String,
        /// It may be there, but not for this user.
        is_denied: bool,
    },
    /// An attribute of the kernel that cannot be written.
    #[error("{path} cannot be set to {value}: {problem}")]
    Write {
        /// The attribute.
        path: PathBuf,
        /// What it was to be.
        value: String,
        /// What the system said, or what stands there instead.
        problem: String,
    },
    /// The board's own settings cannot be kept for later or given back.
    #[error("the board's own settings, kept in {path}: {problem}")]
    Saved {
        /// The file they are kept in.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The system gives no thread.
    #[error("cannot start the {name} thread: {problem}")]
    Thread {
        /// The thread.
        name: &'static str,
        /// What the system said.
        problem: io::Error,
    },
    /// A power mode that the board does not take.
    #[error("the power mode {mode}: {problem}")]
    Mode {
        /// Its name.
        mode: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

fn hint(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|s| format!(" (did you mean \"{s}\"?)")).unwrap_or_default()
}
