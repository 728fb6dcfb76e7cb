//! Sample rate conversion of a stream that must keep pace with another, a frame at a time.

use audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, FixedAsync, Resampler as _, SincInterpolationParameters};

use super::ResampleError;

/// Taps of the interpolating filter: it delays the stream by half of them, a millisecond or two.
const TAPS: usize = 64;

/// Gives one frame of a fixed length each time, for as many samples as that takes: in the long run exactly as many as the
/// rates say, without a seam between the frames.
pub struct FrameResampler {
    from: u32,
    to: u32,
    inner: Async<f32>,
}

impl FrameResampler {
    /// A converter from `from` to `to` hertz that gives `frame` samples at a time.
    ///
    /// # Errors
    /// [`ResampleError`] for a rate or a length of zero.
    pub fn new(from: u32, to: u32, frame: usize) -> Result<Self, ResampleError> {
        let bad = |problem: String| ResampleError { from, to, problem };
        if from == 0 || to == 0 {
            return Err(bad("a rate of zero".into()));
        }
        let parameters = SincInterpolationParameters { sinc_len: TAPS, ..SincInterpolationParameters::default() };
        let ratio = f64::from(to) / f64::from(from);
        let inner = Async::new_sinc(ratio, 1.0, &parameters, frame, 1, FixedAsync::Output);
        Ok(Self { from, to, inner: inner.map_err(|e| bad(e.to_string()))? })
    }

    /// How many samples the next frame takes.
    #[must_use]
    pub fn needs(&self) -> usize {
        self.inner.input_frames_next()
    }

    /// Makes a frame of `input`, which has as many samples as [it needs](Self::needs).
    ///
    /// # Errors
    /// [`ResampleError`] for another number of samples, or an output of another length than was agreed.
    pub fn frame(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), ResampleError> {
        let (from, to) = (self.from, self.to);
        let bad = |problem: String| ResampleError { from, to, problem };
        let frame = output.len();
        let input = InterleavedSlice::new(input, 1, input.len()).map_err(|e| bad(e.to_string()))?;
        let mut output = InterleavedSlice::new_mut(output, 1, frame).map_err(|e| bad(e.to_string()))?;
        self.inner.process_into_buffer(&input, &mut output, None).map(drop).map_err(|e| bad(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_keep_pace_and_have_no_seam() {
        let at = |n: usize, rate: f32| (n as f32 * 440.0 * std::f32::consts::TAU / rate).sin() * 0.5;
        let mut resampler = FrameResampler::new(22_050, 16_000, 160).unwrap();
        let (mut taken, mut made) = (0, Vec::new());
        for _ in 0..500 {
            let input: Vec<f32> = (taken..taken + resampler.needs()).map(|n| at(n, 22_050.0)).collect();
            let mut frame = [0.0; 160];
            resampler.frame(&input, &mut frame).unwrap();
            taken += input.len();
            made.extend(frame);
        }
        assert!((taken as f32 - 5.0 * 22_050.0).abs() < 100.0, "{taken} samples for five seconds");
        // The same tone, later by a constant of at most two milliseconds.
        let worst = |lag: usize| (2_000..70_000).map(|n| (made[n + lag] - at(n, 16_000.0)).abs()).fold(0.0, f32::max);
        let best = (0..32).map(worst).fold(f32::MAX, f32::min);
        assert!(best < 0.06, "{best}");
    }

    #[test]
    fn impossible_rates_and_lengths_are_refused() {
        assert!(FrameResampler::new(0, 16_000, 160).is_err() && FrameResampler::new(16_000, 16_000, 0).is_err());
        let mut resampler = FrameResampler::new(22_050, 16_000, 160).unwrap();
        assert!(resampler.frame(&[0.0; 3], &mut [0.0; 160]).is_err());
    }
}
