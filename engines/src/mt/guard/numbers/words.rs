//! Reads number words of languages that write words, and digits.

use std::{collections::HashMap, sync::LazyLock};

use super::{Number, from_digits};
use crate::{
    Language,
    mt::{guard::terms::rows, token::fold},
};

/// A language, a number word, its value, and `weak` where it may mean something else.
const TABLE: &str = include_str!("../../data/guard/numbers.tsv");

/// Values by language and word, and whether the word may mean something else.
type Values = HashMap<(&'static str, String), (f64, bool)>;

static WORDS: LazyLock<Values> = LazyLock::new(|| {
    let read = |row: Vec<&'static str>| {
        let value = row.get(2)?.parse().ok()?;
        Some(((*row.first()?, fold(row.get(1)?)), (value, row.get(3) == Some(&"weak"))))
    };
    rows(TABLE).filter_map(read).collect()
});

/// The value of a number word, and whether it may mean something else.
pub(super) fn value_of(word: &str, language: Language) -> Option<(f64, bool)> {
    let known = |word: &str| WORDS.get(&(language.code(), word.to_owned())).copied();
    known(word).or_else(|| if language == Language::De { Some((german(word)?, false)) } else { None })
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// A number.
    Number(Number),
    /// A word in small letters without accents.
    Word(String),
    /// What ends a clause.
    Break,
}

/// Where a piece begins and ends, in characters.
pub(super) type Span = (usize, usize);

/// Cuts a text into numbers and words.
pub(super) fn read(text: &str, language: Language) -> Vec<(Piece, Span)> {
    let (raw, spans): (Vec<Raw>, Vec<Span>) = cut(text).into_iter().unzip();
    let word = |at: Option<usize>| match at.and_then(|at| raw.get(at)) {
        Some(Raw::Word(word)) => word.as_str(),
        _ => "",
    };
    let clear = |at: usize| value_of(word(Some(at)), language).filter(|(_, is_weak)| !is_weak).map(|(value, _)| value);
    let mut pieces = Vec::new();
    let mut words = Words { language, ..Words::default() };
    let mut at = 0;
    while at < raw.len() {
        match &raw[at] {
            Raw::Digits(digits) => {
                pieces.extend(words.take());
                let (mut number, mut span) = (from_digits(digits), spans[at]);
                // "80 million"
                if let Some(times) = clear(at + 1).filter(|value| [1e3, 1e6, 1e9, 1e12].contains(value)) {
                    number = Number::of(number.value * times);
                    at += 1;
                    span.1 = spans[at].1;
                }
                pieces.push((Piece::Number(number), span));
            }
            Raw::Break => {
                pieces.extend(words.take());
                pieces.push((Piece::Break, spans[at]));
            }
            Raw::Word(this) => {
                match clear(at).filter(|_| !is_no_number(this, word(at.checked_sub(1)), word(Some(at + 1)), language)) {
                    Some(value) => pieces.extend(words.add(value, spans[at])),
                    None if words.goes_on_with(this, clear(at + 1)) => {}
                    // What may mean a number is seen to by whoever knows what stands about it.
                    None => {
                        pieces.extend(words.take());
                        pieces.push((Piece::Word(this.clone()), spans[at]));
                    }
                }
            }
        }
        at += 1;
    }
    pieces.extend(words.take());
    spelt_out(pieces)
}

/// Whether a number word has another sense between the words before and behind it: per cent, new, heed.
fn is_no_number(word: &str, before: &str, behind: &str, language: Language) -> bool {
    match (language, word) {
        (Language::Es, "ciento" | "cien") => before == "por",
        (Language::Fr, "cent") => before == "pour",
        (Language::Fr, "neuf") => behind.is_empty(),
        (Language::De, "acht") => {
            ["gib", "gebt", "gibt", "sie", "ausser", "außer"].contains(&before)
                || ["geben", "gegeben", "nehmen", "lassen", "darauf", "dass"].contains(&behind)
        }
        _ => false,
    }
}

enum Raw {
    Digits(String),
    Word(String),
    Break,
}

