//! The numbers that a model knows its phonemes by.

use std::{collections::HashMap, path::Path};

use crate::EngineError;

/// Kokoro's alphabet, which hibari shares: one number a symbol.
pub(super) struct Symbols(HashMap<char, i64>);

/// A text as the model takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encoded {
    /// One number a symbol, without the padding at the ends.
    pub ids: Vec<i64>,
    /// Symbols that the model does not know and that are therefore left out.
    pub unknown: usize,
}

impl Symbols {
    /// Reads `vocab.json`: an object from symbol to number, on its own or under the key `vocab`.
    ///
    /// # Errors
    /// [`EngineError::ModelContent`].
    pub(super) fn read(path: &Path, json: &[u8]) -> Result<Self, EngineError> {
        let bad = |problem: String| EngineError::ModelContent { path: path.to_owned(), problem };
        let value: serde_json::Value = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        let object = value.get("vocab").unwrap_or(&value).as_object();
        let mut symbols = HashMap::new();
        for (symbol, number) in object.ok_or_else(|| bad("no object of symbols".into()))? {
            let mut characters = symbol.chars();
            match (characters.next(), characters.next(), number.as_i64()) {
                (Some(symbol), None, Some(number)) => symbols.insert(symbol, number),
                _ => return Err(bad(format!("\"{symbol}\" is not one character with one number"))),
            };
        }
        Ok(Self(symbols))
    }

    /// The numbers of `phonemes`.
    pub(super) fn encode(&self, phonemes: &str) -> Encoded {
        let mut encoded = Encoded { ids: Vec::with_capacity(phonemes.len()), unknown: 0 };
        for symbol in phonemes.chars() {
            match self.0.get(&symbol) {
                Some(number) => encoded.ids.push(*number),
                None => encoded.unknown += 1,
            }
        }
        encoded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_unknown_symbols_counted() {
        for json in [r#"{"a": 43, " ": 16}"#, r#"{"vocab": {"a": 43, " ": 16}}"#] {
            let symbols = Symbols::read(Path::new("vocab.json"), json.as_bytes()).unwrap();
            assert_eq!(symbols.encode("a a❓"), Encoded { ids: vec![43, 16, 43], unknown: 1 });
        }
    }

    #[test]
    fn another_json_is_refused_with_the_file() {
        for json in ["[]", r#"{"ab": 1}"#, r#"{"a": "x"}"#, "{"] {
            let error = Symbols::read(Path::new("vocab.json"), json.as_bytes()).err().unwrap().to_string();
            assert!(error.contains("vocab.json"), "{error}");
        }
    }
}
