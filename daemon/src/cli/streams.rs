//! `dragoman rehearse --streams`: several conversations at once.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
};

use super::{Outcome, rehearse::recording};
use crate::{
    config::Config,
    rehearsal::streams::{Line, Report, rehearse},
};

/// More are not looked for.
const MOST: usize = 64;

#[derive(clap::Args)]
pub(super) struct StreamArguments {
    /// Hold so many conversations at once in one daemon, or with "auto" one more each time until one falls behind; leaves
    /// bench-streams.json.
    #[arg(long, value_name = "N|auto", conflicts_with_all = ["mic", "bench"])]
    streams: Option<Streams>,
    /// Recordings in the other language, said in reply to the first ones.
    #[arg(long, value_name = "WAV", requires = "streams", num_args = 1..)]
    reply: Vec<PathBuf>,
}

/// How many conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Streams {
    /// One alone, and so many.
    Exactly(usize),
    /// As many as stay in real time, and one more.
    Auto,
}

impl FromStr for Streams {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "auto" => Ok(Self::Auto),
            Ok(streams @ 1..=MOST) => Ok(Self::Exactly(streams)),
            _ => Err(format!("\"{text}\" is neither auto nor a number from 1 to {MOST}")),
        }
    }
}

impl StreamArguments {
    /// Whether several conversations are asked for.
    pub(super) fn are_wanted(&self) -> bool {
        self.streams.is_some()
    }

    /// Holds them. `first` are the recordings in the language of the first direction.
    pub(super) fn run(&self, config: &Config, first: Vec<(&PathBuf, Vec<i16>)>, out: &Path) -> Outcome {
        let directions = &config.conversation.directions;
        if !self.reply.is_empty() && directions.len() < 2 {
            return Err("--reply needs the way back, which no engine offers".into());
        }
        let replies = self.reply.iter().map(|w| Ok((w, recording(w)?))).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
        let line = |button: usize| {
            move |(path, samples): (&PathBuf, Vec<i16>)| Line {
                file: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
                direction: directions[button],
                button,
                samples,
            }
        };
        // In turn, as people talk.
        let (mut one, mut other) = (first.into_iter().map(line(0)), replies.into_iter().map(line(1)));
        let mut script = Vec::new();
        for _ in 0..one.len().max(other.len()) {
            script.extend(one.next().into_iter().chain(other.next()));
        }
        let mut tries = Vec::new();
        let wanted: Vec<usize> = match self.streams {
            // What a further one costs is told from the first alone.
            Some(Streams::Exactly(streams)) if streams > 1 => vec![1, streams],
            Some(Streams::Exactly(streams)) => vec![streams],
            Some(Streams::Auto) | None => (1..=MOST).collect(),
        };
        for streams in wanted {
            eprintln!("streams: {streams} at once");
            let tried = rehearse(config, streams, &script)?;
            let goes_on = tried.all_kept_up() || self.streams != Some(Streams::Auto);
            tries.push(tried);
            if !goes_on {
                break;
            }
        }
        let report = Report::new(config.tts.voice.name(), tries);
        let json = out.join("bench-streams.json");
        fs::write(&json, serde_json::to_string_pretty(&report)? + "\n")
            .map_err(|e| format!("{}: {e}", json.display()))?;
        println!("{}", report.table());
        println!("figures: {}", json.display());
        Ok(ExitCode::SUCCESS)
    }
}
