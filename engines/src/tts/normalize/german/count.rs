//! German numerals: one word below a million, ones before tens.

/// How a number that ends in one is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum One {
    /// On its own: eins.
    Alone,
    /// Before a noun: ein Euro.
    Before,
    /// Before a feminine noun: eine Stunde.
    Feminine,
}

const SMALL: [&str; 20] = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
];

const TENS: [&str; 10] =
    ["", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"];

/// A number in words, in the long scale.
pub(super) fn count(n: u64, one: One) -> String {
    let mut words: Vec<String> = Vec::new();
    let scales = [
        (1_000_000_000_000, "Billion", "Billionen"),
        (1_000_000_000, "Milliarde", "Milliarden"),
        (1_000_000, "Million", "Millionen"),
    ];
    let mut rest = n;
    for (size, name, several) in scales {
        match rest / size {
            0 => {}
            1 => words.push(format!("eine {name}")),
            amount => words.push(format!("{} {several}", count(amount, One::Feminine))),
        }
        rest %= size;
    }
    if rest > 0 || n == 0 {
        words.push(below_million(rest, one));
    }
    words.join(" ")
}

fn below_million(n: u64, one: One) -> String {
    let (thousands, rest) = (n / 1_000, n % 1_000);
    match (thousands, rest) {
        (0, _) => below_thousand(rest, one),
        (_, 0) => format!("{}tausend", below_thousand(thousands, One::Before)),
        _ => format!("{}tausend{}", below_thousand(thousands, One::Before), below_thousand(rest, one)),
    }
}

fn below_thousand(n: u64, one: One) -> String {
    let n = usize::try_from(n).unwrap_or(0);
    let (hundreds, rest) = (n / 100 % 10, n % 100);
    let hundred = match hundreds {
        0 => String::new(),
        1 => "einhundert".to_owned(),
        _ => format!("{}hundert", SMALL[hundreds]),
    };
    let tail = match (rest, one) {
        (0, _) if hundreds > 0 => String::new(),
        (1, One::Before) => "ein".to_owned(),
        (1, One::Feminine) => "eine".to_owned(),
        (0..20, _) => SMALL[rest].to_owned(),
        _ => match rest % 10 {
            0 => TENS[rest / 10].to_owned(),
            1 => format!("einund{}", TENS[rest / 10]),
            ones => format!("{}und{}", SMALL[ones], TENS[rest / 10]),
        },
    };
    hundred + &tail
}

/// A year as it is said: the hundreds are counted from 1100 to 1999.
pub(super) fn year(n: u64) -> String {
    match (n / 100, n % 100) {
        (11..=19, 0) => format!("{}hundert", SMALL[usize::try_from(n / 100).unwrap_or(0)]),
        (11..=19, rest) => {
            format!("{}hundert{}", SMALL[usize::try_from(n / 100).unwrap_or(0)], below_thousand(rest, One::Alone))
        }
        (20, rest @ 1..) => format!("zweitausend{}", below_thousand(rest, One::Alone)),
        _ => count(n, One::Alone),
    }
}

/// An ordinal without its ending, to which the case adds one: dritt, zwanzigst.
pub(super) fn ordinal(n: u64) -> String {
    let rest = n % 100;
    let last = match rest {
        1 => "erst",
        3 => "dritt",
        7 => "siebt",
        8 => "acht",
        2 | 4..=6 | 9..=19 => return format!("{}t", count(n, One::Alone)),
        _ => return format!("{}st", count(n, One::Alone)),
    };
    if n == rest {
        return last.to_owned();
    }
    let before = count(n - rest, One::Alone);
    format!("{before}{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_compounds() {
        let cases = [
            (0, "null"),
            (1, "eins"),
            (12, "zwölf"),
            (16, "sechzehn"),
            (21, "einundzwanzig"),
            (30, "dreißig"),
            (77, "siebenundsiebzig"),
            (100, "einhundert"),
            (101, "einhunderteins"),
            (205, "zweihundertfünf"),
            (999, "neunhundertneunundneunzig"),
            (1_000, "eintausend"),
            (1_234, "eintausendzweihundertvierunddreißig"),
            (21_000, "einundzwanzigtausend"),
            (1_000_000, "eine Million"),
            (2_500_000, "zwei Millionen fünfhunderttausend"),
            (1_000_000_000, "eine Milliarde"),
        ];
        for (n, said) in cases {
            assert_eq!(count(n, One::Alone), said, "{n}");
        }
    }

    #[test]
    fn one_is_shorter_before_a_noun() {
        assert_eq!((count(1, One::Before), count(1, One::Feminine)), ("ein".into(), "eine".into()));
        assert_eq!(count(101, One::Before), "einhundertein");
        assert_eq!(count(21, One::Feminine), "einundzwanzig");
        assert_eq!(count(1_001, One::Feminine), "eintausendeine");
    }

    #[test]
    fn years_count_in_hundreds_before_two_thousand() {
        let cases = [
            (1989, "neunzehnhundertneunundachtzig"),
            (1800, "achtzehnhundert"),
            (1901, "neunzehnhunderteins"),
            (2000, "zweitausend"),
            (2024, "zweitausendvierundzwanzig"),
            (1066, "eintausendsechsundsechzig"),
        ];
        for (n, said) in cases {
            assert_eq!(year(n), said, "{n}");
        }
    }

    #[test]
    fn ordinals_without_their_ending() {
        let cases = [
            (1, "erst"),
            (2, "zweit"),
            (3, "dritt"),
            (7, "siebt"),
            (8, "acht"),
            (19, "neunzehnt"),
            (20, "zwanzigst"),
            (21, "einundzwanzigst"),
            (100, "einhundertst"),
            (101, "einhunderterst"),
            (103, "einhundertdritt"),
        ];
        for (n, said) in cases {
            assert_eq!(ordinal(n), said, "{n}");
        }
    }
}
