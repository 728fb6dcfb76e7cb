//! Spelling to phonemes, in the alphabet that Kokoro's family of voices shares.

pub mod english;
pub mod spanish;

use crate::{EngineError, Language};

/// Puts a text of one language, which is plain words and punctuation (see [`super::normalize`]), into phonemes.
pub(super) type Front = Box<dyn Fn(&str) -> Result<String, EngineError>>;

/// The front of `language` for Kokoro's voices.
///
/// # Errors
/// [`EngineError::LanguageNotOffered`] for a language that has none.
pub(super) fn front(language: Language) -> Result<Front, EngineError> {
    match language {
        Language::Es => Ok(Box::new(|text| Ok(spanish::phonemes(text)))),
        Language::En | Language::Fr | Language::De | Language::Zh | Language::Pt => {
            Err(EngineError::LanguageNotOffered {
                engine: "Kokoro's pronunciation".into(),
                language,
                offered: vec![Language::Es],
            })
        }
    }
}
