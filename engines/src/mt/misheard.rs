//! Words that recognition writes as others that sound the same, where what follows tells which is meant.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use crate::Language;

/// "ou est la gare": nobody says "or is the station". In the middle of a sentence an article or the like must follow, for "ou est-ce que" can be
/// "or do".
static WHERE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        ( (?: ^ | [.?!,] ) \s* o ) u ( \s+ (?: est-ce | se \s+ trouve | est | sont | puis-je | peut-on | êtes-vous | allez-vous ) \b )
        | ( \b o ) u ( \s+ (?: est | sont | se \s+ trouve (?:nt)? ) \s+ (?: l[ea] | les | l' | [mts](?:on|a|es) | [nv]o(?:tre|s) ) \b )
        ",
    )
    .unwrap_or_else(|e| unreachable!("{e}"))
});

/// `text` as it was meant.
pub(super) fn as_meant(text: &str, language: Language) -> Cow<'_, str> {
    match language {
        Language::Fr => WHERE.replace_all(text, "${1}${3}ù${2}${4}"),
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_for_a_place_is_no_choice() {
        for (heard, meant) in [
            ("Excusez-moi ou est la gare ?", "Excusez-moi où est la gare ?"),
            ("Ou est-ce que je peux payer ?", "Où est-ce que je peux payer ?"),
            ("Pardon, ou sont les toilettes ?", "Pardon, où sont les toilettes ?"),
            ("Savez-vous ou se trouve l'hôpital ?", "Savez-vous où se trouve l'hôpital ?"),
            ("ou est votre valise", "où est votre valise"),
            ("Tu viens ou est-ce que tu restes ?", "Tu viens ou est-ce que tu restes ?"),
            ("Il est ici ou est parti.", "Il est ici ou est parti."),
            ("Du thé ou du café ?", "Du thé ou du café ?"),
            ("Le trou est là.", "Le trou est là."),
        ] {
            assert_eq!(as_meant(heard, Language::Fr), meant);
        }
        assert_eq!(as_meant("ou est la gare", Language::Es), "ou est la gare");
    }
}
