//! What the loudspeaker played while the microphone heard: the two streams side by side, at the microphone's rate.
//!
//! The playback thread puts every sample that it gave to the device into a ring, silence too, and says when the newest of
//! them will leave the loudspeaker. Here they are taken out again frame by frame, each beside the frame of the microphone
//! that was captured when it was heard. Both streams then run sample by sample; they are aligned anew only when their clocks
//! have come apart, after an xrun or a loss of a device.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use engines::audio::FrameResampler;
use engines::audio::echo::FRAME;
use engines::message::{INPUT_RATE, OUTPUT_RATE};
use rtrb::{Consumer, Producer, RingBuffer};

use super::{AudioStats, DeviceState, monotonic_ns};

/// How far what was played runs ahead of what was heard: an echo must never come before its sound, however exactly a driver
/// knows its delay.
const LEAD_NS: i64 = 10_000_000;

/// The streams are aligned anew when they are further apart than this: more than the delays that drivers report waver.
const SLACK_NS: i64 = 20_000_000;

/// And when they have been so for this many frames: a thread that is put off between two clocks may be wrong once.
const APART: u32 = 10;

/// What was played is waited for until the frame of the microphone is this old; it is there long before, or does not come.
const PATIENCE_NS: i64 = 100_000_000;

/// The playback thread's end.
pub struct Played {
    ring: Producer<f32>,
    stats: Arc<AudioStats>,
    /// Samples that entered the ring.
    pushed: u64,
}

/// The listener's end.
pub struct Reference {
    ring: Consumer<f32>,
    resampler: FrameResampler,
    stats: Arc<AudioStats>,
    /// Samples taken out of the ring.
    taken: u64,
    is_aligned: bool,
    /// For how many frames aligned streams have been apart.
    apart: u32,
    input: Vec<f32>,
}

/// Makes the way of what was played to whoever compares it with what was heard; it holds `seconds`.
#[must_use]
pub fn reference(seconds: u32, stats: &Arc<AudioStats>) -> (Played, Reference) {
    let (mut producer, consumer) = RingBuffer::new((seconds * OUTPUT_RATE) as usize);
    super::realtime::touch_ring(&mut producer, 0.0);
    let played = Played { ring: producer, stats: Arc::clone(stats), pushed: 0 };
    let resampler = FrameResampler::new(OUTPUT_RATE, INPUT_RATE, FRAME).expect("constants above zero are taken");
    let reference = Reference {
        ring: consumer,
        resampler,
        stats: Arc::clone(stats),
        taken: 0,
        is_aligned: false,
        apart: 0,
        input: Vec::new(),
    };
    (played, reference)
}

impl Played {
    /// The device took these samples, and `delay` frames now lie in it. Real-time; a full ring loses the newest.
    pub(super) fn push(&mut self, samples: &[i16], delay: i64) {
        let room = self.ring.slots().min(samples.len());
        if room == 0 {
            return;
        }
        let Ok(chunk) = self.ring.write_chunk_uninit(room) else { return };
        chunk.fill_from_iter(samples.iter().map(|&sample| f32::from(sample) / 32_768.0));
        self.pushed += room as u64;
        // The newest sample in the ring leaves the loudspeaker when those behind it are still in the device.
        let ahead = delay as f64 - (samples.len() - room) as f64;
        let since_first = (self.pushed as f64 - ahead) * 1e9 / f64::from(OUTPUT_RATE);
        self.stats.first_played_ns.store(monotonic_ns() - since_first as i64, Relaxed);
    }
}

impl Reference {
    /// What left the loudspeaker when a frame of the microphone began to be heard at `captured_ns`, and a little after.
    /// False: it is not there yet; ask again.
    pub fn frame(&mut self, captured_ns: i64, frame: &mut [f32; FRAME]) -> bool {
        let wanted_ns = captured_ns + LEAD_NS;
        let early_ns = self.begins_ns() - wanted_ns;
        self.apart = if early_ns.abs() <= SLACK_NS { 0 } else { self.apart + 1 };
        if self.apart > APART {
            (self.is_aligned, self.apart) = (false, 0);
        }
        if !self.is_aligned {
            if early_ns > 0 {
                // Nothing was played at that time.
                frame.fill(0.0);
                return true;
            }
            self.is_aligned = self.discard(-early_ns);
        }
        let needs = self.resampler.needs();
        let Ok(chunk) = self.ring.read_chunk(needs) else {
            let comes = self.stats.playback.state() == DeviceState::Running;
            frame.fill(0.0);
            return !comes || monotonic_ns() - captured_ns > PATIENCE_NS;
        };
        self.input.clear();
        self.input.extend(chunk);
        self.taken += needs as u64;
        self.resampler.frame(&self.input, frame).expect("it is given what it needs for the frame it was made for");
        true
    }

