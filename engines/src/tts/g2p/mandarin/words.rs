//! The words of Mandarin, and how a text is cut into them.

/// Made by `data/make.py`, which says what a row holds. It is searched where it lies: nothing is built when the program
/// starts.
const TABLE: &str = include_str!("data/words.tsv");

/// What a character costs that is in no row.
const UNKNOWN: u32 = 250;

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// The word.
    pub word: &'static str,
    /// Ten times the negative logarithm of its share of running words.
    cost: u32,
    /// Its syllables one behind the other (`yin2hang2`), if they are not those of its characters.
    pub reading: Option<&'static str>,
}

impl Row {
    fn at(start: usize) -> Option<Self> {
        let line = TABLE.get(start..)?.lines().next()?;
        let mut cells = line.split('\t');
        Some(Self { word: cells.next()?, cost: cells.next()?.parse().ok()?, reading: cells.next() })
    }
}

/// The row of `word`.
pub(super) fn find(word: &str) -> Option<Row> {
    Row::at(first_from(word)).filter(|row| row.word == word)
}

/// Cuts a text of Chinese characters into words: the cut with the least cost in all, as in jieba.
pub(super) fn cut(text: &str) -> Vec<&str> {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let count = starts.len() - 1;
    // From each place on: the least cost to the end, and where the first word ends then.
    let mut best = vec![(0_u32, count); count + 1];
    for first in (0..count).rev() {
        best[first] = (UNKNOWN + best[first + 1].0, first + 1);
        for end in first + 1..=count {
            let word = &text[starts[first]..starts[end]];
            let Some(row) = Row::at(first_from(word)).filter(|row| row.word.starts_with(word)) else { break };
            let cost = row.cost + best[end].0;
            if row.word == word && cost < best[first].0 {
                best[first] = (cost, end);
            }
        }
    }
    let mut words = Vec::new();
    let mut at = 0;
    while at < count {
        let end = best[at].1;
        words.push(&text[starts[at]..starts[end]]);
        at = end;
    }
    words
}

/// Where the first row begins whose word does not come before `word`.
fn first_from(word: &str) -> usize {
    let bytes = TABLE.as_bytes();
    // Both are beginnings of rows, or the end of the table.
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes[..middle].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let key = bytes[start..].split(|b| *b == b'\t').next().unwrap_or_default();
        if key < word.as_bytes() {
            low = bytes[middle..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| middle + at + 1);
        } else {
            high = start;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_row_is_found() {
        let mut last = "";
        for (n, line) in TABLE.lines().enumerate() {
            let word = line.split('\t').next().unwrap();
            assert!(last < word, "{last} {word}");
            last = word;
            if n % 7 == 0 {
                let row = find(word).unwrap();
                let characters = word.chars().count();
                let tones = row.reading.map(|r| r.matches(|c: char| c.is_ascii_digit()).count());
                assert!(row.word == word && tones.is_none_or(|n| n == characters), "{line}");
                assert!(characters > 1 || tones.is_some(), "{line}");
            }
        }
        assert_eq!((find("没有这个词"), find("hotel"), find("")), (None, None, None));
    }

    #[test]
    fn words_are_found_where_people_see_them() {
        let cases = [
            ("我们去北京大学", "我们|去|北京大学"),
            ("他来到银行门口", "他|来到|银行|门口"),
            ("研究生命的起源", "研究|生命|的|起源"),
            ("请问最近的火车站在哪里", "请问|最近|的|火车站|在|哪里"),
            ("这个药一天吃三次", "这个|药|一天|吃|三次"),
            ("", ""),
        ];
        for (text, words) in cases {
            assert_eq!(cut(text).join("|"), words);
        }
    }

    proptest! {
        #[test]
        fn no_character_is_lost(text in "[\u{4e00}-\u{9fff}的一不了我是在\u{3400}]{0,40}") {
            prop_assert_eq!(cut(&text).concat(), text);
        }
    }
}
