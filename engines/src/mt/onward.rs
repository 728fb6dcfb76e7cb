//! A sentence that is translated while it is still being spoken.
//!
//! The leg that writes its translation word by word is made to begin with what was said of it before (prefix-constrained
//! decoding), so that what follows joins it and never contradicts it. The legs before that one see the sentence as far
//! as it is known, the legs behind it only the new words. How much of those may be said is what two translations have in
//! common: one of the certain text, one of that with its tentative continuation (LocalAgreement, as in
//! [`crate::simultaneous::commit`], on the side of the target).

use std::time::Duration;

use super::{
    guard::{self, Literals},
    leg::{Continuing, GoneOn, Hypothesis, Leg},
    parts::{begin_like, clause_end},
    route::{BY_THE_BOOK, CARRIED, DISBELIEVED, Route, as_it_is, carry, choose, is_sound},
    seq2seq::MOST_WORDS,
};
use crate::{
    EngineError, Language,
    sentences::is_paused,
    simultaneous::{
        commit::nearest_beginning,
        words::{count, words},
    },
};

/// So many words that both translations begin with are said, whatever share of the clause they are: the longer a clause is,
/// the more of its end is open.
const SURE_WORDS: usize = 4;

/// Where the leg has written nothing of the sentence yet, so many are: the listener waits for its beginning.
const SURE_AT_FIRST: usize = 2;

/// Another route's translation may go on where one in so many words of what was said, at most, is another there.
const ALIKE: usize = 3;

/// German words that are no nouns and often begin a clause.
const NO_NOUNS: [&str; 38] = [
    "aber", "als", "am", "an", "auf", "bei", "bis", "da", "damit", "dann", "das", "dass", "denn", "der", "die", "doch",
    "du", "ein", "eine", "er", "es", "für", "ich", "im", "in", "man", "mein", "mit", "nach", "ob", "obwohl", "oder",
    "und", "was", "weil", "wenn", "wie", "wir",
];

type Legs<'r> = &'r [Box<dyn Leg>];

/// How far the translation of a sentence has been said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Begun {
    /// Where in the sentence the part begins that is still translated as one: behind a phrase of the phrase book, or a clause.
    from: usize,
    /// What the continuing leg's translation of that part begins with.
    ids: Vec<u32>,
    /// The listener's text of that part so far.
    said: String,
    /// The engines that wrote it, with which it must go on.
    by: String,
    /// A clause of the sentence was said before that part.
    is_behind_clause: bool,
}

impl Begun {
    /// Whether more than a phrase of the phrase book was said of it.
    pub fn is_said(&self) -> bool {
        self.is_behind_clause || !self.ids.is_empty()
    }
}

/// What became of a sentence so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Onward {
    /// To be said now.
    Say(Hypothesis),
    /// Better not said yet; how it would go on.
    Wait(Hypothesis),
}

