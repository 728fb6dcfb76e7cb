//! What is said in Mandarin for numbers, times, prices, units and addresses.
//!
//! Latin letters stay: how they are said is a matter of pronunciation ([`super::super::g2p::mandarin`]). `\b` counts
//! Chinese characters as letters, so the edges of numbers are those of ASCII.

mod count;

use std::sync::LazyLock;

use regex::Captures;

use self::count::{cardinal, counted, dialled, digits, ordinal};
use super::{Rule, alternatives, group, minus};

/// Unit and what is said for it.
const UNITS: [(&str, &str); 36] = [
    ("km/h", "公里每小时"),
    ("m/s", "米每秒"),
    ("mph", "英里每小时"),
    ("km²", "平方公里"),
    ("m²", "平方米"),
    ("m³", "立方米"),
    ("km", "公里"),
    ("cm", "厘米"),
    ("mm", "毫米"),
    ("m", "米"),
    ("mi", "英里"),
    ("ft", "英尺"),
    ("kg", "公斤"),
    ("mg", "毫克"),
    ("g", "克"),
    ("t", "吨"),
    ("lb", "磅"),
    ("lbs", "磅"),
    ("oz", "盎司"),
    ("ml", "毫升"),
    ("mL", "毫升"),
    ("l", "升"),
    ("L", "升"),
    ("h", "小时"),
    ("min", "分钟"),
    ("s", "秒"),
    ("ms", "毫秒"),
    ("W", "瓦"),
    ("kW", "千瓦"),
    ("kWh", "度电"),
    ("V", "伏"),
    ("Hz", "赫兹"),
    ("kB", "千字节"),
    ("MB", "兆"),
    ("GB", "吉字节"),
    ("kcal", "千卡"),
];

/// Sign or code of a currency, and its name.
const CURRENCIES: [(&str, &str); 14] = [
    ("US$", "美元"),
    ("HK$", "港币"),
    ("NT$", "台币"),
    ("$", "美元"),
    ("USD", "美元"),
    ("€", "欧元"),
    ("EUR", "欧元"),
    ("£", "英镑"),
    ("GBP", "英镑"),
    ("JPY", "日元"),
    ("HKD", "港币"),
    ("¥", YUAN),
    ("RMB", YUAN),
    ("CNY", YUAN),
];

const YUAN: &str = "元";

/// Words before which two is 两: what is counted, not what is numbered (号, 楼, 路, 月).
const MEASURES: &str = "个|位|名|只|条|张|本|件|杯|瓶|块|元|点|年|天|次|遍|小时|分钟|分|秒|公里|千米|米|厘米|毫米|公斤|千克|\
    斤|克|吨|升|毫升|岁|人|口|家|间|双|对|份|套|部|台|辆|站|页|周|星期|倍|美元|欧元|英镑|百|千|万|亿|平方|种|样|门|句|首|把|支|\
    枝|根|片|粒|颗|碗|盘|盒|包|袋|箱|栋|座|艘|架|节|顿|场|群|排|趟|晚|夜|成|摄氏度|度|磅|英里|英尺|米每秒|匹|头|朵|棵|封|幅|滴|\
    勺|桌|刻|代|声|步|大|小";

const NUMBER: &str = r"\d+(?:[,.]\d+)*";

/// The edge of a number or a Latin word.
const EDGE: &str = r"(?-u:\b)";