    /// Whether the last frame was of the time that was asked for; false while the streams are being aligned anew.
    #[must_use]
    pub fn is_aligned(&self) -> bool {
        self.is_aligned
    }

    /// When the next sample of the ring left the loudspeaker.
    fn begins_ns(&self) -> i64 {
        self.stats.first_played_ns.load(Relaxed) + (self.taken as f64 * 1e9 / f64::from(OUTPUT_RATE)) as i64
    }

    /// Drops what was played for so long; whether all of that was there.
    fn discard(&mut self, ns: i64) -> bool {
        let old = (ns as f64 * 1e-9 * f64::from(OUTPUT_RATE)) as usize;
        let there = old.min(self.ring.slots());
        if let Ok(chunk) = self.ring.read_chunk(there) {
            chunk.commit_all();
            self.taken += there as u64;
        }
        there == old
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a ramp in blocks, and says where in it the end of a frame is that was heard `back_ns` ago, in samples.
    fn place(played: &mut Played, reference: &mut Reference, from: usize, blocks: usize, back_ns: i64) -> f64 {
        let ramp = |n: usize| (n % 30_000) as i16;
        for block in 0..blocks {
            let start = from + block * 220;
            played.push(&(start..start + 220).map(ramp).collect::<Vec<_>>(), 441);
        }
        let mut frame = [0.0; FRAME];
        assert!(reference.frame(monotonic_ns() - back_ns, &mut frame));
        f64::from(frame[FRAME - 1]) * 32_768.0
    }

    #[test]
    fn a_frame_is_what_was_played_when_it_was_heard() {
        let stats = Arc::default();
        let (mut played, mut reference) = reference(10, &stats);
        stats.playback.set_state(DeviceState::Running);
        // 20 ms in the device: the sample 22_000 - 441 leaves the loudspeaker now. Half a second ago it was half a second less.
        let found = place(&mut played, &mut reference, 0, 100, 500_000_000);
        let frame_and_lead = 2.0 * 220.0;
        let expected = 22_000.0 - 441.0 - 11_025.0 + frame_and_lead;
        assert!((found - expected).abs() < 220.0, "{found} instead of {expected}");
    }

    #[test]
    fn what_was_not_played_is_silence_and_what_will_be_is_waited_for() {
        let stats = Arc::default();
        let (mut played, mut reference) = reference(10, &stats);
        stats.playback.set_state(DeviceState::Running);
        let mut frame = [1.0; FRAME];
        played.push(&[7; 2_205], 2_205);
        // Long before.
        assert!(reference.frame(monotonic_ns() - 3_000_000_000, &mut frame));
        assert_eq!(frame, [0.0; FRAME]);
        // All of it lies in the past; what follows it is on its way.
        assert!(!reference.frame(monotonic_ns() + 500_000_000, &mut frame));
        // A loudspeaker that is gone brings nothing more.
        stats.playback.set_state(DeviceState::Gone);
        assert!(reference.frame(monotonic_ns() + 500_000_000, &mut frame));
        assert_eq!(frame, [0.0; FRAME]);
    }

    #[test]
    fn a_full_ring_keeps_the_time() {
        let stats = Arc::default();
        let (mut played, mut reference) = reference(1, &stats);
        stats.playback.set_state(DeviceState::Running);
        // The last hundred blocks find no room, and of the one before them 170 samples.
        let found = place(&mut played, &mut reference, 0, 200, 500_000_000);
        let expected = 22_050.0 - (441.0 - 170.0) - 11_025.0 + 2.0 * 220.0;
        assert!((found - expected).abs() < 220.0, "{found} instead of {expected}");
    }
}
