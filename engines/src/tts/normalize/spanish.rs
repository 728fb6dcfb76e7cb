//! What is said in Spanish for numbers, times, prices and abbreviations.

mod count;

use std::sync::LazyLock;

use regex::Captures;

use self::count::{Gender, count, ordinal};
use super::{Rule, alternatives, expand, group, minus, number, number::Written, spell};

const DIGITS: [&str; 10] = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"];

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// Abbreviations that end in a dot, and what they stand for.
const ABBREVIATIONS: [(&str, &str); 24] = [
    ("Sr", "señor"),
    ("Sra", "señora"),
    ("Srta", "señorita"),
    ("Sres", "señores"),
    ("Dr", "doctor"),
    ("Dra", "doctora"),
    ("D", "don"),
    ("Dña", "doña"),
    ("Ud", "usted"),
    ("Uds", "ustedes"),
    ("Vd", "usted"),
    ("Prof", "profesor"),
    ("Ing", "ingeniero"),
    ("Lic", "licenciado"),
    ("Av", "avenida"),
    ("Avda", "avenida"),
    ("Pza", "plaza"),
    ("Tel", "teléfono"),
    ("tel", "teléfono"),
    ("pág", "página"),
    ("núm", "número"),
    ("aprox", "aproximadamente"),
    ("etc", "etcétera"),
    ("Sto", "santo"),
];

/// Unit, one of it, several of it, and its gender.
const UNITS: [(&str, &str, &str, Gender); 19] = [
    ("km/h", "kilómetro por hora", "kilómetros por hora", Gender::Masculine),
    ("km", "kilómetro", "kilómetros", Gender::Masculine),
    ("cm", "centímetro", "centímetros", Gender::Masculine),
    ("mm", "milímetro", "milímetros", Gender::Masculine),
    ("m", "metro", "metros", Gender::Masculine),
    ("kg", "kilo", "kilos", Gender::Masculine),
    ("mg", "miligramo", "miligramos", Gender::Masculine),
    ("g", "gramo", "gramos", Gender::Masculine),
    ("ml", "mililitro", "mililitros", Gender::Masculine),
    ("l", "litro", "litros", Gender::Masculine),
    ("h", "hora", "horas", Gender::Feminine),
    ("min", "minuto", "minutos", Gender::Masculine),
    ("s", "segundo", "segundos", Gender::Masculine),
    ("ms", "milisegundo", "milisegundos", Gender::Masculine),
    ("lb", "libra", "libras", Gender::Feminine),
    ("°C", "grado", "grados", Gender::Masculine),
    ("°F", "grado Fahrenheit", "grados Fahrenheit", Gender::Masculine),
    ("°", "grado", "grados", Gender::Masculine),
    ("%", "por ciento", "por ciento", Gender::Noun),
];

/// Sign or code, one, several, one hundredth, several hundredths, gender.
const CURRENCIES: [(&str, [&str; 4], Gender); 8] = [
    ("$", ["dólar", "dólares", "centavo", "centavos"], Gender::Masculine),
    ("USD", ["dólar", "dólares", "centavo", "centavos"], Gender::Masculine),
    ("€", ["euro", "euros", "céntimo", "céntimos"], Gender::Masculine),
    ("EUR", ["euro", "euros", "céntimo", "céntimos"], Gender::Masculine),
    ("£", ["libra", "libras", "penique", "peniques"], Gender::Feminine),
    ("GBP", ["libra", "libras", "penique", "peniques"], Gender::Feminine),
    ("¥", ["yen", "yenes", "sen", "sen"], Gender::Masculine),
    ("MXN", ["peso", "pesos", "centavo", "centavos"], Gender::Masculine),
];

/// The letters' names.
const LETTERS: [(char, &str); 27] = [
    ('a', "a"),
    ('b', "be"),
    ('c', "ce"),
    ('d', "de"),
    ('e', "e"),
    ('f', "efe"),
    ('g', "ge"),
    ('h', "hache"),
    ('i', "i"),
    ('j', "jota"),
    ('k', "ka"),
    ('l', "ele"),
    ('m', "eme"),
    ('n', "ene"),
    ('ñ', "eñe"),
    ('o', "o"),
    ('p', "pe"),
    ('q', "cu"),
    ('r', "erre"),
    ('s', "ese"),
    ('t', "te"),
    ('u', "u"),
    ('v', "uve"),
    ('w', "uve doble"),
    ('x', "equis"),
    ('y', "i griega"),
    ('z', "zeta"),
];

