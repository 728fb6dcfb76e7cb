//! What is said in French for numbers, times, prices and abbreviations, in the forms of France.

mod count;
mod words;

use std::sync::LazyLock;

use regex::Captures;

use self::{
    count::{Gender, count, ordinal},
    words::{
        ABBREVIATIONS, CURRENCIES, DIGITS, FEMININE, FEMININE_ENDS, LETTERS, MASCULINE, MONTHS, READ, TITLES, UNITS,
    },
};
use super::{
    Rule, address_ending, alternatives, expand, group, is_read, minus,
    number::{self, NUMBER, Written},
    spell,
};

/// A number of this many digits without a mark among them is no count but a telephone's.
const TELEPHONE: usize = 10;

/// What is numbered in roman numerals and said as a count.
const NUMBERED: &str = "chapitre|tome|volume|acte|partie|article|annexe|phase|type|niveau|Chapitre|Tome|Acte|Article";

/// Names of rulers and popes: the first of a name is an ordinal, all others are counts.
const RULERS: &str = "Louis|Henri|François|Charles|Philippe|Napoléon|Jean|Paul|Jean-Paul|Pie|Benoît|Léon|Grégoire|Innocent\
    |Élisabeth|Elisabeth|Elizabeth|Catherine|Georges|George|Guillaume|Édouard|Jacques|Richard|Alexandre|Nicolas|Pierre\
    |Frédéric|Léopold|Albert|Robert|Hugues|Felipe|Alphonse|Ferdinand|Mohammed|Hassan|Ramsès";

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let units = alternatives(UNITS.iter().map(|u| u.0));
    let signs = alternatives(CURRENCIES.iter().map(|c| c.0).filter(|s| !s.starts_with(char::is_alphabetic)));
    let codes = alternatives(CURRENCIES.iter().map(|c| c.0).filter(|s| s.starts_with(char::is_alphabetic)));
    let abbreviations = alternatives(ABBREVIATIONS.iter().map(|a| a.0));
    let titles = alternatives(TITLES.iter().map(|t| t.0));
    let months = MONTHS.join("|");
    let big = "mille|millions?|milliards?|billions?";
    vec![
        // French quotation marks stand off from what they enclose.
        Rule::new(r#""\s*(?P<quoted>[^"]+?)\s*""#, |c| format!("\"{}\"", group(c, "quoted"))),
        Rule::new(r"(?i)\b(?P<user>[\w.+-]+)@(?P<host>[\w-]+(?:\.[\w-]+)+)", |c| {
            format!("{} arobase {}", address(group(c, "user")), address(group(c, "host")))
        }),
        Rule::new(r"(?i)\b(?:https?://|www\.)(?P<host>[\w-]+(?:\.[\w-]+)*)(?:[/?#:]\S*)?", |c| {
            address(group(c, "host"))
        }),
        Rule::new(r"(?i)\b(?P<host>[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gouv|fr|be|ch|eu|ca))\b(?:/\S*)?", |c| {
            address(group(c, "host"))
        }),
        Rule::new(r"\bp\. ?ex\.", |_| "par exemple".into()),
        Rule::new(r"\bc\.?-?à-?d\.?(?P<more>\s|,)", |c| format!("c'est-à-dire{}", group(c, "more"))),
        Rule::new(r"\b(?P<when>av|apr)\. ?J\.?-C\.?", |c| {
            format!("{} Jésus-Christ", if group(c, "when") == "av" { "avant" } else { "après" })
        }),
        Rule::new(r"(?i)\bs\.?v\.?p\b\.?", |_| "s'il vous plaît".into()),
        Rule::new(r"(?i)\b(?:n\s?°|nº|no\.)\s?(?P<n>\d+)", |c| format!("numéro {}", cardinal(group(c, "n")))),
        Rule::new(r"\bM\.\s+(?P<name>\p{Lu})", |c| format!("monsieur {}", group(c, "name"))),
        Rule::new(&format!(r"\b(?P<short>{titles})(?P<more>[ -])(?P<name>\p{{Lu}})"), |c| {
            let long = TITLES.iter().find(|(short, _)| *short == group(c, "short")).map_or("", |(_, long)| long);
            format!("{long}{}{}", group(c, "more"), group(c, "name"))
        }),
        Rule::new(&format!(r"\b(?P<short>{abbreviations})\.(?P<more>\s|[,;:?!)]|$)"), |c| expand(c, &ABBREVIATIONS)),
        Rule::new(r"\b(?P<a>\d+) ?[x×](?P<end> ?\d|\b)", |c| format!("{} fois {}", group(c, "a"), group(c, "end"))),
        Rule::new(r"\b(?P<n>\d+) ?(?P<part>[½¼¾])(?P<word> \p{L}+)?", |c| {
            let part = match group(c, "part") {
                "½" => "demi",
                "¼" => "quart",
                _ => "trois quarts",
            };
            let word = group(c, "word");
            format!("{}{word} et {part}", agreeing(group(c, "n"), gender_of(word)))
        }),
        Rule::new("½", |_| "1/2".into()),
        Rule::new("¼", |_| "1/4".into()),
        Rule::new("¾", |_| "3/4".into()),
        Rule::new(r"\b(?P<a>\d+) ?(?P<unit>[hj])/(?P<b>24|7)\b", |c| {
            let unit = if group(c, "unit") == "h" { "heures" } else { "jours" };
            format!("{} {unit} sur {}", group(c, "a"), group(c, "b"))
        }),
        Rule::new(r"\b(?P<a>\d{1,2}(?: ?h(?: ?\d\d)?|:\d\d)) ?[-—] ?(?P<b>\d)", |c| {
            format!("{} à {}", group(c, "a"), group(c, "b"))
        }),
        Rule::new(r"\b(?P<h>\d{1,2}) ?[hH](?: ?(?P<m>[0-5]\d))?(?P<min> ?min\b)?(?P<end>\b)", time),
        Rule::new(r"\b(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?\b", time),
        Rule::new(r"\b(?P<y>\d{4})-(?P<m>0[1-9]|1[0-2])-(?P<d>[0-3]\d)\b", date),
        Rule::new(r"\b(?P<d>[0-3]?\d)/(?P<m>0?[1-9]|1[0-2])/(?P<y>\d{4})\b", date),
        Rule::new(r"\b(?P<d>[0-3]?\d)\.(?P<m>0?[1-9]|1[0-2])\.(?P<y>\d{4})\b", date),
        Rule::new(&format!(r"(?i)\b1 (?P<month>{months})\b"), |c| format!("premier {}", group(c, "month"))),
        Rule::new(r"(?:\+\d{1,3} ?(?:\(0\) ?)?\d|\b0\d)(?:[ .-]?\d\d){4}\b", phone),
        Rule::new(r"\b0\d{1,3}(?:[ .-]\d{2,3}){2,4}\b|\+\d(?:[ .()-]{0,2}\d){5,}", phone),
        Rule::new(r"\(?\b\d{3}\)?[ .-]\d{3}-\d{4}\b", phone),
        Rule::new(r"\b(?P<a>\d+)\s?[-—]\s?(?P<b>\d+)\b", |c| format!("{} à {}", group(c, "a"), group(c, "b"))),
        Rule::new(&format!(r"(?P<sign>{signs})\s?(?P<n>{NUMBER})(?: (?P<big>{big})\b)?"), price),
        Rule::new(&format!(r"\b(?P<n>{NUMBER})(?: (?P<big>{big}))?\s?(?P<sign>{signs}|(?:{codes})\b)"), price),
        Rule::new(r"\b(?P<n>\d+)[,.](?P<cents>\d\d) (?P<name>euros?|dollars?|francs?|livres?)\b", |c| {
            let cents = group(c, "cents").trim_start_matches("00");
            format!("{} {} {cents}", group(c, "n"), group(c, "name"))
        }),
        Rule::new(&format!(r"(?P<minus>-)?\b(?P<n>{NUMBER})\s?(?P<unit>{units})(?P<end>\b|[\s.,;:!?)-]|$)"), measure),
        Rule::new(
            r"\b(?P<n>\d+)(?P<end>ers?|re|ère|res|ères|nde?|es?|èmes?|ième|º)(?P<more>[\s.,;:!?)-]|$)",
            |c| nth(c, group(c, "n").parse().ok()),
        ),
        Rule::new(r"\b(?P<n>[IVX]+)(?P<end>er|re|ère|e|ème)(?P<more>[\s.,;:!?)-]|$)", |c| {
            nth(c, number::roman(group(c, "n")))
        }),
        Rule::new(&format!(r"\b(?P<name>{RULERS}) (?P<n>[IVX]+)\b"), |c| ruler(c, true)),
        Rule::new(&format!(r"\b(?P<name>{NUMBERED}) (?P<n>[IVX]+)\b"), |c| ruler(c, false)),
        Rule::new(r"\b1/2\b(?: (?P<word>\p{L}{3,}))?", |c| match group(c, "word") {
            "" => "un demi".into(),
            word => format!("{} demi-{word}", count(1, gender_of(word))),
        }),
        Rule::new(r"\b(?P<n>[1-9])/(?P<d>[3-9]|10)\b", fraction),
        Rule::new(r"\b(?P<a>\d+)/(?P<b>\d+)\b", |c| {
            format!("{} sur {}", cardinal(group(c, "a")), cardinal(group(c, "b")))
        }),
        Rule::new(&format!(r"(?P<minus>(?:^|[\s(])-)?(?P<n>{NUMBER})(?P<word>\s+\p{{L}}+)?"), counted),
        Rule::new(r"\bet/ou\b", |_| "et ou".into()),
        Rule::new(r"\s?&\s?", |_| " et ".into()),
        Rule::new(r"\s?\+\s?", |_| " plus ".into()),
        Rule::new(r"\s?=\s?", |_| " égale ".into()),
        Rule::new(r"\s?×\s?", |_| " fois ".into()),
        Rule::new(r"\s?@\s?", |_| " arobase ".into()),
        Rule::new(r"%", |_| " pour cent".into()),
        Rule::new(r"°", |_| " degrés".into()),
        Rule::new(r"#(?P<word>\p{L})", |c| format!("hashtag {}", group(c, "word"))),
        Rule::new(r"#", |_| " numéro ".into()),
        Rule::new(&format!(r"(?P<sign>{signs})"), |c| format!(" {} ", currency(group(c, "sign")).0[1])),
        Rule::new(r"\b(?P<a>\p{L}+)/(?P<b>\p{L}+)\b", |c| format!("{} ou {}", group(c, "a"), group(c, "b"))),
        Rule::new(r"\bOK\b", |_| "oké".into()),
        Rule::new(r"\b(?P<letters>\p{Lu}{2,})(?P<s>s)?\b", acronym),
        // What an apostrophe or a hyphen joins to another word is no letter's name: l'eau, a-t-il.
        Rule::new(r"(?i)(?P<before>['-])?\b(?P<letters>[b-df-hj-np-tv-xz]{1,5})\b(?P<after>['-])?", |c| {
            let joined = c.name("before").is_some() || c.name("after").is_some();
            if joined { c[0].to_owned() } else { spell(group(c, "letters"), &LETTERS) }
        }),
    ]
});

