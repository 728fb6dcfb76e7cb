//! Finds the forms of a table in a text: words and runs of words, or runs of characters in Mandarin; the longest first.
//!
//! A form is written as its words; `*` before or behind one stands for any letters, and `~` before a form says that it
//! counts only where it is looked for: it has other senses too. Case does not count, and accents do not unless the table says so.

use std::collections::{HashMap, HashSet};

use crate::{Language, mt::token::fold};

/// Where a form begins, in words or characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// Its place in the text, in words or characters.
    pub at: usize,
    /// The row of the table.
    pub row: usize,
    /// Whether it has no other sense.
    pub is_clear: bool,
    /// Which of the row's forms it is, in the order of its cell.
    pub form: usize,
    /// Where it stands in the text, in bytes.
    pub span: (usize, usize),
}

/// The forms of one language, each of a row of a table.
#[derive(Debug)]
pub(super) struct Forms {
    language: Language,
    spelling: Spelling,
    forms: Vec<Form>,
    /// Forms by their first word, or character in Mandarin, the longest first.
    by_first: HashMap<String, Vec<usize>>,
    /// Forms whose first word has a `*`, the longest first.
    open: Vec<usize>,
}

#[derive(Debug)]
struct Form {
    row: usize,
    /// Its place in the row's cell.
    place: usize,
    is_clear: bool,
    words: Vec<Pattern>,
}

impl Form {
    /// Its words and letters: the larger is taken.
    fn size(&self) -> (usize, usize) {
        (self.words.len(), self.words.iter().map(|word| word.letters.chars().count()).sum())
    }

    /// Where it stands, if it does so at one of the `words` of a text.
    fn hit(&self, words: &[Word], at: usize) -> Hit {
        let span = (words[at].span.0, words[at + self.words.len() - 1].span.1);
        Hit { at, row: self.row, is_clear: self.is_clear, form: self.place, span }
    }
}

#[derive(Debug)]
struct Pattern {
    letters: String,
    open_before: bool,
    open_behind: bool,
}

/// Whether accents count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// They do: *uña* is not *una*.
    Exact,
    /// They do not.
    Loose,
}

impl Spelling {
    fn of(self, word: &str) -> String {
        if self == Self::Loose { fold(word) } else { word.to_lowercase() }
    }
}

impl Pattern {
    fn new(written: &str, spelling: Spelling) -> Self {
        Self {
            letters: spelling.of(written.trim_matches('*')),
            open_before: written.starts_with('*'),
            open_behind: written.ends_with('*'),
        }
    }

    fn fits(&self, word: &str) -> bool {
        match (self.open_before, self.open_behind) {
            (false, false) => word == self.letters,
            (false, true) => word.starts_with(&self.letters),
            (true, false) => word.ends_with(&self.letters),
            (true, true) => word.contains(&self.letters),
        }
    }
}

impl Forms {
    /// The forms of `language`: `cells` gives each row's, with `|` between them.
    pub fn new<'c>(language: Language, spelling: Spelling, cells: impl IntoIterator<Item = &'c str>) -> Self {
        let mut forms: Vec<Form> = Vec::new();
        for (row, cell) in cells.into_iter().enumerate() {
            let written = cell.split('|').map(str::trim).enumerate();
            for (place, written) in written.filter(|(_, form)| !form.is_empty() && *form != "-") {
                let (is_clear, bare) = written.strip_prefix('~').map_or((true, written), |bare| (false, bare));
                let words = if language == Language::Zh {
                    bare.chars().map(|c| Pattern::new(&c.to_string(), spelling)).collect()
                } else {
                    let words = bare.split([' ', '\'', '-']).filter(|word| !word.is_empty());
                    words.map(|word| Pattern::new(word, spelling)).collect()
                };
                forms.push(Form { row, place, is_clear, words });
            }
        }
        // A form of more words first; among those the one with more letters.
        forms.sort_by_key(|form| std::cmp::Reverse(form.size()));
        let (mut by_first, mut open) = (HashMap::<String, Vec<usize>>::new(), Vec::new());
        for (at, form) in forms.iter().enumerate() {
            match form.words.first() {
                Some(first) if first.open_before || first.open_behind => open.push(at),
                Some(first) => by_first.entry(first.letters.clone()).or_default().push(at),
                None => {}
            }
        }
        Self { language, spelling, forms, by_first, open }
    }

    /// The rows that have a form anywhere in `text`, be it within a longer one of another row.
    pub fn rows(&self, text: &str) -> HashSet<usize> {
        self.all(text).into_iter().map(|hit| hit.row).collect()
    }

    /// The forms in `text`, those within others too.
    pub fn all(&self, text: &str) -> Vec<Hit> {
        let words = words(text, self.language, self.spelling);
        let at = |at: usize| {
            let words = &words;
            self.fitting(&words[at..]).into_iter().map(move |form| self.forms[form].hit(words, at))
        };
        (0..words.len()).flat_map(at).collect()
    }

    /// The forms in `text`, none within another; of several rows that share one, all.
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let words = words(text, self.language, self.spelling);
        let (mut hits, mut at) = (Vec::new(), 0);
        while at < words.len() {
            let fitting = self.fitting(&words[at..]);
            let Some(longest) = fitting.first().map(|form| &self.forms[*form]) else {
                at += 1;
                continue;
            };
            let (length, size) = (longest.words.len(), longest.size());
            let same = fitting.iter().map(|form| &self.forms[*form]).filter(|form| form.size() == size);
            let mut here: Vec<Hit> = same.map(|form| form.hit(&words, at)).collect();
            // The clear one first, where a row has two that fit.
            here.sort_by_key(|hit| (hit.row, !hit.is_clear));
            here.dedup_by_key(|hit| hit.row);
            hits.extend(here);
            at += length;
        }
        hits
    }

    /// The forms that `words` begin with, the longest first.
    fn fitting(&self, words: &[Word]) -> Vec<usize> {
        let Some(first) = words.first() else { return Vec::new() };
        let named = self.by_first.get(&first.folded).map_or(&[][..], Vec::as_slice);
        let mut fitting: Vec<usize> =
            named.iter().chain(&self.open).copied().filter(|form| self.fits(*form, words)).collect();
        fitting.sort_unstable();
        fitting
    }

    fn fits(&self, form: usize, words: &[Word]) -> bool {
        let form = &self.forms[form];
        let all_fit = || form.words.iter().zip(words).all(|(pattern, word)| pattern.fits(&word.folded));
        form.words.len() <= words.len() && all_fit()
    }
}

