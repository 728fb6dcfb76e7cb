//! The listening worker: microphone ring and buttons in, chunks out.

use std::{
    collections::VecDeque,
    thread,
    time::{Duration, Instant},
};

use board::push_to_talk::{Edge, PushToTalk};
use engines::{
    EngineError,
    message::{AudioChunk, INPUT_RATE, Utterance},
    segmenter::Listener,
    stage::Vad,
};
use rtrb::Consumer;

use super::{
    Running,
    context::Context,
    duplex::{Guard, Turn},
    item::{Body, Item},
    queue::Queue,
    seat::Seat,
};
use crate::{
    audio::{AudioStats, SpeechFlush, monotonic_ns},
    status::{Event, Metrics, Stage},
};

/// How long the worker waits for a button before it looks at the microphone's ring again: a part of a VAD frame.
const STEP: Duration = Duration::from_millis(10);

/// The same after a release, when each millisecond of it delays the translation.
const SHORT_STEP: Duration = Duration::from_millis(2);

/// Sound that is taken in at once, in samples: a tenth of a second, so that a press is heard soon however much there is to
/// be caught up with.
const SLICE: usize = INPUT_RATE as usize / 10;

/// How long after a release the worker waits for the sound from before it to come through the device.
const TAIL: Duration = Duration::from_millis(250);

/// What the worker hears and touches.
pub(super) struct Ends {
    /// Which conversation it listens to.
    pub(super) seat: usize,
    pub(super) microphone: Consumer<f32>,
    pub(super) buttons: Box<dyn PushToTalk>,
    pub(super) flush: SpeechFlush,
    pub(super) stats: std::sync::Arc<AudioStats>,
    pub(super) guard: Guard,
    pub(super) turn: Turn,
}

/// Loads the detector, says so, and works until the queue is closed.
pub(super) fn run(context: &Context, ends: Ends, outbox: &Queue<Item<AudioChunk>>, ready: Running) {
    let vad = match context.assembly.vad() {
        Ok(vad) => Box::new(Timed { vad, metrics: context.metrics.clone() }),
        Err(error) => return ready.failed(error),
    };
    let config = &context.config;
    ready.loaded();
    let samples = (config.vad.preroll_ms * INPUT_RATE / 1000) as usize;
    let before = VecDeque::with_capacity(samples);
    let seat = &context.seats[ends.seat];
    let (ear, waiting) = (Listener::new(vad, config.segmenter_options()), VecDeque::new());
    Worker {
        context,
        seat,
        ends,
        outbox,
        ear,
        held: None,
        releasing: None,
        before,
        samples,
        taken: 0,
        told_deaf: 0,
        waiting,
    }
    .work();
}

/// The utterance that is being spoken.
#[derive(Clone, Copy)]
struct Held {
    utterance: Utterance,
    button: usize,
}

impl Held {
    fn item(self, seat: usize, body: Body<AudioChunk>) -> Item<AudioChunk> {
        Item { seat, utterance: self.utterance, button: self.button, body }
    }
}

/// A button that came up, and whose last word is still on its way through the device.
#[derive(Clone, Copy)]
struct Releasing {
    held: Held,
    /// When, in nanoseconds of the monotonic clock.
    released_ns: i64,
    waiting_since: Instant,
}

struct Worker<'c> {
    context: &'c Context,
    seat: &'c Seat,
    ends: Ends,
    outbox: &'c Queue<Item<AudioChunk>>,
    ear: Listener,
    /// Also while it is being released.
    held: Option<Held>,
    releasing: Option<Releasing>,
    /// The last sound from before the press.
    before: VecDeque<f32>,
    /// How much of it is kept.
    samples: usize,
    /// Frames taken out of the ring and past the guard.
    taken: u64,
    /// The utterance that was last said to be gated.
    told_deaf: Utterance,
    /// What the queue has no room for yet. While something waits here the microphone's ring is left to fill, but buttons
    /// are heard.
    waiting: VecDeque<Item<AudioChunk>>,
}