fn cut(text: &str) -> Vec<(Raw, Span)> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or(' ');
    let (mut raw, mut i) = (Vec::new(), 0);
    while i < chars.len() {
        let begin = i;
        if at(i).is_ascii_digit() {
            // Separators within a number, an `h` of hours, and a space before three more digits.
            let joins = |i: usize| {
                at(i + 1).is_ascii_digit()
                    && (".,:'h".contains(at(i)) || (" \u{a0}\u{202f}".contains(at(i)) && is_group(&chars, i + 1)))
            };
            while at(i).is_ascii_digit() || joins(i) {
                i += 1;
            }
            raw.push((Raw::Digits(chars[begin..i].iter().collect()), (begin, i)));
        } else if at(i).is_alphabetic() {
            while at(i).is_alphabetic() || ('\u{300}'..='\u{36f}').contains(&at(i)) {
                i += 1;
            }
            raw.push((Raw::Word(fold(&chars[begin..i].iter().collect::<String>())), (begin, i)));
        } else {
            if ".,:;!?()\"¿¡…".contains(at(i)) {
                raw.push((Raw::Break, (begin, i + 1)));
            }
            i += 1;
        }
    }
    raw
}

/// Whether exactly three digits stand at `i`, behind one to three that stand alone.
fn is_group(chars: &[char], i: usize) -> bool {
    let is_digit = |i: usize| chars.get(i).is_some_and(char::is_ascii_digit);
    let before = (1..=4).take_while(|back| i > *back && is_digit(i - 1 - back)).count();
    (1..=3).contains(&before) && (0..3).all(|n| is_digit(i + n)) && !is_digit(i + 3)
}

/// Three or more single digits in a row are one number read out: a telephone number, a room.
fn spelt_out(pieces: Vec<(Piece, Span)>) -> Vec<(Piece, Span)> {
    let digit = |(piece, _): &(Piece, Span)| match piece {
        Piece::Number(n) if n.digits.as_ref().is_none_or(|d| d.len() == 1) && n.value < 10.0 => Some(n.value),
        _ => None,
    };
    let mut done = Vec::new();
    let mut i = 0;
    while i < pieces.len() {
        let run: Vec<f64> = pieces[i..].iter().map_while(digit).collect();
        if run.len() > 2 {
            let digits: String = run.iter().map(|d| format!("{d}")).collect();
            let span = (pieces[i].1.0, pieces[i + run.len() - 1].1.1);
            let value = digits.parse().unwrap_or(0.0);
            done.push((Piece::Number(Number { digits: Some(digits), ..Number::of(value) }), span));
            i += run.len();
        } else {
            done.push(pieces[i].clone());
            i += 1;
        }
    }
    done
}

/// A number being put together from its words.
struct Words {
    language: Language,
    /// Thousands and millions that are complete.
    complete: f64,
    /// What is below them.
    value: Option<f64>,
    /// The next word may only be smaller than this.
    room: f64,
    /// From its first word to its last.
    span: Option<Span>,
}

impl Default for Words {
    fn default() -> Self {
        Self { language: Language::En, complete: 0.0, value: None, room: 0.0, span: None }
    }
}

impl Words {
    /// Adds a word's value; gives the number before it where that had ended.
    fn add(&mut self, value: f64, span: Span) -> Option<(Piece, Span)> {
        let before = self.grow(value);
        self.span = Some((self.span.map_or(span.0, |(begin, _)| begin), span.1));
        before
    }

    fn grow(&mut self, value: f64) -> Option<(Piece, Span)> {
        let current = self.value.unwrap_or(0.0);
        if value >= 1000.0 && self.value.is_some() && current < 1000.0 {
            // "mil millones"
            let all = if self.complete < value { std::mem::take(&mut self.complete) + current } else { current };
            self.complete += all.max(1.0) * value;
            (self.value, self.room) = (Some(0.0), value);
            return None;
        }
        // The last word was a unit: "two hundred", in English "twelve hundred", "quatre-vingt". In Spanish that is one word: "doscientos".
        let units = current % 100.0;
        let most = match self.language {
            Language::En => 100.0,
            Language::Es => 0.0,
            _ => 10.0,
        };
        if value == 100.0 && current > 0.0 && current < most && self.room == 0.0 {
            (self.value, self.room) = (Some(current * 100.0), 100.0);
            return None;
        }
        let is_french = self.language == Language::Fr;
        if is_french && value == 20.0 && units == 4.0 {
            (self.value, self.room) = (Some(current + 76.0), 20.0);
            return None;
        }
        // "Nineteen ninety": a year.
        let is_year = self.language == Language::En && self.complete == 0.0 && (13.0..=20.0).contains(&current);
        if is_year && (10.0..100.0).contains(&value) {
            (self.value, self.room) = (Some(current * 100.0 + value), if value < 20.0 { 0.0 } else { 10.0 });
            return None;
        }
        let before = if self.value.is_some() && value < self.room { None } else { self.take() };
        if value >= 1000.0 {
            self.complete += value;
            (self.value, self.room) = (Some(0.0), value);
        } else {
            self.value = Some(self.value.unwrap_or(0.0) + value);
            self.room = match value {
                // "dix-sept", "soixante et onze"
                10.0 if is_french => 10.0,
                60.0 if is_french => 20.0,
                v if v < 20.0 => 0.0,
                v if v < 100.0 => 10.0,
                _ => 100.0,
            };
        }
        before
    }

