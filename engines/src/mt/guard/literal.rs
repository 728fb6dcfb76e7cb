//! What is no language and must come through letter by letter: addresses, links, codes.

use crate::{
    han::{is_han, is_wide},
    mt::token::fold,
};

/// A word longer than this is none.
const LONGEST_WORD: usize = 30;

/// A stand-in survives because no dictionary knows it and no rule touches it: `Zkwaz`, `Zkwbz` and so on.
const STAND_IN: &str = "Zkw";

/// Words taken out of a sentence before translation, to be put back after it.
#[derive(Debug, Default)]
pub(in crate::mt) struct Literals(Vec<String>);

impl Literals {
    /// Replaces every literal of `sentence` by a stand-in, and every word that is one of `others`.
    pub fn mask(sentence: &str, others: &[String]) -> (String, Self) {
        let mut literals = Vec::new();
        let mut mask = |word: &str| {
            let bare = word.trim_end_matches(['.', ',', '!', '?', ';', ':', ')', '"']);
            if bare.is_empty() || !(is_literal(bare) || others.iter().any(|o| o == bare)) {
                return word.to_owned();
            }
            literals.push(bare.to_owned());
            format!("{}{}", stand_in(literals.len() - 1), &word[bare.len()..])
        };
        let words = sentence.split_whitespace().map(|word| parts(word).map(&mut mask).collect::<String>());
        (words.collect::<Vec<_>>().join(" "), Self(literals))
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The stand-ins in use, which count as names meanwhile.
    pub fn stand_ins(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.0.len()).map(stand_in)
    }

    /// Puts the literals back; one whose stand-in got lost is appended, for it must not be swallowed. Gives the text
    /// and how many were appended.
    pub fn restore(&self, target: &str) -> (String, usize) {
        let mut text = target.to_owned();
        let mut lost: Vec<&str> = Vec::new();
        for (at, literal) in self.0.iter().enumerate() {
            let wanted = stand_in(at);
            match find_word(&text, &wanted) {
                Some(found) => text = text.replacen(&found, literal, 1),
                None => lost.push(literal.as_str()),
            }
        }
        if !lost.is_empty() {
            text = format!("{} {}", text.trim_end(), lost.join(" ")).trim_start().to_owned();
        }
        (text, lost.len())
    }
}

/// The runs of Chinese, marks included, and of other characters in a word.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    // Wide letters stand for themselves.
    let is_chinese = |c: char| is_han(c) || (is_wide(c) && !c.is_alphanumeric());
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = is_chinese(rest.chars().next()?);
        let (part, more) = rest.split_at(rest.find(move |c| is_chinese(c) != first).unwrap_or(rest.len()));
        rest = more;
        Some(part)
    })
}

/// `wanted` as it stands in `text`, whatever its capitals.
fn find_word(text: &str, wanted: &str) -> Option<String> {
    let mut words = text.split(|c: char| !c.is_alphanumeric() || is_han(c));
    words.find(|word| fold(word) == fold(wanted)).map(str::to_owned)
}

fn stand_in(at: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or(0));
    let tail: String = if at < 26 { letter(at).into() } else { [letter(at / 26 - 1), letter(at)].iter().collect() };
    format!("{STAND_IN}{tail}z")
}

/// Whether a word is an address, a link, a path, a code, or no word at all.
fn is_literal(word: &str) -> bool {
    if word.starts_with(is_han) {
        return false;
    }
    let has = |c: char| word.contains(c);
    let inner = |c: char| word.trim_matches(c).contains(c);
    let (letters, digits) = (word.chars().any(char::is_alphabetic), word.chars().any(|c| c.is_ascii_digit()));
    (inner('@') && has('.'))
        || word.contains("://")
        || word.starts_with("www.")
        || word.chars().count() > LONGEST_WORD
        || has('\\')
        || (inner('_') && letters)
        || (letters && digits && is_code(word))
}

/// Whether letters and digits are mixed as in `AB12CD`, other than `7pm` or `1st`.
fn is_code(word: &str) -> bool {
    let kinds: Vec<bool> = word.chars().filter(|c| c.is_alphanumeric()).map(|c| c.is_ascii_digit()).collect();
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let begins_with_letter = kinds.first() == Some(&false);
    changes > 1 || (begins_with_letter && changes == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_language_is_taken_out_and_put_back() {
        let text = "Write to john.smith@example.com or https://example.org/a?b=1, code AB12CD, at 7pm on the 1st.";
        let (masked, literals) = Literals::mask(text, &[]);
        assert_eq!(masked, "Write to Zkwaz or Zkwbz, code Zkwcz, at 7pm on the 1st.");
        assert_eq!(literals.restore(&masked), (text.to_owned(), 0));
        let mandarin =
            "请写信给john.smith@example.com，密码是AB12CD，一共三十个字以上的一句话也不能算作一个地址或者一个代码。";
        let (masked, literals) = Literals::mask(mandarin, &[]);
        assert!(masked.contains("给Zkwaz，") && masked.contains("是Zkwbz，"), "{masked}");
        assert_eq!(literals.restore(&masked), (mandarin.to_owned(), 0));
        let (_, literals) = Literals::mask(text, &[]);
        let (restored, appended) = literals.restore("Escribe a zkwbz.");
        assert_eq!(
            (restored.as_str(), appended),
            ("Escribe a https://example.org/a?b=1. john.smith@example.com AB12CD", 2)
        );
    }

    proptest::proptest! {
        #[test]
        fn masking_is_undone_whatever_the_text(text in "\\PC{0,80}") {
            let (masked, literals) = Literals::mask(&text, &[]);
            let words: Vec<&str> = text.split_whitespace().collect();
            if !text.to_lowercase().contains("zkw") {
                proptest::prop_assert_eq!(literals.restore(&masked).0, words.join(" "));
            }
        }
    }
}