impl Worker<'_> {
    fn work(mut self) {
        while !self.outbox.is_closed() {
            match self.ends.buttons.wait(self.step()) {
                Ok(Some(edge)) => self.edge(edge),
                Ok(None) => {}
                // Nobody can press any more; what is held goes on until the pipeline is stopped.
                Err(_) => thread::sleep(STEP),
            }
            self.deliver();
            if self.waiting.is_empty() || self.releasing.is_some() {
                self.listen();
            }
            if let Some(releasing) = self.releasing.filter(|releasing| self.has_heard_out(releasing)) {
                self.close(releasing);
            }
        }
    }

    /// How long buttons are waited for before sound is taken in.
    fn step(&self) -> Duration {
        match (self.waiting.is_empty(), self.ends.microphone.slots() > SLICE) {
            // There is sound to be caught up with.
            (true, true) => Duration::ZERO,
            _ if self.releasing.is_some() => SHORT_STEP,
            _ => STEP,
        }
    }

    /// Hands over what waits, as far as there is room.
    fn deliver(&mut self) {
        while let Some(item) = self.waiting.pop_front() {
            match self.outbox.offer(item) {
                Ok(None) => {}
                Ok(Some(refused)) => return self.waiting.push_front(refused),
                // The pipeline is stopping.
                Err(_) => return self.waiting.clear(),
            }
        }
    }

    fn edge(&mut self, edge: Edge) {
        // Who presses again does not wait for the rest of what was said before.
        if let Some(releasing) = self.releasing.filter(|_| edge.pressed) {
            self.close(releasing);
        }
        match (self.held, edge.pressed) {
            (None, true) => self.press(edge),
            (Some(held), false) if held.button == edge.button && self.releasing.is_none() => {
                self.release(held, edge.at)
            }
            // The other button while one is held, a repeated press, a release of what is not held.
            _ => tracing::debug!(event = "button_ignored", button = edge.button, pressed = edge.pressed),
        }
    }

    fn press(&mut self, edge: Edge) {
        let utterance = self.seat.floor.pressed(edge.at, self.context.board.energy_j());
        // Before anything else: from here on the loudspeaker is falling silent.
        self.ends.flush.flush_before(utterance);
        self.context.metrics.utterance();
        // What the microphone heard up to now is from before the press.
        while self.listen() {}
        // The new utterance makes it stale.
        self.waiting.clear();
        self.held = Some(Held { utterance, button: edge.button });
        // From the kernel's edge until the microphone counts: what the pre-roll must make good.
        let latency_ms = edge.at.elapsed().as_secs_f32() * 1000.0;
        tracing::info!(event = "pressed", button = edge.button, utterance, latency_ms);
        self.context.events.publish(&Event {
            button: Some(edge.button),
            utterance: Some(utterance),
            latency_ms: Some(latency_ms),
            ..Event::now("pressed")
        });
        let before: Vec<f32> = self.before.drain(..).collect();
        let first = self.taken - before.len() as u64;
        self.ear.press(utterance, Duration::from_nanos(self.captured_at(first).max(0).unsigned_abs()));
        self.hear(&before);
    }

    fn release(&mut self, held: Held, at: Instant) {
        self.seat.floor.released(held.utterance, at);
        self.announce("released", held.button, held.utterance);
        let since = Instant::now().saturating_duration_since(at).as_nanos();
        let released_ns = monotonic_ns() - i64::try_from(since).unwrap_or(0);
        self.releasing = Some(Releasing { held, released_ns, waiting_since: Instant::now() });
    }

    /// Whether all sound from before the release has come through the device, or does not come.
    fn has_heard_out(&self, releasing: &Releasing) -> bool {
        self.captured_at(self.taken) >= releasing.released_ns || releasing.waiting_since.elapsed() >= TAIL
    }

    /// Ends the utterance with what has been heard of it.
    fn close(&mut self, Releasing { held, .. }: Releasing) {
        let mut chunks = Vec::new();
        let judged = self.ear.release(&mut chunks);
        (self.held, self.releasing) = (None, None);
        self.ends.turn.set_speaking(false);
        self.pass_on(held, chunks, judged);
        self.waiting.push_back(held.item(self.ends.seat, Body::End));
        self.deliver();
    }

    fn announce(&self, event: &str, button: usize, utterance: Utterance) {
        tracing::info!(event, button, utterance);
        self.context.events.publish(&Event { button: Some(button), utterance: Some(utterance), ..Event::now(event) });
    }

    /// When the ring's frame `frame` was at the microphone, in nanoseconds of the monotonic clock.
    fn captured_at(&self, frame: u64) -> i64 {
        self.ends.stats.captured_at_ns(frame, INPUT_RATE)
    }

    /// Takes what is in the ring, but no more at once than a press can wait for; says whether there is more.
    fn listen(&mut self) -> bool {
        let waiting = self.ends.microphone.slots();
        let Ok(chunk) = self.ends.microphone.read_chunk(waiting.min(SLICE)) else { return false };
        let (taken, stats) = (self.taken, &self.ends.stats);
        let captured_at = |frame: usize| stats.captured_at_ns(taken + frame as u64, INPUT_RATE);
        let (sound, gated) = self.ends.guard.pass(chunk, captured_at);
        self.taken += sound.len() as u64;
        self.ends.turn.set_deaf(self.ends.guard.is_deaf());
        if let Some(held) = self.held {
            self.tell_deaf(held, gated);
            self.hear(&sound);
        } else {
            self.before.extend(&sound);
            let spare = self.before.len().saturating_sub(self.samples);
            self.before.drain(..spare);
        }
        waiting > SLICE
    }

    /// Counts what was not listened to while a button was held, and says so once an utterance.
    fn tell_deaf(&mut self, held: Held, gated: usize) {
        if gated == 0 {
            return;
        }
        self.ends.stats.count_gated(gated);
        if self.told_deaf != held.utterance {
            self.told_deaf = held.utterance;
            tracing::info!(event = "gated", button = held.button, utterance = held.utterance);
        }
    }

    /// Hands sound of the held utterance to the detector, and the chunks that are complete to recognition.
    fn hear(&mut self, sound: &[f32]) {
        let Some(held) = self.held.filter(|_| !sound.is_empty()) else { return };
        let mut chunks = Vec::new();
        let judged = self.ear.push(sound, &mut chunks);
        self.ends.turn.set_speaking(self.ear.in_segment());
        if self.ear.in_segment() {
            let age = Duration::from_nanos((monotonic_ns() - self.captured_at(self.taken)).max(0).unsigned_abs());
            let now = Instant::now();
            if self.seat.floor.speech_started(held.utterance, now.checked_sub(age).unwrap_or(now)) {
                self.announce("speech_started", held.button, held.utterance);
            }
        }
        self.pass_on(held, chunks, judged);
    }

    fn pass_on(&mut self, held: Held, chunks: Vec<AudioChunk>, judged: Result<(), EngineError>) {
        if let Err(error) = judged {
            self.context.failed(Stage::Vad, held.button, held.utterance, 0, &error);
        }
        let item = |chunk| held.item(self.ends.seat, Body::Message(chunk));
        self.waiting.extend(chunks.into_iter().map(item));
        self.deliver();
    }
}

/// A detector whose every frame is timed.
struct Timed {
    vad: Box<dyn Vad>,
    metrics: std::sync::Arc<Metrics>,
}

impl Vad for Timed {
    fn frame_samples(&self) -> usize {
        self.vad.frame_samples()
    }

    fn process_chunk(&mut self, audio: &[f32], frame_duration_ms: u32) -> Result<(bool, f32), EngineError> {
        let began = Instant::now();
        let verdict = self.vad.process_chunk(audio, frame_duration_ms);
        self.metrics.stage_latency(Stage::Vad, None, began.elapsed());
        verdict
    }

    fn has_speech_ended(&self, silence_duration_ms: u32) -> bool {
        self.vad.has_speech_ended(silence_duration_ms)
    }

    fn reset(&mut self) {
        self.vad.reset();
    }
}
