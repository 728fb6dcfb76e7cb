//! Counts by name, partly counted here, partly read from somebody else's atomics.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Reads a number that another thread owns.
type Reader = Box<dyn Fn() -> u64 + Send + Sync>;

/// A counter a name. A name that is both counted and watched, or watched twice, shows the sum.
#[derive(Default)]
pub(super) struct Tally {
    counted: Mutex<BTreeMap<String, u64>>,
    watched: Mutex<Vec<(String, Reader)>>,
}

impl Tally {
    /// Counts `more` for `name`.
    pub(super) fn add(&self, name: &str, more: u64) {
        let mut counted = held(&self.counted);
        match counted.get_mut(name) {
            Some(count) => *count = count.saturating_add(more),
            None => {
                counted.insert(name.to_owned(), more);
            }
        }
    }

    /// Adds what `reader` gives to `name` from now on.
    pub(super) fn watch(&self, name: &str, reader: Reader) {
        held(&self.watched).push((name.to_owned(), reader));
    }

    /// Every name and its count now.
    pub(super) fn totals(&self) -> BTreeMap<String, u64> {
        let mut totals = held(&self.counted).clone();
        for (name, reader) in held(&self.watched).iter() {
            let count = totals.entry(name.clone()).or_default();
            *count = count.saturating_add(reader());
        }
        totals
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.totals()).finish()
    }
}

/// The contents of a lock, also after a panic elsewhere: every update above leaves them whole.
pub(super) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use super::*;

    #[test]
    fn counted_and_watched_add_up() {
        let owned = Arc::new(AtomicU64::new(3));
        let tally = Tally::default();
        let reader = Arc::clone(&owned);
        tally.watch("capture", Box::new(move || reader.load(Ordering::Relaxed)));
        tally.watch("capture", Box::new(|| 10));
        tally.add("partial", 1);
        tally.add("partial", 1);
        tally.add("capture", 100);
        owned.store(4, Ordering::Relaxed);
        assert_eq!(tally.totals(), BTreeMap::from([("capture".to_owned(), 114), ("partial".to_owned(), 2)]));
    }
}