/// A number of this many digits without a mark among them is no count but a telephone's.
const TELEPHONE: usize = 9;

const NUMBER: &str = r"\d+(?:[,.]\d+)*";

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let units = alternatives(UNITS.iter().map(|u| u.0));
    let abbreviations = alternatives(ABBREVIATIONS.iter().map(|a| a.0));
    vec![
        Rule::new(r"(?i)\b(?P<user>[\w.+-]+)@(?P<host>[\w-]+(?:\.[\w-]+)+)", |c| {
            format!("{} arroba {}", address(group(c, "user")), address(group(c, "host")))
        }),
        Rule::new(r"(?i)\b(?:https?://|www\.)(?P<host>[\w-]+(?:\.[\w-]+)*)(?:[/?#:]\S*)?", |c| {
            address(group(c, "host"))
        }),
        Rule::new(r"(?i)\b(?P<host>[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gob|es|mx))\b(?:/\S*)?", |c| {
            address(group(c, "host"))
        }),
        Rule::new(r"\bEE\.?\s?UU\.?(?P<more>\s+[a-záéíóúñ]|,)?", |c| {
            format!("Estados Unidos{}", group(c, "more"))
        }),
        Rule::new(r"\bp\. ?ej\.", |_| "por ejemplo".into()),
        Rule::new(r"(?i)\b(?:n\.?º|nro\.|núm\.)\s?(?P<n>\d+)", |c| {
            format!("número {}", cardinal(group(c, "n"), Gender::Noun))
        }),
        Rule::new(&format!(r"\b(?P<short>{abbreviations})\.(?P<more>\s|[,;:?!)]|$)"), |c| expand(c, &ABBREVIATIONS)),
        Rule::new(r"(?i)\b(?P<h>\d{1,2})[:.](?P<m>[0-5]\d)(?::[0-5]\d)?\s*(?P<half>[ap]\.?\s?m\b\.?|h\b)", time),
        Rule::new(r"\b(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?::[0-5]\d)?(?P<half>)", time),
        Rule::new(r"(?i)\b(?P<h>\d{1,2})\s*(?P<half>[ap]\.?\s?m\b\.?)(?P<m>)", time),
        Rule::new(r"\b(?P<y>\d{4})-(?P<m>0[1-9]|1[0-2])-(?P<d>[0-3]\d)\b", date),
        Rule::new(r"\b(?P<d>[0-3]?\d)/(?P<m>0?[1-9]|1[0-2])/(?P<y>\d{4})\b", date),
        Rule::new(&format!(r"(?P<sign>[$€£¥])\s?(?P<n>{NUMBER})(?: (?P<big>mil|millones|millón|billones))?"), price),
        Rule::new(
            &format!(
                r"(?P<n>{NUMBER})(?: (?P<big>mil|millones|millón|billones))?\s?(?P<sign>[$€£¥]|USD\b|EUR\b|GBP\b|MXN\b)"
            ),
            price,
        ),
        Rule::new(&format!(r"(?P<minus>-)?\b(?P<n>{NUMBER})\s?(?P<unit>%|°[CF]?|(?:{units})\b)"), measure),
        Rule::new(
            r"\b(?P<n>\d+)(?:\.?(?P<f>ª)|\.?º|\.?(?P<er>er)\b|(?P<a>a)\b|(?:o|to|do|mo)\b)(?:\s?(?P<word>\p{L}*))",
            nth,
        ),
        Rule::new(r"\+?\(?\d{1,4}\)?(?:[ .-]\(?\d{2,4}\)?){2,}", phone),
        Rule::new(r"\+\d{5,}", |c| format!("más {}", number::digits(&c[0], &DIGITS))),
        Rule::new(r"\b1/2\b", |_| "medio".into()),
        Rule::new(r"\b(?P<n>[1-9])/(?P<d>[3-9])\b", fraction),
        Rule::new(r"\b(?P<a>\d+)\s?[-—]\s?(?P<b>\d+)\b", |c| {
            format!("{} a {}", cardinal(group(c, "a"), Gender::Noun), cardinal(group(c, "b"), Gender::Noun))
        }),
        Rule::new(&format!(r"(?P<minus>(?:^|[\s(])-)?(?P<n>{NUMBER})(?P<word>\s+\p{{L}}+)?"), counted),
        Rule::new(r"\s?&\s?", |_| " y ".into()),
        Rule::new(r"\s?\+\s?", |_| " más ".into()),
        Rule::new(r"\s?=\s?", |_| " igual a ".into()),
        Rule::new(r"\s?@\s?", |_| " arroba ".into()),
        Rule::new(r"%", |_| " por ciento".into()),
        Rule::new(r"°", |_| " grados".into()),
        Rule::new(r"#", |_| " número ".into()),
        Rule::new(r"(?P<sign>[$€£])", |c| format!(" {} ", currency(group(c, "sign")).0[1])),
        Rule::new(r"\b(?P<a>\p{L}+)/(?P<b>\p{L}+)\b", |c| format!("{} o {}", group(c, "a"), group(c, "b"))),
        Rule::new(r"\b\p{Lu}{2,5}\b", |c| acronym(&c[0])),
        Rule::new(r"(?i)\b[b-df-hj-np-tv-xz]{1,5}\b", |c| spell(&c[0], &LETTERS)),
    ]
});

