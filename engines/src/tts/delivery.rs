//! What a clause goes through between the voice and the loudspeaker: its rate, and its edges.
//!
//! Clauses are made one by one and heard one behind the other, or with nothing between one and the next. A voice begins and
//! ends in near silence, but not at zero, and one that is broken off ends anywhere. So each clause is faded in and out over
//! a few milliseconds: whatever comes before it and after it, the join has no step in it.

use super::faster::Faster;
use crate::message::OUTPUT_RATE;

/// Length of a fade: shorter than the silence that is kept before the first sound (see `edges`), so no onset is softened.
pub const EDGE_MS: u32 = 5;

const EDGE: usize = (OUTPUT_RATE * EDGE_MS / 1000) as usize;

/// One clause on its way out, piece by piece, at [`OUTPUT_RATE`].
pub struct Delivery {
    faster: Option<Faster>,
    /// Samples of the fade-in that are done.
    faded_in: usize,
    /// The last samples, held back because they may be the clause's last.
    held: Vec<f32>,
}

impl Delivery {
    /// The way of a clause that is spoken `rate` times as fast as the voice does; at 1 or below its sound is not touched but
    /// at the edges.
    #[must_use]
    pub fn new(rate: f32) -> Self {
        Self { faster: (rate > 1.0).then(|| Faster::new(rate)), faded_in: 0, held: Vec::new() }
    }

    /// Whether the clause is spoken faster than the voice does.
    #[must_use]
    pub fn is_faster(&self) -> bool {
        self.faster.is_some()
    }

    /// Takes the next piece and gives the sound to play, all but the last [`EDGE_MS`].
    #[must_use]
    pub fn push(&mut self, piece: &[f32]) -> Vec<f32> {
        let scaled = self.faster.as_mut().map(|faster| faster.push(piece));
        self.soften(scaled.as_deref().unwrap_or(piece));
        let ready = self.held.len().saturating_sub(EDGE);
        self.held.drain(..ready).collect()
    }

    /// The clause ends here, complete or not: gives what was held back, down to silence.
    #[must_use]
    pub fn finish(mut self) -> Vec<f32> {
        if let Some(mut faster) = self.faster.take() {
            self.soften(&faster.finish());
        }
        let mut sound = self.held;
        for (n, sample) in sound.iter_mut().rev().take(EDGE).enumerate() {
            *sample *= fade(n);
        }
        sound
    }

    /// Takes sound in, the clause's first samples softened.
    fn soften(&mut self, sound: &[f32]) {
        let faded_in = self.faded_in;
        self.held.extend(sound.iter().enumerate().map(|(n, sample)| sample * fade(faded_in + n)));
        self.faded_in = EDGE.min(faded_in + sound.len());
    }
}

/// The factor of the sample `n` from an edge: half a period of a cosine, which neither begins nor ends with a corner.
fn fade(n: usize) -> f32 {
    if n >= EDGE { 1.0 } else { 0.5 - 0.5 * (std::f32::consts::PI * n as f32 / EDGE as f32).cos() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::window::tests::{largest_step, voiced},
        *,
    };

    fn deliver(sound: &[f32], rate: f32, pieces: usize) -> Vec<f32> {
        let mut delivery = Delivery::new(rate);
        let mut made: Vec<f32> = sound.chunks(pieces).flat_map(|piece| delivery.push(piece)).collect();
        made.extend(delivery.finish());
        made
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Loud clauses that begin and end anywhere in a period, directly behind each other and behind silence: no step
        /// at a join is above those that the sound itself takes.
        #[test]
        fn no_join_clicks(
            clauses in proptest::collection::vec((110.0_f32..300.0, 0.0_f32..1.0, 1_usize..5_000, 1_usize..3_000), 1..5),
            rate in prop_oneof![Just(1.0_f32), 1.05_f32..1.25],
        ) {
            let mut heard = vec![0.0; 100];
            let mut own: f32 = 0.0;
            for (pitch, phase, samples, pieces) in clauses {
                let clause = voiced(pitch, phase, samples);
                // With the largest step of a whole second: a short one may not have had time for it.
                own = own.max(largest_step(&voiced(pitch, phase, OUTPUT_RATE as usize)));
                let made = deliver(&clause, rate, pieces);
                prop_assert_eq!(made.len(), (samples as f32 / rate).round() as usize);
                heard.extend(made);
            }
            heard.extend([0.0; 100]);
            prop_assert!(largest_step(&heard) <= own * 1.15, "{} against {own}", largest_step(&heard));
        }

        /// At its own rate nothing but the edges is touched.
        #[test]
        fn the_middle_is_what_the_voice_said(samples in 1_usize..9_000, pieces in 1_usize..3_000) {
            let clause = voiced(150.0, 0.3, samples);
            let made = deliver(&clause, 1.0, pieces);
            prop_assert_eq!(made.len(), samples);
            let middle = EDGE.min(samples)..samples.saturating_sub(EDGE).max(EDGE.min(samples));
            prop_assert_eq!(&made[middle.clone()], &clause[middle]);
            prop_assert_eq!((made[0], made[samples - 1]), (0.0, 0.0));
        }
    }

    #[test]
    fn an_empty_clause_is_no_sound() {
        assert!(deliver(&[], 1.0, 1).is_empty() && deliver(&[], 1.2, 1).is_empty());
    }
}
