//! What is no text of the language: what a model of several languages left of another ("需要一 martillo"; only another script is told apart), and
//! a word that it could not leave ("auch auch auch").

use crate::{Language, han::is_han};

/// Letters that are no abbreviation, as "T恤" and "AA制" have.
const WORD: usize = 3;

/// The runs of another script in a translation that its source does not hold.
pub(super) fn find(source: &str, (target, language): (&str, Language)) -> Vec<String> {
    let is_mandarin = language == Language::Zh;
    let is_strange = |c: char| if is_mandarin { c.is_alphabetic() && !is_han(c) } else { is_han(c) };
    let least = if is_mandarin { WORD } else { 1 };
    let source = source.to_lowercase();
    let runs = target.split(|c| !is_strange(c)).filter(|run| run.chars().count() >= least);
    runs.filter(|run| !source.contains(&run.to_lowercase())).map(str::to_owned).collect()
}

/// So many times a word may follow itself.
const TWICE: usize = 2;

/// The word that a translation says more than twice running, where its source does not do so too.
pub(super) fn stutter(source: &str, target: &str) -> Option<String> {
    let repeated = |text: &str| {
        let words: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
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
        assert_eq!(scraps("我的名字是王明。", "My name is 王明.", Language::En), [] as [&str; 0]);
        assert_eq!(scraps("Je m'appelle Wang.", "我叫Wang，穿T恤。", Language::Zh), [] as [&str; 0]);
        assert_eq!(scraps("奶奶说。", "Grandma 说.", Language::En), [] as [&str; 0]);
        assert_eq!(scraps("Die Oma.", "The 奶奶.", Language::En), ["奶奶"]);
    }

    #[test]
    fn a_word_that_is_said_again_and_again_is_found() {
        assert_eq!(stutter("Unless you return both.", "Nur du auch auch auch beide.").as_deref(), Some("auch"));
        assert_eq!(stutter("No, no, no!", "¡No, no, no!"), None);
        assert_eq!(stutter("He had had it.", "Er hatte, hatte es."), None);
    }
}
