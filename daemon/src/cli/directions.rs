//! `dragoman directions`: who can be interpreted for whom, and by which engines.

use std::process::ExitCode;

use engines::{
    Direction,
    assembly::{Assembly, LineUp},
};
use serde::Serialize;

use super::{Outcome, engines::EngineArguments};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// One line of JSON a direction, for programs.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engines: EngineArguments,
}

/// A direction, for programs: the engines of each stage in the order in which they are asked.
#[derive(Serialize)]
struct Row {
    direction: Direction,
    /// Every model of it is in the model directory.
    is_installed: bool,
    asr: Vec<String>,
    mt: Vec<String>,
    tts: Vec<String>,
}

impl Row {
    fn new(assembly: &Assembly, direction: Direction, light_voice: bool) -> Self {
        let LineUp { vad: _, asr, mt, tts } = assembly.line_up(direction, light_voice);
        Self { direction, is_installed: assembly.lacks(direction).is_empty(), asr, mt, tts }
    }

    fn line(&self) -> String {
        let state = if self.is_installed { "" } else { " (not all of it is here: dragoman models fetch)" };
        let Self { direction, asr, mt, tts, .. } = self;
        let (asr, mt, tts) = (asr.join(", "), mt.join(", else "), tts.join(", "));
        format!("{direction}{state}\n    hears by {asr}\n    translates by {mt}\n    speaks by {tts}")
    }
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let (config, assembly) = arguments.engines.open()?;
    let light = config.engine_options().light_voice;
    for direction in assembly.offered() {
        let row = Row::new(&assembly, direction, light);
        println!("{}", if arguments.json { serde_json::to_string(&row)? } else { row.line() });
    }
    Ok(ExitCode::SUCCESS)
}
