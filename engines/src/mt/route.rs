//! A chain of legs from the speaker's language to the listener's, held to its source sentence by sentence.
//!
//! Where a route's translation is in doubt (the engine is unsure or was not taught its words, the guard has something against it, words were left
//! untranslated), the next one is asked and what has less against it is taken. A language model comes last of all, and is asked
//! only for whole sentences of which nothing was said, where all the others leave a doubt **and** it can be expected to answer in time: its measured
//! milliseconds a token times the tokens that a sentence of this length has must fit what the mode of the conversation leaves
//! (`mt.llm_limit_ms`; while somebody is interpreted simultaneously, `mt.llm_limit_simultaneous_ms`). So on two cores it is asked for short doubtful sentences in consecutive mode, on a faster
//! machine for longer ones and in simultaneous mode too, and never where the others are sure.

use std::{rc::Rc, time::Duration};

use super::{
    guard::{self, Literals, Substitution},
    leg::{Hypothesis, Leg},
    parts::{begin_like, end_like, parts},
    phrases::Phrases,
    taught::Taught,
    token::{fold, tokens},
};
use crate::{Direction, EngineError, message::Doubt, simultaneous::words::count};

/// Hypotheses of one leg that are carried on to the next.
pub(super) const CARRIED: usize = 4;

/// A hypothesis less probable than this share of the best one is not taken, whatever else speaks for it.
const TOO_UNLIKELY: f32 = 0.5;

/// What one untranslated word costs a hypothesis against the others.
const UNTRANSLATED: f32 = 0.7;

/// Confidence in text that is passed on as it was.
const PASSED_ON: f32 = 0.1;

/// Confidence in a phrase of the phrase book.
pub(super) const BY_THE_BOOK: f32 = 0.98;

/// Who made a translation that stands in the phrase book.
const BOOK: &str = "phrase book";

/// Characters by which the engines mark words; none may be spoken.
const MARKS: [char; 6] = ['*', '#', '@', '~', '^', '\u{2047}'];

/// A translation of which an engine is less confident than this is compared with the next route's, which counts as this much where the
/// guard has nothing against it. `docs/performance.md` has what was measured.
const DOUBTFUL: f32 = 0.6;

/// Less confidence of an engine whose words are known than this is a doubt, and less than [`DOUBTFUL`] where the sentence has words that it was not
/// taught and that no table vouches for: most such translations are wrong (`docs/performance.md`, "The safety layer").
pub(super) const DISBELIEVED: f32 = 0.5;

/// Legs of a route that is believed more than a model of words that it was not taught, and that takes its doubts away.
const SHORT: usize = 2;

/// What is left of 1 where an engine is not believed.
const STRANGE: f32 = 0.8;

/// The legs of one direction.
pub(super) struct Route {
    direction: Direction,
    name: String,
    /// The names of its own legs.
    own: String,
    legs: Vec<Box<dyn Leg>>,
    phrases: Phrases,
    /// Who is asked where a translation is doubtful.
    next: Option<Box<Route>>,
    /// Who is asked where it still is, and there is time.
    last: Option<Box<Route>>,
    /// Whether translations are held to their source.
    is_guarded: bool,
    /// The words that are left to it without a doubt; none: all.
    common: Option<Rc<Taught>>,
    /// Whether its engines may be expected to know others.
    knows_rare: bool,
}

impl Route {
    /// A route over `legs`, each of which begins where the one before it ends, and the one that is asked where this one's
    /// translation is doubtful.
    pub fn new(direction: Direction, legs: Vec<Box<dyn Leg>>, next: Option<Self>) -> Self {
        let own = legs.iter().map(|leg| leg.name()).collect::<Vec<_>>().join(" + ");
        let name = next.iter().fold(own.clone(), |name, next| format!("{name}, else {}", next.name));
        debug_assert!(legs.windows(2).all(|two| two[0].direction().target == two[1].direction().source));
        let taught = legs.first().and_then(|leg| leg.taught());
        let knows_rare = taught.is_none();
        let common = taught.clone();
        // What the one was taught is so common that the other needs no table for it.
        let next = next.map(|next| Box::new(Self { common: next.common.or(taught), ..next }));
        let phrases = Phrases::of(direction);
        Self { direction, name, own, legs, phrases, next, last: None, is_guarded: true, common, knows_rare }
    }

    /// The same without holding translations to their source: to measure what that is worth.
    pub fn unguarded(self) -> Self {
        let other = |route: Option<Box<Self>>| route.map(|route| Box::new(route.unguarded()));
        Self { is_guarded: false, next: other(self.next), last: other(self.last), ..self }
    }

