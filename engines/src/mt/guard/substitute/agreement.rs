//! What stands before a word and has its gender and sound: a and an, le and la, del and de la.

use crate::Language;

/// What stands before a masculine word, a feminine one, and one that opens with a vowel (masculine, feminine), each with its space.
type Article = [&'static str; 4];

const ENGLISH: [Article; 1] = [["a ", "a ", "an ", "an "]];

/// The longer ones first.
const FRENCH: [Article; 9] = [
    ["du ", "de la ", "de l'", "de l'"],
    ["au ", "à la ", "à l'", "à l'"],
    ["le ", "la ", "l'", "l'"],
    ["un ", "une ", "un ", "une "],
    ["ce ", "cette ", "cet ", "cette "],
    ["mon ", "ma ", "mon ", "mon "],
    ["ton ", "ta ", "ton ", "ton "],
    ["son ", "sa ", "son ", "son "],
    ["de ", "de ", "d'", "d'"],
];

const SPANISH: [Article; 7] = [
    ["del ", "de la ", "del ", "de la "],
    ["al ", "a la ", "al ", "a la "],
    ["el ", "la ", "el ", "la "],
    ["un ", "una ", "un ", "una "],
    ["este ", "esta ", "este ", "esta "],
    ["otro ", "otra ", "otro ", "otra "],
    ["mucho ", "mucha ", "mucho ", "mucha "],
];

/// Whether a word asks for what stands before vowels: "an onion", "l'ail". (Not "an hour", nor "le haricot": those are few.)
pub(super) fn opens_with_vowel(word: &str, language: Language) -> bool {
    let vowels = match language {
        Language::En => "aeio",
        Language::Fr => "aeiouyhâàéèêëîïôœ",
        _ => return false,
    };
    word.chars().flat_map(char::to_lowercase).next().is_some_and(|first| vowels.contains(first))
}

/// Where what has to agree with `word`, of a gender, begins at the end of `text`, and what has to stand there, if it is something else.
pub(super) fn before(
    text: &str,
    word: &str,
    gender: Option<char>,
    language: Language,
) -> (usize, Option<&'static str>) {
    let articles: &[Article] = match language {
        Language::En => &ENGLISH,
        Language::Es => &SPANISH,
        Language::Fr => &FRENCH,
        _ => &[],
    };
    for article in articles {
        // The longest: "l'" ends "de l'" too.
        let there = article.iter().filter(|form| ends_with_word(text, form)).max_by_key(|form| form.len());
        let Some(there) = there else { continue };
        let is_feminine = usize::from(gender == Some('f'));
        let wanted = article[2 * usize::from(opens_with_vowel(word, language)) + is_feminine];
        let begin = text.len() - there.len();
        return if wanted == *there { (text.len(), None) } else { (begin, Some(wanted)) };
    }
    (text.len(), None)
}

/// Whether `text` ends with a word, whatever its capitals, and with nothing before it that belongs to it.
fn ends_with_word(text: &str, word: &str) -> bool {
    let Some((rest, end)) = text.len().checked_sub(word.len()).and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    end.to_lowercase() == word && !rest.ends_with(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_follow_the_word() {
        let exchanged = |text: &str, word: &str, gender, language| {
            let (begin, article) = before(text, word, gender, language);
            format!("{}{}{word}", &text[..begin], article.unwrap_or_default())
        };
        for (text, word, gender, language, wanted) in [
            ("Take a ", "onion", None, Language::En, "Take an onion"),
            ("An ", "peanut", None, Language::En, "a peanut"),
            ("du pain sans l'", "sucre", Some('m'), Language::Fr, "du pain sans le sucre"),
            ("Il y a du ", "insuline", Some('f'), Language::Fr, "Il y a de l'insuline"),
            ("Il y a de l'", "moutarde", Some('f'), Language::Fr, "Il y a de la moutarde"),
            ("C'est ma ", "allergie", Some('f'), Language::Fr, "C'est mon allergie"),
            ("mal al ", "rodilla", Some('f'), Language::Es, "mal a la rodilla"),
            ("con el ", "pastel", Some('m'), Language::Es, "con el pastel"),
            ("mit dem ", "Apfel", Some('m'), Language::De, "mit dem Apfel"),
            ("banana ", "apple", None, Language::En, "banana apple"),
        ] {
            assert_eq!(exchanged(text, word, gender, language), wanted);
        }
    }
}