/// Between the ends of a range.
const TO: &str = r"\s?[-~—]\s?";

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let units = alternatives(UNITS.iter().map(|u| u.0));
    let currencies = alternatives(CURRENCIES.iter().map(|c| c.0));
    let big = "万亿|亿|千万|百万|十万|万";
    let time = r"(?:[01]?\d|2[0-4]):[0-5]\d";
    let host = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*";
    vec![
        Rule::new(&format!(r"(?P<user>[A-Za-z0-9_.+-]+)@(?P<host>{host}\.[A-Za-z]+)"), |c| {
            format!("{}艾特{}", address(group(c, "user")), address(group(c, "host")))
        }),
        Rule::new(&format!(r"(?i)(?:https?://(?:www\.)?|www\.)(?P<host>{host})(?:[/?#:][!-~]*)?"), |c| {
            address(group(c, "host"))
        }),
        Rule::new(&format!(r"(?i){EDGE}(?P<host>{host}\.(?:com|cn|org|net|edu|gov)){EDGE}(?:/[!-~]*)?"), |c| {
            address(group(c, "host"))
        }),
        // Telephone numbers: of mobiles, with an area code, with groups, and whatever a telephone is said to have.
        Rule::new(&format!(r"(?:\+86[ -]?)?{EDGE}1[3-9]\d[ -]?\d{{4}}[ -]?\d{{4}}{EDGE}"), |c| phone(&c[0])),
        Rule::new(&format!(r"{EDGE}0\d{{2,3}}[ -]\d{{7,8}}{EDGE}"), |c| phone(&c[0])),
        Rule::new(&format!(r"\+\d{{1,3}}(?:[ -]\d{{2,4}}){{2,}}{EDGE}"), |c| phone(&c[0])),
        Rule::new(&format!(r"{EDGE}\d{{3,4}}-\d{{3,4}}-\d{{3,4}}{EDGE}"), |c| phone(&c[0])),
        Rule::new(
            r"(?P<lead>(?:电话|手机|号码|热线|拨打|拨|分机)(?:号码|号)?[是为: ]*)(?P<n>\d{3,})",
            |c| format!("{}{}", group(c, "lead"), dialled(group(c, "n"))),
        ),
        Rule::new(r"打(?P<n>110|119|120|122|112|911|999|12345|10086)", |c| format!("打{}", dialled(group(c, "n")))),
        // Dates and times.
        Rule::new(
            &format!(r"{EDGE}(?P<y>\d{{4}})[-/.](?P<m>1[0-2]|0?[1-9])[-/.](?P<d>3[01]|[12]\d|0?[1-9]){EDGE}"),
            |c| format!("{}年{}", digits(group(c, "y")), day(group(c, "m"), group(c, "d"))),
        ),
        Rule::new(r"(?P<lead>(?:比分|比数)[^\d]{0,4}|以|[赢输胜负平]了?)(?P<a>\d+) ?: ?(?P<b>\d+)", score),
        Rule::new(&format!(r"{EDGE}(?P<a>{time}){TO}(?P<b>{time}){EDGE}"), |c| {
            format!("{}到{}", group(c, "a"), group(c, "b"))
        }),
        Rule::new(
            &format!(
                r"(?i){EDGE}(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?{EDGE}(?:\s?(?P<half>[ap]\.?m{EDGE}\.?))?"
            ),
            clock,
        ),
        Rule::new(&format!(r"(?i){EDGE}(?P<h>1[0-2]|[1-9])\s?(?P<half>[ap]\.?m{EDGE}\.?)"), clock),
        Rule::new(&format!(r"{EDGE}(?P<lead>)(?P<a>\d+) ?: ?(?P<b>\d+){EDGE}"), score),
        Rule::new(&format!(r"{EDGE}(?P<a>\d{{4}})年?{TO}(?P<b>\d{{4}})年"), |c| {
            format!("{}到{}年", digits(group(c, "a")), digits(group(c, "b")))
        }),
        Rule::new(r"(?P<a>\d+)\s?-\s?(?P<b>\d+)(?P<more>\s?=)", |c| {
            format!("{}减{}{}", cardinal(group(c, "a")), cardinal(group(c, "b")), group(c, "more"))
        }),
        Rule::new(
            &format!(r"(?P<a>\d\s?(?:%|°[CF]?|年|月|日|号|点|分|元|块|[a-z]{{1,2}})?){TO}(?P<b>\d)"),
            |c| format!("{}到{}", group(c, "a"), group(c, "b")),
        ),
        Rule::new(&format!(r"(?P<before>^|[^\d.,])2到(?P<b>\d+)(?P<what>{MEASURES})"), |c| {
            format!("{}两到{}{}", group(c, "before"), counted(group(c, "b")), group(c, "what"))
        }),
        // Money, parts, measures.
        Rule::new(
            &format!(r"(?P<sign>{currencies})\s?(?P<n>{NUMBER})\s?(?P<big>{big})?(?P<name>元|美元|欧元|英镑|块钱|块)?"),
            price,
        ),
        Rule::new(&format!(r"(?P<n>{NUMBER})\s?(?P<big>{big})?\s?(?P<sign>{currencies})"), price),
        Rule::new(&format!(r"(?P<minus>-)?(?P<n>{NUMBER})\s?(?P<sign>[%‰])"), |c| {
            let parts = if group(c, "sign") == "%" { "百分之" } else { "千分之" };
            format!("{}{parts}{}", minus(c, "负"), cardinal(group(c, "n")))
        }),
        Rule::new(&format!(r"-(?P<n>{NUMBER})到(?P<m>-?{NUMBER})(?P<unit>\s?(?:°|度))"), |c| {
            format!("零下{}到{}{}", cardinal(group(c, "n")), group(c, "m"), group(c, "unit"))
        }),
        Rule::new(&format!(r"(?P<minus>-)?(?P<n>{NUMBER})\s?(?P<unit>°[CF]?|摄氏度|华氏度|度)"), degrees),
        Rule::new(&format!(r"(?P<n>{NUMBER})\s?(?P<unit>(?:km|m)[²³]|(?:{units}){EDGE})"), |c| {
            let unit = UNITS.iter().find(|(unit, _)| *unit == group(c, "unit")).map_or("", |(_, said)| said);
            format!("{}{unit}", counted(group(c, "n")))
        }),
        Rule::new(r"(?P<d>\d+)分之(?P<n>\d+)", |c| {
            format!("{}分之{}", ordinal(group(c, "d")), ordinal(group(c, "n")))
        }),
        Rule::new(&format!(r"{EDGE}(?P<n>\d{{1,2}})/(?P<d>\d{{1,3}}){EDGE}"), fraction_or_date),
        // Numbers that name something.
        Rule::new(r"(?P<y>\d{4})年(?P<long>前|来|多|间|的?历史)?", year),
        Rule::new(r"(?P<y>0\d)年", |c| format!("{}年", digits(group(c, "y")))),
        Rule::new(r"第\s?(?P<n>\d+)", |c| format!("第{}", ordinal(group(c, "n")))),
        Rule::new(r"(?:No\. ?|№ ?)(?P<n>\d+)", |c| format!("第{}", ordinal(group(c, "n")))),
        Rule::new(r"(?P<n>\d{3,5})(?P<what>号?(?:房间|房|室|病房|教室|包间|包厢)|路)", |c| {
            format!("{}{}", dialled(group(c, "n")), group(c, "what"))
        }),
        Rule::new(&format!(r"{EDGE}(?P<letters>[A-Z]{{1,5}})-?(?P<n>\d{{2,5}}){EDGE}"), |c| {
            format!("{}{}", group(c, "letters"), dialled(group(c, "n")))
        }),
        Rule::new(r"(?P<what>[号楼月日路]|星期|周|礼拜)(?P<n>2)(?P<more>\D|$)", |c| {
            format!("{}二{}", group(c, "what"), group(c, "more"))
        }),
        // What is counted, and what is left.
        Rule::new(r"\d+(?:\.\d+){2,}", |c| c[0].split('.').map(digits).collect::<Vec<_>>().join("点")),
        Rule::new(&format!(r"(?P<before>^|[^\d.,])2\s?(?P<what>{MEASURES})"), |c| {
            format!("{}两{}", group(c, "before"), group(c, "what"))
        }),
        Rule::new(&format!(r"(?P<before>^|[^0-9A-Za-z])-(?P<n>{NUMBER})"), |c| {
            format!("{}负{}", group(c, "before"), cardinal(group(c, "n")))
        }),
        Rule::new(NUMBER, |c| cardinal(&c[0])),
        Rule::new(r"[¼½¾]", |c| match &c[0] {
            "¼" => "四分之一".into(),
            "½" => "二分之一".into(),
            _ => "四分之三".into(),
        }),
        Rule::new(r"\s?\+\s?", |_| "加".into()),
        Rule::new(r"\s?=\s?", |_| "等于".into()),
        Rule::new(r"\s?×\s?", |_| "乘以".into()),
        Rule::new(r"\s?÷\s?", |_| "除以".into()),
        Rule::new(r"\s?&\s?", |_| "和".into()),
        Rule::new("@", |_| "艾特".into()),
        Rule::new("#", |_| "井号".into()),
        Rule::new("%", |_| "百分号".into()),
        Rule::new("°", |_| "度".into()),
        Rule::new(r"[$€£¥]", |c| currency(&c[0]).into()),
        Rule::new("〇", |_| "零".into()),
    ]
});

