//! The words that a model was taught.

use std::collections::HashSet;

use crate::han::is_han;

/// Words of a language, and phrases that stand for one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Taught(HashSet<String>);

impl Taught {
    /// Reads one a line: in small letters, a phrase with a space between its words; of Mandarin characters, and words of several.
    pub fn read(lines: &str) -> Self {
        Self(lines.lines().map(str::to_owned).collect())
    }

    /// Whether a word or phrase is among them.
    pub fn has(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let runs: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).filter(|run| !run.is_empty()).collect();
        self.0.contains(&runs.join(" "))
    }

    /// Whether all words of a text are, and all its Chinese characters.
    pub fn has_all(&self, text: &str) -> bool {
        words_of(text).all(|word| self.0.contains(&word))
    }
}

/// Runs of letters in small ones, and single Chinese characters, as `engines/training/words.py` counts them.
pub(super) fn words_of(text: &str) -> impl Iterator<Item = String> {
    let runs = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    runs.flat_map(|run| run.split_inclusive(is_han).flat_map(apart)).map(str::to_lowercase)
}

/// A run of letters that may end in a Chinese character: what stands before that, and the character.
fn apart(run: &str) -> impl Iterator<Item = &str> {
    let at = run.char_indices().next_back().filter(|(_, c)| is_han(*c)).map_or(run.len(), |(at, _)| at);
    let (before, character) = run.split_at(at);
    [before, character].into_iter().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_phrases_are_found_however_they_are_written() {
        let taught = Taught::read("light\ntraffic light\n红\n红绿灯\nrond point\n");
        for known in ["Light", "traffic light", "Traffic-Light", "红绿灯", "rond-point"] {
            assert!(taught.has(known), "{known}");
        }
        assert!(taught.has_all("红, light!") && !taught.has_all("红绿灯"));
        assert!(!taught.has("traffic") && !taught.has("绿") && !taught.has(""));
    }

    #[test]
    fn words_are_runs_of_letters_and_single_characters() {
        assert_eq!(words_of("I'm 30, DON'T").collect::<Vec<_>>(), ["i", "m", "don", "t"]);
        assert_eq!(words_of("我叫John，3点").collect::<Vec<_>>(), ["我", "叫", "john", "点"]);
    }
}
