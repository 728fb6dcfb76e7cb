//! Takes out of the microphone's sound what came from the loudspeaker (AEC3 of WebRTC, by the `sonora` crate).

use sonora::{AudioProcessing, Config, StreamConfig, config::EchoCanceller as Aec3};

use crate::message::INPUT_RATE;

/// Samples in a frame at [`INPUT_RATE`]: 10 ms.
pub const FRAME: usize = INPUT_RATE as usize / 100;

/// An echo canceller for one microphone and one loudspeaker. It learns the way between them while the loudspeaker speaks, and
/// finds by itself how much later an echo comes, up to a quarter of a second.
pub struct EchoCanceller {
    processing: AudioProcessing,
}

impl Default for EchoCanceller {
    fn default() -> Self {
        let stream = StreamConfig::new(INPUT_RATE, 1);
        let config = Config { echo_canceller: Some(Aec3::default()), ..Config::default() };
        let processing = AudioProcessing::builder().config(config).capture_config(stream).render_config(stream).build();
        Self { processing }
    }
}

impl EchoCanceller {
    /// Cleans a frame. `reference` is what the loudspeaker played at the same time, or a little later: an echo that
    /// comes before it cannot be taken out.
    pub fn cancel(&mut self, microphone: &mut [f32; FRAME], reference: &[f32; FRAME]) {
        const FITS: &str = "a frame is 10 ms of the stream that was configured";
        let mut unchanged = [0.0; FRAME];
        self.processing.process_render_f32(&[reference], &mut [&mut unchanged]).expect(FITS);
        let heard = *microphone;
        // The two streams are aligned already.
        self.processing.set_stream_delay_ms(0).expect("zero is a delay");
        self.processing.process_capture_f32(&[&heard], &mut [microphone]).expect(FITS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::read_wav;

    fn clip(name: &str) -> Vec<f32> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clips").join(name);
        read_wav(&path).unwrap().samples
    }

    fn level(sound: &[f32]) -> f32 {
        10.0 * (sound.iter().map(|x| x * x).sum::<f32>() / sound.len() as f32).max(1e-12).log10()
    }

    /// Half as loud, 40 ms later, with two reflections.
    fn echo(played: &[f32], n: usize) -> f32 {
        let at = |later: usize| n.checked_sub(later).map_or(0.0, |n| played[n]);
        0.5 * at(640) + 0.2 * at(740) - 0.1 * at(1_100)
    }

    #[test]
    fn the_echo_goes_and_the_speaker_stays() {
        let played = clip("jfk.wav");
        let spoken = clip("goforward.wav");
        let begins = 5 * INPUT_RATE as usize;
        let speaker = |n: usize| n.checked_sub(begins).and_then(|n| spoken.get(n)).copied().unwrap_or(0.0);
        let mut canceller = EchoCanceller::default();
        let (mut heard, mut left) = (Vec::new(), Vec::new());
        for start in (0..played.len() - FRAME).step_by(FRAME) {
            let reference: [f32; FRAME] = played[start..start + FRAME].try_into().unwrap();
            let mut microphone = std::array::from_fn(|n| echo(&played, start + n) + speaker(start + n));
            heard.extend(microphone);
            canceller.cancel(&mut microphone, &reference);
            left.extend(microphone);
        }
        // Three seconds to learn in.
        let alone = 3 * INPUT_RATE as usize..begins;
        let less = level(&heard[alone.clone()]) - level(&left[alone]);
        assert!(less > 30.0, "the echo is quieter by {less} dB");
        let together = begins..begins + spoken.len();
        let kept = level(&left[together]) - level(&spoken);
        assert!(kept.abs() < 8.0, "the speaker is changed by {kept} dB");
    }
}
