//! Cuts a text where a speaker would breathe: at sentences first, then at clauses, then at words.

/// Places a text may be cut at, best first: how much each is preferred over a cut in the middle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    Anywhere,
    Word,
    Clause,
    Sentence,
}

/// The sentences of `text`, each with its closing marks. A dot within a number or a name without a space after it ends
/// nothing; abbreviations are already spelled out when text comes here.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (at, kind) in cuts(text) {
        if kind == Cut::Sentence {
            sentences.push(text[start..at].trim());
            start = at;
        }
    }
    sentences.push(text[start..].trim());
    sentences.retain(|s| !s.is_empty());
    sentences
}

/// Splits `text` until `fits` takes every part. A part of a single character is given even if it does not fit.
pub(super) fn split_to_fit<'t>(text: &'t str, fits: &mut dyn FnMut(&str) -> bool) -> Vec<&'t str> {
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    if fits(text) {
        return vec![text];
    }
    // The best kind of cut there is, and of those the one nearest to the middle.
    let middle = text.len() / 2;
    let best = cuts(text)
        .filter(|(at, _)| !text[..*at].trim().is_empty() && !text[*at..].trim().is_empty())
        .max_by_key(|(at, kind)| (*kind, std::cmp::Reverse(at.abs_diff(middle))));
    let Some((at, _)) = best else { return vec![text] };
    let mut parts = split_to_fit(&text[..at], fits);
    parts.extend(split_to_fit(&text[at..], fits));
    parts
}

/// Every place where `text` may be cut, with its kind.
fn cuts(text: &str) -> impl Iterator<Item = (usize, Cut)> + '_ {
    let mut closing: Option<Cut> = None;
    text.char_indices().skip(1).map(move |(at, c)| {
        let before = text[..at].chars().next_back().unwrap_or(' ');
        match before {
            '.' | '!' | '?' | '…' | '。' | '！' | '？' | '\n' => closing = Some(Cut::Sentence),
            ',' | ';' | ':' | '—' | '，' | '；' => closing = Some(Cut::Clause),
            '"' | '”' | '»' | ')' | '\'' | '’' | ' ' => {}
            _ => closing = None,
        }
        let wide = matches!(before, '。' | '！' | '？' | '，' | '；' | '\n');
        let kind = match closing {
            Some(kind) if (before == ' ' && c != ' ') || wide => kind,
            _ if before == ' ' && c != ' ' => Cut::Word,
            _ => Cut::Anywhere,
        };
        (at, kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_end_where_a_mark_and_a_space_do() {
        let cases: &[(&str, &[&str])] = &[
            ("One. Two! Three?", &["One.", "Two!", "Three?"]),
            ("¿Qué? ¡No! (Sí.) Bien", &["¿Qué?", "¡No!", "(Sí.)", "Bien"]),
            ("version 3.5 of it", &["version 3.5 of it"]),
            ("你好。再见！", &["你好。", "再见！"]),
            ("", &[]),
            ("  ", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(&sentences(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_sentence_is_cut_at_a_clause_before_a_word() {
        let parts = split_to_fit("one two three, four five", &mut |t| t.len() < 20);
        assert_eq!(parts, ["one two three,", "four five"]);
        let parts = split_to_fit("one two three four", &mut |t| t.len() < 12);
        assert_eq!(parts, ["one two", "three four"]);
        assert_eq!(split_to_fit("abcdef", &mut |t| t.len() < 4), ["abc", "def"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_everything_fits(text in "[a-zé .,;!?—\"]{0,200}", limit in 1usize..40) {
            let parts = split_to_fit(&text, &mut |t| t.chars().count() <= limit);
            let squeeze = |t: &str| t.split_whitespace().collect::<String>();
            prop_assert_eq!(squeeze(&parts.concat()), squeeze(&text));
            prop_assert!(parts.iter().all(|p| p.chars().count() <= limit));
            prop_assert_eq!(squeeze(&sentences(&text).concat()), squeeze(&text));
        }
    }
}
