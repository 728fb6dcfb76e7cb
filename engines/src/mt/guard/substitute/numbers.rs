//! Numbers that stand for others. Times of day have none: in words they look like quantities ("cada seis horas"), and a quantity must not become one.

use super::Span;
use crate::{
    Language,
    mt::guard::numbers::{Number, read, written},
};

/// What stands for a number below twenty, for a larger one, and for a year: numbers that every engine has seen often.
const SMALL: [f64; 4] = [8.0, 6.0, 5.0, 9.0];
const LARGE: [f64; 4] = [20.0, 30.0, 50.0, 40.0];
const YEARS: [f64; 4] = [2000.0, 1990.0, 1980.0, 2010.0];

/// What stands about half of something: "two and a half", "zweieinhalb"; else words of the sentence are within the number.
const HALF: [&str; 9] = ["and", "a", "y", "et", "und", "un", "una", "ein", "eine"];

const HALVES: [&str; 9] = ["half", "medio", "media", "demi", "demie", "halb", "halbe", "halben", "halbes"];

/// A number and what stands in its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Swap {
    meant: Number,
    put: f64,
}

/// A substitute for each number of `source` that is `lost`: where it stands, what it becomes.
pub(super) fn replace((source, language): (&str, Language), lost: &[Number], turn: usize) -> Vec<(Span, String, Swap)> {
    let said = read(source, language);
    let mut taken: Vec<f64> = said.iter().flat_map(|number| number.parts().into_iter().chain([number.value])).collect();
    let mut replaced = Vec::new();
    // One alone is an article in most languages.
    let is_number = |number: &&Number| !number.is_weak && number.value != 1.0;
    for number in said.iter().filter(|number| lost.contains(number)).filter(is_number) {
        let span = number.place(source);
        let text = &source[span.0..span.1];
        if number.is_clock || !is_bare(text, language) {
            continue;
        }
        let list = match number.value {
            value if value < 20.0 => SMALL,
            value if (1100.0..2100.0).contains(&value) && value.fract() == 0.0 => YEARS,
            _ => LARGE,
        };
        let free: Vec<f64> = list.into_iter().filter(|value| !taken.contains(value)).collect();
        let Some(put) = free.get(turn % free.len().max(1)).copied() else { continue };
        taken.push(put);
        let measure = if language == Language::Zh && text.contains('个') { "个" } else { "" };
        replaced.push((span, format!("{put}{measure}"), Swap { meant: number.clone(), put }));
    }
    replaced
}

impl Swap {
    /// Where the substitute stands in `translation`, and what is to stand there; nothing where it is not there, or several times.
    pub fn undo(&self, translation: &str, language: Language) -> Option<(Span, String)> {
        let found = read(translation, language);
        let mut there = found.iter().filter(|number| number.value == self.put && !number.is_weak);
        let (Some(number), None) = (there.next(), there.next()) else { return None };
        let (begin, end) = number.place(translation);
        is_bare(&translation[begin..end], language).then(|| ((begin, end), amount(&self.meant, language)))
    }
}

/// A number, as it is written; one that begins with nought is a code.
fn amount(number: &Number, language: Language) -> String {
    match &number.digits {
        Some(digits) if digits.starts_with('0') && number.value.fract() == 0.0 => digits.clone(),
        _ if has_comma(language) => written(number).replace('.', ","),
        _ => written(number),
    }
}

fn has_comma(language: Language) -> bool {
    matches!(language, Language::Es | Language::Fr | Language::De | Language::Pt | Language::Ca)
}

/// Whether the words of a number are those of the number alone: a unit may be among them ("une heure et demie", "五块钱", "百分之二十").
fn is_bare(text: &str, language: Language) -> bool {
    if language == Language::Zh {
        return text.chars().all(|c| c.is_ascii_digit() || "零〇一二两三四五六七八九十百千万亿半个点.,，".contains(c));
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let has_half = words.last().is_some_and(|last| HALVES.contains(&last.as_str()));
    !has_half || words.len() < 3 || words[1..words.len() - 1].iter().all(|word| HALF.contains(&word.as_str()))
}
