//! From written text to words: what is said for numbers, times, prices, abbreviations and addresses, and nothing that
//! cannot be said.
//!
//! A language is a list of rules, tried in order over the whole text; what one has put into words the next no longer
//! sees as digits. A language without a list is only cleaned: its voice reads numbers itself.

mod clean;
mod english;
mod french;
mod german;
mod mandarin;
mod number;
mod spanish;

use std::borrow::Cow;

use regex::{Captures, Regex};

use crate::{Language, han};

/// A text ready to be pronounced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Words and punctuation; empty where there is nothing to say.
    pub text: String,
    /// Characters that stand for something and cannot be said: emoji, symbols, letters of another script.
    pub left_out: usize,
}

/// A pattern and what is said for it.
struct Rule {
    pattern: Regex,
    say: fn(&Captures) -> String,
}

impl Rule {
    fn new(pattern: &str, say: fn(&Captures) -> String) -> Self {
        // The patterns are constants, and every one of them is compiled by the tests.
        Self { pattern: Regex::new(pattern).unwrap_or_else(|e| unreachable!("{e}")), say }
    }
}

/// Puts `text` into words. `is_final` says that the sentence ends here: it then gets a full stop where it has no mark of
/// its own, and a comma otherwise, for the melody.
#[must_use]
pub fn normalize(text: &str, language: Language, is_final: bool) -> Spoken {
    let mut text = clean::strip_markup(text);
    let rules: &[Rule] = match language {
        Language::En => english::rules(),
        Language::Es => spanish::rules(),
        Language::Fr => french::rules(),
        Language::De => german::rules(),
        Language::Zh => mandarin::rules(),
        Language::Pt | Language::Ca => &[],
    };
    if language == Language::Zh {
        text = text.chars().map(han::simplified).collect();
    }
    if clean::is_shouted(&text) {
        text = text.to_lowercase();
    }
    for rule in rules {
        if let Cow::Owned(said) = rule.pattern.replace_all(&text, rule.say) {
            text = said;
        }
    }
    let (mut text, left_out) = clean::keep_speakable(&text, language);
    if language == Language::Zh {
        text = mandarin::space(&text);
    }
    Spoken { text: clean::close(text, is_final), left_out }
}

/// A group of a match, or nothing.
fn group<'c>(captures: &'c Captures, name: &str) -> &'c str {
    captures.name(name).map_or("", |m| m.as_str())
}

/// What is `said` for the sign of a number (group `minus`), where there is one.
fn minus(c: &Captures, said: &'static str) -> &'static str {
    if group(c, "minus").is_empty() { "" } else { said }
}

/// A pattern of any of `names`, the longest first.
fn alternatives<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<String> = names.map(regex::escape).collect();
    names.sort_by_key(|n| std::cmp::Reverse(n.len()));
    names.join("|")
}

/// An abbreviation, its dot, and what follows (groups `short` and `more`), written out.
fn expand(c: &Captures, abbreviations: &[(&str, &str)]) -> String {
    let long = abbreviations.iter().find(|(short, _)| *short == group(c, "short")).map_or("", |(_, long)| long);
    // At the end of the text the dot ends the sentence too.
    let dot = if group(c, "more").is_empty() { "." } else { "" };
    format!("{long}{dot}{}", group(c, "more"))
}

/// The names of `letters`, with spaces between.
fn spell(letters: &str, names: &[(char, &str)]) -> String {
    let lower = letters.to_lowercase();
    let names = lower.chars().filter_map(|c| names.iter().find(|(letter, _)| *letter == c).map(|(_, name)| *name));
    names.collect::<Vec<_>>().join(" ")
}

/// An address of the net without its `www.`, and with the letters of its country spelled.
fn address_ending(address: &str, names: &[(char, &str)]) -> String {
    let address = address.trim_start_matches("www.");
    match address.rsplit_once('.') {
        Some((front, country)) if country.len() == 2 => format!("{front}.{}", spell(country, names)),
        _ => address.to_owned(),
    }
}

