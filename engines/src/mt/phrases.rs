//! The phrase book: fixed phrases that a model would translate word by word.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use crate::{Direction, Language};

/// The book of English and Spanish.
const ENGLISH_SPANISH: &str = include_str!("data/phrases.en-es.tsv");

/// The mark of a phrase that may open a sentence without a comma.
const OPENS: &str = "opens";

/// Words before which a phrase may end without a comma.
const JOINTS: [&str; 2] = ["but", "pero"];

/// Words that go with the phrase before them: "sorry to hear", "lo siento mucho", "disculpe las molestias".
const BOUND: [&str; 46] = [
    "a",
    "about",
    "ahi",
    "al",
    "and",
    "aqui",
    "as",
    "at",
    "como",
    "con",
    "cuando",
    "de",
    "del",
    "el",
    "en",
    "for",
    "if",
    "in",
    "la",
    "las",
    "lo",
    "los",
    "mi",
    "mucho",
    "muchisimo",
    "my",
    "o",
    "of",
    "or",
    "por",
    "que",
    "si",
    "so",
    "su",
    "tanto",
    "that",
    "the",
    "to",
    "un",
    "una",
    "very",
    "when",
    "while",
    "with",
    "y",
    "your",
];

/// The phrases of one direction.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// By the words of the phrase, as [`key`] has them.
    book: HashMap<Vec<String>, &'static str>,
    /// Those of them that may open a sentence without a comma.
    openers: HashSet<Vec<String>>,
    /// Words of the longest phrase.
    longest: usize,
}

impl Phrases {
    /// The phrases for `direction`; none where there is no book.
    pub fn of(direction: Direction) -> Self {
        let mut phrases = Self::default();
        let is_forward = direction == Direction::new(Language::En, Language::Es);
        if !is_forward && direction.reversed() != Direction::new(Language::En, Language::Es) {
            return phrases;
        }
        for line in ENGLISH_SPANISH.lines().filter(|l| !l.starts_with('#')) {
            let mut cells = line.split('\t');
            let (Some(english), Some(spanish)) = (cells.next(), cells.next()) else { continue };
            let (said, meant) = if is_forward { (english, spanish) } else { (spanish, english) };
            let words: Vec<String> = said.split_whitespace().map(key).collect();
            phrases.longest = phrases.longest.max(words.len());
            if let Entry::Vacant(row) = phrases.book.entry(words) {
                if cells.next() == Some(OPENS) {
                    phrases.openers.insert(row.key().clone());
                }
                row.insert(meant);
            }
        }
        phrases
    }

    /// The translation of a sentence that is a phrase of the book.
    pub fn whole(&self, sentence: &str) -> Option<String> {
        let words: Vec<String> = sentence.split_whitespace().map(key).collect();
        let meant = self.book.get(&words)?;
        Some(punctuated(&cased(meant, sentence), sentence))
    }

