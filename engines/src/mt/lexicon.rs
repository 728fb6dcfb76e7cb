//! Portuguese words that Apertium's dictionary does not know, and their Spanish.
//!
//! `data/lexicon.pt-es.tsv` was written for the words that Apertium left unknown most often in Portuguese made from
//! everyday English (see its head). A row is a lemma, its kind, and the Spanish lemma; the regular forms are made here.

use std::collections::HashMap;

use super::{inflect, token::Token};

/// The lexicon as it ships.
const PORTUGUESE_SPANISH: &str = include_str!("data/lexicon.pt-es.tsv");

/// Endings of learned words that differ by rule, the Portuguese one first; the longest come first.
const COGNATES: [(&str, &str); 12] = [
    ("ções", "ciones"),
    ("sões", "siones"),
    ("ção", "ción"),
    ("são", "sión"),
    ("dades", "dades"),
    ("dade", "dad"),
    ("ência", "encia"),
    ("ância", "ancia"),
    ("ável", "able"),
    ("ível", "ible"),
    ("logia", "logía"),
    ("gem", "je"),
];

/// Words and their translations, all in lower case.
#[derive(Debug)]
pub(super) struct Lexicon(HashMap<String, String>);

impl Lexicon {
    /// The lexicon from Portuguese to Spanish.
    pub fn portuguese_spanish() -> Self {
        Self::parse(PORTUGUESE_SPANISH)
    }

    fn parse(table: &str) -> Self {
        let mut words = HashMap::new();
        for row in table.lines().filter(|row| !row.starts_with('#')) {
            let mut cells = row.split('\t');
            let (Some(pt), Some(kind), Some(es)) = (cells.next(), cells.next(), cells.next()) else { continue };
            let forms = match kind {
                "n" => inflect::noun(pt, es),
                "a" => inflect::adjective(pt, es),
                "v" => inflect::verb(pt, es, cells.next()),
                _ => vec![(pt.to_owned(), es.to_owned())],
            };
            for (pt, es) in forms {
                // The first reading stands: rows and forms are ordered by how common they are.
                words.entry(pt).or_insert(es);
            }
        }
        Self(words)
    }

    /// The Spanish of an unknown Portuguese word: listed, derived by an ending, or nothing.
    pub fn translate(&self, word: &str) -> Option<String> {
        let lower = word.to_lowercase();
        if let Some(found) = self.0.get(&lower) {
            return Some(found.clone());
        }
        // A pronoun hung on a verb: beijá-la, machucá-lo. Spanish writes it as one word with the infinitive.
        if let Some((stem, pronoun)) = lower.split_once('-')
            && let Some(pronoun) = ["lo", "la", "los", "las"].iter().find(|p| **p == pronoun)
            && let Some(infinitive) = self.0.get(&infinitive(stem))
        {
            return Some(format!("{infinitive}{pronoun}"));
        }
        if let Some(found) = lower.strip_suffix("mente").and_then(|stem| self.0.get(stem)) {
            return Some(format!("{found}mente"));
        }
        COGNATES.iter().find_map(|(pt, es)| {
            lower.strip_suffix(pt).filter(|stem| stem.chars().count() > 2).map(|s| format!("{s}{es}"))
        })
    }

    /// Whether the word is listed, so that a capital letter at the head of a sentence does not make it a name.
    pub fn lists(&self, token: &Token) -> bool {
        self.0.contains_key(&token.text.to_lowercase())
    }
}

/// `beijá` to `beijar`: the r that a pronoun has swallowed.
fn infinitive(stem: &str) -> String {
    let mut plain: String = stem.to_owned();
    for (accented, bare) in [("á", "a"), ("ê", "e"), ("é", "e"), ("í", "i")] {
        if let Some(head) = stem.strip_suffix(accented) {
            plain = format!("{head}{bare}");
        }
    }
    plain + "r"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_well_formed() {
        for row in PORTUGUESE_SPANISH.lines().filter(|row| !row.starts_with('#')) {
            let cells: Vec<&str> = row.split('\t').collect();
            assert!((3..=4).contains(&cells.len()), "{row}");
            assert!(["n", "a", "v", "x"].contains(&cells[1]), "{row}");
            assert!(cells.iter().all(|cell| !cell.trim().is_empty() && cell.trim() == *cell), "{row}");
            if cells[1] == "v" {
                assert!(!inflect::verb(cells[0], cells[2], None).is_empty(), "{row}");
            }
        }
    }

    #[test]
    fn unknown_words_find_their_spanish() {
        let lexicon = Lexicon::portuguese_spanish();
        for (pt, es) in [
            ("amendoim", "cacahuete"),
            ("Amendoins", "cacahuetes"),
            ("beijá-la", "besarla"),
            ("moderação", "moderación"),
            ("machucaram", "lastimaron"),
        ] {
            assert_eq!(lexicon.translate(pt).as_deref(), Some(es));
        }
        assert_eq!(lexicon.translate("Zyxx"), None);
    }
}
