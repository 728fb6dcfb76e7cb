//! What can be wrong with a configuration file, said with its line.

use std::path::{Path, PathBuf};

use toml::de::DeValue;

/// A configuration that is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {problem}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        problem: std::io::Error,
    },
    /// A key that does not exist.
    #[error("{path}:{line}: unknown key \"{key}\"{}; known here are {known}", hint(suggestion))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// The nearest key there is.
        suggestion: Option<String>,
        /// All keys there are in that place.
        known: String,
    },
    /// A value that cannot be used.
    #[error("{path}:{line}: {key}: {problem}")]
    Value {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// The key, with its table.
        key: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Not TOML, or a value of the wrong type.
    #[error("{path}:{line}: {problem} (in `{written}`)")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// The parser's words.
        problem: String,
        /// The line as it is written.
        written: String,
    },
}

fn hint(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|s| format!(" (did you mean \"{s}\"?)")).unwrap_or_default()
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count() + 1
}

/// The parser's message on one line, without the names of Rust's types.
fn in_words(message: &str) -> String {
    message
        .replace('\n', " ")
        .replace("expected usize", "expected a whole number, not negative")
        .replace("expected u32", "expected a whole number, not negative")
        .replace("expected f32", "expected a number")
        .replace("expected a sequence", "expected a list in [ ]")
}

/// The nearest of `known` to `key`, if it is near at all.
fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|k| (strsim::jaro_winkler(k, key), k))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k.to_owned())
}

impl ConfigError {
    /// Puts the TOML reader's error into words with a line and, for an unknown key, the nearest right one.
    pub(super) fn from_toml(error: &toml::de::Error, text: &str, path: &Path) -> Self {
        let line = line_of(text, error.span().map_or(0, |s| s.start));
        let path = path.to_owned();
        // serde names an unknown field and its alternatives only in its message, each in backquotes.
        let mut quoted = error.message().split('`').skip(1).step_by(2);
        match quoted.next() {
            Some(key) if error.message().starts_with("unknown field") => {
                let known: Vec<&str> = quoted.collect();
                Self::UnknownKey {
                    path,
                    line,
                    key: key.to_owned(),
                    suggestion: nearest(key, known.iter().copied()),
                    known: known.join(", "),
                }
            }
            _ => Self::Syntax {
                path,
                line,
                problem: in_words(error.message()),
                written: text.lines().nth(line - 1).unwrap_or_default().trim().to_owned(),
            },
        }
    }

    /// A value out of range at `key`: `table`, `table.name`, or `tables[0].name`.
    pub(super) fn out_of_range(key: &str, problem: String, text: &str, path: &Path) -> Self {
        let offset = toml::de::DeTable::parse(text).ok().and_then(|document| {
            let mut value = None;
            for part in key.split(['.', '[']) {
                value = match (value, part.strip_suffix(']')) {
                    (None, _) => document.get_ref().get(part),
                    (Some(array), Some(at)) => DeValue::as_array(array.get_ref())?.get(at.parse::<usize>().ok()?),
                    (Some(table), None) => DeValue::as_table(table.get_ref())?.get(part),
                };
            }
            Some(value?.span().start)
        });
        let line = line_of(text, offset.unwrap_or(0));
        Self::Value { path: path.to_owned(), line, key: key.to_owned(), problem }
    }
}
