//! The `dragoman` command: one file a group of subcommands.

mod board;
mod check;
mod daemon;
mod directions;
mod engines;
mod identify;
mod models;
mod rehearse;
mod speak;
mod streams;
mod translate;

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::log;

/// Offline two-way interpreter: the technician's and the integrator's command.
#[derive(Parser)]
#[command(name = "dragoman", version, propagate_version = true)]
struct Command {
    #[command(subcommand)]
    group: Group,
}

#[derive(Subcommand)]
enum Group {
    /// Check a configuration file as the daemon would read it.
    Check(check::Arguments),
    /// List, fetch, verify and sideload models.
    #[command(subcommand)]
    Models(models::Action),
    /// Show who can be interpreted for whom, and by which engines.
    Directions(directions::Arguments),
    /// Translate recorded speech into speech.
    Translate(translate::Sound2Sound),
    /// Translate lines of text from standard input to standard output, one for one.
    TranslateText(translate::Text2Text),
    /// Write down what is said in recordings.
    Transcribe(translate::Sound2Text),
    /// Tell which of some languages is spoken in recordings.
    Identify(identify::Arguments),
    /// Speak lines of text from standard input into a WAV file, or each into one of its own.
    Speak(speak::Arguments),
    /// Hold a rehearsal: speak recordings into the daemon on a virtual sound card, in real time.
    Rehearse(rehearse::Arguments),
    /// The board: which one, whether all of it is there, its permissions, its power.
    #[command(subcommand)]
    Board(board::Action),
    #[command(flatten)]
    Daemon(daemon::Question),
}

/// What a subcommand gives back: an error is printed, and the exit code is 1.
type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let group = Command::parse().group;
    let outcome = set_up_log().and_then(|()| match group {
        Group::Check(arguments) => check::run(&arguments),
        Group::Models(action) => models::run(&action),
        Group::Directions(arguments) => directions::run(&arguments),
        Group::Translate(arguments) => translate::translate(&arguments),
        Group::TranslateText(arguments) => translate::translate_text(&arguments),
        Group::Transcribe(arguments) => translate::transcribe(&arguments),
        Group::Identify(arguments) => identify::run(&arguments),
        Group::Speak(arguments) => speak::run(&arguments),
        Group::Rehearse(arguments) => rehearse::run(&arguments),
        Group::Board(action) => board::run(&action),
        Group::Daemon(question) => daemon::run(&question),
    });
    outcome.unwrap_or_else(|error| {
        eprintln!("dragoman: {error}");
        ExitCode::FAILURE
    })
}

/// A command says only what is wrong, unless `RUST_LOG` asks for more.
fn set_up_log() -> Result<(), Box<dyn Error>> {
    log::init(&log::Options { level: "warn".to_owned(), ..log::Options::default() })?;
    Ok(())
}
