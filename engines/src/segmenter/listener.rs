//! A detector and a segmenter that take sound in pieces of any length.

use std::time::Duration;

use super::{Segmenter, SegmenterOptions, Verdict};
use crate::{
    EngineError,
    message::{AudioChunk, INPUT_RATE, Utterance, duration_ms},
    stage::Vad,
};

/// Hears one microphone.
pub struct Listener {
    vad: Box<dyn Vad>,
    segmenter: Segmenter,
    silence_duration_ms: u32,
    /// Samples that do not fill a frame yet.
    rest: Vec<f32>,
}

impl Listener {
    /// A listener that waits for its first utterance.
    #[must_use]
    pub fn new(vad: Box<dyn Vad>, options: SegmenterOptions) -> Self {
        let rest = Vec::with_capacity(vad.frame_samples());
        let silence_duration_ms = options.silence_duration_ms;
        Self { vad, segmenter: Segmenter::new(options), silence_duration_ms, rest }
    }

    /// The button was pressed: begins an utterance whose first sample was captured at `timestamp`.
    pub fn press(&mut self, utterance: Utterance, timestamp: Duration) {
        self.vad.reset();
        self.rest.clear();
        self.segmenter.begin(utterance, timestamp);
    }

    /// Takes the next samples (16 kHz mono, -1..1) and appends the chunks that are then complete to `out`.
    ///
    /// # Errors
    /// The detector's. The frame it failed on counts as speech if a segment is open, so that nothing said is lost.
    pub fn push(&mut self, mut audio: &[f32], out: &mut Vec<AudioChunk>) -> Result<(), EngineError> {
        let frame = self.vad.frame_samples();
        let mut failure = None;
        while self.rest.len() + audio.len() >= frame {
            let (head, tail) = audio.split_at(frame - self.rest.len());
            self.rest.extend_from_slice(head);
            audio = tail;
            failure = self.judge(out).err().or(failure);
            self.rest.clear();
        }
        self.rest.extend_from_slice(audio);
        failure.map_or(Ok(()), Err)
    }

    /// The button was released: sends what is left, as the last chunk of the segment, if one is open.
    ///
    /// # Errors
    /// The detector's, as for [`Listener::push`]; the last chunk is sent all the same.
    pub fn release(&mut self, out: &mut Vec<AudioChunk>) -> Result<(), EngineError> {
        let mut judged = Ok(());
        if !self.rest.is_empty() {
            // A last syllable may lie in a frame that the button cut short.
            let heard = self.rest.len();
            let before = self.segmenter.in_segment();
            let mut frame = self.rest.clone();
            frame.resize(self.vad.frame_samples(), 0.0);
            let verdict = self.verdict(&frame);
            let speech = before || verdict.as_ref().is_ok_and(|v| v.is_speech);
            let confidence = verdict.as_ref().map_or(0.0, |v| v.confidence);
            judged = verdict.map(|_| ());
            let verdict = Verdict { is_speech: speech, confidence, has_ended: false };
            self.segmenter.push(&self.rest[..heard], verdict, out);
            self.rest.clear();
        }
        self.segmenter.release(out);
        self.vad.reset();
        judged
    }

    /// Whether somebody is speaking, or was a moment ago.
    #[must_use]
    pub fn in_segment(&self) -> bool {
        self.segmenter.in_segment()
    }

    fn judge(&mut self, out: &mut Vec<AudioChunk>) -> Result<(), EngineError> {
        let frame = std::mem::take(&mut self.rest);
        let verdict = self.verdict(&frame);
        let in_doubt = Verdict { is_speech: self.segmenter.in_segment(), confidence: 0.0, has_ended: false };
        self.segmenter.push(&frame, *verdict.as_ref().unwrap_or(&in_doubt), out);
        self.rest = frame;
        verdict.map(|_| ())
    }

    fn verdict(&mut self, frame: &[f32]) -> Result<Verdict, EngineError> {
        let (is_speech, confidence) = self.vad.process_chunk(frame, duration_ms(frame.len(), INPUT_RATE))?;
        let has_ended = self.vad.has_speech_ended(self.silence_duration_ms);
        Ok(Verdict { is_speech, confidence, has_ended })
    }
}
