//! Times of day, halves and quarters in languages that write words: half past seven, las siete y media, halb acht.

use super::{
    Number,
    words::{Piece, Span, begun_with, value_of},
};
use crate::Language;

/// Puts numbers and the words about them together.
pub(super) fn put_together(pieces: Vec<(Piece, Span)>, language: Language) -> Vec<Number> {
    let mut numbers = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let view = View { pieces: &pieces, at };
        let found = match language {
            Language::En => view.english(),
            Language::Es => view.spanish(),
            Language::Fr => view.french(),
            Language::De => view.german(),
            _ => None,
        };
        if let Some((number, length)) = found {
            let ends = pieces.get(at + length - 1).map_or(0, |(_, (_, end))| *end);
            numbers.push(Number { span: (pieces[at].1.0, ends), ..number });
            at += length;
            continue;
        }
        match &pieces[at].0 {
            Piece::Number(number) => {
                let number = if view.is_hour(language) { as_hour(number) } else { number.clone() };
                numbers.push(Number { span: pieces[at].1, ..number });
            }
            Piece::Word(word) => {
                let weak = value_of(word, language).filter(|(_, is_weak)| *is_weak).map(|(value, _)| value);
                let begun = || if language == Language::De { begun_with(word) } else { None };
                let value = weak.or_else(begun).or_else(|| HALVES.iter().any(|h| word.starts_with(h)).then_some(0.5));
                numbers.extend(value.map(|value| Number { is_weak: true, ..Number::of(value) }));
            }
            Piece::Break => {}
        }
        at += 1;
    }
    numbers
}

/// Words that begin like this may say that something is half.
const HALVES: [&str; 8] = ["half", "halv", "medi", "demi", "halb", "mitad", "moitie", "midi"];

/// A number that is told to be an hour: `7.30` is no decimal then.
fn as_hour(number: &Number) -> Number {
    let minutes = (number.value.fract() * 100.0).round();
    let is_cut = number.digits.is_some() && !number.is_clock && minutes > 0.0 && minutes < 60.0;
    let value = if is_cut { number.value.floor() + minutes / 60.0 } else { number.value };
    Number { value, is_clock: true, ..number.clone() }
}

type Found = Option<(Number, usize)>;

/// A time of `hours` and a share of an hour before or after it.
fn time(hours: f64, share: f64, spoken: &[f64], length: usize) -> Found {
    (hours <= 24.0).then(|| (Number::time(hours, share, spoken), length))
}

/// A number and a half, or a half or quarter alone.
fn part(value: f64, length: usize) -> Found {
    Some((Number::composed(value, &[]), length))
}

#[derive(Clone, Copy)]
struct View<'p> {
    pieces: &'p [(Piece, Span)],
    at: usize,
}

