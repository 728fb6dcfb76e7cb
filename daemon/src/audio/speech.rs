//! The queue of speech to be played: a ring whose every sample carries the utterance it belongs to.
//!
//! A new utterance makes everything older stale at once, wherever it is: in the ring, or still to be written by a
//! speaker that has not heard of it yet. So the tag travels with the sample and is compared where the sample is played.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use engines::message::Utterance;
use rtrb::chunks::ChunkError;
use rtrb::{Consumer, Producer, RingBuffer};

use super::AudioStats;

/// One sample of speech, -1..1, and the low half of its utterance's number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub value: f32,
    pub tag: u32,
}

/// Whether a tag is older than another, by serial number arithmetic (RFC 1982): right as long as they are less than 2^31 apart.
pub(super) fn older(tag: u32, than: u32) -> bool {
    (tag.wrapping_sub(than) as i32) < 0
}

fn tag(utterance: Utterance) -> u32 {
    utterance as u32
}

/// Makes a queue that holds `frames` samples (8 bytes each): the speaker's end, the interrupter's, and the playback thread's.
#[must_use]
pub fn speech_queue(frames: usize, stats: &Arc<AudioStats>) -> (SpeechWriter, SpeechFlush, SpeechReader) {
    let (mut producer, consumer) = RingBuffer::new(frames);
    super::realtime::touch_ring(&mut producer, Sample { value: 0.0, tag: 0 });
    let flush = SpeechFlush { current: Arc::new(AtomicU32::new(0)) };
    let writer = SpeechWriter { producer, flush: flush.clone(), stats: Arc::clone(stats), last: 0 };
    let reader = SpeechReader { ring: consumer, flush: flush.clone() };
    (writer, flush, reader)
}

/// Makes all speech of older utterances fall silent, from any thread.
#[derive(Clone, Debug)]
pub struct SpeechFlush {
    current: Arc<AtomicU32>,
}

impl SpeechFlush {
    /// From now on only `utterance` and later ones are spoken. What is being spoken fades out, and nothing older
    /// leaves the loudspeaker [`SILENT_WITHIN_MS`](super::SILENT_WITHIN_MS) after the call, if the device plays its buffer as it says.
    pub fn flush_before(&self, utterance: Utterance) {
        let tag = tag(utterance);
        // A flush never goes back: the latest press wins, whoever comes first.
        let _ = self.current.fetch_update(Relaxed, Relaxed, |current| older(current, tag).then_some(tag));
    }

    pub(super) fn current(&self) -> u32 {
        self.current.load(Relaxed)
    }
}

/// The speaker's end of the queue.
#[derive(Debug)]
pub struct SpeechWriter {
    producer: Producer<Sample>,
    flush: SpeechFlush,
    stats: Arc<AudioStats>,
    last: u32,
}

impl SpeechWriter {
    /// Speech is being made: from now on an empty queue counts as a starvation once something has been queued.
    pub fn begin(&mut self) {
        self.stats.speaking.store(true, Relaxed);
    }

    /// No more is to come for now; call it before writing the last piece, so that its end is no starvation.
    pub fn finish(&mut self) {
        self.stats.speaking.store(false, Relaxed);
    }

    /// Queues samples of an utterance, -1..1, and returns how many: fewer than given when the queue is full.
    ///
    /// Samples of a stale utterance, and of one older than what was written last, count as taken and are forgotten.
    pub fn write(&mut self, utterance: Utterance, samples: &[f32]) -> usize {
        let tag = tag(utterance);
        if older(tag, self.flush.current()) || (older(tag, self.last) && self.last != 0) {
            self.stats.discarded_frames.fetch_add(samples.len() as u64, Relaxed);
            return samples.len();
        }
        self.last = tag;
        let chunk = match self.producer.write_chunk_uninit(samples.len()) {
            Ok(chunk) => chunk,
            Err(ChunkError::TooFewSlots(room)) => match self.producer.write_chunk_uninit(room) {
                Ok(chunk) => chunk,
                Err(ChunkError::TooFewSlots(_)) => return 0,
            },
        };
        chunk.fill_from_iter(samples.iter().map(|&value| Sample { value, tag }))
    }

    /// How many samples can be written now.
    pub fn room(&self) -> usize {
        self.producer.slots()
    }

    /// How many samples wait to be played, stale ones included.
    pub fn queued(&self) -> usize {
        self.producer.buffer().capacity() - self.producer.slots()
    }

    /// How many samples the device holds that it has not played, as of the playback thread's last round.
    pub fn in_device(&self) -> usize {
        usize::try_from(self.stats.playback.delay_frames()).unwrap_or(0)
    }
}

/// The playback thread's end of the queue.
#[derive(Debug)]
pub struct SpeechReader {
    pub(super) ring: Consumer<Sample>,
    pub(super) flush: SpeechFlush,
}

impl SpeechReader {
    /// How many samples wait to be played, stale ones included.
    pub(super) fn queued(&self) -> usize {
        self.ring.slots()
    }

    /// Drops everything queued and returns how many samples that were.
    pub(super) fn discard_all(&mut self) -> usize {
        let queued = self.ring.slots();
        self.skip(queued);
        queued
    }

    /// Drops the samples older than `current` and returns how many those were.
    pub(super) fn discard_stale(&mut self, current: u32) -> usize {
        let stale = self.stale(current);
        self.skip(stale);
        stale
    }

    /// How many samples at the front are older than `current`. Tags never fall along the ring.
    pub(super) fn stale(&mut self, current: u32) -> usize {
        let queued = self.ring.slots();
        let Ok(chunk) = self.ring.read_chunk(queued) else { return 0 };
        let (front, back) = chunk.as_slices();
        let count = |part: &[Sample]| part.partition_point(|sample| older(sample.tag, current));
        match count(front) {
            all if all == front.len() => all + count(back),
            some => some,
        }
    }

    fn skip(&mut self, samples: usize) {
        if let Ok(chunk) = self.ring.read_chunk(samples) {
            chunk.commit_all();
        }
    }
}
