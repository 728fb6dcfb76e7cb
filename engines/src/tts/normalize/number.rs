//! Numbers as they are written.

/// A number where spaces or apostrophes may group thousands: 1 234,56.
pub(super) const NUMBER: &str = r"(?:\d{1,3}(?:[ ']\d{3})+\b(?:[,.]\d+)?|\d+(?:[,.]\d+)*)";

/// A number in a text, still in digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// The digits before the decimal mark.
    pub whole: String,
    /// The digits after it; empty where there is none.
    pub fraction: String,
}

impl Written {
    /// Reads digits with `,` and `.` between them. A mark before exactly three digits groups thousands, except the one
    /// that the language uses for decimals where it stands alone and `lone_decimal` says to trust it. Nothing is grouped
    /// behind a zero: 0,125.
    pub(super) fn read(text: &str, decimal: char, lone_decimal: bool) -> Self {
        let marks: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| matches!(c, ',' | '.')).collect();
        let group = |at: usize| {
            let rest = &text[at + 1..];
            rest.chars().take_while(char::is_ascii_digit).count() == 3
        };
        let small = text.starts_with('0') && marks.len() == 1;
        let last_is_decimal = marks.last().is_some_and(|&(at, mark)| {
            let alone = marks.iter().filter(|(_, m)| *m == mark).count() == 1;
            alone && (small || !group(at) || (mark == decimal && (lone_decimal || marks.len() > 1)))
        });
        let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
        match marks.last() {
            Some(&(at, _)) if last_is_decimal => Self { whole: digits(&text[..at]), fraction: digits(&text[at..]) },
            _ => Self { whole: digits(text), fraction: String::new() },
        }
    }

    /// The whole part as a number, unless it is longer than anybody counts or written with zeros in front.
    pub(super) fn count(&self) -> Option<u64> {
        let padded = self.whole.len() > 1 && self.whole.starts_with('0');
        (!padded && self.whole.len() <= 15).then(|| self.whole.parse().ok()).flatten()
    }

    /// Whether it is exactly one.
    pub(super) fn is_one(&self) -> bool {
        self.whole == "1" && self.fraction.is_empty()
    }
}

/// The number that roman numerals up to 89 stand for, which is as far as rulers and chapters go; others are no number.
pub(super) fn roman(text: &str) -> Option<u64> {
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    const TENS: [&str; 9] = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX"];
    (1..90).find(|n| text.strip_prefix(TENS[n / 10]) == Some(ONES[n % 10])).map(|n| n as u64)
}

/// The words of single digits.
pub(super) fn digits(text: &str, names: &[&str; 10]) -> String {
    let words: Vec<&str> = text.chars().filter_map(|c| Some(names[c.to_digit(10)? as usize])).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_as_each_language_means_them() {
        let cases = [
            ("1,234", '.', true, "1234", ""),
            ("1,234.5", '.', true, "1234", "5"),
            ("3.142", '.', true, "3", "142"),
            ("1.000", ',', false, "1000", ""),
            ("1.234,5", ',', false, "1234", "5"),
            ("3,5", ',', false, "3", "5"),
            ("3.5", ',', false, "3", "5"),
            ("1,500", ',', false, "1500", ""),
            ("1.234.567", ',', false, "1234567", ""),
            ("12", '.', true, "12", ""),
            ("0,125", ',', false, "0", "125"),
            ("1 234,56", ',', false, "1234", "56"),
        ];
        for (text, decimal, lone, whole, fraction) in cases {
            let written = Written::read(text, decimal, lone);
            assert_eq!((written.whole.as_str(), written.fraction.as_str()), (whole, fraction), "{text}");
        }
        assert_eq!(Written::read("007", '.', true).count(), None);
        assert_eq!(Written::read("0", '.', true).count(), Some(0));
        assert_eq!(Written::read("12345678901234567890", '.', true).count(), None);
    }

    #[test]
    fn roman_numerals() {
        let cases =
            [("I", Some(1)), ("IV", Some(4)), ("XIV", Some(14)), ("XIX", Some(19)), ("XL", Some(40)), ("IIX", None)];
        for (text, n) in cases {
            assert_eq!(roman(text), n, "{text}");
        }
        assert_eq!(roman(""), None);
    }
}
