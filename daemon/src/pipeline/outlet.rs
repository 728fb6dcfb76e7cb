//! The way of one conversation's speech to its loudspeaker.

use std::time::Duration;

use engines::message::{TextToken, Utterance};

use super::{duplex::Turn, item::Item, pace, queue::Queue, seat::Seat};
use crate::{audio::SpeechWriter, status::Metrics};

/// Takes speech in whole clauses, and never waits: whoever speaks has other conversations to serve.
pub(super) struct Outlet<'c> {
    metrics: &'c Metrics,
    seat: &'c Seat,
    /// Closed when the pipeline stops.
    inbox: &'c Queue<Item<TextToken>>,
    writer: SpeechWriter,
    turn: Turn,
    /// Speech that the ring has no room for yet, and its utterance.
    rest: Vec<f32>,
    utterance: Utterance,
}

impl<'c> Outlet<'c> {
    pub(super) fn new(
        metrics: &'c Metrics,
        seat: &'c Seat,
        inbox: &'c Queue<Item<TextToken>>,
        writer: SpeechWriter,
        turn: Turn,
    ) -> Self {
        Self { metrics, seat, inbox, writer, turn, rest: Vec::new(), utterance: 0 }
    }

    /// A clause begins.
    pub(super) fn begin(&mut self) {
        self.writer.begin();
    }

    /// No more is to come for now; to be called before the last piece of a clause.
    pub(super) fn finish(&mut self) {
        self.writer.finish();
    }

    /// Frames of speech that will be heard before what is written next.
    pub(super) fn queued(&self) -> usize {
        self.writer.queued() + self.rest.len()
    }

    /// How long from now until what is written next leaves the loudspeaker.
    pub(super) fn heard_in(&self) -> Duration {
        pace::lasting(self.queued() + self.writer.in_device())
    }

    /// Whether a clause of a button's `utterance` may begin: everything before it is in the ring, and nobody is talked over.
    pub(super) fn may_begin(&self, button: usize, utterance: Utterance) -> bool {
        self.is_clear() && !self.seat.must_wait(button, utterance) && !self.turn.must_wait()
    }

    /// Whether the ring has taken everything so far.
    pub(super) fn is_clear(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes sound in. False where the utterance went stale meanwhile, or the pipeline is stopping.
    pub(super) fn write(&mut self, utterance: Utterance, sound: &[f32], begins_clause: bool) -> bool {
        if self.seat.floor.is_stale(utterance) || self.inbox.is_closed() {
            self.metrics.dropped("stale_speech");
            return false;
        }
        let (wait, lasts) = (self.heard_in(), pace::lasting(sound.len()));
        self.seat.floor.sound_queued(utterance, begins_clause, wait, lasts);
        self.utterance = utterance;
        self.rest.extend_from_slice(sound);
        self.hand_over();
        true
    }

    /// Hands over what the ring has room for. What is stale by now is taken and forgotten there.
    pub(super) fn hand_over(&mut self) {
        let taken = self.writer.write(self.utterance, &self.rest);
        self.rest.drain(..taken);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Instant};

    use super::*;
    use crate::{audio::speech_queue, config::Config};

    #[test]
    fn a_full_ring_holds_nobody_up_and_a_press_empties_it() {
        let (metrics, inbox, stats) = (Metrics::new(), Queue::new(1), Arc::default());
        let seat = &Seat::all(&Config::default(), &[])[0];
        let (writer, flush, _ring) = speech_queue(100, &stats);
        let mut outlet = Outlet::new(&metrics, seat, &inbox, writer, Turn::default());
        let first = seat.floor.pressed(Instant::now(), None);
        flush.flush_before(first);
        assert!(outlet.may_begin(0, first));
        assert!(outlet.write(first, &[0.1; 1000], true));
        assert_eq!(outlet.queued(), 1000);
        assert!(
            !outlet.is_clear() && !outlet.may_begin(0, first),
            "the next clause waits, and whoever makes it does not"
        );
        let second = seat.floor.pressed(Instant::now(), None);
        flush.flush_before(second);
        assert!(!outlet.write(first, &[0.1; 10], false), "nothing stale is taken");
        outlet.hand_over();
        assert!(outlet.is_clear() && outlet.may_begin(0, second));
        assert_eq!(metrics.drops().get("stale_speech"), Some(&1));
        inbox.close();
        assert!(!outlet.write(second, &[0.1; 10], true), "the pipeline is stopping");
    }
}