impl Route {
    /// Translates what can be said of `sentence`, which may go on with `tentative`, beyond what `begun` says was said. Where
    /// fewer than `threshold` (0..1) of the new words are stable, and fewer than four (of a sentence's first words, two), it
    /// waits, unless the sentence `is_complete`. `time` is as for [`Route::translate`].
    ///
    /// # Errors
    /// Where a leg failed.
    pub fn further(
        &self,
        begun: &mut Begun,
        (sentence, tentative): (&str, &str),
        is_complete: bool,
        (threshold, time): (f32, Duration),
        heard: &[String],
    ) -> Result<Onward, EngineError> {
        let part = sentence.get(begun.from..).unwrap_or_default().trim_start_matches([' ', ',']);
        if begun.from > 0 && !part.contains(char::is_alphanumeric) {
            // What was said before was all of it.
            let nothing = Hypothesis::default();
            return Ok(if is_complete { Onward::Say(nothing) } else { Onward::Wait(nothing) });
        }
        // A name that begins the part begins no sentence.
        let inside =
            if begun.from > 0 { guard::names_of(sentence, self.direction().source, heard) } else { Vec::new() };
        let heard = &[heard, &inside].concat();
        let begun_here = !begun.ids.is_empty();
        if is_complete && !begun_here {
            return Ok(Onward::Say(self.by_itself(begun, part, heard, time)?));
        }
        // A model that knows everyday sentences alone makes another sense of the beginning of another kind. Words of a table come through it at the
        // end.
        let ahead = format!("{part}{tentative}");
        let is_known = || self.knows(&ahead) || self.is_beyond(&ahead);
        let is_own = if begun_here { begun.by == self.own() } else { is_known() };
        if let Some(next) = self.next().filter(|_| !is_own) {
            return next.further(begun, (sentence, tentative), is_complete, (threshold, time), heard);
        }
        if *begun == Begun::default()
            && let Some((text, end)) = self.phrases().leading_for_sure(sentence, tentative)
        {
            begun.from = end;
            return Ok(Onward::Say(Hypothesis { text, confidence: BY_THE_BOOK, ..Hypothesis::default() }));
        }
        let Some((before, continuing, behind)) = self.continuing() else {
            return Ok(Onward::Wait(Hypothesis::default()));
        };
        // Of a long sentence it would leave parts out: its clauses are translated one by one, each by whom it suits.
        let clause = clause_end(part, self.direction().source).filter(|_| self.is_everyday());
        if let Some(end) = clause.filter(|end| !is_complete || part[*end..].contains(char::is_alphanumeric)) {
            let clause = self.clause(begun, &part[..end], heard, time)?;
            *begun = Begun { from: sentence.len() - part.len() + end, is_behind_clause: true, ..Begun::default() };
            if !is_complete {
                return Ok(Onward::Say(clause));
            }
            let rest = self.further(begun, (sentence, tentative), is_complete, (threshold, time), heard)?;
            let (Onward::Say(rest) | Onward::Wait(rest)) = rest;
            return Ok(Onward::Say(clause.and(rest, self.direction().target)));
        }
        if is_complete {
            return self.end(begun, part, heard).map(Onward::Say);
        }
        let (masked, literals) = Literals::mask(part, &[]);
        // An address must come through letter by letter, and what the engine does not know as another word or by another engine: they are said
        // with the rest.
        let is_unknown = self.next().is_some() && !self.was_taught(&masked);
        if !literals.is_empty() || is_unknown || self.is_beyond(part) {
            return Ok(Onward::Wait(Hypothesis::default()));
        }
        let names = guard::names_of(&masked, self.direction().source, heard);
        let certain = first_text(carry(before, &masked, &names)?);
        let ways = continuing.go_on(&certain, &begun.ids, false)?;
        let ahead = format!("{masked}{tentative}");
        let ahead = first_text(carry(before, &ahead, &names)?);
        let further = continuing.go_on(&ahead, &begun.ids, false)?;
        let (Some(way), Some(further)) = (ways.first(), further.first()) else {
            return Ok(Onward::Wait(Hypothesis::default()));
        };
        let is_doubtful = way.confidence.min(further.confidence) < DISBELIEVED;
        if let Some(next) = self.next().filter(|_| is_doubtful && !begun_here) {
            return next.further(begun, (sentence, tentative), is_complete, (threshold, time), heard);
        }
        let sure = if begun.ids.is_empty() { SURE_AT_FIRST } else { SURE_WORDS };
        let (words, is_stable) =
            if tentative.trim().is_empty() { (0, false) } else { stable(way, further, threshold, sure) };
        let shown = if is_stable { way.text(words) } else { further.text(further.words.len()) };
        let mut text = first_text(carry(behind, &shown, &names)?);
        if !begun.said.is_empty() {
            text = begin_like(&shown, &text);
        } else if begun.from > 0 {
            text = self.begin_inside(part, &text);
        }
        let engine = self.own().to_owned();
        let hypothesis = Hypothesis { text, confidence: way.confidence, engine, ..Hypothesis::default() };
        if !is_stable {
            return Ok(Onward::Wait(hypothesis));
        }
        begun.ids.extend(way.words.iter().take(words).flat_map(|w| &w.ids));
        self.own().clone_into(&mut begun.by);
        begun.said = joined(&begun.said, &hypothesis.text, self.direction().target);
        Ok(Onward::Say(hypothesis))
    }

