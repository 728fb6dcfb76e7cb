//! What the listener hears where a translation is in doubt after every engine was asked.
//!
//! The interpreter speaks of itself, as human interpreters do, so that nobody takes the remark for the speaker's words,
//! and names what is in doubt, so that the listener knows what to ask for again: "Interpreter unsure of the number." The
//! remark is a sentence of its own: before the clause, so that it is heard before anybody acts on what follows; behind it
//! where the sentence's beginning was said before.
//! The text of a translation stays as it is: only who speaks it says this.

use std::borrow::Cow;

use crate::{
    Language,
    message::{Doubt, TextToken},
    sentences,
};

/// Remarks in five languages, by the name of what is in doubt.
const TABLE: &str = include_str!("data/hesitations.tsv");

/// The row for more than one thing.
const SEVERAL: &str = "several";

/// What is to be spoken of a translation: its text, and, where doubts are to be told `aloud`, a remark where something is in doubt.
#[must_use]
pub fn spoken(token: &TextToken, aloud: bool) -> Cow<'_, str> {
    let remark = remark(&token.metadata.doubts, token.target_language).filter(|_| aloud);
    let Some(remark) = remark else { return Cow::Borrowed(&token.text) };
    let text = token.text.trim();
    let space = token.target_language.gap();
    Cow::Owned(match token.metadata.is_rest {
        false => format!("{remark}{space}{text}"),
        true if text.is_empty() => remark.to_owned(),
        true if sentences::is_ended(text) => format!("{text}{space}{remark}"),
        true => {
            let stop = if token.target_language == Language::Zh { "。" } else { "." };
            format!("{}{stop}{space}{remark}", text.trim_end_matches([',', ';', ':', '.', '，', '；', '：']))
        }
    })
}

/// The remark on `doubts` in `language`.
fn remark(doubts: &[Doubt], language: Language) -> Option<&'static str> {
    let name = match doubts {
        [] => return None,
        [first, rest @ ..] if rest.iter().all(|other| other == first) => first.name(),
        _ => SEVERAL,
    };
    let lines = || TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t'));
    let column = lines().next()?.position(|code| code == language.code())?;
    lines().find_map(|mut cells| if cells.next() == Some(name) { cells.nth(column - 1) } else { None })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::message::{Kind, Metadata};

    fn token(text: &str, language: Language, doubts: &[Doubt], is_rest: bool) -> TextToken {
        TextToken {
            utterance: 1,
            chunk_id: 1,
            text: text.to_owned(),
            committed: text.len(),
            confidence: 0.4,
            kind: Kind::Final,
            source_language: Language::En,
            target_language: language,
            metadata: Metadata { doubts: doubts.to_vec(), is_rest, ..Metadata::default() },
            timestamp: Duration::ZERO,
            processing_latency_ms: 0.0,
        }
    }

    #[test]
    fn what_is_in_doubt_is_named_before_the_clause_or_behind_its_rest() {
        let number = [Doubt::Number];
        let heard = |text: &str, is_rest: bool| spoken(&token(text, Language::Es, &number, is_rest), true).into_owned();
        assert_eq!(heard("A las ocho.", false), "El intérprete duda del número. A las ocho.");
        assert_eq!(heard("a las ocho.", true), "a las ocho. El intérprete duda del número.");
        assert_eq!(heard("a las ocho,", true), "a las ocho. El intérprete duda del número.");
        assert_eq!(heard("", true), "El intérprete duda del número.");
        assert_eq!(spoken(&token("八点。", Language::Zh, &number, true), true), "八点。译员不确定数字。");
        assert_eq!(spoken(&token("At eight.", Language::En, &[], false), true), "At eight.");
        assert_eq!(spoken(&token("A las ocho.", Language::Es, &number, false), false), "A las ocho.");
    }

    #[test]
    fn every_doubt_has_its_remark_in_every_language() {
        let all = [
            Doubt::Number,
            Doubt::Negation,
            Doubt::Direction,
            Doubt::Food,
            Doubt::Medicine,
            Doubt::Place,
            Doubt::Date,
            Doubt::Word,
        ];
        for language in [Language::En, Language::Es, Language::Fr, Language::De, Language::Zh] {
            let mut seen: Vec<&str> = all.iter().filter_map(|doubt| remark(&[*doubt], language)).collect();
            seen.extend(remark(&all, language));
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), all.len() + 1, "{language}: {seen:?}");
            assert_eq!(remark(&[Doubt::Date, Doubt::Date], language), remark(&[Doubt::Date], language));
        }
    }
}
