//! A syllable of Mandarin: its sound and its tone.

use std::fmt;

/// One syllable, written as pinyin without its tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syllable {
    /// The character that stands for it, or the letter whose name it is part of.
    pub character: char,
    /// Initial and final as they are spelled, `v` for ü: `zhuang`, `lv`, `er`. Lower-case letters only.
    pub sound: String,
    /// 1 to 4, or 5 for the neutral tone.
    pub tone: u8,
    /// Whether the suffix 儿 has become part of it.
    pub rhotic: bool,
}

impl Syllable {
    /// The syllables of a word by its reading, in which one stands behind the other with its tone: `yin2hang2`.
    pub(super) fn row<'r>(word: &'r str, reading: &'r str) -> impl Iterator<Item = Self> + 'r {
        reading.split_inclusive(|c: char| c.is_ascii_digit()).zip(word.chars()).filter_map(|(one, character)| {
            let (sound, tone) = one.split_at_checked(one.len().checked_sub(1)?)?;
            Some(Self { character, sound: sound.to_owned(), tone: tone.parse().ok()?, rhotic: false })
        })
    }
}

/// As pinyin with the tone behind it: `hao3`, `dianr3`.
impl fmt::Display for Syllable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.sound, if self.rhotic { "r" } else { "" }, self.tone)
    }
}
