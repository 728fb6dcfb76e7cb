//! Says a sentence with known words in the place of those that an engine lost, and puts those into its translation.
//!
//! An engine that was never taught "gluten" makes anything of it; "bread without sugar" it was taught a hundred times. So where a word that
//! matters or a number is lost, another of its kind is translated in its place, found in the translation, and exchanged there for what the table
//! has for the word that was meant. Placeholders that stand for words of a kind are an old device of machine translation (Crego et al.
//! 2016, "SYSTRAN's pure neural machine translation systems", 2.3); a real word keeps the sentence one that the engine knows.
//!
//! | question | file |
//! |---|---|
//! | which words can stand for each other? | `words` with `data/guard/substitutes.tsv` |
//! | which numbers? | `numbers` |
//! | what changes about a word that is exchanged: "an onion", "l'ail"? | `agreement` |

mod agreement;
mod numbers;
mod words;

use super::{
    Common,
    numbers::{self as values, Number},
    terms,
};
use crate::Direction;

/// From where to where in a text, in bytes.
type Span = (usize, usize);

/// How often it is worth trying, each time with other substitutes.
pub(in crate::mt) const TURNS: usize = 4;

pub(super) use words::{absent, is_word, present, rare};

/// From this turn on, all numbers of a sentence in which one was lost have a substitute: they get in each other's way.
const ALL_NUMBERS: usize = 2;

/// What was put in the place of something.
#[derive(Debug, Clone, PartialEq)]
enum Swap {
    Word(words::Swap),
    Number(numbers::Swap),
}

/// A sentence with substitutes in it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::mt) struct Substitution {
    direction: Direction,
    text: String,
    swaps: Vec<Swap>,
}

impl Substitution {
    /// `source` with something else of its kind in the place of each word and number that any of its translations `seen` so far lost; each
    /// of the [`TURNS`] has other substitutes. `common` tells which words any engine knows. Nothing where nothing was lost
    /// that another can stand for.
    pub fn of(source: &str, seen: &[String], direction: Direction, common: Common<'_>, turn: usize) -> Option<Self> {
        let said = (source, direction.source);
        let matters = |text: &String| terms::changed(said, (text, direction.target));
        let mut lost: Vec<Span> = seen.iter().flat_map(matters).filter_map(|change| change.fate.span()).collect();
        lost.extend(seen.iter().flat_map(|text| words::absent(source, text, direction, common)));
        let words = words::replace(source, &lost, direction, turn);
        let words = words.into_iter().map(|(span, text, swap)| (span, text, Swap::Word(swap)));
        let lost_numbers = seen.iter().flat_map(|text| values::lost(said, (text, direction.target)));
        let mut lost_numbers: Vec<Number> = lost_numbers.collect();
        if turn >= ALL_NUMBERS && !lost_numbers.is_empty() {
            lost_numbers = values::read(source, direction.source);
        }
        let numbers = numbers::replace(said, &lost_numbers, turn);
        let numbers = numbers.into_iter().map(|(span, text, swap)| (span, text, Swap::Number(swap)));
        let mut all: Vec<(Span, String, Swap)> = words.chain(numbers).collect();
        all.sort_by_key(|(span, _, _)| *span);
        all.dedup_by(|later, earlier| later.0.0 < earlier.0.1);
        if all.is_empty() {
            return None;
        }
        let (edits, swaps): (Vec<_>, Vec<_>) = all.into_iter().map(|(span, text, swap)| ((span, text), swap)).unzip();
        Some(Self { direction, text: edited(source, edits), swaps })
    }

    /// The sentence with its substitutes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A translation of it with what was meant in the place of each substitute; nothing where one of them is not to be found.
    pub fn undo(&self, translation: &str) -> Option<String> {
        let target = self.direction.target;
        // Engines write either; the articles know one.
        let translation = &translation.replace('’', "'");
        let found = self.swaps.iter().map(|swap| match swap {
            Swap::Word(word) => word.undo(translation, target),
            Swap::Number(number) => number.undo(translation, target),
        });
        let mut edits: Vec<(Span, String)> = found.collect::<Option<_>>()?;
        edits.sort_by_key(|(span, _)| *span);
        edits.windows(2).all(|two| two[0].0.1 <= two[1].0.0).then(|| edited(translation, edits))
    }
}

