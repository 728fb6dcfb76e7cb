//! Speech at a higher rate with its pitch kept, piece by piece (waveform similarity overlap-add, by the `wsola` crate).

use std::num::{NonZeroU16, NonZeroU32};

use wsola::TimeStretch;

use crate::message::OUTPUT_RATE;

/// How far beyond the end the stretcher looks: a window, and the places where it may take it from; and half as much again.
const BEYOND: usize = OUTPUT_RATE as usize / 16;

const RATE: NonZeroU32 = NonZeroU32::new(OUTPUT_RATE).expect("a rate is not zero");

/// Speech on its way through the time scale.
pub(super) struct Faster {
    stretch: TimeStretch,
    rate: f32,
    /// Samples still to be left out at the beginning: the stretcher would fade the first ones in, so silence goes before them.
    skip: usize,
    /// The last [`BEYOND`] samples taken.
    last: Vec<f32>,
    taken: usize,
    given: usize,
}

impl Faster {
    /// A time scale that makes speech `rate` times as fast.
    pub(super) fn new(rate: f32) -> Self {
        let mut stretch = TimeStretch::new(RATE, NonZeroU16::MIN).expect("the crate refuses no rate");
        stretch.set_tempo(rate);
        let skip = stretch.min_output_buff_size();
        stretch.push(&vec![0.0; skip]);
        Self { stretch, rate, skip, last: Vec::new(), taken: 0, given: 0 }
    }

    /// Takes the next samples and gives those that are ready: some 60 ms are held back.
    pub(super) fn push(&mut self, sound: &[f32]) -> Vec<f32> {
        self.taken += sound.len();
        self.stretch.push(sound);
        self.last.extend_from_slice(&sound[sound.len().saturating_sub(BEYOND)..]);
        self.last.drain(..self.last.len().saturating_sub(BEYOND));
        self.pull()
    }

    /// Gives what was held back.
    pub(super) fn finish(&mut self) -> Vec<f32> {
        // What follows carries the last samples through, since the stretcher drops what fills no window. The sound run
        // backwards has no step where it begins; silence would have one, and windows are taken from there too.
        self.last.reverse();
        self.last.resize(BEYOND, 0.0);
        self.stretch.push(&self.last);
        self.stretch.set_draining();
        let whole = (self.taken as f32 / self.rate).round() as usize;
        let left = whole.saturating_sub(self.given);
        let mut sound = self.pull();
        sound.truncate(left);
        sound
    }

    fn pull(&mut self) -> Vec<f32> {
        let mut sound = Vec::new();
        let mut step = vec![0.0; self.stretch.min_output_buff_size()];
        // It refuses where too little waits for a step.
        while let Ok(made) = self.stretch.pull(&mut step) {
            let skipped = self.skip.min(made);
            self.skip -= skipped;
            sound.extend_from_slice(&step[skipped..made]);
        }
        self.given += sound.len();
        sound
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::window::tests::voiced, *};

    /// The period in samples, within 100 to 400 Hz, at which a sound is most like itself.
    fn period(sound: &[f32]) -> usize {
        let (short, long) = (OUTPUT_RATE as usize / 400, OUTPUT_RATE as usize / 100);
        let likeness = |lag: usize| sound.iter().zip(&sound[lag..]).map(|(a, b)| a * b).sum::<f32>();
        (short..long).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// In whatever pieces it comes: shorter by the rate to the sample, as high as it was, as loud as it was.
        #[test]
        fn speech_is_shorter_and_no_higher(
            rate in 1.01_f32..1.25,
            pitch in 110.0_f32..300.0,
            pieces in proptest::collection::vec(1_usize..9_000, 1..8),
        ) {
            let sound = voiced(pitch, 0.0, 44_100);
            let mut faster = Faster::new(rate);
            let (mut rest, mut made) = (sound.as_slice(), Vec::new());
            for piece in pieces.into_iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at(piece.min(rest.len()));
                made.extend(faster.push(now));
                rest = later;
            }
            made.extend(faster.finish());
            prop_assert_eq!(made.len(), (44_100.0 / rate).round() as usize);
            let (was, is) = (period(&sound[8_000..16_000]) as f32, period(&made[8_000..16_000]) as f32);
            prop_assert!((is / was - 1.0).abs() < 0.03, "{was} samples became {is}");
            let rms = |s: &[f32]| (s.iter().map(|x| x * x).sum::<f32>() / s.len() as f32).sqrt();
            prop_assert!((rms(&made[4_000..30_000]) / rms(&sound) - 1.0).abs() < 0.1);
            // The first samples are not faded in.
            prop_assert!((rms(&made[..300]) / rms(&sound[..300]) - 1.0).abs() < 0.1);
        }
    }

    #[test]
    fn little_and_nothing_do_no_harm() {
        assert!(Faster::new(1.2).finish().is_empty());
        let mut faster = Faster::new(1.2);
        assert!(faster.push(&[0.1; 12]).is_empty());
        assert_eq!(faster.finish().len(), 10);
    }
}
