//! The synthesis worker: translated text in, sound into the playback ring.

use std::{
    collections::VecDeque,
    sync::{Arc, OnceLock},
    thread,
    time::{Duration, Instant},
};

use engines::{
    message::{SpeechOutput, TextToken, Utterance},
    stage::{SynthesizerStream, Tag},
};

use super::{
    Running,
    context::{Context, PATIENCE},
    duplex::Turn,
    item::{Body, Item},
    pace,
    queue::Queue,
    voice,
};
use crate::{
    audio::SpeechWriter,
    status::{Event, Stage, report::Choice},
};

/// How often a worker that waits for the loudspeaker or for the release looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What the worker speaks into, and asks and tells others.
pub(super) struct Ends {
    pub(super) writer: SpeechWriter,
    pub(super) turn: Turn,
    /// Told once the voices are loaded.
    pub(super) voices: Arc<OnceLock<Vec<Choice>>>,
}

/// Loads the voices, says so, and works until the queue is closed.
pub(super) fn run(context: &Context, inbox: &Queue<Item<TextToken>>, ends: Ends, ready: Running) {
    let Ends { writer, turn, voices: chosen } = ends;
    let voices = match voice::open(context) {
        Ok(voices) => voices,
        Err(error) => return ready.failed(error),
    };
    let (voices, choices) = voices.into_iter().map(|voice| (voice.stream, voice.choice)).unzip();
    // Nobody else sets it.
    let _ = chosen.set(choices);
    ready.loaded();
    let mut speaker = Speaker { context, inbox, voices, writer };
    let must_wait = |utterance| context.must_wait(utterance) || turn.must_wait();
    // What may not be heard yet waits here and not in the queue: whoever fills the queue must go on.
    let mut waiting: VecDeque<Item<TextToken>> = VecDeque::new();
    while let Ok(item) = inbox.pop(if waiting.is_empty() { PATIENCE } else { LOOK_AGAIN }) {
        waiting.extend(item);
        while let Some(item) = waiting.pop_front_if(|item| !must_wait(item.utterance)) {
            if inbox.is_closed() {
                return;
            }
            match &item.body {
                Body::End => speaker.finish(item.utterance),
                Body::Message(_) if context.floor.is_stale(item.utterance) => context.metrics.dropped("stale_speech"),
                Body::Message(token) => speaker.speak(item.button, token),
            }
        }
    }
}

struct Speaker<'c> {
    context: &'c Context,
    inbox: &'c Queue<Item<TextToken>>,
    voices: Vec<Box<dyn SynthesizerStream>>,
    writer: SpeechWriter,
}

impl Speaker<'_> {
    fn speak(&mut self, button: usize, token: &TextToken) {
        let Self { context, inbox, voices, writer } = self;
        let Some(voice) = voices.get_mut(button) else { return };
        let asked = Instant::now();
        voice.tag(Tag { utterance: token.utterance, chunk_id: token.chunk_id });
        let mut speech = match voice.synthesize_streaming(&token.text, true) {
            Ok(speech) => speech,
            Err(error) => return context.failed(Stage::Tts, token.utterance, token.chunk_id, &error),
        };
        if !context.config.tts.streaming_mode {
            let whole: Vec<_> = speech.collect();
            speech = Box::new(whole.into_iter());
        }
        // `None` until the first sound, and again where the clause went stale.
        let mut delivery = None;
        for piece in speech {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => {
                    context.failed(Stage::Tts, token.utterance, token.chunk_id, &error);
                    break;
                }
            };
            let is_first = delivery.is_none();
            if is_first {
                announce(context, token, &piece, asked.elapsed());
                writer.begin();
            }
            let way = delivery.get_or_insert_with(|| pace::delivery(context, writer.queued()));
            let sound = way.push(&piece.audio);
            if !write(context, inbox, writer, token.utterance, &sound, is_first) {
                context.metrics.dropped("stale_speech");
                delivery = None;
                break;
            }
        }
        writer.finish();
        if let Some(way) = delivery {
            write(context, inbox, writer, token.utterance, &way.finish(), false);
        }
    }

    /// Every stage is done: the utterance's times go into the metrics once the last sound is queued.
    fn finish(&mut self, utterance: Utterance) {
        let Some(times) = self.context.floor.finished(utterance) else { return };
        let metrics = &self.context.metrics;
        if let (Some(started), Some(first)) = (times.speech_started, times.first_sound) {
            metrics.first_output(first.saturating_duration_since(started));
        }
        if let (Some(released), Some(first), Some(last)) = (times.released, times.first_sound, times.last_sound_began) {
            // Where the box spoke before the release there was nothing to wait for.
            if first >= released {
                metrics.first_output_after_release(first - released);
            }
            metrics.end_to_end(last.saturating_duration_since(released));
        }
        tracing::info!(event = "finished", utterance);
        self.context.events.publish(&Event { utterance: Some(utterance), ..Event::now("finished") });
    }
}

/// The first sound of a clause is made.
fn announce(context: &Context, token: &TextToken, piece: &SpeechOutput, latency: Duration) {
    context.metrics.stage_latency(Stage::Tts, None, latency);
    let latency_ms = latency.as_secs_f32() * 1000.0;
    tracing::info!(
        event = "speaking",
        stage = Stage::Tts.name(),
        utterance = token.utterance,
        chunk_id = token.chunk_id,
        latency_ms,
        confidence = piece.confidence,
        text_length = token.text.chars().count(),
    );
    context.events.publish(&Event {
        stage: Some(Stage::Tts),
        utterance: Some(token.utterance),
        chunk_id: Some(token.chunk_id),
        text: Some(token.text.clone()),
        language: Some(piece.language),
        latency_ms: Some(latency_ms),
        confidence: Some(piece.confidence),
        ..Event::now("speaking")
    });
}

/// Queues sound, waiting for room. False where the utterance went stale meanwhile, or the pipeline is stopping.
fn write(
    context: &Context,
    inbox: &Queue<Item<TextToken>>,
    writer: &mut SpeechWriter,
    utterance: Utterance,
    sound: &[f32],
    begins_clause: bool,
) -> bool {
    let wait = pace::lasting(writer.queued());
    context.floor.sound_queued(utterance, begins_clause, wait, pace::lasting(sound.len()));
    let mut rest = sound;
    while !rest.is_empty() {
        if context.floor.is_stale(utterance) || inbox.is_closed() {
            return false;
        }
        let written = writer.write(utterance, rest);
        rest = &rest[written..];
        if written == 0 {
            thread::sleep(LOOK_AGAIN);
        }
    }
    true
}