    /// The route with one that is asked last of all, where there is time for it.
    pub fn or_slowly(self, last: Self) -> Self {
        Self { name: format!("{}, else in time {}", self.name, last.name), last: Some(Box::new(last)), ..self }
    }

    /// From where to where.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The engines, joined by `+`, those of the next route behind them.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The engines of its own legs, joined by `+`.
    pub fn own(&self) -> &str {
        &self.own
    }

    /// Its legs, in order.
    pub(super) fn legs(&self) -> &[Box<dyn Leg>] {
        &self.legs
    }

    /// Who is asked where a translation is doubtful.
    pub(super) fn next(&self) -> Option<&Self> {
        self.next.as_deref()
    }

    /// What is said by the book.
    pub(super) fn phrases(&self) -> &Phrases {
        &self.phrases
    }

    /// Translates one sentence. `heard` are names from before; `time` is what there is for a better translation where this one
    /// is in doubt.
    ///
    /// # Errors
    /// Where all legs failed.
    pub fn translate(&self, sentence: &str, heard: &[String], time: Duration) -> Result<Hypothesis, EngineError> {
        if let Some(text) = self.phrases.whole(sentence) {
            return Ok(Hypothesis { text, confidence: BY_THE_BOOK, engine: BOOK.to_owned(), ..Hypothesis::default() });
        }
        if let Some((phrase, rest)) = self.phrases.leading(sentence) {
            let mut done = self.translate(rest, heard, time)?;
            done.text = format!("{phrase}{}{}", self.direction.target.gap(), begin_like(rest, &done.text));
            return Ok(done);
        }
        let soon = self.translate_soon(sentence, heard);
        // What a model says of a sentence that it was not taught is not to be believed, however sure it is.
        let is_strange = self.last.is_some() && self.next.is_none() && !self.knows(sentence);
        let is_doubted = is_strange || !soon.as_ref().is_ok_and(is_sound);
        let Some(last) = self.last.as_ref().filter(|last| is_doubted && last.has_time(sentence, time)) else {
            return soon;
        };
        match (soon, last.attempt(sentence, heard, &[])) {
            (Ok(mut soon), Ok((late, merit))) => {
                let lost = guard::lost_names(sentence, &late.text);
                let believed = if is_strange { soon.confidence.min(DOUBTFUL) } else { soon.confidence };
                if lost.is_empty() && merit * DOUBTFUL >= believed {
                    return Ok(late);
                }
                soon.notes.push(format!("{} was asked too, to no avail", last.name));
                Ok(soon)
            }
            (Ok(mut soon), Err(error)) => {
                soon.notes.push(format!("{} was asked too, but {error}", last.name));
                Ok(soon)
            }
            (Err(_), Ok((late, _))) => Ok(late),
            (Err(error), Err(_)) => Err(error),
        }
    }

    /// Whether each leg can be expected to answer in `time`.
    fn has_time(&self, sentence: &str, time: Duration) -> bool {
        self.legs.iter().all(|leg| leg.has_time(sentence, time))
    }

    /// As [`Self::translate`], of the engines for which there is always time.
    pub(super) fn translate_soon(&self, sentence: &str, heard: &[String]) -> Result<Hypothesis, EngineError> {
        let Some(next) = &self.next else { return Ok(self.by_its_legs(sentence, heard)?.0) };
        let is_known = self.knows(sentence);
        // Only words of a table and numbers are worth more than one way, where a short route can be asked.
        let has_number = || guard::in_digits(sentence, self.direction.source).is_some();
        let is_worth_it = !next.is_short() || has_number() || (!is_known && self.is_beyond(sentence));
        let own = if is_worth_it { self.by_its_legs(sentence, heard) } else { self.attempt(sentence, heard, &[]) };
        match own {
            Ok((own, _)) if self.suffices(sentence, &own, is_known) => Ok(own),
            Ok((own, _)) if !is_known && next.is_short() => Ok(next.translate_soon(sentence, heard).unwrap_or(own)),
            Ok((own, _)) => Ok(match next.by_its_legs(sentence, heard) {
                Ok((other, merit)) if merit * DOUBTFUL >= own.confidence => next.in_place_of(&own, other),
                _ => own,
            }),
            Err(error) => {
                let mut other = next.translate_soon(sentence, heard)?;
                other.notes.push(format!("another engine's work, since {error}"));
                Ok(other)
            }
        }
    }

