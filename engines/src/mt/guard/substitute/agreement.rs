//! What stands before a word and has its gender and sound: a and an, le and la, del and de la.

use crate::Language;

/// What stands before a masculine word, a feminine one, and one that [opens](opens_softly) so that it takes another (masculine, feminine), each
/// with its space.
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
    ["del ", "de la ", "del ", "del "],
    ["al ", "a la ", "al ", "al "],
    ["el ", "la ", "el ", "el "],
    ["un ", "una ", "un ", "un "],
    ["este ", "esta ", "este ", "esta "],
    ["otro ", "otra ", "otro ", "otra "],
    ["mucho ", "mucha ", "mucho ", "mucha "],
];

/// What stands before many, where the word itself may not show it: "les bras", "die Koffer".
const OF_MANY: [(Language, &[&str]); 4] = [
    (Language::En, &["these", "those", "many", "several", "few", "both", "two", "three"]),
    (
        Language::Es,
        &["los", "las", "unos", "unas", "mis", "tus", "sus", "estos", "estas", "dos", "tres", "muchos", "muchas"],
    ),
    (
        Language::Fr,
        &[
            "les",
            "des",
            "aux",
            "mes",
            "tes",
            "ses",
            "nos",
            "vos",
            "leurs",
            "ces",
            "deux",
            "trois",
            "plusieurs",
            "quelques",
        ],
    ),
    (
        Language::De,
        &[
            "die", "diese", "meine", "deine", "seine", "ihre", "unsere", "keine", "viele", "einige", "beide", "zwei",
            "drei",
        ],
    ),
];

/// Whether what ends `text` stands before many. Of a German word that is feminine it tells nothing.
pub(super) fn is_of_many(text: &str, language: Language) -> bool {
    let last = text.split_whitespace().next_back().unwrap_or_default().to_lowercase();
    OF_MANY.iter().any(|(other, words)| *other == language && words.contains(&last.as_str()))
}

/// Whether a word takes what stands before vowels: "an onion", "l'ail"; in Spanish, what stands before an "a" that is stressed: "el agua".
pub(super) fn opens_softly(word: &str, language: Language) -> bool {
    let word = word.to_lowercase();
    let vowels = match language {
        Language::En if SILENT.iter().any(|begin| word.starts_with(begin)) => return true,
        Language::En if SPOKEN.iter().any(|begin| word.starts_with(begin)) => return false,
        Language::En => "aeiou",
        Language::Fr if ASPIRATED.iter().any(|begin| word.starts_with(begin)) => return false,
        Language::Fr => "aeiouyhâàéèêëîïôœ",
        Language::Es => return opens_with_stress(&word),
        _ => return false,
    };
    word.starts_with(|first| vowels.contains(first))
}

/// How French words begin before which nothing is elided: "le homard", "ma hanche".
const ASPIRATED: [&str; 32] = [
    "hach",
    "haie",
    "halte",
    "hamac",
    "hamburger",
    "hamster",
    "hambourg",
    "hanche",
    "handball",
    "handicap",
    "hangar",
    "hanovre",
    "harc",
    "hareng",
    "haricot",
    "harnais",
    "haut",
    "hernie",
    "hérisson",
    "héron",
    "hibou",
    "hindi",
    "hockey",
    "holland",
    "homard",
    "hong",
    "hoquet",
    "hors",
    "hublot",
    "huit",
    "yaourt",
    "yen",
];

/// How English words begin that take "an" though no vowel is written, and "a" though one is.
const SILENT: [&str; 4] = ["heir", "hono", "hour", "honest"];
const SPOKEN: [&str; 10] = ["eu", "one-", "once", "uni", "us", "ut", "uri", "ukr", "ura", "ew"];

/// Whether a Spanish word, in small letters, begins with an "a" that is stressed: one with an accent, or the first syllable of two.
fn opens_with_stress(word: &str) -> bool {
    let word = word.split(' ').next().unwrap_or_default();
    let word = word.strip_prefix('h').unwrap_or(word);
    if word.starts_with('á') || !word.starts_with('a') {
        return word.starts_with('á');
    }
    // A strong vowel is a syllable of its own; weak ones beside it are part of that.
    let runs = word.split(|c| !"aeiou".contains(c)).filter(|run| !run.is_empty());
    let syllables: usize = runs.map(|run| run.matches(['a', 'e', 'o']).count().max(1)).sum();
    syllables == 2 && word.is_ascii() && word.ends_with(['a', 'e', 'o', 's', 'n'])
}

/// Where what has to agree with `word` begins at the end of `text`, and what has to stand there, if it is something else. A word without a
/// gender (a verb, an adjective) leaves that of what stands there.
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
        let is_feminine = gender.map_or(*there != article[0] && *there != article[2], |gender| gender == 'f');
        let wanted = article[2 * usize::from(opens_softly(word, language)) + usize::from(is_feminine)];
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
            ("I need a ", "umbrella", None, Language::En, "I need an umbrella"),
            ("I need an ", "universal key", None, Language::En, "I need a universal key"),
            ("du pain sans l'", "sucre", Some('m'), Language::Fr, "du pain sans le sucre"),
            ("Il y a du ", "insuline", Some('f'), Language::Fr, "Il y a de l'insuline"),
            ("Il y a de l'", "moutarde", Some('f'), Language::Fr, "Il y a de la moutarde"),
            ("C'est ma ", "allergie", Some('f'), Language::Fr, "C'est mon allergie"),
            ("Je veux l'", "homard", Some('m'), Language::Fr, "Je veux le homard"),
            ("Mon ", "hanche", Some('f'), Language::Fr, "ma hanche"),
            ("mal al ", "rodilla", Some('f'), Language::Es, "mal a la rodilla"),
            ("con el ", "pastel", Some('m'), Language::Es, "con el pastel"),
            ("con la ", "agua", Some('f'), Language::Es, "con el agua"),
            ("con el ", "abeja", Some('f'), Language::Es, "con la abeja"),
            ("con el ", "arroz", Some('m'), Language::Es, "con el arroz"),
            ("La ", "vendo", None, Language::Es, "La vendo"),
            ("C'est la ", "même", None, Language::Fr, "C'est la même"),
            ("mit dem ", "Apfel", Some('m'), Language::De, "mit dem Apfel"),
            ("banana ", "apple", None, Language::En, "banana apple"),
        ] {
            assert_eq!(exchanged(text, word, gender, language), wanted);
        }
    }

    #[test]
    fn a_stressed_a_takes_the_masculine_article() {
        for word in ["agua", "águila", "hambre", "área", "aula", "alma mía"] {
            assert!(opens_softly(word, Language::Es), "{word}");
        }
        for word in ["abeja", "aspirina", "harina", "alergia", "sal", "autobús", "avión", "acción", "aorta"] {
            assert!(!opens_softly(word, Language::Es), "{word}");
        }
    }

    #[test]
    fn what_stands_before_many_is_known() {
        assert!(is_of_many("Où sont mes ", Language::Fr) && is_of_many("Die ", Language::De));
        assert!(!is_of_many("Où est mon ", Language::Fr) && !is_of_many("", Language::De));
    }
}
