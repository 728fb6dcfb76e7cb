//! What is said in English for numbers, times, prices and abbreviations.

use std::sync::LazyLock;

use num2words::Num2Words;
use regex::Captures;

use super::{Rule, alternatives, expand, group, minus, number, number::Written};

const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Abbreviations that end in a dot, and what they stand for.
const ABBREVIATIONS: [(&str, &str); 30] = [
    ("Dr", "doctor"),
    ("Mr", "mister"),
    ("Mrs", "missus"),
    ("Ms", "miz"),
    ("Prof", "professor"),
    ("Sgt", "sergeant"),
    ("Capt", "captain"),
    ("Gen", "general"),
    ("Sr", "senior"),
    ("Jr", "junior"),
    ("St", "saint"),
    ("Mt", "mount"),
    ("Ave", "avenue"),
    ("Blvd", "boulevard"),
    ("Rd", "road"),
    ("Dept", "department"),
    ("Apt", "apartment"),
    ("approx", "approximately"),
    ("vs", "versus"),
    ("etc", "et cetera"),
    ("No", "number"),
    ("Jan", "January"),
    ("Feb", "February"),
    ("Aug", "August"),
    ("Sept", "September"),
    ("Oct", "October"),
    ("Nov", "November"),
    ("Dec", "December"),
    ("Inc", "incorporated"),
    ("Ltd", "limited"),
];

/// Unit, one of it, several of it.
const UNITS: [(&str, &str, &str); 24] = [
    ("km/h", "kilometer per hour", "kilometers per hour"),
    ("mph", "mile per hour", "miles per hour"),
    ("km", "kilometer", "kilometers"),
    ("cm", "centimeter", "centimeters"),
    ("mm", "millimeter", "millimeters"),
    ("m", "meter", "meters"),
    ("mi", "mile", "miles"),
    ("ft", "foot", "feet"),
    ("kg", "kilogram", "kilograms"),
    ("mg", "milligram", "milligrams"),
    ("g", "gram", "grams"),
    ("lb", "pound", "pounds"),
    ("lbs", "pound", "pounds"),
    ("oz", "ounce", "ounces"),
    ("ml", "milliliter", "milliliters"),
    ("l", "liter", "liters"),
    ("h", "hour", "hours"),
    ("min", "minute", "minutes"),
    ("s", "second", "seconds"),
    ("ms", "millisecond", "milliseconds"),
    ("°C", "degree Celsius", "degrees Celsius"),
    ("°F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("°", "degree", "degrees"),
    ("%", "percent", "percent"),
];

/// Sign or code, one, several, one hundredth, several hundredths.
const CURRENCIES: [(&str, [&str; 4]); 7] = [
    ("$", ["dollar", "dollars", "cent", "cents"]),
    ("USD", ["dollar", "dollars", "cent", "cents"]),
    ("€", ["euro", "euros", "cent", "cents"]),
    ("EUR", ["euro", "euros", "cent", "cents"]),
    ("£", ["pound", "pounds", "penny", "pence"]),
    ("GBP", ["pound", "pounds", "penny", "pence"]),
    ("¥", ["yen", "yen", "sen", "sen"]),
];

/// A number of this many digits without a mark among them is no count but a telephone's.
const TELEPHONE: usize = 10;

const NUMBER: &str = r"\d+(?:[,.]\d+)*";

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let units = alternatives(UNITS.iter().map(|u| u.0));
    let abbreviations = alternatives(ABBREVIATIONS.iter().map(|a| a.0));
    let months = MONTHS.join("|");
    vec![
        Rule::new(r"(?i)\b(?P<user>[\w.+-]+)@(?P<host>[\w-]+(?:\.[\w-]+)+)", |c| {
            format!("{} at {}", address(group(c, "user")), address(group(c, "host")))
        }),
        Rule::new(r"(?i)\b(?:https?://|www\.)(?P<host>[\w-]+(?:\.[\w-]+)*)(?:[/?#:]\S*)?", |c| {
            address(group(c, "host"))
        }),
        Rule::new(r"(?i)\b(?P<host>[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov))\b(?:/\S*)?", |c| {
            address(group(c, "host"))
        }),
        Rule::new(r"\bNo\. ?(?P<n>\d+)", |c| format!("number {}", cardinal(group(c, "n")))),
        Rule::new(&format!(r"\b(?P<short>{abbreviations})\.(?P<more>\s|[,;:?!)]|$)"), |c| expand(c, &ABBREVIATIONS)),
        Rule::new(r"\b(?:e\.g\.|E\.g\.)", |_| "for example".into()),
        Rule::new(r"\b(?:i\.e\.|I\.e\.)", |_| "that is".into()),
        Rule::new(r"(?i)\b(?P<h>\d{1,2}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?:\s*(?P<half>[ap]\.?\s?m\b\.?))?", time),
        Rule::new(r"(?i)\b(?P<h>\d{1,2})\s*(?P<half>[ap]\.?\s?m\b\.?)", time),
        Rule::new(r"\b(?P<y>\d{4})-(?P<m>0[1-9]|1[0-2])-(?P<d>[0-3]\d)\b", date),
        Rule::new(r"\b(?P<m>0?[1-9]|1[0-2])/(?P<d>[0-3]?\d)/(?P<y>\d{4})\b", date),
        Rule::new(&format!(r"\b(?P<month>{months}) (?P<d>[0-3]?\d)\b(?:(?P<comma>,)? (?P<y>\d{{4}})\b)?"), named_date),
        Rule::new(&format!(r"(?P<sign>[$€£¥])\s?(?P<n>{NUMBER})(?: (?P<big>thousand|million|billion))?"), price),
        Rule::new(&format!(r"(?P<n>{NUMBER})\s?(?P<sign>[$€£¥]|USD\b|EUR\b|GBP\b)"), price),
        Rule::new(r"\b(?P<n>\d{3}0)s\b|\b(?P<short>\d0)s\b", decade),
        Rule::new(&format!(r"(?P<minus>-)?\b(?P<n>{NUMBER})\s?(?P<unit>%|°[CF]?|(?:{units})\b)"), measure),
        Rule::new(r"\b(?P<n>\d+)(?:st|nd|rd|th)\b", |c| ordinal(group(c, "n"))),
        Rule::new(r"\+?\(?\d{1,4}\)?(?:[ .-]\(?\d{2,4}\)?){2,}", |c| phone(&c[0])),
        Rule::new(r"\+\d{5,}", |c| format!("plus {}", number::digits(&c[0], &DIGITS))),
        Rule::new(r"\b1/2\b", |_| "one half".into()),
        Rule::new(r"\b(?P<n>[1-9])/(?P<d>[3-9])\b", fraction),
        Rule::new(r"\b(?P<a>\d+)\s?[-—]\s?(?P<b>\d+)\b", |c| {
            format!("{} to {}", cardinal(group(c, "a")), cardinal(group(c, "b")))
        }),
        Rule::new(r"\b(?P<n>1[1-9]\d\d|20\d\d)\b(?P<more>[.,]\d)?", year_or_count),
        Rule::new(&format!(r"(?P<minus>(?:^|[\s(])-)?(?P<n>{NUMBER})"), |c| {
            format!("{} {} ", minus(c, " minus"), cardinal(group(c, "n")))
        }),
        Rule::new(r"\s?&\s?", |_| " and ".into()),
        Rule::new(r"\s?\+\s?", |_| " plus ".into()),
        Rule::new(r"\s?=\s?", |_| " equals ".into()),
        Rule::new(r"\s?@\s?", |_| " at ".into()),
        Rule::new(r"%", |_| " percent".into()),
        Rule::new(r"°", |_| " degrees".into()),
        Rule::new(r"#(?P<word>[A-Za-z])", |c| format!("hashtag {}", group(c, "word"))),
        Rule::new(r"#", |_| " number ".into()),
        Rule::new(r"(?P<sign>[$€£])", |c| format!(" {} ", currency(group(c, "sign"))[1])),
        Rule::new(r"\b(?P<a>[A-Za-z]+)/(?P<b>[A-Za-z]+)\b", |c| format!("{} or {}", group(c, "a"), group(c, "b"))),
    ]
});

