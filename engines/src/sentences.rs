//! Where sentences end: cuts text into pieces short enough for a sentence-level model.

use crate::han::is_han;

/// Words after which a sentence without punctuation is cut: recognisers sometimes give none for a minute of speech.
const LONGEST_WORDS: usize = 60;

/// Abbreviations whose full stop ends no sentence, in lower case without it.
const ABBREVIATIONS: [&str; 30] = [
    "mr", "mrs", "ms", "dr", "st", "prof", "no", "vs", "etc", "a.m", "p.m", "sr", "sra", "srta", "dra", "ud", "uds",
    "mme", "mlle", "av", "bd", "hr", "fr", "nr", "str", "z.b", "d.h", "usw", "bzw", "ca",
];

/// What follows the number of a day.
pub(crate) const GERMAN_MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// Marks that may close a sentence behind its end.
const CLOSING: [char; 10] = ['"', '\'', '»', '”', '’', ')', ']', '」', '』', '）'];

/// Marks that end a sentence of Mandarin, behind which no space follows.
const WIDE_ENDS: [char; 3] = ['。', '！', '？'];

/// The sentences of `text`, trimmed, in order; none of white space alone.
#[must_use]
pub fn split(text: &str) -> Vec<String> {
    let (mut sentences, mut rest) = (Vec::new(), text);
    while !rest.trim().is_empty() {
        let (sentence, after) = rest.split_at(first_end(rest).unwrap_or(rest.len()));
        sentences.push(sentence.split_whitespace().collect::<Vec<_>>().join(" "));
        rest = after;
    }
    sentences
}

/// Where the first sentence of `text` ends, in bytes; `None` where it has no end yet.
#[must_use]
pub fn first_end(text: &str) -> Option<usize> {
    let (mut end, mut count) = (0, 0);
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        end += text[end..].find(word)?;
        let (first, characters) = wide_end(word, LONGEST_WORDS - count);
        count += 1 + characters / 2;
        end += first;
        let goes_on = is_ordinal(word) && words.peek().is_none_or(|next| follows_ordinal(next));
        if first < word.len() || (ends_sentence(word) && !goes_on) || count >= LONGEST_WORDS {
            return Some(end);
        }
    }
    None
}

/// Where the first sentence within a run of characters without white space ends, as in Mandarin, or where it grows longer than `most`
/// words of two characters; and how many Chinese characters there are up to there.
fn wide_end(run: &str, most: usize) -> (usize, usize) {
    let mut characters = 0;
    let mut is_ended = false;
    for (at, c) in run.char_indices() {
        if (is_ended && !CLOSING.contains(&c) && !WIDE_ENDS.contains(&c)) || characters >= 2 * most {
            return (at, characters);
        }
        is_ended = is_ended || WIDE_ENDS.contains(&c);
        characters += usize::from(is_han(c));
    }
    (run.len(), characters)
}

/// Whether a sentence ends where `text` does.
#[must_use]
pub fn is_ended(text: &str) -> bool {
    text.split_whitespace().next_back().is_some_and(ends_sentence)
}

/// Whether a part of a sentence ends where `text` does: at a mark that ends none.
#[must_use]
pub fn is_paused(text: &str) -> bool {
    text.trim_end().ends_with([',', ';', ':', '—', '，', '；', '、', '：'])
}

fn ends_sentence(word: &str) -> bool {
    let bare = word.trim_end_matches(CLOSING);
    let Some(stem) = bare.strip_suffix(['.', '!', '?', '…', '。', '！', '？']) else { return false };
    if !bare.ends_with('.') {
        return true;
    }
    let stem = stem.trim_start_matches(['"', '(', '¿', '¡', '«', '“']).to_lowercase();
    // An initial or an abbreviation goes on; "I." and digits end.
    let is_initial = stem.chars().count() == 1 && stem.chars().all(char::is_alphabetic) && stem != "i";
    !(is_initial || ABBREVIATIONS.contains(&stem.as_str()))
}

/// Whether a word may be a German ordinal: "3. Mai". Only what follows can tell.
fn is_ordinal(word: &str) -> bool {
    word.strip_suffix('.').is_some_and(|n| matches!(n.len(), 1..=2) && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a word goes on with what an ordinal begins: a month, or one that begins no sentence.
fn follows_ordinal(word: &str) -> bool {
    let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
    GERMAN_MONTHS.contains(&bare) || word.starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_they_end() {
        assert_eq!(split(" Hello.  How are you?\nFine! "), ["Hello.", "How are you?", "Fine!"]);
        assert_eq!(
            split("Dr. J. Smith paid $3.50. \"Good.\" He left"),
            ["Dr. J. Smith paid $3.50.", "\"Good.\"", "He left"]
        );
        assert!(split(" \t\n").is_empty());
        assert_eq!(split("他来了。「你好！」我说。好吗"), ["他来了。", "「你好！」", "我说。", "好吗"]);
        assert_eq!(split(&"很".repeat(300)).iter().map(|s| s.chars().count()).collect::<Vec<_>>(), [120, 120, 60]);
        assert_eq!(first_end("他来了，"), None);
        assert_eq!(
            split("Am 3. Mai, z. B. um 12. Es war 1990. Gut."),
            ["Am 3. Mai, z. B. um 12.", "Es war 1990.", "Gut."]
        );
        assert_eq!(split("Room 12. Take the lift."), ["Room 12.", "Take the lift."]);
        assert_eq!(first_end("am 3."), None, "what follows tells");
        assert!(is_ended("It costs 12."));
        assert!(is_ended("Is it?\" ") && is_ended("他来了。") && is_ended("Go."));
        assert!(is_paused("well, ") && is_paused("他来了，") && !is_paused("Go."));
        assert!(!is_ended("to Dr.") && !is_ended("well,") && !is_ended(""));
    }

    proptest::proptest! {
        #[test]
        fn no_word_is_lost_and_no_sentence_is_endless(text in "([a-z]{1,9}[.?!]?[ \n]{1,2}){0,200}") {
            let found = split(&text);
            let words: Vec<&str> = text.split_whitespace().collect();
            proptest::prop_assert_eq!(found.join(" "), words.join(" "));
            proptest::prop_assert!(found.iter().all(|s| s.split(' ').count() <= LONGEST_WORDS));
        }
    }
}
