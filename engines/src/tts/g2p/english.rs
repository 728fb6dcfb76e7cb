//! English spelling to phonemes: the dictionaries and rules of misaki, which Kokoro's voices learned from, and for words
//! in no dictionary the small character model that hibari carries.

use std::{collections::HashMap, path::Path, sync::Mutex};

use misaki_rs::{
    G2P, Language,
    fallback::{Fallback, FallbackError},
};
use serde::Deserialize;

use crate::{
    EngineError,
    catalog::ModelFiles,
    runtime::{Runtime, RuntimeError, Session, SessionOptions, Tensor, Value},
};

/// American English.
pub struct English(G2P);

impl English {
    /// Loads the dictionaries, which are part of the program, and `oov.onnx` with `oov.json` from hibari's files.
    ///
    /// # Errors
    /// [`EngineError::ModelContent`], or a catalog or runtime error.
    pub fn load(files: &ModelFiles, runtime: &dyn Runtime) -> Result<Self, EngineError> {
        let words = UnknownWords::load(files, runtime)?;
        Ok(Self(G2P::with_fallback(Language::EnglishUS, Some(Box::new(words)))))
    }

    /// Phonemes of `text`, which is plain words and punctuation (see [`super::super::normalize`]).
    ///
    /// # Errors
    /// [`EngineError::EngineFailed`] where the model for unknown words failed.
    pub fn phonemes(&self, text: &str) -> Result<String, EngineError> {
        let failed = |problem: String| EngineError::EngineFailed { engine: "English pronunciation".into(), problem };
        let (phonemes, _) = self.0.g2p(text).map_err(|e| failed(e.to_string()))?;
        Ok(phonemes)
    }
}

/// `oov.json`: the characters the model reads, those it writes (each numbered from 1), and the longest word.
#[derive(Deserialize)]
struct Alphabet {
    #[serde(rename = "in")]
    letters: Vec<char>,
    #[serde(rename = "out")]
    phonemes: Vec<String>,
    maxlen: usize,
}

/// A character model trained with CTC: one frame in, one symbol or blank out.
struct UnknownWords {
    letters: HashMap<char, i64>,
    phonemes: Vec<String>,
    longest: usize,
    session: Mutex<Box<dyn Session>>,
}

impl UnknownWords {
    fn load(files: &ModelFiles, runtime: &dyn Runtime) -> Result<Self, EngineError> {
        let path = files.path("oov.json")?;
        let alphabet: Alphabet = serde_json::from_slice(&files.read("oov.json")?)
            .map_err(|e| EngineError::ModelContent { path, problem: e.to_string() })?;
        Ok(Self {
            letters: alphabet.letters.into_iter().zip(1..).collect(),
            phonemes: alphabet.phonemes,
            longest: alphabet.maxlen,
            session: Mutex::new(load(runtime, &files.path("oov.onnx")?)?),
        })
    }

    fn read(&self, word: &str) -> Result<String, RuntimeError> {
        let ids: Vec<i64> = word.chars().filter_map(|c| self.letters.get(&c).copied()).take(self.longest).collect();
        if ids.is_empty() {
            return Ok(String::new());
        }
        let input = Value::from(Tensor::i64(&[1, ids.len()], ids));
        let mut session = self.session.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let output = session.run(&[("chars", &input)], &["ids"])?;
        let symbols = output[0].as_i64()?;
        // CTC: a symbol counts once for as long as it stays, and 0 is the blank between two of the same.
        let mut previous = 0;
        let mut phonemes = String::new();
        for &symbol in symbols {
            if symbol != previous && symbol > 0 {
                phonemes.push_str(self.phonemes.get(symbol as usize - 1).map_or("", String::as_str));
            }
            previous = symbol;
        }
        Ok(phonemes)
    }
}

impl Fallback for UnknownWords {
    fn phonemize(&self, word: &str) -> Result<String, FallbackError> {
        match self.read(word) {
            Ok(phonemes) if !phonemes.is_empty() => Ok(phonemes),
            Ok(_) => Err(FallbackError::NoPhonemes { word: word.to_owned() }),
            Err(error) => {
                tracing::warn!(word, %error, "an English word could not be read");
                Err(FallbackError::NoPhonemes { word: word.to_owned() })
            }
        }
    }
}

fn load(runtime: &dyn Runtime, model: &Path) -> Result<Box<dyn Session>, RuntimeError> {
    runtime.load(model, SessionOptions { threads: 1 })
}
