//! The commit rule: how much of a growing hypothesis will not change any more.
//!
//! LocalAgreement-n (Liu et al. 2020, "Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial
//! Hypothesis Selection"; used with Whisper by Macháček et al. 2023): what n successive hypotheses have in common at
//! their beginning is committed, where the recogniser believes it. How much it must believe it depends on how long it has
//! heard it so: what it is sure of may be committed at once, what it doubts has to stand for a while. The last word of a
//! hypothesis is never committed, since it may still be being spoken: "twenty" may yet become "twenty-five".

use std::{collections::VecDeque, time::Duration};

use super::words::{Word, common_words, words};
use crate::Language;

/// Words at the end of a hypothesis that stay open.
const OPEN_WORDS: usize = 1;

/// [`CommitRule::confidence`] is asked of words that have stood for so long.
const STOOD: Duration = Duration::from_millis(400);

/// For how much sound hypotheses are remembered: what has stood for longer counts as having stood for that long.
const REMEMBERED: Duration = Duration::from_secs(5);

/// What a recogniser commits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommitRule {
    /// So many successive hypotheses must agree; with 0, nothing is committed before the segment ends.
    pub hypotheses: usize,
    /// So confident must the recogniser be of words that have stood for 400 ms of sound, taken together: the geometric mean
    /// of their tokens' probabilities, 0 to 1.
    pub confidence: f32,
}

impl CommitRule {
    /// Nothing before the segment ends.
    pub const NOTHING: Self = Self { hypotheses: 0, confidence: 0.0 };

    /// Whether words of this confidence may be committed once they have stood for so long: what stands twice as long may be
    /// believed with the square of the probability. The figures are in `docs/performance.md`.
    #[must_use]
    pub fn allows(&self, confidence: f32, stood: Duration) -> bool {
        confidence >= self.confidence.powf(stood.as_secs_f32() / STOOD.as_secs_f32())
    }
}

/// A hypothesis, and how much sound had been heard for it.
#[derive(Debug, Clone)]
struct Earlier {
    text: String,
    heard: Duration,
}

/// LocalAgreement for one segment of speech.
#[derive(Debug, Clone)]
pub struct LocalAgreement {
    hypotheses: usize,
    language: Language,
    /// The last hypotheses, newest first.
    earlier: VecDeque<Earlier>,
    /// What is committed.
    committed: String,
}

impl LocalAgreement {
    /// Commits what `hypotheses` successive hypotheses agree on, but not the last word of any; nothing at all where
    /// `hypotheses` is 0.
    #[must_use]
    pub fn new(hypotheses: usize, language: Language) -> Self {
        Self { hypotheses, language, earlier: VecDeque::new(), committed: String::new() }
    }

    /// What is committed so far. It only ever grows.
    #[must_use]
    pub fn committed(&self) -> &str {
        &self.committed
    }

    /// Takes the next hypothesis of the whole segment, of which so much sound is `heard`, and gives what is committed now: of
    /// what all agree on as much as `is_sure` holds for, which is asked about the hypothesis up to the end of a word, in
    /// bytes, and for how long the hypotheses have agreed so far. A hypothesis that does not begin with what is committed
    /// agrees with none.
    pub fn push(&mut self, hypothesis: &str, heard: Duration, is_sure: impl Fn(usize, Duration) -> bool) -> &str {
        if self.hypotheses == 0 {
            return &self.committed;
        }
        if !hypothesis.starts_with(&self.committed) {
            self.earlier.clear();
            return &self.committed;
        }
        let now = words(hypothesis, self.language);
        let agreed = self.agreed(&now, heard);
        let ends = (0..agreed.len()).rev().map(|at| (self.end(hypothesis, &now, at), agreed[at]));
        let mut beyond = ends.take_while(|(end, _)| *end > self.committed.len());
        if let Some((end, _)) = beyond.find(|(end, stood)| is_sure(*end, *stood)) {
            hypothesis[..end].clone_into(&mut self.committed);
        }
        self.earlier.push_front(Earlier { text: hypothesis.to_owned(), heard });
        let is_old = |earlier: &Earlier| heard.saturating_sub(earlier.heard) > REMEMBERED;
        while self.earlier.len() > self.hypotheses && self.earlier.back().is_some_and(is_old) {
            self.earlier.pop_back();
        }
        &self.committed
    }

