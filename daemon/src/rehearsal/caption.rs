//! How a text that is still growing is shown line by line, as on a teleprinter: what will not change once, and what may
//! in brackets behind it.

use engines::{han::is_wide, message::Kind};

/// Columns of a line.
const WIDTH: usize = 80;

/// Columns in front of a text.
const MARGIN: usize = 15;

/// Most characters of a tentative text, so that a line with little else is not folded.
const TENTATIVE: usize = 48;

/// What has been shown of one segment.
#[derive(Debug, Default)]
pub(super) struct Caption {
    /// Characters that were shown as committed.
    shown: usize,
    /// The text in brackets behind them.
    tentative: String,
}

impl Caption {
    /// The text of the next line, of a hypothesis that begins with `committed` characters which will not change; none where
    /// there is nothing new. A final one ends the segment.
    pub(super) fn next(&mut self, text: &str, committed: usize, kind: Kind) -> Option<String> {
        let committed = if kind == Kind::Final { text.chars().count() } else { committed };
        let fresh: String = text.chars().take(committed).skip(self.shown).collect();
        let tentative: String = text.chars().skip(committed).collect();
        let is_news = !fresh.trim().is_empty() || tentative != self.tentative;
        self.shown = if kind == Kind::Final { 0 } else { self.shown.max(committed) };
        self.tentative.clone_from(&tentative);
        let tentative = match tentative.trim() {
            "" => String::new(),
            all => format!("[{}]", tail(all)),
        };
        let line = [fresh.trim(), &tentative].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        (is_news && !line.is_empty()).then_some(line)
    }
}

/// The end of a text that is too long for a line.
fn tail(text: &str) -> String {
    let length = text.chars().count();
    if length <= TENTATIVE {
        return text.to_owned();
    }
    format!("...{}", text.chars().skip(length - TENTATIVE).collect::<String>())
}

/// `text` in lines of at most 80 columns, `head` before the first; a word that is longer has a line of its own.
pub(super) fn fold(head: &str, text: &str) -> String {
    let mut folded = String::new();
    let mut line = format!("{head:MARGIN$}");
    let mut is_empty = true;
    for (word, gap) in words(text) {
        if !is_empty && columns(&line) + gap.len() + columns(word) > WIDTH {
            folded.push_str(line.trim_end());
            folded.push('\n');
            line = " ".repeat(MARGIN);
            is_empty = true;
        }
        if !is_empty {
            line.push_str(gap);
        }
        line.push_str(word);
        is_empty = false;
    }
    folded + line.trim_end()
}

/// The pieces between which a line may be broken, each with what stands before it: words, and the characters of Chinese.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split_whitespace().flat_map(|word| {
        word.split_inclusive(is_wide).enumerate().map(|(at, piece)| (piece, if at == 0 { " " } else { "" }))
    })
}

/// How wide `text` is on a terminal.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_committed_is_shown_once() {
        let mut caption = Caption::default();
        let mut next = |text: &str, committed, kind| caption.next(text, committed, kind);
        assert_eq!(next("and so my", 0, Kind::Partial).as_deref(), Some("[and so my]"));
        assert_eq!(next("and so my", 0, Kind::Partial), None);
        assert_eq!(next("and so my fellow", 7, Kind::Partial).as_deref(), Some("and so [my fellow]"));
        assert_eq!(next("and so my fellow", 16, Kind::Partial).as_deref(), Some("my fellow"));
        assert_eq!(next("and so my fellow Americans", 16, Kind::Final).as_deref(), Some("Americans"));
        assert_eq!(next("ask not", 3, Kind::Partial).as_deref(), Some("ask [not]"));
    }

    #[test]
    fn a_long_guess_is_cut_at_its_beginning() {
        let text = "word ".repeat(40);
        let line = Caption::default().next(&text, 0, Kind::Partial).unwrap();
        assert!(
            line.starts_with("[...") && line.ends_with("word]") && line.chars().count() <= WIDTH - MARGIN,
            "{line}"
        );
    }

    proptest! {
        #[test]
        fn chinese_is_folded_between_its_characters(text in "[一-二，]{1,100}") {
            let folded = fold("   1.00 s  zh", &text);
            prop_assert!(folded.lines().all(|line| columns(line) <= WIDTH), "{}", folded);
            prop_assert_eq!(folded.split_whitespace().skip(3).collect::<String>(), text);
        }

        #[test]
        fn folding_keeps_every_word_and_the_width(words in prop::collection::vec("[a-zñá]{1,60}", 0..20)) {
            let folded = fold("   1.00 s  en", &words.join(" "));
            prop_assert!(folded.lines().all(|line| line.chars().count() <= WIDTH), "{}", folded);
            let rest = folded.strip_prefix("   1.00 s  en").unwrap();
            prop_assert_eq!(rest.split_whitespace().collect::<Vec<_>>(), words);
        }
    }
}
