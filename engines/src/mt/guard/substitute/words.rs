//! Words of a kind.

use std::{
    collections::HashSet,
    sync::{LazyLock, OnceLock},
};

use super::{Span, agreement};
use crate::{
    Direction, Language,
    mt::{
        guard::{
            Common,
            forms::{Forms, Hit, Spelling},
            terms::{self, LANGUAGES, rows},
        },
        token::capitalise,
    },
};

/// One word a row; its first lines say how it is written.
const TABLE: &str = include_str!("../../data/guard/substitutes.tsv");

/// A word in one language.
#[derive(Debug, Default)]
struct Form {
    gender: Option<char>,
    /// Its forms, none where the language has none for it.
    written: Vec<&'static str>,
}

impl Form {
    /// Reads `f:manzana|manzanas`.
    fn read(cell: &'static str) -> Self {
        let (gender, written) = match cell.split_once(':') {
            Some((gender, written)) => (gender.chars().next(), written),
            None => (None, cell),
        };
        Self { gender, written: written.split('|').filter(|form| *form != "-").collect() }
    }

    /// The form at a place; the last where it has not so many.
    fn at(&self, place: usize) -> Option<&'static str> {
        self.written.get(place).or(self.written.last()).copied()
    }
}

/// A word in all languages.
#[derive(Debug)]
struct Row {
    kind: &'static str,
    is_known: bool,
    /// In the order of [`LANGUAGES`].
    forms: Vec<Form>,
}

struct Table {
    rows: Vec<Row>,
    /// By language, each built when it is first asked for: a conversation has two of the five.
    finders: [OnceLock<Forms>; LANGUAGES.len()],
}

static WORDS: LazyLock<Table> = LazyLock::new(|| {
    let rows: Vec<Row> = rows(TABLE)
        .map(|cells| Row {
            kind: cells.first().copied().unwrap_or_default(),
            is_known: cells.get(1) == Some(&"+"),
            forms: (2..2 + LANGUAGES.len()).map(|at| Form::read(cells.get(at).copied().unwrap_or("-"))).collect(),
        })
        .collect();
    Table { rows, finders: Default::default() }
});

impl Table {
    fn finder(&self, language: usize) -> &Forms {
        self.finders[language].get_or_init(|| {
            let cells: Vec<String> = self.rows.iter().map(|row| row.forms[language].written.join("|")).collect();
            Forms::new(LANGUAGES[language], Spelling::Exact, cells.iter().map(String::as_str))
        })
    }

    fn form(&self, row: usize, language: usize) -> &Form {
        &self.rows[row].forms[language]
    }
}

/// The column of a language.
fn column(language: Language) -> Option<usize> {
    LANGUAGES.iter().position(|other| *other == language)
}

/// A word and what stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Swap {
    meant: usize,
    put: usize,
}

impl Swap {
    /// Where the substitute stands in `translation`, and what is to stand there; nothing where it is not there, or several times.
    pub fn undo(self, translation: &str, language: Language) -> Option<(Span, String)> {
        let column = column(language)?;
        let mut hits = WORDS.finder(column).find(translation).into_iter().filter(|hit| hit.row == self.put);
        let (Some(hit), None) = (hits.next(), hits.next()) else { return None };
        exchange(translation, &hit, self.meant, language)
    }
}

/// The words of `source` that are not `common` and the table has a translation of; none that is among the words that matter, which are looked
/// for by themselves.
pub(in crate::mt::guard) fn rare(source: &str, direction: Direction, common: Common<'_>) -> Vec<Hit> {
    let (Some(from), Some(to)) = (column(direction.source), column(direction.target)) else { return Vec::new() };
    let seen_to = terms::places(source, direction.source);
    let is_apart = |hit: &Hit| !seen_to.iter().any(|span| overlap(*span, hit.span));
    let can_be_put =
        |hit: &Hit| !WORDS.form(hit.row, to).written.is_empty() && !common(&source[hit.span.0..hit.span.1]);
    let hits = WORDS.finder(from).find(source).into_iter();
    hits.filter(|hit| can_be_put(hit) && is_apart(hit)).collect()
}

