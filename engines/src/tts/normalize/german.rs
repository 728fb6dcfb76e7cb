//! What is said in German for numbers, times, prices and abbreviations.

mod count;
mod words;

use std::sync::LazyLock;

use regex::Captures;

use self::{
    count::{One, count, ordinal, year},
    words::{
        ABBREVIATIONS, COUNTED, CURRENCIES, DATIVE, DIGITS, ENDINGS, FEMININE, LETTERS, MONTHS, NUMBERED, OBLIQUE,
        OPENERS, PAIRS, QUEENS, READ, SOUNDS, UNITS,
    },
};
use super::{
    Rule, address_ending, alternatives, expand, group, is_read, minus,
    number::{self, NUMBER, Written},
    spell,
};

/// A number of this many digits without a mark among them is no count but a telephone's.
const TELEPHONE: usize = 9;

/// Names of rulers and popes.
const RULERS: &str = "Ludwig|Heinrich|Karl|Friedrich|Wilhelm|Otto|Franz|Josef|Joseph|Johann|Johannes|Paul|Georg|Peter|Napoleon\
    |Benedikt|Pius|Leo|Gregor|Innozenz|Ferdinand|Maximilian|Rudolf|Leopold|Philipp|Richard|Eduard|Alexander|Nikolaus|Gustav\
    |Harald|Christian|Elisabeth|Elizabeth|Katharina|Margarethe|Beatrix|Victoria|Viktoria|Maria|Ramses";

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let units = alternatives(UNITS.iter().map(|u| u.0));
    let signs = alternatives(CURRENCIES.iter().map(|c| c.0).filter(|s| !s.starts_with(char::is_alphabetic)));
    let codes = alternatives(CURRENCIES.iter().map(|c| c.0).filter(|s| s.starts_with(char::is_alphabetic)));
    let abbreviations = alternatives(ABBREVIATIONS.iter().map(|a| a.0));
    let pairs = alternatives(PAIRS.iter().map(|p| p.0)).replace(r"\ ", " ").replace(' ', " ?");
    let (months, numbered) = (MONTHS.join("|"), alternatives(NUMBERED.into_iter()));
    let big = r"Tausend|Tsd\.|Million|Millionen|Mio\.?|Milliarde|Milliarden|Mrd\.?";
    vec![
        Rule::new(r"(?i)\b(?P<user>[\w.+-]+)@(?P<host>[\w-]+(?:\.[\w-]+)+)", |c| {
            format!("{} ät {}", address(group(c, "user")), address(group(c, "host")))
        }),
        Rule::new(r"(?i)\b(?:https?://|www\.)(?P<host>[\w-]+(?:\.[\w-]+)*)(?:[/?#:]\S*)?", |c| {
            address(group(c, "host"))
        }),
        Rule::new(r"(?i)\b(?P<host>[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|de|at|ch|eu))\b(?:/\S*)?", |c| {
            address(group(c, "host"))
        }),
        Rule::new(&format!(r"\b(?P<short>{pairs})(?P<more>\s|[,;:?!)]|$)"), pair),
        Rule::new(r"(?P<name>\p{L})str\.(?P<more>\s|,|$)", |c| {
            format!("{}straße{}", group(c, "name"), group(c, "more"))
        }),
        Rule::new(r"\b(?P<a>\d+) ?[x×](?P<end> ?\d|\b)", |c| format!("{} mal {}", group(c, "a"), group(c, "end"))),
        Rule::new(r"\b(?P<n>\d+) ?(?P<part>[½¼¾])", |c| {
            let part = match group(c, "part") {
                "½" => "einhalb",
                "¼" => "einviertel",
                _ => "dreiviertel",
            };
            format!("{}{part}", cardinal(group(c, "n"), One::Before))
        }),
        Rule::new("½", |_| "1/2".into()),
        Rule::new("¼", |_| "1/4".into()),
        Rule::new("¾", |_| "3/4".into()),
        Rule::new(r"\b(?P<a>\d{1,2}(?:[.:]\d\d)?) ?[-—] ?(?P<b>\d{1,2}(?:[.:]\d\d)? ?(?:Uhr|h)\b)", |c| {
            let hour = if group(c, "a").contains(['.', ':']) { " Uhr" } else { "" };
            format!("{}{hour} bis {}", group(c, "a"), group(c, "b"))
        }),
        Rule::new(r"\b(?P<h>[01]?\d|2[0-4])(?:[.:](?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?)? ?Uhr\b", time),
        Rule::new(r"\b(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?: ?h)?\b", time),
        Rule::new(r"(?P<before>\p{L}+ )?\b(?P<y>\d{4})-(?P<m>0[1-9]|1[0-2])-(?P<d>[0-3]\d)\b", date),
        Rule::new(r"(?P<before>\p{L}+ )?\b(?P<d>[0-3]?\d)/(?P<m>0?[1-9]|1[0-2])/(?P<y>\d{4})\b", date),
        Rule::new(
            r"(?P<before>\p{L}+,? )?\b(?P<d>[0-3]?\d)\. ?(?P<m>0?[1-9]|1[0-2])\.(?: ?(?P<y>\d{4})\b|(?P<short>\d\d)\b)?",
            date,
        ),
        Rule::new(r"(?:\+\d{1,3}|\(?\b0\d{2,5}\)?)(?:[ /-]{1,3}\(?\d{2,}\)?)+|\+\d{6,}", phone),
        Rule::new(r"\(?\b\d{3}\)?[ .-]\d{3}-\d{4}\b", phone),
        // Kings before the roman numerals of other things.
        Rule::new(&format!(r"\b(?P<name>{RULERS}) (?P<n>[IVX]+)(?:\.(?P<end>$)|\b\.?)"), ruler),
        Rule::new(r"\b(?P<n>[IVX]+)\.(?P<more> \p{Lu})", |c| match number::roman(group(c, "n")) {
            Some(n) => format!("{n}.{}", group(c, "more")),
            None => c[0].to_owned(),
        }),
        Rule::new(
            r"\b(?P<name>Kapitel|Band|Teil|Akt|Artikel|Stufe|Typ|Phase) (?P<n>[IVX]+)\b",
            |c| match number::roman(group(c, "n")) {
                Some(n) => format!("{} {n}", group(c, "name")),
                None => c[0].to_owned(),
            },
        ),
        Rule::new(
            &format!(
                r"(?P<words>(?:\p{{L}}+\.?,? ){{0,2}})\b(?P<n>\d{{1,3}})\.(?: (?P<range>bis zum|bis|und am|und der|und|oder|-|—) (?P<m>\d{{1,3}})\.)?(?P<more> (?:{months}|\p{{Lu}}\p{{L}}*|\p{{Ll}}\p{{L}}*(?:e|en|er|es|te|ten)\b))"
            ),
            nth,
        ),
        Rule::new(r"\b(?P<a>\d+)\s?[-—]\s?(?P<b>\d+)\b", |c| format!("{} bis {}", group(c, "a"), group(c, "b"))),
        Rule::new(&format!(r"(?P<sign>{signs})\s?(?P<n>{NUMBER})(?: (?P<big>{big})(?P<end>\b|\s|$))?"), price),
        Rule::new(&format!(r"\b(?P<n>{NUMBER})(?: (?P<big>{big}))?\s?(?P<sign>{signs}|(?:{codes})\b)"), price),
        Rule::new(r"\b(?P<n>\d+)[,.](?P<cents>\d\d) (?P<name>Euro|Dollar|Franken|Pfund)\b", |c| {
            let cents = group(c, "cents").trim_start_matches("00");
            format!("{} {} {cents}", group(c, "n"), group(c, "name"))
        }),
        Rule::new(&format!(r"(?P<minus>-)?\b(?P<n>{NUMBER})\s?(?P<unit>{units})(?P<end>\b|[\s.,;:!?)-]|$)"), measure),
        Rule::new(r"\b1 (?P<big>Mio|Mrd)\.", |c| {
            format!("eine {}", if group(c, "big") == "Mio" { "Million" } else { "Milliarde" })
        }),
        Rule::new(&format!(r"\b(?P<short>{abbreviations})\.(?P<more>\s|[,;:?!)-]|$)"), |c| expand(c, &ABBREVIATIONS)),
        Rule::new(&format!(r"\b(?P<name>{numbered}) (?P<n>{NUMBER})"), |c| {
            format!("{} {}", group(c, "name"), cardinal(group(c, "n"), One::Alone))
        }),
        Rule::new(r"\b1/2\b(?P<word> \p{Lu}\p{L}+)?", |c| match one_before(group(c, "word")) {
            One::Feminine => format!("eine halbe{}", group(c, "word")),
            One::Alone | One::Before => format!("ein halb{}", group(c, "word")),
        }),
        Rule::new(r"\b(?P<n>[1-9])/(?P<d>[3-9]|1[0-2])\b", fraction),
        Rule::new(r"(?P<before>\p{L}+ )?\b(?P<n>1[1-9]\d\d|20\d\d)\b(?P<more>[.,:]\d| \p{Lu}\p{L}+)?", year_or_count),
        Rule::new(&format!(r"(?P<minus>(?:^|[\s(])-)?(?P<n>{NUMBER})(?P<word>\s+\p{{L}}+)?"), counted),
        Rule::new(r"\bund/oder\b", |_| "und oder".into()),
        Rule::new(r"\s?&\s?", |_| " und ".into()),
        Rule::new(r"\s?\+\s?", |_| " plus ".into()),
        Rule::new(r"\s?=\s?", |_| " gleich ".into()),
        Rule::new(r"\s?×\s?", |_| " mal ".into()),
        Rule::new(r"\s?@\s?", |_| " ät ".into()),
        Rule::new(r"%", |_| " Prozent".into()),
        Rule::new(r"°", |_| " Grad".into()),
        Rule::new(r"§\s?", |_| "Paragraf ".into()),
        Rule::new(r"#(?P<word>\p{L})", |c| format!("Hashtag {}", group(c, "word"))),
        Rule::new(r"#", |_| " Nummer ".into()),
        Rule::new(&format!(r"(?P<sign>{signs})"), |c| format!(" {} ", currency(group(c, "sign")).0)),
        Rule::new(r"\b(?P<a>\p{L}+)/(?P<b>\p{L}+)\b", |c| format!("{} oder {}", group(c, "a"), group(c, "b"))),
        Rule::new(r"\bOK\b", |_| "okay".into()),
        Rule::new(r"\bGmbH\b", |_| spell("gmbh", &LETTERS)),
        Rule::new(r"\b(?P<letters>\p{Lu}{2,})(?P<s>s)?\b", acronym),
        // What an apostrophe joins to another word is no letter's name: gibt's.
        Rule::new(r"(?i)(?P<before>')?\b(?P<letters>[b-df-hj-np-tv-xz]{1,5})\b(?P<after>')?", |c| {
            let joined = c.name("before").is_some() || c.name("after").is_some();
            let is_sound = SOUNDS.contains(&group(c, "letters").to_lowercase().as_str());
            if joined || is_sound { c[0].to_owned() } else { spell(group(c, "letters"), &LETTERS) }
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
fn cardinal(text: &str, one: One) -> String {
    if text.len() >= TELEPHONE && text.chars().all(|c| c.is_ascii_digit()) {
        return number::digits(text, &DIGITS);
    }
    let written = read(text);
    let one = if written.fraction.is_empty() { one } else { One::Alone };
    let whole = written.count().map_or_else(|| number::digits(&written.whole, &DIGITS), |n| count(n, one));
    if written.fraction.is_empty() {
        whole
    } else {
        format!("{whole} Komma {}", number::digits(&written.fraction, &DIGITS))
    }
}

fn pair(c: &Captures) -> String {
    let squeezed = |t: &str| t.replace(' ', "");
    let short = squeezed(group(c, "short"));
    let long = PAIRS.iter().find(|(pair, _)| squeezed(pair) == short).map_or("", |(_, long)| long);
    let dot = if group(c, "more").is_empty() { "." } else { "" };
    format!("{long}{dot}{}", group(c, "more"))
}

/// How one is said before a word: ein Euro, eine Stunde, and eins where nothing is counted.
fn one_before(word: &str) -> One {
    let noun = word.trim();
    match noun.chars().next() {
        Some(first) if first.is_uppercase() && FEMININE.contains(&noun) => One::Feminine,
        Some(first) if first.is_uppercase() => One::Before,
        _ => One::Alone,
    }
}

fn counted(c: &Captures) -> String {
    let word = group(c, "word");
    let space = if word.is_empty() { " " } else { "" };
    format!("{} {}{word}{space}", minus(c, " minus"), cardinal(group(c, "n"), one_before(word)))
}

/// A number of four digits is a year, unless it counts what follows: im Jahr 1989, 1500 Menschen.
fn year_or_count(c: &Captures) -> String {
    let (before, n, more) = (group(c, "before"), group(c, "n"), group(c, "more"));
    let dated = ["Jahr", "Jahre", "Jahren", "Jahres", "seit", "bis", "ab", "um", "anno"];
    let dated = dated.contains(&before.trim()) || MONTHS.contains(&before.trim());
    match n.parse() {
        // The start of a longer number, or a count: left to the rule that reads it whole.
        _ if more.starts_with(['.', ',', ':']) || (more.starts_with(' ') && !dated) => c[0].to_owned(),
        Ok(n) => format!("{before}{}{more}", year(n)),
        Err(_) => c[0].to_owned(),
    }
}

/// The ending of an ordinal behind the words `two` and `one`.
fn ending(two: &str, one: &str) -> &'static str {
    let (two, one) = (two.to_lowercase(), one.to_lowercase());
    // Am Donnerstag, dritten Mai; in der zweiten Klasse.
    let apposed = one.ends_with(',') && OBLIQUE.contains(&two.as_str());
    if apposed || OBLIQUE.contains(&one.as_str()) || (one == "der" && DATIVE.contains(&two.as_str())) {
        return "en";
    }
    let listed = ENDINGS.iter().find(|(word, _)| *word == one).map(|(_, ending)| *ending);
    listed.unwrap_or(if one.ends_with("en") || one.ends_with("em") { "en" } else { "er" })
}

/// A number with a dot before a month or a noun: am dritten Mai, der zweite Stock. Elsewhere the dot ends a sentence.
fn nth(c: &Captures) -> String {
    let (words, more) = (group(c, "words"), group(c, "more"));
    let mut before = words.split_whitespace().rev();
    let (one, two) = (before.next().unwrap_or(""), before.next().unwrap_or(""));
    let word = more.trim();
    let month = MONTHS.contains(&word);
    let ends_sentence = NUMBERED.contains(&one) || COUNTED.contains(&one) || OPENERS.contains(&word);
    if !month && ends_sentence {
        return c[0].to_owned();
    }
    let ending = ending(two, one);
    let said = |n: &str| n.parse().map_or_else(|_| n.to_owned(), |n| format!("{}{ending}", ordinal(n)));
    match c.name("m") {
        Some(m) => {
            let join = match group(c, "range") {
                "-" | "—" => "bis",
                word => word,
            };
            format!("{words}{} {join} {}{more}", said(group(c, "n")), said(m.as_str()))
        }
        None => format!("{words}{}{more}", said(group(c, "n"))),
    }
}

/// Ludwig der Vierzehnte.
fn ruler(c: &Captures) -> String {
    let name = group(c, "name");
    let Some(n) = number::roman(group(c, "n")) else { return c[0].to_owned() };
    let article = if QUEENS.contains(&name) { "die" } else { "der" };
    let stem = ordinal(n);
    let mut letters = stem.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let dot = if c.name("end").is_some() { "." } else { "" };
    format!("{name} {article} {first}{}e{dot}", letters.as_str())
}

fn time(c: &Captures) -> String {
    let number = |name: &str| group(c, name).parse::<u64>().ok();
    let minute = match number("m") {
        None | Some(0) => String::new(),
        Some(n) => format!(" {}", count(n, One::Alone)),
    };
    let second = match number("s") {
        Some(1) => " und eine Sekunde".into(),
        Some(n) => format!(" und {} Sekunden", count(n, One::Alone)),
        None => String::new(),
    };
    format!("{} Uhr{minute}{second}", count(number("h").unwrap_or(0), One::Before))
}

fn date(c: &Captures) -> String {
    let month = group(c, "m").parse::<usize>().ok().and_then(|m| MONTHS.get(m.checked_sub(1)?)).unwrap_or(&"");
    let day = ordinal(group(c, "d").parse().unwrap_or(0));
    let before = group(c, "before");
    let dated =
        ["der", "die", "das"].contains(&before.trim()) || OBLIQUE.contains(&before.trim().to_lowercase().as_str());
    let year = match [group(c, "y"), group(c, "short")].concat().parse() {
        Ok(y) => format!(" {}", year(y)),
        Err(_) if dated => String::new(),
        // 3.5. may be the end of a sentence about a version.
        Err(_) => return c[0].to_owned(),
    };
    format!("{before}{day}{} {month}{year}", ending("", before.trim()))
}

fn currency(sign: &str) -> (&'static str, &'static str) {
    CURRENCIES.iter().find(|(s, ..)| *s == sign).map_or(("", ""), |(_, whole, hundredth)| (*whole, *hundredth))
}

fn price(c: &Captures) -> String {
    let (whole_name, hundredth) = currency(group(c, "sign"));
    let (n, big) = (group(c, "n"), group(c, "big"));
    let written = read(n);
    if !big.is_empty() {
        let big = match big {
            "Tsd." => "Tausend",
            "Mio" | "Mio." if written.is_one() => "Million",
            "Mio" | "Mio." => "Millionen",
            "Mrd" | "Mrd." if written.is_one() => "Milliarde",
            "Mrd" | "Mrd." => "Milliarden",
            whole => whole,
        };
        return format!("{} {big} {whole_name}{}", cardinal(n, One::Feminine), group(c, "end"));
    }
    let (Some(whole), true) = (written.count(), written.fraction.len() <= 2) else {
        return format!("{} {whole_name}", cardinal(n, One::Before));
    };
    let cents: u64 = format!("{:0<2}", written.fraction).parse().unwrap_or(0);
    match (whole, cents) {
        (_, 0) => format!("{} {whole_name}", count(whole, One::Before)),
        (0, _) => format!("{} {hundredth}", count(cents, One::Before)),
        _ => format!("{} {whole_name} {}", count(whole, One::Before), count(cents, One::Alone)),
    }
}

fn measure(c: &Captures) -> String {
    let (unit, n, end) = (group(c, "unit"), group(c, "n"), group(c, "end"));
    let is_one = read(n).is_one();
    let (name, one) = UNITS
        .iter()
        .find(|(u, ..)| *u == unit)
        .map_or(("", One::Before), |(_, a, b, one)| (if is_one { *a } else { *b }, *one));
    format!("{} {} {name}{end}", minus(c, " minus"), cardinal(n, one))
}

fn fraction(c: &Captures) -> String {
    let part = ordinal(group(c, "d").parse().unwrap_or(3));
    let mut letters = part.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{} {first}{}el", cardinal(group(c, "n"), One::Before), letters.as_str())
}

/// Digit by digit, with a pause where the groups are.
fn phone(c: &Captures) -> String {
    let text = &c[0];
    let groups = text.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty());
    let said: Vec<String> = groups.map(|g| number::digits(g, &DIGITS)).collect();
    format!("{}{}", if text.starts_with('+') { "plus " } else { "" }, said.join(", "))
}

/// An address of the net, as one says it.
fn address(text: &str) -> String {
    address_ending(text, &LETTERS).replace('.', " Punkt ").replace('-', " minus ").replace('_', " Unterstrich ")
}

fn acronym(c: &Captures) -> String {
    let letters = group(c, "letters");
    if is_read(letters, &READ) { c[0].to_lowercase() } else { format!("{}{}", spell(letters, &LETTERS), group(c, "s")) }
}
