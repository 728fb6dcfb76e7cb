//! Cuts a sentence into the parts that can be translated by themselves.

use crate::{
    Language,
    han::is_han,
    sentences::is_paused,
    simultaneous::words::{count, words},
};

/// Words that begin another part of a sentence.
const JOINTS: [&str; 14] =
    ["and", "but", "because", "when", "y", "pero", "porque", "cuando", "et", "mais", "quand", "und", "aber", "wenn"];

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
        let begins_part = JOINTS.contains(&word.key.as_str()) && count(before, language) >= LONG_CLAUSE;
        begins_part.then_some(word.span.start)
    })
}

/// A sentence cut behind its commas and before words that join its parts.
pub(super) fn parts(sentence: &str) -> Vec<&str> {
    let (mut parts, mut begin) = (Vec::new(), 0);
    let mut at = 0;
    for word in sentence.split_inclusive([' ', ',', '，', '；']) {
        let before = sentence[begin..at].trim();
        let is_joint = JOINTS.contains(&word.trim()) || before.ends_with([',', ';', '，', '；']);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_cut_where_another_part_begins() {
        let english = "I have a headache and a fever, but I can walk.";
        assert_eq!(parts(english), ["I have a headache", "and a fever,", "but I can walk."]);
        assert_eq!(parts("我头疼，还发烧。"), ["我头疼，", "还发烧。"]);
        assert_eq!(parts("Yes, and no."), ["Yes, and no."]);
        assert_eq!(parts(""), [""]);
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
        assert_eq!(end("", Language::En), None);
    }
}
