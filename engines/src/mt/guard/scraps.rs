//! What is no text of the language: what a model of several languages left of another ("需要一 martillo"; only another script is told apart), and
//! a word that it could not leave ("auch auch auch").

use crate::{Language, han::is_han};

/// Letters that are no abbreviation, as "T恤" and "AA制" have. Nor are those that do not begin small: ATM, WiFi, and names.
const WORD: usize = 3;

/// The runs of another script in a translation: of letters in Mandarin those that its source does not hold, in other languages all that is Mandarin.
pub(super) fn find(source: &str, (target, language): (&str, Language)) -> Vec<String> {
    let is_mandarin = language == Language::Zh;
    let is_strange = |c: char| if is_mandarin { c.is_alphabetic() && !is_han(c) } else { is_han(c) };
    let least = if is_mandarin { WORD } else { 1 };
    let bare = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect::<String>();
    let source = bare(source);
    let is_said = |run: &str| is_mandarin && source.contains(&bare(run));
    let is_word = |run: &&str| run.chars().count() >= least && !(is_mandarin && run.starts_with(char::is_uppercase));
    let runs = target.split(|c| !is_strange(c)).filter(is_word);
    runs.filter(|run| !is_said(run)).map(str::to_owned).collect()
}

/// So many times a word may follow itself.
const TWICE: usize = 2;

/// The word that a translation says more than twice running, where its source does not do so too.
pub(super) fn stutter(source: &str, target: &str) -> Option<String> {
    let repeated = |text: &str| {
        let text: String = text.chars().map(|c| if is_han(c) { format!(" {c} ") } else { c.to_string() }).collect();
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(str::to_lowercase).collect();
        words.windows(TWICE + 1).find(|run| run.iter().all(|word| *word == run[0])).map(|run| run[0].clone())
    };
    repeated(target).filter(|_| repeated(source).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_another_script_are_found_unless_they_were_said() {
        let scraps = |source, target, language| find(source, (target, language));
        assert_eq!(scraps("I need a hammer.", "我需要一 martillo。", Language::Zh), ["martillo"]);
        assert_eq!(scraps("我想买一个锤子。", "I want to buy a 锤子.", Language::En), ["锤子"]);
        assert_eq!(scraps("Use the wi-fi.", "用wifi。", Language::Zh), [] as [&str; 0]);
        assert_eq!(scraps("Je m'appelle Wang.", "我叫Wang，穿T恤。", Language::Zh), [] as [&str; 0]);
        assert_eq!(scraps("Is there a cash machine?", "有ATM吗？", Language::Zh), [] as [&str; 0]);
        assert_eq!(scraps("Die Oma.", "The 奶奶.", Language::En), ["奶奶"]);
    }

    #[test]
    fn a_word_that_is_said_again_and_again_is_found() {
        assert_eq!(stutter("Unless you return both.", "Nur du auch auch auch beide.").as_deref(), Some("auch"));
        assert_eq!(stutter("No, no, no!", "¡No, no, no!"), None);
        assert_eq!(stutter("不不不！", "No, no, no!"), None);
        assert_eq!(stutter("He had had it.", "Er hatte, hatte es."), None);
    }
}
