//! Cuts the microphone into segments of speech, and segments into chunks.
//!
//! The [`Segmenter`] is pure logic over the frames that a detector has judged; the [`Listener`] feeds it from a
//! detector and takes sound in pieces of any length.

mod listener;

pub use listener::Listener;

use std::time::Duration;

use crate::message::{AudioChunk, INPUT_RATE, Utterance, duration_ms};

/// For this much of a segment (4 s) chunks come twice as often, each with more overlap: until something has been said,
/// somebody waits for it.
const OPENING: usize = 4 * INPUT_RATE as usize;

/// How to cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmenterOptions {
    /// Length of a chunk, its overlap included (`chunk_duration_ms`).
    pub chunk_duration_ms: u32,
    /// How much of the chunk before each chunk repeats (`chunk_overlap_ms`); less than the chunk. In the first 4 s of a
    /// segment each repeats more, so that they come twice as often.
    pub chunk_overlap_ms: u32,
    /// Silence that ends a segment (`vad.silence_duration_ms`).
    pub silence_duration_ms: u32,
    /// Sound from before the first frame of speech that belongs to it, so that no first syllable is lost.
    pub pre_roll_ms: u32,
}

impl Default for SegmenterOptions {
    fn default() -> Self {
        Self { chunk_duration_ms: 500, chunk_overlap_ms: 100, silence_duration_ms: 400, pre_roll_ms: 300 }
    }
}

impl SegmenterOptions {
    /// From one chunk to the next, once a segment has been going for a while.
    #[must_use]
    pub fn step(&self) -> Duration {
        Duration::from_millis(self.chunk_duration_ms.saturating_sub(self.chunk_overlap_ms).into())
    }
}

/// What a detector says about a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// It is speech.
    pub is_speech: bool,
    /// The probability that it is, 0..1.
    pub confidence: f32,
    /// With it the silence after speech has become long enough to end the segment.
    pub has_ended: bool,
}

/// The segmenter. Sound that is no speech is forgotten, but for the pre-roll.
#[derive(Debug, Clone)]
pub struct Segmenter {
    chunk: usize,
    overlap: usize,
    pre_roll: usize,
    utterance: Utterance,
    next_chunk_id: u64,
    /// When the first sample of the utterance was captured.
    origin: Duration,
    /// Samples of the utterance taken so far.
    taken: usize,
    /// Outside a segment: the pre-roll. Within: what is not yet sent, and before it the overlap.
    samples: Vec<f32>,
    in_segment: bool,
    /// Where in the utterance the segment began, in samples.
    segment: usize,
    confidence: f32,
}

fn samples_of(milliseconds: u32) -> usize {
    (u64::from(milliseconds) * u64::from(INPUT_RATE) / 1000) as usize
}

/// The time in which `samples` pass, exactly: a sample takes 62.5 us.
fn time_of(samples: usize) -> Duration {
    Duration::from_nanos(samples as u64 * (1_000_000_000 / u64::from(INPUT_RATE)))
}

impl Segmenter {
    /// A segmenter that waits for its first utterance. An overlap as long as the chunk is cut to half of it.
    #[must_use]
    pub fn new(options: SegmenterOptions) -> Self {
        let chunk = samples_of(options.chunk_duration_ms).max(2);
        let overlap = samples_of(options.chunk_overlap_ms);
        Self {
            chunk,
            overlap: if overlap < chunk { overlap } else { chunk / 2 },
            pre_roll: samples_of(options.pre_roll_ms),
            utterance: 0,
            next_chunk_id: 1,
            origin: Duration::ZERO,
            taken: 0,
            samples: Vec::new(),
            in_segment: false,
            segment: 0,
            confidence: 0.0,
        }
    }

    /// Begins an utterance whose first sample was captured at `timestamp`; what is left of the one before is dropped.
    pub fn begin(&mut self, utterance: Utterance, timestamp: Duration) {
        self.utterance = utterance;
        self.origin = timestamp;
        self.taken = 0;
        self.leave_segment();
    }

    /// Takes the next frame and appends the chunks that are then complete to `out`.
    pub fn push(&mut self, frame: &[f32], verdict: Verdict, out: &mut Vec<AudioChunk>) {
        self.taken += frame.len();
        self.samples.extend_from_slice(frame);
        if !self.in_segment {
            if !verdict.is_speech {
                let spare = self.samples.len().saturating_sub(self.pre_roll);
                self.samples.drain(..spare);
                return;
            }
            let spare = self.samples.len().saturating_sub(self.pre_roll + frame.len());
            self.samples.drain(..spare);
            self.in_segment = true;
            self.segment = self.taken - self.samples.len();
        }
        self.confidence = self.confidence.max(verdict.confidence);
        while self.samples.len() > self.chunk {
            self.emit(self.chunk, false, out);
            self.confidence = verdict.confidence;
        }
        if verdict.has_ended {
            self.finish(out);
        }
    }

    /// The button was released: a segment that is open ends here.
    pub fn release(&mut self, out: &mut Vec<AudioChunk>) {
        if self.in_segment {
            self.finish(out);
        } else {
            self.leave_segment();
        }
    }

    /// Whether somebody is speaking, or was a moment ago.
    #[must_use]
    pub fn in_segment(&self) -> bool {
        self.in_segment
    }

    fn finish(&mut self, out: &mut Vec<AudioChunk>) {
        self.emit(self.samples.len(), true, out);
        self.leave_segment();
    }

    fn leave_segment(&mut self) {
        self.samples.clear();
        self.in_segment = false;
        self.confidence = 0.0;
    }

    /// Sends the first `length` samples that are held, and keeps the overlap.
    fn emit(&mut self, length: usize, is_final: bool, out: &mut Vec<AudioChunk>) {
        let first = self.taken - self.samples.len();
        out.push(AudioChunk {
            utterance: self.utterance,
            chunk_id: self.next_chunk_id,
            audio: self.samples[..length].to_vec(),
            timestamp: self.origin + time_of(first),
            duration_ms: duration_ms(length, INPUT_RATE),
            sample_rate: INPUT_RATE,
            vad_confidence: self.confidence,
            is_final,
        });
        self.next_chunk_id += 1;
        let is_opening = first + length < self.segment + OPENING;
        let overlap = if is_opening { usize::midpoint(self.chunk, self.overlap) } else { self.overlap };
        self.samples.drain(..length - overlap.min(length));
    }
}

/// Puts a segment's chunks together again: gives of each chunk only what the ones before did not hold, for a
/// recogniser that wants each sample once.
#[derive(Debug, Clone, Default)]
pub struct Splice {
    utterance: Utterance,
    /// Where the last chunk ended.
    until: Duration,
}

impl Splice {
    /// The samples of `chunk` that are new.
    pub fn fresh<'a>(&mut self, chunk: &'a AudioChunk) -> &'a [f32] {
        if chunk.utterance != self.utterance {
            *self = Self { utterance: chunk.utterance, until: Duration::ZERO };
        }
        let repeated = self.until.saturating_sub(chunk.timestamp).as_nanos() / time_of(1).as_nanos();
        let repeated = usize::try_from(repeated).unwrap_or(usize::MAX).min(chunk.audio.len());
        self.until = self.until.max(chunk.timestamp + time_of(chunk.audio.len()));
        &chunk.audio[repeated..]
    }
}

#[cfg(test)]
#[path = "segmenter/tests.rs"]
mod tests;
