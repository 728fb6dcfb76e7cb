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

    /// Initial and final, the final as it is spelled in full: of `yuan` none and `van`, of `liu` `l` and `iou`. The
    /// final of zhi and of zi is `i`.
    pub(in super::super::super) fn parts(&self) -> (&str, String) {
        let sound = self.sound.as_str();
        if let Some(rest) = sound.strip_prefix('y') {
            let last = match rest.strip_prefix('u') {
                Some(rest) => format!("v{rest}"),
                // yi, yin and ying keep their i, the others have it instead of the y.
                None if rest.starts_with('i') => rest.to_owned(),
                None => format!("i{rest}"),
            };
            return ("", last);
        }
        if let Some(rest) = sound.strip_prefix('w') {
            return ("", if rest == "u" { "u".to_owned() } else { format!("u{rest}") });
        }
        let initial = INITIALS.iter().find(|initial| sound.starts_with(**initial)).copied().unwrap_or_default();
        let last = &sound[initial.len()..];
        let is_front = matches!(initial, "j" | "q" | "x");
        let last = match last {
            "iu" => "iou".to_owned(),
            "ui" => "uei".to_owned(),
            "un" if !is_front => "uen".to_owned(),
            "ue" => "ve".to_owned(),
            _ if is_front && last.starts_with('u') => format!("v{}", &last[1..]),
            _ => last.to_owned(),
        };
        (initial, last)
    }
}

/// The initials as they are spelled, the longer ones first.
const INITIALS: [&str; 21] =
    ["zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s"];

/// As pinyin with the tone behind it: `hao3`, `dianr3`.
impl fmt::Display for Syllable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.sound, if self.rhotic { "r" } else { "" }, self.tone)
    }
}