pub(super) fn rules() -> &'static [Rule] {
    &RULES
}

fn read(n: &str) -> Written {
    Written::read(n, ',', false)
}

/// A number with its decimals; one that nobody would count, digit by digit.
fn cardinal(text: &str) -> String {
    agreeing(text, Gender::Masculine)
}

fn agreeing(text: &str, gender: Gender) -> String {
    if text.len() >= TELEPHONE && text.chars().all(|c| c.is_ascii_digit()) {
        return number::digits(text, &DIGITS);
    }
    let written = read(text);
    let gender = if written.fraction.is_empty() { gender } else { Gender::Masculine };
    let whole = written.count().map_or_else(|| number::digits(&written.whole, &DIGITS), |n| count(n, gender));
    let fraction = &written.fraction;
    if fraction.is_empty() {
        return whole;
    }
    // Zeros in front are said one by one, and the rest as a number.
    let zeros = fraction.chars().take_while(|c| *c == '0').count();
    let decimals = match fraction[zeros..].parse() {
        Ok(n) if fraction.len() <= 3 => format!("{}{}", "zéro ".repeat(zeros), count(n, Gender::Masculine)),
        _ => number::digits(fraction, &DIGITS),
    };
    format!("{whole} virgule {decimals}")
}

/// Whether what is counted is feminine, as far as a word shows it.
fn gender_of(word: &str) -> Gender {
    let word = word.trim().to_lowercase();
    let one = if word == "fois" { &word } else { word.trim_end_matches('s') };
    let feminine = FEMININE.contains(&one) || FEMININE_ENDS.iter().any(|end| one.ends_with(end));
    if feminine && !MASCULINE.contains(&one) { Gender::Feminine } else { Gender::Masculine }
}

