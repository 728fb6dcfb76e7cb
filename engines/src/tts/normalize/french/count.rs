//! French numerals, in the forms of France.

/// What a numeral stands before. Only one agrees, and so does every number that ends in it: vingt et une heures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gender {
    Masculine,
    Feminine,
}

const SMALL: [&str; 20] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
];

const TENS: [&str; 7] = ["", "", "vingt", "trente", "quarante", "cinquante", "soixante"];

/// A number in words, in the long scale.
pub(super) fn count(n: u64, gender: Gender) -> String {
    let mut words: Vec<String> = Vec::new();
    let scales = [(1_000_000_000_000, "billion"), (1_000_000_000, "milliard"), (1_000_000, "million")];
    let mut rest = n;
    for (size, name) in scales {
        match rest / size {
            0 => {}
            1 => words.push(format!("un {name}")),
            amount => words.push(format!("{} {name}s", count(amount, Gender::Masculine))),
        }
        rest %= size;
    }
    match rest / 1_000 {
        0 => {}
        // "mille" is never several, and what it multiplies loses its own plural.
        1 => words.push("mille".to_owned()),
        amount => words.push(format!("{} mille", below_thousand(amount, Gender::Masculine, false))),
    }
    if !rest.is_multiple_of(1_000) || n == 0 {
        words.push(below_thousand(rest % 1_000, gender, true));
    }
    words.join(" ")
}

/// `last` says that nothing follows, so that "cents" and "vingts" keep their plural.
fn below_thousand(n: u64, gender: Gender, last: bool) -> String {
    let n = usize::try_from(n).unwrap_or(0);
    let (hundreds, rest) = (n / 100 % 10, n % 100);
    let hundred = match (hundreds, rest) {
        (0, _) => String::new(),
        (1, _) => "cent".to_owned(),
        (_, 0) if last => format!("{} cents", SMALL[hundreds]),
        _ => format!("{} cent", SMALL[hundreds]),
    };
    let tail = match rest {
        0 if hundreds > 0 => String::new(),
        0..20 => SMALL[rest].to_owned(),
        71 => "soixante et onze".to_owned(),
        70..80 => format!("soixante-{}", SMALL[rest - 60]),
        80 if last => "quatre-vingts".to_owned(),
        80 => "quatre-vingt".to_owned(),
        81..100 => format!("quatre-vingt-{}", SMALL[rest - 80]),
        _ if rest % 10 == 0 => TENS[rest / 10].to_owned(),
        _ if rest % 10 == 1 => format!("{} et un", TENS[rest / 10]),
        _ => format!("{}-{}", TENS[rest / 10], SMALL[rest % 10]),
    };
    let words = [hundred, tail].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let ends_in_one = rest % 10 == 1 && !matches!(rest, 11 | 71 | 91);
    if gender == Gender::Feminine && ends_in_one { format!("{words}e") } else { words }
}

/// premier, première, deuxième, vingt et unième.
pub(super) fn ordinal(n: u64, gender: Gender) -> String {
    if n == 1 {
        return if gender == Gender::Feminine { "première" } else { "premier" }.to_owned();
    }
    let words = count(n, Gender::Masculine);
    let stem = match () {
        () if words.ends_with("cinq") => format!("{words}u"),
        () if words.ends_with("neuf") => format!("{}v", words.trim_end_matches('f')),
        () if words.ends_with("vingts") || words.ends_with("cents") || words.ends_with("ons") => {
            words.trim_end_matches('s').to_owned()
        }
        () => words.trim_end_matches('e').to_owned(),
    };
    format!("{stem}ième")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_follow_the_rules_of_vingt_and_cent() {
        let cases = [
            (0, "zéro"),
            (17, "dix-sept"),
            (21, "vingt et un"),
            (31, "trente et un"),
            (70, "soixante-dix"),
            (71, "soixante et onze"),
            (79, "soixante-dix-neuf"),
            (80, "quatre-vingts"),
            (81, "quatre-vingt-un"),
            (91, "quatre-vingt-onze"),
            (99, "quatre-vingt-dix-neuf"),
            (100, "cent"),
            (101, "cent un"),
            (200, "deux cents"),
            (201, "deux cent un"),
            (280, "deux cent quatre-vingts"),
            (1_000, "mille"),
            (1_100, "mille cent"),
            (1_989, "mille neuf cent quatre-vingt-neuf"),
            (2_000, "deux mille"),
            (80_000, "quatre-vingt mille"),
            (200_000, "deux cent mille"),
            (1_000_000, "un million"),
            (200_000_000, "deux cents millions"),
            (3_000_000_080, "trois milliards quatre-vingts"),
        ];
        for (n, said) in cases {
            assert_eq!(count(n, Gender::Masculine), said, "{n}");
        }
    }

    #[test]
    fn one_agrees_and_eleven_does_not() {
        let cases =
            [(1, "une"), (21, "vingt et une"), (81, "quatre-vingt-une"), (101, "cent une"), (71, "soixante et onze")];
        for (n, said) in cases {
            assert_eq!(count(n, Gender::Feminine), said, "{n}");
        }
        assert_eq!(count(21_000, Gender::Feminine), "vingt et un mille");
        assert_eq!(count(91, Gender::Feminine), "quatre-vingt-onze");
    }

    #[test]
    fn ordinals() {
        let cases = [
            (1, "premier"),
            (2, "deuxième"),
            (4, "quatrième"),
            (5, "cinquième"),
            (9, "neuvième"),
            (11, "onzième"),
            (21, "vingt et unième"),
            (80, "quatre-vingtième"),
            (200, "deux centième"),
            (1_000, "millième"),
            (2_000_000, "deux millionième"),
        ];
        for (n, said) in cases {
            assert_eq!(ordinal(n, Gender::Masculine), said, "{n}");
        }
        assert_eq!(ordinal(1, Gender::Feminine), "première");
    }
}
