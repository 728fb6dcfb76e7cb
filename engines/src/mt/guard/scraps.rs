//! What a model of several languages left of another: "需要一 martillo". Only another script is told apart.

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
}
