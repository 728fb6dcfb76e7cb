//! One utterance, spoken into the daemon in real time, and what became of it.

use std::{
    collections::BTreeMap,
    io,
    ops::Range,
    path::PathBuf,
    thread,
    time::{Duration, Instant, SystemTime},
};

use engines::message::INPUT_RATE;
use serde::Serialize;

use super::{
    RehearsalError,
    account::{Account, Clause},
    daemon::Daemon,
    effort::processor_seconds,
    screen::Screen,
};
use crate::{
    audio::monotonic_ns,
    status::{Event, Status, StatusError, client::EventReader, report::State},
    virtual_card::{Recording, VirtualCard},
};

/// How long after the release the last stage may take, beside the length of the recording: a translation is about as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sample of the loudspeaker above this is sound: 50 dB below full scale.
const AUDIBLE: u16 = 100;

/// A pause in speech is shorter than this.
const PAUSE_NS: i64 = 200_000_000;

/// From the press to the first sample of the recording.
const PRESS_TO_SPEECH: Duration = Duration::from_millis(100);

/// How much earlier than announced a clause may begin to be heard: a period of the loudspeaker, and the way of the event.
const EARLY_S: f64 = 0.03;

/// What one utterance gave.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Take {
    /// The recording.
    pub file: String,
    /// The direction, such as `en-es`.
    pub direction: String,
    /// Length of the recording in seconds.
    pub seconds: f64,
    /// Where in it the speech begins, in seconds.
    pub speech_starts_s: f64,
    /// What was recognised, its segments joined by spaces.
    pub source_text: String,
    /// What that is in the other language.
    pub target_text: String,
    /// Partial texts shown, recognised and translated.
    pub partials: usize,
    /// How often a committed text was taken back; none should ever be.
    pub corrections: usize,
    /// The clauses of the translation, in the order spoken.
    pub clauses: Vec<Clause>,
    /// Milliseconds that the stages took, each time, by stage and kind of work (`asr partial`).
    pub latencies_ms: BTreeMap<String, Vec<f32>>,
    /// From the button's release to the last final recognised text, in seconds; below zero where it came before.
    pub recognised_from_release_s: Option<f64>,
    /// From the first speech in the recording to the first sound of the loudspeaker, in seconds.
    pub first_sound_from_speech_start_s: Option<f64>,
    /// From the button's release to the first sound from then on, in seconds; none where the box was speaking at the
    /// release, or had said everything before.
    pub first_sound_from_release_s: Option<f64>,
    /// Whether the box was speaking when the button was released.
    pub was_speaking_at_release: bool,
    /// From the button's release to the beginning of the last clause, in seconds; below zero where it began before.
    pub last_sound_began_from_release_s: Option<f64>,
    /// From the button's release to the end of the last sound, in seconds.
    pub last_sound_from_release_s: Option<f64>,
    /// Processor time that the daemon and its child processes spent on it, in seconds.
    pub cpu_seconds: f64,
    /// What the loudspeaker played, 16-bit at 22 050 Hz.
    #[serde(skip)]
    pub spoken: Vec<i16>,
}

/// Speaks `recording` (16 kHz mono) with `button` held, from beginning to end, and waits for the translation to end.
///
/// # Errors
/// [`RehearsalError`]: above all [`RehearsalError::NotFinished`].
pub fn take(
    daemon: &Daemon,
    card: &VirtualCard,
    button: usize,
    recording: &[i16],
    screen: &mut Screen,
) -> Result<Take, RehearsalError> {
    let own = conversation_of(daemon, button)?;
    let mut events = daemon.client.events()?;
    let mut account = Account::default();
    let spent_before = spent(daemon)?;
    daemon.client.post(&format!("/ptt/{button}/press"))?;
    let length = Duration::from_secs_f64(recording.len() as f64 / f64::from(INPUT_RATE));
    let start_ns = card.feed_at(recording, monotonic_ns() + nanoseconds(PRESS_TO_SPEECH))?;
    let began = began(start_ns);
    let mut happened = |event: &Event, screen: &mut Screen| {
        let at = happened_after(event, began);
        screen.event(event, at);
        account.take_in(event, at.as_secs_f64());
    };
    screen.speaking(length);
    let end_ns = start_ns + nanoseconds(length);
    while let Some(left) = u64::try_from(end_ns - monotonic_ns()).ok().filter(|n| *n > 0) {
        let step = Duration::from_nanos(left).min(Duration::from_millis(50));
        match next_event(&mut events, step, &own)? {
            Some(event) => happened(&event, screen),
            None => screen.progress(since(start_ns)),
        }
    }
    let release_ns = monotonic_ns();
    daemon.client.post(&format!("/ptt/{button}/release"))?;
    card.stop_feed();
    let (released, patience) = (Instant::now(), PATIENCE + length);
    loop {
        if released.elapsed() > patience {
            return Err(RehearsalError::NotFinished(patience));
        }
        if let Some(event) = next_event(&mut events, Duration::from_millis(50), &own)? {
            happened(&event, screen);
            if event.event == "finished" {
                break;
            }
        }
    }
    // The last sound is still being played.
    while is_busy(daemon, button)? && released.elapsed() < patience {
        // Not often: an answer is work for the daemon, and several may ask at once.
        thread::sleep(Duration::from_millis(100));
    }
    thread::sleep(Duration::from_millis(150));
    screen.spoken();
    let mut take = Take {
        seconds: length.as_secs_f64(),
        speech_starts_s: onset(recording).as_secs_f64(),
        source_text: account.source_text,
        target_text: account.target_text,
        partials: account.partials,
        corrections: account.corrections,
        clauses: account.clauses,
        latencies_ms: account.latencies_ms,
        recognised_from_release_s: account.recognised_at_s.map(|at| at - (release_ns - start_ns) as f64 / 1e9),
        cpu_seconds: spent(daemon)? - spent_before,
        ..Take::default()
    };
    take.listen(&card.spoken()?, start_ns, release_ns);
    Ok(take)
}

