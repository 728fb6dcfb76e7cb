//! Looks at the loudness of a sound: is anything there, and where is it best cut?

use crate::message::INPUT_RATE;

/// Samples over which loudness is measured: 20 ms.
const FRAME: usize = INPUT_RATE as usize / 50;

/// Frames in the pause that a cut is laid into: 100 ms.
const PAUSE: usize = 5;

/// Root mean square below which a frame is silent (-66 dBFS): a microphone's own noise is louder, a muted one is not.
const SILENT: f32 = 0.0005;

fn mean_square(frame: &[f32]) -> f32 {
    frame.iter().map(|x| x * x).sum::<f32>() / frame.len().max(1) as f32
}

/// Whether no frame of `samples` holds anything audible.
pub(super) fn is_silent(samples: &[f32]) -> bool {
    samples.chunks(FRAME).all(|frame| mean_square(frame) < SILENT * SILENT)
}

/// The middle of the quietest 100 ms of `samples[from..to]`, as an index into `samples`; the later of equals.
pub(super) fn quietest(samples: &[f32], from: usize, to: usize) -> usize {
    let to = to.min(samples.len());
    let from = from.min(to);
    let loudness: Vec<f32> = samples[from..to].chunks_exact(FRAME).map(mean_square).collect();
    let best = loudness
        .windows(PAUSE)
        .enumerate()
        .map(|(at, pause)| (at, pause.iter().sum::<f32>()))
        .min_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    best.map_or(to, |(at, _)| from + at * FRAME + PAUSE * FRAME / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_pause_is_found() {
        let mut samples = vec![0.1; 10 * 16_000];
        samples[96_000..99_200].fill(0.001);
        let cut = quietest(&samples, 16_000, 160_000);
        assert!((96_000..99_200).contains(&cut), "{cut}");
    }

    #[test]
    fn silence_is_silent_and_a_whisper_is_not() {
        assert!(is_silent(&[]));
        assert!(is_silent(&[0.0; 16_000]));
        let mut samples = vec![0.0; 16_000];
        samples[8_000..8_400].fill(0.002);
        assert!(!is_silent(&samples));
    }

    proptest! {
        #[test]
        fn a_cut_lies_where_it_may(length in 0_usize..40_000, from in 0_usize..40_000, span in 0_usize..40_000) {
            let samples: Vec<f32> = (0..length).map(|i| (i % 97) as f32 / 97.0).collect();
            let cut = quietest(&samples, from, from + span);
            prop_assert!(cut <= length);
            prop_assert!(cut >= from.min(length) && cut <= from + span);
        }
    }
}
