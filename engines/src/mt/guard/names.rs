//! Names: found by their capital letter, and put back where a model translated them.

use crate::{
    Language,
    mt::token::{Token, fold, join, tokens},
};

/// Given names that models translate, one person a row: English, Portuguese, Spanish.
const EQUIVALENTS: &str = include_str!("../data/given_names.tsv");

/// English words that are also words of Spanish or Portuguese: no names, though a sentence may begin with them.
const SHARED_WORDS: [&str; 16] =
    ["a", "as", "come", "con", "do", "era", "has", "he", "me", "no", "once", "pan", "sea", "son", "sin", "ten"];

/// The names in `sentence`: capitalised words that do not merely begin it, and those `heard` before.
pub(in crate::mt) fn names_of(sentence: &str, language: Language, heard: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut begins = true;
    for token in tokens(sentence) {
        if token.is_word() {
            // English writes no common word like a name of another language, so its first word may count too.
            let may_begin = language == Language::En && !SHARED_WORDS.contains(&token.text.to_lowercase().as_str());
            let counts = token.is_capitalised() && token.text.chars().count() > 1 && (!begins || may_begin);
            if (counts || heard.contains(&token.text)) && !names.contains(&token.text) {
                names.push(token.text.clone());
            }
            begins = false;
        } else if matches!(token.text.as_str(), "." | "!" | "?" | "\"" | "“" | "¿" | "¡" | ":") {
            begins = true;
        }
    }
    names
}

/// Gives people their own names back: where `target` holds another language's form of a name in `source`, and not
/// that name itself.
pub(in crate::mt) fn restore(source: &str, target: &str) -> String {
    let said: Vec<Token> = tokens(source).into_iter().filter(Token::is_capitalised).collect();
    let mut sentence = tokens(target);
    for row in EQUIVALENTS.lines().filter(|row| !row.starts_with('#')) {
        let forms: Vec<&str> = row.split('\t').collect();
        let Some(name) = said.iter().find(|t| forms.contains(&t.text.as_str())) else { continue };
        if sentence.iter().any(|t| fold(&t.text) == fold(&name.text)) {
            // It is there, or there but for an accent.
            for token in sentence.iter_mut().filter(|t| t.is_capitalised() && fold(&t.text) == fold(&name.text)) {
                token.text.clone_from(&name.text);
            }
            continue;
        }
        for token in sentence.iter_mut().filter(|t| forms.contains(&t.text.as_str())) {
            token.text.clone_from(&name.text);
        }
    }
    join(&sentence)
}

/// The names in `source` that every model has been seen to take for something else, and that `target` does not hold.
pub(in crate::mt) fn lost(source: &str, target: &str) -> Vec<String> {
    let there: Vec<String> = tokens(target).iter().map(|t| fold(&t.text)).collect();
    let mut begins = true;
    let mut lost = Vec::new();
    for token in tokens(source).into_iter().filter(Token::is_word) {
        let known = || EQUIVALENTS.lines().any(|row| !row.starts_with('#') && row.split('\t').any(|f| f == token.text));
        if !begins && token.is_capitalised() && !there.contains(&fold(&token.text)) && known() {
            lost.push(token.text);
        }
        begins = false;
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_capitalised_words() {
        let of = |text: &str| names_of(text, Language::En, &[]);
        assert_eq!(of("Yesterday I saw Rosa Parks."), ["Yesterday", "Rosa", "Parks"]);
        assert!(of("No, he came.").is_empty());
        assert_eq!(names_of("Rosa viene con Tom.", Language::Es, &[]), ["Tom"]);
        assert_eq!(names_of("Rosa viene con Tom.", Language::Es, &["Rosa".to_owned()]), ["Rosa", "Tom"]);
    }

    #[test]
    fn a_translated_name_is_put_back() {
        assert_eq!(restore("John loves Mary.", "Juan ama a María."), "John ama a Mary.");
        assert_eq!(restore("Juan ama a María.", "John loves Maria."), "Juan loves María.");
        assert_eq!(lost("¿Te llamó Rosa?", "Called yourself Pink?"), ["Rosa"]);
        assert!(lost("¿Te llamó Rosa?", "Did Rosa call you?").is_empty() && lost("Rosa.", "Pink.").is_empty());
        assert_eq!(restore("The pink rose.", "La rosa rosa."), "La rosa rosa.");
    }
}
