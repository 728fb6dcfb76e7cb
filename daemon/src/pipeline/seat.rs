//! One conversation of several: what it is to be, and how far it has got. Its sound threads, its listener and its floor are
//! its own; the engines it shares.

use std::sync::Arc;

use engines::{Direction, message::Utterance};

use super::{floor::Floor, modes::Modes};
use crate::config::{Config, Mode, Place};

/// One conversation.
#[derive(Debug, Clone)]
pub struct Seat {
    /// What it is to be.
    pub place: Place,
    /// Who has the floor in it.
    pub floor: Arc<Floor>,
    /// The mode that each of its directions is in.
    pub modes: Arc<Modes>,
}

impl Seat {
    /// The conversations of a configuration, in its order. Each goes on with the floor it had before, where it had one.
    #[must_use]
    pub fn all(config: &Config, before: &[Self]) -> Vec<Self> {
        let places = config.places().into_iter().enumerate();
        let floor = |number: usize| before.get(number).map(|seat| Arc::clone(&seat.floor)).unwrap_or_default();
        places
            .map(|(number, place)| Self { modes: Arc::new(Modes::new(&place)), place, floor: floor(number) })
            .collect()
    }

    /// One direction a button, through all conversations.
    #[must_use]
    pub fn directions(seats: &[Self]) -> Vec<Direction> {
        seats.iter().flat_map(|seat| seat.place.conversation.directions.clone()).collect()
    }

    /// Which of its directions a button stands for.
    pub(super) fn direction_of(&self, button: usize) -> usize {
        button.saturating_sub(self.place.buttons.start)
    }

    /// Simultaneous or consecutive: the mode that a button's direction is in now.
    pub(super) fn mode(&self, button: usize) -> Mode {
        self.modes.now(self.direction_of(button))
    }

    /// Whether nothing of a button's utterance may be heard yet: in consecutive mode, until the button comes up.
    pub(super) fn must_wait(&self, button: usize, utterance: Utterance) -> bool {
        self.mode(button) == Mode::Consecutive && !self.floor.is_released(utterance)
    }
}