pub(super) fn rules() -> &'static [Rule] {
    &RULES
}

/// A number with its decimals; one that nobody would count, digit by digit.
fn cardinal(text: &str, gender: Gender) -> String {
    if text.len() >= TELEPHONE && text.chars().all(|c| c.is_ascii_digit()) {
        return number::digits(text, &DIGITS);
    }
    let written = Written::read(text, ',', false);
    // Before a decimal the number stands alone, whatever is counted.
    let gender = if written.fraction.is_empty() { gender } else { Gender::Noun };
    let whole = written.count().map_or_else(|| number::digits(&written.whole, &DIGITS), |n| count(n, gender));
    let fraction = &written.fraction;
    let decimals = match fraction.parse() {
        _ if fraction.is_empty() => return whole,
        Ok(n) if fraction.len() <= 2 && !fraction.starts_with('0') => count(n, Gender::Noun),
        _ => number::digits(fraction, &DIGITS),
    };
    format!("{whole} coma {decimals}")
}

/// A number before a noun, with which one and the hundreds agree: veintiún libros, doscientas mesas.
fn counted(c: &Captures) -> String {
    let word = group(c, "word");
    let noun = word.trim().to_lowercase();
    let small =
        ["a", "al", "ante", "con", "de", "del", "e", "en", "es", "o", "para", "por", "que", "son", "u", "y", "más"];
    let gender = if noun.is_empty() || small.contains(&noun.as_str()) {
        Gender::Noun
    } else if ["a", "as", "ión", "iones", "dad", "dades"].iter().any(|end| noun.ends_with(end))
        && noun != "días"
        && noun != "día"
    {
        Gender::Feminine
    } else {
        Gender::Masculine
    };
    let written = Written::read(group(c, "n"), ',', false);
    let millions = gender != Gender::Noun && written.fraction.is_empty() && written.whole.ends_with("000000");
    let of = if millions { " de" } else { "" };
    format!("{} {}{of}{word} ", minus(c, " menos"), cardinal(group(c, "n"), gender))
}

fn nth(c: &Captures) -> String {
    let feminine = c.name("f").is_some() || c.name("a").is_some();
    let gender = match () {
        () if feminine => Gender::Feminine,
        () if c.name("er").is_some() => Gender::Masculine,
        () => Gender::Noun,
    };
    let word = group(c, "word");
    let space = if word.is_empty() { "" } else { " " };
    match group(c, "n").parse().ok().and_then(|n| ordinal(n, gender)) {
        Some(said) => format!("{said}{space}{word}"),
        None => format!("{}{space}{word}", cardinal(group(c, "n"), Gender::Noun)),
    }
}

fn time(c: &Captures) -> String {
    let hour = count(group(c, "h").parse().unwrap_or(0), Gender::Feminine);
    let half = group(c, "half");
    let minute = match group(c, "m").parse::<u64>() {
        Err(_) => String::new(),
        Ok(0) if half.is_empty() => " en punto".into(),
        Ok(0) => String::new(),
        Ok(15) => " y cuarto".into(),
        Ok(30) => " y media".into(),
        Ok(n) => format!(" y {}", count(n, Gender::Noun)),
    };
    let half = match half.chars().next() {
        Some('a' | 'A') => " de la mañana",
        Some('p' | 'P') => " de la tarde",
        _ => "",
    };
    format!("{hour}{minute}{half}")
}

fn date(c: &Captures) -> String {
    let month = group(c, "m").parse::<usize>().ok().and_then(|m| MONTHS.get(m.checked_sub(1)?)).unwrap_or(&"");
    let year = count(group(c, "y").parse().unwrap_or(0), Gender::Noun);
    let day = match group(c, "d").parse() {
        Ok(1) => "primero".into(),
        day => count(day.unwrap_or(0), Gender::Noun),
    };
    format!("{day} de {month} de {year}")
}