    /// For each of the first words of `now`, as many as enough hypotheses agree on, for how long they have.
    fn agreed(&self, now: &[Word], heard: Duration) -> Vec<Duration> {
        // What all hypotheses from the newest to each one have in common with `now`.
        let mut common = now.len().saturating_sub(OPEN_WORDS);
        let shared: Vec<(usize, Duration)> = self
            .earlier
            .iter()
            .map(|earlier| {
                common = common.min(common_words(&words(&earlier.text, self.language), now));
                (common, heard.saturating_sub(earlier.heard))
            })
            .collect();
        let stood =
            |at: usize| shared.iter().take_while(|(common, _)| *common > at).last().map_or(Duration::ZERO, |s| s.1);
        let enough = match self.hypotheses {
            1 => now.len().saturating_sub(OPEN_WORDS),
            more => shared.get(more - 2).map_or(0, |(common, _)| *common),
        };
        (0..enough).map(stood).collect()
    }

    /// Where the word at place `at` ends, on which all agree: with its marks if they agree on those too. A model ends
    /// whatever it hears with a full stop.
    fn end(&self, hypothesis: &str, now: &[Word], at: usize) -> usize {
        let marks = |text: &str, word: &Word| text[word.bare_end..word.span.end].to_owned();
        let marked = marks(hypothesis, &now[at]);
        let mut earlier = self.earlier.iter().take(self.hypotheses - 1);
        let all = earlier.all(|h| words(&h.text, self.language).get(at).is_some_and(|w| marks(&h.text, w) == marked));
        if all { now[at].span.end } else { now[at].bare_end }
    }

    /// Begins a new segment.
    pub fn reset(&mut self) {
        self.earlier.clear();
        self.committed.clear();
    }

    /// The first `bytes` of the committed text have gone their own way: what follows counts from there. The earlier
    /// hypotheses are forgotten where they do not begin with them.
    pub fn forget(&mut self, bytes: usize) {
        let gone: String = self.committed.drain(..bytes.min(self.committed.len())).collect();
        self.earlier.retain_mut(|earlier| {
            let rest = earlier.text.strip_prefix(&gone).map(|rest| rest.trim_start().to_owned());
            rest.map(|rest| earlier.text = rest).is_some()
        });
        let trimmed = self.committed.trim_start().len();
        self.committed.drain(..self.committed.len() - trimmed);
    }
}

/// Where in `heard` that begins which goes on after `said`, in bytes of `heard`: for a hypothesis that does not begin
/// with what was committed, because another engine made it. The beginning of `heard` that is nearest to `said` in
/// words (least edit distance) is taken for it; of equals the shortest: better
/// twice than not at all.
#[must_use]
pub fn continuation(said: &str, heard: &str, language: Language) -> usize {
    match heard.strip_prefix(said) {
        Some(rest) => heard.len() - rest.len(),
        None => nearest_beginning(said, heard, language).0,
    }
}

/// The end of the beginning of `heard` that is nearest to `said`, in bytes, and how many words of it are others, more or fewer.
#[must_use]
pub fn nearest_beginning(said: &str, heard: &str, language: Language) -> (usize, usize) {
    let (said, heard_words) = (words(said, language), words(heard, language));
    // Levenshtein distances from all of `said` to every beginning of `heard`, row by row.
    let mut row: Vec<usize> = (0..=heard_words.len()).collect();
    for (at, word) in said.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (other, heard) in heard_words.iter().enumerate() {
            let changed = diagonal + usize::from(word.key != heard.key);
            diagonal = row[other + 1];
            row[other + 1] = changed.min(row[other] + 1).min(diagonal + 1);
        }
    }
    let nearest = row.into_iter().enumerate().min_by_key(|(_, distance)| *distance);
    let (words_said, distance) = nearest.unwrap_or_default();
    let end = words_said.checked_sub(1).and_then(|at| heard_words.get(at)).map_or(0, |w| w.span.end);
    (end, distance)
}

