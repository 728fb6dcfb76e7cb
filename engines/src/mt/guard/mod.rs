//! Holds a translation to its source: numbers, negation, names, words that matter, and what is not language at all.
//!
//! | question | file |
//! |---|---|
//! | what may be said against a translation, and how much does it weigh? | [`check`] |
//! | numbers, times, prices, halves | `numbers` |
//! | does it deny? | `negation` with `data/guard/negation.tsv` |
//! | left and right, allergens, medicines, days, places | `terms` with `data/guard/terms.tsv` |
//! | what is said in the place of words that an engine does not know? | `substitute` |
//! | how is a table's form found in a text? | `forms` |
//! | people's names; addresses and codes | `names`, `literal` |
//! | is something of it no text of the language? | `scraps` |

mod forms;
mod literal;
mod names;
mod negation;
mod numbers;
mod scraps;
mod substitute;
mod terms;

pub(super) use literal::Literals;
pub(super) use names::{lost as lost_names, names_of, restore as restore_names};
pub(super) use substitute::{Substitution, TURNS};

use crate::{Direction, Language, message::Doubt};
use negation::Polarity;
use terms::Fate;

/// What a translation lost or added.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Verdict {
    /// What is in doubt.
    pub doubts: Vec<Doubt>,
    /// One line for each doubt.
    pub notes: Vec<String>,
    /// What is left of 1 by all that speaks against it: the confidence is to be multiplied by it.
    pub factor: f32,
}

impl Verdict {
    /// Nothing to be said against it.
    pub const SOUND: Self = Self { doubts: Vec::new(), notes: Vec::new(), factor: 1.0 };

    /// Adds a doubt, and what is left of 1 by it.
    pub fn doubt(&mut self, doubt: Doubt, note: String, factor: f32) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
        self.notes.push(note);
        self.factor *= factor;
    }
}

/// Tells whether a word, or a phrase that stands for one, is common: one that every engine was taught.
pub(super) type Common<'c> = &'c dyn Fn(&str) -> bool;

/// Confidence left where a number was lost: it may be the very thing that was asked for.
const NUMBER_LOST: f32 = 0.4;

/// Confidence left where yes may have become no.
const NEGATION_CHANGED: f32 = 0.5;

/// Confidence left where a word that matters is not there or was not said, and where another of its kind stands in its place.
const TERM_LOST: f32 = 0.5;
const TERM_EXCHANGED: f32 = 0.3;

/// `text` with its numbers in digits, where any is written in words.
pub(super) fn in_digits(text: &str, language: Language) -> Option<String> {
    numbers::in_digits(text, language)
}

/// Whether `text` holds a word that is not common and that the tables have a translation of.
pub(super) fn has_rare(text: &str, direction: Direction, common: Common<'_>) -> bool {
    !substitute::rare(text, direction, common).is_empty()
}

/// Whether a number stands at the end of `text`, to which the next word may belong.
pub(super) fn ends_in_number(text: &str, language: Language) -> bool {
    let end = text.trim_end().len();
    numbers::read(text, language).iter().any(|number| number.place(text).1 >= end)
}

/// What of `source` nothing vouches for: it without its numbers, the words that the tables find in `target`, and the names, addresses and codes that
/// stand there as they are.
pub(super) fn unvouched(source: &str, target: &str, direction: Direction, common: Common<'_>) -> String {
    let (said, there) = ((source, direction.source), (target, direction.target));
    let mut seen_to = substitute::present(source, target, direction, common);
    seen_to.extend(terms::present(said, there));
    seen_to.extend(numbers::read(source, direction.source).iter().map(|number| number.place(source)));
    let mut begin = 0;
    for word in source.split_inclusive(char::is_whitespace) {
        if is_kept(word, direction.source, target) {
            seen_to.push((begin, begin + word.len()));
        }
        begin += word.len();
    }
    let is_seen_to = |at: usize| seen_to.iter().any(|(begin, end)| (*begin..*end).contains(&at));
    source.char_indices().map(|(at, c)| if is_seen_to(at) { ' ' } else { c }).collect()
}

/// Whether a word is a name, an address or a code that stands in `target` as it is. In German every noun has a capital.
fn is_kept(word: &str, language: Language, target: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let is_name = language != Language::De && bare.starts_with(char::is_uppercase);
    (is_name || bare.contains(|c: char| c.is_ascii_digit() || "@/.".contains(c))) && target.contains(bare)
}

/// Those of the words that an engine left `untranslated` which are none of the `target` language. Of Spanish that is not told: what the
/// engines leave alone on the way there is Portuguese, and often the same.
pub(super) fn left_alone(untranslated: &[String], target: Language) -> impl Iterator<Item = &String> {
    // A capital begins a name, or what may be one.
    let is_long = |word: &str| word.chars().count() >= SHORTEST && !word.starts_with(char::is_uppercase);
    let is_known = move |word: &str| LOANS.contains(&word) || substitute::is_word(word, target);
    let is_strange = move |word: &&String| is_long(word) && !is_known(word);
    untranslated.iter().filter(move |_| target != Language::Es).filter(is_strange)
}

