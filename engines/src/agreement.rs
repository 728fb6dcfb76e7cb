//! How far two successive hypotheses of the same speech agree.

use crate::Language;

/// The words of a text as they count for agreement: lower case, without punctuation; characters for a language that
/// is written without spaces.
#[must_use]
pub fn words(text: &str, language: Language) -> Vec<String> {
    let kept =
        |word: &str| -> String { word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    if language == Language::Zh {
        return text.chars().filter(|c| c.is_alphanumeric()).map(String::from).collect();
    }
    text.split_whitespace().map(kept).filter(|w| !w.is_empty()).collect()
}

/// The share, 0..1, of `hypothesis` that stands in its beginning as it stood in `before`: the length of the common
/// prefix in words over the length of the hypothesis without its last word, which is usually still being spoken.
#[must_use]
pub fn agreement(before: &str, hypothesis: &str, language: Language) -> f32 {
    let (before, now) = (words(before, language), words(hypothesis, language));
    let common = before.iter().zip(&now).take_while(|(a, b)| a == b).count();
    match now.len() {
        0 => 0.0,
        1 => common as f32,
        n => (common as f32 / (n - 1) as f32).min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{En, Zh};

    #[test]
    fn case_and_punctuation_do_not_count_and_the_last_word_may_still_change() {
        assert_eq!(agreement("Turn left", "turn left, and", En), 1.0);
        assert_eq!(agreement("Turn right and", "Turn left and stop", En), 1.0 / 3.0);
        assert_eq!(agreement("", "Hello", En), 0.0);
        assert_eq!(agreement("Hello", "", En), 0.0);
        assert_eq!(agreement("hello", "Hello!", En), 1.0);
    }

    #[test]
    fn mandarin_counts_characters() {
        assert_eq!(agreement("向左转", "向左转，然后", Zh), 3.0 / 4.0);
    }
}
