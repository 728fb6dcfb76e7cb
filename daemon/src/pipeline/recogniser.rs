//! The recognition worker: chunks in, hypotheses out.

use std::{collections::HashMap, time::Duration};

use engines::{
    Direction, EngineError, Language,
    chain::ChainedRecognizer,
    message::{AudioChunk, Kind, TextToken, Utterance},
    simultaneous::{Ear, Identifier, KeepingUp},
};

use super::{
    Running,
    context::{Context, PATIENCE},
    item::{Body, Item},
    priority,
    queue::Queue,
    seat::Seat,
};
use crate::{
    audio::monotonic_ns,
    config::{Mode, Speaker},
    status::Stage,
};

/// Loads the recognisers, says so, and works until the queue is closed.
pub(super) fn run(context: &Context, inbox: &Queue<Item<AudioChunk>>, outbox: &Queue<Item<TextToken>>, ready: Running) {
    priority::give_way();
    let mut recognition = match Recognition::open(context) {
        Ok(recognition) => recognition,
        Err(error) => return ready.failed(error),
    };
    ready.loaded();
    while let Ok(item) = inbox.pop(PATIENCE) {
        let Some(item) = item else { continue };
        if inbox.is_closed() {
            break;
        }
        if context.floor(&item).is_stale(item.utterance) {
            recognition.pass_over(context, &item);
            continue;
        }
        // A worker that lags takes the sound and leaves the partial to the next chunk.
        let keeps_up = !inbox.any(|newer| newer.seat == item.seat);
        let made = recognition.take(context, item, keeps_up);
        if made.into_iter().try_for_each(|each| outbox.push(each)).is_err() {
            break;
        }
    }
}

/// All conversations' recognition.
struct Recognition {
    recognizer: ChainedRecognizer,
    /// One a button.
    sides: Vec<Side>,
    /// For each conversation whose speakers are told by their language.
    unknown: HashMap<usize, Unknown>,
}

impl Recognition {
    fn open(context: &Context) -> Result<Self, EngineError> {
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
        let sides = directions.iter().enumerate().map(side).collect::<Result<_, EngineError>>()?;
        let is_told = |seat: &Seat| seat.place.conversation.speaker == Speaker::Auto;
        let seats = context.seats.iter().enumerate().filter(|(_, seat)| is_told(seat));
        let unknown = seats.map(|(number, seat)| (number, Unknown::new(seat))).collect();
        Ok(Self { recognizer, sides, unknown })
    }

    /// An item that came too late.
    fn pass_over(&mut self, context: &Context, item: &Item<AudioChunk>) {
        let buttons = context.seats[item.seat].place.buttons.clone();
        match item.body {
            Body::Message(_) => {
                context.metrics.dropped("stale_chunk");
                self.sides[buttons].iter_mut().for_each(|side| side.ear.reset());
            }
            // Who is always too late must notice it too.
            Body::End => {
                let button = self.unknown.get(&item.seat).and_then(|unknown| unknown.button_of(item));
                self.sides[button.unwrap_or(item.button)].end(context, item);
            }
        }
    }

    /// Takes an item in; gives what there is for the translator.
    fn take(&mut self, context: &Context, item: Item<AudioChunk>, keeps_up: bool) -> Vec<Item<TextToken>> {
        let items = match self.unknown.get_mut(&item.seat) {
            Some(unknown) => unknown.tell(context, &self.recognizer, item, keeps_up),
            None => vec![item],
        };
        let last = items.len().saturating_sub(1);
        let mut made = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let side = &mut self.sides[item.button];
            match &item.body {
                Body::End => {
                    side.end(context, &item);
                    // The other side may have heard a segment of the utterance too.
                    let others = context.seats[item.seat].place.buttons.clone().filter(|button| *button != item.button);
                    others.for_each(|button| self.sides[button].ear.reset());
                    made.push(item.with(Body::End));
                }
                Body::Message(chunk) => {
                    context.metrics.chunk();
                    let tokens = side.hear(context, &item, chunk, keeps_up && at == last);
                    made.extend(tokens.into_iter().map(|token| item.with(Body::Message(token))));
                }
            }
        }
        made
    }
}

/// A conversation of which nobody knows who speaks before the language is heard.
struct Unknown {
    identifier: Identifier,
    /// The buttons of its languages.
    buttons: Vec<(Language, usize)>,
    /// What was heard of the present segment while the language was not known.
    waiting: Vec<Item<AudioChunk>>,
    utterance: Utterance,
    /// The button of the present utterance, once something of it was heard.
    button: Option<usize>,
}

impl Unknown {
    fn new(seat: &Seat) -> Self {
        let languages = seat.place.conversation.directions.iter().map(|direction| direction.source);
        let buttons: Vec<(Language, usize)> = languages.zip(seat.place.buttons.clone()).collect();
        let identifier = Identifier::new(buttons.iter().map(|(language, _)| *language).collect());
        Self { identifier, buttons, waiting: Vec::new(), utterance: 0, button: None }
    }

    /// The button that the utterance of `item` counts for, once that is known.
    fn button_of(&self, item: &Item<AudioChunk>) -> Option<usize> {
        self.button.filter(|_| item.utterance == self.utterance)
    }

    /// Takes an item in; gives those of which the button is known, with it.
    fn tell(
        &mut self,
        context: &Context,
        recognizer: &ChainedRecognizer,
        mut item: Item<AudioChunk>,
        may_ask: bool,
    ) -> Vec<Item<AudioChunk>> {
        if item.utterance != self.utterance {
            (self.utterance, self.button) = (item.utterance, None);
            self.waiting.clear();
        }
        let Body::Message(chunk) = &item.body else {
            item.button = self.button.unwrap_or(item.button);
            return vec![item];
        };
        match self.identifier.hear(recognizer, chunk, may_ask) {
            // An error may pass: there is time until the segment ends.
            Err(_) if !chunk.is_final => {
                self.waiting.push(item);
                return Vec::new();
            }
            Ok(None) => {
                self.waiting.push(item);
                return Vec::new();
            }
            Ok(Some(identified)) => {
                let known = self.buttons.iter().find(|(language, _)| *language == identified.language);
                let button = known.map_or(item.button, |(_, button)| *button);
                if self.button != Some(button) {
                    context.identified(button, chunk, &identified);
                }
                self.button = Some(button);
            }
            Err(error) => {
                // The button that is held is the next best hint.
                context.failed(Stage::Asr, item.button, chunk.utterance, chunk.chunk_id, &error);
                self.button.get_or_insert(item.button);
            }
        }
        let mut known = std::mem::take(&mut self.waiting);
        known.push(item);
        known.iter_mut().for_each(|each| each.button = self.button.unwrap_or(each.button));
        known
    }
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