/// A number and the word behind it, with which one agrees: vingt et une personnes, deux millions d'habitants.
fn counted(c: &Captures) -> String {
    let word = group(c, "word");
    let gender = gender_of(word);
    let written = read(group(c, "n"));
    let noun = word.trim();
    let small = ["de", "d", "et", "ou", "à", "en", "par", "pour", "sur", "qui", "que", "est", "sont", "ont", "a"];
    let millions = written.fraction.is_empty() && written.whole.len() > 6 && written.whole.ends_with("000000");
    let said = agreeing(group(c, "n"), gender);
    let minus = minus(c, " moins");
    if millions && !noun.is_empty() && !small.contains(&noun) {
        return format!("{minus} {said} {}{noun}", de(noun));
    }
    let space = if word.is_empty() { " " } else { "" };
    format!("{minus} {said}{word}{space}")
}

/// "de", or what is left of it before a vowel.
fn de(noun: &str) -> &'static str {
    let vowel = noun.to_lowercase().starts_with(|c: char| "aeiouyhéèêàâîôûœ".contains(c));
    if vowel { "d'" } else { "de " }
}

fn nth(c: &Captures, n: Option<u64>) -> String {
    let end = group(c, "end");
    let gender = if matches!(end, "re" | "ère" | "res" | "ères") { Gender::Feminine } else { Gender::Masculine };
    match (n, end) {
        // "2nd" and "2nde" are other words than "2e".
        (Some(2), "nd") => format!("second{}", group(c, "more")),
        (Some(2), "nde") => format!("seconde{}", group(c, "more")),
        (Some(1), "er" | "ers" | "re" | "res" | "ère" | "ères" | "º") | (Some(2..), _) => {
            let n = n.unwrap_or_default();
            let several = if end.ends_with('s') { "s" } else { "" };
            format!("{}{several}{}", ordinal(n, gender), group(c, "more"))
        }
        _ => c[0].to_owned(),
    }
}

