//! Reads Mandarin numbers: characters and digits, times, money, halves.

use super::{Number, from_digits};

/// Words with a numeral in them that is none, and what stands before or behind one that belongs to a name.
const NO_NUMBERS: [&str; 61] = [
    "一些",
    "一起",
    "一样",
    "一直",
    "一定",
    "一下",
    "一般",
    "一切",
    "一边",
    "万一",
    "唯一",
    "统一",
    "三明治",
    "四川",
    "四周",
    "四处",
    "五官",
    "三文鱼",
    "十字",
    "八角",
    "七上八下",
    "乱七八糟",
    "九牛一毛",
    "半夜",
    "半天",
    "多半",
    "大半",
    "过半",
    "半球",
    "半岛",
    "十分",
    "百货",
    "百合",
    "千万",
    "万圣",
    "百姓",
    "不三不四",
    "两岸",
    "双",
    "一半",
    "百分之百",
    "百分百",
    "九月九",
    "五颜六色",
    "零钱",
    "零食",
    "三脚",
    "万能",
    "三思",
    "二手",
    "千军万马",
    "挑三拣四",
    "三心二意",
    "十一点都",
    "一点点",
    "一点儿",
    "零件",
    "二维码",
    "三角",
    "三轮",
    "四角",
];

const DAYS: [&str; 3] = ["星期", "礼拜", "周"];

fn digit(c: char) -> Option<f64> {
    let at = "零一二三四五六七八九".chars().position(|d| d == c)?;
    Some(at as f64)
}

/// The value of a numeral that stands for itself: two has two of them.
fn unit_digit(c: char) -> Option<f64> {
    match c {
        '两' | '俩' => Some(2.0),
        '〇' => Some(0.0),
        _ => c.to_digit(10).map(f64::from).or_else(|| digit(c)),
    }
}

fn unit(c: char) -> Option<f64> {
    match c {
        '十' => Some(10.0),
        '百' => Some(100.0),
        '千' => Some(1000.0),
        '万' => Some(1e4),
        '亿' => Some(1e8),
        _ => None,
    }
}

