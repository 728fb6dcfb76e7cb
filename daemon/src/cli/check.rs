//! `dragoman check FILE`.

use std::{path::PathBuf, process::ExitCode};

use super::Outcome;
use crate::config::Config;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The configuration file.
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let config = Config::load(&arguments.file)?;
    let directions: Vec<String> = config.conversation.directions.iter().map(ToString::to_string).collect();
    println!(
        "{}: good; {}, models in {}",
        arguments.file.display(),
        directions.join(" and "),
        config.model_directory().display()
    );
    Ok(ExitCode::SUCCESS)
}