impl Take {
    /// Takes the times of what the loudspeaker played.
    fn listen(&mut self, played: &Recording, start_ns: i64, release_ns: i64) {
        let seconds = |frame: usize, from: i64| played.time_ns(frame).map(|ns| (ns - from) as f64 / 1e9);
        // A clause may be heard until the next one begins.
        let frame_of = |c: &Clause| {
            let begins_s = c.announced_at_s? - EARLY_S;
            Some(played.frame_at(start_ns + (begins_s * 1e9) as i64))
        };
        let mut until = played.samples.len();
        for clause in self.clauses.iter_mut().rev() {
            let Some(from) = frame_of(clause) else { continue };
            if let Some(sound) = audible(played, from..until) {
                clause.heard_from_s = seconds(sound.start, start_ns);
                clause.heard_until_s = seconds(sound.end - 1, start_ns);
            }
            until = from;
        }
        let Some(sound) = played.sound(start_ns, AUDIBLE) else { return };
        self.first_sound_from_speech_start_s = seconds(sound.start, start_ns).map(|s| s - self.speech_starts_s);
        let at_release = played.frame_at(release_ns - PAUSE_NS)..played.frame_at(release_ns);
        self.was_speaking_at_release = audible(played, at_release).is_some();
        let after = played.sound(release_ns, AUDIBLE).filter(|_| !self.was_speaking_at_release);
        self.first_sound_from_release_s = after.and_then(|s| seconds(s.start, release_ns));
        let held_s = (release_ns - start_ns) as f64 / 1e9;
        let last = self.clauses.iter().rev().find_map(|c| c.heard_from_s);
        self.last_sound_began_from_release_s = last.map(|began| began - held_s);
        self.last_sound_from_release_s = seconds(sound.end - 1, release_ns);
        self.spoken = played.samples[sound].to_vec();
    }
}

/// From the first to the last frame of `frames` that is sound.
fn audible(played: &Recording, frames: Range<usize>) -> Option<Range<usize>> {
    let is_loud = |frame: &usize| played.samples[*frame].unsigned_abs() > AUDIBLE;
    let first = frames.clone().find(is_loud)?;
    let last = (first..frames.end).rfind(is_loud)?;
    Some(first..last + 1)
}

/// Whether anything of the button's conversation is being listened to, worked on or heard.
fn is_busy(daemon: &Daemon, button: usize) -> Result<bool, RehearsalError> {
    let status: Status = daemon.client.get_json("/status")?;
    let seat = status.snapshot.seats.iter().find(|seat| seat.buttons.contains(&button));
    Ok(seat.is_some_and(|seat| seat.state != State::Idle))
}

/// Processor time of the daemon and its children until now, in seconds.
fn spent(daemon: &Daemon) -> Result<f64, RehearsalError> {
    let process = daemon.process();
    let unknown = |problem: io::Error| RehearsalError::Io { path: PathBuf::from(format!("/proc/{process}")), problem };
    processor_seconds(process).map_err(unknown)
}

/// The buttons of the conversation that `button` belongs to: what is said may count for another one of it.
fn conversation_of(daemon: &Daemon, button: usize) -> Result<Vec<usize>, RehearsalError> {
    let status: Status = daemon.client.get_json("/status")?;
    let seat = status.snapshot.seats.iter().find(|seat| seat.buttons.contains(&button));
    Ok(seat.map_or_else(|| vec![button], |seat| seat.buttons.clone()))
}

/// The next event, unless it is about a button of another conversation.
fn next_event(events: &mut EventReader, limit: Duration, own: &[usize]) -> Result<Option<Event>, RehearsalError> {
    match events.next_within(limit) {
        Ok(event) => Ok(event.filter(|event| event.button.is_none_or(|whose| own.contains(&whose)))),
        Err(StatusError::NoAnswer(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// When the system's clock stood at a moment of the monotonic one.
fn began(start_ns: i64) -> SystemTime {
    let (now, away) = (SystemTime::now(), start_ns - monotonic_ns());
    let distance = Duration::from_nanos(away.unsigned_abs());
    if away > 0 { now + distance } else { now - distance }
}

/// How long after the beginning an event happened by its own time: it may have been read later. Zero for what was before.
fn happened_after(event: &Event, began: SystemTime) -> Duration {
    let at = humantime::parse_rfc3339(&event.timestamp).unwrap_or_else(|_| SystemTime::now());
    at.duration_since(began).unwrap_or_default()
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

fn since(start_ns: i64) -> Duration {
    Duration::from_nanos((monotonic_ns() - start_ns).max(0).unsigned_abs())
}

/// Where the speech in a recording begins: at the first 10 ms that are within 30 dB of the loudest 10 ms.
#[must_use]
pub fn onset(recording: &[i16]) -> Duration {
    let frame = (INPUT_RATE / 100) as usize;
    let energy: Vec<f64> =
        recording.chunks(frame).map(|f| f.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>()).collect();
    let loudest = energy.iter().copied().fold(0.0, f64::max);
    let first = energy.iter().position(|e| *e > 0.0 && *e >= loudest / 1000.0).unwrap_or(0);
    Duration::from_millis(10 * first as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_begins_where_it_becomes_loud() {
        let mut recording = vec![3; 8_000];
        recording.extend([8_000; 1_600]);
        assert_eq!(onset(&recording), Duration::from_millis(500));
        assert_eq!(onset(&[]), Duration::ZERO);
        assert_eq!(onset(&[0; 4_000]), Duration::ZERO);
    }
}
