//! Words that must not get lost or change places: left and right, what people are allergic to, medicines, days, places.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::LazyLock,
};

use super::forms::{Forms, Hit, Spelling};
use crate::{Language, message::Doubt};

/// One idea a row: its kind, the set in which one may be taken for another, its forms in five languages.
const TABLE: &str = include_str!("../data/guard/terms.tsv");

/// The languages of the table, in the order of its columns.
pub(super) const LANGUAGES: [Language; 5] = [Language::En, Language::Es, Language::Fr, Language::De, Language::Zh];

/// What stands in a cell that is empty. A row of that kind only keeps its forms from being taken for others.
const NOTHING: &str = "-";

/// A row of the table.
#[derive(Debug)]
struct Term {
    doubt: Option<Doubt>,
    set: Option<&'static str>,
    name: &'static str,
}

/// The table by language.
struct Lexicon {
    terms: Vec<Term>,
    forms: HashMap<Language, Forms>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let rows: Vec<Vec<&'static str>> = rows(TABLE).collect();
    let cell = |row: &Vec<&'static str>, at: usize| row.get(at).copied().unwrap_or_default();
    let terms = rows.iter().map(|row| Term {
        doubt: doubt(cell(row, 0)),
        set: Some(cell(row, 1)).filter(|set| *set != NOTHING),
        name: cell(row, 2).split('|').next().unwrap_or_default().trim_matches(['~', '*']),
    });
    let forms = LANGUAGES.iter().enumerate();
    let forms = forms.map(|(at, language)| {
        (*language, Forms::new(*language, Spelling::Loose, rows.iter().map(|r| cell(r, at + 2))))
    });
    Lexicon { terms: terms.collect(), forms: forms.collect() }
});

/// What is in doubt where a term of a kind is lost.
fn doubt(kind: &str) -> Option<Doubt> {
    Some(match kind {
        "direction" => Doubt::Direction,
        "food" => Doubt::Food,
        "medicine" => Doubt::Medicine,
        "place" => Doubt::Place,
        "date" => Doubt::Date,
        "word" => Doubt::Word,
        _ => return None,
    })
}

/// The rows of a table with TABs between its cells; `#` begins a remark.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split('\t').map(str::trim).collect())
}

/// What became of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// What is in doubt.
    pub doubt: Doubt,
    /// Its first English form.
    pub term: &'static str,
    /// What happened to it.
    pub fate: Fate,
}

/// What happened to a term. Places are in the source, in bytes; of two that changed places, that of the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is not there.
    Lost((usize, usize)),
    /// Another of its set stands in its place.
    Became(&'static str, (usize, usize)),
    /// It is there, and was not said.
    Added,
}

