//! The playback thread: speaker to loudspeaker.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::device::Device;
use super::render::{FADE_MS, Renderer};
use super::speech::SpeechReader;
use super::supervisor::{AudioThread, Stream};
use super::{AudioError, AudioStats, Direction, Played, StreamConfig, StreamStats};

/// How long after a flush nothing older leaves the loudspeaker any more, in milliseconds.
pub const SILENT_WITHIN_MS: u32 = 50;

/// How many frames may lie in the device for speech that went stale to be faded out behind them. Where there are more, the
/// device is emptied at once, with a click, so that it falls silent in time all the same.
///
/// The thread learns of the flush with its next round, which is a period away at most; then what lies in the device is heard,
/// and then the fade.
fn fade_behind(period: usize, rate: u32) -> i64 {
    let frames = |ms: u32| i64::from(rate) * i64::from(ms) / 1000;
    frames(SILENT_WITHIN_MS) - frames(FADE_MS) - period as i64
}

/// A running playback thread; it ends when dropped, within a tenth of a second.
pub struct Playback {
    _thread: AudioThread,
}

impl Playback {
    /// Opens the device and starts to play what comes through `reader`, and silence when nothing does.
    ///
    /// It plays all the time, so that the latency is constant: the device's buffer. What the device took is told to
    /// `played`, where somebody wants to know.
    ///
    /// # Errors
    /// When no configured device can be opened. Once started, a device may go and come: [`AudioStats`] tells.
    pub fn start(
        config: StreamConfig,
        reader: SpeechReader,
        played: Option<Played>,
        stats: Arc<AudioStats>,
    ) -> Result<Self, AudioError> {
        let stream = Loudspeaker {
            renderer: Renderer::new(config.rate),
            rate: config.rate,
            fade_behind: 0,
            current: reader.flush.current(),
            reader,
            played,
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
    played: Option<Played>,
    stats: Arc<AudioStats>,
    rate: u32,
    /// For the present device: see [`fade_behind`].
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
        self.fade_behind = fade_behind(device.period, self.rate);
        self.renderer.reset();
    }

    fn round(&mut self, device: &Device) -> Result<(usize, i64), alsa::Error> {
        let current = self.reader.flush.current();
        if current != self.current {
            self.current = current;
            let unwritten = (self.block.len() - self.written) as i64;
            if device.delay() + unwritten > self.fade_behind {
                device.empty()?;
                self.written = self.block.len();
                self.renderer.reset();
            }
        }
        if self.written == self.block.len() {
            self.render();
        }
        let taken = device.write(&self.block[self.written..])?;
        let delay = device.delay();
        if let Some(played) = &mut self.played {
            played.push(&self.block[self.written..self.written + taken], delay);
        }
        self.written += taken;
        Ok((taken, delay))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{config::Audio, pipeline};

    proptest! {
        /// The longest that stale speech is heard, on a device of any size: counted in frames, so no clock is asked.
        #[test]
        fn whatever_the_device_holds_it_falls_silent_in_time(period in 1_usize..1_100, held in 0_i64..50_000) {
            let rate = engines::message::OUTPUT_RATE;
            let fade = i64::from(rate * FADE_MS / 1000);
            let heard = if held > fade_behind(period, rate) { 0 } else { held + fade };
            prop_assert!(period as i64 + heard <= i64::from(rate * SILENT_WITHIN_MS / 1000));
        }

        /// With every period that can be configured, the shipped buffer is short enough that nothing clicks.
        #[test]
        fn speech_fades_out_on_the_shipped_buffer(period_ms in 5_u32..=100) {
            let (_, playback) = pipeline::streams(&Audio { period_ms, ..Audio::default() });
            let frames = |ms: u32| (playback.rate * ms / 1000) as usize;
            let held = frames(playback.buffer_ms) - frames(playback.period_ms);
            prop_assert!(held as i64 <= fade_behind(frames(playback.period_ms), playback.rate));
        }
    }
}