    /// The translation of the phrase that a sentence begins with before a comma or a joint, and the rest of it. The comma
    /// stays with the phrase.
    pub fn leading<'s>(&self, sentence: &'s str) -> Option<(String, &'s str)> {
        let mut words = Vec::new();
        let mut found = None;
        let mut at = 0;
        while words.len() < self.longest {
            let rest = &sentence[at..];
            let Some(word) = rest.split_whitespace().next() else { break };
            at += rest.find(word).unwrap_or(0) + word.len();
            words.push(key(word));
            let rest = sentence[at..].trim_start();
            let next = rest.split_whitespace().next().map(key).unwrap_or_default();
            let comma = if word.ends_with(',') { "," } else { "" };
            if rest.is_empty() || (comma.is_empty() && !JOINTS.contains(&next.as_str())) {
                continue;
            }
            if let Some(meant) = self.book.get(&words) {
                found = Some((format!("{}{comma}", cased(meant, sentence)), rest));
            }
        }
        found
    }

    /// The same for a sentence of which only the beginning is certain, and where the rest begins in bytes: once phrase and
    /// comma or joint are certain, or a phrase that opens a sentence is and another word has been heard.
    pub fn leading_for_sure(&self, certain: &str, tentative: &str) -> Option<(String, usize)> {
        let ahead = format!("{certain}{tentative}");
        let marked = self.leading(&ahead).and_then(|(text, rest)| {
            let end = ahead.len() - rest.len();
            let phrase = ahead[..end].trim_end();
            let is_sure = if phrase.ends_with(',') { phrase.len() <= certain.len() } else { end < certain.len() };
            is_sure.then_some((text, end))
        });
        marked.or_else(|| self.opening(certain, &ahead))
    }

    /// The phrase that `ahead` opens with, where it lies within what is `certain` and a word follows that does not go with it:
    /// no bound one, none that makes a longer phrase of it, and no name, which is kept as one only within a sentence.
    fn opening(&self, certain: &str, ahead: &str) -> Option<(String, usize)> {
        let heard: Vec<String> = ahead.split_whitespace().map(key).collect();
        let count = (1..=self.longest.min(heard.len())).rev().find(|&count| self.openers.contains(&heard[..count]))?;
        let next = ahead.split_whitespace().nth(count)?;
        let is_name = next.starts_with(char::is_uppercase) && next != "I" && !next.starts_with("I'");
        let goes_with_it = heard[count].is_empty() || is_name || BOUND.contains(&heard[count].as_str());
        if goes_with_it || self.book.keys().any(|longer| longer.len() > count && goes_on_alike(longer, &heard)) {
            return None;
        }
        let mut end = 0;
        for (word, expected) in certain.split_whitespace().zip(&heard[..count]) {
            if key(word) != *expected {
                return None;
            }
            end += certain[end..].find(word)? + word.len();
        }
        let is_certain = certain.split_whitespace().count() >= count;
        let end = certain[..end].trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        is_certain.then(|| (cased(self.book[&heard[..count]], ahead), end))
    }
}

/// Whether what was heard is the beginning of a phrase, or the phrase the beginning of it.
fn goes_on_alike(phrase: &[String], heard: &[String]) -> bool {
    phrase.iter().zip(heard).all(|(a, b)| a == b)
}

/// A word as it is compared: lower case, without accents and the punctuation around it.
fn key(word: &str) -> String {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    bare.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'á' => 'a',
            'é' => 'e',
            'í' => 'i',
            'ó' => 'o',
            'ú' | 'ü' => 'u',
            other => other,
        })
        .collect()
}

/// A phrase that begins small where the sentence does.
fn cased(phrase: &str, sentence: &str) -> String {
    let is_small = sentence.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_lowercase);
    // "I" is never small.
    if !is_small || phrase.starts_with("I ") || phrase.starts_with("I'") {
        return phrase.to_owned();
    }
    let mut was_first = true;
    let small = |c: char| {
        let is_first = was_first && c.is_alphabetic();
        was_first = was_first && !is_first;
        if is_first { c.to_lowercase().next().unwrap_or(c) } else { c }
    };
    phrase.chars().map(small).collect()
}