pub(super) fn rules() -> &'static [Rule] {
    &RULES
}

fn count(n: u64) -> String {
    Num2Words::new(n as i64)
        .to_words()
        .map_or_else(|_| number::digits(&n.to_string(), &DIGITS), |w| w.replace('-', " "))
}

/// A number with its decimals; one that nobody would count, digit by digit.
fn cardinal(text: &str) -> String {
    if text.len() >= TELEPHONE && text.chars().all(|c| c.is_ascii_digit()) {
        return number::digits(text, &DIGITS);
    }
    let written = Written::read(text, '.', true);
    let whole = written.count().map_or_else(|| number::digits(&written.whole, &DIGITS), count);
    if written.fraction.is_empty() {
        whole
    } else {
        format!("{whole} point {}", number::digits(&written.fraction, &DIGITS))
    }
}

fn ordinal(text: &str) -> String {
    let words = text.parse::<i64>().ok().and_then(|n| Num2Words::new(n).ordinal().to_words().ok());
    words.map_or_else(|| number::digits(text, &DIGITS), |w| w.replace('-', " "))
}

/// 1984 as nineteen eighty four, 2005 as two thousand five.
fn year(text: &str) -> String {
    let Ok(n) = text.parse::<u64>() else { return cardinal(text) };
    match (n / 100, n % 100) {
        (20, rest @ 0..=9) => {
            if rest == 0 {
                "two thousand".into()
            } else {
                format!("two thousand {}", count(rest))
            }
        }
        (10, _) | (0..=9, _) => count(n),
        (century, 0) => format!("{} hundred", count(century)),
        (century, rest @ 1..=9) => format!("{} oh {}", count(century), count(rest)),
        (century, rest) => format!("{} {}", count(century), count(rest)),
    }
}

