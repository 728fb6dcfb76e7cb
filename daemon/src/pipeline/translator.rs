//! The translation worker: recognised text in, translated text out.

use engines::{
    EngineError,
    message::{Kind, TextToken},
    simultaneous::Tongue,
};

use super::{
    Running,
    context::{Context, PATIENCE},
    item::{Body, Item},
    queue::Queue,
};
use crate::status::Stage;

/// A word that is the same everywhere.
const WARM_UP: &str = "Radio.";

/// Loads the translators, says so, and works until the queue is closed.
pub(super) fn run(context: &Context, inbox: &Queue<Item<TextToken>>, outbox: &Queue<Item<TextToken>>, ready: Running) {
    let mut tongues = match open(context) {
        Ok(tongues) => tongues,
        Err(error) => return ready.failed(error),
    };
    ready.loaded();
    while let Ok(item) = inbox.pop(PATIENCE) {
        let Some(item) = item else { continue };
        if inbox.is_closed() {
            break;
        }
        let Some(tongue) = tongues.get_mut(item.button) else { continue };
        if context.floor(&item).is_stale(item.utterance) {
            if matches!(item.body, Body::Message(_)) {
                context.metrics.dropped("stale_text");
            }
            continue;
        }
        let sent = match &item.body {
            Body::End => outbox.push(item.with(Body::End)),
            Body::Message(heard) => {
                let mut sent = Ok(());
                let (seat, shared) = (&context.seats[item.seat], context.seats.len() > 1);
                tongue.set_patience(context.config.patience(seat.mode(item.button), shared));
                // Each clause goes on its way at once: the first does not wait for the others' translation.
                tongue.hear(heard, &mut |answer| {
                    if let (Some(clause), Ok(())) = (said(context, &item, heard, answer), sent) {
                        sent = outbox.push(item.with(Body::Message(clause)));
                    }
                });
                sent
            }
        };
        if sent.is_err() {
            break;
        }
    }
}

/// One tongue a button.
fn open(context: &Context) -> Result<Vec<Tongue>, EngineError> {
    let directions = context.directions();
    let translator = context.assembly.translator(&directions, context.on_fallback(Stage::Mt))?;
    let options = context.config.tongue_options();
    directions
        .iter()
        .map(|d| {
            let mut tongue = Tongue::open(&translator, *d, options)?;
            // Child processes read their dictionaries with their first sentence.
            tongue.warm_up(WARM_UP)?;
            Ok(tongue)
        })
        .collect()
}

/// Tells of what was translated or went wrong; gives what is to be spoken.
fn said(
    context: &Context,
    item: &Item<TextToken>,
    heard: &TextToken,
    answer: Result<TextToken, EngineError>,
) -> Option<TextToken> {
    match answer {
        Ok(token) => {
            context.made_text("translated", Stage::Mt, item.button, &token, None);
            // Only what will not change is spoken.
            (token.kind == Kind::Final).then_some(token)
        }
        Err(error) => {
            context.failed(Stage::Mt, item.button, heard.utterance, heard.chunk_id, &error);
            None
        }
    }
}
