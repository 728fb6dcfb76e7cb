//! The bounded queue between two stages (DESIGN section 2).
//!
//! Each conversation has a lane of its own in it, and they take turns: what one of them piles up delays nobody else. First
//! come those lanes in which an end waits, of a segment or an utterance, because then somebody waits for the translation.
//!
//! When a lane is full, its partials give way: a newer partial replaces an older one, and a final pushes one out. A final is
//! never dropped; where only finals wait, whoever brings the next one waits too.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Something that may be replaced by a newer one of its kind.
pub trait Supersede {
    /// Whose it is, counted from 0: only what stands in the same lane can replace it or push it out.
    fn lane(&self) -> usize;

    /// Whether somebody waits for what follows from it: it ends a segment or an utterance.
    fn is_urgent(&self) -> bool;

    /// Whether `self` says nothing any more once `newer` is there: a partial hypothesis and its successor.
    fn is_superseded_by(&self, newer: &Self) -> bool;

    /// Whether it may be dropped at all when there is no room.
    fn may_be_dropped(&self) -> bool;
}

struct State<T> {
    lanes: Vec<VecDeque<T>>,
    /// The lane whose turn it is.
    turn: usize,
    closed: bool,
    dropped: u64,
}

struct Inner<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    bound: usize,
}

/// A queue with a bound for each lane, shared by the two stages at its ends.
pub struct Queue<T>(Arc<Inner<T>>);

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// The queue was closed: the pipeline is stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed;

