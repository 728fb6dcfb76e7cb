//! A rehearsal: the real daemon on a virtual sound card, spoken to by a recording in real time, with its button held.
//!
//! `make run`, `make bench` and the end-to-end tests all go through here, so that what is shown, measured and tested
//! is one thing.
//!
//! | question | file |
//! |---|---|
//! | how is the daemon started and stopped? | [`daemon`] |
//! | how is one utterance spoken and timed? | [`take`] |
//! | what do its events tell? | [`account`], `commitment` |
//! | what does it cost? | [`effort`], [`memory`] |
//! | what is printed while it runs? | [`screen`], `caption` |
//! | what is left in the result file? | [`report`] |
//! | how many conversations at once does the machine keep up with? | [`streams`] |

pub mod account;
mod caption;
mod commitment;
pub mod daemon;
pub mod effort;
pub mod memory;
pub mod report;
pub mod screen;
pub mod streams;
pub mod take;

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use crate::{status::StatusError, virtual_card::VirtualCardError};

/// Why a rehearsal could not be held.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The daemon's program cannot be started.
    #[error("cannot start {program}: {problem}; build it with `cargo build`")]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        problem: io::Error,
    },
    /// The daemon ended before it was ready.
    #[error("dragomand ended ({status}) before it was ready: {said}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The last line of its standard error.
        said: String,
    },
    /// The daemon did not get ready in time.
    #[error("dragomand was not ready after {0:?}; its log is above")]
    NotReady(Duration),
    /// The translation did not come.
    #[error("no translation was finished within {0:?} after the release; see the daemon's log above")]
    NotFinished(Duration),
    /// The status socket.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// The virtual sound card.
    #[error(transparent)]
    Card(#[from] VirtualCardError),
    /// A file cannot be read or written.
    #[error("{path}: {problem}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        problem: io::Error,
    },
    /// The configuration cannot be written as TOML.
    #[error("the configuration cannot be written: {0}")]
    Config(#[from] toml::ser::Error),
}
