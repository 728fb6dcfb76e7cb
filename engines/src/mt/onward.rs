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
    parts::clause_end,
    route::{BY_THE_BOOK, CARRIED, DISBELIEVED, Route, as_it_is, begin_like, carry, choose},
};
use crate::{
    EngineError, Language,
    sentences::is_paused,
    simultaneous::{commit::nearest_beginning, words::words},
};

/// So many words that both translations begin with are said, whatever share of the clause they are: the longer a clause is,
/// the more of its end is open.
const SURE_WORDS: usize = 4;

/// Where the leg has written nothing of the sentence yet, so many are: the listener waits for its beginning.
const SURE_AT_FIRST: usize = 2;

/// Another route's translation may go on where one in so many words of what was said, at most, is another there.
const ALIKE: usize = 3;

type Legs<'r> = &'r [Box<dyn Leg>];

/// How far the translation of a sentence has been said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Begun {
    /// Where in the sentence the part begins that is still translated as one: behind a phrase of the phrase book.
    from: usize,
    /// What the continuing leg's translation of that part begins with.
    ids: Vec<u32>,
    /// The listener's text of that part so far.
    said: String,
    /// The engines that wrote it, with which it must go on.
    by: String,
}

impl Begun {
    /// Whether more than a phrase of the phrase book was said of it.
    pub fn is_said(&self) -> bool {
        !self.ids.is_empty()
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
        if is_complete && begun.from > 0 && !part.contains(char::is_alphanumeric) {
            // The phrase was all of it.
            return Ok(Onward::Say(Hypothesis::default()));
        }
        if is_complete && begun.ids.is_empty() {
            let mut whole = self.translate(part, heard, time)?;
            if begun.from > 0 {
                whole.text = begin_like(part, &whole.text);
            }
            return Ok(Onward::Say(whole));
        }
        // A model that knows everyday sentences alone makes another sense of the beginning of another kind. Words of a table come through it at the
        // end.
        let ahead = format!("{part}{tentative}");
        let is_known = || self.knows(&ahead) || self.is_beyond(&ahead);
        let is_own = if begun.is_said() { begun.by == self.own() } else { is_known() };
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
        if is_complete {
            return self.end(begun, part, heard).map(Onward::Say);
        }
        // Of a long sentence it would leave parts out: its clauses are translated one by one, each by whom it suits.
        if let Some(end) = clause_end(part, self.direction().source).filter(|_| begun.is_said() && self.is_everyday()) {
            let done = self.end_clause(begun, &part[..end], heard)?;
            *begun = Begun { from: sentence.len() - part.len() + end, ..Begun::default() };
            return Ok(Onward::Say(done));
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
        if let Some(next) = self.next().filter(|_| is_doubtful && !begun.is_said()) {
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
            text = begin_like(part, &text);
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

    /// The rest of a clause after which the sentence goes on, with the mark that is to be heard there.
    fn end_clause(&self, begun: &Begun, clause: &str, heard: &[String]) -> Result<Hypothesis, EngineError> {
        let mut done = self.end(begun, clause, heard)?;
        if is_paused(clause) && done.text.ends_with(char::is_alphanumeric) {
            done.text.push(if self.direction().target == Language::Zh { '，' } else { ',' });
        }
        Ok(done)
    }

    /// The rest of a sentence with words that the engines that began it were not taught, of another route's translation of the whole, where that
    /// begins much like what was said and leaves no doubt.
    fn by_another(&self, begun: &Begun, part: &str, heard: &[String]) -> Option<Hypothesis> {
        let next = self.next().filter(|_| !self.knows(part))?;
        let whole = next.translate_soon(part, heard).ok().filter(|whole| whole.doubts.is_empty())?;
        let target = self.direction().target;
        let (end, others) = nearest_beginning(&begun.said, &whole.text, target);
        let is_alike = others * ALIKE <= words(&begun.said, target).len();
        is_alike.then(|| Hypothesis { text: whole.text[end..].trim().to_owned(), ..whole })
    }

    /// The rest of a sentence that has ended, held to its source together with what was said of it; where that leaves a doubt, with known words
    /// in the place of those that were lost.
    fn end(&self, begun: &Begun, part: &str, heard: &[String]) -> Result<Hypothesis, EngineError> {
        if let Some(done) = self.by_another(begun, part, heard) {
            return Ok(done);
        }
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