/// What all of them have from everywhere.
const LOANS: [&str; 24] = [
    "wifi", "selfie", "yoga", "karaoke", "blog", "email", "zoom", "sauna", "ferry", "latex", "pizza", "sushi", "taxi",
    "hotel", "jazz", "rock", "online", "chef", "ballet", "camping", "bungalow", "software", "hardware", "spray",
];

/// Letters of a word that tells what language it is of.
const SHORTEST: usize = 4;

/// Compares a target sentence with its source.
pub(super) fn check(source: &str, target: &str, direction: Direction, common: Common<'_>) -> Verdict {
    let mut verdict = Verdict::SOUND;
    let (said, there) = ((source, direction.source), (target, direction.target));
    let numbers = numbers::compare(said, there);
    for (what, numbers) in [("lost", numbers.lost), ("added", numbers.added)] {
        if !numbers.is_empty() {
            verdict.doubt(Doubt::Number, format!("number {what}: {}", numbers.join(", ")), NUMBER_LOST);
        }
    }
    let polarity = (negation::polarity(source, direction.source), negation::polarity(target, direction.target));
    match polarity {
        (Some(Polarity::Denies), Some(Polarity::Affirms)) => {
            verdict.doubt(Doubt::Negation, "negation lost".to_owned(), NEGATION_CHANGED);
        }
        (Some(Polarity::Affirms), Some(Polarity::Denies)) => {
            verdict.doubt(Doubt::Negation, "negation added".to_owned(), NEGATION_CHANGED);
        }
        _ if negation::changed_necessity(said, there) => {
            verdict.doubt(Doubt::Negation, "need not for must not".to_owned(), NEGATION_CHANGED);
        }
        _ => {}
    }
    for change in terms::changed(said, there) {
        let factor = if matches!(change.fate, Fate::Became(..)) { TERM_EXCHANGED } else { TERM_LOST };
        verdict.doubt(change.doubt, change.to_string(), factor);
    }
    for scrap in scraps::find(source, there) {
        verdict.doubt(Doubt::Word, format!("\"{scrap}\" is of another language"), TERM_LOST);
    }
    if let Some(word) = scraps::stutter(source, target) {
        verdict.doubt(Doubt::Word, format!("\"{word}\" again and again"), TERM_LOST);
    }
    for (begin, end) in substitute::absent(source, target, direction, common) {
        verdict.doubt(Doubt::Word, format!("\"{}\" lost", &source[begin..end]), TERM_LOST);
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Common<'static> = &|_| true;

    fn doubts(direction: &str, source: &str, target: &str) -> Vec<String> {
        check(source, target, direction.parse().unwrap(), ALL).notes
    }

    #[test]
    fn words_are_vouched_for_by_tables_and_by_standing_there() {
        let rest = |source, target| {
            let rest = unvouched(source, target, "en-fr".parse().unwrap(), &|_| false);
            rest.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let said = "Jonas has two wheelchairs, ask jonas@example.org about lard.";
        let kept = "Jonas a deux fauteuils roulants, demandez à jonas@example.org, lard.";
        assert_eq!(rest(said, kept), "has , ask about lard.");
        assert_eq!(rest("Jonas has peanuts.", "Il a des arachides."), "Jonas has .");
        assert_eq!(rest("", ""), "");
    }

    #[test]
    fn doubts_are_named_and_lower_the_confidence() {
        let direction: Direction = "en-es".parse().unwrap();
        let check = |source, target| check(source, target, direction, ALL);
        assert_eq!(check("I have 2 dogs.", "Tengo dos perros.").factor, 1.0);
        let verdict = check("I do not have 25 dogs.", "Tengo perros.");
        assert_eq!(verdict.notes, ["number lost: 25", "negation lost"]);
        assert!(verdict.factor < 0.3);
        assert_eq!(verdict.doubts, [Doubt::Number, Doubt::Negation]);
    }

    #[test]
    fn words_that_matter_may_neither_get_lost_nor_change_places() {
        for (direction, source, target, wanted) in [
            ("en-de", "Turn left at the bank.", "Biegen Sie an der Bank links ab.", ""),
            ("en-de", "Turn left at the bank.", "Biegen Sie an der Bank rechts ab.", "\"left\" became \"right\""),
            ("en-fr", "Turn left, then turn right.", "Tournez à droite, puis à gauche.", "\"left\" became \"right\""),
            ("zh-en", "往左走，然后往右走。", "Go left, then turn right.", ""),
            ("fr-en", "Je suis allergique à la pénicilline.", "I'm allergic.", "\"penicillin\" lost"),
            ("es-en", "Vuelva el martes.", "Come back on Monday.", "\"tuesday\" became \"monday\""),
            ("en-zh", "It costs $5.", "价格是五欧元。", "\"dollar\" became \"euro\""),
            ("de-en", "Ich habe Halsschmerzen.", "I have a sore throat.", ""),
            ("en-es", "Come on Monday.", "Venga el lunes o el martes.", "\"tuesday\" added"),
            ("en-zh", "That's nine thousand yuan.", "这是九千元。", ""),
            ("en-zh", "That's nine thousand yuan.", "这是九千日元。", "\"yuan\" became \"yen\""),
            ("zh-en", "我舌头疼。", "I have a headache.", "\"tongue\" lost"),
        ] {
            assert_eq!(doubts(direction, source, target).join("; "), wanted, "{source} {target}");
        }
    }
}
