//! Turns sound into translated sound.
//!
//! This room knows models and nothing else: no devices, no threads of its own, and no clock but the one it is given.
//!
//! | question | file |
//! |---|---|
//! | what flows between the stages? | [`message`] |
//! | what must a stage be able to do? | [`stage`] |
//! | how is one model file run? | [`runtime`] |
//! | which models exist, and are these bytes the right ones? | [`catalog`] |
//! | when did somebody speak? | [`vad`], [`segmenter`] |
//! | what did they say? | [`asr`] |
//! | what is that in the other language? | [`mt`] |
//! | how does it sound? | [`tts`] |
//! | how is Chinese written here? | [`han`] |
//! | what may be said while somebody still speaks? | [`simultaneous`] |
//! | and when an engine fails? | [`chain`] |

pub mod asr;
pub mod assembly;
pub mod audio;
pub mod catalog;
pub mod chain;
pub mod clock;
pub mod context;
pub mod error;
pub mod han;
pub mod language;
pub mod latency;
pub mod message;
pub mod mt;
mod pipes;
pub mod runtime;
pub mod segmenter;
pub mod sentences;
pub mod simultaneous;
pub mod stage;
mod transformer;
pub mod tts;
pub mod vad;

pub use error::EngineError;
pub use language::{Direction, Language};
