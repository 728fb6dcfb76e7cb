//! Voice activity detection: is anybody speaking right now?
//!
//! [`Silero`] is the detector of choice; [`Earshot`] needs no model file and stands in for it.

mod earshot;
mod silero;

pub use self::{earshot::Earshot, silero::Silero};

use crate::{
    EngineError,
    message::{INPUT_RATE, duration_ms},
    stage::Vad,
};

/// A detector's model, shared by all conversations; each opens a stream of its own on it.
pub trait Detector: Send + Sync {
    /// A detector that has heard nothing.
    fn open(&self) -> Box<dyn Vad>;
}

/// Probability from which a frame begins speech.
const BEGIN: f32 = 0.5;

/// Probability below which a frame no longer belongs to speech. Lower than [`BEGIN`], so that a soft syllable does
/// not end a sentence; the distance is that of Silero's own iterator.
const END: f32 = 0.35;

/// Turns probabilities into a decision with a memory, and counts the silence after speech.
#[derive(Debug, Clone, Default)]
struct Decision {
    speaking: bool,
    heard_speech: bool,
    silent_samples: usize,
}

impl Decision {
    fn take(&mut self, probability: f32, samples: usize) -> bool {
        self.speaking = probability >= if self.speaking { END } else { BEGIN };
        if self.speaking {
            self.heard_speech = true;
            self.silent_samples = 0;
        } else {
            self.silent_samples = self.silent_samples.saturating_add(samples);
        }
        self.speaking
    }

    fn has_ended(&self, silence_duration_ms: u32) -> bool {
        let wanted = u64::from(silence_duration_ms) * u64::from(INPUT_RATE) / 1000;
        self.heard_speech && !self.speaking && self.silent_samples as u64 >= wanted
    }
}

/// Refuses anything but one frame of `expected` samples.
fn check_frame(audio: &[f32], frame_duration_ms: u32, expected: usize) -> Result<(), EngineError> {
    let claimed = frame_duration_ms as usize * INPUT_RATE as usize / 1000;
    if audio.len() != expected {
        Err(EngineError::FrameLength { expected, got: audio.len() })
    } else if frame_duration_ms != duration_ms(expected, INPUT_RATE) {
        Err(EngineError::FrameLength { expected, got: claimed })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_begins_high_ends_low_and_is_over_after_the_silence() {
        let mut decision = Decision::default();
        assert!(!decision.take(0.4, 512) && !decision.has_ended(0));
        assert!(decision.take(0.6, 512));
        assert!(decision.take(0.4, 512), "a soft syllable still belongs to it");
        assert!(!decision.has_ended(0));
        for frame in 1..=13 {
            assert!(!decision.take(0.1, 512));
            assert_eq!(decision.has_ended(400), frame == 13, "32 ms frames: 13 of them are more than 400 ms");
        }
        assert!(decision.take(0.9, 512) && !decision.has_ended(400));
    }

    #[test]
    fn a_frame_of_the_wrong_length_is_refused() {
        assert!(check_frame(&[0.0; 512], 32, 512).is_ok());
        assert!(check_frame(&[0.0; 320], 20, 512).unwrap_err().to_string().contains("512 samples, got 320"));
        assert!(check_frame(&[0.0; 512], 20, 512).unwrap_err().to_string().contains("got 320"));
    }
}
