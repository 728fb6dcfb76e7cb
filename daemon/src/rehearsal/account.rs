//! What the events of one utterance tell: its texts, how long each stage took, and when each clause was to be heard.

use std::collections::{BTreeMap, HashMap};

use engines::{han::append, message::Kind};
use serde::Serialize;

use super::commitment::Commitment;
use crate::status::{Event, Stage};

/// A part of the translation that is spoken at once. Times are in seconds from the beginning of the recording.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Clause {
    /// The chunk that completed it.
    pub chunk_id: u64,
    /// What is said.
    pub text: String,
    /// How far the recording had been captured that it was made from; may lie behind the recording's end.
    pub source_until_s: Option<f64>,
    /// When its text was final.
    pub committed_at_s: f64,
    /// When the voice had made its first sound.
    pub voiced_at_s: Option<f64>,
    /// When that sound was to leave the loudspeaker.
    pub announced_at_s: Option<f64>,
    /// When it began to be heard.
    pub heard_from_s: Option<f64>,
    /// When the last of it was heard.
    pub heard_until_s: Option<f64>,
}

/// The events of one utterance, written down.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) source_text: String,
    pub(super) target_text: String,
    pub(super) partials: usize,
    pub(super) corrections: usize,
    pub(super) clauses: Vec<Clause>,
    /// By stage and kind of work, such as `asr partial`.
    pub(super) latencies_ms: BTreeMap<String, Vec<f32>>,
    /// When the last final text was recognised.
    pub(super) recognised_at_s: Option<f64>,
    commitment: Commitment,
    /// Until when each chunk was captured.
    captured_s: HashMap<u64, f64>,
}

impl Account {
    /// Takes in an event that came `at_s` seconds after the beginning of the recording.
    pub(super) fn take_in(&mut self, event: &Event, at_s: f64) {
        let (Some(stage), Some(text), None) = (event.stage, event.text.as_deref(), &event.error) else { return };
        if let Some(latency_ms) = event.latency_ms {
            let kind = event.kind.map(|k| format!(" {k:?}").to_lowercase()).unwrap_or_default();
            self.latencies_ms.entry(format!("{}{kind}", stage.name())).or_default().push(latency_ms);
        }
        let chunk_id = event.chunk_id.unwrap_or_default();
        match (stage, event.kind) {
            (Stage::Asr, Some(kind)) => self.recognised(event, text, kind, at_s),
            (Stage::Mt, Some(Kind::Partial)) => self.partials += 1,
            (Stage::Mt, Some(Kind::Final)) if !text.trim().is_empty() => {
                append(&mut self.target_text, text);
                let source_until_s = self.captured_s.get(&chunk_id).copied();
                self.clauses.push(Clause {
                    chunk_id,
                    text: text.trim().to_owned(),
                    source_until_s,
                    committed_at_s: at_s,
                    ..Clause::default()
                });
            }
            (Stage::Tts, _) => {
                let is_meant =
                    |c: &&mut Clause| c.voiced_at_s.is_none() && c.chunk_id == chunk_id && c.text == text.trim();
                if let Some(clause) = self.clauses.iter_mut().find(is_meant) {
                    clause.voiced_at_s = Some(at_s);
                    clause.announced_at_s = Some(at_s + f64::from(event.heard_in_ms.unwrap_or_default()) / 1000.0);
                }
            }
            _ => {}
        }
    }

    fn recognised(&mut self, event: &Event, text: &str, kind: Kind, at_s: f64) {
        self.corrections += usize::from(!self.commitment.keeps(text, event.committed, kind));
        if let (Some(chunk_id), Some(ago_ms)) = (event.chunk_id, event.captured_ago_ms) {
            self.captured_s.insert(chunk_id, at_s - f64::from(ago_ms) / 1000.0);
        }
        if kind == Kind::Partial {
            self.partials += 1;
        } else {
            append(&mut self.source_text, text);
            self.recognised_at_s = Some(at_s);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(stage: Stage, kind: Option<Kind>, chunk_id: u64, text: &str) -> Event {
        Event { stage: Some(stage), kind, chunk_id: Some(chunk_id), text: Some(text.to_owned()), ..Event::now("") }
    }

    #[test]
    fn each_clause_has_its_own_times() {
        let mut account = Account::default();
        let heard = Event {
            captured_ago_ms: Some(250.0),
            latency_ms: Some(80.0),
            ..event(Stage::Asr, Some(Kind::Partial), 4, "one two")
        };
        account.take_in(&heard, 1.25);
        account.take_in(&event(Stage::Mt, Some(Kind::Final), 4, "uno,"), 1.5);
        account.take_in(&event(Stage::Mt, Some(Kind::Final), 4, "uno,"), 1.75);
        let spoken = Event { heard_in_ms: Some(500.0), ..event(Stage::Tts, None, 4, "uno,") };
        account.take_in(&spoken, 2.0);
        account.take_in(&spoken, 3.0);
        let times = |c: &Clause| (c.source_until_s, c.committed_at_s, c.announced_at_s);
        assert_eq!(
            account.clauses.iter().map(times).collect::<Vec<_>>(),
            [(Some(1.0), 1.5, Some(2.5)), (Some(1.0), 1.75, Some(3.5))]
        );
        assert_eq!((account.target_text.as_str(), account.partials), ("uno, uno,", 1));
        assert_eq!(account.latencies_ms, BTreeMap::from([("asr partial".to_owned(), vec![80.0])]));
    }

    #[test]
    fn an_error_is_no_text() {
        let mut account = Account::default();
        let failed = Event { error: Some("no".to_owned()), ..event(Stage::Asr, Some(Kind::Final), 1, "one") };
        account.take_in(&failed, 1.0);
        assert_eq!(account.source_text, "");
    }
}
