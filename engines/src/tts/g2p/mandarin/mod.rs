//! Mandarin: characters to syllables with the tones of running speech, and those to the symbols of a voice.
//!
//! | question | file |
//! |---|---|
//! | which words are there, and where does one end? | `words`, `data/words.tsv` |
//! | which of its readings has a character here? | `readings`, `data/context.tsv` |
//! | what do tones do to each other? | `tones` |
//! | what is a Latin letter called? | `letters` |
//! | which symbols did Kokoro learn for a syllable? | `kokoro` |
//!
//! `tests/data/pinyin.zh.tsv` is the specification: texts, and how they are said.

mod kokoro;
mod letters;
mod readings;
mod syllable;
mod tones;
mod words;

pub use syllable::Syllable;

use super::spanish;
use crate::han;

/// A part of a text as it is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A word, or the name of a letter.
    Word(Vec<Syllable>),
    /// A name or a word in Latin letters, which is read and not spelled.
    Foreign(String),
    /// A mark, at which a voice may pause.
    Mark(char),
}

/// How `text` is said, which is plain words and punctuation (see [`super::super::normalize`]). What has no reading is
/// left out.
#[must_use]
pub fn read(text: &str) -> Vec<Part> {
    let text: String = text.chars().map(han::simplified).collect();
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let run = rest.find(|other| han::is_han(other) != han::is_han(c)).unwrap_or(rest.len());
        if han::is_han(c) {
            let mut clause = readings::words_of(&rest[..run]);
            tones::change(&mut clause);
            parts.extend(clause.into_iter().map(|word| Part::Word(word.syllables)));
            rest = &rest[run..];
            continue;
        }
        if c.is_alphabetic() {
            let end = rest.find(|other: char| !other.is_alphabetic() || han::is_han(other)).unwrap_or(rest.len());
            let word = &rest[..end];
            if letters::is_read(word) {
                parts.push(Part::Foreign(word.to_owned()));
            } else {
                parts.extend(spelled(word).map(Part::Word));
            }
            rest = &rest[end..];
            continue;
        }
        if !matches!(c, ' ' | '\'' | '-') {
            parts.push(Part::Mark(c));
        }
        rest = &rest[c.len_utf8()..];
    }
    parts.retain(|part| *part != Part::Word(Vec::new()));
    parts
}

/// The letters of a word by their names, for a voice that cannot read it.
pub(in super::super) fn spelled(word: &str) -> impl Iterator<Item = Vec<Syllable>> + '_ {
    word.chars().map(letters::name)
}

/// `text` in pinyin with tone numbers, as it is said: words apart, marks as they are.
#[must_use]
pub fn pinyin(text: &str) -> String {
    spell(text, " ", Syllable::to_string, str::to_owned)
}

/// `text` in the symbols of Kokoro's Mandarin voices. They share them with the Spanish ones, whose rules read a foreign
/// name as most of the world would.
#[must_use]
pub fn phonemes(text: &str) -> String {
    spell(text, "", kokoro::symbols, spanish::phonemes)
}

/// Words with a space between them, and marks behind what they stand behind.
fn spell(text: &str, between: &str, one: impl Fn(&Syllable) -> String, foreign: impl Fn(&str) -> String) -> String {
    let mut spelled = String::new();
    for part in read(text) {
        let opens = spelled.is_empty() || spelled.ends_with(['(', ' ']);
        match part {
            Part::Word(syllables) => {
                if !opens {
                    spelled.push(' ');
                }
                spelled.push_str(&syllables.iter().map(&one).collect::<Vec<_>>().join(between));
            }
            Part::Foreign(word) => {
                if !opens {
                    spelled.push(' ');
                }
                spelled.push_str(&foreign(&word));
            }
            Part::Mark('(') if !opens => spelled.push_str(" ("),
            // Which of the two a straight quote is, only its neighbours say; the voice makes nothing of it.
            Part::Mark('"') => {}
            Part::Mark(mark) => spelled.push(mark),
        }
    }
    spelled
}

#[cfg(test)]
mod tests;
