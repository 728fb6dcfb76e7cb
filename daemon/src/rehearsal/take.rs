//! One utterance, spoken into the daemon in real time, and what became of it.

use std::{
    thread,
    time::{Duration, Instant},
};

use engines::message::{INPUT_RATE, Kind};
use serde::Serialize;

use super::{RehearsalError, daemon::Daemon, screen::Screen};
use crate::{
    audio::monotonic_ns,
    status::{Event, Stage, Status, StatusError, client::EventReader, report::State},
    virtual_card::VirtualCard,
};

/// How long after the release the last stage may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sample of the loudspeaker above this is sound: 50 dB below full scale.
const AUDIBLE: u16 = 100;

/// A pause in speech is shorter than this.
const PAUSE_NS: i64 = 200_000_000;

/// From the press to the first sample of the recording.
const PRESS_TO_SPEECH: Duration = Duration::from_millis(100);

/// What one utterance gave.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Take {
    /// The recording.
    pub file: String,
    /// The direction, such as `en-es`.
    pub direction: String,
    /// Length of the recording in seconds.
    pub seconds: f64,
    /// What was recognised, its segments joined by spaces.
    pub source_text: String,
    /// What that is in the other language.
    pub target_text: String,
    /// Partial texts shown, recognised and translated.
    pub partials: usize,
    /// From the first speech in the recording to the first sound of the loudspeaker, in seconds.
    pub first_sound_from_speech_start_s: Option<f64>,
    /// From the button's release to the first sound from then on, in seconds; none where the box was speaking at the
    /// release, or had said everything before.
    pub first_sound_from_release_s: Option<f64>,
    /// Whether the box was speaking when the button was released.
    pub was_speaking_at_release: bool,
    /// From the button's release to the end of the last sound, in seconds.
    pub last_sound_from_release_s: Option<f64>,
    /// Processor time that the daemon spent on it, in seconds; its child processes are not in it.
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
    let mut events = daemon.client.events()?;
    let before: Status = daemon.client.get_json("/status")?;
    daemon.client.post(&format!("/ptt/{button}/press"))?;
    let length = Duration::from_secs_f64(recording.len() as f64 / f64::from(INPUT_RATE));
    let start_ns = card.feed_at(recording, monotonic_ns() + nanoseconds(PRESS_TO_SPEECH))?;
    let mut take = Take { seconds: length.as_secs_f64(), ..Take::default() };
    screen.speaking(length);
    let end_ns = start_ns + nanoseconds(length);
    while let Some(left) = u64::try_from(end_ns - monotonic_ns()).ok().filter(|n| *n > 0) {
        let step = Duration::from_nanos(left).min(Duration::from_millis(50));
        match next_event(&mut events, step, button)? {
            Some(event) => take.heard(&event, since(start_ns), screen),
            None => screen.progress(Duration::from_nanos((monotonic_ns() - start_ns).max(0).unsigned_abs())),
        }
    }
    let release_ns = monotonic_ns();
    daemon.client.post(&format!("/ptt/{button}/release"))?;
    card.stop_feed();
    let released = Instant::now();
    loop {
        if released.elapsed() > PATIENCE {
            return Err(RehearsalError::NotFinished(PATIENCE));
        }
        if let Some(event) = next_event(&mut events, Duration::from_millis(50), button)? {
            take.heard(&event, since(start_ns), screen);
            if event.event == "finished" {
                break;
            }
        }
    }
    // The last sound is still being played.
    let after: Status = loop {
        let status: Status = daemon.client.get_json("/status")?;
        let seat = status.snapshot.seats.iter().find(|seat| seat.buttons.contains(&button));
        if seat.is_none_or(|seat| seat.state == State::Idle) || released.elapsed() > PATIENCE {
            break status;
        }
        // Not often: an answer is work for the daemon, and several may ask at once.
        thread::sleep(Duration::from_millis(100));
    };
    thread::sleep(Duration::from_millis(150));
    screen.spoken();
    take.cpu_seconds = after.memory.cpu_seconds - before.memory.cpu_seconds;
    let played = card.spoken()?;
    if let Some(sound) = played.sound(start_ns, AUDIBLE) {
        let seconds = |frame: usize, from: i64| played.time_ns(frame).map(|ns| (ns - from) as f64 / 1e9);
        take.first_sound_from_speech_start_s =
            seconds(sound.start, start_ns).map(|s| s - onset(recording).as_secs_f64());
        let at_release = played.frame_at(release_ns - PAUSE_NS)..played.frame_at(release_ns);
        take.was_speaking_at_release = played.samples[at_release].iter().any(|s| s.unsigned_abs() > AUDIBLE);
        let after = played.sound(release_ns, AUDIBLE).filter(|_| !take.was_speaking_at_release);
        take.first_sound_from_release_s = after.and_then(|s| seconds(s.start, release_ns));
        take.last_sound_from_release_s = seconds(sound.end - 1, release_ns);
        take.spoken = played.samples[sound].to_vec();
    }
    Ok(take)
}

impl Take {
    fn heard(&mut self, event: &Event, at: Duration, screen: &mut Screen) {
        let (Some(stage), Some(text)) = (event.stage, event.text.as_deref()) else {
            return screen.event(event, at);
        };
        screen.event(event, at);
        match (stage, event.kind) {
            (_, Some(Kind::Partial)) => self.partials += 1,
            (Stage::Asr, Some(Kind::Final)) => append(&mut self.source_text, text),
            (Stage::Mt, Some(Kind::Final)) => append(&mut self.target_text, text),
            _ => {}
        }
    }
}

fn append(whole: &mut String, part: &str) {
    if !whole.is_empty() && !part.trim().is_empty() {
        whole.push(' ');
    }
    whole.push_str(part.trim());
}

/// The next event, unless it is about another button.
fn next_event(events: &mut EventReader, limit: Duration, button: usize) -> Result<Option<Event>, RehearsalError> {
    match events.next_within(limit) {
        Ok(event) => Ok(event.filter(|event| event.button.is_none_or(|whose| whose == button))),
        Err(StatusError::NoAnswer(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
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
