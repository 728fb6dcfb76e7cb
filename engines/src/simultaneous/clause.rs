//! The clause rule: where committed text is cut for translation.
//!
//! A sentence that has ended is translated to its end. One that is still being spoken is tried at a punctuation mark, or
//! when enough words have gathered; the first clause of an utterance is kept short on purpose, so that the listener
//! hears something soon. Whether a try is spoken or waits for more is for the translator to say, which knows how
//! stable its words are.

use super::words::count;
use crate::{Language, sentences};

/// How many words make a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClauseOptions {
    /// Words after which the first clause of an utterance is tried.
    pub first_words: usize,
    /// Words after which any other is tried, where no punctuation comes first.
    pub most_words: usize,
}

impl Default for ClauseOptions {
    fn default() -> Self {
        Self { first_words: 2, most_words: 5 }
    }
}

/// Something to be translated now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'t> {
    /// A sentence from its beginning, as far as it is committed.
    pub sentence: &'t str,
    /// How it may go on; empty where nothing more has been heard.
    pub tentative: &'t str,
    /// The sentence ends here.
    pub is_complete: bool,
}

/// The clause rule for one conversation.
#[derive(Debug, Clone)]
pub struct Clauses {
    options: ClauseOptions,
    language: Language,
    /// Where the present sentence begins, in bytes of the segment's text.
    sentence: usize,
    /// Up to where that has been spoken.
    spoken: usize,
    /// Up to where a clause was tried last.
    tried: usize,
    /// Nothing of this utterance has been spoken.
    is_first: bool,
}

impl Clauses {
    /// A rule that waits for its first segment.
    #[must_use]
    pub fn new(options: ClauseOptions, language: Language) -> Self {
        Self { options, language, sentence: 0, spoken: 0, tried: 0, is_first: true }
    }

    /// The next thing to translate of a segment's `text`, whose first `committed` bytes will not change; `None` where
    /// it is better to wait. Ask again, after [`Clauses::spoke`] where it applies, until there is none.
    pub fn next<'t>(&mut self, text: &'t str, committed: usize, is_final: bool) -> Option<Step<'t>> {
        let rest = text.get(self.sentence..committed)?;
        if let Some(end) = sentences::first_end(rest) {
            return Some(self.complete(&rest[..end], end));
        }
        if is_final {
            let step = self.complete(rest, rest.len());
            return (!step.sentence.is_empty()).then_some(step);
        }
        if committed <= self.tried || !self.is_worth_a_try(text.get(self.spoken..committed)?) {
            return None;
        }
        self.tried = committed;
        let ahead = &text[committed..];
        let ahead = &ahead[..sentences::first_end(ahead).unwrap_or(ahead.len())];
        Some(Step { sentence: rest.trim(), tentative: ahead.trim_end(), is_complete: false })
    }

    fn complete<'t>(&mut self, sentence: &'t str, bytes: usize) -> Step<'t> {
        self.sentence += bytes;
        (self.spoken, self.tried) = (self.sentence, self.sentence);
        Step { sentence: sentence.trim(), tentative: "", is_complete: true }
    }

    fn is_worth_a_try(&self, clause: &str) -> bool {
        let enough = if self.is_first { self.options.first_words } else { self.options.most_words };
        let words = count(clause, self.language);
        words >= enough || (sentences::is_paused(clause) && words > 0)
    }

    /// What [`Clauses::next`] gave last is being spoken.
    pub fn spoke(&mut self) {
        self.spoken = self.tried;
        self.is_first = false;
    }

    /// The segment has ended; the next belongs to the same utterance.
    pub fn end_segment(&mut self) {
        (self.sentence, self.spoken, self.tried) = (0, 0, 0);
    }

    /// A new utterance begins.
    pub fn reset(&mut self) {
        self.end_segment();
        self.is_first = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Language::En;

    fn rule() -> Clauses {
        Clauses::new(ClauseOptions::default(), En)
    }

    /// All steps for one state of the text; every one is spoken.
    fn steps(rule: &mut Clauses, text: &str, committed: usize, is_final: bool) -> Vec<(String, String, bool)> {
        let mut found = Vec::new();
        while let Some(step) = rule.next(text, committed, is_final) {
            found.push((step.sentence.to_owned(), step.tentative.to_owned(), step.is_complete));
            rule.spoke();
        }
        found
    }

    fn open(sentence: &str, tentative: &str) -> Vec<(String, String, bool)> {
        vec![(sentence.into(), tentative.into(), false)]
    }

    #[test]
    fn the_first_clause_is_short_and_the_next_is_longer() {
        let mut rule = rule();
        let text = "I would like to go to the old station now";
        assert_eq!(steps(&mut rule, text, 1, false), []);
        assert_eq!(steps(&mut rule, text, 12, false), open("I would like", " to go to the old station now"));
        assert_eq!(steps(&mut rule, text, 25, false), []);
        let more = steps(&mut rule, text, 37, false);
        assert_eq!(more, open("I would like to go to the old station", " now"));
    }

    #[test]
    fn punctuation_is_a_place_to_try_and_a_sentence_ends_where_it_ends() {
        let mut rule = rule();
        let text = "Please, wait here. I will come";
        assert_eq!(steps(&mut rule, text, 7, false), open("Please,", " wait here."));
        let done = ("Please, wait here.".to_owned(), String::new(), true);
        assert_eq!(steps(&mut rule, text, 20, false), [done]);
        let last = ("I will come".to_owned(), String::new(), true);
        assert_eq!(steps(&mut rule, text, text.len(), true), [last]);
        rule.end_segment();
        assert_eq!(steps(&mut rule, "Yes", 3, true), [("Yes".to_owned(), String::new(), true)]);
        rule.end_segment();
        assert_eq!(steps(&mut rule, "", 0, true), []);
    }

    #[test]
    fn a_clause_that_waited_is_tried_again_with_more() {
        let mut rule = rule();
        let text = "turn the red one off";
        assert!(rule.next(text, 12, false).is_some());
        assert_eq!(rule.next(text, 12, false), None, "nothing new was committed");
        let again = rule.next(text, 16, false).unwrap();
        assert_eq!((again.sentence, again.tentative), ("turn the red one", " off"));
    }

    proptest! {
        /// However the text grows: every sentence is given once, whole and in order, and what is given of an open one is
        /// its beginning.
        #[test]
        fn nothing_is_lost_and_nothing_is_given_twice(
            words in proptest::collection::vec("[a-z]{2,6}[,.?]?", 1..40),
            cuts in proptest::collection::vec(0_usize..40, 0..10),
        ) {
            let text = words.join(" ");
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(words.len())).collect();
            cuts.sort_unstable();
            let mut rule = rule();
            let mut whole = Vec::new();
            for cut in cuts {
                for (sentence, _, is_complete) in steps(&mut rule, &text, words[..cut].join(" ").len(), false) {
                    if is_complete {
                        whole.push(sentence);
                    } else {
                        let so_far = whole.iter().chain([&sentence]).cloned().collect::<Vec<_>>().join(" ");
                        prop_assert!(text.starts_with(&so_far));
                    }
                }
            }
            whole.extend(steps(&mut rule, &text, text.len(), true).into_iter().map(|s| s.0));
            prop_assert_eq!(whole.join(" "), text);
        }
    }
}
