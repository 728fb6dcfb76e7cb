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

/// Where what has to agree with `word` begins at the end of `text`, and what has to stand there, if it is something else; `genders` are those of
/// the word that stands there now and of `word`.
pub(super) fn before(
    text: &str,
    word: &str,
    genders: (Option<char>, Option<char>),
    language: Language,
) -> (usize, Option<&'static str>) {
    let articles: &[Article] = match language {
        Language::En => &ENGLISH,
        Language::Es => &SPANISH,
        Language::Fr => &FRENCH,
        _ => &[],
    };
    let folded = text.to_lowercase().replace('’', "'");
    // Lower case must not move what comes behind.
    if folded.len() != text.replace('’', "'").len() {
        return (text.len(), None);
    }
    let gender = |gender: Option<char>| usize::from(gender == Some('f'));
    for article in articles {
        // The one of the other word's gender: "la" stands before a feminine word alone, but "l'" before both.
        let there = article.iter().filter(|form| ends_with_word(&folded, form)).max_by_key(|form| form.len());
        let Some(there) = there else { continue };
        let wanted = article[2 * usize::from(opens_with_vowel(word, language)) + gender(genders.1)];
        let begins = folded.len() - there.len();
        // In bytes of `text`, which may have another apostrophe.
        let begin = text.len() - text_length(text, folded.len() - begins);
        return if wanted == *there { (text.len(), None) } else { (begin, Some(wanted)) };
    }
    (text.len(), None)
}

/// How many bytes at the end of `text` correspond to so many at the end of the folded one.
fn text_length(text: &str, folded: usize) -> usize {
    let (mut left, mut length) = (folded, 0);
    for c in text.chars().rev() {
        if left == 0 {
            break;
        }
        left = left.saturating_sub(if c == '’' { 1 } else { c.len_utf8() });
        length += c.len_utf8();
    }
    length
}

/// Whether `text` ends with a word and nothing before it that belongs to it.
fn ends_with_word(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
}