pub(super) fn rules() -> &'static [Rule] {
    &RULES
}

/// Takes spaces out from between characters, and puts one behind each mark: there a clause may be cut.
pub(super) fn space(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let before = spaced.chars().next_back();
        let after = rest.peek().copied();
        if c == ' ' {
            if !(before.is_some_and(is_character) && after.is_some_and(is_character)) {
                spaced.push(' ');
            }
            continue;
        }
        if before.is_some_and(|b| matches!(b, ',' | ';' | ':' | '.' | '!' | '?' | '…')) && c.is_alphanumeric() {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    spaced
}

/// Whether a letter is none of an alphabet.
fn is_character(c: char) -> bool {
    c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase()
}

fn address(text: &str) -> String {
    let mut said = String::new();
    for c in text.chars() {
        match c {
            '.' => said.push('点'),
            '-' => said.push('杠'),
            '_' => said.push_str("下划线"),
            '+' => said.push('加'),
            c if c.is_ascii_digit() => said.push_str(&digits(&c.to_string())),
            c => said.push(c),
        }
    }
    said
}

/// Groups stay groups: a comma is said as the short pause between them.
fn phone(text: &str) -> String {
    let plus = if text.starts_with('+') { "加" } else { "" };
    let groups: Vec<String> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(dialled).collect();
    format!("{plus}{}", groups.join(","))
}

fn day(month: &str, day: &str) -> String {
    format!("{}月{}日", ordinal(month), ordinal(day))
}

fn score(c: &Captures) -> String {
    format!("{}{}比{}", group(c, "lead"), ordinal(group(c, "a")), ordinal(group(c, "b")))
}

fn clock(c: &Captures) -> String {
    let hour: u64 = group(c, "h").parse().unwrap_or(0);
    let half = match group(c, "half").chars().next() {
        Some('a' | 'A') if hour < 6 => "凌晨",
        Some('a' | 'A') => "上午",
        Some(_) if hour == 12 => "中午",
        Some(_) if hour < 6 => "下午",
        Some(_) => "晚上",
        None => "",
    };
    let minute = match (group(c, "m"), group(c, "s")) {
        ("" | "00", "") => String::new(),
        ("30", "") => "半".into(),
        (minutes, _) if minutes.starts_with('0') => format!("{}分", digits(minutes)),
        (minutes, _) => format!("{}分", ordinal(minutes)),
    };
    let second = match group(c, "s") {
        "" => String::new(),
        seconds if seconds.starts_with('0') => format!("{}秒", digits(seconds)),
        seconds => format!("{}秒", ordinal(seconds)),
    };
    format!("{half}{}点{minute}{second}", counted(&hour.to_string()))
}

fn currency(sign: &str) -> &'static str {
    CURRENCIES.iter().find(|(key, _)| *key == sign).map_or("", |(_, name)| name)
}