/// `text` with others in some places, which are in order and apart from each other.
fn edited(text: &str, edits: Vec<(Span, String)>) -> String {
    let (mut made, mut at) = (String::new(), 0);
    for ((begin, end), other) in edits {
        made.push_str(&text[at..begin]);
        made.push_str(&other);
        at = end;
    }
    made.push_str(&text[at..]);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentence with substitutes, and what a translation of that becomes.
    fn said(direction: &str, source: &str, lossy: &str, turn: usize, translation: &str) -> (String, String) {
        let seen = [lossy.to_owned()];
        let substitution = Substitution::of(source, &seen, direction.parse().unwrap(), &|_| true, turn).unwrap();
        (substitution.text().to_owned(), substitution.undo(translation).unwrap_or_default())
    }

    #[test]
    fn a_lost_word_is_translated_with_another_in_its_place() {
        for (direction, source, lossy, put, translation, wanted) in [
            (
                "fr-en",
                "Je suis allergique aux cacahuètes.",
                "I'm allergic to dogs.",
                "Je suis allergique aux pommes.",
                "I'm allergic to apples.",
                "I'm allergic to peanuts.",
            ),
            (
                "en-fr",
                "No onions for me, please.",
                "Aucune chose pour moi.",
                "No eggs for me, please.",
                "Pas d'œufs pour moi.",
                "Pas d'oignons pour moi.",
            ),
            (
                "en-fr",
                "I need garlic.",
                "J'ai besoin de jardin.",
                "I need money.",
                "J'ai besoin d'argent.",
                "J'ai besoin d'ail.",
            ),
            (
                "zh-en",
                "我需要胰岛素。",
                "I need a doctor.",
                "我需要牛奶。",
                "I need some milk.",
                "I need some insulin.",
            ),
            ("en-zh", "My knee hurts.", "我肚子疼。", "My arm hurts.", "我的胳膊疼。", "我的膝盖疼。"),
            (
                "de-en",
                "Diese Pilze sind giftig.",
                "These pills are good.",
                "Diese Äpfel sind gefährlich.",
                "These apples are dangerous.",
                "These mushrooms are poisonous.",
            ),
            (
                "en-de",
                "It takes a day from Vienna to Munich.",
                "Es dauert einen Tag.",
                "It takes a day from Paris to London.",
                "Von Paris nach London dauert es einen Tag.",
                "Von Wien nach München dauert es einen Tag.",
            ),
        ] {
            let (text, undone) = said(direction, source, lossy, 0, translation);
            assert_eq!((text.as_str(), undone.as_str()), (put, wanted));
        }
    }

    #[test]
    fn each_turn_has_other_substitutes_and_none_that_stands_in_the_sentence() {
        let put = |turn| said("en-es", "An apple and a lemon and a peanut.", "Una manzana.", turn, "").0;
        assert!((0..TURNS).all(|turn| !put(turn).ends_with("an apple.") && !put(turn).ends_with("peanut.")));
        assert!(put(0) != put(1) && put(1) != put(2));
    }

    #[test]
    fn a_substitute_that_is_not_in_the_translation_undoes_it() {
        assert_eq!(said("en-es", "I need an onion.", "Necesito.", 0, "Necesito algo.").1, "");
        assert_eq!(said("en-es", "I need an onion.", "Necesito.", 0, "Una manzana y una manzana.").1, "");
        let direction = "en-es".parse().unwrap();
        let none =
            |source, lossy: &str| Substitution::of(source, &[lossy.to_owned()], direction, &|_| true, 0).is_none();
        assert!(none("I need an onion.", "Necesito una cebolla."), "nothing is lost");
        assert!(none("Bring it upstairs.", "Tráelo."), "nothing stands for it");
    }

    #[test]
    fn a_quantity_does_not_become_a_time_nor_lose_its_unit() {
        for (direction, source, lossy) in [
            ("es-en", "Tome una cada seis horas.", "Take one every hour."),
            ("de-en", "Die Preise sind um 20 Prozent gestiegen.", "Prices have risen."),
            ("zh-en", "这瓶水五块钱。", "This bottle of water is money."),
            ("zh-en", "百分之二十的学生。", "Students."),
            ("fr-en", "Ça dure une heure et demie.", "It lasts an hour."),
        ] {
            let substitution = Substitution::of(source, &[lossy.to_owned()], direction.parse().unwrap(), &|_| true, 0);
            assert!(substitution.is_none(), "{substitution:?}");
        }
    }

    #[test]
    fn a_lost_number_is_translated_as_another() {
        for (direction, source, lossy, put, translation, wanted) in [
            (
                "fr-en",
                "Trente-cinq mille personnes vivent ici.",
                "People live here.",
                "20 personnes vivent ici.",
                "Twenty people live here.",
                "35000 people live here.",
            ),
            (
                "en-zh",
                "I'll be back in fifteen minutes.",
                "我10分钟后回来。",
                "I'll be back in 8 minutes.",
                "我八分钟后回来。",
                "我15分钟后回来。",
            ),
            (
                "zh-en",
                "我们等了两个半小时。",
                "We waited two hours.",
                "我们等了8个小时。",
                "We waited eight hours.",
                "We waited 2.5 hours.",
            ),
            (
                "en-de",
                "We waited two and a half hours.",
                "Wir warteten zwei Stunden.",
                "We waited 8 hours.",
                "Wir warteten acht Stunden.",
                "Wir warteten 2,5 Stunden.",
            ),
            (
                "de-fr",
                "Zimmer 007 ist frei.",
                "La chambre est libre.",
                "Zimmer 8 ist frei.",
                "La chambre 8 est libre.",
                "La chambre 007 est libre.",
            ),
        ] {
            let (text, undone) = said(direction, source, lossy, 0, translation);
            assert_eq!((text.as_str(), undone.as_str()), (put, wanted));
        }
    }
}
