//! How the next clause is delivered: at the voice's own rate, or faster where the box falls behind.

use std::time::Duration;

use engines::{message::OUTPUT_RATE, tts::delivery::Delivery};

use super::context::Context;
use crate::config::Mode;

/// How long `frames` of speech last.
pub(super) fn lasting(frames: usize) -> Duration {
    Duration::from_secs_f64(frames as f64 / f64::from(OUTPUT_RATE))
}

/// The way of a clause to the loudspeaker, where `queued` frames of speech will be heard before it, in a conversation in
/// this `mode`.
///
/// In consecutive mode all clauses wait at once, and nobody speaks on who would be fallen behind: each has the voice's rate.
pub(super) fn delivery(context: &Context, mode: Mode, queued: usize) -> Delivery {
    let rate = match mode {
        Mode::Consecutive => 1.0,
        Mode::Simultaneous | Mode::Auto => context.config.pace().rate(lasting(queued)),
    };
    let delivery = Delivery::new(rate);
    if delivery.is_faster() {
        context.metrics.clause_faster();
        tracing::debug!(event = "faster", rate, backlog_ms = lasting(queued).as_millis() as u64);
    }
    delivery
}
