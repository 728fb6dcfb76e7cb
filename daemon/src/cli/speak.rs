//! `dragoman speak`: text into sound, without the rest.

use std::{
    io::{self, BufRead},
    path::PathBuf,
    process::ExitCode,
};

use engines::{audio::write_wav, message::OUTPUT_RATE};

use super::{
    Outcome,
    engines::{EngineArguments, language},
};
use crate::offline::Speaker;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Where the sound goes: a WAV file for all lines together, or a directory that gets 0001.wav, 0002.wav and so on.
    output: PathBuf,
    /// The language of the text.
    #[arg(long, value_parser = language)]
    language: engines::Language,
    #[command(flatten)]
    engines: EngineArguments,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let (config, assembly) = arguments.engines.open()?;
    let mut speaker = Speaker::open(&assembly, &config, arguments.language)?;
    let mut whole = Vec::new();
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let sound = speaker.speak(&line?)?;
        if arguments.output.is_dir() {
            write_wav(&arguments.output.join(format!("{:04}.wav", number + 1)), &sound, OUTPUT_RATE)?;
        } else {
            whole.extend(sound);
        }
    }
    if !arguments.output.is_dir() {
        write_wav(&arguments.output, &whole, OUTPUT_RATE)?;
    }
    Ok(ExitCode::SUCCESS)
}