    /// Whether "and" stands within a number: "two hundred and five", "treinta y cinco", "vingt et un".
    fn goes_on_with(&self, word: &str, next: Option<f64>) -> bool {
        let joins = match self.language {
            Language::En => word == "and" && self.room >= 10.0,
            Language::Es => word == "y" && self.room >= 10.0,
            Language::Fr => word == "et" && self.room >= 10.0,
            Language::De => word == "und" && self.room >= 100.0,
            _ => false,
        };
        joins && self.value.is_some() && next.is_some_and(|next| next < self.room)
    }

    /// Ends the number.
    fn take(&mut self) -> Option<(Piece, Span)> {
        let ended = std::mem::replace(self, Self { language: self.language, ..Self::default() });
        let number = Number::of(ended.complete + ended.value?);
        Some((Piece::Number(number), ended.span.unwrap_or_default()))
    }
}

/// What is short and may stand behind a German number all the same: "zehnte", "zu viert", "dreimal".
const SHORT_ENDS: [&str; 23] = [
    "e", "en", "er", "ern", "ens", "t", "te", "ten", "ter", "tes", "tem", "tel", "el", "st", "ste", "stel", "mal",
    "eck", "rad", "uhr", "s", "gut", "ner",
];

/// The number that a German word begins with: "siebenjährig", "dreifach". It may be none: "dreist".
pub(super) fn begun_with(word: &str) -> Option<f64> {
    let ends = word.char_indices().map(|(at, _)| at).skip(3);
    // What follows is a word or an ending, and not what a model made up: "elfeln", "vierzigzig".
    let is_whole = |rest: &str| rest.chars().count() > 3 || SHORT_ENDS.contains(&rest);
    let ends = ends.filter(|end| is_whole(&word[*end..]));
    ends.filter_map(|end| value_of(&word[..end], Language::De)).filter(|(_, is_weak)| !is_weak).map(|(v, _)| v).last()
}

/// A German number in one word: "zweihundertfünfunddreißig". Folded, `ß` as it is.
fn german(word: &str) -> Option<f64> {
    let known =
        |word: &str| WORDS.get(&("de", word.to_owned())).filter(|(_, is_weak)| !is_weak).map(|(value, _)| *value);
    let part = |word: &str| if word.is_empty() { None } else { known(word).or_else(|| german(word)) };
    if let Some((thousands, rest)) = word.split_once("tausend") {
        let thousands = if thousands.is_empty() { 1.0 } else { part(thousands)? };
        return Some(
            thousands * 1000.0 + if rest.is_empty() { 0.0 } else { part(rest.strip_prefix("und").unwrap_or(rest))? },
        );
    }
    if let Some((hundreds, rest)) = word.split_once("hundert") {
        let hundreds = if hundreds.is_empty() { 1.0 } else { part(hundreds)? };
        return Some(
            hundreds * 100.0 + if rest.is_empty() { 0.0 } else { part(rest.strip_prefix("und").unwrap_or(rest))? },
        );
    }
    // The tens stand behind the units; "hundert" has "und" in it and is gone by now.
    word.match_indices("und").find_map(|(at, und)| {
        let (units, tens) = (known(&word[..at])?, known(&word[at + und.len()..])?);
        (units < 10.0 && (20.0..100.0).contains(&tens)).then_some(units + tens)
    })
}