    /// Whether a sentence is of the kind that the first leg was taught.
    pub(super) fn knows(&self, sentence: &str) -> bool {
        // What stands in for an address or a code is no word that a model was taught.
        let (masked, _) = Literals::mask(sentence, &[]);
        self.legs.first().is_some_and(|leg| leg.knows(&masked))
    }

    /// Whether the next route need not be asked, since its own translation will do. Of a sentence with words that the first leg was not taught
    /// nothing may be against it, and before a short route is passed over, they must be vouched for: names that came through, numbers, words of
    /// a table.
    fn suffices(&self, sentence: &str, own: &Hypothesis, is_known: bool) -> bool {
        let rest = || guard::unvouched(sentence, &own.text, self.direction, &|word| self.is_common(word));
        let is_vouched = || self.next.as_ref().is_none_or(|next| !next.is_short()) || self.knows(&rest());
        own.confidence >= DOUBTFUL
            && guard::lost_names(sentence, &own.text).is_empty()
            && (is_known || (is_sound(own) && is_vouched()))
    }

    /// A translation of its own in the place of another route's. Of a long route the other's doubt of a word stays with it: as many of its
    /// translations are wrong (`docs/performance.md`).
    pub(super) fn in_place_of(&self, other: &Hypothesis, mut done: Hypothesis) -> Hypothesis {
        if !self.is_short() && other.doubts.contains(&Doubt::Word) && done.doubts.is_empty() {
            done.doubts.push(Doubt::Word);
            done.notes.push(format!("another engine was unsure and said \"{}\"", other.text));
            done.confidence *= STRANGE;
        }
        done
    }

    /// Whether its first leg was taught everyday sentences alone: their words, and their length.
    pub(super) fn is_everyday(&self) -> bool {
        !self.knows_rare
    }

    /// Whether little is lost on its way: each leg loses something.
    pub(super) fn is_short(&self) -> bool {
        self.legs.len() <= SHORT
    }

    /// The legs' best translation, and what is left of 1 by all that speaks against it.
    fn by_its_legs(&self, sentence: &str, heard: &[String]) -> Result<(Hypothesis, f32), EngineError> {
        let first = self.attempt(sentence, heard, &[])?;
        // A name that was taken for a common word: once more, with something in its place that no model knows.
        let lost = guard::lost_names(sentence, &first.0.text);
        let again = if lost.is_empty() { None } else { self.attempt(sentence, heard, &lost).ok() };
        let done = again.unwrap_or(first);
        Ok(if done.1 < 1.0 && self.is_guarded { self.otherwise(sentence, heard, done) } else { done })
    }

    /// A translation that something speaks against, or a better one of the same said otherwise: with its numbers in digits, then with known
    /// words in the place of those that were lost, then in parts. What fails meanwhile takes nothing from what there is.
    fn otherwise(&self, sentence: &str, heard: &[String], wanting: (Hypothesis, f32)) -> (Hypothesis, f32) {
        let better = |a: (Hypothesis, f32), b: (Hypothesis, f32)| if b.1 > a.1 { b } else { a };
        let mut done = wanting;
        // All that was made of it, for what any of them lost.
        let mut seen = vec![done.0.text.clone()];
        if done.0.doubts.contains(&Doubt::Number)
            && let Some(digits) = guard::in_digits(sentence, self.direction.source)
            && let Ok(other) = self.attempt_as(sentence, &digits, heard, &[], as_it_is)
        {
            seen.push(other.0.text.clone());
            done = better(done, other);
        }
        done = self.by_substitutes(sentence, seen, done, |put| {
            let other = self.attempt_as(sentence, put.text(), heard, &[], |text| put.undo(&text)).ok();
            // What could not be translated at all has lost nothing of its own.
            other.filter(|(_, merit)| *merit > 0.0).map(|other| (other.0.text.clone(), other))
        });
        let parts = parts(sentence, self.direction.source);
        if !done.0.doubts.is_empty() && parts.len() > 1 {
            let mut whole: Option<Hypothesis> = None;
            for part in parts {
                let Ok((one, _)) = self.attempt(part, heard, &[]) else { return done };
                // What there is to note, the judge notes of the whole.
                let one = Hypothesis { notes: Vec::new(), ..one };
                whole = Some(match whole {
                    None => one,
                    Some(whole) => {
                        let text = begin_like(part, &one.text);
                        whole.and(Hypothesis { text, ..one }, self.direction.target)
                    }
                });
            }
            let whole = whole.unwrap_or_default();
            done = better(done, self.judge((sentence, sentence), whole, &Literals::default()));
        }
        done
    }

