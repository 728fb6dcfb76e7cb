//! Numbers, times and parts in digits and words, compared by value.
//!
//! | question | file |
//! |---|---|
//! | which numbers does a text hold? | [`read`], `words` with the table `data/guard/numbers.tsv`, `chinese` |
//! | which of them are times, halves and quarters? | `clock` |
//! | what is one number, and when are two the same? | here |

mod chinese;
mod clock;
mod words;

use crate::Language;

/// A number of a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Number {
    /// Its value; of a time its hours.
    pub value: f64,
    /// Its digits without what stands between them, where it is written in digits or read out digit by digit.
    pub digits: Option<String>,
    /// Whether it is a time of day.
    pub is_clock: bool,
    /// Whether it is only to be found, not to be looked for: "both" may stand for two.
    pub is_weak: bool,
    /// The numbers it was put together from: 10 and 9 of "ten to nine".
    pub spoken: Vec<f64>,
    /// Where it begins and ends in the text, in characters.
    pub span: (usize, usize),
}

impl Number {
    fn of(value: f64) -> Self {
        Self { value, ..Self::default() }
    }

    /// A number that was put together, with a half or a quarter as a rule.
    fn composed(value: f64, spoken: &[f64]) -> Self {
        Self { value, spoken: spoken.to_vec(), ..Self::default() }
    }

    /// A time of day: a `share` of an hour after an hour, or before it where it is negative. A half before one is half past twelve.
    fn time(hour: f64, share: f64, spoken: &[f64]) -> Self {
        let value = match hour + share {
            before if before < 0.0 => before + 24.0,
            before if before < 1.0 && share < 0.0 => before + 12.0,
            value => value,
        };
        Self { is_clock: true, ..Self::composed(value, spoken) }
    }

    /// Hours and minutes apart, as a text may have them: "seven thirty".
    pub fn parts(&self) -> [f64; 2] {
        [self.value.floor(), ((self.value - self.value.floor()) * 60.0).round()]
    }

    /// Where it stands in its text, in bytes.
    pub fn place(&self, text: &str) -> (usize, usize) {
        let at = |place: usize| text.char_indices().nth(place).map_or(text.len(), |(at, _)| at);
        (at(self.span.0), at(self.span.1))
    }

    fn is_same(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        let half_a_day = |a: f64, b: f64| near(a.rem_euclid(12.0), b.rem_euclid(12.0)) && a.max(b) <= 24.0;
        // Half an hour is thirty minutes.
        let minutes = |a: f64, b: f64| [0.25, 0.5, 0.75].contains(&a) && near(a * 60.0, b);
        near(self.value, other.value)
            || (self.digits.is_some() && self.digits == other.digits)
            || ((self.is_clock || other.is_clock) && half_a_day(self.value, other.value))
            || minutes(self.value, other.value)
            || minutes(other.value, self.value)
    }

    /// Whether it was not put together, as a time is.
    fn is_whole(&self) -> bool {
        self.spoken.is_empty() && !(self.is_clock && self.value.fract() != 0.0)
    }
}

/// What became of the numbers of a text, as a person would write them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Those that the target does not hold.
    pub lost: Vec<String>,
    /// Those that only the target holds.
    pub added: Vec<String>,
}

/// Compares the numbers of `source` and `target`. One alone in words is no number here: it is an article in most languages.
pub(super) fn compare(source: (&str, Language), target: (&str, Language)) -> Changes {
    let (said, there) = (read(source.0, source.1), read(target.0, target.1));
    let lost = unmatched(&said, &there, &squeezed(target.0));
    let added = unmatched(&there, &said, &squeezed(source.0));
    Changes {
        lost: lost.into_iter().map(written).collect(),
        added: added.into_iter().map(written).filter(|n| n != "0").collect(),
    }
}

/// The numbers of `source` that `target` does not hold.
pub(super) fn lost(source: (&str, Language), target: (&str, Language)) -> Vec<Number> {
    let (said, there) = (read(source.0, source.1), read(target.0, target.1));
    unmatched(&said, &there, &squeezed(target.0)).into_iter().cloned().collect()
}

