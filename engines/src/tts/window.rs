//! Joins overlapping windows of sound that a model decoded one by one.
//!
//! Two decodings of the same moment agree in pitch and colour but not in phase. So each window is shifted by the few
//! milliseconds at which it fits best to the end of the one before (waveform similarity overlap-add: Verhelst and
//! Roelands, ICASSP 1993), and faded in over that end.

use std::ops::Range;

/// How windows overlap, in samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overlap {
    /// Length of the cross-fade.
    pub fade: usize,
    /// Largest shift to either side: half a period of the deepest voice is enough.
    pub shift: usize,
}

/// The state between two windows.
pub(super) struct Joiner {
    overlap: Overlap,
    /// How the last window would have gone on.
    tail: Vec<f32>,
}

impl Joiner {
    pub(super) fn new(overlap: Overlap) -> Self {
        Self { overlap, tail: Vec::new() }
    }

    /// Takes a window, of which `body` is wanted and the rest is context, and gives the sound to play. Unless it is the
    /// first, `body` starts at least `shift` samples into the window; unless it is the last, `shift + fade` samples of
    /// context follow it. A window that breaks this is joined with what context it has.
    pub(super) fn join(&mut self, window: &[f32], body: Range<usize>) -> Vec<f32> {
        let end = body.end.min(window.len());
        let start = body.start.min(end);
        let start = if self.tail.is_empty() { start } else { self.best_start(window, start, end) };
        let mut sound = window[start..end].to_vec();
        let fade = self.tail.len().min(sound.len());
        for (n, (new, old)) in sound.iter_mut().zip(&self.tail[..fade]).enumerate() {
            let weight = (n + 1) as f32 / (fade + 1) as f32;
            *new = *new * weight + old * (1.0 - weight);
        }
        self.tail = window[end..(end + self.overlap.fade).min(window.len())].to_vec();
        sound
    }

    /// The start within `shift` of `start` where the window is most like the tail.
    fn best_start(&self, window: &[f32], start: usize, end: usize) -> usize {
        let length = self.tail.len();
        let first = start.saturating_sub(self.overlap.shift);
        let last = (start + self.overlap.shift).min(end.saturating_sub(length));
        (first..=last)
            .map(|at| (similarity(&self.tail, &window[at..at + length]), at))
            // Of equals the one nearest to no shift, so that silence is left where it is.
            .max_by(|(a, at), (b, bt)| a.total_cmp(b).then_with(|| bt.abs_diff(start).cmp(&at.abs_diff(start))))
            .map_or(start, |(_, at)| at)
    }
}

/// Normalised correlation, -1..1.
fn similarity(a: &[f32], b: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    let energy = dot(a, a) * dot(b, b);
    // Below this both are silence, and alike.
    if energy < 1e-12 { 0.0 } else { dot(a, b) / energy.sqrt() }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    const OVERLAP: Overlap = Overlap { fade: 300, shift: 150 };

    /// A voiced sound at 24 kHz: harmonics of `pitch` that begin at `phase` periods.
    pub(in super::super) fn voiced(pitch: f32, phase: f32, samples: usize) -> Vec<f32> {
        let at = |n: usize, h: u8| ((n as f32 * pitch / 24_000.0 + phase) * f32::from(h) * std::f32::consts::TAU).sin();
        (0..samples).map(|n| (1..=8).map(|h| at(n, h) / f32::from(h)).sum::<f32>() * 0.2).collect()
    }

    pub(in super::super) fn largest_step(sound: &[f32]) -> f32 {
        sound.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
    }

    proptest! {
        /// Whatever the phases two windows start with, their join steps no further than the sound itself does, and
        /// it does not fade away where they meet.
        #[test]
        fn a_join_cannot_be_heard(pitch in 160.0f32..320.0, a in 0.0f32..1.0, b in 0.0f32..1.0) {
            let mut joiner = Joiner::new(OVERLAP);
            let mut sound = joiner.join(&voiced(pitch, a, 7_000), 0..6_000);
            let seam = sound.len();
            sound.extend(joiner.join(&voiced(pitch, b, 7_000), 1_000..7_000));
            let own = largest_step(&voiced(pitch, 0.0, 6_000));
            prop_assert!(largest_step(&sound) < own * 1.3, "{} against {own}", largest_step(&sound));
            let rms = |s: &[f32]| (s.iter().map(|x| x * x).sum::<f32>() / s.len() as f32).sqrt();
            prop_assert!(rms(&sound[seam..seam + 300]) > 0.8 * rms(&sound[..3_000]));
        }
    }

    #[test]
    fn windows_of_one_sound_give_that_sound() {
        let whole = voiced(200.0, 0.0, 20_000);
        let mut joiner = Joiner::new(OVERLAP);
        let mut sound = joiner.join(&whole[..9_000], 0..8_000);
        sound.extend(joiner.join(&whole[7_000..20_000], 1_000..13_000));
        assert_eq!(sound.len(), whole.len());
        let worst = sound.iter().zip(&whole).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-3, "{worst}");
    }

    #[test]
    fn short_and_empty_windows_do_no_harm() {
        let mut joiner = Joiner::new(OVERLAP);
        assert!(joiner.join(&[], 0..100).is_empty());
        assert_eq!(joiner.join(&[0.1; 50], 0..40).len(), 40);
        assert_eq!(joiner.join(&[0.1; 20], 5..200).len(), 15);
    }
}
