//! `dragoman check FILE`.

use std::{path::PathBuf, process::ExitCode};

use super::Outcome;
use crate::{
    config::{Config, Conversation, Place},
    keeping,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The configuration file.
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let config = Config::load(&arguments.file)?;
    let directions =
        |of: &Conversation| of.directions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
    println!(
        "{}: good; {}, models in {}",
        arguments.file.display(),
        directions(&config.conversation),
        config.model_directory().display()
    );
    if let Some(board) = keeping::board_of(&config.board)? {
        let profile = keeping::profile_of(&config.board, &board)?;
        let profile = profile.map_or_else(|| "no power profile".to_owned(), |p| format!("power profile {}", p.name));
        println!("board {}: {}, {profile}", board.name, board.title);
    }
    let places = config.places();
    let several = places.iter().enumerate().filter(|_| places.len() > 1);
    for (number, Place { buttons, conversation, audio }) in several {
        let buttons: Vec<String> = buttons.clone().map(|b| b.to_string()).collect();
        println!(
            "seat {number}: {}, buttons {}, {} to {}",
            directions(conversation),
            buttons.join(" and "),
            audio.capture_devices.join(", "),
            audio.playback_devices.join(", ")
        );
    }
    Ok(ExitCode::SUCCESS)
}
