//! Turns the queue of speech into blocks of samples for the device: speech in order, silence between, no clicks.

use super::speech::{Sample, SpeechReader};

/// How long speech that is cut off takes to fade out, in milliseconds.
pub const FADE_MS: u32 = 5;

/// What a block holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rendered {
    /// Samples of speech.
    pub spoken: usize,
    /// Stale samples that were dropped.
    pub discarded: usize,
    /// Speech broke off because the queue was empty.
    pub ran_dry: bool,
}

/// The state that goes from one block to the next.
#[derive(Debug)]
pub(super) struct Renderer {
    fade_frames: usize,
    /// Frames left of the present fade-out; 0: none.
    fading: usize,
    /// Frames left of a fade-in: speech that broke off in the middle comes back there.
    rising: usize,
    /// The sample last played, before fading.
    level: f32,
    /// The tag of the speech being played.
    tag: u32,
}

impl Renderer {
    pub(super) fn new(rate: u32) -> Self {
        Self { fade_frames: (rate * FADE_MS / 1000) as usize, fading: 0, rising: 0, level: 0.0, tag: 0 }
    }

    /// Forgets what was played: for a device that has just been emptied.
    pub(super) fn reset(&mut self) {
        (self.fading, self.rising) = (0, 0);
        self.level = 0.0;
    }

    /// Fills a block.
    ///
    /// Speech that goes stale while it is heard fades out linearly, over its own next samples or, if the queue has none,
    /// over its last one; so does speech whose queue has run dry, and what comes next fades in. Then stale samples are
    /// dropped and newer ones begin.
    pub(super) fn render(&mut self, reader: &mut SpeechReader, block: &mut [i16]) -> Rendered {
        let current = reader.flush.current();
        let mut done = Rendered::default();
        if self.level != 0.0 && super::speech::older(self.tag, current) && self.fading == 0 {
            self.fading = self.fade_frames;
        }
        let mut stale = reader.stale(current);
        for out in block {
            if self.fading > 0 {
                if stale > 0 {
                    stale -= 1;
                    self.level = reader.ring.pop().map_or(self.level, |sample| sample.value);
                    done.spoken += 1;
                }
                *out = self.fade();
                continue;
            }
            if stale > 0 {
                done.discarded += reader.discard_stale(current);
                stale = 0;
            }
            *out = match reader.ring.pop() {
                Ok(Sample { value, tag }) => {
                    self.level = self.rise(value);
                    self.tag = tag;
                    done.spoken += 1;
                    quantise(self.level)
                }
                Err(_) if self.level != 0.0 => {
                    done.ran_dry = true;
                    self.rising = self.fade_frames;
                    // Its last sample has been heard in full.
                    self.fading = self.fade_frames - 1;
                    self.fade()
                }
                Err(_) => 0,
            };
        }
        done
    }

    /// A sample of speech, as loud as it may be by now.
    fn rise(&mut self, value: f32) -> f32 {
        if self.rising == 0 {
            return value;
        }
        self.rising -= 1;
        value * (self.fade_frames - self.rising) as f32 / self.fade_frames as f32
    }

    /// The next sample of a fade-out.
    fn fade(&mut self) -> i16 {
        let sample = quantise(self.level * self.fading as f32 / self.fade_frames as f32);
        self.fading -= 1;
        if self.fading == 0 {
            self.level = 0.0;
        }
        sample
    }
}

