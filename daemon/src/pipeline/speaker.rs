//! The synthesis worker: translated text in, sound into the playback ring of its conversation.

use std::{
    collections::VecDeque,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use engines::{
    message::{SpeechOutput, TextToken},
    mt::hesitation,
    sentences,
    stage::Tag,
};

use super::{
    Running,
    context::{Context, PATIENCE},
    duplex::Turn,
    item::{Body, Item},
    outlet::Outlet,
    pace,
    queue::Queue,
    seat::Seat,
    voice::{self, Voice},
};
use crate::{
    audio::SpeechWriter,
    config::VoiceKind,
    status::{Event, Stage, report::Choice},
};

/// How often a worker that waits for the loudspeaker or for the release looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What the worker speaks into, and asks and tells others.
pub(super) struct Ends {
    /// One way to a loudspeaker a conversation.
    pub(super) ways: Vec<(SpeechWriter, Turn)>,
    /// Told once the voices are loaded.
    pub(super) voices: Arc<OnceLock<Vec<Choice>>>,
}

/// Loads the voices, says so, and works until the queue is closed.
pub(super) fn run<'c>(context: &'c Context, inbox: &'c Queue<Item<TextToken>>, ends: Ends, ready: Running) {
    let Ends { ways, voices: chosen } = ends;
    let voices = match voice::open(context) {
        Ok(voices) => voices,
        Err(error) => return ready.failed(error),
    };
    let (voices, choices): (Vec<_>, _) = voices.into_iter().unzip();
    // Nobody else sets it.
    let _ = chosen.set(choices);
    ready.loaded();
    let mut voices = voices.into_iter();
    let mouth = |(seat, (writer, turn)): (&'c Seat, (SpeechWriter, Turn))| Mouth {
        context,
        seat,
        voices: voices.by_ref().take(seat.place.buttons.len()).collect(),
        outlet: Outlet::new(&context.metrics, seat, inbox, writer, turn),
        waiting: VecDeque::new(),
    };
    let mut mouths: Vec<Mouth<'_>> = context.seats.iter().zip(ways).map(mouth).collect();
    let mut patience = PATIENCE;
    while let Ok(item) = inbox.pop(patience) {
        if let Some(item) = item {
            mouths[item.seat].waiting.push_back(item);
        }
        // A turn for each: whoever has much to say, or must wait, holds nobody else up for longer than a clause takes.
        for mouth in &mut mouths {
            if inbox.is_closed() {
                return;
            }
            mouth.go_on();
        }
        patience = mouths.iter().map(Mouth::patience).min().unwrap_or(PATIENCE);
    }
}

/// What speaks in one conversation.
struct Mouth<'c> {
    context: &'c Context,
    seat: &'c Seat,
    /// One a button.
    voices: Vec<Voice>,
    outlet: Outlet<'c>,
    /// What may not be heard yet waits here and not in the queue: whoever fills the queue must go on.
    waiting: VecDeque<Item<TextToken>>,
}

impl Mouth<'_> {
    /// How long nothing needs to be done here, unless something comes.
    fn patience(&self) -> Duration {
        match self.waiting.front() {
            None if self.outlet.is_clear() => PATIENCE,
            Some(item) if self.outlet.may_begin(item.button, item.utterance) => Duration::ZERO,
            _ => LOOK_AGAIN,
        }
    }

    /// Hands over what the ring has room for, and speaks the next clause where that is possible now.
    fn go_on(&mut self) {
        self.outlet.hand_over();
        let Self { outlet, waiting, .. } = self;
        let Some(item) = waiting.pop_front_if(|item| outlet.may_begin(item.button, item.utterance)) else { return };
        match &item.body {
            Body::End => self.finish(&item),
            Body::Message(_) if self.seat.floor.is_stale(item.utterance) => {
                self.context.metrics.dropped("stale_speech")
            }
            Body::Message(token) => self.speak(item.button, token),
        }
    }

    fn speak(&mut self, button: usize, token: &TextToken) {
        let Self { context, seat, voices, outlet, .. } = self;
        let own = button.checked_sub(seat.place.buttons.start);
        let Some(voice) = own.and_then(|own| voices.get_mut(own)) else { return };
        let (voice, kind) = voice.stream(context.board.wants_light_voice());
        let failed = |error| context.failed(Stage::Tts, button, token.utterance, token.chunk_id, &error);
        let asked = Instant::now();
        voice.tag(Tag { utterance: token.utterance, chunk_id: token.chunk_id });
        let text = hesitation::spoken(token, context.config.tts.speak_doubts);
        let mut speech = match voice.synthesize_streaming(&text, sentences::is_ended(&text)) {
            Ok(speech) => speech,
            Err(error) => return failed(error),
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
                    failed(error);
                    break;
                }
            };
            let is_first = delivery.is_none();
            if is_first {
                announce(context, button, token, (&piece, kind), asked.elapsed(), outlet.heard_in());
                outlet.begin();
            }
            let mode = seat.mode(button);
            let way = delivery.get_or_insert_with(|| pace::delivery(context, mode, outlet.queued()));
            if !outlet.write(token.utterance, &way.push(&piece.audio), is_first) {
                delivery = None;
                break;
            }
        }
        outlet.finish();
        if let Some(way) = delivery {
            outlet.write(token.utterance, &way.finish(), false);
        }
    }

    /// Every stage is done: the utterance's times go into the metrics once the last sound is queued.
    fn finish(&mut self, item: &Item<TextToken>) {
        let (button, utterance) = (item.button, item.utterance);
        let Some(times) = self.seat.floor.finished(utterance) else { return };
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
        let drawn = |before: f64| Some((self.context.board.energy_j()? - before).max(0.0));
        let energy_j = times.energy_j.and_then(drawn);
        if let Some(joules) = energy_j {
            metrics.utterance_energy(joules);
        }
        tracing::info!(event = "finished", button, utterance, energy_j);
        let event = Event {
            button: Some(button),
            utterance: Some(utterance),
            energy_j: energy_j.map(|joules| joules as f32),
            ..Event::now("finished")
        };
        self.context.events.publish(&event);
    }
}

/// The first sound of a clause is made, and will be heard after `wait`.
fn announce(
    context: &Context,
    button: usize,
    token: &TextToken,
    (piece, voice): (&SpeechOutput, VoiceKind),
    latency: Duration,
    wait: Duration,
) {
    context.metrics.stage_latency(Stage::Tts, None, latency);
    token.metadata.doubts.iter().for_each(|doubt| context.metrics.doubt(*doubt));
    let latency_ms = latency.as_secs_f32() * 1000.0;
    tracing::info!(
        event = "speaking",
        stage = Stage::Tts.name(),
        button,
        utterance = token.utterance,
        chunk_id = token.chunk_id,
        latency_ms,
        confidence = piece.confidence,
        text_length = token.text.chars().count(),
    );
    context.events.publish(&Event {
        stage: Some(Stage::Tts),
        button: Some(button),
        utterance: Some(token.utterance),
        chunk_id: Some(token.chunk_id),
        text: Some(token.text.clone()),
        language: Some(piece.language),
        latency_ms: Some(latency_ms),
        heard_in_ms: Some(wait.as_secs_f32() * 1000.0),
        confidence: Some(piece.confidence),
        voice: Some(voice.name().to_owned()),
        doubts: token.metadata.doubts.clone(),
        ..Event::now("speaking")
    });
}
