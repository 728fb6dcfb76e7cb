//! Numbers in digits and words, compared by value.

use crate::Language;

/// Number words of English: the word and its value; `100`, `1000` and `1000000` multiply what stands before them.
const ENGLISH: &str = "zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12 \
    thirteen 13 fourteen 14 fifteen 15 sixteen 16 seventeen 17 eighteen 18 nineteen 19 twenty 20 thirty 30 forty 40 \
    fifty 50 sixty 60 seventy 70 eighty 80 ninety 90 hundred 100 thousand 1000 million 1000000";

/// Number words of Spanish.
const SPANISH: &str = "cero 0 uno 1 un 1 una 1 dos 2 tres 3 cuatro 4 cinco 5 seis 6 siete 7 ocho 8 nueve 9 diez 10 once 11 \
    doce 12 trece 13 catorce 14 quince 15 dieciséis 16 diecisiete 17 dieciocho 18 diecinueve 19 veinte 20 veintiuno 21 \
    veintiún 21 veintiuna 21 veintidós 22 veintitrés 23 veinticuatro 24 veinticinco 25 veintiséis 26 veintisiete 27 \
    veintiocho 28 veintinueve 29 treinta 30 cuarenta 40 cincuenta 50 sesenta 60 setenta 70 ochenta 80 noventa 90 \
    cien 100 ciento 100 doscientos 200 doscientas 200 trescientos 300 trescientas 300 cuatrocientos 400 \
    cuatrocientas 400 quinientos 500 quinientas 500 seiscientos 600 seiscientas 600 setecientos 700 setecientas 700 \
    ochocientos 800 ochocientas 800 novecientos 900 novecientas 900 mil 1000 millón 1000000 millones 1000000";

/// The numbers of `source` that `target` does not hold, in digits. One alone is no number here: it is an article in
/// most languages.
pub(super) fn lost(source: &str, source_language: Language, target: &str, target_language: Language) -> Vec<String> {
    let mut there = values(target, target_language);
    values(source, source_language)
        .into_iter()
        .filter(|value| value != "1")
        .filter(|value| match there.iter().position(|t| t == value) {
            Some(at) => {
                there.swap_remove(at);
                false
            }
            // Digits may be grouped or cut otherwise: 7:30 and 7 30.
            None => !squeezed(target).contains(value.as_str()),
        })
        .collect()
}

/// Every number of `text` as plain digits.
fn values(text: &str, language: Language) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = Words::default();
    let table = table(language);
    for piece in text.split(|c: char| c.is_whitespace() || "-–—/()\"'¿¡?!;".contains(c)).filter(|p| !p.is_empty())
    {
        let digits: String = piece.chars().filter(char::is_ascii_digit).collect();
        if !digits.is_empty() {
            found.extend(words.take());
            found.push(digits);
            continue;
        }
        let word = piece.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        match table.iter().find(|(name, _)| *name == word) {
            Some((_, value)) => found.extend(words.add(*value)),
            // "two hundred and five", "treinta y cinco": the number goes on, unless something else follows.
            None if matches!(word.as_str(), "and" | "y") => {}
            None => found.extend(words.take()),
        }
        if piece.ends_with([',', '.', ':']) {
            found.extend(words.take());
        }
    }
    found.extend(words.take());
    found
}

/// The digits of `text` without what stands between them.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '.' | ',' | ':' | ' ' | '-')).collect()
}

fn table(language: Language) -> Vec<(&'static str, u64)> {
    let words = match language {
        Language::En => ENGLISH,
        Language::Es => SPANISH,
        _ => "",
    };
    let cells: Vec<&str> = words.split_whitespace().collect();
    cells.chunks_exact(2).filter_map(|pair| Some((pair[0], pair[1].parse().ok()?))).collect()
}

/// A number being put together from its words.
#[derive(Default)]
struct Words {
    /// Thousands and millions that are complete.
    complete: u64,
    /// What is below them.
    value: Option<u64>,
    /// The next word may only be smaller than this.
    room: u64,
}

impl Words {
    /// Adds a word's value; gives the number before it where that had ended.
    fn add(&mut self, value: u64) -> Option<String> {
        let current = self.value.unwrap_or(0);
        if value >= 1000 && self.value.is_some() && current < 1000 {
            self.complete += current.max(1) * value;
            (self.value, self.room) = (Some(0), value);
            return None;
        }
        if value == 100 && (1..10).contains(&current) {
            (self.value, self.room) = (Some(current * 100), 100);
            return None;
        }
        let before = if self.value.is_some() && value < self.room { None } else { self.take() };
        if value >= 1000 {
            self.complete += value;
            (self.value, self.room) = (Some(0), value);
        } else {
            self.value = Some(self.value.unwrap_or(0) + value);
            self.room = match value {
                0..20 => 0,
                20..100 => 10,
                _ => 100,
            };
        }
        before
    }

    /// Ends the number.
    fn take(&mut self) -> Option<String> {
        let ended = std::mem::take(self);
        ended.value.map(|value| (ended.complete + value).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_words_and_digits() {
        let english = |text: &str| values(text, Language::En);
        assert_eq!(english("twenty-three cats, two hundred and five dogs"), ["23", "205"]);
        assert_eq!(english("one thousand two hundred fifty"), ["1250"]);
        assert_eq!(english("a million, 1,250.50 and 7:30"), ["1000000", "125050", "730"]);
        assert_eq!(english("call five five five"), ["5", "5", "5"]);
        let spanish = |text: &str| values(text, Language::Es);
        assert_eq!(spanish("treinta y cinco mil doscientos veintitrés y tú"), ["35223"]);
        assert_eq!(spanish("dos millones de personas"), ["2000000"]);
    }

    #[test]
    fn a_number_is_kept_in_either_form() {
        let lost = |en: &str, es: &str| lost(en, Language::En, es, Language::Es);
        assert!(lost("twenty-three cats", "23 gatos").is_empty());
        assert!(lost("23 cats", "veintitrés gatos").is_empty());
        assert!(lost("1,250 people for $3.50", "1.250 personas por $3,50").is_empty());
        assert_eq!(lost("23 cats and 4 dogs", "24 gatos"), ["23"]);
        assert!(lost("one dog", "el perro").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn digits_always_find_themselves(a in 2u32..1_000_000, b in 2u32..100) {
            let text = format!("x {a} y {b}, z");
            proptest::prop_assert!(lost(&text, Language::En, &text, Language::Es).is_empty());
        }
    }
}
