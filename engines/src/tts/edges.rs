//! The silence around a clause: none to speak of before it, and behind it as long a pause as its last mark stands for.
//!
//! Voices bring silence of their own, Pico half a second behind whatever it says. In a clause that is a part of a sentence
//! that would be a gap in the middle of it, and time in which whoever interprets falls behind.

use crate::sentences;

/// What is below this is silence, at the common level (see [`super::speech`]): 30 dB below the speech itself.
const SILENCE: f32 = 0.003;

/// How much of the silence before the first sound is kept, in seconds: an onset begins softly.
const LEAD: f32 = 0.01;

/// Pauses in seconds: behind a sentence, behind another mark, and where the words go on. They are at the short end of what
/// readers make: more is time lost, and where the next clause is not there yet, silence follows anyhow.
const BEHIND_A_SENTENCE: f32 = 0.3;
const BEHIND_A_MARK: f32 = 0.15;
const BEHIND_A_WORD: f32 = 0.05;

/// Cuts the silence at both ends of a clause, piece by piece.
pub(super) struct Edges {
    /// What is below this is silence, at the voice's own level.
    silence: f32,
    /// Samples kept before the first sound.
    lead: usize,
    /// Samples of silence behind the last.
    pause: usize,
    is_speaking: bool,
    /// Silence that is a pause within the clause if more is said, and its end if not; before the first sound its lead.
    held: Vec<f32>,
}

impl Edges {
    /// Of the clause `text`, in a voice with this many samples a second that `gain` brings to the common level.
    pub(super) fn new(text: &str, rate: u32, gain: f32) -> Self {
        let samples = |seconds: f32| (rate as f32 * seconds) as usize;
        Self {
            silence: SILENCE / gain,
            lead: samples(LEAD),
            pause: samples(pause_behind(text)),
            is_speaking: false,
            held: Vec::new(),
        }
    }

    /// Takes the next piece in and gives what is certainly part of the clause.
    pub(super) fn push(&mut self, piece: &[f32]) -> Vec<f32> {
        let is_sound = |x: &f32| x.abs() > self.silence;
        let (first, last) = (piece.iter().position(is_sound), piece.iter().rposition(is_sound));
        self.held.extend_from_slice(&piece[..first.unwrap_or(piece.len())]);
        if !self.is_speaking {
            self.held.drain(..self.held.len().saturating_sub(self.lead));
        }
        let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
        self.is_speaking = true;
        let mut sound = std::mem::take(&mut self.held);
        sound.extend_from_slice(&piece[first..=last]);
        self.held.extend_from_slice(&piece[last + 1..]);
        sound
    }

    /// The clause is over: gives the pause behind it. Nothing was said, nothing follows.
    pub(super) fn finish(&mut self) -> Vec<f32> {
        let mut pause = std::mem::take(&mut self.held);
        pause.resize(if self.is_speaking { self.pause } else { 0 }, 0.0);
        pause
    }
}

fn pause_behind(text: &str) -> f32 {
    if sentences::is_ended(text) {
        BEHIND_A_SENTENCE
    } else if sentences::is_paused(text) {
        BEHIND_A_MARK
    } else {
        BEHIND_A_WORD
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: u32 = 1_000;

    fn trimmed(text: &str, gain: f32, pieces: &[Vec<f32>]) -> Vec<f32> {
        let mut edges = Edges::new(text, RATE, gain);
        let mut sound: Vec<f32> = pieces.iter().flat_map(|piece| edges.push(piece)).collect();
        sound.extend(edges.finish());
        sound
    }

    #[test]
    fn the_pause_is_what_the_last_mark_stands_for() {
        let spoken = vec![vec![0.0; 500], vec![0.5; 100], vec![0.0; 500]];
        for (text, pause) in [("Go on.", 300), ("«¿Qué?»", 300), ("Well,", 150), ("and then", 50), ("to Mr.", 50)] {
            assert_eq!(trimmed(text, 1.0, &spoken).len(), 10 + 100 + pause, "{text}");
        }
        // A voice that stops at once gets its pause all the same.
        assert_eq!(trimmed("Go on.", 1.0, &[vec![0.5; 100]]).len(), 400);
    }

    #[test]
    fn silence_alone_is_no_clause_and_soft_voices_are_heard() {
        assert!(trimmed("Go on.", 1.0, &[vec![0.0; 900], vec![0.001; 900]]).is_empty());
        assert_eq!(trimmed("and", 10.0, &[vec![0.001; 100]]).len(), 150);
    }

    proptest! {
        /// However the sound is cut into pieces: what lies between the first and the last sound stays as it is.
        #[test]
        fn nothing_within_a_clause_is_touched(
            sound in proptest::collection::vec(prop_oneof![Just(0.0_f32), Just(0.5)], 1..300),
            pieces in 1_usize..100,
        ) {
            let cut: Vec<Vec<f32>> = sound.chunks(pieces).map(<[f32]>::to_vec).collect();
            let made = trimmed("and", 1.0, &cut);
            let is_sound = |x: &f32| *x > 0.0;
            if let (Some(first), Some(last)) = (sound.iter().position(is_sound), sound.iter().rposition(is_sound)) {
                let kept = &sound[first.saturating_sub(10)..=last];
                prop_assert_eq!(&made[..kept.len()], kept);
                prop_assert_eq!(&made[kept.len()..], [0.0; 50]);
            } else {
                prop_assert!(made.is_empty());
            }
        }
    }
}
