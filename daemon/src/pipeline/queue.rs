//! The bounded queue between two stages (DESIGN section 2).
//!
//! When it is full, partials give way: a newer partial replaces an older one, and a final pushes one out. A final is
//! never dropped; where only finals wait, whoever brings the next one waits too.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Something that may be replaced by a newer one of its kind.
pub trait Supersede {
    /// Whether `self` says nothing any more once `newer` is there: a partial hypothesis and its successor.
    fn is_superseded_by(&self, newer: &Self) -> bool;

    /// Whether it may be dropped at all when there is no room.
    fn may_be_dropped(&self) -> bool;
}

struct State<T> {
    items: VecDeque<T>,
    closed: bool,
    dropped: u64,
}

struct Inner<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    bound: usize,
}

/// A queue with a bound, shared by the two stages at its ends.
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
    /// A queue for at most `bound` items (at least one).
    #[must_use]
    pub fn new(bound: usize) -> Self {
        let state = State { items: VecDeque::with_capacity(bound), closed: false, dropped: 0 };
        Self(Arc::new(Inner { state: Mutex::new(state), changed: Condvar::new(), bound: bound.max(1) }))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // The state is valid after every statement below, so a panic elsewhere does not spoil it.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest item, waiting for one up to `limit`; `Ok(None)` where none came.
    ///
    /// # Errors
    /// [`Closed`], once the queue is closed and empty.
    pub fn pop(&self, limit: Duration) -> Result<Option<T>, Closed> {
        let empty = |s: &mut State<T>| s.items.is_empty() && !s.closed;
        let (mut state, _) =
            self.0.changed.wait_timeout_while(self.lock(), limit, empty).unwrap_or_else(PoisonError::into_inner);
        let item = state.items.pop_front();
        let closed = state.closed;
        drop(state);
        self.0.changed.notify_all();
        if item.is_none() && closed { Err(Closed) } else { Ok(item) }
    }

    /// The oldest item, if there is one now.
    #[must_use]
    pub fn try_pop(&self) -> Option<T> {
        self.pop(Duration::ZERO).ok().flatten()
    }

    /// Items waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Items that gave way so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// The bound.
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
    /// Puts `item` in, and lets partials give way; gives it back where there is no room.
    fn place(&mut self, item: T, bound: usize) -> Result<Option<T>, Closed> {
        if self.closed {
            return Err(Closed);
        }
        if let Some(old) = self.items.back_mut().filter(|old| old.is_superseded_by(&item)) {
            *old = item;
            self.dropped += 1;
        } else if self.items.len() < bound {
            self.items.push_back(item);
        } else if let Some(at) = self.items.iter().position(T::may_be_dropped) {
            self.items.remove(at);
            self.items.push_back(item);
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

    #[derive(Debug, Clone, PartialEq)]
    enum Word {
        Partial(u32),
        Final(u32),
    }

    impl Supersede for Word {
        fn is_superseded_by(&self, newer: &Self) -> bool {
            matches!((self, newer), (Self::Partial(_), Self::Partial(_)))
        }

        fn may_be_dropped(&self) -> bool {
            matches!(self, Self::Partial(_))
        }
    }

    proptest! {
        #[test]
        fn finals_survive_in_order_whatever_happens(
            words in proptest::collection::vec(any::<bool>(), 1..60),
            bound in 1_usize..8,
        ) {
            let queue = Queue::new(bound);
            let mut finals = Vec::new();
            let mut seen = Vec::new();
            for (n, is_final) in words.iter().enumerate() {
                // A full queue of finals makes the next one wait: make room as the reader would.
                while queue.len() == bound && *is_final {
                    seen.extend(queue.try_pop());
                }
                let n = n as u32;
                if *is_final {
                    finals.push(Word::Final(n));
                }
                queue.push(if *is_final { Word::Final(n) } else { Word::Partial(n) }).unwrap();
                prop_assert!(queue.len() <= bound);
            }
            let pushed = words.len() as u64;
            seen.extend(std::iter::from_fn(|| queue.try_pop()));
            prop_assert_eq!(seen.len() as u64 + queue.dropped(), pushed);
            seen.retain(|w| matches!(w, Word::Final(_)));
            prop_assert_eq!(seen, finals);
        }
    }

    #[test]
    fn a_final_waits_for_room_and_then_gets_it() {
        let queue = Queue::new(1);
        queue.push(Word::Final(1)).unwrap();
        let pusher = {
            let queue = queue.clone();
            std::thread::spawn(move || queue.push(Word::Final(2)))
        };
        assert_eq!(queue.pop(Duration::from_secs(5)), Ok(Some(Word::Final(1))));
        pusher.join().unwrap().unwrap();
        assert_eq!(queue.pop(Duration::from_secs(5)), Ok(Some(Word::Final(2))));
    }

    #[test]
    fn closing_wakes_everybody_and_loses_nothing() {
        let queue = Queue::new(1);
        queue.push(Word::Final(1)).unwrap();
        let pusher = {
            let queue = queue.clone();
            std::thread::spawn(move || queue.push(Word::Final(2)))
        };
        assert_eq!(queue.offer(Word::Final(3)), Ok(Some(Word::Final(3))));
        queue.close();
        assert_eq!(queue.offer(Word::Final(3)), Err(Closed));
        let pushed = pusher.join().unwrap();
        assert_eq!(queue.pop(Duration::ZERO), Ok(Some(Word::Final(1))));
        if pushed == Err(Closed) {
            assert_eq!(queue.pop(Duration::from_secs(5)), Err(Closed));
        }
    }
}