/// A word of a text, or a character of Mandarin.
#[derive(Debug)]
struct Word {
    /// In small letters, without accents where those do not count.
    folded: String,
    /// Where it stands, in bytes.
    span: (usize, usize),
}

/// Signs that are words: in Mandarin, and elsewhere.
const SIGNS: [(char, &str, &str); 3] = [('$', "美元", "dollar"), ('€', "欧元", "euro"), ('%', "%", "percent")];

/// The words of `text`; its characters in Mandarin.
fn words(text: &str, language: Language, spelling: Spelling) -> Vec<Word> {
    let is_mandarin = language == Language::Zh;
    let (mut words, mut begun) = (Vec::new(), None);
    let mut add = |folded: String, span| words.push(Word { folded, span });
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if !is_mandarin && c.is_alphanumeric() {
            begun = begun.or(Some(at));
            continue;
        }
        if let Some(from) = begun.take() {
            add(spelling.of(&text[from..at]), (from, at));
        }
        let span = (at, (at + c.len_utf8()).min(text.len()));
        let sign = SIGNS.iter().find(|(sign, _, _)| *sign == c);
        match (sign, is_mandarin) {
            (Some((_, mandarin, _)), true) => mandarin.chars().for_each(|c| add(c.to_string(), span)),
            (Some((_, _, word)), false) => add((*word).to_owned(), span),
            (None, true) if at < text.len() => add(c.to_lowercase().collect(), span),
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(language: Language, cells: &[&str], text: &str) -> Vec<(usize, bool)> {
        let forms = Forms::new(language, Spelling::Loose, cells.iter().copied());
        forms.find(text).iter().map(|hit| (hit.row, hit.is_clear)).collect()
    }

    #[test]
    fn the_longest_form_is_taken_and_nothing_within_it() {
        let table = ["butter|*butter", "peanut butter|erdnussbutter", "~left|turn left"];
        assert_eq!(rows(Language::En, &table, "Peanut butter and butter."), [(1, true), (0, true)]);
        assert_eq!(rows(Language::De, &table, "Erdnussbutter, Kräuterbutter"), [(1, true), (0, true)]);
        assert_eq!(rows(Language::En, &table, "Turn left. He left."), [(2, true), (2, false)]);
    }

    #[test]
    fn mandarin_is_read_by_characters_and_accents_do_not_count() {
        assert_eq!(rows(Language::Zh, &["左|左边", "左右"], "二十左右，在左边"), [(1, true), (0, true)]);
        assert_eq!(rows(Language::Es, &["sábado", "-"], "El sabado."), [(0, true)]);
        assert_eq!(rows(Language::Fr, &["hôpital"], "À l'hôpital"), [(0, true)]);
    }

    #[test]
    fn signs_of_money_are_words() {
        assert_eq!(rows(Language::En, &["dollar|dollars"], "It costs $5."), [(0, true)]);
        assert_eq!(rows(Language::Zh, &["美元", "欧元"], "5€"), [(1, true)]);
    }

    #[test]
    fn a_form_within_another_is_found_where_any_will_do() {
        let forms = Forms::new(Language::De, Spelling::Loose, ["hals*", "*schmerzen"]);
        assert_eq!(forms.rows("Halsschmerzen"), [0, 1].into());
    }

    #[test]
    fn rows_may_share_a_form() {
        assert_eq!(rows(Language::Es, &["~mañana|por la mañana", "~mañana"], "Mañana."), [(0, false), (1, false)]);
    }
}
