//! Chinese characters: which they are, and traditional ones as simplified ones.

use std::{collections::HashMap, sync::LazyLock};

/// One row a character, two code points in hexadecimal.
const TABLE: &str = include_str!("data/han.tsv");

static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let character = |cell: &str| u32::from_str_radix(cell, 16).ok().and_then(char::from_u32);
    let rows = TABLE.lines().filter_map(|row| row.split_once('\t'));
    rows.filter_map(|(from, to)| Some((character(from)?, character(to)?))).collect()
});

/// Whether `c` is a Chinese character: one of the ideographs of Unicode 16, or the zero 〇.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '〇')
}

/// Whether `c` is a Chinese character or a mark of Chinese print: as wide as two letters, with no space around it.
#[must_use]
pub fn is_wide(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff60}')
}

/// Puts `part` behind `whole`, with a space between them unless Chinese meets Chinese.
pub fn append(whole: &mut String, part: &str) {
    let part = part.trim();
    let is_joint = whole.ends_with(is_wide) && part.starts_with(is_wide);
    if !whole.is_empty() && !part.is_empty() && !is_joint {
        whole.push(' ');
    }
    whole.push_str(part);
}

/// The simplified form of a traditional character; any other as it is.
#[must_use]
pub fn simplified(c: char) -> char {
    SIMPLIFIED.get(&c).copied().unwrap_or(c)
}

/// Mandarin as this program writes it: simplified characters, and behind them the marks of Chinese print. What stands in front
/// of a character decides, so that the beginning of a text stays when more comes.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut before = ' ';
    let one = |c: char| {
        let c = simplified(c);
        let c = match c {
            ',' if is_han(before) => '，',
            '?' if is_han(before) => '？',
            '!' if is_han(before) => '！',
            ';' if is_han(before) => '；',
            ':' if is_han(before) => '：',
            other => other,
        };
        before = c;
        c
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_characters_become_simplified_ones() {
        assert_eq!(plain("電話,語言?A, 你好!"), "电话，语言？A, 你好！");
        assert!(SIMPLIFIED.len() > 4000 && SIMPLIFIED.values().all(|c| is_han(*c)));
    }

    #[test]
    fn parts_are_joined_as_their_script_wants() {
        let join = |parts: &[&str]| {
            let mut whole = String::new();
            parts.iter().for_each(|part| append(&mut whole, part));
            whole
        };
        assert_eq!(join(&["Well,", " yes. ", ""]), "Well, yes.");
        assert_eq!(join(&["他来了。", "他说", "OK", "吗"]), "他来了。他说 OK 吗");
    }

    proptest::proptest! {
        #[test]
        fn more_text_changes_nothing_before_it(text in "[電a, ?話!]{0,12}", more in "[語b,]{0,4}") {
            let whole = plain(&format!("{text}{more}"));
            proptest::prop_assert!(whole.starts_with(&plain(&text)));
        }
    }
}
