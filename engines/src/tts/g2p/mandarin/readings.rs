//! Which of its readings a word has.

use std::sync::LazyLock;

use super::{syllable::Syllable, words};

/// A word of a clause, one syllable a character but for the suffix 儿.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub text: &'t str,
    pub syllables: Vec<Syllable>,
}

/// How a character is read between neighbours (`data/context.tsv` says what the cells hold).
struct Context {
    character: &'static str,
    before: Vec<&'static str>,
    behind: Vec<&'static str>,
    reading: &'static str,
}

static CONTEXTS: LazyLock<Vec<Context>> = LazyLock::new(|| {
    let rows = include_str!("data/context.tsv").lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut cells = line.split('\t');
        Some(Context {
            character: cells.next()?,
            before: cells.next()?.split('|').collect(),
            behind: cells.next()?.split('|').collect(),
            reading: cells.next()?,
        })
    })
    .collect()
});

/// Characters that write numbers.
pub(super) const NUMERALS: &str = "零一二两三四五六七八九十百千万亿几";

/// Words in -儿 in which it is a child and no suffix.
const CHILDREN: [&str; 22] = [
    "女儿", "婴儿", "幼儿", "孤儿", "胎儿", "少儿", "健儿", "宠儿", "男儿", "孩儿", "弃儿", "妻儿", "育儿", "托儿",
    "运儿", "血儿", "生儿", "产儿", "小儿", "患儿", "侄儿", "孙儿",
];

/// The words of a clause of Chinese characters with their readings, as they are before the tones change.
pub(super) fn words_of(clause: &str) -> Vec<Word<'_>> {
    let cut = words::cut(clause);
    let mut read: Vec<Word> = Vec::with_capacity(cut.len());
    let mut at = 0;
    for (n, text) in cut.iter().enumerate() {
        let (before, behind) = (&clause[..at], &clause[at + text.len()..]);
        at += text.len();
        if *text == "儿" && !before.is_empty() && !behind.starts_with(['子', '童', '女', '科', '歌']) {
            // The suffix of the word before it.
            if let Some(word) = read.last_mut() {
                word.text = &clause[at - text.len() - word.text.len()..at];
                word.syllables.extend(Syllable::row("儿", "er5"));
                continue;
            }
        }
        let syllables = match context(text, before, behind, cut[..n].last()) {
            Some(reading) => Syllable::row(text, reading).collect(),
            None => reading(text),
        };
        read.push(Word { text, syllables });
    }
    read.iter_mut().for_each(rhotic);
    read
}

/// The reading of a word by the table, or of its characters; one that no row has is left out.
fn reading(word: &str) -> Vec<Syllable> {
    if let Some(reading) = words::find(word).and_then(|row| row.reading) {
        return Syllable::row(word, reading).collect();
    }
    let one = |c: &str| words::find(c).and_then(|row| row.reading).and_then(|reading| Syllable::row(c, reading).next());
    word.char_indices().filter_map(|(at, c)| one(&word[at..at + c.len_utf8()])).collect()
}

/// The reading that its neighbours give to a character that stands alone.
fn context(word: &str, before: &str, behind: &str, previous: Option<&&str>) -> Option<&'static str> {
    // The adverb's ending: behind more than a syllable and before what is done in that manner.
    if word == "地" && !behind.is_empty() && previous.is_some_and(|word| word.chars().nth(1).is_some()) {
        return Some("de5");
    }
    let rows = CONTEXTS.iter().filter(|row| row.character == word);
    let ends = |pattern: &&str| ends(before, pattern);
    let begins = |pattern: &&str| begins(behind, pattern);
    let fits = |row: &&Context| row.before.iter().any(ends) && row.behind.iter().any(begins);
    rows.into_iter().find(fits).map(|row| row.reading)
}

fn ends(text: &str, pattern: &str) -> bool {
    match pattern {
        "*" => true,
        "^" => text.is_empty(),
        "#" => text.ends_with(|c| NUMERALS.contains(c)),
        _ => text.ends_with(pattern),
    }
}

fn begins(text: &str, pattern: &str) -> bool {
    match pattern {
        "*" => true,
        "$" => text.is_empty(),
        "#" => text.starts_with(|c| NUMERALS.contains(c)),
        _ => text.starts_with(pattern),
    }
}

/// Joins the suffix 儿 to the syllable before it.
fn rhotic(word: &mut Word) {
    let is_child = CHILDREN.iter().any(|child| word.text.contains(child)) || word.text.starts_with('儿');
    if is_child || !word.text.contains('儿') {
        return;
    }
    let mut joined: Vec<Syllable> = Vec::with_capacity(word.syllables.len());
    for syllable in word.syllables.drain(..) {
        match joined.last_mut() {
            Some(last) if syllable.character == '儿' => last.rhotic = true,
            _ => joined.push(syllable),
        }
    }
    word.syllables = joined;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_contexts_can_be_read() {
        let rows = include_str!("data/context.tsv").lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(CONTEXTS.len(), rows);
        for row in CONTEXTS.iter() {
            let default = words::find(row.character).and_then(|r| r.reading);
            assert!(default.is_some(), "{}", row.character);
            assert_eq!(Syllable::row(row.character, row.reading).count(), 1, "{} {}", row.character, row.reading);
        }
    }
}