/// ¥9.90 as nine yuan nine jiao; other currencies, and round sums, as a number.
fn price(c: &Captures) -> String {
    let (number, big) = (group(c, "n"), group(c, "big"));
    let name = match group(c, "name") {
        "" => currency(group(c, "sign")),
        name => name,
    };
    let parts = number.split_once('.').filter(|(_, parts)| parts.len() <= 2 && big.is_empty());
    let (Some((whole, parts)), YUAN) = (parts, name) else {
        return format!("{}{big}{name}", counted(number));
    };
    let place = |at: usize, unit: &str| match parts.get(at..=at) {
        Some(digit) if digit != "0" => format!("{}{unit}", digits(digit)),
        _ => String::new(),
    };
    let yuan = if whole.trim_start_matches('0').is_empty() { String::new() } else { counted(whole) + YUAN };
    let (jiao, fen) = (place(0, "角"), place(1, "分"));
    let gap = if jiao.is_empty() && !fen.is_empty() && !yuan.is_empty() { "零" } else { "" };
    let said = format!("{yuan}{jiao}{gap}{fen}");
    if said.is_empty() { format!("零{YUAN}") } else { said }
}

fn degrees(c: &Captures) -> String {
    let unit = match group(c, "unit") {
        "°C" => "摄氏度",
        "°F" => "华氏度",
        "°" => "度",
        said => said,
    };
    format!("{}{}{unit}", minus(c, "零下"), counted(group(c, "n")))
}

/// 3/4 is a part of a whole, 5/3 and 5/20 are days; what is no day is a part again.
fn fraction_or_date(c: &Captures) -> String {
    let (n, d) = (group(c, "n"), group(c, "d"));
    let (first, second): (u64, u64) = (n.parse().unwrap_or(0), d.parse().unwrap_or(0));
    let is_part = first < second && (second <= 10 || second == 100);
    if !is_part && (1..=12).contains(&first) && (1..=31).contains(&second) {
        day(n, d)
    } else {
        format!("{}分之{}", ordinal(d), ordinal(n))
    }
}

/// A year digit by digit; a round number of years that something took or is past is counted.
fn year(c: &Captures) -> String {
    let (number, long) = (group(c, "y"), group(c, "long"));
    if (number.ends_with("00") && !long.is_empty()) || number.starts_with('0') || number > "2100" {
        return format!("{}年{long}", cardinal(number));
    }
    format!("{}年{long}", digits(number))
}