/// Whether a word in capitals is read as a word: those in `known`, longer ones that have a vowel, and those of four letters
/// in which vowels and consonants take turns.
fn is_read(letters: &str, known: &[&str]) -> bool {
    let vowel = |c: char| "AEIOUYÄÖÜÀÂÉÈÊËÎÏÔÛ".contains(c);
    let vowels = letters.chars().filter(|c| vowel(*c)).count();
    let takes_turns = letters.split(vowel).all(|run| run.chars().count() <= 1);
    let ends_well = letters.ends_with(|c: char| vowel(c) || "NSLR".contains(c));
    match letters.chars().count() {
        _ if known.contains(&letters) => true,
        0..4 => false,
        4 => takes_turns && ends_well && vowels < 4,
        _ => vowels > 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every row of a language's table: what is written, TAB, what is said.
    fn is_said_as_in(table: &str, language: Language) {
        let rows: Vec<(&str, &str)> =
            table.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')).collect();
        assert!(rows.len() >= 50, "{}", rows.len());
        let wrong: Vec<String> = rows
            .iter()
            .map(|(text, said)| (text, said, normalize(text, language, true).text))
            .filter(|(_, said, got)| said != &got)
            .map(|(text, said, got)| format!("{text}\n  wanted {said}\n  got    {got}"))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn written_english_is_said_as_people_say_it() {
        is_said_as_in(include_str!("../../../tests/data/normalize.en.tsv"), Language::En);
    }

    #[test]
    fn written_spanish_is_said_as_people_say_it() {
        is_said_as_in(include_str!("../../../tests/data/normalize.es.tsv"), Language::Es);
    }

    #[test]
    fn written_french_is_said_as_people_say_it() {
        is_said_as_in(include_str!("../../../tests/data/normalize.fr.tsv"), Language::Fr);
    }

    #[test]
    fn written_german_is_said_as_people_say_it() {
        is_said_as_in(include_str!("../../../tests/data/normalize.de.tsv"), Language::De);
    }

    #[test]
    fn written_mandarin_is_said_as_people_say_it() {
        is_said_as_in(include_str!("../../../tests/data/normalize.zh.tsv"), Language::Zh);
    }

    proptest! {
        /// Whatever comes in, what goes out can be said, and is not longer than words for it can be.
        #[test]
        fn anything_becomes_speakable(text in "\\PC{0,60}") {
            for language in Language::ALL {
                let spoken = normalize(&text, language, true);
                let digits = language.is_pivot();
                let can_be_said = |c: char| {
                    c.is_alphabetic()
                        || c.is_whitespace()
                        || clean::PUNCTUATION.contains(c)
                        || matches!(c, '\'' | '-')
                        || clean::is_mark(c)
                        || (digits && c.is_ascii_digit())
                };
                let foreign = spoken.text.chars().find(|c| !can_be_said(*c));
                prop_assert_eq!(foreign, None, "{}", spoken.text);
            }
        }

        #[test]
        fn digits_and_signs_never_survive(text in "[0-9 .,:/$€%°+-]{1,30}") {
            for language in [Language::En, Language::Es, Language::Fr, Language::De, Language::Zh] {
                let spoken = normalize(&text, language, true);
                prop_assert!(!spoken.text.contains(|c: char| c.is_ascii_digit()), "{text}: {}", spoken.text);
            }
        }
    }

    #[test]
    fn nothing_to_say_is_empty() {
        for text in ["", "   ", "...", "?!", "<b></b>", "😀", "— —", "\u{0}\u{200b}"] {
            for language in Language::ALL {
                assert_eq!(normalize(text, language, true).text, "", "{text:?}");
            }
        }
        assert_eq!(normalize("😀😀", Language::En, true).left_out, 2);
    }

    #[test]
    fn the_end_follows_the_melody() {
        assert_eq!(normalize("and then", Language::En, false).text, "and then,");
        assert_eq!(normalize("and then", Language::En, true).text, "and then.");
        assert_eq!(normalize("and then?", Language::En, false).text, "and then?");
    }

    #[test]
    fn markup_and_other_scripts_do_not_reach_the_voice() {
        assert_eq!(normalize("Say <b>it</b> &amp; go", Language::En, true).text, "Say it and go.");
        let spoken = normalize("Hello 世界 <speed level=\"30\">you", Language::En, true);
        assert_eq!((spoken.text.as_str(), spoken.left_out), ("Hello you.", 2));
        assert_eq!(normalize("你好，世界", Language::Zh, true).text, "你好, 世界.");
    }
}
