//! The clock an engine is given.

use std::time::{Duration, Instant};

/// Monotonic time. Engines take one at load and never ask the system themselves, so that a test or a replay can
/// supply its own.
pub trait Clock: Send + Sync {
    /// Time since the clock's own start.
    fn now(&self) -> Duration;
}

/// The system's monotonic clock, counted from the moment it was made.
#[derive(Debug, Clone, Copy)]
pub struct MonotonicClock(Instant);

impl MonotonicClock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for MonotonicClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}
