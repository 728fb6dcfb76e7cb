//! The words of a hypothesis, as they are compared with those of another.

use std::ops::Range;

use crate::Language;

/// One word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What is compared: small letters, without punctuation.
    pub key: String,
    /// Its bytes in the text, with the punctuation that hangs on it.
    pub span: Range<usize>,
    /// The end of its last letter or digit, within `span`: what follows is punctuation.
    pub bare_end: usize,
}

/// The words of a text; characters for a language that is written without spaces. Punctuation that stands alone belongs
/// to the word before it.
#[must_use]
pub fn words(text: &str, language: Language) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    for span in pieces(text, language) {
        let piece = &text[span.clone()];
        let key: String = piece.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let last = piece.char_indices().rfind(|(_, c)| c.is_alphanumeric());
        match (last, found.last_mut()) {
            (Some((at, c)), _) => {
                found.push(Word { key, bare_end: span.start + at + c.len_utf8(), span });
            }
            (None, Some(before)) => before.span.end = span.end,
            (None, None) => {}
        }
    }
    found
}

/// The runs of characters without white space, or for Mandarin the single characters.
fn pieces(text: &str, language: Language) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut is_open = false;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match pieces.last_mut() {
            _ if c.is_whitespace() => is_open = false,
            Some(piece) if is_open && language != Language::Zh => piece.end = end,
            _ => {
                pieces.push(at..end);
                is_open = true;
            }
        }
    }
    pieces
}

/// How many words a text has as people count them; a Mandarin word has two characters.
#[must_use]
pub fn count(text: &str, language: Language) -> usize {
    let words = words(text, language).len();
    if language == Language::Zh { words.div_ceil(2) } else { words }
}

/// How many words two texts have in common at their beginning.
#[must_use]
pub fn common_words(a: &[Word], b: &[Word]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a.key == b.key).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{En, Es, Zh};

    fn keys(text: &str, language: Language) -> Vec<String> {
        words(text, language).into_iter().map(|w| w.key).collect()
    }

    #[test]
    fn case_and_punctuation_do_not_count() {
        assert_eq!(keys("Turn left — NOW!", En), ["turn", "left", "now"]);
        assert_eq!(keys("¿Dónde está?", Es), ["dónde", "está"]);
        assert_eq!(keys(" … ", En), [""; 0]);
        let found = words("Well, yes.", En);
        assert_eq!((found[0].span.clone(), found[0].bare_end), (0..5, 4));
        assert_eq!((found[1].span.clone(), found[1].bare_end), (6..10, 9));
        assert_eq!(words("Stop - here", En)[0].span, 0..6);
    }

    #[test]
    fn mandarin_counts_characters() {
        assert_eq!(keys("向左转，然后", Zh), ["向", "左", "转", "然", "后"]);
        assert_eq!(words("左，", Zh)[0].span, 0..6);
        assert_eq!((count("向左转，然后", Zh), count("Turn left", En)), (3, 2));
    }

    proptest::proptest! {
        #[test]
        fn words_stand_where_they_say(text in "\\PC{0,60}") {
            for language in [En, Zh] {
                let found = words(&text, language);
                for word in &found {
                    proptest::prop_assert!(text.get(word.span.clone()).is_some());
                    proptest::prop_assert!((word.span.start..=word.span.end).contains(&word.bare_end));
                    proptest::prop_assert!(text.is_char_boundary(word.bare_end));
                }
                proptest::prop_assert!(found.windows(2).all(|two| two[0].span.end <= two[1].span.start));
            }
        }
    }
}
