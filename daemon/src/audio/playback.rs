//! The playback thread: speaker to loudspeaker.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::device::Device;
use super::render::Renderer;
use super::speech::SpeechReader;
use super::supervisor::{AudioThread, Stream};
use super::{AudioError, AudioStats, Direction, StreamConfig, StreamStats};

/// With no more than this in the device, speech that went stale is faded out behind it; with more, the device is emptied at
/// once, with a click, so that it falls silent within 50 ms all the same.
const FADE_BEHIND_MS: u32 = 40;

/// A running playback thread; it ends when dropped, within a tenth of a second.
pub struct Playback {
    _thread: AudioThread,
}

impl Playback {
    /// Opens the device and starts to play what comes through `reader`, and silence when nothing does.
    ///
    /// It plays all the time, so that the latency is constant: the device's buffer.
    ///
    /// # Errors
    /// When no configured device can be opened. Once started, a device may go and come: [`AudioStats`] tells.
    pub fn start(config: StreamConfig, reader: SpeechReader, stats: Arc<AudioStats>) -> Result<Self, AudioError> {
        let stream = Loudspeaker {
            renderer: Renderer::new(config.rate),
            fade_behind: i64::from(config.rate) * i64::from(FADE_BEHIND_MS) / 1000,
            current: reader.flush.current(),
            reader,
            stats,
            block: Vec::new(),
            written: 0,
        };
        Ok(Self { _thread: AudioThread::start(config, stream)? })
    }
}

struct Loudspeaker {
    reader: SpeechReader,
    renderer: Renderer,
    stats: Arc<AudioStats>,
    /// Frames.
    fade_behind: i64,
    /// The utterance last known to be spoken.
    current: u32,
    /// One period.
    block: Vec<i16>,
    /// How much of the block the device has taken.
    written: usize,
}

impl Stream for Loudspeaker {
    const DIRECTION: Direction = Direction::Playback;

    fn stats(&self) -> &StreamStats {
        &self.stats.playback
    }

    fn prepare(&mut self, device: &Device) {
        // What a lost device did not take is old news by now.
        self.block.resize(device.period, 0);
        self.written = self.block.len();
        self.renderer.reset();
    }

    fn round(&mut self, device: &Device) -> Result<(usize, i64), alsa::Error> {
        let current = self.reader.flush.current();
        if current != self.current {
            self.current = current;
            if device.delay() > self.fade_behind {
                device.empty()?;
                self.written = self.block.len();
                self.renderer.reset();
            }
        }
        if self.written == self.block.len() {
            self.render();
        }
        let taken = device.write(&self.block[self.written..])?;
        self.written += taken;
        Ok((taken, device.delay()))
    }

    fn interrupted(&mut self) {}

    fn idle(&mut self) {
        let dropped = self.reader.discard_all();
        self.discarded(dropped);
        self.stats.queued_frames.store(0, Relaxed);
    }
}

impl Loudspeaker {
    fn render(&mut self) {
        let rendered = self.renderer.render(&mut self.reader, &mut self.block);
        self.written = 0;
        self.stats.spoken_frames.fetch_add(rendered.spoken as u64, Relaxed);
        self.discarded(rendered.discarded);
        self.stats.queued_frames.store(self.reader.queued() as u64, Relaxed);
        if rendered.ran_dry && self.stats.speaking.load(Relaxed) {
            self.stats.starvations.fetch_add(1, Relaxed);
        }
    }

    fn discarded(&self, frames: usize) {
        self.stats.discarded_frames.fetch_add(frames as u64, Relaxed);
    }
}
