//! Cuts a sentence into the parts that can be translated by themselves.

use crate::han::is_han;

/// Words that begin another part of a sentence.
const JOINTS: [&str; 14] =
    ["and", "but", "because", "when", "y", "pero", "porque", "cuando", "et", "mais", "quand", "und", "aber", "wenn"];

/// Words that a part of a sentence has at least.
const PART: usize = 2;

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
}
