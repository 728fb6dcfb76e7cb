//! The `dragoman` command: one file a group of subcommands.

mod check;
mod models;

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};

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
}

/// What a subcommand gives back: an error is printed with all its causes, and the exit code is 1.
type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Command::parse().group {
        Group::Check(arguments) => check::run(&arguments),
        Group::Models(action) => models::run(&action),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("dragoman: {error}");
        ExitCode::FAILURE
    })
}
