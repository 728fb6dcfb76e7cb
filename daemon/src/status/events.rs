//! What happens in the pipeline, as it happens.
//!
//! Publishing never waits: events go into a ring of [`CAPACITY`], and a reader that has fallen behind by more loses
//! the oldest and is told how many ([`LAGGED`]).

use std::{sync::Arc, time::SystemTime};

use engines::{
    Language,
    message::{Doubt, Kind},
};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use super::Stage;

/// Events kept for readers that are behind.
pub const CAPACITY: usize = 256;

/// Name of the notice to a reader that has lost events; their number stands in [`Event::missed`].
pub const LAGGED: &str = "lagged";

/// One thing that happened. Only the fields that make sense for it are there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, as RFC 3339 with milliseconds, UTC.
    pub timestamp: String,
    /// What, in `snake_case`.
    pub event: String,
    /// The chunk it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk_id: Option<u64>,
    /// The utterance it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utterance: Option<u64>,
    /// The button it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<usize>,
    /// The stage it happened in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Whether `text` may still change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The text recognised, translated or spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many characters (Unicode scalar values) at the head of `text` will not change any more, in what was
    /// recognised: later events of the segment begin with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<usize>,
    /// The language of `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The engine that did it, by its name in the catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Time it took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f32>,
    /// How long before this event the last sound that went into it was captured, in milliseconds; of what was recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_ago_ms: Option<f32>,
    /// How long after this event its first sound leaves the loudspeaker, in milliseconds: what waits to be played before
    /// it, here and in the device, to a period or so; of what is spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_in_ms: Option<f32>,
    /// The engine's confidence, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Doubts and repairs of what was translated, in words a technician can read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What of a translation is in doubt after every engine was asked; of what is spoken, the listener hears it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The kind of voice that speaks: `good` or `light`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// The rung of the power ladder that the board is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung: Option<String>,
    /// Why it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What the board draws, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_w: Option<f32>,
    /// What the board drew while the utterance was in work, in joules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_j: Option<f32>,
    /// The sensor it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<String>,
    /// How many events this reader has lost before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<u64>,
}

impl Event {
    /// An event that happens now: `Event { chunk_id: Some(3), ..Event::now("recognised") }`.
    #[must_use]
    pub fn now(event: &str) -> Self {
        Self { timestamp: timestamp(SystemTime::now()), event: event.to_owned(), ..Self::default() }
    }
}

/// RFC 3339 with milliseconds, UTC.
#[must_use]
pub fn timestamp(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(at).to_string()
}

/// Where events are published; clones publish to the same readers.
#[derive(Debug, Clone)]
pub struct Events(broadcast::Sender<Arc<str>>);

impl Default for Events {
    fn default() -> Self {
        Self::new()
    }
}

impl Events {
    /// A channel without readers.
    #[must_use]
    pub fn new() -> Self {
        Self(broadcast::channel(CAPACITY).0)
    }

    /// Hands `event` to every reader of now. Without readers it costs a comparison. Never waits for a reader, but
    /// allocates and locks for a moment: not for the sound threads.
    pub fn publish(&self, event: &Event) {
        if self.0.receiver_count() == 0 {
            return;
        }
        if let Ok(json) = serde_json::to_string(event) {
            // An error here only says that the last reader has just gone.
            let _ = self.0.send(json.into());
        }
    }

    /// Readers of now.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.0.receiver_count()
    }

    /// One more reader, as JSON texts.
    pub(super) fn subscribe(&self) -> broadcast::Receiver<Arc<str>> {
        self.0.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_shows_only_what_it_has_and_comes_back_whole() {
        let event = Event {
            chunk_id: Some(7),
            stage: Some(Stage::Mt),
            kind: Some(Kind::Final),
            text: Some("¿dónde?\r\n\"aquí\"".to_owned()),
            language: Some(Language::Es),
            ..Event::now("translated")
        };
        let json = serde_json::to_string(&event).unwrap();
        assert!(!json.contains("latency_ms") && !json.contains('\n') && !json.contains('\r'), "{json}");
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }

    #[test]
    fn a_timestamp_has_milliseconds() {
        let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_700_000_000_042);
        assert_eq!(timestamp(at), "2023-11-14T22:13:20.042Z");
    }
}