fn year_or_count(c: &Captures) -> String {
    match group(c, "more") {
        "" => year(group(c, "n")),
        // The start of a longer number: left to the rule that reads it whole.
        _ => c[0].to_owned(),
    }
}

fn decade(c: &Captures) -> String {
    let words = if group(c, "short").is_empty() { year(group(c, "n")) } else { cardinal(group(c, "short")) };
    words.strip_suffix('y').map_or_else(|| format!("{words}s"), |stem| format!("{stem}ies"))
}

fn time(c: &Captures) -> String {
    let hour = count(group(c, "h").parse().unwrap_or(0));
    let minute = match group(c, "m").parse::<u64>() {
        Ok(0) if group(c, "half").is_empty() => " o'clock".into(),
        Err(_) | Ok(0) => String::new(),
        Ok(n @ 1..=9) => format!(" oh {}", count(n)),
        Ok(n) => format!(" {}", count(n)),
    };
    let second = match group(c, "s").parse::<u64>() {
        Ok(n) => format!(" and {} second{}", count(n), if n == 1 { "" } else { "s" }),
        Err(_) => String::new(),
    };
    let half = match group(c, "half").chars().next() {
        Some('a' | 'A') => " A M",
        Some(_) => " P M",
        None => "",
    };
    let stop =
        if group(c, "half").ends_with('.') && c.get(0).is_some_and(|m| m.as_str().ends_with("..")) { "." } else { "" };
    format!("{hour}{minute}{second}{half}{stop}")
}

fn date(c: &Captures) -> String {
    let month = group(c, "m").parse::<usize>().ok().and_then(|m| MONTHS.get(m.checked_sub(1)?)).unwrap_or(&"");
    let day = group(c, "d").trim_start_matches('0');
    format!("{month} {}, {}", ordinal(if day.is_empty() { "0" } else { day }), year(group(c, "y")))
}

fn named_date(c: &Captures) -> String {
    let year = if group(c, "y").is_empty() { String::new() } else { format!(", {}", year(group(c, "y"))) };
    format!("{} {}{year}", group(c, "month"), ordinal(group(c, "d")))
}

fn currency(sign: &str) -> [&'static str; 4] {
    CURRENCIES.iter().find(|(s, _)| *s == sign).map_or(["", "", "", ""], |(_, names)| *names)
}

fn price(c: &Captures) -> String {
    let [one, several, hundredth, hundredths] = currency(group(c, "sign"));
    let written = Written::read(group(c, "n"), '.', true);
    let big = group(c, "big");
    if !big.is_empty() {
        return format!("{} {big} {several}", cardinal(group(c, "n")));
    }
    let name = if written.whole == "1" { one } else { several };
    let (Some(whole), true) = (written.count(), written.fraction.len() <= 2) else {
        return format!("{} {several}", cardinal(group(c, "n")));
    };
    let cents: u64 = format!("{:0<2}", written.fraction).parse().unwrap_or(0);
    let cents_name = if cents == 1 { hundredth } else { hundredths };
    match (whole, cents) {
        (_, 0) => format!("{} {name}", count(whole)),
        (0, _) => format!("{} {cents_name}", count(cents)),
        _ => format!("{} {name} and {} {cents_name}", count(whole), count(cents)),
    }
}

fn measure(c: &Captures) -> String {
    let (unit, n) = (group(c, "unit"), group(c, "n"));
    let one = Written::read(n, '.', true).is_one();
    let name = UNITS.iter().find(|(u, _, _)| *u == unit).map_or("", |(_, a, b)| if one { a } else { b });
    format!("{} {} {name}", minus(c, " minus"), cardinal(n))
}

fn fraction(c: &Captures) -> String {
    let n: u64 = group(c, "n").parse().unwrap_or(1);
    let part = if group(c, "d") == "4" { "quarter".into() } else { ordinal(group(c, "d")) };
    format!("{} {part}{}", count(n), if n == 1 { "" } else { "s" })
}

/// Digit by digit, with a pause where the groups are.
fn phone(text: &str) -> String {
    let groups = text.split([' ', '.', '-', '(', ')']).filter(|g| g.contains(|c: char| c.is_ascii_digit()));
    let said: Vec<String> = groups.map(|g| number::digits(g, &DIGITS)).collect();
    format!("{}{}", if text.starts_with('+') { "plus " } else { "" }, said.join(", "))
}

/// An address of the net, as one says it.
fn address(text: &str) -> String {
    text.trim_start_matches("www.").replace('.', " dot ").replace('-', " dash ").replace('_', " underscore ")
}
