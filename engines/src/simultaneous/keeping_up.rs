//! Whether recognition keeps up with a speaker: what `mode = "auto"` goes by.

use std::time::Duration;

/// How much the last hypothesis weighs against those before it.
const WEIGHT: f32 = 0.1;

/// Above this share of the time there is, recognition does not keep up: translation and synthesis need cores too ...
const TOO_SLOW: f32 = 0.8;

/// ... and below this one it does again. Where nothing is committed meanwhile, a hypothesis takes 1.2 to 1.4 times as long
/// (`docs/performance.md`): what takes 0.7 then takes at most 0.6 where something is.
const QUICK_ENOUGH: f32 = 0.7;

/// Follows the time that partial hypotheses take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeepingUp {
    /// Time a hypothesis takes over the time until the next is wanted, smoothed.
    share: f32,
    does: bool,
}

impl Default for KeepingUp {
    /// One that does until it is seen that it does not.
    fn default() -> Self {
        Self { share: QUICK_ENOUGH / 2.0, does: true }
    }
}

impl KeepingUp {
    /// A hypothesis took `spent`, and they are wanted every `step`: those that are made more often while the first words of an
    /// utterance are awaited can be left out.
    pub fn decoded(&mut self, spent: Duration, step: Duration) {
        self.follow(spent.as_secs_f32() / step.as_secs_f32().max(0.001));
    }

    /// A hypothesis that was wanted was left out, because the next chunk was there already.
    pub fn skipped(&mut self) {
        self.follow(2.0 * TOO_SLOW);
    }

    fn follow(&mut self, share: f32) {
        self.share += WEIGHT * (share - self.share);
        self.does = if self.does { self.share <= TOO_SLOW } else { self.share < QUICK_ENOUGH };
    }

    /// Whether it does.
    #[must_use]
    pub fn does(&self) -> bool {
        self.does
    }

    /// The share of its time that recognition needs, 1 for all of it.
    #[must_use]
    pub fn share(&self) -> f32 {
        self.share
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STEP: Duration = Duration::from_millis(400);

    fn after(spent_ms: u64, times: usize, mut before: KeepingUp) -> KeepingUp {
        (0..times).for_each(|_| before.decoded(Duration::from_millis(spent_ms), STEP));
        before
    }

    #[test]
    fn it_gives_up_slowly_and_comes_back_surely() {
        let quick = after(100, 50, KeepingUp::default());
        assert!(quick.does() && (quick.share() - 0.25).abs() < 0.01);
        assert!(after(4_000, 1, quick).share() > TOO_SLOW, "ten times too long is too long at once");
        assert!(after(500, 3, quick).does(), "a busy second changes nothing");
        let slow = after(500, 50, quick);
        assert!(!slow.does());
        assert!(!after(300, 50, slow).does(), "between the limits it stays as it is");
        assert!(after(300, 50, quick).does());
        assert!(after(100, 50, slow).does());
        let mut behind = quick;
        (0..20).for_each(|_| behind.skipped());
        assert!(!behind.does());
    }

    proptest! {
        /// However times vary within the limits, it does not waver.
        #[test]
        fn between_the_limits_it_stays(times in proptest::collection::vec(285_u64..315, 1..200), slow in any::<bool>()) {
            let start = if slow { after(500, 50, KeepingUp::default()) } else { after(300, 50, KeepingUp::default()) };
            let mut state = start;
            for spent in times {
                state.decoded(Duration::from_millis(spent), STEP);
                prop_assert_eq!(state.does(), start.does());
            }
        }
    }
}
