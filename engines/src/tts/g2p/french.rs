//! French spelling to phonemes, as eSpeak NG (voice `fr-fr`) writes them: Kokoro's French voice learned from its
//! transcriptions, liaisons included. French spelling is too far from its sound for rules of our own.
//!
//! The program's symbols are brought to Kokoro's as `misaki` does it, the front that Kokoro's makers trained with
//! (`EspeakG2P`, Apache-2.0): marks are kept, what is between them is transcribed piece by piece, and some pairs of
//! sounds are one symbol.

use super::super::espeak::{INSTALL, LIMIT, PROGRAM, Program};
use crate::{EngineError, clock::Clock};

/// The program writes a tie between the sounds of a pair.
const ARGUMENTS: [&str; 7] = ["-q", "-b", "1", "-v", "fr-fr", "--ipa", "--tie=^"];

/// Pairs that are one symbol.
const PAIRS: [(&str, &str); 11] = [
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^z", "ʣ"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("o^ʊ", "O"),
    ("ə^ʊ", "Q"),
    ("s^s", "S"),
    ("t^s", "ʦ"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
];

/// Longest piece given at once, in bytes: the program reads lines of up to a thousand.
const LONGEST: usize = 600;

/// Phonemes of `text`, which is plain words and punctuation (see [`super::super::normalize`]).
///
/// # Errors
/// [`EngineError::ProgramMissing`], [`EngineError::Timeout`] or [`EngineError::EngineFailed`].
pub fn phonemes(text: &str, clock: &dyn Clock) -> Result<String, EngineError> {
    let pieces = pieces(text);
    let words: Vec<&str> = pieces.iter().filter(|(_, said)| *said).map(|(piece, _)| piece.trim()).collect();
    if words.is_empty() {
        return Ok(String::new());
    }
    // One line in, one line out.
    let lines: String = words.iter().flat_map(|line| [line, "\n"]).collect();
    let written = Program::start(PROGRAM, &ARGUMENTS, &lines, INSTALL)?.read_all(clock, LIMIT)?;
    let written = String::from_utf8_lossy(&written);
    let mut transcribed = written.lines();
    if written.lines().count() != words.len() {
        let problem = format!("{} lines of phonemes came for {} of text", written.lines().count(), words.len());
        return Err(EngineError::EngineFailed { engine: PROGRAM.into(), problem });
    }
    let said = pieces.iter().map(|(piece, said)| match said {
        true => format!("{}{}{}", gap(piece, true), symbols(transcribed.next().unwrap_or("")), gap(piece, false)),
        false => (*piece).to_owned(),
    });
    Ok(said.collect())
}

/// The space at the start, or the end, of a piece.
fn gap(piece: &str, start: bool) -> &'static str {
    let spaced = if start { piece.starts_with(' ') } else { piece.ends_with(' ') };
    if spaced { " " } else { "" }
}

/// `text` cut at its marks; whether each piece is words.
fn pieces(text: &str) -> Vec<(&str, bool)> {
    let of_a_word =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | '\'' | '-') || ('\u{300}'..='\u{36f}').contains(&c);
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let here = &text[start..at];
        let changes = here.chars().next_back().is_some_and(|last| of_a_word(last) != of_a_word(c));
        // A text without marks is cut between words.
        if changes || (c == ' ' && here.len() > LONGEST) {
            pieces.push(here);
            start = at;
        }
    }
    pieces.push(&text[start..]);
    pieces.into_iter().map(|piece| (piece, piece.contains(char::is_alphanumeric))).collect()
}

/// Kokoro's symbols for what the program wrote.
fn symbols(written: &str) -> String {
    // "(en)" and "(fr)" around words of another language say nothing of their sound.
    let mut plain = String::with_capacity(written.len());
    let mut within = false;
    for c in written.chars() {
        match c {
            '(' => within = true,
            ')' => within = false,
            _ if within => {}
            _ => plain.push(c),
        }
    }
    let joined = PAIRS.iter().fold(plain, |text, (pair, symbol)| text.replace(pair, symbol));
    let mut output = String::with_capacity(joined.len());
    for c in joined.trim().chars() {
        match c {
            // A consonant that is a syllable by itself has a faint vowel before it.
            '\u{329}' => {
                if let Some(consonant) = output.pop() {
                    output.extend(['ᵊ', consonant]);
                }
            }
            '-' | '^' => {}
            c => output.push(c),
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MonotonicClock;
    use proptest::prelude::*;

    #[test]
    fn liaison_and_marks_come_through() {
        let said = |text: &str| phonemes(text, &MonotonicClock::start()).unwrap();
        assert_eq!(said("Les enfants ont un bon ami."), "lez ɑ̃fˈɑ̃z ˈɔ̃t œ̃ bˈɔ̃n amˈi.");
        assert_eq!(said("Où ça, s'il vous plaît?"), "u sˈa, sil vu plˈɛ?");
        assert_eq!((said("..."), said("")), (String::new(), String::new()));
    }

    #[test]
    fn foreign_words_lose_their_flags() {
        let said = phonemes("un parking", &MonotonicClock::start()).unwrap();
        assert!(!said.contains(['(', ')', '^']) && said.contains('p'), "{said}");
    }

    #[test]
    fn symbols_are_those_of_the_voice() {
        assert_eq!(symbols("t^ʃ a^ɪ (^e^n)b(^f^r) le-z n̩"), "ʧ I b lez ᵊn");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// Whatever the words and marks, every piece has its line.
        #[test]
        fn any_text_is_transcribed(text in "[a-zàéèêçœ'\\- .,;!?ß世]{0,300}") {
            prop_assert!(phonemes(&text, &MonotonicClock::start()).is_ok());
            let whole: String = pieces(&text).iter().map(|(piece, _)| *piece).collect();
            prop_assert_eq!(whole, text);
        }

        #[test]
        fn a_text_without_marks_is_cut(words in 1usize..400) {
            let text = "taxi ".repeat(words);
            prop_assert!(pieces(&text).iter().all(|(piece, _)| piece.len() < 1_000));
        }
    }
}
