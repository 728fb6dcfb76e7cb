//! What the virtual loudspeaker played, and when each frame of it left.

use std::ops::Range;

/// A stretch of the recording during which the card's clock ran evenly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub frame: i64,
    pub ns: i64,
    pub ppm: i64,
}

/// Everything the loudspeaker has played since the card was made, silence included.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The first channel, as 16-bit samples.
    pub samples: Vec<i16>,
    /// Frames per second.
    pub rate: u32,
    pub(super) marks: Vec<Mark>,
}

impl Recording {
    /// When a frame left the loudspeaker: nanoseconds of `CLOCK_MONOTONIC`. `None` if it has not.
    pub fn time_ns(&self, frame: usize) -> Option<i64> {
        if frame >= self.samples.len() {
            return None;
        }
        let frame = i64::try_from(frame).ok()?;
        let after = self.marks.partition_point(|mark| mark.frame <= frame);
        let mark = self.marks.get(after.checked_sub(1)?)?;
        let elapsed = (frame - mark.frame) as f64 / (f64::from(self.rate) * (1.0 + mark.ppm as f64 * 1e-6));
        Some(mark.ns + (elapsed * 1e9) as i64)
    }

    /// From the first to the last frame louder than `threshold` that left the loudspeaker at or after `since_ns`.
    pub fn sound(&self, since_ns: i64, threshold: u16) -> Option<Range<usize>> {
        let loud = |frame: &usize| self.samples[*frame].unsigned_abs() > threshold;
        let start = self.frame_at(since_ns);
        let first = (start..self.samples.len()).find(loud)?;
        let last = (first..self.samples.len()).rfind(loud)?;
        Some(first..last + 1)
    }

    /// When the first frame louder than `threshold` at or after `since_ns` left the loudspeaker.
    pub fn first_sound_ns(&self, since_ns: i64, threshold: u16) -> Option<i64> {
        self.sound(since_ns, threshold).and_then(|frames| self.time_ns(frames.start))
    }

    /// The first frame that left the loudspeaker at or after a moment; the number of frames if none has.
    pub fn frame_at(&self, ns: i64) -> usize {
        let (mut low, mut high) = (0, self.samples.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time_ns(middle).is_some_and(|t| t < ns) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> Recording {
        let mut samples = vec![0; 3000];
        samples[1500] = -40;
        samples[2500] = 30;
        let marks = vec![Mark { frame: 0, ns: 5_000_000_000, ppm: 0 }, Mark { frame: 2000, ns: 8_000_000_000, ppm: 0 }];
        Recording { samples, rate: 1000, marks }
    }

    #[test]
    fn a_frame_is_timed_by_the_mark_before_it() {
        let recording = recording();
        assert_eq!(recording.time_ns(0), Some(5_000_000_000));
        assert_eq!(recording.time_ns(1500), Some(6_500_000_000));
        assert_eq!(recording.time_ns(2500), Some(8_500_000_000));
        assert_eq!(recording.time_ns(3000), None);
    }

    #[test]
    fn sound_is_found_after_a_moment() {
        let recording = recording();
        assert_eq!(recording.sound(0, 20), Some(1500..2501));
        assert_eq!(recording.sound(7_000_000_000, 20), Some(2500..2501));
        assert_eq!(recording.sound(0, 30), Some(1500..1501));
        assert_eq!(recording.sound(0, 40), None);
        assert_eq!(recording.first_sound_ns(0, 20), Some(6_500_000_000));
    }
}