    /// Whether the first leg, or that of the route that asks this one, was taught all words of `text`.
    pub(super) fn was_taught(&self, text: &str) -> bool {
        self.common.as_ref().is_none_or(|taught| taught.has_all(text))
    }

    /// Whether `text` holds a word that is not known here but for a table.
    pub(super) fn is_beyond(&self, text: &str) -> bool {
        self.is_guarded && !self.knows_rare && guard::has_rare(text, self.direction, &|word| self.is_common(word))
    }

    /// What is `done`, or what an attempt makes better of `sentence` with something well known in the place of what was lost in all that was
    /// `seen` of it. An attempt gives the whole translation too, for what that lost.
    pub(super) fn by_substitutes(
        &self,
        sentence: &str,
        mut seen: Vec<String>,
        mut done: (Hypothesis, f32),
        attempt: impl Fn(&Substitution) -> Option<(String, (Hypothesis, f32))>,
    ) -> (Hypothesis, f32) {
        let mut tried = Vec::new();
        for turn in 0..guard::TURNS {
            if !self.is_guarded || done.1 >= 1.0 {
                break;
            }
            let put = Substitution::of(sentence, &seen, self.direction, &|word| self.is_common(word), turn);
            let Some(put) = put else { break };
            // Where a kind has few substitutes, one comes again; its translation would be the same. (Two that are written alike are not: what
            // is looked for in the translation differs.)
            if tried.contains(&put) {
                continue;
            }
            if let Some((whole, other)) = attempt(&put) {
                seen.push(whole);
                if other.1 > done.1 {
                    done = other;
                }
            }
            tried.push(put);
        }
        done
    }

    fn is_common(&self, word: &str) -> bool {
        self.common.as_ref().is_none_or(|common| common.has(word))
    }

    fn attempt(&self, sentence: &str, heard: &[String], hidden: &[String]) -> Result<(Hypothesis, f32), EngineError> {
        self.attempt_as(sentence, sentence, heard, hidden, as_it_is)
    }

    /// Translates `put` and holds what `finished` makes of it, if anything, to `sentence`.
    fn attempt_as(
        &self,
        sentence: &str,
        put: &str,
        heard: &[String],
        hidden: &[String],
        finished: impl Fn(String) -> Option<String>,
    ) -> Result<(Hypothesis, f32), EngineError> {
        let (masked, literals) = Literals::mask(put, hidden);
        let stand_ins: Vec<String> = literals.stand_ins().collect();
        let has_words =
            tokens(&masked).iter().any(|t| t.text.chars().any(char::is_alphabetic) && !stand_ins.contains(&t.text));
        if !has_words {
            if put != sentence {
                // What is left of a sentence without its words is no translation of it.
                return Ok((passed_on(sentence), 0.0));
            }
            // Digits, emoji, an address: the same in every language.
            return Ok((Hypothesis { text: sentence.to_owned(), confidence: 1.0, ..Hypothesis::default() }, 1.0));
        }
        let mut names = guard::names_of(&masked, self.direction.source, heard);
        names.extend(stand_ins);
        let candidates = carry(&self.legs, &masked, &names)?;
        let finished = |c: Hypothesis| finished(c.text.clone()).map(|text| Hypothesis { text, ..c });
        let judged = candidates.into_iter().filter_map(finished).map(|c| self.judge((sentence, put), c, &literals));
        let best = choose(judged.collect());
        Ok(best.unwrap_or_else(|| (passed_on(sentence), 0.0)))
    }

