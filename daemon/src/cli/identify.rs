//! `dragoman identify`: which of some languages is spoken.

use std::{path::PathBuf, process::ExitCode};

use super::{
    Outcome,
    engines::{EngineArguments, language},
    translate::sound_at_input_rate,
};
use crate::offline::Identification;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// WAV files; for each a line is printed: the language, how probable it is, and from how many seconds of speech it was told.
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The languages it may be, such as en,es.
    #[arg(long, required = true, value_delimiter = ',', value_parser = language)]
    languages: Vec<engines::Language>,
    #[command(flatten)]
    engines: EngineArguments,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let (config, assembly) = arguments.engines.open()?;
    let mut identification = Identification::open(&assembly, &config, &arguments.languages)?;
    for (number, input) in (1..).zip(&arguments.inputs) {
        match identification.identify(number, &sound_at_input_rate(input)?)? {
            Some(found) => println!("{} {:.3} {:.1}", found.language, found.probability, found.heard.as_secs_f64()),
            None => println!("-"),
        }
    }
    Ok(ExitCode::SUCCESS)
}
