//! Whether a sentence denies.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    forms::{Forms, Spelling},
    terms::{LANGUAGES, rows},
};
use crate::Language;

/// Words of denial in five languages: a row of those that deny, one of those that may, one of those that only look so.
const TABLE: &str = include_str!("../data/guard/negation.tsv");

/// The rows of the table, and the places of the first two.
const NAMES: [&str; 3] = ["denies", "may deny", "does not"];
const DENIES: usize = 0;
const MAY_DENY: usize = 1;

static FORMS: LazyLock<HashMap<Language, Forms>> = LazyLock::new(|| {
    let table: Vec<Vec<&'static str>> = rows(TABLE).collect();
    // Several lines may have one name: they are one row.
    let cell = |name: &str, at: usize| {
        let lines = table.iter().filter(|line| line.first() == Some(&name));
        lines.filter_map(|line| line.get(at + 1).copied()).collect::<Vec<_>>().join("|")
    };
    let of = |at: usize| NAMES.map(|name| cell(name, at));
    LANGUAGES
        .iter()
        .enumerate()
        .map(|(at, l)| (*l, Forms::new(*l, Spelling::Loose, of(at).iter().map(String::as_str))))
        .collect()
});

/// How a sentence stands to denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Polarity {
    /// It holds a word of denial.
    Denies,
    /// It holds one that may stand for denial: "unhappy", "hardly", "stop".
    MayDeny,
    /// Neither.
    Affirms,
}

/// Whether Mandarin asks or leaves open by a verb on either side of a denial: "是不是", "买不买", "有没有".
fn leaves_open(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(3).any(|three| matches!(three[1], '不' | '没') && three[0] == three[2])
}

/// Whether `text` denies; a question may be put either way. Nothing where the language's words are not known here.
pub(super) fn polarity(text: &str, language: Language) -> Option<Polarity> {
    let forms = FORMS.get(&language)?;
    let is_open = text.contains(['?', '？']) || (language == Language::Zh && leaves_open(text));
    let hits = forms.find(text);
    let has = |row: usize| hits.iter().any(|hit| hit.row == row);
    Some(match (has(DENIES) && !is_open, has(MAY_DENY) || is_open) {
        (true, _) => Polarity::Denies,
        (_, true) => Polarity::MayDeny,
        _ => Polarity::Affirms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denies(text: &str, language: Language) -> bool {
        polarity(text, language) == Some(Polarity::Denies)
    }

    #[test]
    fn denial_is_found_in_its_many_forms() {
        for text in ["I don't know.", "Never!", "He can’t come.", "No, thanks.", "Nobody came."] {
            assert!(denies(text, Language::En), "{text}");
        }
        assert!(!denies("A notable note now.", Language::En));
        assert!(denies("Jamás he visto nada igual.", Language::Es));
        assert!(!denies("Noche, nadar, nieve.", Language::Es));
        assert!(denies("Ich habe keine Zeit.", Language::De) && denies("Das weiß ich nicht.", Language::De));
        assert!(denies("Je n’ai pas faim.", Language::Fr) && !denies("Un pas en avant.", Language::Fr));
        assert_eq!(polarity("Não sei.", Language::Pt), None);
    }

    #[test]
    fn what_only_looks_like_denial_is_none() {
        for text in ["对不起。", "天气不错。", "你是不是医生？", "好不好？", "差不多到了。"] {
            assert!(!denies(text, Language::Zh), "{text}");
        }
        for text in ["我不吃肉。", "没有人来。", "别动！", "他从未来过。"] {
            assert!(denies(text, Language::Zh), "{text}");
        }
    }
}
