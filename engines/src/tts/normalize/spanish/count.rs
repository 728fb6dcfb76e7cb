//! Spanish numerals. No library was found that speaks them (crate `num2words` has English, French and Ukrainian).

/// What a numeral stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gender {
    /// Nothing: it stands alone (veintiuno).
    Noun,
    /// A masculine noun (veintiún libros).
    Masculine,
    /// A feminine noun (veintiuna mesas).
    Feminine,
}

const SMALL: [&str; 30] = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
];

const TENS: [&str; 10] = ["", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"];

const HUNDREDS: [&str; 10] = [
    "",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
];

/// A number in words; up to a million million, in the long scale of Spanish.
pub(super) fn count(n: u64, gender: Gender) -> String {
    let mut words: Vec<String> = Vec::new();
    let (billions, millions, thousands, rest) =
        (n / 1_000_000_000_000, n / 1_000_000 % 1_000_000, n / 1_000 % 1_000, n % 1_000);
    for (amount, one, several) in [(billions, "un billón", "billones"), (millions, "un millón", "millones")] {
        match amount {
            0 => {}
            1 => words.push(one.to_owned()),
            _ => words.push(format!("{} {several}", count(amount, Gender::Masculine))),
        }
    }
    match thousands {
        0 => {}
        1 => words.push("mil".to_owned()),
        _ => {
            // The thousands agree with the noun, but are never left as "uno".
            let gender = if gender == Gender::Feminine { gender } else { Gender::Masculine };
            words.push(format!("{} mil", below_thousand(thousands, gender)));
        }
    }
    if rest > 0 || n == 0 {
        words.push(below_thousand(rest, gender));
    }
    words.join(" ")
}

fn below_thousand(n: u64, gender: Gender) -> String {
    let n = usize::try_from(n).unwrap_or(0);
    let (hundreds, rest) = (n / 100 % 10, n % 100);
    let hundred = match (hundreds, rest) {
        (1, 0) => "cien".to_owned(),
        (0 | 1, _) => HUNDREDS[hundreds].to_owned(),
        _ if gender == Gender::Feminine => format!("{}as", HUNDREDS[hundreds].trim_end_matches("os")),
        _ => HUNDREDS[hundreds].to_owned(),
    };
    let tail = match rest {
        0 if hundreds > 0 => String::new(),
        0..30 => agree(SMALL[rest], gender),
        _ if rest % 10 == 0 => TENS[rest / 10].to_owned(),
        _ => format!("{} y {}", TENS[rest / 10], agree(SMALL[rest % 10], gender)),
    };
    [hundred, tail].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Only one agrees: un, una.
fn agree(word: &str, gender: Gender) -> String {
    match (word, gender) {
        ("uno", Gender::Masculine) => "un".to_owned(),
        ("uno", Gender::Feminine) => "una".to_owned(),
        ("veintiuno", Gender::Masculine) => "veintiún".to_owned(),
        ("veintiuno", Gender::Feminine) => "veintiuna".to_owned(),
        _ => word.to_owned(),
    }
}

/// First to ninety-ninth; larger ones are said as cardinals in Spanish.
pub(super) fn ordinal(n: u64, gender: Gender) -> Option<String> {
    const ONES: [&str; 13] = [
        "",
        "primero",
        "segundo",
        "tercero",
        "cuarto",
        "quinto",
        "sexto",
        "séptimo",
        "octavo",
        "noveno",
        "décimo",
        "undécimo",
        "duodécimo",
    ];
    const TENS: [&str; 10] = [
        "",
        "décimo",
        "vigésimo",
        "trigésimo",
        "cuadragésimo",
        "quincuagésimo",
        "sexagésimo",
        "septuagésimo",
        "octogésimo",
        "nonagésimo",
    ];
    let n = usize::try_from(n).ok().filter(|n| (1..100).contains(n))?;
    let words: Vec<&str> = match n {
        0..=12 => vec![ONES[n]],
        _ if n % 10 == 0 => vec![TENS[n / 10]],
        _ => vec![TENS[n / 10], ONES[n % 10]],
    };
    let said = words.iter().map(|word| match gender {
        Gender::Feminine => format!("{}a", word.trim_end_matches('o')),
        Gender::Masculine if matches!(*word, "primero" | "tercero") => word.trim_end_matches('o').to_owned(),
        _ => (*word).to_owned(),
    });
    Some(said.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_agree_and_the_scale_is_long() {
        let cases = [
            (0, Gender::Noun, "cero"),
            (1, Gender::Masculine, "un"),
            (21, Gender::Feminine, "veintiuna"),
            (31, Gender::Noun, "treinta y uno"),
            (100, Gender::Noun, "cien"),
            (101, Gender::Noun, "ciento uno"),
            (200, Gender::Feminine, "doscientas"),
            (999, Gender::Noun, "novecientos noventa y nueve"),
            (1_000, Gender::Noun, "mil"),
            (1_001, Gender::Noun, "mil uno"),
            (21_000, Gender::Noun, "veintiún mil"),
            (500_000, Gender::Feminine, "quinientas mil"),
            (1_000_000, Gender::Noun, "un millón"),
            (2_500_000, Gender::Noun, "dos millones quinientos mil"),
            (1_000_000_000, Gender::Noun, "mil millones"),
            (3_000_000_000_000, Gender::Noun, "tres billones"),
        ];
        for (n, gender, said) in cases {
            assert_eq!(count(n, gender), said, "{n}");
        }
    }

    #[test]
    fn ordinals_lose_their_end_before_a_masculine_noun() {
        assert_eq!(ordinal(1, Gender::Masculine).as_deref(), Some("primer"));
        assert_eq!(ordinal(23, Gender::Feminine).as_deref(), Some("vigésima tercera"));
        assert_eq!(ordinal(20, Gender::Noun).as_deref(), Some("vigésimo"));
        assert_eq!((ordinal(0, Gender::Noun), ordinal(100, Gender::Noun)), (None, None));
    }
}
