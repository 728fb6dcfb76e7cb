//! The recognition worker: chunks in, hypotheses out.

use std::time::Duration;

use engines::{
    Direction, EngineError, Language,
    message::{AudioChunk, Kind, TextToken},
    simultaneous::{Ear, KeepingUp},
};

use super::{
    Running,
    context::{Context, PATIENCE},
    item::{Body, Item},
    priority,
    queue::Queue,
};
use crate::{audio::monotonic_ns, config::Mode, status::Stage};

/// Loads the recognisers, says so, and works until the queue is closed.
pub(super) fn run(context: &Context, inbox: &Queue<Item<AudioChunk>>, outbox: &Queue<Item<TextToken>>, ready: Running) {
    priority::give_way();
    let mut sides = match open(context) {
        Ok(sides) => sides,
        Err(error) => return ready.failed(error),
    };
    ready.loaded();
    while let Ok(item) = inbox.pop(PATIENCE) {
        let Some(item) = item else { continue };
        if inbox.is_closed() {
            break;
        }
        let Some(side) = sides.get_mut(item.button) else { continue };
        if context.floor(&item).is_stale(item.utterance) {
            match item.body {
                Body::Message(_) => {
                    context.metrics.dropped("stale_chunk");
                    side.ear.reset();
                }
                // Who is always too late must notice it too.
                Body::End => side.end(context, &item),
            }
            continue;
        }
        let sent = match &item.body {
            Body::End => {
                side.end(context, &item);
                outbox.push(item.with(Body::End))
            }
            Body::Message(chunk) => {
                context.metrics.chunk();
                // A worker that lags takes the sound and leaves the partial to the next chunk.
                let keeps_up = !inbox.any(|newer| newer.seat == item.seat);
                let tokens = side.hear(context, &item, chunk, keeps_up);
                tokens.into_iter().try_for_each(|token| outbox.push(item.with(Body::Message(token))))
            }
        };
        if sent.is_err() {
            break;
        }
    }
}

/// One side a button.
fn open(context: &Context) -> Result<Vec<Side>, EngineError> {
    let directions = context.directions();
    let languages: Vec<Language> = directions.iter().map(|d| d.source).collect();
    let recognizer = context.assembly.recognizer(&languages, context.on_fallback(Stage::Asr))?;
    let side = |(button, direction): (usize, &Direction)| {
        let seat = context.seats.iter().find(|seat| seat.place.buttons.contains(&button));
        let mode = seat.map_or(Mode::Simultaneous, |seat| seat.mode(button));
        let step = context.config.segmenter_options().step();
        let ear = Ear::open(&recognizer, direction.source, context.config.commit_rule(mode), step)?;
        Ok(Side { ear, keeping_up: KeepingUp::default() })
    };
    directions.iter().enumerate().map(side).collect()
}

/// One button's recognition.
struct Side {
    ear: Ear,
    keeping_up: KeepingUp,
}

impl Side {
    /// Takes a chunk in; gives what there is to translate.
    fn hear(
        &mut self,
        context: &Context,
        item: &Item<AudioChunk>,
        chunk: &AudioChunk,
        keeps_up: bool,
    ) -> Vec<TextToken> {
        let mut tokens = Vec::new();
        // What is left out to save power says nothing about how quick the machine is.
        let is_spared = context.board.wants_no_partials();
        let may_decode = keeps_up && !is_spared;
        let is_late =
            self.ear.hear(chunk, may_decode, &mut |answer| tokens.extend(heard(context, item, chunk, answer)));
        if is_late && is_spared {
            context.metrics.dropped("spared_partial");
        } else if is_late {
            self.keeping_up.skipped();
            context.metrics.dropped("partial");
        } else if let Some(partial) = tokens.first().filter(|token| token.kind == Kind::Partial) {
            self.keeping_up.decoded(partial.processing_latency(), context.config.segmenter_options().step());
        }
        tokens
    }

    /// The utterance has ended: the next is heard as the mode of then wants it.
    fn end(&mut self, context: &Context, item: &Item<AudioChunk>) {
        let seat = &context.seats[item.seat];
        let mode = seat.modes.kept_up(seat.direction_of(item.button), &self.keeping_up);
        self.ear.set_commit_rule(context.config.commit_rule(mode));
    }
}

/// How long ago the last sample of a chunk was captured.
fn captured_ago(chunk: &AudioChunk) -> Duration {
    let captured = chunk.timestamp + Duration::from_millis(chunk.duration_ms.into());
    Duration::from_nanos(monotonic_ns().max(0).unsigned_abs()).saturating_sub(captured)
}

/// Tells of what was recognised or went wrong; gives what there is to translate: where nothing was understood, nothing.
fn heard(
    context: &Context,
    item: &Item<AudioChunk>,
    chunk: &AudioChunk,
    answer: Result<TextToken, EngineError>,
) -> Option<TextToken> {
    match answer {
        Ok(token) => {
            context.made_text("recognised", Stage::Asr, item.button, &token, Some(captured_ago(chunk)));
            (!token.text.trim().is_empty()).then_some(token)
        }
        Err(error) => {
            context.failed(Stage::Asr, item.button, chunk.utterance, chunk.chunk_id, &error);
            None
        }
    }
}
