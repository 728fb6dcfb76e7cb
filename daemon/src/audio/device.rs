//! One open ALSA device: finding it, agreeing on a format, and the calls a real-time loop makes on it.

use std::ffi::CString;

use alsa::device_name::HintIter;
use alsa::pcm::{Access, Format, Frames, HwParams, PCM};
use alsa::poll::{Descriptors, Flags, pollfd};
use alsa::{Output, ValueOr};

use super::realtime::alsa_call;
use super::{AudioError, Direction};

/// Which device, and how sound goes through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamConfig {
    /// ALSA names, tried in this order: `default`, `hw:USB`, `plughw:1,0`.
    pub devices: Vec<String>,
    /// Frames per second, mono.
    pub rate: u32,
    /// How often the thread wakes, in milliseconds.
    pub period_ms: u32,
    /// What the device holds, in milliseconds: for capture, how late the thread may be before sound is lost; for playback,
    /// the latency.
    pub buffer_ms: u32,
    /// SCHED_FIFO priority, 1..=99; `None`: ordinary scheduling.
    pub priority: Option<u8>,
}

impl StreamConfig {
    /// 16 kHz, 10 ms periods, a buffer of 200 ms, priority 70.
    #[must_use]
    pub fn capture(devices: Vec<String>) -> Self {
        let rate = engines::message::INPUT_RATE;
        Self { devices, rate, period_ms: 10, buffer_ms: 200, priority: Some(70) }
    }

    /// 22.05 kHz, 10 ms periods, a buffer of 40 ms, priority 70.
    #[must_use]
    pub fn playback(devices: Vec<String>) -> Self {
        let rate = engines::message::OUTPUT_RATE;
        Self { devices, rate, period_ms: 10, buffer_ms: 40, priority: Some(70) }
    }

    pub(super) fn validate(&self, direction: Direction) -> Result<(), AudioError> {
        let what = if self.devices.is_empty() {
            format!("no device is named; name at least one, present are: {}", devices_present(direction))
        } else if !(4_000..=192_000).contains(&self.rate) {
            format!("rate {} Hz is out of range; use {}", self.rate, engines::message::INPUT_RATE)
        } else if !(1..=100).contains(&self.period_ms) {
            format!("period_ms {} is out of range; use 1 to 100", self.period_ms)
        } else if self.buffer_ms < 2 * self.period_ms || self.buffer_ms > 2_000 {
            format!(
                "buffer_ms {} is out of range; use twice period_ms ({}) to 2000",
                self.buffer_ms,
                2 * self.period_ms
            )
        } else if self.priority.is_some_and(|priority| !(1..=99).contains(&priority)) {
            format!("priority {:?} is out of range; use 1 to 99", self.priority.unwrap_or_default())
        } else {
            return Ok(());
        };
        Err(AudioError::Configuration { direction, what })
    }
}

/// An open device, in the agreed format: mono, signed 16-bit. Not started yet.
pub(super) struct Device {
    pcm: PCM,
    pub name: String,
    /// Frames.
    pub period: usize,
    direction: Direction,
    polled: Vec<pollfd>,
}

impl Device {
    /// Opens the first of the configured devices that can be had.
    pub(super) fn open(config: &StreamConfig, direction: Direction) -> Result<Self, AudioError> {
        config.validate(direction)?;
        // What ALSA would print on standard error is kept here, for our own message.
        let words = Output::local_error_handler().ok();
        let mut refusals = Vec::new();
        for name in &config.devices {
            match Self::open_one(name, config, direction) {
                Ok(device) => return Ok(device),
                Err((step, error)) => refusals.push(Refusal { name, step, errno: error.errno() }),
            }
        }
        let said = words.map(|words| words.borrow().to_string()).unwrap_or_default();
        Err(explain(&refusals, config, direction, &said))
    }

    fn open_one(name: &str, config: &StreamConfig, direction: Direction) -> Result<Self, (Step, alsa::Error)> {
        let pcm = open_pcm(name, direction).map_err(|e| (Step::Open, e))?;
        match Self::negotiate(pcm, name, config, direction) {
            Ok(device) => Ok(device),
            // The hardware cannot; ALSA's own converter in front of it can. The bare device is closed by now.
            Err(first) => {
                let pcm = open_pcm(&format!("plug:SLAVE='{name}'"), direction).map_err(|_| (Step::Agree, first))?;
                Self::negotiate(pcm, name, config, direction).map_err(|e| (Step::Agree, e))
            }
        }
    }

