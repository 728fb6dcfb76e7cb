//! Cuts a sentence into the parts that can be translated by themselves, and makes their translations parts again.

use super::guard;
use crate::{
    Language,
    han::is_han,
    sentences::is_paused,
    simultaneous::words::{count, words},
};

/// Words that begin another part of a sentence; Mandarin has marks for that.
fn joints(language: Language) -> &'static [&'static str] {
    match language {
        Language::En => &["and", "but", "because", "when"],
        Language::Es => &["y", "pero", "porque", "cuando"],
        Language::Fr => &["et", "mais", "quand"],
        Language::De => &["und", "aber", "wenn"],
        Language::Zh | Language::Pt | Language::Ca => &[],
    }
}

/// Words that a part of a sentence has at least.
const PART: usize = 2;

/// Words that a clause has at least where a sentence that is still being spoken is cut: behind a mark, and before a word that begins another part.
const CLAUSE: usize = 8;
const LONG_CLAUSE: usize = 14;

/// Where the first clause of a sentence ends that is still being spoken: a place that can be told without what follows. The models of our own
/// were taught short sentences, and leave out parts of long ones.
pub(super) fn clause_end(sentence: &str, language: Language) -> Option<usize> {
    words(sentence, language).into_iter().find_map(|word| {
        let (before, through) = (&sentence[..word.span.start], &sentence[..word.span.end]);
        if is_paused(through) && count(through, language) >= CLAUSE {
            return Some(word.span.end);
        }
        // "At seven and a half", "thirty and five" are one.
        let begins_part = joints(language).contains(&word.key.as_str())
            && count(before, language) >= LONG_CLAUSE
            && !guard::ends_in_number(before, language);
        begins_part.then_some(word.span.start)
    })
}

/// A sentence cut behind its commas and before words that join its parts.
pub(super) fn parts(sentence: &str, language: Language) -> Vec<&str> {
    let (mut parts, mut begin) = (Vec::new(), 0);
    let mut at = 0;
    for word in sentence.split_inclusive([' ', ',', '，', '；']) {
        let before = sentence[begin..at].trim();
        let is_joint = joints(language).contains(&word.trim()) || before.ends_with([',', ';', '，', '；']);
        let is_long = before.split_whitespace().count() >= PART || before.chars().filter(|c| is_han(*c)).count() > PART;
        if is_joint && is_long {
            parts.push(before);
            begin = at;
        }
        at += word.len();
    }
    parts.push(sentence[begin..].trim());
    parts
}

/// Makes the first letter small where the source's is: what follows a phrase begins no sentence. English "I" stays.
pub(super) fn begin_like(source: &str, target: &str) -> String {
    let is_small = source.chars().next().is_some_and(char::is_lowercase);
    let is_i = target.split([' ', '\'']).next() == Some("I");
    let mut characters = target.chars();
    match characters.next() {
        Some(first) if is_small && !is_i => first.to_lowercase().chain(characters).collect(),
        _ => target.to_owned(),
    }
}

/// Takes off a full stop that the source has not: a clause is not a sentence.
pub(super) fn end_like(source: &str, target: &str) -> String {
    let target = target.trim();
    let ended = source.trim_end().ends_with(['.', '!', '?', '…', '"', '”', ')', '。', '！', '？', '」', '）']);
    match target.strip_suffix(['.', '。']) {
        Some(open) if !ended && !open.ends_with('.') => open.to_owned(),
        _ => target.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_cut_where_another_part_begins() {
        let english = "I have a headache and a fever, but I can walk.";
        assert_eq!(parts(english, Language::En), ["I have a headache", "and a fever,", "but I can walk."]);
        assert_eq!(parts("我头疼，还发烧。", Language::Zh), ["我头疼，", "还发烧。"]);
        assert_eq!(parts("Yes, and no.", Language::En), ["Yes, and no."]);
        assert_eq!(parts("", Language::En), [""]);
    }

    #[test]
    fn a_clause_ends_at_a_mark_or_a_joint_but_no_short_one_does() {
        let end = |text: &str, language| clause_end(text, language).map(|at| text[at..].trim().to_owned());
        let long = "when he came back home from the market, we had";
        assert_eq!(end(long, Language::En).as_deref(), Some("we had"));
        assert_eq!(end("well, when he came, we", Language::En), None);
        let joined = "he told us the whole story of his long way home from the sea and he";
        assert_eq!(end(joined, Language::En).as_deref(), Some("and he"));
        assert_eq!(end("bread and butter and milk and eggs and salt", Language::En), None);
        assert_eq!(end("我昨天在市场上买了很多水果和蔬菜，然后", Language::Zh).as_deref(), Some("然后"));
        let half = "mañana por la mañana tenemos que estar todos en la estación de trenes a las siete y media";
        assert_eq!(end(half, Language::Es), None);
        let there = "quand nous sommes arrivés à la maison de mes parents hier soir dans la rue il y avait";
        assert_eq!(end(there, Language::Fr), None);
        assert_eq!(end("", Language::En), None);
    }

    #[test]
    fn what_goes_on_begins_small_but_for_i() {
        let begins = |text| begin_like("y luego", text);
        assert_eq!(begins("Then we left."), "then we left.");
        assert_eq!(begins("In the end"), "in the end");
        assert_eq!((begins("I left."), begins("I'm here.")), ("I left.".to_owned(), "I'm here.".to_owned()));
        assert_eq!(begin_like("Luego", "Then"), "Then");
    }

    #[test]
    fn a_clause_stays_a_clause() {
        assert_eq!(end_like("when I came", "cuando llegué."), "cuando llegué");
        assert_eq!(end_like("I came.", "Llegué."), "Llegué.");
        assert_eq!(end_like("when I came", "我来的时候。"), "我来的时候");
        assert_eq!(end_like("我来了。", "I came."), "I came.");
    }
}