fn ruler(c: &Captures, first_is_ordinal: bool) -> String {
    match number::roman(group(c, "n")) {
        Some(1) if first_is_ordinal => format!("{} premier", group(c, "name")),
        Some(n) => format!("{} {}", group(c, "name"), count(n, Gender::Masculine)),
        None => c[0].to_owned(),
    }
}

fn time(c: &Captures) -> String {
    let hour: u64 = group(c, "h").parse().unwrap_or(0);
    let name = if hour < 2 { "heure" } else { "heures" };
    let minute = match group(c, "m").parse::<u64>() {
        Err(_) | Ok(0) => String::new(),
        Ok(n) => format!(" {}", count(n, Gender::Feminine)),
    };
    let minutes = if c.name("min").is_some() && !minute.is_empty() { " minutes" } else { "" };
    let second = match c.name("s").and_then(|s| s.as_str().parse::<u64>().ok()) {
        Some(n) => format!(" et {} seconde{}", count(n, Gender::Feminine), if n < 2 { "" } else { "s" }),
        None => String::new(),
    };
    format!("{} {name}{minute}{minutes}{second}", count(hour, Gender::Feminine))
}

fn date(c: &Captures) -> String {
    let month = group(c, "m").parse::<usize>().ok().and_then(|m| MONTHS.get(m.checked_sub(1)?)).unwrap_or(&"");
    let day = match group(c, "d").parse() {
        Ok(1) => "premier".into(),
        day => count(day.unwrap_or(0), Gender::Masculine),
    };
    format!("{day} {month} {}", count(group(c, "y").parse().unwrap_or(0), Gender::Masculine))
}

