//! Why a sound device cannot be used, and what to do about it.

use std::fmt;

/// The way sound goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a microphone.
    Capture,
    /// To a loudspeaker.
    Playback,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Capture => "capture",
            Self::Playback => "playback",
        })
    }
}

/// Why sound cannot be captured or played.
///
/// Where several devices were to be tried, the error is the one of the first that could at least be found, and says
/// in `others` what became of the rest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AudioError {
    /// None of the names leads to a device.
    #[error("no {direction} device {device:?}{others}; plug it in, or name one of those present: {present}")]
    NoSuchDevice {
        /// The way sound was to go.
        direction: Direction,
        /// The first device tried.
        device: String,
        /// What became of the other devices, as a clause.
        others: String,
        /// The devices there are, or "none".
        present: String,
    },
    /// Another program holds it.
    #[error(
        "{direction} device {device:?} is in use by another program{others}; end that program (`fuser -v /dev/snd/*` \
         names it), or choose another device: {present}"
    )]
    Busy {
        /// The way sound was to go.
        direction: Direction,
        /// The device that is in use.
        device: String,
        /// What became of the other devices, as a clause.
        others: String,
        /// The devices there are, or "none".
        present: String,
    },
    /// The system does not let us.
    #[error(
        "no permission for {direction} device {device:?}{others}; let the user into the group `audio` \
         (under systemd: `SupplementaryGroups=audio` and `DeviceAllow=char-alsa rw`)"
    )]
    Permission {
        /// The way sound was to go.
        direction: Direction,
        /// The device that is closed to us.
        device: String,
        /// What became of the other devices, as a clause.
        others: String,
    },
    /// It cannot do what is needed, not even through ALSA's conversion.
    #[error(
        "{direction} device {device:?} offers no {rate} Hz mono 16-bit sound, not even converted{others}: {why}; \
         choose another device: {present}"
    )]
    Unsuitable {
        /// The way sound was to go.
        direction: Direction,
        /// The device that was found.
        device: String,
        /// Frames per second that were asked for.
        rate: u32,
        /// What ALSA said.
        why: String,
        /// What became of the other devices, as a clause.
        others: String,
        /// The devices there are, or "none".
        present: String,
    },
    /// ALSA says something else.
    #[error(
        "{direction} device {device:?} cannot be opened{others}: {why}; check it with `{tool} -D {device} -d 1 /dev/null`, \
         or choose another device: {present}", tool = match direction { Direction::Capture => "arecord", Direction::Playback => "aplay" }
    )]
    Failed {
        /// The way sound was to go.
        direction: Direction,
        /// The device that failed.
        device: String,
        /// What ALSA said.
        why: String,
        /// What became of the other devices, as a clause.
        others: String,
        /// The devices there are, or "none".
        present: String,
    },
    /// The configuration names no device or an impossible size.
    #[error("audio configuration for {direction}: {what}")]
    Configuration {
        /// The way sound was to go.
        direction: Direction,
        /// What is wrong and what would be right.
        what: String,
    },
    /// The process's memory may be paged out. Sound works nonetheless, less surely.
    #[error(
        "memory is not locked: {why}; give the service `AmbientCapabilities=CAP_IPC_LOCK` or `LimitMEMLOCK=infinity`"
    )]
    MemoryNotLocked {
        /// What the system said.
        why: String,
    },
    /// The system gives no more threads.
    #[error("cannot start the {direction} thread: {why}; raise the limit of tasks (under systemd: `TasksMax=`)")]
    Thread {
        /// The way sound was to go.
        direction: Direction,
        /// What the system said.
        why: String,
    },
}
