//! Whether a sentence denies.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    forms::{Forms, Spelling},
    terms::{LANGUAGES, rows},
};
use crate::Language;

/// Words of denial in five languages: a row of those that deny, one of those that may, one of those that only look so; those of what need not be
/// and of what must not be.
const TABLE: &str = include_str!("../data/guard/negation.tsv");

/// The rows of the table on denial, and the places of the first two.
const DENIAL: [&str; 3] = ["denies", "may deny", "does not"];
const DENIES: usize = 0;
const MAY_DENY: usize = 1;

/// Those on necessity, and the places of the first two.
const NECESSITY: [&str; 3] = ["exempts", "forbids", "neither"];
const EXEMPTS: usize = 0;
const FORBIDS: usize = 1;

static FORMS: LazyLock<HashMap<Language, Forms>> = LazyLock::new(|| forms(&DENIAL));

static NECESSITIES: LazyLock<HashMap<Language, Forms>> = LazyLock::new(|| forms(&NECESSITY));

/// The forms of some rows in all languages.
fn forms(names: &[&str]) -> HashMap<Language, Forms> {
    let table: Vec<Vec<&'static str>> = rows(TABLE).collect();
    // Several lines may have one name: they are one row.
    let cell = |name: &str, at: usize| {
        let lines = table.iter().filter(|line| line.first() == Some(&name));
        lines.filter_map(|line| line.get(at + 1).copied()).collect::<Vec<_>>().join("|")
    };
    let of = |at: usize| names.iter().map(|name| cell(name, at)).collect::<Vec<_>>();
    LANGUAGES
        .iter()
        .enumerate()
        .map(|(at, l)| (*l, Forms::new(*l, Spelling::Loose, of(at).iter().map(String::as_str))))
        .collect()
}

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

/// Whether what need not be became what must not be, or the other way round: "you don't have to wait", "you can't wait".
pub(super) fn changed_necessity(source: (&str, Language), target: (&str, Language)) -> bool {
    let has = |(text, language): (&str, Language)| {
        let hits = NECESSITIES.get(&language).map(|forms| forms.find(text)).unwrap_or_default();
        [EXEMPTS, FORBIDS].map(|row| hits.iter().any(|hit| hit.row == row))
    };
    matches!((has(source), has(target)), ([true, false], [false, true]) | ([false, true], [true, false]))
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
    fn what_need_not_be_is_not_what_must_not_be() {
        let changed = |chinese, english| changed_necessity((chinese, Language::Zh), (english, Language::En));
        assert!(changed("您可以不回答。", "You can't answer."));
        assert!(changed("这里不许停车。", "You don't have to park here."));
        assert!(!changed("您可以不回答。", "You don't have to answer."));
        assert!(!changed("您不能回答。", "You must not answer.") && !changed("我不知道。", "I can't tell."));
        let german = ("Sie müssen das nicht essen.", Language::De);
        assert!(changed_necessity(("No debe comerlo.", Language::Es), german));
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