    /// The translation of a part of which nothing was said; clause by clause where it is long and no other route is there for it.
    fn by_itself(
        &self,
        begun: &Begun,
        part: &str,
        heard: &[String],
        time: Duration,
    ) -> Result<Hypothesis, EngineError> {
        let source = self.direction().source;
        let is_long = self.is_everyday() && self.next().is_none() && count(part, source) > MOST_WORDS;
        if let Some((clause, rest)) = clause_end(part, source).filter(|_| is_long).map(|end| part.split_at(end))
            && rest.contains(char::is_alphanumeric)
        {
            let inside = Begun { from: begun.from + clause.len(), ..Begun::default() };
            let clause = self.clause(begun, clause, heard, time)?;
            return Ok(clause.and(self.by_itself(&inside, rest.trim(), heard, time)?, self.direction().target));
        }
        let mut done = self.translate(part, heard, time)?;
        if begun.from > 0 {
            done.text = self.begin_inside(part, &done.text);
        }
        Ok(done)
    }

    /// `text` as it begins within a sentence. A German noun has its capital there too.
    fn begin_inside(&self, part: &str, text: &str) -> String {
        let first = text.split(' ').next().unwrap_or_default().to_lowercase();
        let is_noun = self.direction().target == Language::De && !NO_NOUNS.contains(&&*first);
        if is_noun { text.to_owned() } else { begin_like(part, text) }
    }

    /// What is still to be said of a clause after which the sentence goes on, with the mark that is to be heard there.
    fn clause(&self, begun: &Begun, clause: &str, heard: &[String], time: Duration) -> Result<Hypothesis, EngineError> {
        let mut done = match begun.ids.is_empty() {
            true => self.by_itself(begun, clause, heard, time)?,
            false => self.end(begun, clause, heard)?,
        };
        if is_paused(clause) && done.text.ends_with(char::is_alphanumeric) {
            done.text.push(if self.direction().target == Language::Zh { '，' } else { ',' });
        }
        Ok(done)
    }

    /// The rest of a sentence beyond the engines that began it, of another route's translation of the whole: where that begins much like what was
    /// said, and nothing is against the two together.
    fn by_another(&self, begun: &Begun, part: &str, heard: &[String]) -> Option<Hypothesis> {
        let next = self.next().filter(|_| !self.knows(part))?;
        let whole = next.translate_soon(part, heard).ok().filter(|whole| whole.doubts.is_empty())?;
        let target = self.direction().target;
        let (end, others) = nearest_beginning(&begun.said, &whole.text, target);
        if others * ALIKE > words(&begun.said, target).len() {
            return None;
        }
        let text = whole.text[end..].trim().to_owned();
        let together = Hypothesis { text: joined(&begun.said, &text, target), ..whole.clone() };
        let (together, _) = next.judge((part, part), together, &Literals::default());
        together.doubts.is_empty().then_some(Hypothesis { text, ..whole })
    }

    /// The rest of a sentence that has ended, held to its source together with what was said of it. In doubt a long route is not believed more
    /// than its own legs, a short one is.
    fn end(&self, begun: &Begun, part: &str, heard: &[String]) -> Result<Hypothesis, EngineError> {
        if !self.next().is_some_and(Self::is_short) {
            let own = self.by_own(begun, part, heard)?;
            let other = if is_sound(&own) { None } else { self.by_another(begun, part, heard) };
            return Ok(match (self.next(), other) {
                (Some(next), Some(other)) => next.in_place_of(&own, other),
                _ => own,
            });
        }
        self.by_another(begun, part, heard).map_or_else(|| self.by_own(begun, part, heard), Ok)
    }

    /// The rest of a sentence by the legs that began it; where that leaves a doubt, with known words in the place of those that were lost.
    fn by_own(&self, begun: &Begun, part: &str, heard: &[String]) -> Result<Hypothesis, EngineError> {
        let done = self.rest(begun, part, part, heard, as_it_is)?.unwrap_or_default();
        let whole = |rest: &Hypothesis| joined(&begun.said, &rest.text, self.direction().target);
        let seen = vec![whole(&done.0)];
        let done = self.by_substitutes(part, seen, done, |put| {
            let other = self.rest(begun, part, put.text(), heard, |text| put.undo(&text)).ok().flatten();
            other.map(|other| (whole(&other.0), other))
        });
        Ok(done.0)
    }

