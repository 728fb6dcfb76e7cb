//! How long a language model takes for a sentence, from how long it took for those before.

use std::time::Duration;

use super::program::Answer;

/// How much the last sentence weighs against those before it: what other work the cores have changes from one to the next.
const WEIGHT: f32 = 0.2;

/// Tokens around a sentence by which a conversation is marked, read with each.
const MARKS: f32 = 10.0;

/// After so long, nothing speaks for the cores being as busy as they were.
const FORGOTTEN: Duration = Duration::from_secs(300);

/// What is known of a direction's speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    /// Milliseconds a token of the question.
    read_ms: f32,
    /// Milliseconds a token of the answer.
    write_ms: f32,
    /// Tokens of the question and of the answer for each letter of the sentence.
    tokens: (f32, f32),
    /// Whether anything was measured.
    is_measured: bool,
}

impl Default for Pace {
    /// One that fits no limit: until it is measured nothing is known.
    fn default() -> Self {
        Self { read_ms: f32::MAX, write_ms: f32::MAX, tokens: (1.0, 1.0), is_measured: false }
    }
}

impl Pace {
    /// How long a sentence of so many letters is expected to take.
    pub fn expected(&self, letters: usize) -> Duration {
        let letters = letters as f32;
        let ms = self.read_ms * (MARKS + self.tokens.0 * letters) + self.write_ms * (1.0 + self.tokens.1 * letters);
        Duration::try_from_secs_f32(ms / 1000.0).unwrap_or(Duration::MAX)
    }

    /// The same where it was measured so long ago: what kept the cores busy then may be over, so that half of it is hoped for in
    /// the end. Without that, one that was slow once would never be asked, and so never measured, again.
    pub fn expected_after(&self, age: Duration, letters: usize) -> Duration {
        let hope = 1.0 - 0.5 * (age.as_secs_f32() / FORGOTTEN.as_secs_f32()).min(1.0);
        Duration::try_from_secs_f32(self.expected(letters).as_secs_f32() * hope).unwrap_or(Duration::MAX)
    }

    /// What is known once a sentence of so many letters was answered.
    #[must_use]
    pub fn after(self, letters: usize, answer: &Answer) -> Self {
        let letters = letters.max(1) as f32;
        let (read, written) = (answer.read.0 as f32, answer.written.0 as f32);
        let last = Self {
            read_ms: answer.read.1 / read.max(1.0),
            write_ms: answer.written.1 / written.max(1.0),
            tokens: ((read - MARKS).max(1.0) / letters, written / letters),
            is_measured: true,
        };
        if !self.is_measured {
            return last;
        }
        let follow = |before: f32, now: f32| before + WEIGHT * (now - before);
        Self {
            read_ms: follow(self.read_ms, last.read_ms),
            write_ms: follow(self.write_ms, last.write_ms),
            tokens: (follow(self.tokens.0, last.tokens.0), follow(self.tokens.1, last.tokens.1)),
            is_measured: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sentence of 40 letters: 20 tokens with the marks, 10 in the answer.
    fn answer(read_ms: f32, write_ms: f32) -> Answer {
        Answer {
            text: String::new(),
            read: (20, 20.0 * read_ms),
            written: (10, 10.0 * write_ms),
            probability: 1.0,
            is_cut: false,
        }
    }

    fn ms(pace: Pace, letters: usize) -> u128 {
        pace.expected(letters).as_millis()
    }

    #[test]
    fn an_old_measurement_counts_for_half() {
        let pace = Pace::default().after(40, &answer(10.0, 50.0));
        let after = |seconds| pace.expected_after(Duration::from_secs(seconds), 40).as_millis() * 100 / ms(pace, 40);
        assert_eq!([after(0), after(300), after(9000)], [100, 50, 50]);
        assert!(Pace::default().expected_after(Duration::MAX, 1) > Duration::from_secs(1_000_000));
    }

    #[test]
    fn nothing_fits_before_anything_was_measured() {
        assert!(Pace::default().expected(1) > Duration::from_secs(1_000_000));
    }

    #[test]
    fn short_sentences_take_less_and_the_marks_are_always_read() {
        let pace = Pace::default().after(40, &answer(10.0, 50.0));
        // 20 tokens read, 11 written; 10 read and 1 written; 30 read and 21 written.
        assert_eq!((ms(pace, 40), ms(pace, 0), ms(pace, 80)), (750, 150, 1350));
    }

    #[test]
    fn it_follows_a_machine_that_becomes_busy_and_one_that_is_free_again() {
        let quick = Pace::default().after(40, &answer(10.0, 50.0));
        let once = quick.after(40, &answer(40.0, 200.0));
        assert!(ms(once, 40) > ms(quick, 40) && ms(once, 40) < 2 * ms(quick, 40), "one busy moment is not all");
        let busy = (0..30).fold(quick, |pace, _| pace.after(40, &answer(40.0, 200.0)));
        assert!(ms(busy, 40) > 2_950);
        let free = (0..30).fold(busy, |pace, _| pace.after(40, &answer(10.0, 50.0)));
        assert!(ms(free, 40) < 760);
    }
}
