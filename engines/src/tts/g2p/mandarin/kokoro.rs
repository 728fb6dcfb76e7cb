//! Syllables in the symbols that Kokoro's Mandarin voices learned.
//!
//! They learned from the transcriptions of misaki 0.9 (`ZHG2P` without a version): IPA with one symbol for an
//! affricate, the tone as an arrow behind the vowel, nothing for the neutral one, and a space between words.

use super::syllable::Syllable;

/// The initials as they are spelled.
const INITIALS: [(&str, &str); 21] = [
    ("zh", "ꭧ"),
    ("ch", "ꭧʰ"),
    ("sh", "ʂ"),
    ("b", "p"),
    ("p", "pʰ"),
    ("m", "m"),
    ("f", "f"),
    ("d", "t"),
    ("t", "tʰ"),
    ("n", "n"),
    ("l", "l"),
    ("g", "k"),
    ("k", "kʰ"),
    ("h", "x"),
    ("j", "ʨ"),
    ("q", "ʨʰ"),
    ("x", "ɕ"),
    ("r", "ɻ"),
    ("z", "ʦ"),
    ("c", "ʦʰ"),
    ("s", "s"),
];

/// The finals: as they are spelled in full, and what stands before and behind the tone.
const FINALS: [(&str, &str, &str); 37] = [
    ("a", "a", ""),
    ("ai", "ai", ""),
    ("an", "a", "n"),
    ("ang", "a", "ŋ"),
    ("ao", "au", ""),
    ("e", "ɤ", ""),
    ("ei", "ei", ""),
    ("en", "ə", "n"),
    ("eng", "ə", "ŋ"),
    ("er", "ɚ", ""),
    ("i", "i", ""),
    ("ia", "ja", ""),
    ("ian", "jɛ", "n"),
    ("iang", "ja", "ŋ"),
    ("iao", "jau", ""),
    ("ie", "je", ""),
    ("in", "i", "n"),
    ("ing", "i", "ŋ"),
    ("io", "jɔ", ""),
    ("iong", "jʊ", "ŋ"),
    ("iou", "jou", ""),
    ("o", "wo", ""),
    ("ong", "ʊ", "ŋ"),
    ("ou", "ou", ""),
    ("u", "u", ""),
    ("ua", "wa", ""),
    ("uai", "wai", ""),
    ("uan", "wa", "n"),
    ("uang", "wa", "ŋ"),
    ("uei", "wei", ""),
    ("uen", "wə", "n"),
    ("ueng", "wə", "ŋ"),
    ("uo", "wo", ""),
    ("v", "y", ""),
    ("van", "ɥɛ", "n"),
    ("ve", "ɥe", ""),
    ("vn", "y", "n"),
];

/// The vowel of zhi and zi, which is spelled i.
const BUZZED: (&str, &str) = ("ɨ", "");

/// The symbols of one syllable.
pub(super) fn symbols(syllable: &Syllable) -> String {
    let tone = match syllable.tone {
        1 => "→",
        2 => "↗",
        3 => "↓",
        4 => "↘",
        _ => "",
    };
    let (initial, last) = syllable.parts();
    let of = |spelled: &str| INITIALS.iter().find(|(key, _)| *key == spelled).map_or("", |(_, symbol)| symbol);
    let (vowel, coda) = match (initial, last.as_str()) {
        ("zh" | "ch" | "sh" | "r" | "z" | "c" | "s", "i") => BUZZED,
        // By itself it is an open vowel without a glide.
        ("", "o") => ("ɔ", ""),
        (_, last) => FINALS.iter().find(|(key, ..)| *key == last).map_or(("", ""), |(_, vowel, coda)| (vowel, coda)),
    };
    if syllable.rhotic {
        return format!("{}{vowel}{tone}{}", of(initial), rhotic(coda));
    }
    format!("{}{vowel}{tone}{coda}", of(initial))
}

/// What a syllable ends in that has taken up the suffix 儿: n gives way to it.
fn rhotic(coda: &str) -> String {
    if coda == "ŋ" { "ŋɚ".into() } else { "ɚ".into() }
}
