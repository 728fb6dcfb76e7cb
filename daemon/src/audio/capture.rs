//! The capture thread: microphone to listener.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use rtrb::Producer;

use super::device::Device;
use super::supervisor::{AudioThread, Stream};
use super::{AudioError, AudioStats, Direction, StreamConfig, StreamStats, monotonic_ns};

/// A running capture thread; it ends when dropped, within a tenth of a second.
pub struct Capture {
    _thread: AudioThread,
}

impl Capture {
    /// Opens the device and starts to push its samples, mono, -1..1, into `ring`.
    ///
    /// A full ring loses the newest samples and counts them; the thread never waits for the listener.
    ///
    /// # Errors
    /// When no configured device can be opened. Once started, a device may go and come: [`AudioStats`] tells.
    pub fn start(config: StreamConfig, mut ring: Producer<f32>, stats: Arc<AudioStats>) -> Result<Self, AudioError> {
        super::realtime::touch_ring(&mut ring, 0.0);
        let stream = Microphone { rate: config.rate, ring, stats, block: Vec::new(), pushed: 0, broken: false };
        Ok(Self { _thread: AudioThread::start(config, stream)? })
    }
}

struct Microphone {
    rate: u32,
    ring: Producer<f32>,
    stats: Arc<AudioStats>,
    /// One period: to read a few frames more would make the next period come late by a wake-up.
    block: Vec<i16>,
    /// Samples that entered the ring since the start.
    pushed: u64,
    /// Sound went missing since the last sample that entered the ring.
    broken: bool,
}

impl Stream for Microphone {
    const DIRECTION: Direction = Direction::Capture;

    fn stats(&self) -> &StreamStats {
        &self.stats.capture
    }

    fn prepare(&mut self, device: &Device) {
        self.block.resize(device.period, 0);
    }

    fn round(&mut self, device: &Device) -> Result<(usize, i64), alsa::Error> {
        let read = device.read(&mut self.block)?;
        let waiting = device.delay();
        let now = monotonic_ns();
        let taken = self.push(read);
        if taken > 0 {
            // The ring's newest sample lies this far back: what was read after it, and what is still in the device.
            let behind = (read - taken) as f64 + waiting as f64;
            let since_first = (self.pushed as f64 + behind) * 1e9 / f64::from(self.rate);
            self.stats.first_frame_ns.store(now - since_first as i64, Relaxed);
        }
        Ok((read, waiting))
    }

    fn interrupted(&mut self) {
        self.broken = self.pushed > 0;
    }

    fn idle(&mut self) {}
}

impl Microphone {
    /// Hands the block's first `read` samples to the listener, as far as there is room; returns how many.
    fn push(&mut self, read: usize) -> usize {
        let room = self.ring.slots().min(read);
        let Ok(chunk) = self.ring.write_chunk_uninit(room) else { return 0 };
        if room > 0 && self.broken {
            self.stats.gaps.fetch_add(1, Relaxed);
            self.broken = false;
        }
        let taken = chunk.fill_from_iter(self.block.iter().map(|&sample| f32::from(sample) / 32_768.0));
        self.pushed += taken as u64;
        if taken < read {
            self.stats.overflow_frames.fetch_add((read - taken) as u64, Relaxed);
            self.broken = true;
        }
        taken
    }
}
