//! From predicted spectra to sound: the signal processing that hibari's model leaves to its host.
//!
//! For each frame of 12.5 ms the model gives five curves over frequency. The spectrum of the sound is the sum of three
//! branches: a pulse train at the pitch, filtered; noise, shaped; and a part whose phase the model gives itself:
//!
//! `S = e^harmonic · e^{iπ tanh(phase)} · STFT(pulses(pitch)) + e^noise · N(0,1) + e^free · e^{i·free_phase}`
//!
//! One inverse transform with overlap-add gives the sound. Sizes are those the model was trained with.

use std::{f32::consts::PI, sync::Arc};

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex, num_complex::Complex32};

/// Sample rate of the sound, in hertz.
pub(super) const RATE: u32 = 24_000;

/// Samples between frames.
pub(super) const HOP: usize = 300;

/// Samples in a frame.
const FRAME: usize = 1_200;

/// Frequencies in a frame.
pub(super) const BINS: usize = FRAME / 2 + 1;

/// Pitches below this are the model's way to say "no voice", in hertz.
const VOICED: f32 = 40.0;

/// No harmonic above this, in hertz.
const HIGHEST: f32 = 11_000.0;

/// A magnitude's logarithm is cut here, so that one wild value cannot be louder than all else together.
const LOUDEST: f32 = 7.0;

/// What the model predicts; each but `pitch` has [`BINS`] rows of one value a frame.
pub(super) struct Spectra<'a> {
    pub harmonic: &'a [f32],
    pub phase: &'a [f32],
    pub noise: &'a [f32],
    pub free: &'a [f32],
    pub free_phase: &'a [f32],
    /// Hertz, one a frame.
    pub pitch: &'a [f32],
}

/// The transforms and their window, planned once.
pub(super) struct Vocoder {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    /// Periodic Hann window.
    window: Vec<f32>,
}

impl Vocoder {
    pub(super) fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        let turn = |n: usize| 2.0 * PI * n as f32 / FRAME as f32;
        Self {
            forward: planner.plan_fft_forward(FRAME),
            inverse: planner.plan_fft_inverse(FRAME),
            window: (0..FRAME).map(|n| 0.5 - 0.5 * turn(n).cos()).collect(),
        }
    }

    /// The sound of `spectra`, [`HOP`] samples a frame. `None` where the curves do not fit each other.
    pub(super) fn synthesize(&self, spectra: &Spectra, noise: &mut fastrand::Rng) -> Option<Vec<f32>> {
        let frames = spectra.pitch.len();
        let curves = [spectra.harmonic, spectra.phase, spectra.noise, spectra.free, spectra.free_phase];
        if frames < 2 || curves.iter().any(|c| c.len() != BINS * frames) {
            return None;
        }
        let source = mirrored(&pulses(spectra.pitch));
        let half = FRAME / 2;
        let mut sound = vec![0.0f32; (frames - 1) * HOP + FRAME];
        let mut weight = vec![0.0f32; sound.len()];
        let mut frame = self.forward.make_input_vec();
        let mut spectrum = self.forward.make_output_vec();
        let mut scratch = self.forward.make_scratch_vec();
        let mut inverse_scratch = self.inverse.make_scratch_vec();
        // A unit cosine has half the window's sum as its peak; the model's magnitudes are those of the sound.
        let scale = 4.0 / FRAME as f32;
        for f in 0..frames {
            let here = f * HOP..f * HOP + FRAME;
            for ((x, s), w) in frame.iter_mut().zip(&source[here.clone()]).zip(&self.window) {
                *x = s * w * scale;
            }
            // The lengths are the plan's own, so neither transform can refuse them.
            self.forward.process_with_scratch(&mut frame, &mut spectrum, &mut scratch).ok()?;
            for (bin, value) in spectrum.iter_mut().enumerate() {
                let at = bin * frames + f;
                let turned = Complex32::from_polar(power(spectra.harmonic[at]), PI * spectra.phase[at].tanh());
                *value = *value * turned
                    + gaussian(noise) * power(spectra.noise[at])
                    + Complex32::from_polar(power(spectra.free[at]), spectra.free_phase[at]);
            }
            // The spectrum of a real sound is real at both ends.
            spectrum[0].im = 0.0;
            spectrum[BINS - 1].im = 0.0;
            self.inverse.process_with_scratch(&mut spectrum, &mut frame, &mut inverse_scratch).ok()?;
            for (n, at) in here.enumerate() {
                sound[at] += frame[n] * self.window[n] / FRAME as f32;
                weight[at] += self.window[n] * self.window[n];
            }
        }
        let wanted = half..half + frames * HOP;
        let last = sound.len();
        let mut output: Vec<f32> =
            wanted.clone().map(|n| if n < last { sound[n] / weight[n].max(1e-3) } else { 0.0 }).collect();
        output.truncate(frames * HOP);
        Some(output)
    }
}

