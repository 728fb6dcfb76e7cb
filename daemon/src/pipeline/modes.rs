//! The mode that each direction of a conversation is in: as configured, or for `auto` as this machine allows.

use std::sync::{Mutex, MutexGuard, PoisonError};

use engines::simultaneous::KeepingUp;

use crate::{
    config::{Mode, Place},
    status::report::Choice,
};

/// The modes of one conversation's directions, shared by its workers.
#[derive(Debug)]
pub struct Modes(Vec<Slot>);

#[derive(Debug)]
struct Slot {
    asked: Mode,
    now: Mutex<(Mode, String)>,
}

impl Slot {
    fn now(&self) -> MutexGuard<'_, (Mode, String)> {
        // It is replaced as a whole, so a panic elsewhere does not spoil it.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Modes {
    /// The modes of a conversation at its start: `auto` is simultaneous until recognition is seen not to keep up.
    pub(super) fn new(place: &Place) -> Self {
        let slot = |at| match place.conversation.mode.of(at) {
            Mode::Auto => {
                let why = "recognition has not been measured yet".to_owned();
                Slot { asked: Mode::Auto, now: Mutex::new((Mode::Simultaneous, why)) }
            }
            asked => Slot { asked, now: Mutex::new((asked, "as configured".to_owned())) },
        };
        Self((0..place.buttons.len()).map(slot).collect())
    }

    /// Simultaneous or consecutive: what the direction at place `at` is in now.
    pub(super) fn now(&self, at: usize) -> Mode {
        self.0.get(at).map_or(Mode::Simultaneous, |slot| slot.now().0)
    }

    /// What was asked for, what it is now, and why.
    #[must_use]
    pub fn choice(&self, at: usize) -> Choice {
        let Some(slot) = self.0.get(at) else { return Choice::default() };
        let (mode, why) = &*slot.now();
        Choice { asked: slot.asked.name().to_owned(), chosen: mode.name().to_owned(), why: why.clone() }
    }

    /// An utterance was recognised, and this is how that kept up: an `auto` direction is in the mode given from the next on.
    pub(super) fn kept_up(&self, at: usize, keeping_up: &KeepingUp) -> Mode {
        let Some(slot) = self.0.get(at).filter(|slot| slot.asked == Mode::Auto) else { return self.now(at) };
        let mode = if keeping_up.does() { Mode::Simultaneous } else { Mode::Consecutive };
        let why = format!("recognition takes {:.0} % of the time there is for it", keeping_up.share() * 100.0);
        let mut now = slot.now();
        if now.0 != mode {
            tracing::warn!(event = "mode", chosen = mode.name(), why);
        }
        *now = (mode, why);
        mode
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Config;

    #[test]
    fn auto_follows_recognition_and_the_others_do_not() {
        let mut config = Config::default();
        config.conversation.mode = crate::config::Modes::Each(vec![Mode::Auto, Mode::Consecutive]);
        let modes = Modes::new(&config.places()[0]);
        let mut slow = KeepingUp::default();
        assert_eq!((modes.now(0), modes.now(1)), (Mode::Simultaneous, Mode::Consecutive));
        (0..50).for_each(|_| slow.decoded(Duration::from_millis(600), Duration::from_millis(400)));
        assert_eq!((modes.kept_up(0, &slow), modes.kept_up(1, &slow)), (Mode::Consecutive, Mode::Consecutive));
        let choice = modes.choice(0);
        assert_eq!((choice.asked.as_str(), choice.chosen.as_str()), ("auto", "consecutive"));
        assert!(choice.why.contains("149 %") || choice.why.contains("150 %"), "{}", choice.why);
        assert_eq!(modes.choice(1).why, "as configured");
        assert_eq!(modes.kept_up(0, &KeepingUp::default()), Mode::Simultaneous);
    }
}