/// `said`, and behind it what `heard` goes on with ([`continuation`]).
#[must_use]
pub fn gone_on(said: &str, heard: &str, language: Language) -> String {
    // What begins with it has its own space there, or none: "twenty" may have become "twenty-five".
    if heard.starts_with(said) {
        return heard.to_owned();
    }
    let rest = &heard[continuation(said, heard, language)..];
    format!("{said}{}{}", language.gap(), rest.trim()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use Language::{En, Zh};

    /// The sound that has been heard for hypothesis number `at`.
    fn heard(at: usize) -> Duration {
        Duration::from_millis(400) * (at as u32 + 1)
    }

    /// What is committed after each hypothesis.
    fn pushed(
        rule: &mut LocalAgreement,
        hypotheses: &[&str],
        is_sure: impl Fn(usize, Duration) -> bool,
    ) -> Vec<String> {
        hypotheses.iter().enumerate().map(|(at, h)| rule.push(h, heard(at), &is_sure).to_owned()).collect()
    }

    fn commits(hypotheses: &[&str], n: usize) -> Vec<String> {
        pushed(&mut LocalAgreement::new(n, En), hypotheses, |_, _| true)
    }

    #[test]
    fn two_that_agree_commit_all_but_the_last_word() {
        assert_eq!(
            commits(&["Go for", "Go forward", "Go forward ten", "Go forward ten meters."], 2),
            ["", "Go", "Go forward", "Go forward ten"]
        );
        // The same words twice: the last may still grow.
        assert_eq!(commits(&["I have twenty", "I have twenty", "I have twenty-five dogs"], 2)[1], "I have");
    }

    #[test]
    fn three_must_agree_where_three_are_asked_and_none_commits_nothing() {
        let heard = ["a b", "a b c", "a b c d", "a x", "a b c d e"];
        assert_eq!(commits(&heard, 3), ["", "", "a b", "a b", "a b"]);
        assert!(commits(&heard, 0).iter().all(String::is_empty));
    }

    #[test]
    fn what_the_model_doubts_waits_for_more() {
        let mut rule = LocalAgreement::new(2, En);
        let doubts_ten = |to: usize, _| to <= "Go forward".len();
        assert_eq!(pushed(&mut rule, &["Go forward ten", "Go forward ten meters"], doubts_ten)[1], "Go forward");
        assert_eq!(rule.push("Go forward ten meters", heard(2), |_, _| true), "Go forward ten");
    }

    #[test]
    fn the_longer_words_stand_the_less_the_model_must_believe_them() {
        let rule = CommitRule { hypotheses: 2, confidence: 0.8 };
        let committed = |confidence: f32| {
            let mut agreement = LocalAgreement::new(rule.hypotheses, En);
            let hypotheses = ["Stop her", "Stop here now", "Stop here now", "Stop here now", "Stop here now"];
            pushed(&mut agreement, &hypotheses, |_, stood| rule.allows(confidence, stood))
        };
        assert_eq!(committed(0.81), ["", "Stop", "Stop here", "Stop here", "Stop here"]);
        // Both words have stood for 400, 800, 1200 ms; the first for 400 ms more.
        assert_eq!(committed(0.65), ["", "", "Stop", "Stop here", "Stop here"]);
        assert_eq!(committed(0.52), ["", "", "", "Stop", "Stop here"]);
        assert_eq!(committed(0.1), [""; 5]);
        // However many hypotheses are made of that time.
        let mut agreement = LocalAgreement::new(rule.hypotheses, En);
        let mut first = None;
        for n in 0..200 {
            let heard = Duration::from_millis(25 * n);
            let text = agreement.push("Stop here now", heard, |_, stood| rule.allows(0.52, stood));
            first = first.or_else(|| (!text.is_empty()).then_some(heard));
        }
        assert_eq!(first, Some(Duration::from_millis(1_175)));
    }

    #[test]
    fn a_full_stop_counts_once_a_word_follows_it() {
        let heard = ["Stop there.", "Stop there, and", "Stop there. And turn", "Stop there. And turn left."];
        assert_eq!(commits(&heard, 2), ["", "Stop there", "Stop there. And", "Stop there. And turn"].map(String::from));
    }

    #[test]
    fn a_segment_that_was_cut_goes_on() {
        let mut rule = LocalAgreement::new(2, En);
        let heard_so = ["Stop here. Turn left and", "Stop here. Turn left and go on"];
        assert_eq!(pushed(&mut rule, &heard_so, |_, _| true)[1], "Stop here. Turn left and");
        rule.forget("Stop here.".len());
        assert_eq!(rule.committed(), "Turn left and");
        assert_eq!(rule.push("Turn left and go on now", heard(2), |_, _| true), "Turn left and go on");
        rule.reset();
        assert_eq!(rule.committed(), "");
    }

    #[test]
    fn what_another_engine_heard_goes_on_where_the_first_stopped() {
        let rest = |said: &str, heard: &str| heard[continuation(said, heard, En)..].trim().to_owned();
        assert_eq!(rest("Go forward", "Go forward ten meters."), "ten meters.");
        assert_eq!(rest("Go for word", "Go forward ten meters."), "forward ten meters.");
        assert_eq!(rest("Please hold", "Please, hold the line."), "the line.");
        // Said twice, after a pause: only what was said is passed over.
        assert_eq!(rest("no", "No. No, thank you."), "No, thank you.");
        assert_eq!(rest("", "All of it."), "All of it.");
        assert_eq!(rest("all of it and more", "All of it."), "");
        assert_eq!(nearest_beginning("No tiene", "No tienen pan", En), (2, 1));
        assert_eq!(continuation("向左", "向左转", Zh), 6);
        assert_eq!(gone_on("I have twenty", "I have twenty-five.", En), "I have twenty-five.");
        assert_eq!(gone_on("Go for word", "Go forward", En), "Go for word forward");
        assert_eq!(gone_on("Go forward", "", En), "Go forward");
    }

    fn sentence() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec("[a-d]{1,2}[,.]?", 1..12)
    }

    proptest! {
        /// Whatever a recogniser changes its mind about: what is committed only grows, and is the beginning of the
        /// hypothesis it was committed from.
        #[test]
        fn committed_text_only_grows(
            truth in sentence(),
            steps in proptest::collection::vec((0_usize..12, proptest::option::of((0_usize..12, "[x-z]"))), 1..20),
            n in 1_usize..4,
            confidences in proptest::collection::vec(0.0_f32..1.0, 20),
        ) {
            let believed = CommitRule { hypotheses: n, confidence: 0.8 };
            let mut rule = LocalAgreement::new(n, En);
            let mut before = String::new();
            for (at, ((length, change), confidence)) in steps.into_iter().zip(confidences).enumerate() {
                let mut hypothesis = truth[..length.min(truth.len())].to_vec();
                if let Some((place, word)) = change && place < hypothesis.len() {
                    hypothesis[place] = word;
                }
                let hypothesis = hypothesis.join(" ");
                let is_sure = |_, stood| believed.allows(confidence, stood);
                let now = rule.push(&hypothesis, heard(at), is_sure).to_owned();
                prop_assert!(now.starts_with(&before), "{before:?} became {now:?}");
                if now != before {
                    prop_assert!(hypothesis.starts_with(&now));
                    let left = words(&hypothesis, En).len() - words(&now, En).len();
                    prop_assert!(left >= OPEN_WORDS, "only {left} words were left open");
                }
                before = now;
            }
        }

        /// A recogniser that only ever adds words gets them all committed but the last, however often words repeat, and
        /// none twice.
        #[test]
        fn repeated_words_are_committed_as_often_as_they_were_said(truth in sentence()) {
            let mut rule = LocalAgreement::new(2, En);
            for length in 1..=truth.len() {
                rule.push(&truth[..length].join(" "), heard(length), |_, _| true);
            }
            let keys = |t: &str| words(t, En).into_iter().map(|w| w.key).collect::<Vec<_>>();
            let all = keys(&truth.join(" "));
            // One word is unconfirmed, as it was heard only once.
            prop_assert_eq!(keys(rule.committed()), all[..all.len().saturating_sub(1)].to_vec());
        }

        /// A text that begins with what was said goes on exactly there, repetitions and all.
        #[test]
        fn a_continuation_begins_behind_what_was_said(said in sentence(), more in sentence()) {
            let said = said.join(" ");
            let heard = format!("{said} {}", more.join(" "));
            prop_assert_eq!(continuation(&said, &heard, En), said.len());
        }

        #[test]
        fn a_continuation_lies_between_two_words(said in "\\PC{0,30}", heard in "\\PC{0,30}") {
            let at = continuation(&said, &heard, En);
            prop_assert!(heard.get(at..).is_some());
        }
    }
}