fn power(logarithm: f32) -> f32 {
    logarithm.min(LOUDEST).exp()
}

/// A complex number of two independent standard normal parts (Box and Muller, 1958).
fn gaussian(random: &mut fastrand::Rng) -> Complex32 {
    let radius = (-2.0 * (1.0 - random.f32()).ln()).sqrt();
    Complex32::from_polar(radius, 2.0 * PI * random.f32())
}

/// `sound` with half a frame of its mirror image at both ends.
fn mirrored(sound: &[f32]) -> Vec<f32> {
    let half = FRAME / 2;
    let last = sound.len() as isize - 1;
    (-(half as isize)..sound.len() as isize + half as isize)
        .map(|n| {
            let n = n.unsigned_abs() as isize;
            let n = if n > last { 2 * last - n } else { n };
            sound.get(n.clamp(0, last) as usize).copied().unwrap_or(0.0)
        })
        .collect()
}

/// A band-limited pulse train: every harmonic of the pitch below [`HIGHEST`] with amplitude 1. Their sum has the closed
/// form `sin((H + 1/2) t) / (2 sin(t/2)) - 1/2` (Dirichlet's kernel).
fn pulses(pitch: &[f32]) -> Vec<f32> {
    let mut phase = 0.0f64;
    (0..pitch.len() * HOP)
        .map(|n| {
            // Pitch stands in the middle of its frame and runs straight to the next.
            let at = (n as f32 + 0.5) / HOP as f32 - 0.5;
            let left = at.floor();
            let of = |i: f32| pitch[(i.max(0.0) as usize).min(pitch.len() - 1)];
            let frequency = of(left) + (of(left + 1.0) - of(left)) * (at - left);
            let sung = frequency.max(VOICED);
            phase = (phase + f64::from(sung) / f64::from(RATE)).fract();
            if frequency <= VOICED {
                return 0.0;
            }
            let harmonics = (HIGHEST / sung).floor() + 0.5;
            let t = phase as f32 * 2.0 * PI;
            let below = 2.0 * (t * 0.5).sin();
            if below.abs() < 2e-3 { harmonics - 0.5 } else { (harmonics * t).sin() / below - 0.5 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spectra of a plain voice: all harmonics as loud as the source has them, nothing else.
    fn voice(pitch: f32, frames: usize) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        (vec![0.0; BINS * frames], vec![-30.0; BINS * frames], vec![pitch; frames])
    }

    fn speak(pitch: f32, frames: usize) -> Vec<f32> {
        let (zero, silent, pitch) = voice(pitch, frames);
        let spectra =
            Spectra { harmonic: &zero, phase: &zero, noise: &silent, free: &silent, free_phase: &zero, pitch: &pitch };
        Vocoder::new().synthesize(&spectra, &mut fastrand::Rng::with_seed(1)).unwrap()
    }

    #[test]
    fn an_unfiltered_voice_comes_out_as_its_pulses() {
        let sound = speak(200.0, 20);
        assert_eq!(sound.len(), 20 * HOP);
        let pulses = pulses(&[200.0; 20]);
        let scale = 4.0 / FRAME as f32;
        for n in HOP * 3..HOP * 16 {
            assert!((sound[n] - pulses[n] * scale).abs() < 1e-3, "{n}: {} {}", sound[n], pulses[n] * scale);
        }
    }

    #[test]
    fn pulses_come_once_a_period() {
        let train = pulses(&[240.0; 10]);
        let peaks: Vec<usize> = (1..train.len() - 1)
            .filter(|&n| train[n] > 30.0 && train[n] >= train[n - 1] && train[n] > train[n + 1])
            .collect();
        assert!(peaks.windows(2).all(|p| (p[1] - p[0]).abs_diff(100) <= 1), "{peaks:?}");
    }

    #[test]
    fn without_a_voice_there_is_silence_and_broken_curves_are_refused() {
        assert!(speak(0.0, 8).iter().all(|x| x.abs() < 1e-4));
        let (zero, silent, _) = voice(100.0, 4);
        let spectra = Spectra {
            harmonic: &zero,
            phase: &zero,
            noise: &silent,
            free: &silent,
            free_phase: &zero,
            pitch: &[100.0; 5],
        };
        assert!(Vocoder::new().synthesize(&spectra, &mut fastrand::Rng::with_seed(1)).is_none());
    }
}
