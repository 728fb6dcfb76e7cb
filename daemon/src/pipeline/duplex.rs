//! So that the box never translates itself: what becomes of the microphone's sound before it is listened to.
//!
//! With `audio.duplex = "half"` the microphone is not listened to while the box is heard, and the box waits for the end of
//! what the speaker is saying before it speaks. With `"cancel"` the box's own voice is taken out of the microphone's sound.
//! A canceller must hear the box for some seconds before it knows the way from one to the other, and until it has shown that
//! it does, it is used as `"half"`.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use engines::audio::echo::{EchoCanceller, FRAME};

use crate::{audio::Reference, config};

/// The box is heard where it is louder than this: 60 dB below full scale.
const AUDIBLE: f32 = 0.001;

/// How long a room may go on sounding, and a driver may be wrong about its delay, in frames of 10 ms.
const TAIL: usize = 20;

/// Frames of the box's own voice after which a canceller may be trusted: what it leaves grows once more in the first two
/// seconds, when it goes over from guessing to what it has learnt.
const LEARNING: u32 = 300;

/// A canceller is trusted once it leaves so much less than the loudspeaker was given, or than the microphone heard, as powers:
/// 20 and 10 dB. Either may be hidden by the noise of a room, hardly both.
const LEFT_OF_PLAYED: f32 = 0.01;
const LEFT_OF_HEARD: f32 = 0.1;

/// Whether the box may speak without talking over the speaker: told by the listener, asked by whoever speaks.
#[derive(Debug, Clone, Default)]
pub(super) struct Turn(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    is_deaf: AtomicBool,
    speaker_is_speaking: AtomicBool,
}

impl Turn {
    /// Whether the box hears nothing of the speaker while it speaks.
    pub(super) fn set_deaf(&self, is_deaf: bool) {
        self.0.is_deaf.store(is_deaf, Relaxed);
    }

    /// Whether the speaker is in the middle of something.
    pub(super) fn set_speaking(&self, is_speaking: bool) {
        self.0.speaker_is_speaking.store(is_speaking, Relaxed);
    }

    /// Whether what the box would say now would cost words of the speaker's.
    pub(super) fn must_wait(&self) -> bool {
        self.0.is_deaf.load(Relaxed) && self.0.speaker_is_speaking.load(Relaxed)
    }
}

/// What stands between the microphone's ring and the ear.
pub(super) struct Guard {
    duplex: Option<(Reference, Means)>,
    /// Sound that fills no frame yet, or what was played at its time is not there yet.
    pending: Vec<f32>,
}

/// What is done about the box's own sound.
struct Means {
    gate: Gate,
    canceller: Option<(Box<EchoCanceller>, Trust)>,
}

impl Means {
    /// Whether the microphone is not listened to while the box is heard.
    fn is_deaf(&self) -> bool {
        self.canceller.as_ref().is_none_or(|(_, trust)| !trust.is_earned)
    }

    /// Takes the box out of a frame; whether it was silenced altogether.
    fn clean(&mut self, heard: &mut [f32; FRAME], played: &[f32; FRAME], is_aligned: bool) -> bool {
        let is_audible = played.iter().any(|sample| sample.abs() > AUDIBLE);
        if let Some((canceller, trust)) = &mut self.canceller {
            let before = power(heard);
            canceller.cancel(heard, played);
            match is_aligned {
                true if is_audible => trust.learn(power(played), before, power(heard)),
                true => {}
                false => *trust = Trust::default(),
            }
        }
        let is_silenced = self.gate.is_shut(is_audible) && self.is_deaf();
        if is_silenced {
            heard.fill(0.0);
        }
        is_silenced
    }
}

fn power(frame: &[f32; FRAME]) -> f32 {
    frame.iter().map(|x| x * x).sum()
}

/// Whether an echo canceller knows the way from the loudspeaker to the microphone.
#[derive(Debug, Default)]
struct Trust {
    is_earned: bool,
    /// Frames of the box's own voice so far.
    frames: u32,
    /// Power of what was played, heard and left, over the last second of them.
    played: f32,
    heard: f32,
    left: f32,
}

impl Trust {
    /// A frame in which the box was heard.
    fn learn(&mut self, played: f32, heard: f32, left: f32) {
        let over_a_second = |sum: f32, now: f32| sum * 0.99 + now;
        self.frames = self.frames.saturating_add(1);
        self.played = over_a_second(self.played, played);
        self.heard = over_a_second(self.heard, heard);
        self.left = over_a_second(self.left, left);
        let is_quiet = self.left < self.played * LEFT_OF_PLAYED || self.left < self.heard * LEFT_OF_HEARD;
        self.is_earned |= self.frames > LEARNING && is_quiet;
    }
}

