//! What no voice can say is taken out before and after the rules of a language.

use std::sync::LazyLock;

use regex::Regex;

use crate::{Language, han};

/// Marks that every voice understands.
pub(super) const PUNCTUATION: &str = ".,;:!?¡¿…—()\"";

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    // A constant pattern, compiled by every test that normalises.
    Regex::new(r"</?[A-Za-z!][^<>]*>").unwrap_or_else(|e| unreachable!("{e}"))
});

/// Removes tags, names the few entities that occur in text, and straightens quotes, dashes and spaces.
pub(super) fn strip_markup(text: &str) -> String {
    let text = TAG.replace_all(text, " ");
    let text = [
        ("℃", "°C"),
        ("℉", "°F"),
        ("&amp;", "&"),
        ("&lt;", " "),
        ("&gt;", " "),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
    ]
    .iter()
    .fold(text.into_owned(), |text, (entity, plain)| text.replace(entity, plain));
    text.chars()
        .map(|c| match c {
            '’' | '‘' | 'ʼ' | '`' | '´' => '\'',
            '“' | '”' | '„' | '«' | '»' | '《' | '》' | '〈' | '〉' | '「' | '」' | '『' | '』' | '【' | '】' => {
                '"'
            }
            '–' | '―' => '—',
            '−' | '‐' | '‑' => '-',
            '、' => ',',
            '。' => '.',
            '￥' => '¥',
            // The wide forms of ASCII, in its order.
            '\u{ff01}'..='\u{ff5e}' => char::from((c as u32 - 0xfee0) as u8),
            c if c.is_whitespace() || c.is_control() => ' ',
            c => c,
        })
        .collect()
}

/// Whether all of a text of several words is in capitals: then capitals mark no acronym.
pub(super) fn is_shouted(text: &str) -> bool {
    let words = text.split_whitespace().filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() > 1).count();
    words > 2 && !text.chars().any(char::is_lowercase) && text.chars().any(char::is_uppercase)
}

/// Accents written as characters of their own.
pub(super) fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Keeps words and punctuation, and counts what else was there.
pub(super) fn keep_speakable(text: &str, language: Language) -> (String, usize) {
    let digits = language.is_pivot();
    let mut kept = String::with_capacity(text.len());
    let mut left_out = 0;
    let characters: Vec<char> = text.chars().collect();
    for (at, &c) in characters.iter().enumerate() {
        let within = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
        let inside = within(at.checked_sub(1).and_then(|i| characters.get(i))) && within(characters.get(at + 1));
        match c {
            _ if c.is_alphabetic() && sayable(c, language) => kept.push(c),
            '0'..='9' if digits => kept.push(c),
            '\'' | '-' if inside => kept.push(c),
            '\'' | '-' | '/' | '_' | '*' | '[' | ']' | '{' | '}' | '|' | '\\' | '~' | '^' | '<' | '>' => kept.push(' '),
            ' ' => kept.push(' '),
            _ if PUNCTUATION.contains(c) => kept.push(c),
            _ if is_mark(c) => kept.push(c),
            // Invisible characters stand for nothing.
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}' => {}
            _ => {
                kept.push(' ');
                left_out += 1;
            }
        }
    }
    (tidy(&kept), left_out)
}

/// Whether a letter belongs to a script that the language's voices read.
fn sayable(letter: char, language: Language) -> bool {
    let latin = matches!(letter, 'a'..='z' | 'A'..='Z' | 'ª' | 'º' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    latin || (language == Language::Zh && han::is_han(letter))
}

/// Single spaces, none before a mark, and no mark twice.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for c in text.chars() {
        let last = tidy.chars().next_back();
        let mark = matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '…' | ')');
        if c == ' ' {
            if last.is_some_and(|l| l != ' ') {
                tidy.push(' ');
            }
        } else {
            if mark && last == Some(' ') {
                tidy.pop();
            }
            if !(mark && c != ')' && tidy.ends_with(c)) {
                tidy.push(c);
            }
        }
    }
    tidy.trim().trim_start_matches(['.', ',', ';', ':', '!', '?', '…', ')', ' ']).to_owned()
}

/// Gives the text an end that says whether more follows. A text without a letter or digit is empty.
pub(super) fn close(mut text: String, is_final: bool) -> String {
    if !text.chars().any(char::is_alphanumeric) {
        return String::new();
    }
    let open = text.trim_end_matches(['"', ')', ' ']);
    if !open.ends_with(['.', ',', ';', ':', '!', '?', '…', '—']) {
        text.push(if is_final { '.' } else { ',' });
    } else if is_final && open.ends_with([',', ';', ':', '—']) {
        let end = open.len() - open.chars().next_back().map_or(0, char::len_utf8);
        text.truncate(end);
        text.push('.');
    }
    text
}