/// The numbers of `wanted` that `found` does not hold, each of which stands for one of them.
fn unmatched<'n>(wanted: &'n [Number], found: &[Number], digits: &str) -> Vec<&'n Number> {
    let mut left: Vec<&Number> = found.iter().collect();
    let mut open: Vec<&Number> = Vec::new();
    for number in wanted.iter().filter(|n| n.value != 1.0 || n.digits.is_some()) {
        match left.iter().position(|other| number.is_same(other)) {
            Some(at) => drop(left.swap_remove(at)),
            None if number.is_weak => {}
            None => open.push(number),
        }
    }
    let loose: Vec<&Number> = found.iter().filter(|other| other.is_whole()).collect();
    // Each of the parts is another number, and two times that are apart are not one: "at ten and at six".
    let is_apart = |parts: &[f64]| {
        let mut loose = loose.clone();
        let found = |part: &f64| {
            let at = loose.iter().position(|other| other.value == *part)?;
            Some(loose.swap_remove(at))
        };
        // "Ten to ten" is not there where ten is.
        let is_one = parts.iter().all(|part| *part == parts[0]);
        let there: Option<Vec<&Number>> = parts.iter().map(found).collect();
        let are_two_times = |there: Vec<&Number>| {
            let gap = there
                .iter()
                .map(|n| n.span.0)
                .max()
                .unwrap_or(0)
                .abs_diff(there.iter().map(|n| n.span.1).min().unwrap_or(0));
            there.iter().all(|number| number.is_clock) && gap > 1
        };
        !is_one && there.is_some_and(|there| !are_two_times(there))
    };
    let within = |value: f64| {
        found.iter().any(|other| !other.is_whole() && (other.spoken.contains(&value) || other.parts().contains(&value)))
    };
    open.retain(|number| {
        let is_cut_otherwise = number.digits.as_ref().is_some_and(|d| d.len() > 2 && digits.contains(d.as_str()));
        let is_in_parts = !number.is_whole() && (is_apart(&number.parts()) || is_apart(&number.spoken));
        !(is_cut_otherwise || is_in_parts || (number.is_whole() && within(number.value)))
    });
    open
}

/// As a person would write it.
pub(super) fn written(number: &Number) -> String {
    let [hours, minutes] = number.parts();
    match &number.digits {
        Some(digits) if number.value >= 1e9 => digits.clone(),
        _ if number.is_clock && minutes > 0.0 => format!("{hours}:{minutes:02}"),
        _ => format!("{}", (number.value * 1000.0).round() / 1000.0),
    }
}

/// The numbers of `text`, in order; none where the language's words are not known here.
pub(super) fn read(text: &str, language: Language) -> Vec<Number> {
    match language {
        Language::Zh => chinese::read(text),
        _ if language.is_pivot() => Vec::new(),
        _ => clock::put_together(words::read(text, language), language),
    }
}

/// `text` with its numbers and times in digits, where any is written in words: models know "92" better than
/// "quatre-vingt-douze".
pub(super) fn in_digits(text: &str, language: Language) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut digits, mut at) = (String::new(), 0);
    for number in read(text, language) {
        let (begin, end) = number.span;
        let words = chars.get(begin..end).unwrap_or_default();
        let is_told = number.value >= SMALLEST || number.is_clock && number.value.fract() != 0.0;
        if begin < at || number.is_weak || !is_told || words.iter().any(char::is_ascii_digit) {
            continue;
        }
        digits.extend(&chars[at..begin]);
        digits.push_str(&written(&number));
        at = end;
    }
    digits.extend(&chars[at..]);
    (at > 0).then_some(digits)
}

/// Numbers below this are as well known in words.
const SMALLEST: f64 = 10.0;

/// The digits of `text` without what stands between them.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '.' | ',' | ':' | ' ' | '-')).collect()
}

/// The number that digits with their separators stand for: the last separator is the decimal one unless three digits
/// follow it.
fn from_digits(written: &str) -> Number {
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let separator = written.rfind(|c: char| !c.is_ascii_digit());
    if let Some(at) = separator {
        let (before, behind) = (&written[..at], &written[at..]);
        let behind = behind.trim_start_matches(|c: char| !c.is_ascii_digit());
        let hours = before.parse::<f64>().ok().filter(|h| *h <= 24.0);
        let minutes = behind.parse::<f64>().ok().filter(|m| *m < 60.0 && behind.len() == 2);
        let is_colon = written[at..].starts_with([':', 'h', '：']);
        if let (true, Some(hours), Some(minutes)) = (is_colon, hours, minutes) {
            return Number { digits: Some(digits), ..Number::time(hours, minutes / 60.0, &[]) };
        }
        if !is_colon && behind.len() != 3 {
            let whole: String = before.chars().filter(char::is_ascii_digit).collect();
            let value = format!("{whole}.{behind}").parse().unwrap_or(0.0);
            return Number { digits: Some(digits), ..Number::of(value) };
        }
    }
    Number { value: digits.parse().unwrap_or(0.0), digits: Some(digits), ..Number::default() }
}

#[cfg(test)]
mod tests;
