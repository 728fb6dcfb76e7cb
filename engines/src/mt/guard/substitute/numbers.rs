//! Numbers that stand for others.

use super::Span;
use crate::{
    Language,
    mt::guard::numbers::{Number, read, written},
};

/// What stands for a number below twenty, for a larger one, for a year, and for a time of day: numbers that every engine has seen often.
const SMALL: [f64; 4] = [8.0, 6.0, 5.0, 9.0];
const LARGE: [f64; 4] = [20.0, 30.0, 50.0, 40.0];
const YEARS: [f64; 4] = [2000.0, 1990.0, 1980.0, 2010.0];
const HOURS: [f64; 4] = [8.0, 9.0, 10.0, 7.0];

/// What stands about half of something: "two and a half", "zweieinhalb"; else words of the sentence are within the number.
const HALF: [&str; 9] = ["and", "a", "y", "et", "und", "un", "una", "ein", "eine"];

/// A number and what stands in its place.
#[derive(Debug, Clone)]
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
        let span = bytes(source, number.span);
        let text = &source[span.0..span.1];
        let is_time = number.is_clock;
        if !is_time && number.value.fract() != 0.0 && !is_bare_half(text) {
            continue;
        }
        let list = match number.value {
            _ if is_time => HOURS,
            value if value < 20.0 => SMALL,
            value if (1100.0..2100.0).contains(&value) && value.fract() == 0.0 => YEARS,
            _ => LARGE,
        };
        let free: Vec<f64> = list.into_iter().filter(|value| !taken.contains(value)).collect();
        let Some(put) = free.get(turn % free.len().max(1)).copied() else { continue };
        taken.push(put);
        let measure = if language == Language::Zh && text.contains('个') { "个" } else { "" };
        let text = if is_time { hour(put, language) } else { format!("{put}{measure}") };
        replaced.push((span, text, Swap { meant: number.clone(), put }));
    }
    replaced
}

impl Swap {
    /// Where the substitute stands in `translation`, and what is to stand there; nothing where it is not there, or several times.
    pub fn undo(&self, translation: &str, language: Language) -> Option<(Span, String)> {
        let found = read(translation, language);
        let mut there = found.iter().filter(|number| number.value == self.put && !number.is_weak);
        let (Some(number), None) = (there.next(), there.next()) else { return None };
        let (begin, end) = bytes(translation, number.span);
        if !self.meant.is_clock {
            return Some(((begin, end), amount(&self.meant, language)));
        }
        let rest = translation[end..].to_lowercase();
        let goes_on = |word: &str| language != Language::Zh && rest[word.len()..].starts_with(char::is_alphabetic);
        let said = hour_words(language).iter().find(|word| rest.starts_with(**word) && !goes_on(word));
        Some(((begin, end + said.map_or(0, |word| word.len())), time(&self.meant, language)))
    }
}

/// What may stand behind the hour; the longer ones first.
fn hour_words(language: Language) -> &'static [&'static str] {
    match language {
        Language::En => &[" o'clock"],
        Language::Fr => &[" heures", " heure", " h"],
        Language::De => &[" uhr"],
        Language::Zh => &["点钟", "点"],
        Language::Es | Language::Pt => &[" horas"],
    }
}

/// A number that is no time, as it is written; one that begins with nought is a code.
fn amount(number: &Number, language: Language) -> String {
    match &number.digits {
        Some(digits) if digits.starts_with('0') && number.value.fract() == 0.0 => digits.clone(),
        _ if has_comma(language) => written(number).replace('.', ","),
        _ => written(number),
    }
}

/// An hour, as it is said.
fn hour(hour: f64, language: Language) -> String {
    match language {
        Language::En => format!("{hour} o'clock"),
        Language::Fr => format!("{hour} heures"),
        Language::De => format!("{hour} Uhr"),
        Language::Zh => format!("{hour}点"),
        Language::Es | Language::Pt => format!("{hour}"),
    }
}

/// A time of day, as it is written.
fn time(number: &Number, language: Language) -> String {
    let [hours, minutes] = number.parts();
    match language {
        Language::Fr if minutes == 0.0 => format!("{hours} heures"),
        Language::Fr => format!("{hours}h{minutes:02}"),
        Language::De if minutes == 0.0 => format!("{hours} Uhr"),
        Language::De => format!("{hours}:{minutes:02} Uhr"),
        Language::Zh if minutes == 0.0 => format!("{hours}点"),
        Language::Zh => format!("{hours}点{minutes:02}分"),
        Language::En if minutes == 0.0 => format!("{hours} o'clock"),
        Language::Es | Language::Pt if minutes == 0.0 => format!("{hours}"),
        _ => format!("{hours}:{minutes:02}"),
    }
}

fn has_comma(language: Language) -> bool {
    matches!(language, Language::Es | Language::Fr | Language::De | Language::Pt)
}

/// Whether the words of a number and a half are those of the number alone: the unit is not among them.
fn is_bare_half(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.len() < 3 || words[1..words.len() - 1].iter().all(|word| HALF.contains(&word.as_str()))
}

/// A place in characters as one in bytes.
fn bytes(text: &str, (begin, end): (usize, usize)) -> Span {
    let at = |place: usize| text.char_indices().nth(place).map_or(text.len(), |(at, _)| at);
    (at(begin), at(end))
}
