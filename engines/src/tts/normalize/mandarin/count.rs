//! Numbers in Mandarin words.

use super::super::number::Written;

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// A whole number of this many digits without a mark among them is no count but somebody's number.
const NOBODY_COUNTS: usize = 10;

/// The digits of `text` one by one, 1 as 一.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter_map(|c| Some(DIGITS[c.to_digit(10)? as usize])).collect()
}

/// The digits of `text` one by one as in telephone and room numbers: 1 is 幺, which cannot be taken for 七.
pub(super) fn dialled(text: &str) -> String {
    digits(text).replace('一', "幺")
}

/// A whole number as it is counted. A leading two is 两 before 百, 千, 万 and 亿, and a leading ten is 十 alone.
pub(super) fn count(n: u64) -> String {
    let words = plain(n);
    if let Some(rest) = words.strip_prefix("一十") {
        return format!("十{rest}");
    }
    match words.strip_prefix('二') {
        Some(rest) if rest.starts_with(['百', '千', '万', '亿']) => format!("两{rest}"),
        _ => words,
    }
}

/// A whole number with every two as 二, as behind 第.
pub(super) fn plain(n: u64) -> String {
    let part = |n: u64, size: u64, unit: char| {
        let rest = match n % size {
            0 => String::new(),
            // A gap in the places is said once.
            rest if rest < size / 10 => format!("零{}", plain(rest)),
            rest => plain(rest),
        };
        format!("{}{unit}{rest}", plain(n / size))
    };
    match n {
        0..10 => DIGITS[n as usize].to_string(),
        10..100 => part(n, 10, '十'),
        100..1_000 => part(n, 100, '百'),
        1_000..10_000 => part(n, 1_000, '千'),
        10_000..100_000_000 => part(n, 10_000, '万'),
        _ => part(n, 100_000_000, '亿'),
    }
}

/// The number behind 第, or in a date: every two is 二.
pub(super) fn ordinal(text: &str) -> String {
    let words = text.parse().map_or_else(|_| digits(text), plain);
    words.strip_prefix("一十").map_or(words.clone(), |rest| format!("十{rest}"))
}

/// A number as it is written, with its decimals; one that nobody would count, digit by digit.
pub(super) fn cardinal(text: &str) -> String {
    if text.len() >= NOBODY_COUNTS && text.chars().all(|c| c.is_ascii_digit()) {
        return dialled(text);
    }
    let written = Written::read(text, '.', true);
    let whole = written.count().map_or_else(|| digits(&written.whole), count);
    if written.fraction.is_empty() { whole } else { format!("{whole}点{}", digits(&written.fraction)) }
}

/// A number before a measure word: two of something is 两.
pub(super) fn counted(text: &str) -> String {
    if text == "2" { "两".into() } else { cardinal(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_in_steps_of_ten_thousand() {
        let cases = [
            (0, "零"),
            (2, "二"),
            (10, "十"),
            (12, "十二"),
            (20, "二十"),
            (101, "一百零一"),
            (110, "一百一十"),
            (200, "两百"),
            (222, "两百二十二"),
            (1_001, "一千零一"),
            (1_010, "一千零一十"),
            (2_020, "两千零二十"),
            (10_000, "一万"),
            (10_050, "一万零五十"),
            (20_500, "两万零五百"),
            (120_000, "十二万"),
            (1_000_000, "一百万"),
            (10_203_040, "一千零二十万三千零四十"),
            (100_000_000, "一亿"),
            (200_000_001, "两亿零一"),
            (1_400_000_000, "十四亿"),
            (2_000_000_000_000, "两万亿"),
        ];
        for (n, words) in cases {
            assert_eq!(count(n), words, "{n}");
        }
        assert_eq!((ordinal("200"), ordinal("02"), ordinal("12")), ("二百".into(), "二".into(), "十二".into()));
    }

    /// Every number up to twenty thousand, and some beyond, is said in its own words, and they can be counted back.
    #[test]
    fn no_two_numbers_are_said_alike() {
        let back = |words: &str| {
            let (mut total, mut section, mut digit) = (0_u64, 0_u64, 0_u64);
            for c in words.chars() {
                match c {
                    '十' => section += std::mem::take(&mut digit).max(1) * 10,
                    '百' => section += std::mem::take(&mut digit) * 100,
                    '千' => section += std::mem::take(&mut digit) * 1_000,
                    '万' => total += std::mem::take(&mut section) * 10_000 + std::mem::take(&mut digit) * 10_000,
                    '亿' => {
                        total = (total + std::mem::take(&mut section) + std::mem::take(&mut digit)) * 100_000_000;
                    }
                    '两' => digit = 2,
                    c => digit = DIGITS.iter().position(|d| *d == c).unwrap() as u64,
                }
            }
            total + section + digit
        };
        let far = (0..60).map(|n| 3_u64.pow(n % 30) * u64::from(n + 1));
        for n in (0..20_000).chain(far) {
            assert_eq!(back(&count(n)), n, "{}", count(n));
        }
    }
}
