//! Sample rate conversion, whole files or a stream.

use audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _};

/// A conversion that cannot be done.
#[derive(Debug, thiserror::Error)]
#[error("cannot resample from {from} Hz to {to} Hz: {problem}")]
pub struct ResampleError {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) problem: String,
}

/// Frames per call of the converter; small enough to add no noticeable delay.
const CHUNK: usize = 512;

/// Converts a stream of mono sound piece by piece, without a seam between the pieces.
pub struct Resampler {
    from: u32,
    to: u32,
    fft: Option<Fft<f32>>,
    waiting: Vec<f32>,
    /// Frames the converter adds in front, still to be cut off.
    skip: usize,
    taken: usize,
    given: usize,
}

impl Resampler {
    /// A converter from `from` to `to` hertz.
    ///
    /// # Errors
    /// [`ResampleError`] for a rate of zero.
    pub fn new(from: u32, to: u32) -> Result<Self, ResampleError> {
        let bad = |problem: String| ResampleError { from, to, problem };
        if from == 0 || to == 0 {
            return Err(bad("a rate of zero".into()));
        }
        let fft = if from == to {
            None
        } else {
            Some(
                Fft::<f32>::new(from as usize, to as usize, CHUNK, 1, FixedSync::Input)
                    .map_err(|e| bad(e.to_string()))?,
            )
        };
        let skip = fft.as_ref().map_or(0, |f| f.output_delay());
        Ok(Self { from, to, fft, waiting: Vec::new(), skip, taken: 0, given: 0 })
    }

    /// Converts what can be converted of `samples` and keeps the rest for the next call.
    ///
    /// # Errors
    /// [`ResampleError`].
    pub fn process(&mut self, samples: &[f32]) -> Result<Vec<f32>, ResampleError> {
        self.taken += samples.len();
        if self.fft.is_none() {
            self.given += samples.len();
            return Ok(samples.to_vec());
        }
        self.waiting.extend_from_slice(samples);
        self.convert_waiting()
    }

    /// Gives what is still held back and begins anew.
    ///
    /// # Errors
    /// [`ResampleError`].
    pub fn finish(&mut self) -> Result<Vec<f32>, ResampleError> {
        let whole = (self.taken as u64 * u64::from(self.to)).div_ceil(u64::from(self.from)) as usize;
        let mut output = Vec::new();
        if self.taken > 0 && self.fft.is_some() {
            while self.given < whole {
                let next = self.fft.as_ref().map_or(CHUNK, rubato::Resampler::input_frames_next);
                self.waiting.resize(self.waiting.len().max(1).next_multiple_of(next), 0.0);
                output.extend(self.convert_waiting()?);
            }
            output.truncate(output.len() - (self.given - whole));
        }
        if let Some(fft) = &mut self.fft {
            fft.reset();
            self.skip = fft.output_delay();
        }
        self.waiting.clear();
        (self.taken, self.given) = (0, 0);
        Ok(output)
    }

    fn convert_waiting(&mut self) -> Result<Vec<f32>, ResampleError> {
        let (from, to) = (self.from, self.to);
        let bad = |problem: String| ResampleError { from, to, problem };
        let Some(fft) = &mut self.fft else { return Ok(std::mem::take(&mut self.waiting)) };
        let mut output = Vec::new();
        let mut at = 0;
        loop {
            let frames = fft.input_frames_next();
            let Some(input) = self.waiting.get(at..at + frames) else { break };
            let input = InterleavedSlice::new(input, 1, frames).map_err(|e| bad(e.to_string()))?;
            let mut piece = vec![0.0; fft.output_frames_next()];
            let capacity = piece.len();
            let mut target = InterleavedSlice::new_mut(&mut piece, 1, capacity).map_err(|e| bad(e.to_string()))?;
            let (used, made) = fft.process_into_buffer(&input, &mut target, None).map_err(|e| bad(e.to_string()))?;
            at += used;
            let skipped = self.skip.min(made);
            self.skip -= skipped;
            output.extend_from_slice(&piece[skipped..made]);
        }
        self.waiting.drain(..at);
        self.given += output.len();
        Ok(output)
    }
}

/// Converts a whole sound.
///
/// # Errors
/// [`ResampleError`].
pub fn resample(samples: &[f32], from: u32, to: u32) -> Result<Vec<f32>, ResampleError> {
    let mut resampler = Resampler::new(from, to)?;
    let mut output = resampler.process(samples)?;
    output.extend(resampler.finish()?);
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, seconds: f32) -> Vec<f32> {
        (0..(rate as f32 * seconds) as usize)
            .map(|n| (n as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin() * 0.5)
            .collect()
    }

    #[test]
    fn a_tone_stays_the_same_tone() {
        for (from, to) in [(48_000, 16_000), (8_000, 16_000), (24_000, 22_050), (44_100, 16_000), (192_000, 16_000)] {
            let output = resample(&tone(from, 1.0), from, to).unwrap();
            assert_eq!(output.len(), to as usize, "{from} to {to}");
            let middle = output.len() / 4..output.len() * 3 / 4;
            let worst = tone(to, 1.0)[middle.clone()]
                .iter()
                .zip(&output[middle])
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(worst < 0.02, "{from} to {to}: {worst}");
        }
    }

    #[test]
    fn pieces_give_what_the_whole_gives() {
        let input = tone(24_000, 0.7);
        let whole = resample(&input, 24_000, 22_050).unwrap();
        let mut resampler = Resampler::new(24_000, 22_050).unwrap();
        for _ in 0..2 {
            let mut pieces = Vec::new();
            for piece in input.chunks(777) {
                pieces.extend(resampler.process(piece).unwrap());
            }
            pieces.extend(resampler.finish().unwrap());
            assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn a_rate_nobody_uses_still_gives_the_right_length() {
        assert_eq!(resample(&tone(1_234, 1.0), 1_234, 16_000).unwrap().len(), 16_000);
    }

    #[test]
    fn nothing_gives_nothing_and_zero_is_refused() {
        assert!(resample(&[], 48_000, 16_000).unwrap().is_empty());
        assert!(resample(&[0.0], 0, 16_000).unwrap_err().to_string().contains("0 Hz"));
    }
}
