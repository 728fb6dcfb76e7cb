//! What every worker is given.

use std::{rc::Rc, sync::Arc, time::Duration};

use engines::{
    Direction, EngineError,
    assembly::Assembly,
    chain::OnFallback,
    message::{AudioChunk, TextToken, Utterance},
    simultaneous::Identified,
};

use super::{fault::Faults, floor::Floor, item::Item, seat::Seat};
use crate::{
    config::Config,
    keeping::Link,
    status::{Event, Events, Metrics, Stage},
};

/// How long a worker waits for work before it looks whether it is to stop.
pub(super) const PATIENCE: Duration = Duration::from_millis(200);

/// What every worker is given: cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The configuration.
    pub config: Arc<Config>,
    /// Builds the engines.
    pub assembly: Arc<Assembly>,
    /// The conversations.
    pub seats: Arc<[Seat]>,
    /// What is counted and timed.
    pub metrics: Arc<Metrics>,
    /// What happens.
    pub events: Events,
    /// The last thing that went wrong.
    pub faults: Arc<Faults>,
    /// What the board asks the engines to do without, and what it has drawn.
    pub board: Arc<Link>,
}

impl Context {
    /// One direction a button, through all conversations.
    pub(super) fn directions(&self) -> Vec<Direction> {
        Seat::directions(&self.seats)
    }

    /// Who has the floor in the conversation of `item`.
    pub(super) fn floor<M>(&self, item: &Item<M>) -> &Floor {
        &self.seats[item.seat].floor
    }

    /// What a chain of the stage does when it passes an engine over.
    pub(super) fn on_fallback(&self, stage: Stage) -> OnFallback {
        let context = self.clone();
        Rc::new(move |engine: &str, error: &EngineError| {
            context.metrics.fallback(stage, engine);
            tracing::warn!(event = "fallback", stage = stage.name(), engine, error = %error);
            context.events.publish(&Event {
                stage: Some(stage),
                engine: Some(engine.to_owned()),
                error: Some(error.to_string()),
                ..Event::now("fallback")
            });
        })
    }

    /// A stage failed with all its engines.
    pub(super) fn failed(&self, stage: Stage, button: usize, utterance: Utterance, chunk_id: u64, error: &EngineError) {
        self.metrics.error(stage);
        self.faults.record(stage.name(), error);
        tracing::error!(event = "failed", stage = stage.name(), button, utterance, chunk_id, error = %error);
        self.events.publish(&Event {
            stage: Some(stage),
            button: Some(button),
            utterance: Some(utterance),
            chunk_id: Some(chunk_id),
            error: Some(error.to_string()),
            ..Event::now("failed")
        });
    }

    /// The language of an utterance was told from its sound, and with it the button that it counts for.
    pub(super) fn identified(&self, button: usize, chunk: &AudioChunk, identified: &Identified) {
        let (utterance, chunk_id, confidence) = (chunk.utterance, chunk.chunk_id, identified.probability);
        tracing::info!(event = "identified", button, utterance, chunk_id, confidence);
        self.events.publish(&Event {
            stage: Some(Stage::Asr),
            button: Some(button),
            utterance: Some(utterance),
            chunk_id: Some(chunk_id),
            language: Some(identified.language),
            confidence: Some(confidence),
            ..Event::now("identified")
        });
    }

    /// A stage made a text of what was said with `button` held; its last sound was captured so long ago, where the stage
    /// knows.
    pub(super) fn made_text(
        &self,
        event: &str,
        stage: Stage,
        button: usize,
        token: &TextToken,
        captured_ago: Option<Duration>,
    ) {
        self.metrics.stage_latency(stage, Some(token.kind), token.processing_latency());
        tracing::info!(
            event,
            stage = stage.name(),
            button,
            utterance = token.utterance,
            chunk_id = token.chunk_id,
            latency_ms = token.processing_latency_ms,
            confidence = token.confidence,
            text_length = token.text.chars().count(),
        );
        self.events.publish(&Event {
            stage: Some(stage),
            button: Some(button),
            utterance: Some(token.utterance),
            chunk_id: Some(token.chunk_id),
            kind: Some(token.kind),
            text: Some(token.text.clone()),
            language: Some(token.target_language),
            engine: Some(token.metadata.engine.clone()),
            latency_ms: Some(token.processing_latency_ms),
            committed: (stage == Stage::Asr).then(|| token.text[..token.committed].chars().count()),
            captured_ago_ms: captured_ago.map(|ago| ago.as_secs_f32() * 1000.0),
            confidence: Some(token.confidence),
            notes: token.metadata.notes.clone(),
            doubts: token.metadata.doubts.clone(),
            ..Event::now(event)
        });
    }
}