impl Fate {
    /// Where the term stands that is lost.
    pub fn span(&self) -> Option<(usize, usize)> {
        match self {
            Self::Lost(span) | Self::Became(_, span) => Some(*span),
            Self::Added => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fate {
            Fate::Lost(_) => write!(out, "\"{}\" lost", self.term),
            Fate::Became(other, _) => write!(out, "\"{}\" became \"{other}\"", self.term),
            Fate::Added => write!(out, "\"{}\" added", self.term),
        }
    }
}

/// Where words of the table stand in `source` that are looked for, in bytes.
pub(super) fn places(source: &str, language: Language) -> Vec<(usize, usize)> {
    let hits = LEXICON.forms.get(&language).map(|forms| forms.find(source)).unwrap_or_default();
    let is_sought = |hit: &Hit| hit.is_clear && LEXICON.terms[hit.row].doubt.is_some();
    hits.into_iter().filter(is_sought).map(|hit| hit.span).collect()
}

/// Where those of them stand that `target` holds.
pub(super) fn present(source: (&str, Language), target: (&str, Language)) -> Vec<(usize, usize)> {
    let forms = |language: Language| LEXICON.forms.get(&language);
    let (Some(source_forms), Some(target_forms)) = (forms(source.1), forms(target.1)) else { return Vec::new() };
    let there = target_forms.rows(target.0);
    let hits = source_forms.find(source.0).into_iter();
    let is_there = |hit: &Hit| hit.is_clear && LEXICON.terms[hit.row].doubt.is_some() && there.contains(&hit.row);
    hits.filter(is_there).map(|hit| hit.span).collect()
}

/// The terms of `source` that `target` does not hold, those of one set that changed places, and those that nobody said.
pub(super) fn changed(source: (&str, Language), target: (&str, Language)) -> Vec<Change> {
    let lexicon = &*LEXICON;
    let forms = |language: Language| lexicon.forms.get(&language);
    let (Some(source_forms), Some(target_forms)) = (forms(source.1), forms(target.1)) else { return Vec::new() };
    let (said, there) = (source_forms.find(source.0), target_forms.find(target.0));
    let any = |forms: &Forms, text: &str, longest: &[Hit]| -> HashSet<usize> {
        let hits = forms.all(text).into_iter();
        hits.filter(|hit| counts(lexicon, hit, longest)).map(|hit| hit.row).collect()
    };
    let (any_said, any_there) = (any(source_forms, source.0, &said), any(target_forms, target.0, &there));
    let mut changes: Vec<Change> = Vec::new();
    let mut seen = Vec::new();
    for hit in said.iter().filter(|hit| hit.is_clear && !any_there.contains(&hit.row)) {
        let term = &lexicon.terms[hit.row];
        // A form of several rows is right with any of them.
        let shared = said.iter().any(|other| other.at == hit.at && any_there.contains(&other.row));
        let Some(doubt) = term.doubt.filter(|_| !shared && !seen.contains(&hit.row)) else { continue };
        seen.push(hit.row);
        let is_other = |other: &&Hit| {
            other.is_clear
                && term.set.is_some()
                && lexicon.terms[other.row].set == term.set
                && !any_said.contains(&other.row)
        };
        let other = there.iter().find(is_other).map(|other| lexicon.terms[other.row].name);
        let fate = other.map_or(Fate::Lost(hit.span), |other| Fate::Became(other, hit.span));
        changes.push(Change { doubt, term: term.name, fate });
    }
    // What took another's place has been told of.
    let is_told =
        |name: &str| changes.iter().any(|c: &Change| matches!(c.fate, Fate::Became(other, _) if other == name));
    let added = there.iter().filter_map(|hit| added(lexicon, hit, &there, &any_said));
    let added: Vec<Change> = added.filter(|change| !is_told(change.term)).collect();
    changes.extend(added);
    changes.extend(exchanged(lexicon, &said, &there));
    changes
}

/// Whether a form, which may lie within one of the `longest`, says what it seems to: 头疼 in 舌头疼 is no headache, since 舌头 is the tongue, nor
/// 元 in 日元 yuan, since yen is of the same set.
fn counts(lexicon: &Lexicon, hit: &Hit, longest: &[Hit]) -> bool {
    let set = lexicon.terms[hit.row].set;
    let over = |other: &&Hit| other.span.0 < hit.span.1 && hit.span.0 < other.span.1;
    longest.iter().filter(over).all(|other| {
        let is_within = other.span.0 <= hit.span.0 && hit.span.1 <= other.span.1;
        let is_other = set.is_some() && other.row != hit.row && lexicon.terms[other.row].set == set;
        is_within && (other.span == hit.span || !is_other)
    })
}

/// A term of the target, at `hit`, that was not said in any form. Of words of no kind in particular ("after", "open") that tells too little.
fn added(lexicon: &Lexicon, hit: &Hit, there: &[Hit], said: &HashSet<usize>) -> Option<Change> {
    let term = &lexicon.terms[hit.row];
    let doubt = term.doubt.filter(|doubt| hit.is_clear && *doubt != Doubt::Word)?;
    // A form of several rows is right with any of them.
    let is_said = there.iter().any(|other| other.at == hit.at && said.contains(&other.row));
    (!is_said).then_some(Change { doubt, term: term.name, fate: Fate::Added })
}

/// Two terms of a set that stand the other way round, where each stands once on either side: left, then right.
fn exchanged(lexicon: &Lexicon, said: &[Hit], there: &[Hit]) -> Option<Change> {
    let set_of = |hit: &Hit| lexicon.terms[hit.row].set;
    let ordered = |hits: &[Hit], set: Option<&str>| {
        let rows: Vec<usize> = hits.iter().filter(|hit| set_of(hit) == set).map(|hit| hit.row).collect();
        match rows[..] {
            [first, second] if first != second => Some((first, second)),
            _ => None,
        }
    };
    let begins = said.iter().find(|hit| set_of(hit) == Some("side"))?.span;
    // Of other sets the order is free: "on Monday, not on Tuesday".
    let set = Some("side");
    let (before, after) = (ordered(said, set)?, ordered(there, set)?);
    let name = |row: usize| lexicon.terms[row].name;
    let fate = Fate::Became(name(before.1), begins);
    let change = Change { doubt: Doubt::Direction, term: name(before.0), fate };
    (before == (after.1, after.0)).then_some(change)
}