/// Where those of them stand that `target` does not hold as the table has them.
pub(in crate::mt::guard) fn absent(source: &str, target: &str, direction: Direction, common: Common<'_>) -> Vec<Span> {
    let Some(to) = column(direction.target) else { return Vec::new() };
    let rare = rare(source, direction, common);
    if rare.is_empty() {
        return Vec::new();
    }
    let there = WORDS.finder(to).rows(target);
    // Of several rows with the same word any will do.
    let is_there = |hit: &Hit| rare.iter().any(|other| other.at == hit.at && there.contains(&other.row));
    let mut absent: Vec<Span> = rare.iter().filter(|hit| !is_there(hit)).map(|hit| hit.span).collect();
    absent.dedup();
    absent
}

fn overlap(one: Span, other: Span) -> bool {
    one.0 < other.1 && other.0 < one.1
}

/// A substitute for each word of `source` that lies in one of the `lost` places: where it stands, what it becomes.
pub(super) fn replace(source: &str, lost: &[Span], direction: Direction, turn: usize) -> Vec<(Span, String, Swap)> {
    let table = &*WORDS;
    let (Some(from), Some(to)) = (column(direction.source), column(direction.target)) else { return Vec::new() };
    let mut taken: HashSet<usize> = table.finder(from).rows(source);
    let (mut replaced, mut seen): (Vec<(Span, String, Swap)>, Option<usize>) = (Vec::new(), None);
    for hit in table.finder(from).find(source) {
        let is_lost = lost.iter().any(|span| overlap(*span, hit.span));
        // Of several words that are written alike, the first.
        if !is_lost || seen == Some(hit.at) || table.form(hit.row, to).written.is_empty() {
            continue;
        }
        seen = Some(hit.at);
        let mut fitting: Vec<usize> = (0..table.rows.len())
            .filter(|row| table.rows[*row].is_known && table.rows[*row].kind == table.rows[hit.row].kind)
            .filter(|row| !taken.contains(row) && [from, to].iter().all(|c| !table.form(*row, *c).written.is_empty()))
            .collect();
        fitting.sort_by_key(|row| std::cmp::Reverse(likeness(table, hit.row, *row, [from, to])));
        let Some(put) = fitting.get(turn % fitting.len().max(1)).copied() else { continue };
        let Some((span, text)) = exchange(source, &hit, put, direction.source) else { continue };
        taken.insert(put);
        replaced.push((span, text, Swap { meant: hit.row, put }));
    }
    replaced
}

/// In how many respects one word can stand for another without its articles changing.
fn likeness(table: &Table, one: usize, other: usize, languages: [usize; 2]) -> usize {
    let alike = |column: usize| {
        let (one, other) = (table.form(one, column), table.form(other, column));
        // English has little that agrees, and what it has is put right.
        let is_french = LANGUAGES[column] == Language::Fr;
        let opens =
            |form: &Form| is_french && form.at(0).is_some_and(|word| agreement::opens_with_vowel(word, Language::Fr));
        2 * usize::from(one.gender == other.gender) + usize::from(opens(one) == opens(other))
    };
    languages.into_iter().map(alike).sum()
}

/// `other` in the place of what stands at `hit`: where, what was about it included, and what stands there then.
fn exchange(text: &str, hit: &Hit, other: usize, language: Language) -> Option<(Span, String)> {
    let other = WORDS.form(other, column(language)?);
    let word = other.at(hit.form)?;
    let (begin, before) = agreement::before(&text[..hit.span.0], word, other.gender, language);
    let mut made = before.map_or_else(|| word.to_owned(), |before| format!("{before}{word}"));
    if text[begin..].starts_with(char::is_uppercase) && text[..begin].trim().is_empty() {
        made = capitalise(&made);
    }
    Some(((begin, hit.span.1), made))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        for row in &WORDS.rows {
            assert!(!row.kind.is_empty() && row.forms.iter().any(|form| !form.written.is_empty()), "{row:?}");
            for (form, language) in row.forms.iter().zip(LANGUAGES) {
                let genders = if language == Language::De { "mfn" } else { "mf" };
                assert!(form.gender.is_none_or(|gender| genders.contains(gender)), "{row:?}");
            }
            let is_known = WORDS.rows.iter().any(|other| other.kind == row.kind && other.is_known);
            assert!(is_known, "{row:?} has nothing to stand for it");
        }
    }
}