    fn negotiate(pcm: PCM, name: &str, config: &StreamConfig, direction: Direction) -> Result<Self, alsa::Error> {
        let frames = |ms: u32| (u64::from(config.rate) * u64::from(ms) / 1000) as Frames;
        {
            let hardware = HwParams::any(&pcm)?;
            hardware.set_rate_resample(true)?;
            // Read and write, not mmap: the one access that hardware, plug-ins and PulseAudio all have.
            hardware.set_access(Access::RWInterleaved)?;
            hardware.set_format(Format::s16())?;
            hardware.set_channels(1)?;
            hardware.set_rate(config.rate, ValueOr::Nearest)?;
            hardware.set_period_size_near(frames(config.period_ms), ValueOr::Nearest)?;
            hardware.set_buffer_size_near(frames(config.buffer_ms))?;
            pcm.hw_params(&hardware)?;
        }
        let (buffer, period) = pcm.get_params()?;
        let (buffer, period) = (buffer as usize, (period as usize).max(1));
        let buffer = buffer - buffer % period;
        {
            let software = pcm.sw_params_current()?;
            software.set_avail_min(period as Frames)?;
            // Playback starts by itself once the buffer is full; capture is started by hand.
            software.set_start_threshold(buffer as Frames)?;
            pcm.sw_params(&software)?;
        }
        let polled = pcm.get()?;
        Ok(Self { pcm, name: name.to_owned(), period, direction, polled })
    }

    /// Empties the device and makes it ready; capture begins at once, playback when the buffer is full.
    pub(super) fn restart(&self) -> Result<(), alsa::Error> {
        alsa_call(|| {
            self.pcm.prepare()?;
            if self.direction == Direction::Capture { self.pcm.start() } else { Ok(()) }
        })
    }

    /// Drops what the device holds, at once, and makes it ready.
    pub(super) fn empty(&self) -> Result<(), alsa::Error> {
        alsa_call(|| self.pcm.drop())?;
        self.restart()
    }

    /// Waits until a period can be moved, or something else happens; `false`: none can be moved yet.
    ///
    /// Not `snd_pcm_wait`: it begins its time-out anew with every event that moves nothing, and so never comes back
    /// from a device that ticks and stands still.
    pub(super) fn wait(&mut self, timeout_ms: u16) -> Result<bool, alsa::Error> {
        let Self { pcm, polled, period, .. } = self;
        let ready = || Ok(pcm.avail_update()? >= *period as Frames);
        alsa_call(|| {
            if ready()? {
                return Ok(true);
            }
            if alsa::poll::poll(polled, timeout_ms.into())? == 0 {
                return Ok(false);
            }
            let failed = pcm.revents(polled)?.intersects(Flags::ERR | Flags::NVAL | Flags::HUP);
            // What failed, the next call on the device will say.
            Ok(ready()? || failed)
        })
    }

    /// Reads at most a block, without waiting; EAGAIN: there is nothing.
    pub(super) fn read(&self, block: &mut [i16]) -> Result<usize, alsa::Error> {
        // SAFETY: the format agreed on is i16, and this is the only IO of the device while it lives.
        alsa_call(|| unsafe { self.pcm.io_unchecked::<i16>() }.readi(block))
    }

    /// Writes at most a block, without waiting; EAGAIN: there is no room.
    pub(super) fn write(&self, block: &[i16]) -> Result<usize, alsa::Error> {
        // SAFETY: as in `read`.
        alsa_call(|| unsafe { self.pcm.io_unchecked::<i16>() }.writei(block))
    }

    /// Frames captured and not yet read, or written and not yet played.
    pub(super) fn delay(&self) -> i64 {
        #[allow(clippy::useless_conversion)] // Frames is narrower on 32-bit targets.
        alsa_call(|| self.pcm.delay()).map_or(0, i64::from)
    }
}

fn open_pcm(name: &str, direction: Direction) -> Result<PCM, alsa::Error> {
    let name = CString::new(name).map_err(|_| alsa::Error::new("snd_pcm_open", libc::ENOENT))?;
    // Non-blocking: a blocking open would wait for a busy device to come free.
    PCM::open(&name, direction.alsa(), true)
}

/// Whether a device is there, be it in use or not.
pub fn is_there(name: &str, direction: Direction) -> bool {
    // What ALSA would print on standard error says nothing that the answer does not.
    let _quiet = Output::local_error_handler();
    match open_pcm(name, direction) {
        Ok(_) => true,
        Err(error) => error.errno() == libc::EBUSY,
    }
}

