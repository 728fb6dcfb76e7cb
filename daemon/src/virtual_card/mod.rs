//! A sound card that is not there: what `make run`, `make bench` and the tests use in place of hardware.
//!
//! The card itself is an ALSA plug-in (`daemon/virtual-card/pcm_dragoman.c`), so a program under test opens, reads
//! and writes it through ALSA like any other, in real time. This module compiles it and holds the other end: it lets the
//! microphone hear something, tells what the loudspeaker played and when, and causes faults.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use daemon::virtual_card::{Format, PlugIn, VirtualCard};
//! let dir = std::path::Path::new("out/card");
//! std::fs::create_dir_all(dir)?;
//! let plug_in = PlugIn::build(dir)?;
//! let card = VirtualCard::new(dir, Format::default())?;
//! let (name, value) = plug_in.environment();
//! let mut program = std::process::Command::new("dragomand").env(name, value).spawn()?; // with device = "virtual"
//! let start_ns = card.feed(&[0; 16_000])?;
//! let first_sound_ns = card.spoken()?.first_sound_ns(start_ns, 16);
//! # program.wait()?; Ok(()) }
//! ```

mod plug_in;
mod recording;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use memmap2::MmapRaw;

pub use plug_in::PlugIn;
pub use recording::Recording;

/// How long [`VirtualCard::feed`] waits for a program that captures.
const FEED_TIMEOUT: Duration = Duration::from_secs(10);

/// The control page, as `struct control` in `pcm_dragoman.c` has it; pairs are indexed by [`Side`].
#[repr(C)]
struct Control {
    magic: AtomicI64,
    rate: [AtomicI64; 2],
    channels: [AtomicI64; 2],
    unplugged: [AtomicI64; 2],
    busy: [AtomicI64; 2],
    stalled: [AtomicI64; 2],
    xruns: [AtomicI64; 2],
    clock_error_ppm: [AtomicI64; 2],
    feed_sequence: AtomicI64,
    feed_at_ns: AtomicI64,
    echo_gain_ppm: AtomicI64,
    echo_delay_ns: AtomicI64,
    feed_taken: AtomicI64,
    feed_first_ns: AtomicI64,
    opens: [AtomicI64; 2],
    frames: [AtomicI64; 2],
    played_ns: AtomicI64,
    played_frame: AtomicI64,
}

/// As `feed_at_ns`: the feed begins when it is taken up.
const AT_ONCE: i64 = -1;

const MAGIC: i64 = i64::from_le_bytes(*b"DRAGARD2");

/// A direction of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Playback.
    Loudspeaker = 0,
    /// Capture.
    Microphone = 1,
}

/// What the card's hardware can do; anything else is refused, as by a `hw:` device.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Frames per second of capture.
    pub microphone_rate: u32,
    /// Channels of capture.
    pub microphone_channels: u32,
    /// Frames per second of playback.
    pub loudspeaker_rate: u32,
    /// Channels of playback.
    pub loudspeaker_channels: u32,
}

impl Default for Format {
    /// What the daemon asks for: 16 kHz in, 22.05 kHz out, mono.
    fn default() -> Self {
        Self { microphone_rate: 16_000, microphone_channels: 1, loudspeaker_rate: 22_050, loudspeaker_channels: 1 }
    }
}

/// Why there is no virtual card, or why it did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum VirtualCardError {
    /// The C compiler is missing or refused the plug-in.
    #[error("`{compiler}` could not compile the virtual sound card: {why}; install gcc and libasound2-dev")]
    Compile {
        /// The compiler that was run.
        compiler: String,
        /// Its own words, or why it did not start.
        why: String,
    },
    /// A file of the card could not be read or written.
    #[error("virtual sound card: {path}: {source}; give the card a directory that can be written")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// ALSA's configuration cannot carry this path.
    #[error(
        "virtual sound card: {0:?} has a quote, comma, colon or backslash in it, which ALSA would misread; choose another directory"
    )]
    Path(PathBuf),
    /// The feed was not taken up.
    #[error(
        "nobody captures from the virtual card in {0}: no program took the feed; start one that records from it first"
    )]
    NobodyListens(PathBuf),
}

