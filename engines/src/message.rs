//! The three messages that flow from microphone to loudspeaker (DESIGN section 2).
//!
//! Each carries the number of the utterance it belongs to. A new press of the button begins a new utterance, and
//! whatever still carries an older number is dropped where it is found.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Language;

/// Sample rate of everything that goes into recognition, in hertz.
pub const INPUT_RATE: u32 = 16_000;

/// Sample rate of everything that leaves synthesis, in hertz.
pub const OUTPUT_RATE: u32 = 22_050;

/// Number of a press of the button, counted from 1.
pub type Utterance = u64;

/// A piece of microphone sound.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioChunk {
    /// The utterance it belongs to.
    pub utterance: Utterance,
    /// Counts the chunks of the daemon's life.
    pub chunk_id: u64,
    /// Mono samples in -1..1.
    pub audio: Vec<f32>,
    /// When its first sample was captured, on the given clock.
    pub timestamp: Duration,
    /// Its length in milliseconds.
    pub duration_ms: u32,
    /// Always [`INPUT_RATE`].
    pub sample_rate: u32,
    /// Highest speech probability of the voice activity detector within it, 0..1.
    pub vad_confidence: f32,
    /// Nothing of this segment follows: a pause was heard or the button was released.
    pub is_final: bool,
}

/// Whether a text may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// May be replaced by a later token with the same chunk.
    Partial,
    /// Will not change.
    Final,
}

/// What of a translation could not be made sure of, in the terms of whoever hears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Doubt {
    /// A number, a time, a price.
    Number,
    /// Whether it is yes or no.
    Negation,
    /// Left or right, a way.
    Direction,
    /// Something to eat or drink that people may not bear.
    Food,
    /// A medicine, a complaint, somebody or something that heals or poisons.
    Medicine,
    /// A place, a people or a language.
    Place,
    /// A day or a month.
    Date,
    /// Another word that matters.
    Word,
}

impl Doubt {
    /// Its name in events, metrics and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Negation => "negation",
            Self::Direction => "direction",
            Self::Food => "food",
            Self::Medicine => "medicine",
            Self::Place => "place",
            Self::Date => "date",
            Self::Word => "word",
        }
    }
}

/// What an engine has to say about its text beside a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The engine that produced the text, by its name in the catalog.
    pub engine: String,
    /// Words that stand in the text as they were, because no translation was known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untranslated: Vec<String>,
    /// Doubts and repairs, in words a technician can read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What is in doubt after every engine was asked: whoever speaks the text says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
    /// Whether the beginning of the sentence was given before: the text is the rest of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_rest: bool,
}

/// Recognised or translated text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextToken {
    /// The utterance it belongs to.
    pub utterance: Utterance,
    /// The last chunk that went into it.
    pub chunk_id: u64,
    /// The text, in `target_language`; empty where there was nothing to say.
    pub text: String,
    /// How many bytes at the beginning of `text` are committed: later tokens of the same segment begin with them. All of
    /// a final one.
    pub committed: usize,
    /// The engine's own confidence, 0..1.
    pub confidence: f32,
    /// Whether it may still change.
    pub kind: Kind,
    /// The language that was spoken.
    pub source_language: Language,
    /// The language of `text`: the spoken one for a recogniser's token, the listener's for a translator's.
    pub target_language: Language,
    /// What else there is to say about it.
    pub metadata: Metadata,
    /// When it was produced, on the given clock.
    pub timestamp: Duration,
    /// Time the engine spent on it, in milliseconds.
    pub processing_latency_ms: f32,
}

impl TextToken {
    /// [`TextToken::processing_latency_ms`] as a duration.
    #[must_use]
    pub fn processing_latency(&self) -> Duration {
        Duration::from_secs_f32(self.processing_latency_ms.max(0.0) / 1000.0)
    }
}

/// A piece of synthesised sound.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechOutput {
    /// The utterance it belongs to.
    pub utterance: Utterance,
    /// The text token it speaks.
    pub chunk_id: u64,
    /// Mono samples in -1..1.
    pub audio: Vec<f32>,
    /// Always [`OUTPUT_RATE`].
    pub sample_rate: u32,
    /// Its length in milliseconds.
    pub duration_ms: u32,
    /// Index into the voices that the synthesiser lists.
    pub speaker_id: u32,
    /// The language spoken.
    pub language: Language,
    /// 1 where every symbol of the text was pronounceable, less where some were left out.
    pub confidence: f32,
    /// Time from the request for this text to this piece, in milliseconds.
    pub total_latency_ms: f32,
}

/// Length of `samples` at `rate` in milliseconds, rounded to the nearest.
#[must_use]
pub fn duration_ms(samples: usize, rate: u32) -> u32 {
    let rate = u64::from(rate.max(1));
    u32::try_from((samples as u64 * 1000 + rate / 2) / rate).unwrap_or(u32::MAX)
}