/// What was being done when a device refused.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Open,
    Agree,
}

struct Refusal<'a> {
    name: &'a str,
    step: Step,
    errno: i32,
}

impl Refusal<'_> {
    fn is_absent(&self) -> bool {
        matches!(self.errno, libc::ENOENT | libc::ENODEV | libc::ENXIO)
    }
}

fn explain(refusals: &[Refusal<'_>], config: &StreamConfig, direction: Direction, said: &str) -> AudioError {
    let told = refusals.iter().find(|r| !r.is_absent()).or(refusals.first());
    let Some(told) = told else {
        return AudioError::Configuration { direction, what: "no device is named; name at least one".into() };
    };
    let text = |errno| std::io::Error::from_raw_os_error(errno).to_string();
    let rest: Vec<String> = refusals
        .iter()
        .filter(|r| !std::ptr::eq(*r, told))
        .map(|r| format!("{:?}: {}", r.name, if r.is_absent() { "no such device".into() } else { text(r.errno) }))
        .collect();
    let others = if rest.is_empty() { String::new() } else { format!(" (tried too: {})", rest.join(", ")) };
    let device = told.name.to_owned();
    let present = devices_present(direction);
    let why = match said.trim().lines().last() {
        Some(line) => format!("{} [ALSA: {line}]", text(told.errno)),
        None => text(told.errno),
    };
    match (told.step, told.errno) {
        _ if told.is_absent() => AudioError::NoSuchDevice { direction, device, others, present },
        (_, libc::EBUSY) => AudioError::Busy { direction, device, others, present },
        (_, libc::EACCES | libc::EPERM) => AudioError::Permission { direction, device, others },
        (Step::Agree, _) => AudioError::Unsuitable { direction, device, rate: config.rate, why, others, present },
        (Step::Open, _) => AudioError::Failed { direction, device, why, others, present },
    }
}

/// The names of the devices that ALSA lists for a direction, joined by commas; "none" if there are none.
#[must_use]
pub fn devices_present(direction: Direction) -> String {
    /// Converters and sinks that ALSA lists though no sound comes of them.
    const NOT_DEVICES: [&str; 10] =
        ["null", "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix", "usbstream", "oss", "jack"];
    let Ok(hints) = HintIter::new(None, c"pcm") else { return "none".into() };
    let names: Vec<String> = hints
        .filter(|hint| hint.direction.is_none_or(|d| d == direction.alsa()))
        .filter_map(|hint| hint.name)
        .filter(|name| !NOT_DEVICES.contains(&name.split(':').next().unwrap_or(name)))
        .collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

impl Direction {
    fn alsa(self) -> alsa::Direction {
        match self {
            Self::Capture => alsa::Direction::Capture,
            Self::Playback => alsa::Direction::Playback,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str, errno: i32) -> Refusal<'_> {
        Refusal { name, step: Step::Open, errno }
    }

    #[test]
    fn the_device_that_was_found_is_the_one_explained() {
        let config = StreamConfig::playback(vec!["a".into(), "b".into()]);
        let refusals = [refusal("a", libc::ENODEV), refusal("b", libc::EACCES)];
        let error = explain(&refusals, &config, Direction::Playback, "");
        assert!(matches!(&error, AudioError::Permission { device, .. } if device == "b"), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("(tried too: \"a\": no such device)") && text.contains("group `audio`"), "{text}");
    }

    #[test]
    fn what_alsa_said_is_passed_on() {
        let config = StreamConfig::capture(vec!["pulse".into()]);
        let refusals = [refusal("pulse", libc::ECONNREFUSED)];
        let text = explain(&refusals, &config, Direction::Capture, "x\npulse_new: Unable to connect\n").to_string();
        assert!(text.contains("Connection refused") && text.contains("Unable to connect"), "{text}");
        assert!(text.contains("arecord -D pulse"), "{text}");
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let good = StreamConfig::playback(vec!["default".into()]);
        assert_eq!(good.validate(Direction::Playback), Ok(()));
        for bad in [
            StreamConfig { devices: vec![], ..good.clone() },
            StreamConfig { rate: 0, ..good.clone() },
            StreamConfig { period_ms: 0, ..good.clone() },
            StreamConfig { buffer_ms: 19, ..good.clone() },
            StreamConfig { priority: Some(100), ..good.clone() },
        ] {
            assert!(matches!(bad.validate(Direction::Playback), Err(AudioError::Configuration { .. })), "{bad:?}");
        }
    }
}