impl View<'_> {
    fn word(&self, ahead: usize) -> &str {
        match self.pieces.get(self.at + ahead) {
            Some((Piece::Word(word), _)) => word,
            _ => "",
        }
    }

    fn is(&self, ahead: usize, words: &[&str]) -> bool {
        words.contains(&self.word(ahead))
    }

    fn number(&self, ahead: usize) -> Option<f64> {
        match self.pieces.get(self.at + ahead) {
            Some((Piece::Number(number), _)) => Some(number.value),
            _ => None,
        }
    }

    /// A whole number of hours.
    fn hour(&self, ahead: usize) -> Option<f64> {
        self.number(ahead).filter(|h| *h <= 24.0 && h.fract() == 0.0)
    }

    /// A whole number of minutes.
    fn minutes(&self, ahead: usize) -> Option<f64> {
        self.number(ahead).filter(|m| *m < 60.0 && m.fract() == 0.0)
    }

    fn before(&self) -> &str {
        match self.at.checked_sub(1).and_then(|at| self.pieces.get(at)) {
            Some((Piece::Word(word), _)) => word,
            _ => "",
        }
    }

    /// Whether the number here is told to be an hour of the day.
    fn is_hour(&self, language: Language) -> bool {
        match language {
            Language::En => {
                self.is(1, &["am", "pm", "o"])
                    || (self.is(1, &["a", "p"]) && self.is(3, &["m"]))
                    || self.before() == "at"
            }
            Language::Es => self.before() == "las" || self.is(1, &["h", "horas"]),
            Language::Fr => self.is(1, &["heure", "heures", "h"]),
            Language::De => self.is(1, &["uhr"]) || self.before() == "um",
            _ => false,
        }
    }

    /// How far behind the number here "and a half" stands, with at most two words between.
    fn and_then(&self, and: &[&str], articles: &[&str], halves: &[&str]) -> Option<usize> {
        (1..=3).find_map(|gap| {
            let clear = (1..gap).all(|ahead| !self.word(ahead).is_empty());
            let article = usize::from(self.is(gap + 1, articles));
            (clear && self.is(gap, and) && self.is(gap + 1 + article, halves)).then_some(gap + 2 + article)
        })
    }

    fn english(&self) -> Found {
        const HALF: &[&str] = &["half", "halves"];
        const AFTER: &[&str] = &["past", "after"];
        const TO: &[&str] = &["to", "till", "before", "of"];
        let share = |ahead: usize| if self.is(ahead, &["quarter"]) { Some(0.25) } else { None };
        if self.is(0, HALF) {
            return match (self.is(1, &["past"]), self.hour(2)) {
                (true, Some(hour)) => time(hour, 0.5, &[], 3),
                _ if self.is(
                    1,
                    &["brother", "sister", "asleep", "hearted", "heartedly", "life", "moon", "way", "truth"],
                ) =>
                {
                    None
                }
                _ => part(0.5, 1),
            };
        }
        if let Some(share) = share(0) {
            return match self.hour(2) {
                Some(hour) if self.is(1, AFTER) => time(hour, share, &[], 3),
                Some(hour) if self.is(1, TO) => time(hour, -share, &[], 3),
                _ if self.before() == "a" && self.is(1, &["of", "to", "past", "after"]) => part(share, 1),
                _ => None,
            };
        }
        if self.is(0, &["hour"]) && self.before() == "an" && self.is(1, &["and"]) && self.is(3, HALF) {
            return part(1.5, 4);
        }
        if let Some(number) = self.number(0) {
            if self.is(1, &["quarters", "fourths"]) && number == 3.0 {
                return part(0.75, 2);
            }
            // "Between eight and half past nine" is another half.
            if let Some(length) =
                self.and_then(&["and"], &["a"], HALF).filter(|length| !self.is(*length, &["past", "an"]))
            {
                return part(number + 0.5, length);
            }
            let gap = usize::from(self.is(1, &["minutes", "minute"]));
            if let (Some(minutes), Some(hour)) = (
                self.minutes(0).filter(|m| gap == 1 || m % 5.0 == 0.0),
                self.hour(2 + gap).filter(|h| (1.0..=12.0).contains(h)),
            ) {
                if self.is(1 + gap, AFTER) {
                    return time(hour, minutes / 60.0, &[minutes, hour], 3 + gap);
                }
                if self.is(1 + gap, &["to", "till"]) {
                    return time(hour, -minutes / 60.0, &[minutes, hour], 3 + gap);
                }
            }
        }
        None
    }

    fn spanish(&self) -> Found {
        const HALF: &[&str] = &["media", "medio"];
        const WHOLE: &[&str] = &[
            "hora",
            "horas",
            "docena",
            "kilo",
            "litro",
            "ano",
            "milla",
            "manana",
            "pastilla",
            "tableta",
            "vuelta",
            "botella",
            "taza",
            "kilometro",
            "metro",
            "minuto",
            "millon",
            "siglo",
            "vaso",
            "mes",
            "comprimido",
        ];
        if let Some(number) = self.number(0) {
            if self.is(1, &["cuartos"]) && number == 3.0 {
                return part(0.75, 2);
            }
            if self.is(1, &["menos"]) && self.hour(0).is_some() {
                if self.is(2, &["cuarto"]) {
                    return time(number, -0.25, &[], 3);
                }
                if let Some(minutes) = self.minutes(2) {
                    return time(number, -minutes / 60.0, &[minutes, number], 3);
                }
            }
            let past = self.is(1, &["y"]) && self.hour(0).is_some();
            if past && self.is(2, &["cuarto"]) {
                return time(number, 0.25, &[], 3);
            }
            if past && self.is(2, HALF) && ["las", "la"].contains(&self.before()) {
                return time(number, 0.5, &[], 3);
            }
            if let (true, Some(minutes)) = (past && ["las", "la"].contains(&self.before()), self.minutes(2)) {
                return time(number, minutes / 60.0, &[minutes, number], 3);
            }
            if let (Some(hour), true) = (self.hour(3), self.is(1, &["para"]) && self.is(2, &["las", "la"])) {
                return time(hour, -number / 60.0, &[number, hour], 4);
            }
            if let Some(length) = self.and_then(&["y"], &["una", "un"], HALF) {
                return part(number + 0.5, length);
            }
        }
        if self.is(0, &["cuarto"]) {
            return match self.hour(3) {
                Some(hour) if self.is(1, &["para"]) => time(hour, -0.25, &[], 4),
                _ if self.is(1, &["de"]) && self.is(2, &["hora"]) => part(0.25, 1),
                _ => None,
            };
        }
        let is_half = self.is(0, HALF) && (self.is(1, WHOLE) || self.number(1) == Some(12.0));
        (is_half || self.is(0, &["mitad"])).then(|| part(0.5, 1)).flatten()
    }

    fn french(&self) -> Found {
        const HALF: &[&str] = &["demi", "demie"];
        const HOURS: &[&str] = &["heure", "heures", "h"];
        if let Some(number) = self.number(0) {
            if self.is(1, &["quarts"]) && number == 3.0 {
                return part(0.75, 2);
            }
            if self.hour(0).is_some() && (self.is(1, HOURS) || number == 12.0) {
                let after = 1 + usize::from(!self.word(1).is_empty());
                if self.is(after, &["et"]) && self.is(after + 1, &["quart"]) {
                    return time(number, 0.25, &[], after + 2);
                }
                if self.is(after, &["et"]) && self.is(after + 1, HALF) {
                    return time(number, 0.5, &[], after + 2);
                }
                let article = usize::from(self.is(after + 1, &["le"]));
                if self.is(after, &["moins"]) && self.is(after + 1 + article, &["quart"]) {
                    return time(number, -0.25, &[], after + 2 + article);
                }
                if let (true, Some(minutes)) = (self.is(after, &["moins"]), self.minutes(after + 1)) {
                    return time(number, -minutes / 60.0, &[minutes, number], after + 2);
                }
                if let Some(minutes) = self.minutes(after).filter(|_| self.is(1, HOURS)) {
                    return time(number, minutes / 60.0, &[minutes, number], after + 1);
                }
            }
            if let Some(length) = self.and_then(&["et"], &["une", "un"], HALF) {
                return part(number + 0.5, length);
            }
        }
        if self.is(0, &["quart"]) && self.is(1, &["d"]) {
            return part(0.25, 1);
        }
        let is_part = self.is(0, HALF) && self.is(1, &["tour", "frere", "soeur", "vie", "finale", "dieu"]);
        (self.is(0, &["demi", "demie", "moitie"]) && !is_part).then(|| part(0.5, 1)).flatten()
    }

    fn german(&self) -> Found {
        const BEFORE: &[&str] = &["vor"];
        const AFTER: &[&str] = &["nach"];
        if self.is(0, &["halb"]) {
            return match self.hour(1) {
                Some(hour) => time(hour, -0.5, &[], 2),
                None => part(0.5, 1),
            };
        }
        if self.is(0, &["dreiviertel"]) {
            return match self.hour(1) {
                Some(hour) => time(hour, -0.25, &[], 2),
                None => part(0.75, 1),
            };
        }
        if self.is(0, &["viertel"]) {
            return match (self.hour(2), self.hour(1)) {
                (Some(hour), _) if self.is(1, BEFORE) => time(hour, -0.25, &[], 3),
                (Some(hour), _) if self.is(1, AFTER) => time(hour, 0.25, &[], 3),
                (_, Some(hour)) => time(hour, -0.75, &[], 2),
                _ => None,
            };
        }
        if self.is(0, &["viertelstunde"]) {
            return part(0.25, 1);
        }
        if self.is(0, &["dreiviertelstunde"]) {
            return part(0.75, 1);
        }
        if self.is(0, &["anderthalb", "anderthalbe", "eineinhalb", "einundeinhalb"]) {
            return part(1.5, 1);
        }
        if let Some(whole) = self.word(0).strip_suffix("einhalb").and_then(|w| value_of(w, Language::De)) {
            return part(whole.0 + 0.5, 1);
        }
        if let Some(number) = self.number(0) {
            if self.is(1, &["viertel"]) && number == 3.0 {
                return part(0.75, 2);
            }
            if let Some(length) = self.and_then(&["und"], &["eine", "ein", "einen"], &["halbe", "halbes", "halben"]) {
                return part(number + 0.5, length);
            }
            let gap = usize::from(self.is(1, &["minuten", "minute"]));
            if let Some(minutes) = self.minutes(0) {
                let halb = usize::from(self.is(2 + gap, &["halb"]));
                let share = if halb == 1 { -0.5 } else { 0.0 };
                if let Some(hour) = self.hour(2 + gap + halb).filter(|h| *h <= 12.0) {
                    if self.is(1 + gap, BEFORE) {
                        return time(hour, share - minutes / 60.0, &[minutes, hour], 3 + gap + halb);
                    }
                    if self.is(1 + gap, AFTER) {
                        return time(hour, share + minutes / 60.0, &[minutes, hour], 3 + gap + halb);
                    }
                }
            }
            if let (true, Some(minutes), Some(hour)) = (self.is(1, &["uhr"]), self.minutes(2), self.hour(0)) {
                return time(hour, minutes / 60.0, &[minutes, hour], 3);
            }
        }
        self.is(0, &["halbe", "halben", "halber", "halbes", "halbem", "halfte"]).then(|| part(0.5, 1)).flatten()
    }
}
