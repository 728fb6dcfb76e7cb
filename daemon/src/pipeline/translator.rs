//! The translation worker: recognised text in, translated text out.

use engines::{
    EngineError,
    context::Said,
    message::{Kind, TextToken},
    stage::{Tag, Translator, TranslatorStream},
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
            Body::Message(token) => match tongue.translate(context, item.button, token) {
                // Only what will not change is spoken.
                Some(token) if token.kind == Kind::Final => outbox.push(item.with(Body::Message(token))),
                _ => Ok(()),
            },
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
    directions
        .iter()
        .map(|d| {
            let mut stream = translator.open(*d)?;
            // Child processes read their dictionaries with their first sentence.
            stream.translate_chunk(WARM_UP, true)?;
            Ok(Tongue { stream, said: Said::new(context.config.mt.context_window_size) })
        })
        .collect()
}

struct Tongue {
    stream: Box<dyn TranslatorStream>,
    said: Said,
}

impl Tongue {
    fn translate(&mut self, context: &Context, button: usize, heard: &TextToken) -> Option<TextToken> {
        self.stream.tag(Tag { utterance: heard.utterance, chunk_id: heard.chunk_id });
        self.stream.set_context(self.said.clauses());
        match self.stream.translate_chunk(&heard.text, heard.kind == Kind::Final) {
            Ok(token) => {
                context.made_text("translated", Stage::Mt, button, &token, None);
                if heard.kind == Kind::Final {
                    self.said.push(&heard.text);
                }
                (!token.text.trim().is_empty()).then_some(token)
            }
            Err(error) => {
                context.failed(Stage::Mt, button, heard.utterance, heard.chunk_id, &error);
                None
            }
        }
    }
}
