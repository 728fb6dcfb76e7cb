//! Sound in and out: one real-time thread each for capture and playback, on ALSA.
//!
//! ```text
//!   ALSA capture --[capture thread]--> rtrb of f32, 16 kHz mono        --> listener
//!   speaker --> SpeechWriter --> rtrb of tagged f32, 22.05 kHz mono --[playback thread]--> ALSA playback
//!                                           listener <-- rtrb of what was played <--|
//! ```
//!
//! Both threads run under SCHED_FIFO where the system allows it, with everything allocated before their loops. Inside a
//! loop nothing allocates, locks, logs or calls the system but through ALSA; only `rtrb` rings and the atomics of
//! [`AudioStats`] cross its border. A debug build whose global allocator is [`AllocationGuard`] aborts on an allocation there.
//!
//! What happens to a device:
//! - an xrun is recovered in place and counted, and the latency is afterwards what it was;
//! - a device that goes away (or stands still for a second) is closed, reported once and reopened with growing pauses,
//!   outside the real-time loop. A microphone that is away pauses listening: no sound is made up for the time it was gone.
//!   What was to be said while the loudspeaker is away is discarded and counted, so that the speaker is never held up.

mod capture;
mod device;
mod echo;
mod error;
mod playback;
pub mod realtime;
mod render;
mod speech;
mod stats;
mod supervisor;

pub use capture::Capture;
pub use device::{StreamConfig, devices_present, is_there};
pub use echo::{Played, Reference, reference};
pub use error::{AudioError, Direction};
pub use playback::{Playback, SILENT_WITHIN_MS};
#[cfg(debug_assertions)]
pub use realtime::AllocationGuard;
pub use render::FADE_MS;
pub use speech::{SpeechFlush, SpeechReader, SpeechWriter, speech_queue};
pub use stats::{AudioStats, DeviceState, Realtime, StreamStats};

/// Now, in nanoseconds of `CLOCK_MONOTONIC`.
#[must_use]
pub fn monotonic_ns() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one timespec, to the one it is given. It cannot fail: the clock exists everywhere.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    // The C types are narrower on 32-bit targets.
    #[allow(clippy::useless_conversion)]
    {
        i64::from(now.tv_sec) * 1_000_000_000 + i64::from(now.tv_nsec)
    }
}