/// The 16-bit sample nearest to a value; what lies outside -1..1 is clipped, NaN is silence.
pub(super) fn quantise(value: f32) -> i16 {
    (value * 32_768.0).round() as i16
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::{AudioStats, SpeechFlush, SpeechWriter, speech_queue};
    use super::*;

    const RATE: u32 = 2_000;
    const FADE: usize = (RATE * FADE_MS / 1000) as usize;

    fn queue() -> (SpeechWriter, SpeechFlush, SpeechReader) {
        speech_queue(4_096, &Arc::new(AudioStats::default()))
    }

    fn render(renderer: &mut Renderer, reader: &mut SpeechReader, frames: usize) -> (Vec<i16>, Rendered) {
        let mut block = vec![1; frames];
        let done = renderer.render(reader, &mut block);
        (block, done)
    }

    #[test]
    fn speech_cut_off_fades_linearly_over_its_own_next_samples() {
        let (mut writer, flush, mut reader) = queue();
        let mut renderer = Renderer::new(RATE);
        assert_eq!(writer.write(1, &[0.5; 100]), 100);
        assert_eq!(render(&mut renderer, &mut reader, 20).0, [16_384; 20]);
        flush.flush_before(2);
        let (block, done) = render(&mut renderer, &mut reader, 20);
        let fade: Vec<i16> = (1..=FADE).rev().map(|left| quantise(0.5 * left as f32 / FADE as f32)).collect();
        assert_eq!(block[..FADE], fade);
        assert_eq!(block[FADE..], [0; 20 - FADE]);
        assert_eq!(done, Rendered { spoken: FADE, discarded: 80 - FADE, ran_dry: false });
    }

    #[test]
    fn speech_that_broke_off_fades_out_and_comes_back_by_a_fade() {
        let (mut writer, _flush, mut reader) = queue();
        let mut renderer = Renderer::new(RATE);
        assert_eq!(writer.write(1, &[0.5; 20]), 20);
        let (before, done) = render(&mut renderer, &mut reader, 40);
        assert!(done.ran_dry && before[40 - 1] == 0);
        assert_eq!(writer.write(1, &[0.5; 20]), 20);
        let (after, _) = render(&mut renderer, &mut reader, 20);
        let all = [before, after.clone()].concat();
        let step = quantise(0.5).unsigned_abs() / FADE as u16 + 1;
        assert!(all.windows(2).all(|two| two[0].abs_diff(two[1]) <= step), "{all:?}");
        assert_eq!(after[FADE - 1..], [quantise(0.5); 20 - FADE + 1]);
    }

    #[test]
    fn a_stale_writer_is_not_heard_and_never_waits() {
        let (mut writer, flush, mut reader) = queue();
        flush.flush_before(7);
        flush.flush_before(5);
        assert_eq!(writer.write(6, &[0.5; 9_999]), 9_999);
        assert_eq!(writer.write(7, &[0.25; 4]), 4);
        assert_eq!(writer.write(6, &[0.5; 4]), 4);
        let (block, done) = render(&mut Renderer::new(RATE), &mut reader, 4);
        assert_eq!(block, [8_192; 4]);
        assert_eq!(done.spoken, 4);
    }

    #[test]
    fn a_full_queue_takes_what_it_has_room_for() {
        let (mut writer, _flush, _reader) = queue();
        assert_eq!(writer.write(1, &[0.1; 4_000]), 4_000);
        assert_eq!(writer.write(1, &[0.1; 4_000]), 96);
        assert_eq!((writer.write(1, &[0.1]), writer.room(), writer.queued()), (0, 0, 4_096));
    }

    #[test]
    fn samples_out_of_range_are_clipped() {
        assert_eq!([1.5, 1.0, -1.0, -7.0, f32::NAN, 0.0].map(quantise), [32_767, 32_767, -32_768, -32_768, 0, 0]);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Write(usize),
        NewUtterance,
        Render(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (1..200_usize).prop_map(Step::Write),
            Just(Step::NewUtterance),
            (1..64_usize).prop_map(Step::Render)
        ]
    }

    proptest! {
        /// Whatever happens: no stale sample outlasts the fade, every sample is either spoken or discarded, and what is
        /// never made stale comes out whole and in order, but for the fade-in where it had broken off.
        #[test]
        fn speech_is_spoken_in_order_or_discarded(steps in proptest::collection::vec(step(), 1..120)) {
            let (mut writer, flush, mut reader) = queue();
            let mut renderer = Renderer::new(RATE);
            // The value of a sample tells its utterance: 1/64, 2/64 ...; utterances stay below 64.
            let value = |utterance: u64| utterance as f32 / 64.0;
            let (mut utterance, mut since_flush) = (1_u64, usize::MAX);
            let (mut written, mut spoken, mut discarded) = (0, 0, 0);
            let (mut fresh_written, mut fresh_heard, mut softened) = (0, 0, 0);
            for step in steps {
                match step {
                    Step::Write(frames) => {
                        let taken = writer.write(utterance, &vec![value(utterance); frames]);
                        (written, fresh_written) = (written + taken, fresh_written + taken);
                    }
                    Step::NewUtterance if utterance < 63 => {
                        utterance += 1;
                        flush.flush_before(utterance);
                        (since_flush, fresh_written, fresh_heard) = (0, 0, 0);
                        softened = renderer.rising;
                    }
                    Step::NewUtterance => {}
                    Step::Render(frames) => {
                        let (block, done) = render(&mut renderer, &mut reader, frames);
                        (spoken, discarded) = (spoken + done.spoken, discarded + done.discarded);
                        softened += if done.ran_dry { FADE } else { 0 };
                        for sample in block {
                            if sample == quantise(value(utterance)) {
                                fresh_heard += 1;
                            } else if since_flush > FADE {
                                // Nothing but silence and the fade-out of this utterance itself.
                                prop_assert!((0..quantise(value(utterance))).contains(&sample), "{sample} is stale");
                            }
                            since_flush = since_flush.saturating_add(1);
                        }
                    }
                }
            }
            let (_, rest) = render(&mut renderer, &mut reader, 16_384);
            prop_assert_eq!(written, spoken + discarded + rest.spoken + rest.discarded);
            let heard_whole = fresh_heard + softened + rest.spoken;
            prop_assert!(heard_whole >= fresh_written, "{heard_whole} of {fresh_written} were heard");
        }
    }
}
