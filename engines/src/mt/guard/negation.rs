//! Whether a sentence denies.

use crate::{Language, mt::token::tokens};

const ENGLISH: [&str; 15] = [
    "no", "not", "never", "nobody", "nothing", "none", "nowhere", "neither", "nor", "cannot", "without", "hardly",
    "barely", "unable", "refuse",
];

const SPANISH: [&str; 15] = [
    "no", "nunca", "jamás", "nadie", "nada", "ningún", "ninguno", "ninguna", "ni", "tampoco", "sin", "apenas",
    "incapaz", "negarse", "negó",
];

/// Whether `text` holds a word of denial; nothing where the language's words are not known here.
pub(super) fn is_negative(text: &str, language: Language) -> Option<bool> {
    let denies: fn(&str) -> bool = match language {
        Language::En => |word| ENGLISH.contains(&word) || word.ends_with("n't") || word.ends_with("n’t"),
        Language::Es => |word| SPANISH.contains(&word),
        _ => return None,
    };
    Some(tokens(text).iter().any(|t| denies(&t.text.to_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denial_is_found_in_its_many_forms() {
        for text in ["I don't know.", "Never!", "He can’t come.", "No, thanks.", "Nobody came."] {
            assert_eq!(is_negative(text, Language::En), Some(true), "{text}");
        }
        assert_eq!(is_negative("A notable note now.", Language::En), Some(false));
        assert_eq!(is_negative("Jamás he visto nada igual.", Language::Es), Some(true));
        assert_eq!(is_negative("Noche, nadar, nieve.", Language::Es), Some(false));
        assert_eq!(is_negative("Ich weiß nicht.", Language::De), None);
    }
}