    /// Why an engine is not to be believed that made a `text` of what was `put` to it with a `confidence`; of one that may know any word, its
    /// confidence tells too little.
    fn disbelieved(&self, put: &str, text: &str, confidence: f32) -> Option<&'static str> {
        let rest = || guard::unvouched(put, text, self.direction, &|word| self.is_common(word));
        match confidence {
            _ if self.knows_rare => None,
            ..DISBELIEVED => Some("unsure of the sentence"),
            ..DOUBTFUL if !self.was_taught(&rest()) => Some("unsure of some words"),
            _ => None,
        }
    }

    /// Finishes a candidate for what was `put` to the legs and holds it to the source; the second value is what is left of 1 by all that speaks
    /// against it.
    pub(super) fn judge(
        &self,
        (source, put): (&str, &str),
        candidate: Hypothesis,
        literals: &Literals,
    ) -> (Hypothesis, f32) {
        let unmarked: String = candidate.text.chars().filter(|c| !MARKS.contains(c)).collect();
        let (restored, appended) = literals.restore(&unmarked);
        let text = end_like(source, &guard::restore_names(source, &restored));
        let words: Vec<String> = tokens(&text).into_iter().filter(|t| t.is_word()).map(|t| t.text).collect();
        let (given, made) = (count(source, self.direction.source), count(&text, self.direction.target));
        if words.is_empty() || made > 3 * given + 10 {
            return (passed_on(source), 0.0);
        }
        let common = |word: &str| self.is_common(word);
        let mut verdict =
            if self.is_guarded { guard::check(source, &text, self.direction, &common) } else { guard::Verdict::SOUND };
        // What a leg left alone, a later one may have translated, or only respelt.
        let left = candidate.untranslated.iter().filter_map(|word| words.iter().find(|w| is_respelt(word, w)).cloned());
        let untranslated: Vec<String> = left.collect();
        if self.is_guarded {
            for word in guard::left_alone(&untranslated, self.direction.target) {
                verdict.doubt(Doubt::Word, format!("\"{word}\" left as it is"), STRANGE);
            }
        }
        if let Some(note) = self.disbelieved(put, &text, candidate.confidence).filter(|_| self.is_guarded) {
            verdict.doubt(Doubt::Word, note.to_owned(), STRANGE);
        }
        let mut done = Hypothesis { text, engine: self.own.clone(), ..candidate };
        done.untranslated = untranslated;
        done.confidence = (done.confidence * verdict.factor).clamp(0.0, 1.0);
        done.notes.extend(verdict.notes);
        done.doubts = verdict.doubts;
        if appended > 0 {
            done.notes.push(format!("{appended} address or code moved to the end"));
        }
        let left = i32::try_from(done.untranslated.len()).unwrap_or(i32::MAX);
        (done, verdict.factor * UNTRANSLATED.powi(left))
    }
}

/// A translation that needs no more done to it.
pub(super) fn as_it_is(text: String) -> Option<String> {
    Some(text)
}

/// Runs a sentence through the legs. The first leg with several hypotheses carries on several, the others their best.
pub(super) fn carry(legs: &[Box<dyn Leg>], sentence: &str, names: &[String]) -> Result<Vec<Hypothesis>, EngineError> {
    let mut now = vec![Hypothesis { text: sentence.to_owned(), confidence: 1.0, ..Hypothesis::default() }];
    for leg in legs {
        let room = if now.len() == 1 { CARRIED } else { 1 };
        let mut next = Vec::new();
        for before in now {
            for after in leg.translate(&before.text, names)?.into_iter().take(room) {
                next.push(Hypothesis {
                    confidence: before.confidence * after.confidence,
                    untranslated: [before.untranslated.clone(), after.untranslated].concat(),
                    notes: [before.notes.clone(), after.notes].concat(),
                    text: after.text,
                    doubts: Vec::new(),
                    engine: String::new(),
                });
            }
        }
        now = next;
    }
    Ok(now)
}

/// Whether there is nothing against a translation.
pub(super) fn is_sound(done: &Hypothesis) -> bool {
    done.confidence >= DOUBTFUL && done.untranslated.is_empty() && done.doubts.is_empty()
}

/// The candidate that least speaks against, with what is left of 1 by it; among equals the first, which is the most probable.
pub(super) fn choose(judged: Vec<(Hypothesis, f32)>) -> Option<(Hypothesis, f32)> {
    let most_likely = judged.iter().map(|(h, _)| h.confidence).fold(0.0, f32::max);
    let mut best: Option<(Hypothesis, f32)> = None;
    for (hypothesis, merit) in judged {
        let likely = hypothesis.confidence >= TOO_UNLIKELY * most_likely;
        if best.as_ref().is_none_or(|(_, so_far)| likely && merit > *so_far) {
            best = Some((hypothesis, merit));
        }
    }
    best
}

/// Text that could not be translated: as it was, and said to be so.
fn passed_on(source: &str) -> Hypothesis {
    Hypothesis {
        text: source.to_owned(),
        confidence: PASSED_ON,
        untranslated: tokens(source).into_iter().filter(|t| t.is_word()).map(|t| t.text).collect(),
        notes: vec!["could not be translated, passed on as it was".to_owned()],
        doubts: vec![Doubt::Word],
        engine: String::new(),
    }
}