/// A phrase that ends as the sentence does, where it has no end of its own.
fn punctuated(phrase: &str, sentence: &str) -> String {
    let end = sentence.chars().next_back().filter(|c| matches!(c, '.' | '!'));
    match end {
        _ if phrase.ends_with(['?', '!']) => phrase.to_owned(),
        Some('!') if sentence.starts_with('¡') => format!("{phrase}!"),
        Some('!') => format!("¡{phrase}!"),
        Some(end) => format!("{phrase}{end}"),
        None => phrase.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spanish() -> Phrases {
        Phrases::of("en-es".parse().unwrap())
    }

    fn english() -> Phrases {
        Phrases::of("es-en".parse().unwrap())
    }

    #[test]
    fn a_phrase_is_found_whatever_its_case_accents_and_end() {
        assert_eq!(spanish().whole("I'm sorry.").as_deref(), Some("Lo siento."));
        assert_eq!(spanish().whole("thank you!").as_deref(), Some("¡gracias!"));
        assert_eq!(spanish().whole("How are you").as_deref(), Some("¿Cómo está?"));
        assert_eq!(english().whole("¡Lo siento!").as_deref(), Some("I'm sorry!"));
        assert_eq!(english().whole("buenos dias").as_deref(), Some("good morning"));
        assert_eq!(english().whole("¿Qué hora es?").as_deref(), Some("What time is it?"));
        assert_eq!(spanish().whole("I'm sorry for him."), None);
        assert_eq!(spanish().whole(""), None);
    }

    #[test]
    fn a_sentence_may_begin_with_one() {
        assert_eq!(spanish().leading("I'm sorry, but I can't."), Some(("Lo siento,".into(), "but I can't.")));
        assert_eq!(english().leading("Lo siento pero no puedo."), Some(("I'm sorry".into(), "pero no puedo.")));
        assert_eq!(spanish().leading("Thank you, sir."), Some(("Gracias,".into(), "sir.")));
        assert_eq!(spanish().leading("Thank you."), None);
        assert_eq!(spanish().leading("No one came, but we left."), None);
    }

    #[test]
    fn a_phrase_is_said_once_it_and_its_end_are_certain() {
        let sure = |certain: &str, tentative: &str| english().leading_for_sure(certain, tentative);
        assert_eq!(sure("Lo siento,", " no puedo"), Some(("I'm sorry,".into(), 11)));
        assert_eq!(sure("Estoy bien", ", no puedo"), None);
        assert_eq!(sure("Estoy bien", " pero no"), None);
        assert_eq!(sure("Lo siento pero", " no"), Some(("I'm sorry".into(), 10)));
        assert_eq!(sure("Lo siento,", ""), None, "it may be all of it");
    }

    #[test]
    fn a_phrase_that_opens_a_sentence_waits_for_a_word_and_for_no_comma() {
        let sure = |certain: &str, tentative: &str| english().leading_for_sure(certain, tentative);
        assert_eq!(sure("Por favor", " espere mi"), Some(("Please".into(), 9)));
        assert_eq!(sure("Por favor espere", " un momento"), Some(("Please".into(), 9)));
        assert_eq!(sure("Por favor", ", espere"), Some(("Please".into(), 9)), "the comma may yet go");
        assert_eq!(sure("Por favor", ""), None, "it may be all of it");
        assert_eq!(sure("Por", " favor espere"), None);
        assert_eq!(sure("Lo siento", " mucho"), None, "a longer phrase");
        assert_eq!(sure("Lo siento", " por él"), None);
        assert_eq!(sure("Estoy bien", " con ellos"), None, "it opens nothing");
        assert_eq!(sure("Disculpe", " las molestias"), None);
        assert_eq!(sure("Buenos días", " Rosa cómo"), None, "a name");
        assert_eq!(sure("Lo siento", " — no"), None, "no word");
        assert_eq!(spanish().leading_for_sure("Good morning", " everybody"), Some(("Buenos días".into(), 12)));
        assert_eq!(spanish().leading_for_sure("Please hold", " on"), Some(("Por favor".into(), 6)));
        assert_eq!(spanish().leading_for_sure("Sorry", " I am"), Some(("Lo siento".into(), 5)));
        assert_eq!(spanish().leading_for_sure("Please sit", " down"), None, "a longer phrase");
        assert_eq!(spanish().leading_for_sure("Please sit", ""), None, "it may become a longer phrase");
        assert_eq!(spanish().leading_for_sure("Please speak", " to me"), Some(("Por favor".into(), 6)));
    }

    #[test]
    fn the_book_has_a_phrase_on_both_sides_of_every_line() {
        for line in ENGLISH_SPANISH.lines().filter(|l| !l.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert!(cells.len() == 2 || cells.get(2) == Some(&OPENS) && cells.len() == 3, "{line:?}");
            assert!(cells.iter().all(|c| !c.trim().is_empty() && c.trim() == *c), "{line:?}");
        }
        for phrases in [spanish(), english()] {
            assert!(phrases.openers.len() >= 7 && phrases.openers.iter().all(|words| phrases.book.contains_key(words)));
        }
        assert!(Phrases::of("en-de".parse().unwrap()).book.is_empty());
    }
}
