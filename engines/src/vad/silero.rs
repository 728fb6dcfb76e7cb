//! Silero VAD (Silero Team, MIT): a small recurrent network over frames of 32 ms.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Decision, Detector, check_frame};
use crate::{
    EngineError,
    catalog::ModelFiles,
    message::INPUT_RATE,
    runtime::{Runtime, RuntimeError, Session, SessionOptions, Tensor, Value},
    stage::Vad,
};

/// Samples in a frame.
const FRAME: usize = 512;

/// Samples of the frame before that the network sees again.
const CONTEXT: usize = 64;

/// Shape of the network's memory.
const STATE: [usize; 3] = [2, 1, 128];

/// The model, shared by all who listen.
///
/// A frame takes a hundredth of its own length, so that listeners which wait for one another do not fall behind.
pub struct Silero {
    session: Arc<Mutex<Box<dyn Session>>>,
}

/// One microphone's detector.
struct SileroStream {
    session: Arc<Mutex<Box<dyn Session>>>,
    state: Value,
    rate: Value,
    context: [f32; CONTEXT],
    decision: Decision,
}

fn blank_state() -> Value {
    Tensor::f32(&STATE, vec![0.0; STATE.iter().product()]).into()
}

impl Silero {
    /// Loads the model from its checked files.
    ///
    /// # Errors
    /// A catalog or runtime error.
    pub fn load(runtime: &dyn Runtime, files: &ModelFiles) -> Result<Self, EngineError> {
        let model = files.path("silero_vad_16k_op15.onnx")?;
        Ok(Self { session: Arc::new(Mutex::new(runtime.load(&model, SessionOptions { threads: 1 })?)) })
    }
}

impl Detector for Silero {
    fn open(&self) -> Box<dyn Vad> {
        Box::new(SileroStream {
            session: Arc::clone(&self.session),
            state: blank_state(),
            rate: Tensor::i64(&[], vec![i64::from(INPUT_RATE)]).into(),
            context: [0.0; CONTEXT],
            decision: Decision::default(),
        })
    }
}

impl Vad for SileroStream {
    fn frame_samples(&self) -> usize {
        FRAME
    }

    fn process_chunk(&mut self, audio: &[f32], frame_duration_ms: u32) -> Result<(bool, f32), EngineError> {
        check_frame(audio, frame_duration_ms, FRAME)?;
        let mut input = Vec::with_capacity(CONTEXT + FRAME);
        input.extend_from_slice(&self.context);
        // Not a number would stay in the network's memory for good.
        input.extend(audio.iter().map(|x| if x.is_finite() { x.clamp(-1.0, 1.0) } else { 0.0 }));
        self.context.copy_from_slice(&input[FRAME..]);
        let input = Tensor::f32(&[1, CONTEXT + FRAME], input).into();
        let inputs = [("input", &input), ("state", &self.state), ("sr", &self.rate)];
        // The session keeps nothing from run to run, so a panic in one spoils nothing for the next.
        let run = self.session.lock().unwrap_or_else(PoisonError::into_inner).run(&inputs, &["output", "stateN"]);
        let mut outputs = run?.into_iter();
        let (Some(output), Some(state)) = (outputs.next(), outputs.next()) else {
            let problem = "the runtime returned less than two outputs".to_owned();
            return Err(RuntimeError::Run { model: "silero-vad".into(), problem }.into());
        };
        self.state = state;
        let probability = output.as_f32()?.first().copied().unwrap_or(0.0).clamp(0.0, 1.0);
        Ok((self.decision.take(probability, FRAME), probability))
    }

    fn has_speech_ended(&self, silence_duration_ms: u32) -> bool {
        self.decision.has_ended(silence_duration_ms)
    }

    fn reset(&mut self) {
        self.state = blank_state();
        self.context = [0.0; CONTEXT];
        self.decision = Decision::default();
    }
}
