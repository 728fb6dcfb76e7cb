//! The circuit breaker of one engine.

use std::time::Duration;

/// Rest after the first failure; doubles with each further one.
const FIRST_REST: Duration = Duration::from_secs(1);

/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(300);

/// Whether an engine may be tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    resting_until: Option<Duration>,
}

impl Breaker {
    /// Whether it may be tried at the time `now`.
    #[must_use]
    pub fn is_ready(&self, now: Duration) -> bool {
        self.resting_until.is_none_or(|until| now >= until)
    }

    /// It answered: it is as good as new.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// It failed at the time `now`.
    pub fn failed(&mut self, now: Duration) {
        let rest = FIRST_REST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST_REST);
        self.failures = self.failures.saturating_add(1);
        self.resting_until = Some(now + rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_to_a_limit_and_end_with_success() {
        let mut breaker = Breaker::default();
        let mut now = Duration::ZERO;
        let mut rests = Vec::new();
        for _ in 0..12 {
            breaker.failed(now);
            let rest = (0..=300).find(|s| breaker.is_ready(now + Duration::from_secs(*s))).unwrap();
            rests.push(rest);
            now += Duration::from_secs(rest);
        }
        assert_eq!(rests[..5], [1, 2, 4, 8, 16]);
        assert_eq!(rests[11], 300);
        breaker.succeeded();
        assert!(breaker.is_ready(now));
        breaker.failed(now);
        assert!(!breaker.is_ready(now) && breaker.is_ready(now + FIRST_REST));
    }
}
