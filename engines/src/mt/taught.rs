//! The words that a model was taught.

use std::collections::HashSet;

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
        assert!(!taught.has("traffic") && !taught.has("绿") && !taught.has(""));
    }
}
