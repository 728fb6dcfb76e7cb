//! Where sentences end: cuts text into pieces short enough for a sentence-level model.

/// Words after which a sentence without punctuation is cut: recognisers sometimes give none for a minute of speech.
const LONGEST_WORDS: usize = 60;

/// Abbreviations whose full stop ends no sentence, in lower case without it.
const ABBREVIATIONS: [&str; 17] =
    ["mr", "mrs", "ms", "dr", "st", "prof", "no", "vs", "etc", "a.m", "p.m", "sr", "sra", "srta", "dra", "ud", "uds"];

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
    let mut end = 0;
    for (count, word) in text.split_whitespace().enumerate() {
        end += text[end..].find(word)? + word.len();
        if ends_sentence(word) || count + 1 >= LONGEST_WORDS {
            return Some(end);
        }
    }
    None
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
    let bare = word.trim_end_matches(['"', '\'', '»', '”', '’', ')', ']']);
    let Some(stem) = bare.strip_suffix(['.', '!', '?', '…', '。', '！', '？']) else { return false };
    if !bare.ends_with('.') {
        return true;
    }
    let stem = stem.trim_start_matches(['"', '(', '¿', '¡', '«', '“']).to_lowercase();
    // An initial or an abbreviation goes on; "I." and digits end.
    let is_initial = stem.chars().count() == 1 && stem.chars().all(char::is_alphabetic) && stem != "i";
    !(is_initial || ABBREVIATIONS.contains(&stem.as_str()))
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
