//! A virtual card, the audio threads on it, and ways to wait: what the audio tests share.

// Each test binary uses its part of this.
#![allow(dead_code)]

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use daemon::audio::{
    AudioError, AudioStats, Capture, Playback, Played, SpeechFlush, SpeechWriter, StreamConfig, speech_queue,
};
use daemon::virtual_card::{Format, PlugIn, VirtualCard};
use rtrb::{Consumer, RingBuffer};
use tempfile::TempDir;

#[cfg(debug_assertions)]
#[global_allocator]
static GUARD: daemon::audio::AllocationGuard = daemon::audio::AllocationGuard;

/// Long enough for any step on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A card and what was captured from it and played to it.
pub struct Bench {
    pub card: VirtualCard,
    pub stats: Arc<AudioStats>,
    _dir: TempDir,
}

impl Bench {
    pub fn new(format: Format) -> Self {
        find_virtual_cards();
        let dir = tempfile::tempdir().unwrap();
        let card = VirtualCard::new(dir.path(), format).unwrap();
        Self { card, stats: Arc::default(), _dir: dir }
    }

    pub fn capture_config(&self) -> StreamConfig {
        StreamConfig::capture(vec![self.card.device()])
    }

    pub fn playback_config(&self) -> StreamConfig {
        StreamConfig::playback(vec![self.card.device()])
    }

    /// Starts to capture into a ring of `frames`.
    pub fn capture(&self, frames: usize) -> Result<(Capture, Consumer<f32>), AudioError> {
        let (producer, consumer) = RingBuffer::new(frames);
        Ok((Capture::start(self.capture_config(), producer, Arc::clone(&self.stats))?, consumer))
    }

    /// Starts to play from a queue of ten seconds.
    pub fn playback(&self, config: StreamConfig) -> Result<(Playback, SpeechWriter, SpeechFlush), AudioError> {
        self.playback_told(config, None)
    }

    /// The same, and tells what was played.
    pub fn playback_told(
        &self,
        config: StreamConfig,
        played: Option<Played>,
    ) -> Result<(Playback, SpeechWriter, SpeechFlush), AudioError> {
        let (writer, flush, reader) = speech_queue(220_500, &self.stats);
        Ok((Playback::start(config, reader, played, Arc::clone(&self.stats))?, writer, flush))
    }
}

/// Makes ALSA in this process know virtual cards. Every test begins with it.
pub fn find_virtual_cards() {
    static PLUG_IN: OnceLock<PlugIn> = OnceLock::new();
    PLUG_IN.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("virtual-card");
        std::fs::create_dir_all(&dir).unwrap();
        let plug_in = PlugIn::build(&dir).unwrap();
        let (name, value) = plug_in.environment();
        // SAFETY: each test of a binary comes here first and waits for this, so no thread of ours uses ALSA, the one
        // that reads the environment behind Rust's back, before it is done.
        unsafe { std::env::set_var(name, value) };
        plug_in
    });
}

/// Waits until something is so, and fails with `what` if it does not come.
#[track_caller]
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Takes `frames` samples from a ring, as the 16-bit samples they were.
#[track_caller]
pub fn take(ring: &mut Consumer<f32>, frames: usize) -> Vec<i16> {
    until("sound is captured", || ring.slots() >= frames);
    (0..frames).map(|_| (ring.pop().unwrap() * 32_768.0) as i16).collect()
}

/// Noise without a zero in it, -20000..20000, the same at each call.
pub fn noise(frames: usize) -> Vec<i16> {
    let mut state = 0x2545_f491_u32;
    (0..frames)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let sample = (state % 40_001) as i32 - 20_000;
            if sample == 0 { 1 } else { sample as i16 }
        })
        .collect()
}

pub fn tone(hertz: f64, rate: u32, frames: usize) -> Vec<i16> {
    let step = std::f64::consts::TAU * hertz / f64::from(rate);
    (0..frames).map(|n| ((n as f64 * step).sin() * 12_000.0) as i16).collect()
}

pub fn float(samples: &[i16]) -> Vec<f32> {
    samples.iter().map(|&sample| f32::from(sample) / 32_768.0).collect()
}

/// Upward zero crossings a second.
pub fn pitch(samples: &[i16], rate: u32) -> f64 {
    let crossings = samples.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
    crossings as f64 * f64::from(rate) / samples.len() as f64
}