fn currency(sign: &str) -> ([&'static str; 4], Gender) {
    CURRENCIES
        .iter()
        .find(|(s, _, _)| *s == sign)
        .map_or(([""; 4], Gender::Masculine), |(_, names, gender)| (*names, *gender))
}

fn price(c: &Captures) -> String {
    let ([one, several, hundredth, hundredths], gender) = currency(group(c, "sign"));
    let (n, big) = (group(c, "n"), group(c, "big"));
    if !big.is_empty() {
        let of = if big == "mille" { "" } else { de(several) };
        return format!("{} {big} {of}{several}", cardinal(n));
    }
    let written = read(n);
    let (Some(whole), true) = (written.count(), written.fraction.len() <= 2) else {
        return format!("{} {several}", agreeing(n, gender));
    };
    let name = if whole < 2 { one } else { several };
    let cents: u64 = format!("{:0<2}", written.fraction).parse().unwrap_or(0);
    let of = if whole >= 1_000_000 && whole % 1_000_000 == 0 { de(name) } else { "" };
    match (whole, cents) {
        (_, 0) => format!("{} {of}{name}", count(whole, gender)),
        (0, _) => {
            format!("{} {}", count(cents, Gender::Masculine), if cents == 1 { hundredth } else { hundredths })
        }
        _ => format!("{} {name} {}", count(whole, gender), count(cents, Gender::Masculine)),
    }
}

fn measure(c: &Captures) -> String {
    let (unit, n, end) = (group(c, "unit"), group(c, "n"), group(c, "end"));
    let one = read(n).count().is_some_and(|whole| whole < 2);
    let (name, gender) = UNITS
        .iter()
        .find(|(u, ..)| *u == unit)
        .map_or(("", Gender::Masculine), |(_, a, b, gender)| (if one { *a } else { *b }, *gender));
    format!("{} {} {name}{}", minus(c, " moins"), agreeing(n, gender), end)
}

fn fraction(c: &Captures) -> String {
    let n: u64 = group(c, "n").parse().unwrap_or(1);
    let part = match group(c, "d").parse() {
        Ok(3) => "tiers".into(),
        Ok(4) => "quart".into(),
        d => ordinal(d.unwrap_or(2), Gender::Masculine),
    };
    let several = if n > 1 && part != "tiers" { "s" } else { "" };
    format!("{} {part}{several}", count(n, Gender::Masculine))
}

/// In pairs, as the French say them: zéro un, quarante-deux. Groups of three are said digit by digit.
fn phone(c: &Captures) -> String {
    let text = c[0].replace("(0)", " ");
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).collect();
    // Written as one, an even number of digits is taken two by two.
    let pairs = |p: &str| p.len() > 4 && p.len().is_multiple_of(2);
    let groups = parts.iter().flat_map(|part| {
        let size = if pairs(part) { 2 } else { part.len() };
        (0..part.len()).step_by(size).map(move |at| &part[at..at + size])
    });
    let said: Vec<String> = groups
        .map(|group| match group.parse() {
            Ok(n) if group.len() <= 2 && !(group.len() == 2 && group.starts_with('0')) => count(n, Gender::Masculine),
            _ => number::digits(group, &DIGITS),
        })
        .collect();
    format!("{}{}", if text.starts_with('+') { "plus " } else { "" }, said.join(", "))
}

/// An address of the net, as one says it.
fn address(text: &str) -> String {
    address_ending(text, &LETTERS).replace('.', " point ").replace('-', " tiret ").replace('_', " tiret bas ")
}

fn acronym(c: &Captures) -> String {
    let letters = group(c, "letters");
    if is_read(letters, &READ) { c[0].to_lowercase() } else { spell(letters, &LETTERS) }
}
