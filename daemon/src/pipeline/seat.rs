//! One conversation of several: what it is to be, and how far it has got. Its sound threads, its listener and its floor are
//! its own; the engines it shares.

use std::sync::Arc;

use engines::{Direction, message::Utterance};

use super::floor::Floor;
use crate::config::{Config, Mode, Place};

/// One conversation.
#[derive(Debug, Clone)]
pub struct Seat {
    /// What it is to be.
    pub place: Place,
    /// Who has the floor in it.
    pub floor: Arc<Floor>,
}

impl Seat {
    /// The conversations of a configuration, in its order. Each goes on with the floor it had before, where it had one.
    #[must_use]
    pub fn all(config: &Config, before: &[Self]) -> Vec<Self> {
        let places = config.places().into_iter().enumerate();
        let floor = |number: usize| before.get(number).map(|seat| Arc::clone(&seat.floor)).unwrap_or_default();
        places.map(|(number, place)| Self { place, floor: floor(number) }).collect()
    }

    /// One direction a button, through all conversations.
    #[must_use]
    pub fn directions(seats: &[Self]) -> Vec<Direction> {
        seats.iter().flat_map(|seat| seat.place.conversation.directions.clone()).collect()
    }

    /// Whether nothing of the utterance may be heard yet: in consecutive mode, until the button comes up.
    pub(super) fn must_wait(&self, utterance: Utterance) -> bool {
        self.place.conversation.mode == Mode::Consecutive && !self.floor.is_released(utterance)
    }
}
