//! The detector of crate `earshot`: in frames of 16 ms, with its network built in.

use super::{Decision, check_frame};
use crate::{EngineError, stage::Vad};

/// Samples in a frame.
const FRAME: usize = 256;

/// The detector.
pub struct Earshot {
    detector: Box<earshot::Detector>,
    decision: Decision,
}

impl Earshot {
    /// A detector that has heard nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { detector: earshot::Detector::default_boxed(), decision: Decision::default() }
    }
}

impl Default for Earshot {
    fn default() -> Self {
        Self::new()
    }
}

impl Vad for Earshot {
    fn frame_samples(&self) -> usize {
        FRAME
    }

    fn process_chunk(&mut self, audio: &[f32], frame_duration_ms: u32) -> Result<(bool, f32), EngineError> {
        check_frame(audio, frame_duration_ms, FRAME)?;
        let mut frame = [0.0; FRAME];
        for (to, from) in frame.iter_mut().zip(audio) {
            *to = if from.is_finite() { from.clamp(-1.0, 1.0) } else { 0.0 };
        }
        let probability = self.detector.predict_f32(&frame).clamp(0.0, 1.0);
        Ok((self.decision.take(probability, FRAME), probability))
    }

    fn has_speech_ended(&self, silence_duration_ms: u32) -> bool {
        self.decision.has_ended(silence_duration_ms)
    }

    fn reset(&mut self) {
        self.detector.reset();
        self.decision = Decision::default();
    }
}
