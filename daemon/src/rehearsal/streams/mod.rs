//! Several conversations at once in one daemon: does each stay in real time, and what does a further one cost?
//!
//! Every stream has a virtual sound card and two who speak in turn, each when the translation of the other has been heard.
//! All streams speak the same recordings, but each begins at another, and each says all of them twice.

mod report;

pub use report::{Report, Stream, Try};

use std::{
    path::Path,
    thread::{self, ScopedJoinHandle},
};

use engines::Direction;

use super::{
    RehearsalError,
    daemon::{Daemon, io_at, virtual_card},
    memory::Memory,
    screen::Screen,
    take::{Take, take},
};
use crate::{
    config::{Config, Seat},
    status::Status,
    virtual_card::{Format, VirtualCard},
};

/// How often each stream says everything: the second time shows whether it has fallen behind since the first.
const ROUNDS: usize = 2;

/// One thing to say.
pub struct Line {
    /// The recording's name.
    pub file: String,
    /// The direction that is spoken.
    pub direction: Direction,
    /// The button of that direction, counted in its own conversation.
    pub button: usize,
    /// 16 kHz mono.
    pub samples: Vec<i16>,
}

/// Holds `streams` conversations at once, as `config` has the first of them, and lets each say all of `script`.
///
/// # Errors
/// [`RehearsalError`]. A stream whose translation does not come is an error, not a slow stream.
pub fn rehearse(config: &Config, streams: usize, script: &[Line]) -> Result<Try, RehearsalError> {
    let directory = tempfile::tempdir().map_err(|problem| io_at(Path::new("temporary directory"), problem))?;
    let (plug_in, first) = virtual_card(directory.path())?;
    let mut cards = vec![first];
    let mut config = config.clone();
    config.seats.clear();
    for number in 1..streams {
        let card = VirtualCard::new(&directory.path().join(number.to_string()), Format::default())?;
        let devices = vec![card.device()];
        let (capture_devices, playback_devices) = (devices.clone(), devices);
        config.seats.push(Seat { capture_devices, playback_devices, directions: None, mode: None, speaker: None });
        cards.push(card);
    }
    let buttons = config.conversation.directions.len();
    let daemon = Daemon::start(config, Some((&plug_in, &cards[0])))?;
    let memory = || Memory::of(daemon.process()).map_err(|problem| io_at(Path::new("/proc"), problem));
    let memory_ready = memory()?;
    let before: Status = daemon.client.get_json("/status")?;
    let all = thread::scope(|scope| {
        let (daemon, each) = (&daemon, cards.iter().enumerate());
        let speak = |(number, card)| scope.spawn(move || converse(daemon, card, number, number * buttons, script));
        let threads: Vec<ScopedJoinHandle<'_, _>> = each.map(speak).collect();
        // A panic there is a panic here.
        let join =
            |thread: ScopedJoinHandle<'_, _>| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        threads.into_iter().map(join).collect::<Result<Vec<_>, _>>()
    })
    .inspect_err(|_| eprint!("{}", daemon.log().unwrap_or_default()))?;
    let memory_spoken = memory()?;
    let status: Status = daemon.client.get_json("/status")?;
    let cpu_seconds = status.memory.cpu_seconds - before.memory.cpu_seconds;
    let seats = status.snapshot.seats.iter();
    let each = all.into_iter().zip(seats).map(|(takes, seat)| Stream::new(takes, script.len(), seat.gaps)).collect();
    Ok(Try::new(daemon.start_to_ready, [memory_ready, memory_spoken], cpu_seconds, each, status))
}

/// The whole script, `ROUNDS` times, beginning with the line whose number is the stream's.
fn converse(
    daemon: &Daemon,
    card: &VirtualCard,
    number: usize,
    first_button: usize,
    script: &[Line],
) -> Result<Vec<Take>, RehearsalError> {
    let lines = script.iter().cycle().skip(number % script.len().max(1)).take(ROUNDS * script.len());
    lines
        .map(|line| {
            let taken = take(daemon, card, first_button + line.button, &line.samples, &mut Screen::quiet())?;
            Ok(Take { file: line.file.clone(), direction: line.direction.to_string(), ..taken })
        })
        .collect()
}