    /// The rest of a sentence that is `put` to the legs, as `finished` makes it, held to `part`; with what is left of 1 by what speaks against it.
    fn rest(
        &self,
        begun: &Begun,
        part: &str,
        put: &str,
        heard: &[String],
        finished: impl Fn(String) -> Option<String>,
    ) -> Result<Option<(Hypothesis, f32)>, EngineError> {
        let Some((before, continuing, behind)) = self.continuing() else { return Ok(None) };
        let (masked, literals) = Literals::mask(put, &[]);
        let mut names = guard::names_of(&masked, self.direction().source, heard);
        names.extend(literals.stand_ins());
        let certain = first_text(carry(before, &masked, &names)?);
        let mut judged = Vec::new();
        for way in continuing.go_on(&certain, &begun.ids, true)?.iter().take(CARRIED) {
            let written = way.text(way.words.len());
            let carried = if written.is_empty() {
                Some(Hypothesis { confidence: 1.0, ..Hypothesis::default() })
            } else {
                carry(behind, &written, &names)?.into_iter().next()
            };
            let Some(rest) = carried else { continue };
            let Some(text) = finished(begin_like(&written, &rest.text)) else { continue };
            let confidence = way.confidence * rest.confidence;
            let whole = joined(&begun.said, &text, self.direction().target);
            let (whole, merit) = self.judge((part, put), Hypothesis { text: whole, confidence, ..rest }, &literals);
            // What was said stays as it was said, whatever the judge would put right in it.
            let text = whole.text.strip_prefix(&begun.said).map_or(text, |text| text.trim().to_owned());
            judged.push((Hypothesis { text, ..whole }, merit));
        }
        Ok(choose(judged))
    }

    /// The leg that writes its translation word by word, between those before it and those behind it.
    fn continuing(&self) -> Option<(Legs<'_>, &dyn Continuing, Legs<'_>)> {
        let legs = self.legs();
        legs.iter().enumerate().find_map(|(at, leg)| leg.continuing().map(|c| (&legs[..at], c, &legs[at + 1..])))
    }
}

fn first_text(hypotheses: Vec<Hypothesis>) -> String {
    hypotheses.into_iter().next().map(|h| h.text).unwrap_or_default()
}

fn joined(said: &str, more: &str, target: Language) -> String {
    format!("{said}{}{more}", target.gap()).trim().to_owned()
}

/// How many of the words of `way` stand in `further` too, from the first on, and whether that is enough of them: a share of
/// `threshold`, or `sure` words. The end
/// of a text is often punctuated before its time, so the marks on the last word must be the same as well.
fn stable(way: &GoneOn, further: &GoneOn, threshold: f32, sure: usize) -> (usize, bool) {
    let words = way.words.iter().zip(&further.words).take_while(|(a, b)| a.ids == b.ids).count();
    // Of the word with which the certain text ends, the marks do not count for what is left out.
    let bare = |w: &super::leg::Word| w.text.trim_end_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let open = way.words.get(words).zip(further.words.get(words)).is_some_and(|(a, b)| bare(a) == bare(b));
    let agreed = words + usize::from(open && words + 1 == way.words.len());
    let share = agreed as f32 / way.words.len().max(1) as f32;
    (words, words > 0 && (share >= threshold || words >= sure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mt::leg::Word;

    fn gone(text: &str) -> GoneOn {
        let words = text
            .split_inclusive(' ')
            .map(|w| Word { text: w.to_owned(), ids: w.trim().bytes().map(u32::from).collect() });
        GoneOn { words: words.collect(), confidence: 0.9 }
    }

    #[test]
    fn words_that_more_text_would_change_are_not_said() {
        let stable = |way: &str, further: &str| stable(&gone(way), &gone(further), 0.8, 4);
        assert_eq!(stable("a b c d e", "a b c d x y"), (4, true));
        assert_eq!(stable("el rojo", "el coche rojo"), (1, false));
        assert_eq!(stable("eu gostaria.", "eu gostaria de ir"), (1, true));
        assert_eq!(stable("a b c d e f g h", "a b c x"), (3, false));
        assert_eq!(stable("a b c d e f g h", "a b c d x"), (4, true), "enough, whatever share");
        assert_eq!(stable("", "a"), (0, false));
    }
}