/// The numbers of a text.
pub(super) fn read(text: &str) -> Vec<Number> {
    let chars: Vec<char> = text.chars().collect();
    let mut reader = Reader { chars, at: 0 };
    let mut numbers = Vec::new();
    while reader.at < reader.chars.len() {
        let begin = reader.at;
        match reader.next() {
            Some(number) => numbers.push(Number { span: (begin, reader.at), ..number }),
            None => reader.at += 1,
        }
    }
    numbers
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn char(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or(' ')
    }

    fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, c)| self.char(ahead) == c)
    }

    fn take(&mut self, text: &str) -> bool {
        let is_there = self.starts(text);
        if is_there {
            self.at += text.chars().count();
        }
        is_there
    }

    /// The number that begins here, which is then behind.
    fn next(&mut self) -> Option<Number> {
        if self.starts("十分钟") || self.starts("十分之") {
        } else if self.take("一半") {
            return Some(Number::composed(0.5, &[]));
        } else if self.take("双") {
            return Some(Number { is_weak: true, ..Number::of(2.0) });
        } else if self.take("百分之百") || self.take("百分百") {
            return Some(Number { is_weak: true, ..Number::of(100.0) });
        } else if NO_NUMBERS.iter().any(|word| self.take(word)) {
            return None.or_else(|| self.stay());
        }
        for day in DAYS {
            if self.starts(day) && unit_digit(self.char(day.chars().count())).is_some() {
                self.at += day.chars().count() + 1;
                return None.or_else(|| self.stay());
            }
        }
        if self.take("百分之") {
            return self.plain();
        }
        if self.starts("差") {
            return self.before_the_hour();
        }
        if self.take("半年") {
            return Some(Number::composed(0.5, &[6.0]));
        }
        if self.take("半") {
            return Some(Number::composed(0.5, &[]));
        }
        if self.starts("第") || self.starts("几") || self.starts("数") {
            self.at += 1;
            // The second day is the next one; some tens are dozens.
            return self.plain().map(|number| Number { is_weak: true, ..number }).or_else(|| self.stay());
        }
        let number = self.plain()?;
        if self.take("分之") {
            let above = self.plain()?;
            return Some(Number::composed(above.value / number.value.max(1.0), &[number.value, above.value]));
        }
        self.finished(number)
    }

    /// Undoes the step that the caller takes where nothing was found: what was taken is behind already.
    fn stay(&mut self) -> Option<Number> {
        self.at = self.at.saturating_sub(1);
        None
    }

    /// "差十分九点", "差一刻九点".
    fn before_the_hour(&mut self) -> Option<Number> {
        let begin = self.at;
        self.at += 1;
        let found = self.minutes().and_then(|minutes| {
            let hour = self.plain()?;
            (self.take("点")).then_some((minutes, hour.value))
        });
        if found.is_none() {
            self.at = begin;
        }
        let (minutes, hour) = found?;
        Some(Number::time(hour, -minutes / 60.0, &[minutes, hour]))
    }

    /// Minutes behind an hour: "半", "一刻", "十五分", "零五分".
    fn minutes(&mut self) -> Option<f64> {
        if self.take("半") {
            return Some(30.0);
        }
        let begin = self.at;
        let number = self.plain()?.value;
        if self.take("刻") {
            self.take("钟");
            return Some(number * 15.0);
        }
        let is_told = self.take("分");
        if number < 60.0 && (is_told || number >= 10.0 || self.chars[begin] == '零' || self.chars[begin] == '0') {
            return Some(number);
        }
        self.at = begin;
        None
    }

    /// What follows a number: an hour, money, a half.
    fn finished(&mut self, number: Number) -> Option<Number> {
        let value = number.value;
        if number.is_clock {
            return Some(number);
        }
        if self.starts("月") && (1.0..=12.0).contains(&value) {
            // The month's name.
            self.at += 1;
            return None.or_else(|| self.stay());
        }
        if self.starts("点") && value <= 24.0 {
            self.at += 1;
            if value == 1.0 && self.starts("儿") {
                return None.or_else(|| self.stay());
            }
            self.take("钟");
            if self.take("差") {
                let minutes = self.minutes().unwrap_or(0.0);
                return Some(Number::time(value, -minutes / 60.0, &[minutes, value]));
            }
            self.take("过");
            let is_half = self.starts("半");
            let begin = self.at;
            if let Some(minutes) = self.minutes() {
                let spoken: &[f64] = if is_half { &[] } else { &[minutes, value] };
                return Some(Number::time(value, minutes / 60.0, spoken));
            }
            self.at = begin;
            // "三点五": three point five.
            let mut decimals = String::new();
            while let Some(d) = digit(self.char(0)) {
                decimals.push_str(&format!("{d}"));
                self.at += 1;
            }
            if !decimals.is_empty() {
                return Some(Number::of(format!("{value}.{decimals}").parse().unwrap_or(value)));
            }
            return Some(Number { is_clock: true, ..Number::of(value) });
        }
        if self.take("打") {
            return Some(Number::of(value * 12.0));
        }
        if self.take("折") {
            return Some(Number { is_weak: true, ..number });
        }
        if self.starts("块") || self.starts("元") || self.starts("毛") || self.starts("角") {
            return Some(self.money(value));
        }
        // "两个半小时", "三年半".
        for measure in 1..=2 {
            let clear = (0..measure).all(|ahead| unit_digit(self.char(ahead)).is_none() && self.char(ahead) != '半');
            if clear && self.char(measure) == '半' && "个年天公斤千米小时英里".contains(self.char(measure - 1))
            {
                self.at += measure + 1;
                return Some(Number::composed(value + 0.5, &[]));
            }
        }
        Some(number)
    }

    /// "三块五", "三块五毛", "八毛".
    fn money(&mut self, whole: f64) -> Number {
        if self.take("毛") || self.take("角") {
            return Number::of(whole / 10.0);
        }
        self.at += 1;
        self.take("钱");
        let begin = self.at;
        if self.take("半") {
            return Number::composed(whole + 0.5, &[]);
        }
        match self.plain() {
            Some(tenths)
                if tenths.value < 10.0 && (self.take("毛") || self.take("角") || !self.char(0).is_alphanumeric()) =>
            {
                Number::composed(whole + tenths.value / 10.0, &[whole, tenths.value * 10.0])
            }
            _ => {
                self.at = begin;
                Number::of(whole)
            }
        }
    }

    /// A number without what follows it.
    fn plain(&mut self) -> Option<Number> {
        if self.char(0).is_ascii_digit() {
            return Some(self.digits());
        }
        let begin = self.at;
        let mut run = Vec::new();
        while unit_digit(self.char(0)).is_some() || unit(self.char(0)).is_some() {
            // "二十万一" is none, but "一千万" is: only what stands behind a number can be part of a word.
            if !run.is_empty() && ["一些", "一起", "一样", "一下", "千万别"].iter().any(|word| self.starts(word))
            {
                break;
            }
            // "五十千米": kilometres.
            if self.char(0) == '千' && "米克瓦".contains(self.char(1)) {
                break;
            }
            run.push(self.char(0));
            self.at += 1;
        }
        if run.is_empty() {
            self.at = begin;
            return None;
        }
        if run.iter().all(|c| unit(*c).is_none()) && (run.len() > 2 || (run.len() == 2 && run[0] == '零')) {
            let digits: String = run.iter().filter_map(|c| unit_digit(*c)).map(|d| format!("{d}")).collect();
            return Some(Number { digits: Some(digits.clone()), ..Number::of(digits.parse().ok()?) });
        }
        if run.len() == 2 && run.iter().all(|c| unit(*c).is_none()) {
            // "七八个": seven or eight.
            self.at -= 1;
            return unit_digit(run[0]).map(Number::of);
        }
        Some(Number::of(composed(&run, 1.0)))
    }

    fn digits(&mut self) -> Number {
        let begin = self.at;
        while self.char(0).is_ascii_digit() || (".,:：".contains(self.char(0)) && self.char(1).is_ascii_digit()) {
            self.at += 1;
        }
        let written: String = self.chars[begin..self.at].iter().map(|c| if *c == '：' { ':' } else { *c }).collect();
        let number = from_digits(&written);
        // "3万5千", "1.5亿", "3千万".
        let mut run = Vec::new();
        while unit(self.char(0)).is_some() || (!run.is_empty() && unit_digit(self.char(0)).is_some()) {
            run.push(self.char(0));
            self.at += 1;
        }
        if run.is_empty() { number } else { Number::of(composed(&run, number.value)) }
    }
}

/// The value of numerals with units, the first unit of which multiplies `first` where no numeral stands before it.
fn composed(run: &[char], first: f64) -> f64 {
    let (mut complete, mut section, mut current) = (0.0, 0.0, None::<f64>);
    let mut given = Some(first);
    let mut last_unit = 1.0;
    for c in run {
        if let Some(value) = unit_digit(*c) {
            if given == Some(1.0) {
                given = None;
            }
            if *c == '零' || *c == '〇' {
                last_unit = 10.0;
            }
            current = Some(value);
        } else if let Some(unit) = unit(*c) {
            if unit >= 1e4 {
                let all = section + current.or_else(|| given.take().filter(|_| section == 0.0)).unwrap_or(0.0);
                complete = if unit > 1e4 { (complete + all) * unit } else { complete + all * unit };
                section = 0.0;
            } else {
                section += current.or_else(|| given.take()).unwrap_or(1.0) * unit;
            }
            current = None;
            given = None;
            last_unit = unit;
        }
    }
    // "一百二" is 120, "三万五" 35000.
    let rest = current.map_or(0.0, |value| if last_unit >= 100.0 { value * last_unit / 10.0 } else { value });
    complete + section + rest
}