impl<T> Queue<T> {
    /// A queue for at most `bound` items (at least one) in each lane. Lanes are there as soon as they are used.
    #[must_use]
    pub fn new(bound: usize) -> Self {
        let state = State { lanes: Vec::new(), turn: 0, closed: false, dropped: 0 };
        Self(Arc::new(Inner { state: Mutex::new(state), changed: Condvar::new(), bound: bound.max(1) }))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // The state is valid after every statement below, so a panic elsewhere does not spoil it.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Items waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().lanes.iter().map(VecDeque::len).sum()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether something like this waits.
    #[must_use]
    pub fn any(&self, is_it: impl FnMut(&T) -> bool) -> bool {
        self.lock().lanes.iter().flatten().any(is_it)
    }

    /// Items that gave way so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// The most items that a lane holds.
    #[must_use]
    pub fn bound(&self) -> usize {
        self.0.bound
    }

    /// Whether it has been ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Ends it: what waits can still be taken, nothing more can be put in.
    pub fn close(&self) {
        self.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl<T: Supersede> Queue<T> {
    /// The oldest item of the lane whose turn it is, waiting for one up to `limit`; `Ok(None)` where none came.
    ///
    /// # Errors
    /// [`Closed`], once the queue is closed and empty.
    pub fn pop(&self, limit: Duration) -> Result<Option<T>, Closed> {
        let empty = |s: &mut State<T>| s.lanes.iter().all(VecDeque::is_empty) && !s.closed;
        let (mut state, _) =
            self.0.changed.wait_timeout_while(self.lock(), limit, empty).unwrap_or_else(PoisonError::into_inner);
        let item = state.take(self.0.bound);
        let closed = state.closed;
        drop(state);
        self.0.changed.notify_all();
        if item.is_none() && closed { Err(Closed) } else { Ok(item) }
    }

    /// The oldest item of the lane whose turn it is, if something waits now.
    #[must_use]
    pub fn try_pop(&self) -> Option<T> {
        self.pop(Duration::ZERO).ok().flatten()
    }

    /// Puts `item` in; where there is no room, partials give way, and a final waits for room.
    ///
    /// # Errors
    /// [`Closed`].
    pub fn push(&self, mut item: T) -> Result<(), Closed> {
        let mut state = self.lock();
        loop {
            match state.place(item, self.0.bound)? {
                None => break,
                Some(refused) => item = refused,
            }
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.0.changed.notify_all();
        Ok(())
    }

    /// As [`Queue::push`], without waiting: gives a final back where there is no room for it now.
    ///
    /// # Errors
    /// [`Closed`].
    pub fn offer(&self, item: T) -> Result<Option<T>, Closed> {
        let refused = self.lock().place(item, self.0.bound)?;
        self.0.changed.notify_all();
        Ok(refused)
    }
}

impl<T: Supersede> State<T> {
    /// Takes the next item. A lane in which an end waits comes first; so does one that is full, because whoever fills it
    /// waits: so nobody is left waiting for ever, however much the others have to say.
    fn take(&mut self, bound: usize) -> Option<T> {
        let lanes = self.lanes.len();
        let mut waiting = (0..lanes).map(|n| (self.turn + n) % lanes).filter(|at| !self.lanes[*at].is_empty());
        let first = |lane: &VecDeque<T>| lane.len() >= bound || lane.iter().any(T::is_urgent);
        let at = waiting.clone().find(|at| first(&self.lanes[*at])).or_else(|| waiting.next())?;
        self.turn = at + 1;
        self.lanes[at].pop_front()
    }

    /// Puts `item` in, and lets partials of its lane give way; gives it back where there is no room.
    fn place(&mut self, item: T, bound: usize) -> Result<Option<T>, Closed> {
        if self.closed {
            return Err(Closed);
        }
        let lane = item.lane();
        if lane >= self.lanes.len() {
            self.lanes.resize_with(lane + 1, VecDeque::new);
        }
        let items = &mut self.lanes[lane];
        if let Some(old) = items.back_mut().filter(|old| old.is_superseded_by(&item)) {
            *old = item;
            self.dropped += 1;
        } else if items.len() < bound {
            items.push_back(item);
        } else if let Some(at) = items.iter().position(T::may_be_dropped) {
            items.remove(at);
            items.push_back(item);
            self.dropped += 1;
        } else if item.may_be_dropped() {
            self.dropped += 1;
        } else {
            return Ok(Some(item));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Weight {
        /// Gives way.
        Partial,
        /// Neither gives way nor is urgent.
        Sound,
        /// Urgent.
        Final,
    }

    use Weight::{Final, Partial, Sound};

    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Word {
        lane: usize,
        weight: Weight,
        number: u32,
    }

    fn word(lane: usize, weight: Weight, number: u32) -> Word {
        Word { lane, weight, number }
    }

    fn last(number: u32) -> Word {
        word(0, Final, number)
    }

    fn weights() -> impl Strategy<Value = Weight> {
        prop_oneof![Just(Partial), Just(Sound), Just(Final)]
    }

    impl Supersede for Word {
        fn lane(&self) -> usize {
            self.lane
        }

        fn is_urgent(&self) -> bool {
            self.weight == Final
        }

        fn is_superseded_by(&self, newer: &Self) -> bool {
            (self.weight, newer.weight) == (Partial, Partial)
        }

        fn may_be_dropped(&self) -> bool {
            self.weight == Partial
        }
    }

    proptest! {
        #[test]
        fn what_may_not_be_dropped_survives_in_order_whatever_happens(
            words in proptest::collection::vec((0_usize..3, weights()), 1..60),
            bound in 1_usize..8,
        ) {
            let queue = Queue::new(bound);
            let words: Vec<Word> = (0..).zip(words).map(|(n, (lane, weight))| word(lane, weight, n)).collect();
            let mut seen = Vec::new();
            for word in &words {
                // A full lane makes the next one wait: make room as the reader would.
                while queue.offer(*word).unwrap().is_some() {
                    seen.extend(queue.try_pop());
                }
                prop_assert!(queue.lock().lanes.iter().all(|lane| lane.len() <= bound));
            }
            seen.extend(std::iter::from_fn(|| queue.try_pop()));
            prop_assert_eq!(seen.len() as u64 + queue.dropped(), words.len() as u64);
            for lane in 0..3 {
                let keeps = |w: &&Word| w.lane == lane && w.weight != Partial;
                prop_assert!(seen.iter().filter(keeps).eq(words.iter().filter(keeps)), "{:?}", seen);
            }
        }

        /// However much three others bring: an end is taken with the fourth turn at the latest, and sound, which nobody is in
        /// a hurry for, with the fourth turn after its lane is full.
        #[test]
        fn nobody_starves(others in proptest::collection::vec(weights(), 3), bound in 1_u32..6, is_end: bool) {
            let queue = Queue::new(bound as usize);
            let bring = |lane, weight, number| queue.offer(word(lane, weight, number)).unwrap().is_none();
            let mut turns = 0;
            loop {
                for (lane, weight) in others.iter().enumerate() {
                    while bring(lane, *weight, 0) && *weight != Partial {}
                }
                if turns < bound {
                    bring(3, if is_end { Final } else { Sound }, turns);
                }
                turns += 1;
                if queue.try_pop().is_some_and(|taken| (taken.lane, taken.number) == (3, 0)) {
                    break;
                }
            }
            prop_assert!(turns <= if is_end { 4 } else { bound + 4 }, "{} turns", turns);
        }
    }

    #[test]
    fn lanes_take_turns_and_ends_come_first() {
        let queue = Queue::new(20);
        for (lane, weight, number) in [(0, Final, 1), (0, Final, 2), (0, Final, 3), (1, Partial, 4), (2, Final, 5)] {
            queue.push(word(lane, weight, number)).unwrap();
        }
        let order: Vec<u32> = std::iter::from_fn(|| queue.try_pop()).map(|w| w.number).collect();
        assert_eq!(order, [1, 5, 2, 3, 4]);
    }

    #[test]
    fn one_who_speaks_much_pushes_out_nothing_of_another() {
        let queue = Queue::new(2);
        queue.push(word(1, Partial, 0)).unwrap();
        queue.push(last(1)).unwrap();
        queue.push(last(2)).unwrap();
        assert_eq!(queue.offer(last(3)), Ok(Some(last(3))));
        assert_eq!((queue.dropped(), queue.len()), (0, 3));
        assert!(queue.any(|w| w.lane == 1) && !queue.any(|w| w.lane == 2));
        queue.push(word(1, Final, 4)).unwrap();
        assert_eq!(queue.dropped(), 0);
    }

    #[test]
    fn a_final_waits_for_room_and_then_gets_it() {
        let queue = Queue::new(1);
        queue.push(last(1)).unwrap();
        let pusher = {
            let queue = queue.clone();
            std::thread::spawn(move || queue.push(last(2)))
        };
        assert_eq!(queue.pop(Duration::from_secs(5)), Ok(Some(last(1))));
        pusher.join().unwrap().unwrap();
        assert_eq!(queue.pop(Duration::from_secs(5)), Ok(Some(last(2))));
    }

    #[test]
    fn closing_wakes_everybody_and_loses_nothing() {
        let queue = Queue::new(1);
        queue.push(last(1)).unwrap();
        let pusher = {
            let queue = queue.clone();
            std::thread::spawn(move || queue.push(last(2)))
        };
        assert_eq!(queue.offer(last(3)), Ok(Some(last(3))));
        queue.close();
        assert_eq!(queue.offer(last(3)), Err(Closed));
        let pushed = pusher.join().unwrap();
        assert_eq!(queue.pop(Duration::ZERO), Ok(Some(last(1))));
        if pushed == Err(Closed) {
            assert_eq!(queue.pop(Duration::from_secs(5)), Err(Closed));
        }
    }
}
