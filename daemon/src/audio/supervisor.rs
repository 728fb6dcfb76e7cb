//! The life of an audio thread around its real-time loop: start, loss of the device, return, end.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::device::Device;
use super::realtime;
use super::{AudioError, DeviceState, Direction, StreamConfig, StreamStats, monotonic_ns};

/// How long a loop waits for its device before it looks at its stop flag.
const WAIT_MS: u16 = 100;
/// A device that moves nothing for this long counts as gone.
const STALL_NS: i64 = 1_000_000_000;
/// Recoveries, or wake-ups with nothing to do, in a row before the device counts as gone: a thread that spins at
/// real-time priority would take the machine with it.
const FRUITLESS_LIMIT: u32 = 50;

/// Pauses between attempts to open a device that is gone: the first, and the longest they grow to.
const RETRY_MS: (u64, u64) = (100, 2_000);
/// How often a thread without a device tends its queue and stop flag.
const IDLE_TICK: Duration = Duration::from_millis(50);

/// How a loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It was told to.
    Stopped,
    /// The device is gone, with this errno.
    Lost(i32),
}

/// What one direction does with its device.
pub(super) trait Stream: Send + 'static {
    const DIRECTION: Direction;

    /// This direction's figures.
    fn stats(&self) -> &StreamStats;

    /// Allocates what the loop will need for this device.
    fn prepare(&mut self, device: &Device);

    /// Moves what can be moved, and returns how many frames went and how many now lie in the device. Real-time.
    fn round(&mut self, device: &Device) -> Result<(usize, i64), alsa::Error>;

    /// The device was emptied by an xrun, a loss or at the start. Real-time.
    fn interrupted(&mut self);

    /// Called now and then while there is no device.
    fn idle(&mut self);
}

/// A running audio thread; it ends when dropped.
pub(super) struct AudioThread {
    stop: Arc<AtomicBool>,
    handle: Option<JoinHandle<()>>,
}

impl AudioThread {
    /// Starts the thread and opens its device; returns once that is done or has failed.
    pub(super) fn start<S: Stream>(config: StreamConfig, mut stream: S) -> Result<Self, AudioError> {
        let direction = S::DIRECTION;
        let stop = Arc::new(AtomicBool::new(false));
        let (opened, first) = mpsc::sync_channel(1);
        let flag = Arc::clone(&stop);
        let body = move || {
            let device = match Device::open(&config, direction) {
                Ok(device) => device,
                Err(error) => {
                    let _ = opened.send(Err(error));
                    return;
                }
            };
            stream.stats().set_realtime(realtime::enter(config.priority));
            stream.stats().set_state(DeviceState::Opening);
            let _ = opened.send(Ok(()));
            drop(opened);
            supervise(&config, &mut stream, device, &flag);
            stream.stats().set_state(DeviceState::Stopped);
        };
        let failed = |why: String| AudioError::Thread { direction, why };
        let handle = thread::Builder::new()
            .name(direction.to_string())
            .spawn(body)
            .map_err(|error| failed(error.to_string()))?;
        match first.recv() {
            Ok(Ok(())) => Ok(Self { stop, handle: Some(handle) }),
            Ok(Err(error)) => {
                let _ = handle.join();
                Err(error)
            }
            Err(_) => Err(failed("it ended before it began".into())),
        }
    }
}

impl Drop for AudioThread {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(handle) = self.handle.take() {
            let _ = handle.join();
        }
    }
}

fn supervise<S: Stream>(config: &StreamConfig, stream: &mut S, mut device: Device, stop: &AtomicBool) {
    let mut lost = false;
    let mut told = true;
    loop {
        if !told {
            tracing::info!(event = "audio_device_back", direction = %S::DIRECTION, device = device.name);
            told = true;
        }
        stream.prepare(&device);
        let ending = realtime::section(|| run(stream, &mut device, stop));
        let Ending::Lost(errno) = ending else { return };
        // A device that was opened and moved nothing is the same loss going on, and not reported again.
        if !lost || stream.stats().state() == DeviceState::Running {
            told = false;
            stream.stats().count_loss(errno);
            tracing::warn!(
                event = "audio_device_lost",
                direction = %S::DIRECTION,
                device = device.name,
                error = %std::io::Error::from_raw_os_error(errno),
                "sound device is gone; it is used again as soon as it returns"
            );
        }
        lost = true;
        stream.stats().set_state(DeviceState::Gone);
        drop(device);
        let Some(found) = reopen(config, stream, stop) else { return };
        device = found;
    }
}

/// Tries to open a device, with growing pauses; `None`: stopped meanwhile.
fn reopen<S: Stream>(config: &StreamConfig, stream: &mut S, stop: &AtomicBool) -> Option<Device> {
    let mut pause = RETRY_MS.0;
    loop {
        let next = Instant::now() + Duration::from_millis(pause);
        while Instant::now() < next {
            if stop.load(Relaxed) {
                return None;
            }
            stream.idle();
            thread::sleep(IDLE_TICK);
        }
        if let Ok(device) = Device::open(config, S::DIRECTION) {
            return Some(device);
        }
        pause = (pause * 2).min(RETRY_MS.1);
    }
}

/// The real-time loop: rounds until told to stop or the device is gone.
#[cfg_attr(rtsan, sanitize(realtime = "nonblocking"))]
fn run<S: Stream>(stream: &mut S, device: &mut Device, stop: &AtomicBool) -> Ending {
    stream.interrupted();
    if let Err(error) = device.restart() {
        return Ending::Lost(error.errno());
    }
    let mut fruitless = 0;
    let mut last = monotonic_ns();
    while !stop.load(Relaxed) {
        let moved = match device.wait(WAIT_MS) {
            Ok(true) => stream.round(device),
            Ok(false) if monotonic_ns() - last > STALL_NS => return Ending::Lost(libc::ETIMEDOUT),
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        match moved {
            Ok((0, _)) => fruitless += 1,
            Ok((frames, delay)) => {
                let now = monotonic_ns();
                stream.stats().count_round(frames, delay, now - last);
                if stream.stats().state() != DeviceState::Running {
                    running(stream.stats());
                }
                (fruitless, last) = (0, now);
            }
            Err(error) => {
                fruitless += 1;
                if let Err(errno) = recover(stream, device, error.errno()) {
                    return Ending::Lost(errno);
                }
            }
        }
        if fruitless > FRUITLESS_LIMIT {
            return Ending::Lost(libc::EIO);
        }
    }
    Ending::Stopped
}

/// Sound flows, for the first time or again.
fn running(stats: &StreamStats) {
    if stats.losses() > stats.reopens() {
        stats.count_reopen();
    }
    stats.set_state(DeviceState::Running);
}

/// Decides on the errno, not on the PCM's state: that may still say "xrun" of a device that is gone.
fn recover<S: Stream>(stream: &mut S, device: &Device, errno: i32) -> Result<(), i32> {
    match errno {
        libc::EAGAIN | libc::EINTR => Ok(()),
        // An xrun, or the machine slept. To start anew empties the device, so the latency is what it was.
        libc::EPIPE | libc::ESTRPIPE => {
            stream.stats().count_xrun();
            stream.interrupted();
            device.restart().map_err(|error| error.errno())
        }
        gone => Err(gone),
    }
}