fn currency(sign: &str) -> ([&'static str; 4], Gender) {
    CURRENCIES
        .iter()
        .find(|(s, _, _)| *s == sign)
        .map_or(([""; 4], Gender::Noun), |(_, names, gender)| (*names, *gender))
}

fn price(c: &Captures) -> String {
    let ([one, several, hundredth, hundredths], gender) = currency(group(c, "sign"));
    let n = group(c, "n");
    let big = group(c, "big");
    if !big.is_empty() {
        let of = if big == "mil" { "" } else { " de" };
        return format!("{} {big}{of} {several}", cardinal(n, Gender::Masculine));
    }
    let written = Written::read(n, ',', false);
    let name = if written.whole == "1" { one } else { several };
    let (Some(whole), true) = (written.count(), written.fraction.len() <= 2) else {
        return format!("{} {several}", cardinal(n, gender));
    };
    let cents: u64 = format!("{:0<2}", written.fraction).parse().unwrap_or(0);
    let cents_name = if cents == 1 { hundredth } else { hundredths };
    let of = if whole >= 1_000_000 && whole % 1_000_000 == 0 { "de " } else { "" };
    match (whole, cents) {
        (_, 0) => format!("{} {of}{name}", count(whole, gender)),
        (0, _) => format!("{} {cents_name}", count(cents, Gender::Masculine)),
        _ => format!("{} {name} con {} {cents_name}", count(whole, gender), count(cents, Gender::Masculine)),
    }
}

fn measure(c: &Captures) -> String {
    let (unit, n) = (group(c, "unit"), group(c, "n"));
    let one = Written::read(n, ',', false).is_one();
    let (name, gender) = UNITS
        .iter()
        .find(|(u, ..)| *u == unit)
        .map_or(("", Gender::Noun), |(_, a, b, gender)| (if one { *a } else { *b }, *gender));
    format!("{} {} {name}", minus(c, " menos"), cardinal(n, gender))
}

fn fraction(c: &Captures) -> String {
    let n: u64 = group(c, "n").parse().unwrap_or(1);
    let part = match group(c, "d") {
        "3" => "tercio",
        "4" => "cuarto",
        "5" => "quinto",
        "6" => "sexto",
        "7" => "séptimo",
        "8" => "octavo",
        _ => "noveno",
    };
    format!("{} {part}{}", count(n, Gender::Masculine), if n == 1 { "" } else { "s" })
}

/// Digit by digit, with a pause where the groups are; a number whose dots group thousands stays a number.
fn phone(c: &Captures) -> String {
    let text = &c[0];
    let groups: Vec<&str> =
        text.split(['.', ' ', '-', '(', ')']).filter(|g| g.contains(|c: char| c.is_ascii_digit())).collect();
    let marked = text.contains(['-', '(', '+']) || (text.contains(' ') && text.contains('.'));
    let threes = groups[0].len() <= 3 && groups[1..].iter().all(|g| g.len() == 3);
    let thousands = !marked && threes && (text.contains('.') || groups.len() == 3 && groups[0].len() < 3);
    if thousands {
        return groups.concat();
    }
    let said: Vec<String> = groups.iter().map(|g| number::digits(g, &DIGITS)).collect();
    format!("{}{}", if text.starts_with('+') { "más " } else { "" }, said.join(", "))
}

/// An address of the net, as one says it.
fn address(text: &str) -> String {
    text.trim_start_matches("www.").replace('.', " punto ").replace('-', " guion ").replace('_', " guion bajo ")
}

/// An acronym is read as a word where it can be (la ONU), and spelled where it cannot (el ADN).
fn acronym(letters: &str) -> String {
    let vowel = |c: char| "AEIOUÁÉÍÓÚ".contains(c);
    let characters: Vec<char> = letters.chars().collect();
    let runs = letters.split(vowel).map(|run| run.chars().count());
    let alternates = runs.clone().all(|run| run <= 1) && runs.clone().count() > 1;
    let ends_well = characters.last().is_some_and(|c| vowel(*c) || "NSLRDZ".contains(*c));
    let vowels = characters.iter().filter(|c| vowel(**c)).count();
    if characters.len() > 2 && alternates && ends_well && vowels < characters.len() {
        letters.to_lowercase()
    } else {
        spell(letters, &LETTERS)
    }
}