/// Whether `word` is the foreign word `unknown` itself, give or take accents and an ending.
fn is_respelt(unknown: &str, word: &str) -> bool {
    let (unknown, word) = (fold(unknown), fold(word));
    let longer = unknown.chars().count().max(word.chars().count());
    let common = unknown.chars().zip(word.chars()).take_while(|(a, b)| a == b).count();
    common * 20 >= longer * 17
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A leg that says one thing, as surely and as quickly as it is told to.
    struct Sayer(&'static str, f32, Duration);

    impl Leg for Sayer {
        fn name(&self) -> String {
            self.0.to_owned()
        }
        fn direction(&self) -> Direction {
            "en-es".parse().unwrap()
        }
        fn has_time(&self, _: &str, time: Duration) -> bool {
            self.2 <= time
        }
        fn translate(&self, _: &str, _: &[String]) -> Result<Vec<Hypothesis>, EngineError> {
            if self.1 < 0.0 {
                return Err(EngineError::EngineFailed { engine: self.name(), problem: "it would not".to_owned() });
            }
            Ok(vec![Hypothesis { text: self.0.to_owned(), confidence: self.1, ..Hypothesis::default() }])
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    /// The answer, who made it, and what else is told, of a quick engine and a slow one that needs a second.
    fn asked(soon: (&'static str, f32), late: (&'static str, f32), source: &str, time: Duration) -> [String; 3] {
        let direction: Direction = "en-es".parse().unwrap();
        let route =
            |(text, confidence), slow| Route::new(direction, vec![Box::new(Sayer(text, confidence, slow))], None);
        let done = route(soon, Duration::ZERO).or_slowly(route(late, SECOND)).translate(source, &[], time).unwrap();
        [done.text, done.engine, done.notes.join("; ")]
    }

    #[test]
    fn the_slow_engine_is_asked_in_doubt_where_there_is_time() {
        let sure = ("Las casas son rojas.", 0.9);
        let unsure = ("Las casas son de rojo.", 0.4);
        let late = ("Las casas rojas.", 0.7);
        let say = |soon, late, time| asked(soon, late, "The houses are red.", time)[0].clone();
        assert_eq!(say(sure, late, 2 * SECOND), sure.0, "nothing is in doubt");
        assert_eq!(say(unsure, late, 2 * SECOND), late.0);
        assert_eq!(say(unsure, late, SECOND / 2), unsure.0, "it would take too long");
        assert_eq!(say(unsure, late, Duration::ZERO), unsure.0, "never");
        assert_eq!(say(("", -1.0), late, 2 * SECOND), late.0, "the quick one failed");
        assert_eq!(asked(unsure, late, "The houses are red.", SECOND)[1], late.0, "who made it is told");
    }

    #[test]
    fn what_the_slow_engine_says_is_held_to_the_source_as_well() {
        let unsure = ("Hay 25 casas.", 0.4);
        let say = |late| asked(unsure, late, "There are 25 houses.", SECOND);
        assert_eq!(say(("Hay 25 casas ahí.", 0.9))[0], "Hay 25 casas ahí.");
        let [text, engine, notes] = say(("Hay 52 casas.", 0.9));
        assert_eq!((text.as_str(), engine.as_str()), (unsure.0, unsure.0), "the number is another");
        assert!(notes.contains("to no avail"), "{notes}");
        let [text, _, notes] = say(("Hay 25 casas.", -1.0));
        assert_eq!(text, unsure.0);
        assert!(notes.contains("it would not"), "{notes}");
        let named = asked(("Veo a Ana.", 0.4), ("La veo.", 0.9), "I see Ana.", SECOND);
        assert_eq!(named[0], "Veo a Ana.", "the name was lost");
    }

    fn hypothesis(confidence: f32) -> Hypothesis {
        Hypothesis { confidence, ..Hypothesis::default() }
    }

    #[test]
    fn a_doubtful_best_gives_way_to_a_sound_second_but_not_to_an_unlikely_one() {
        let pick = |second: f32| choose(vec![(hypothesis(0.8), 0.4), (hypothesis(second), 1.0)]).unwrap().0.confidence;
        assert_eq!(pick(0.7), 0.7);
        assert_eq!(pick(0.1), 0.8);
    }

    #[test]
    fn a_respelt_word_is_still_untranslated() {
        assert!(is_respelt("zyrblof", "Zyrbloff") && is_respelt("ñandú", "nandu"));
        assert!(!is_respelt("zapato", "shoe") && !is_respelt("nación", "nation") && !is_respelt("casa", "cases"));
    }
}
