//! Latin letters among Mandarin.

use super::syllable::Syllable;

/// As they are said in Mandarin: English names in Mandarin's sounds.
const NAMES: [(char, &str); 26] = [
    ('a', "ei1"),
    ('b', "bi4"),
    ('c', "xi1"),
    ('d', "di4"),
    ('e', "yi4"),
    ('f', "ai2fu5"),
    ('g', "ji4"),
    ('h', "ei2chi5"),
    ('i', "ai4"),
    ('j', "zhei4"),
    ('k', "kei4"),
    ('l', "ai2lou5"),
    ('m', "ai2mu5"),
    ('n', "en1"),
    ('o', "ou1"),
    ('p', "pi4"),
    ('q', "kiu4"),
    ('r', "ar1"),
    ('s', "ai2si5"),
    ('t', "ti4"),
    ('u', "you1"),
    ('v', "wei1"),
    ('w', "da2bu5liu5"),
    ('x', "ai2ke5si5"),
    ('y', "wai1"),
    ('z', "zei4"),
];

/// The syllables of a letter's name; none for what is no letter of the Latin alphabet.
pub(super) fn name(letter: char) -> Vec<Syllable> {
    let plain = letter.to_ascii_lowercase();
    let name = NAMES.iter().find(|(key, _)| *key == plain).map_or("", |(_, name)| name);
    let word: String = std::iter::repeat_n(letter, 3).collect();
    let mut syllables: Vec<Syllable> = Syllable::row(&word, name).collect();
    if plain == 'r' {
        syllables.iter_mut().for_each(|s| (s.sound, s.rhotic) = ("a".into(), true));
    }
    syllables
}

/// Whether a word in Latin letters is read: three letters or more, not all of them capitals, and vowels among them as
/// well as others.
pub(super) fn is_read(word: &str) -> bool {
    let is_vowel = |c: char| "aeiouyàáâäãåèéêëìíîïòóôöõøùúûü".contains(c.to_lowercase().next().unwrap_or(c));
    word.chars().nth(2).is_some()
        && word.contains(|c: char| c.is_lowercase())
        && word.contains(is_vowel)
        && word.contains(|c: char| !is_vowel(c))
}