impl Guard {
    /// The guard of a configuration; without a reference it lets everything through.
    pub(super) fn new(duplex: config::Duplex, reference: Option<Reference>) -> Self {
        let means = match duplex {
            config::Duplex::Full => None,
            config::Duplex::Half => Some(Means { gate: Gate::default(), canceller: None }),
            config::Duplex::Cancel => Some(Means { gate: Gate::default(), canceller: Some(Default::default()) }),
        };
        Self { duplex: reference.zip(means), pending: Vec::new() }
    }

    /// Whether the microphone is not listened to while the box is heard.
    pub(super) fn is_deaf(&self) -> bool {
        self.duplex.as_ref().is_some_and(|(_, means)| means.is_deaf())
    }

    /// Takes sound and gives what may be listened to, as many samples as it took but for some that it keeps for the next
    /// call, and how many of them were silenced. `captured_at` says when the sample of a number, counted from the first that
    /// is given back, was at the microphone.
    pub(super) fn pass(
        &mut self,
        sound: impl IntoIterator<Item = f32>,
        captured_at: impl Fn(usize) -> i64,
    ) -> (Vec<f32>, usize) {
        self.pending.extend(sound);
        let Some((reference, means)) = &mut self.duplex else { return (std::mem::take(&mut self.pending), 0) };
        let (mut done, mut gated) = (0, 0);
        let mut played = [0.0; FRAME];
        let (frames, _) = self.pending.as_chunks_mut::<FRAME>();
        for frame in frames {
            if !reference.frame(captured_at(done), &mut played) {
                break;
            }
            gated += if means.clean(frame, &played, reference.is_aligned()) { FRAME } else { 0 };
            done += FRAME;
        }
        (self.pending.drain(..done).collect(), gated)
    }
}

/// Shut while the box is heard, and a little longer.
#[derive(Debug, Default)]
struct Gate {
    /// Frames that it stays shut.
    left: usize,
}

impl Gate {
    fn is_shut(&mut self, is_audible: bool) -> bool {
        if is_audible {
            self.left = TAIL + 1;
        }
        let shut = self.left > 0;
        self.left = self.left.saturating_sub(1);
        shut
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_canceller_is_trusted_when_it_has_learnt_and_not_before() {
        let mut trust = Trust::default();
        // It may guess well at first, and then something is left: of the echo, or of a speaker, which cannot be told apart.
        (0..LEARNING / 2).for_each(|_| trust.learn(1.0, 0.3, 0.001));
        assert!(!trust.is_earned);
        (0..LEARNING).for_each(|_| trust.learn(1.0, 0.3, 0.1));
        assert!(!trust.is_earned);
        (0..LEARNING).for_each(|_| trust.learn(1.0, 0.3, 0.001));
        assert!(trust.is_earned);
        // Once it has, a speaker may talk at the same time.
        (0..LEARNING).for_each(|_| trust.learn(1.0, 0.6, 0.3));
        assert!(trust.is_earned);
    }

    #[test]
    fn a_headset_earns_trust_though_there_is_no_echo() {
        let mut trust = Trust::default();
        (0..=LEARNING).for_each(|_| trust.learn(1.0, 0.0001, 0.0001));
        assert!(trust.is_earned);
    }

    proptest! {
        /// Shut exactly where the box was heard in this frame or one of the tail before it.
        #[test]
        fn the_gate_is_shut_while_the_box_is_heard_and_a_little_longer(heard in proptest::collection::vec(any::<bool>(), 1..200)) {
            let mut gate = Gate::default();
            for (n, is_heard) in heard.iter().enumerate() {
                let recently = heard[n.saturating_sub(TAIL)..=n].contains(&true);
                prop_assert_eq!(gate.is_shut(*is_heard), recently);
            }
        }

        #[test]
        fn where_the_microphone_hears_no_loudspeaker_nothing_is_changed(pieces in proptest::collection::vec(0_usize..500, 0..20)) {
            let mut guard = Guard::new(config::Duplex::Full, None);
            for piece in pieces {
                let sound = vec![0.25; piece];
                prop_assert_eq!(guard.pass(sound.clone(), |_| 0), (sound, 0));
            }
        }
    }
}
