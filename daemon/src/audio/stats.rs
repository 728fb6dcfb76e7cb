//! What the audio threads tell the rest of the daemon: atomics, read at any time by anyone.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};

/// Whether sound flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum DeviceState {
    /// The thread does not run.
    Stopped = 0,
    /// The device is open, and no sound has come through it yet.
    Opening = 1,
    /// Sound flows.
    Running = 2,
    /// The device went away and is being looked for; [`StreamStats::last_errno`] says how.
    Gone = 3,
}

/// Whether the thread got real-time priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Realtime {
    /// None was asked for, or the thread has not started.
    Off = 0,
    /// SCHED_FIFO, as configured.
    Granted = 1,
    /// The system refused it.
    Refused = 2,
}

/// One direction's figures. Counters never go back.
#[derive(Debug, Default)]
pub struct StreamStats {
    state: AtomicU8,
    realtime: AtomicU8,
    frames: AtomicU64,
    xruns: AtomicU64,
    losses: AtomicU64,
    reopens: AtomicU64,
    last_errno: AtomicI32,
    delay_frames: AtomicI64,
    longest_round_ns: AtomicI64,
}

impl StreamStats {
    /// Whether sound flows.
    pub fn state(&self) -> DeviceState {
        match self.state.load(Relaxed) {
            1 => DeviceState::Opening,
            2 => DeviceState::Running,
            3 => DeviceState::Gone,
            _ => DeviceState::Stopped,
        }
    }

    /// Whether the thread got real-time priority.
    pub fn realtime(&self) -> Realtime {
        match self.realtime.load(Relaxed) {
            1 => Realtime::Granted,
            2 => Realtime::Refused,
            _ => Realtime::Off,
        }
    }

    /// Frames that went through the device, silence included.
    pub fn frames(&self) -> u64 {
        self.frames.load(Relaxed)
    }

    /// Overruns (capture) or underruns (playback) of the device.
    pub fn xruns(&self) -> u64 {
        self.xruns.load(Relaxed)
    }

    /// How often the device went away.
    pub fn losses(&self) -> u64 {
        self.losses.load(Relaxed)
    }

    /// How often sound flowed again after that.
    pub fn reopens(&self) -> u64 {
        self.reopens.load(Relaxed)
    }

    /// The system's number for why the device last went away; 0: it never did.
    pub fn last_errno(&self) -> i32 {
        self.last_errno.load(Relaxed)
    }

    /// Frames between us and the air at the last round: captured and not yet read, or written and not yet played.
    pub fn delay_frames(&self) -> i64 {
        self.delay_frames.load(Relaxed)
    }

    /// The longest time from one round of the loop to the next since the last call, in nanoseconds.
    pub fn take_longest_round_ns(&self) -> i64 {
        self.longest_round_ns.swap(0, Relaxed)
    }

    pub(super) fn set_state(&self, state: DeviceState) {
        self.state.store(state as u8, Relaxed);
    }

    pub(super) fn set_realtime(&self, realtime: Realtime) {
        self.realtime.store(realtime as u8, Relaxed);
    }

    pub(super) fn count_xrun(&self) {
        self.xruns.fetch_add(1, Relaxed);
    }

    pub(super) fn count_loss(&self, errno: i32) {
        self.losses.fetch_add(1, Relaxed);
        self.last_errno.store(errno, Relaxed);
    }

    pub(super) fn count_reopen(&self) {
        self.reopens.fetch_add(1, Relaxed);
    }

    /// A round moved `frames`, leaving `delay`, `round_ns` after the one before.
    pub(super) fn count_round(&self, frames: usize, delay: i64, round_ns: i64) {
        self.frames.fetch_add(frames as u64, Relaxed);
        self.delay_frames.store(delay, Relaxed);
        self.longest_round_ns.fetch_max(round_ns, Relaxed);
    }
}

/// The figures of both directions.
#[derive(Debug, Default)]
pub struct AudioStats {
    /// The microphone's.
    pub capture: StreamStats,
    /// The loudspeaker's.
    pub playback: StreamStats,
    pub(super) overflow_frames: AtomicU64,
    pub(super) gaps: AtomicU64,
    pub(super) first_frame_ns: AtomicI64,
    pub(super) first_played_ns: AtomicI64,
    pub(super) spoken_frames: AtomicU64,
    pub(super) discarded_frames: AtomicU64,
    pub(super) starvations: AtomicU64,
    pub(super) queued_frames: AtomicU64,
    gated_frames: AtomicU64,
    pub(super) speaking: AtomicBool,
}

impl AudioStats {
    /// Captured frames that were lost because the listener's ring was full.
    pub fn overflow_frames(&self) -> u64 {
        self.overflow_frames.load(Relaxed)
    }

    /// Places in the captured sound where some is missing: overflows, overruns, absences of the device.
    pub fn gaps(&self) -> u64 {
        self.gaps.load(Relaxed)
    }

    /// When the frame numbered `frame`, counted from 0 as frames enter the listener's ring, was at the microphone:
    /// nanoseconds of [`monotonic_ns`](super::monotonic_ns). Exact to about a millisecond while no
    /// [gap](Self::gaps) lies between it and now.
    pub fn captured_at_ns(&self, frame: u64, rate: u32) -> i64 {
        self.first_frame_ns.load(Relaxed) + (frame as f64 * 1e9 / f64::from(rate)) as i64
    }

    /// Captured frames that were not listened to while a button was held, because the box itself was heard.
    pub fn gated_frames(&self) -> u64 {
        self.gated_frames.load(Relaxed)
    }

    /// So many more were not listened to.
    pub fn count_gated(&self, frames: usize) {
        self.gated_frames.fetch_add(frames as u64, Relaxed);
    }

    /// Frames of speech that were given to the device.
    pub fn spoken_frames(&self) -> u64 {
        self.spoken_frames.load(Relaxed)
    }

    /// Frames of speech that were not: stale, or queued while the loudspeaker was away.
    pub fn discarded_frames(&self) -> u64 {
        self.discarded_frames.load(Relaxed)
    }

    /// Frames of speech that wait to be given to the device, as of the last round.
    pub fn queued_frames(&self) -> u64 {
        self.queued_frames.load(Relaxed)
    }

    /// How often the queue ran dry between [`SpeechWriter::begin`](super::SpeechWriter::begin) and
    /// [`finish`](super::SpeechWriter::finish): breaks that a listener hears.
    pub fn starvations(&self) -> u64 {
        self.starvations.load(Relaxed)
    }
}