/// One card: a directory with its control page, what its microphone hears and what its loudspeaker played.
#[derive(Debug)]
pub struct VirtualCard {
    dir: PathBuf,
    format: Format,
    page: MmapRaw,
}

impl VirtualCard {
    /// Makes a card in `dir`, which is created where needed; a card that was there before is forgotten.
    ///
    /// A program under test must not hold the old one at that time.
    pub fn new(dir: &Path, format: Format) -> Result<Self, VirtualCardError> {
        fs::create_dir_all(dir).map_err(|source| VirtualCardError::File { path: dir.to_owned(), source })?;
        let dir = fs::canonicalize(dir).map_err(|source| VirtualCardError::File { path: dir.to_owned(), source })?;
        for file in ["microphone.s16", "loudspeaker.s16", "loudspeaker.marks"] {
            write(&dir.join(file), &[])?;
        }
        let path = dir.join("control");
        let failed = |source| VirtualCardError::File { path: path.clone(), source };
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path).map_err(failed)?;
        file.set_len(size_of::<Control>() as u64).map_err(failed)?;
        let page = MmapRaw::map_raw(&file).map_err(failed)?;
        let card = Self { dir, format, page };
        let control = card.control();
        for (side, rate, channels) in [
            (Side::Loudspeaker, format.loudspeaker_rate, format.loudspeaker_channels),
            (Side::Microphone, format.microphone_rate, format.microphone_channels),
        ] {
            control.rate[side as usize].store(rate.into(), SeqCst);
            control.channels[side as usize].store(channels.into(), SeqCst);
        }
        control.magic.store(MAGIC, SeqCst);
        Ok(card)
    }

    fn control(&self) -> &Control {
        // SAFETY: the page is mapped for as long as `self` lives, is at least as large as `Control`, aligned to a
        // memory page, and holds only atomics, for which any bit pattern is valid and foreign writes are allowed.
        unsafe { &*self.page.as_ptr().cast::<Control>() }
    }

    /// The ALSA name of this card, for both directions.
    pub fn device(&self) -> String {
        format!("virtual:DIR={}", self.dir.display())
    }

    /// Lets the microphone hear `samples` from now on, instead of whatever it heard, then silence.
    ///
    /// Samples are mono at the microphone's rate. Returns when the first of them reached the microphone, in
    /// nanoseconds of `CLOCK_MONOTONIC`, as soon as the capturing program has taken up the feed. That program hears
    /// all of them, unless it overruns.
    pub fn feed(&self, samples: &[i16]) -> Result<i64, VirtualCardError> {
        self.feed_at(samples, AT_ONCE)
    }

    /// As [`feed`](Self::feed), beginning at a moment of `CLOCK_MONOTONIC`: what would have been heard before the
    /// feed is taken up is not.
    pub fn feed_at(&self, samples: &[i16], start_ns: i64) -> Result<i64, VirtualCardError> {
        let channels = self.format.microphone_channels as usize;
        let bytes: Vec<u8> =
            samples.iter().flat_map(|sample| std::iter::repeat_n(sample.to_le_bytes(), channels)).flatten().collect();
        // A new file under the old name: the card goes on reading the old one until it takes up the new feed.
        let (fresh, path) = (self.dir.join("microphone.new"), self.dir.join("microphone.s16"));
        write(&fresh, &bytes)?;
        fs::rename(&fresh, &path).map_err(|source| VirtualCardError::File { path, source })?;
        let control = self.control();
        control.feed_at_ns.store(start_ns, SeqCst);
        let sequence = control.feed_sequence.fetch_add(1, SeqCst) + 1;
        let deadline = Instant::now() + FEED_TIMEOUT;
        while control.feed_taken.load(SeqCst) != sequence {
            if Instant::now() > deadline {
                return Err(VirtualCardError::NobodyListens(self.dir.clone()));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(control.feed_first_ns.load(SeqCst))
    }

    /// Lets the microphone hear silence from now on.
    pub fn stop_feed(&self) {
        self.control().feed_at_ns.store(0, SeqCst);
        self.control().feed_sequence.fetch_add(1, SeqCst);
    }

    /// Unplugs one side: whoever has it open gets ENODEV, and so does whoever opens it.
    pub fn unplug(&self, side: Side) {
        self.control().unplugged[side as usize].store(1, SeqCst);
    }

    /// Plugs it in again.
    pub fn replug(&self, side: Side) {
        self.control().unplugged[side as usize].store(0, SeqCst);
    }

    /// Whether opening a side gives EBUSY, as if another program held it.
    pub fn set_busy(&self, side: Side, busy: bool) {
        self.control().busy[side as usize].store(busy.into(), SeqCst);
    }

    /// Whether the hardware stands still.
    pub fn set_stalled(&self, side: Side, stalled: bool) {
        self.control().stalled[side as usize].store(stalled.into(), SeqCst);
    }

    /// Causes one overrun (microphone) or underrun (loudspeaker).
    pub fn xrun(&self, side: Side) {
        self.control().xruns[side as usize].fetch_add(1, SeqCst);
    }

    /// Lets a side's clock run fast (positive) or slow, in millionths.
    pub fn set_clock_error(&self, side: Side, ppm: i32) {
        self.control().clock_error_ppm[side as usize].store(ppm.into(), SeqCst);
    }

    /// Lets the microphone hear the loudspeaker too, `gain` times as loud and `delay` later; 0 is not at all, as it was made.
    ///
    /// What the playing program hands over later than `delay` after its time is not heard.
    pub fn set_echo(&self, gain: f32, delay: Duration) {
        let delay_ns = i64::try_from(delay.as_nanos()).unwrap_or(i64::MAX);
        self.control().echo_delay_ns.store(delay_ns, SeqCst);
        self.control().echo_gain_ppm.store((f64::from(gain) * 1e6) as i64, SeqCst);
    }

    /// Whether the microphone hears the loudspeaker.
    pub fn has_echo(&self) -> bool {
        self.control().echo_gain_ppm.load(SeqCst) != 0
    }

    /// How often a side has been opened.
    pub fn opens(&self, side: Side) -> u64 {
        self.control().opens[side as usize].load(SeqCst).unsigned_abs()
    }

    /// How many frames a side has captured or played.
    pub fn frames(&self, side: Side) -> u64 {
        self.control().frames[side as usize].load(SeqCst).unsigned_abs()
    }

    /// What the loudspeaker has played until now.
    pub fn spoken(&self) -> Result<Recording, VirtualCardError> {
        let bytes = |name| {
            let path = self.dir.join(name);
            fs::read(&path).map_err(|source| VirtualCardError::File { path, source })
        };
        let frame = 2 * self.format.loudspeaker_channels as usize;
        let samples = bytes("loudspeaker.s16")?.chunks_exact(frame).map(|f| i16::from_le_bytes([f[0], f[1]])).collect();
        let words: Vec<i64> =
            bytes("loudspeaker.marks")?.as_chunks::<8>().0.iter().map(|word| i64::from_le_bytes(*word)).collect();
        let marks =
            words.as_chunks::<3>().0.iter().map(|&[frame, ns, ppm]| recording::Mark { frame, ns, ppm }).collect();
        Ok(Recording { samples, rate: self.format.loudspeaker_rate, marks })
    }
}

/// Now, in nanoseconds of `CLOCK_MONOTONIC`, by which the card is paced.
pub fn monotonic_ns() -> i64 {
    crate::audio::monotonic_ns()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), VirtualCardError> {
    fs::write(path, bytes).map_err(|source| VirtualCardError::File { path: path.to_owned(), source })
}
