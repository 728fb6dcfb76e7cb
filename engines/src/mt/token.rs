//! Words and punctuation of one sentence, with the marks that Apertium puts on words it could not handle.

use crate::han::is_han;

/// What Apertium says about a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// `*`: not in the source dictionary; the word is as it was.
    Unknown,
    /// `@`: not in the bilingual dictionary; a lemma of the source language.
    Untransferred,
    /// `#`: could not be inflected; a lemma of the target language.
    Uninflected,
}

/// A word or one punctuation character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The characters.
    pub text: String,
    /// Whether white space stands before it.
    pub spaced: bool,
    /// Apertium's mark.
    pub mark: Option<Mark>,
}

impl Token {
    /// An unmarked token.
    pub fn new(text: impl Into<String>, spaced: bool) -> Self {
        Self { text: text.into(), spaced, mark: None }
    }

    /// Whether it is a word or a number.
    pub fn is_word(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_alphanumeric)
    }

    /// Whether it begins with a capital letter.
    pub fn is_capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// Cuts a sentence into tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    cut(text, false)
}

/// Cuts a sentence of Apertium's into tokens and takes its marks off.
pub(super) fn marked_tokens(text: &str) -> Vec<Token> {
    cut(text, true)
}

fn cut(text: &str, marked: bool) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or(' ');
    let mut found: Vec<Token> = Vec::new();
    let (mut i, mut spaced) = (0, false);
    while i < chars.len() {
        let c = at(i);
        if c.is_whitespace() {
            (spaced, i) = (true, i + 1);
            continue;
        }
        let mark = match c {
            '*' => Some(Mark::Unknown),
            '@' => Some(Mark::Untransferred),
            '#' => Some(Mark::Uninflected),
            _ => None,
        }
        .filter(|_| marked && at(i + 1).is_alphanumeric());
        i += usize::from(mark.is_some());
        let begin = i;
        if at(i).is_alphanumeric() {
            // Words of another script within Mandarin stand without a space.
            let is_same = |c: char| c.is_alphanumeric() && is_han(c) == is_han(at(begin));
            while is_same(at(i)) || joins(at(i.saturating_sub(1)), at(i), at(i + 1)) {
                i += 1;
            }
        } else {
            i += 1;
        }
        found.push(Token { text: chars[begin..i].iter().collect(), spaced, mark });
        spaced = false;
    }
    found
}

/// Whether `c` belongs to one word with its neighbours: an apostrophe, a hyphen, a separator within a number, or a
/// combining accent.
fn joins(before: char, c: char, after: char) -> bool {
    match c {
        '\'' | '’' | '-' => before.is_alphanumeric() && after.is_alphanumeric(),
        '.' | ',' | ':' => before.is_ascii_digit() && after.is_ascii_digit(),
        '\u{300}'..='\u{36f}' => true,
        _ => false,
    }
}

/// Puts tokens together again.
pub(super) fn join(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        if token.spaced && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    text
}

/// `text` in lower case and without accents on Latin letters, for comparing words across languages.
pub(super) fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            other => other,
        })
        .collect()
}

/// `word` with its first letter in upper case.
pub(super) fn capitalise(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_off_and_punctuation_stands_alone() {
        let found = marked_tokens("El *amendoim, #gustar (1.250,50) a las 7:30.");
        let words: Vec<&str> = found.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(words, ["El", "amendoim", ",", "gustar", "(", "1.250,50", ")", "a", "las", "7:30", "."]);
        assert_eq!(found[1].mark, Some(Mark::Unknown));
        assert_eq!(found[3].mark, Some(Mark::Uninflected));
        assert_eq!(join(&found), "El amendoim, gustar (1.250,50) a las 7:30.");
        let mixed: Vec<String> = tokens("我叫John，3点来").into_iter().map(|t| t.text).collect();
        assert_eq!(mixed, ["我叫", "John", "，", "3", "点来"]);
    }

    proptest::proptest! {
        #[test]
        fn joining_loses_nothing_but_white_space(text in "\\PC{0,60}") {
            let squeeze = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            proptest::prop_assert_eq!(squeeze(&join(&tokens(&text))), squeeze(&text));
        }
    }
}
