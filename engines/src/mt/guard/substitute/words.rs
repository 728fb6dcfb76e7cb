//! Words of a kind.

use std::{
    collections::HashSet,
    sync::{LazyLock, OnceLock},
};

use super::{
    Span,
    agreement::{self, opens_softly},
};
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

    /// How many of its forms differ.
    fn distinct(&self) -> usize {
        self.written.iter().collect::<HashSet<_>>().len()
    }

    /// The place of a form in a text where `before` stands before it, which was found at `place`: one and many may be written alike.
    fn place(&self, place: usize, before: &str, language: Language) -> usize {
        // Adjectives and verbs have more.
        let is_alike = place == 0 && self.written.len() <= 3 && self.at(0) == self.at(1);
        let may_tell = language != Language::De || self.gender.is_some_and(|gender| gender != 'f');
        usize::from(is_alike && may_tell && agreement::is_of_many(before, language)).max(place)
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

/// Whether the table has a word, or words, in a language.
pub(in crate::mt::guard) fn is_word(word: &str, language: Language) -> bool {
    column(language).is_some_and(|column| !WORDS.finder(column).rows(word).is_empty())
}

/// The words of `source` that are not `common` and the table has a translation of.
pub(in crate::mt::guard) fn rare(source: &str, direction: Direction, common: Common<'_>) -> Vec<Hit> {
    let (Some(from), Some(to)) = (column(direction.source), column(direction.target)) else { return Vec::new() };
    let can_be_put =
        |hit: &Hit| !WORDS.form(hit.row, to).written.is_empty() && !common(&source[hit.span.0..hit.span.1]);
    let hits = WORDS.finder(from).find(source).into_iter();
    hits.filter(can_be_put).collect()
}

/// Where those of them stand that `target` does not hold as the table has them; none that is among the words that matter, which are looked for
/// by themselves.
pub(in crate::mt::guard) fn absent(source: &str, target: &str, direction: Direction, common: Common<'_>) -> Vec<Span> {
    let mut rare = sought(source, target, direction, common);
    if rare.is_empty() {
        return Vec::new();
    }
    let seen_to = terms::places(source, direction.source);
    // "Blood" within "blood transfusion" tells nothing of the whole.
    let is_within = |one: Span, other: Span| other.0 <= one.0 && one.1 <= other.1;
    rare.retain(|(span, is_there)| !is_there && !seen_to.iter().any(|other| is_within(*span, *other)));
    rare.into_iter().map(|(span, _)| span).collect()
}

/// Where those of them stand that it does hold.
pub(in crate::mt::guard) fn present(source: &str, target: &str, direction: Direction, common: Common<'_>) -> Vec<Span> {
    let there = sought(source, target, direction, common).into_iter().filter(|(_, is_there)| *is_there);
    there.map(|(span, _)| span).collect()
}

/// Where the rare words of `source` stand, and whether `target` holds them.
fn sought(source: &str, target: &str, direction: Direction, common: Common<'_>) -> Vec<(Span, bool)> {
    let rare = rare(source, direction, common);
    let (Some(to), false) = (column(direction.target), rare.is_empty()) else { return Vec::new() };
    let there = WORDS.finder(to).rows(target);
    // Of several rows with the same word any will do.
    let is_there = |hit: &Hit| rare.iter().any(|other| other.at == hit.at && there.contains(&other.row));
    let mut sought: Vec<(Span, bool)> = rare.iter().map(|hit| (hit.span, is_there(hit))).collect();
    sought.dedup();
    sought
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

/// How well one word can stand for another: whether its articles stay, and whether its forms tell one from many where those of the other do.
fn likeness(table: &Table, one: usize, other: usize, languages: [usize; 2]) -> usize {
    let alike = |column: usize| {
        let (one, other, language) = (table.form(one, column), table.form(other, column), LANGUAGES[column]);
        // English has little that agrees, and what it has is put right.
        let opens =
            |form: &Form| language != Language::En && form.at(0).is_some_and(|word| opens_softly(word, language));
        // Mandarin has no plural.
        let tells = language == Language::Zh || other.distinct() >= one.distinct();
        2 * usize::from(one.gender == other.gender) + usize::from(opens(one) == opens(other)) + usize::from(tells)
    };
    languages.into_iter().map(alike).sum()
}

/// `other` in the place of what stands at `hit`: where, what was about it included, and what stands there then.
fn exchange(text: &str, hit: &Hit, other: usize, language: Language) -> Option<(Span, String)> {
    let column = column(language)?;
    let (found, other) = (WORDS.form(hit.row, column), WORDS.form(other, column));
    let word = other.at(found.place(hit.form, &text[..hit.span.0], language))?;
    let (begin, before) = agreement::before(&text[..hit.span.0], word, other.gender, language);
    let mut made = before.map_or_else(|| word.to_owned(), |before| format!("{before}{word}"));
    if text[begin..].starts_with(char::is_uppercase) && text[..begin].trim().is_empty() {
        made = capitalise(&made);
    }
    Some(((begin, hit.span.1), made))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_table_is_whole() {
        for cells in rows(TABLE) {
            assert_eq!(cells.len(), 2 + LANGUAGES.len(), "{cells:?}");
            assert!(["", "+"].contains(&cells[1]), "{cells:?}");
        }
        for row in &WORDS.rows {
            assert!(!row.kind.is_empty() && row.forms.iter().any(|form| !form.written.is_empty()), "{row:?}");
            for (form, language) in row.forms.iter().zip(LANGUAGES) {
                let genders = match language {
                    Language::De => "mfn",
                    Language::Es | Language::Fr => "mf",
                    _ => "",
                };
                assert!(form.gender.is_none_or(|gender| genders.contains(gender)), "{row:?}");
                assert!(form.written.iter().all(|form| !form.is_empty() && !form.contains(':')), "{row:?}");
            }
        }
    }

    #[test]
    fn no_noun_stands_behind_a_verb_that_is_written_alike() {
        for column in 0..LANGUAGES.len() {
            let mut first: HashMap<&str, &Row> = HashMap::new();
            for row in &WORDS.rows {
                let is_noun = |row: &Row| !["verb", "act", "adj"].contains(&row.kind);
                for form in &row.forms[column].written {
                    let before = first.entry(form).or_insert(row);
                    assert!(is_noun(before) || !is_noun(row), "{form}: {row:?} behind {before:?}");
                }
            }
        }
    }

    #[test]
    fn each_kind_has_something_to_stand_for_it_in_each_direction() {
        let kinds: HashSet<&str> = WORDS.rows.iter().map(|row| row.kind).collect();
        for (kind, other) in kinds.iter().flat_map(|kind| (1..LANGUAGES.len()).map(move |other| (kind, other))) {
            let is_written = |row: &Row| [0, other].iter().all(|column| !row.forms[*column].written.is_empty());
            let stands = |row: &Row| row.kind == *kind && row.is_known && is_written(row);
            assert!(WORDS.rows.iter().any(stands), "{kind} {:?}", LANGUAGES[other]);
        }
    }

    #[test]
    fn the_form_follows_what_stands_before_it() {
        let put = |source: &str, lost: &str, language: &str| {
            let begin = source.find(lost).unwrap();
            let direction: Direction = format!("{language}-en").parse().unwrap();
            let replaced = replace(source, &[(begin, begin + lost.len())], direction, 0);
            let [(span, text, _)] = &replaced[..] else { panic!("{source}: {replaced:?}") };
            format!("{}{text}{}", &source[..span.0], &source[span.1..])
        };
        for (source, lost, language, wanted) in [
            ("Je suis allergique aux noix.", "noix", "fr", "Je suis allergique aux pommes."),
            ("Cette noix est dure.", "noix", "fr", "Cette pomme est dure."),
            ("Die Hummer sind teuer.", "Hummer", "de", "Die Äpfel sind teuer."),
            ("Estoy embarazada.", "embarazada", "es", "Estoy enferma."),
            ("Están embarazadas.", "embarazadas", "es", "Están enfermas."),
            ("La tragué.", "tragué", "es", "La compré."),
            ("Il y a des abeilles.", "abeilles", "fr", "Il y a des vaches."),
        ] {
            assert_eq!(put(source, lost, language), wanted);
        }
    }
}
