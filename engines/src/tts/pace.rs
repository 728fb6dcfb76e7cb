//! How fast a clause is spoken: a little faster than the voice would, where speech waits to be heard.
//!
//! Whoever interprets and falls behind speaks up to a quarter faster rather than later and later. A clause is spoken at one
//! rate from its beginning to its end, so the rate cannot flutter.

use std::time::Duration;

/// The highest rate there is: beyond a quarter, time-scaled speech costs its listeners words.
pub const HIGHEST_RATE: f32 = 1.25;

/// When to speak faster, and by how much at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Up to this backlog the voice keeps its own rate.
    pub backlog_limit: Duration,
    /// The rate at twice that backlog and above, 1..=[`HIGHEST_RATE`].
    pub max_rate: f32,
}

impl Pace {
    /// The rate of a clause that `backlog` of speech is to be heard before: 1 up to the limit, and from there along a smooth
    /// step to the highest.
    #[must_use]
    pub fn rate(&self, backlog: Duration) -> f32 {
        let limit = self.backlog_limit.as_secs_f32().max(f32::MIN_POSITIVE);
        let over = ((backlog.as_secs_f32() - limit) / limit).clamp(0.0, 1.0);
        1.0 + (self.max_rate.clamp(1.0, HIGHEST_RATE) - 1.0) * over * over * (3.0 - 2.0 * over)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_rate_is_within_bounds_and_grows_smoothly(
            limit in 0_u64..10_000,
            max_rate in 0.5_f32..2.0,
            backlog in 0_u64..60_000,
            more in 0_u64..1_000,
        ) {
            let pace = Pace { backlog_limit: Duration::from_millis(limit), max_rate };
            let rate = |ms| pace.rate(Duration::from_millis(ms));
            prop_assert!((1.0..=HIGHEST_RATE).contains(&rate(backlog)));
            prop_assert!(rate(backlog) <= rate(backlog + more));
            prop_assert!(backlog > limit || rate(backlog) == 1.0);
            prop_assert!(backlog < 2 * limit.max(1) || rate(backlog) == max_rate.clamp(1.0, HIGHEST_RATE));
            // The steepest place of the step is 1.5 times its height over its width.
            let steepest = 1.5 * (HIGHEST_RATE - 1.0) * more as f32 / limit.max(1) as f32;
            prop_assert!(rate(backlog + more) - rate(backlog) <= steepest + 1e-5);
        }
    }
}
