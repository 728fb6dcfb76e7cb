//! Spelling to phonemes, in the alphabet that Kokoro's family of voices shares.

pub mod english;
pub mod french;
pub mod mandarin;
pub mod spanish;

use std::sync::Arc;

use crate::{EngineError, Language, clock::Clock};

/// Puts a text of one language, which is plain words and punctuation (see [`super::normalize`]), into phonemes.
pub(super) type Front = Box<dyn Fn(&str) -> Result<String, EngineError>>;

/// The front of `language` for Kokoro's voices.
///
/// # Errors
/// [`EngineError::LanguageNotOffered`] for a language that has none.
pub(super) fn front(language: Language, clock: &Arc<dyn Clock>) -> Result<Front, EngineError> {
    match language {
        Language::Fr => {
            let clock = Arc::clone(clock);
            Ok(Box::new(move |text| french::phonemes(text, clock.as_ref())))
        }
        Language::Es => Ok(Box::new(|text| Ok(spanish::phonemes(text)))),
        Language::Zh => Ok(Box::new(|text| Ok(mandarin::phonemes(text)))),
        Language::En | Language::De | Language::Pt | Language::Ca => Err(EngineError::LanguageNotOffered {
            engine: "Kokoro's pronunciation".into(),
            language,
            offered: vec![Language::Es, Language::Fr, Language::Zh],
        }),
    }
}
