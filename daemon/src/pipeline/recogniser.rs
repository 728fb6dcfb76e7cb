//! The recognition worker: chunks in, hypotheses out.

use std::time::Duration;

use engines::{
    EngineError, Language,
    agreement::agreement,
    message::{AudioChunk, INPUT_RATE, Kind, TextToken},
    segmenter::Splice,
    stage::{Recognizer, RecognizerStream, Tag},
};

use super::{
    Running,
    context::{Context, PATIENCE},
    item::{Body, Item},
    queue::Queue,
};
use crate::{audio::monotonic_ns, status::Stage};

/// Loads the recognisers, says so, and works until the queue is closed.
pub(super) fn run(context: &Context, inbox: &Queue<Item<AudioChunk>>, outbox: &Queue<Item<TextToken>>, ready: Running) {
    let mut streams = match open(context) {
        Ok(streams) => streams,
        Err(error) => return ready.failed(error),
    };
    ready.loaded();
    while let Ok(item) = inbox.pop(PATIENCE) {
        let Some(item) = item else { continue };
        if inbox.is_closed() {
            break;
        }
        let Some(ear) = streams.get_mut(item.button) else { continue };
        if context.floor(&item).is_stale(item.utterance) {
            if matches!(item.body, Body::Message(_)) {
                context.metrics.dropped("stale_chunk");
            }
            ear.reset();
            continue;
        }
        let sent = match &item.body {
            Body::End => outbox.push(item.with(Body::End)),
            // A worker that lags takes the sound and leaves the partial to the next chunk.
            Body::Message(chunk) => {
                match ear.hear(context, item.button, chunk, !inbox.any(|newer| newer.seat == item.seat)) {
                    Some(token) => outbox.push(item.with(Body::Message(token))),
                    None => Ok(()),
                }
            }
        };
        if sent.is_err() {
            break;
        }
    }
}

/// One ear a button.
fn open(context: &Context) -> Result<Vec<Ear>, EngineError> {
    let directions = context.directions();
    let languages: Vec<Language> = directions.iter().map(|d| d.source).collect();
    let recognizer = context.assembly.recognizer(&languages, context.on_fallback(Stage::Asr))?;
    directions
        .iter()
        .map(|d| {
            Ok(Ear {
                stream: recognizer.open(d.source)?,
                sound: Splice::default(),
                previous: String::new(),
                language: d.source,
            })
        })
        .collect()
}

/// How long ago the last sample of a chunk was captured.
fn captured_ago(chunk: &AudioChunk) -> Duration {
    let captured = chunk.timestamp + Duration::from_millis(chunk.duration_ms.into());
    Duration::from_nanos(monotonic_ns().max(0).unsigned_abs()).saturating_sub(captured)
}

struct Ear {
    stream: Box<dyn RecognizerStream>,
    sound: Splice,
    /// The last partial hypothesis of the segment.
    previous: String,
    language: Language,
}

impl Ear {
    fn reset(&mut self) {
        self.stream.reset();
        self.sound = Splice::default();
        self.previous.clear();
    }

    /// Takes a chunk in; gives what is worth translating.
    fn hear(
        &mut self,
        context: &Context,
        button: usize,
        chunk: &AudioChunk,
        is_last_in_line: bool,
    ) -> Option<TextToken> {
        context.metrics.chunk();
        let fresh = self.sound.fresh(chunk);
        self.stream.tag(Tag { utterance: chunk.utterance, chunk_id: chunk.chunk_id });
        let answer = if chunk.is_final {
            self.stream.push(fresh, INPUT_RATE).and_then(|()| self.stream.finalize()).map(Some)
        } else if is_last_in_line {
            self.stream.process_chunk(fresh, INPUT_RATE).map(Some)
        } else {
            self.stream.push(fresh, INPUT_RATE).map(|()| None)
        };
        let worth = match answer {
            Ok(Some(token)) => {
                context.made_text("recognised", Stage::Asr, button, &token, Some(captured_ago(chunk)));
                self.is_worth_translating(context, &token).then_some(token)
            }
            Ok(None) => None,
            Err(error) => {
                context.failed(Stage::Asr, button, chunk.utterance, chunk.chunk_id, &error);
                None
            }
        };
        if chunk.is_final {
            self.reset();
        }
        worth
    }

    /// A final always, where it says anything; a partial where the decoder is sure and has not changed its mind.
    fn is_worth_translating(&mut self, context: &Context, token: &TextToken) -> bool {
        if token.text.trim().is_empty() {
            return false;
        }
        if token.kind == Kind::Final {
            return true;
        }
        let before = std::mem::replace(&mut self.previous, token.text.clone());
        token.confidence >= context.config.asr.early_emit_threshold
            && agreement(&before, &token.text, self.language) >= context.config.mt.agreement_threshold
    }
}
