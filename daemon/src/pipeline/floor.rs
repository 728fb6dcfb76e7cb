//! Who has the floor: the present utterance, the button that is held, and what was heard when.
//!
//! Every worker asks here whether what it holds is stale, and tells here what it has done, so that an utterance's
//! times are taken in one place.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use engines::message::Utterance;

use crate::status::report::State;

/// The times of the present utterance.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    /// The button went down.
    pub pressed: Option<Instant>,
    /// The first speech was captured.
    pub speech_started: Option<Instant>,
    /// The button came up.
    pub released: Option<Instant>,
    /// The first sound of the translation left the loudspeaker.
    pub first_sound: Option<Instant>,
    /// The last clause of the translation began to leave the loudspeaker.
    pub last_sound_began: Option<Instant>,
    /// The last sound will have left the loudspeaker.
    pub silent: Option<Instant>,
    /// Every stage is done with it.
    pub finished: bool,
    /// What the board had drawn when the button went down, in joules, where that is measured.
    pub energy_j: Option<f64>,
}

/// The state of the conversation, shared by all workers.
#[derive(Debug, Default)]
pub struct Floor {
    utterance: AtomicU64,
    times: Mutex<Times>,
}

impl Floor {
    /// The present or last utterance; 0 before the first.
    #[must_use]
    pub fn utterance(&self) -> Utterance {
        self.utterance.load(SeqCst)
    }

    /// Whether a later utterance has begun.
    #[must_use]
    pub fn is_stale(&self, utterance: Utterance) -> bool {
        utterance != self.utterance()
    }

    fn with<T>(&self, utterance: Utterance, change: impl FnOnce(&mut Times) -> T) -> Option<T> {
        // The times are valid after every statement, so a panic elsewhere does not spoil them.
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        (!self.is_stale(utterance)).then(|| change(&mut times))
    }

    /// A button went down, when the board had drawn so much: a new utterance begins.
    pub fn pressed(&self, at: Instant, energy_j: Option<f64>) -> Utterance {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        *times = Times { pressed: Some(at), energy_j, ..Times::default() };
        self.utterance.fetch_add(1, SeqCst) + 1
    }

    /// The button came up.
    pub fn released(&self, utterance: Utterance, at: Instant) {
        self.with(utterance, |t| t.released = Some(at));
    }

    /// Whether the button has come up.
    #[must_use]
    pub fn is_released(&self, utterance: Utterance) -> bool {
        self.with(utterance, |t| t.released.is_some()).unwrap_or(true)
    }

    /// The first speech of the utterance was captured at `at`; true the first time.
    pub fn speech_started(&self, utterance: Utterance, at: Instant) -> bool {
        let first = |t: &mut Times| t.speech_started.is_none().then(|| t.speech_started = Some(at)).is_some();
        self.with(utterance, first).unwrap_or(false)
    }

    /// A clause begins to be heard after `wait` and lasts until `until` after that.
    pub fn sound_queued(&self, utterance: Utterance, begins_clause: bool, wait: Duration, lasts: Duration) {
        let begins = Instant::now() + wait;
        self.with(utterance, |t| {
            t.first_sound.get_or_insert(begins);
            if begins_clause {
                t.last_sound_began = Some(begins);
            }
            t.silent = Some(begins + lasts);
        });
    }

    /// Every stage is done with the utterance; gives its times.
    pub fn finished(&self, utterance: Utterance) -> Option<Times> {
        self.with(utterance, |t| {
            t.finished = true;
            *t
        })
    }

    /// Nobody works on the present utterance any more, whoever holds a button: the pipeline was stopped.
    pub fn abandon(&self) {
        *self.times.lock().unwrap_or_else(PoisonError::into_inner) = Times::default();
    }

    /// What the holder would see on the box.
    #[must_use]
    pub fn state(&self) -> State {
        let times = *self.times.lock().unwrap_or_else(PoisonError::into_inner);
        match times {
            Times { pressed: None, .. } => State::Idle,
            Times { released: None, .. } => State::Listening,
            Times { silent: Some(until), .. } if Instant::now() < until => State::Speaking,
            Times { finished: false, .. } => State::Thinking,
            _ => State::Idle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_press_makes_everything_older_stale() {
        let floor = Floor::default();
        assert_eq!(floor.state(), State::Idle);
        let first = floor.pressed(Instant::now(), None);
        assert_eq!((first, floor.state()), (1, State::Listening));
        floor.released(first, Instant::now());
        assert_eq!(floor.state(), State::Thinking);
        floor.sound_queued(first, true, Duration::ZERO, Duration::from_secs(3600));
        assert_eq!(floor.state(), State::Speaking);
        let second = floor.pressed(Instant::now(), None);
        assert!(floor.is_stale(first) && !floor.is_stale(second));
        // What still happens to the first no longer counts.
        floor.released(first, Instant::now());
        floor.sound_queued(first, true, Duration::ZERO, Duration::from_secs(3600));
        assert_eq!(floor.state(), State::Listening);
        assert!(floor.finished(first).is_none() && floor.is_released(first));
        floor.released(second, Instant::now());
        assert!(floor.finished(second).is_some());
        assert_eq!(floor.state(), State::Idle);
        assert_eq!(floor.pressed(Instant::now(), None), 3);
        floor.abandon();
        assert_eq!((floor.utterance(), floor.state()), (3, State::Idle));
    }
}
