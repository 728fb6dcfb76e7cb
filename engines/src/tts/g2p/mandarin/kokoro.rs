//! Syllables in the symbols that Kokoro's Mandarin voices learned.
//!
//! They learned from the transcriptions of misaki 0.9 (`ZHG2P` without a version): IPA with one symbol for an affricate, the tone
//! as an arrow behind the vowel, nothing for the neutral one, and a space between words.

use super::syllable::Syllable;

/// The initials as they are spelled, the longer ones first.
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
    let (initial, last) = split(&syllable.sound);
    let of = |spelled: &str| INITIALS.iter().find(|(key, _)| *key == spelled).map_or("", |(_, symbol)| symbol);
    let (vowel, coda) = match (initial, last.as_str()) {
        ("zh" | "ch" | "sh" | "r" | "z" | "c" | "s", "i") => BUZZED,
        // By itself it is an open vowel without a glide.
        ("", "o") => ("ɔ", ""),
        (_, last) => FINALS.iter().find(|(key, ..)| *key == last).map_or(("", ""), |(_, vowel, coda)| (vowel, coda)),
    };
    if syllable.rhotic {
        return format!("{}{vowel}{tone}{}", of(initial), rhotic(vowel, coda));
    }
    format!("{}{vowel}{tone}{coda}", of(initial))
}

/// What a syllable ends in that has taken up the suffix 儿: n gives way to it.
fn rhotic(_vowel: &str, coda: &str) -> String {
    if coda == "ŋ" { "ŋɚ".into() } else { "ɚ".into() }
}

/// Initial and final of a syllable, the final as it is spelled behind no initial or in full: `yuan` is `van`, `liu` is `l` and `iou`.
pub(super) fn split(sound: &str) -> (&str, String) {
    if let Some(rest) = sound.strip_prefix('y') {
        return (
            "",
            match rest.strip_prefix('u') {
                Some(rest) => format!("v{rest}"),
                // yi, yin and ying keep their i, the others have it instead of the y.
                None if rest.starts_with('i') => rest.to_owned(),
                None if rest == "ou" => "iou".to_owned(),
                None => format!("i{rest}"),
            },
        );
    }
    if let Some(rest) = sound.strip_prefix('w') {
        return (
            "",
            match rest {
                "u" => "u".to_owned(),
                "ei" => "uei".to_owned(),
                "en" => "uen".to_owned(),
                _ => format!("u{rest}"),
            },
        );
    }
    let initial = INITIALS.iter().find(|(key, _)| sound.starts_with(key)).map_or("", |(key, _)| *key);
    let last = &sound[initial.len()..];
    let last = match last {
        "iu" => "iou".to_owned(),
        "ui" => "uei".to_owned(),
        "un" if !matches!(initial, "j" | "q" | "x") => "uen".to_owned(),
        _ if matches!(initial, "j" | "q" | "x") && last.starts_with('u') => format!("v{}", &last[1..]),
        "ue" => "ve".to_owned(),
        _ => last.to_owned(),
    };
    (initial, last)
}
