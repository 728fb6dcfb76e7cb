//! From the capture rings to the playback rings: one worker thread a stage, bounded queues between them.
//!
//! ```text
//! [capture] --rtrb--> [listener] --chunks--> [recogniser] --heard--> [translator] --said--> [speaker] --rtrb--> [playback]
//! \__________ a seat __________/             \______ one each, which serve all seats _____/            \____ a seat ____/
//! ```
//!
//! Several conversations (seats) share the engines, so that their models are in memory once. Each has its own devices,
//! listener, floor, and lane in every queue; nothing of one is heard in another, and none holds another up.
//!
//! | question | file |
//! |---|---|
//! | what waits between two stages, and what gives way? | [`queue`], [`item`] |
//! | who has the floor, and what is stale? | [`floor`] |
//! | what if the microphone hears the box itself? | `duplex` |
//! | how fast is a clause spoken, and by which voice? | `pace`, `voice` |
//! | which worker gives way where cores are short? | `priority` |
//! | what has each conversation for itself? | [`seat`], `buttons`, `outlet` |
//! | what does each worker do? | `listener`, `recogniser`, `translator`, `speaker` |

mod buttons;
mod context;
mod duplex;
mod fault;
pub mod floor;
pub mod item;
mod listener;
mod modes;
mod outlet;
mod pace;
mod priority;
pub mod queue;
mod recogniser;
pub mod seat;
mod speaker;
mod translator;
mod voice;

pub use context::Context;
pub use fault::Faults;

use std::{
    io,
    sync::{
        Arc, OnceLock,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use board::push_to_talk::{PushToTalk, command_buttons};
use engines::{
    EngineError,
    message::{AudioChunk, INPUT_RATE, OUTPUT_RATE, TextToken},
};
use rtrb::RingBuffer;

use self::{
    duplex::{Guard, Turn},
    item::Item,
    queue::Queue,
    seat::Seat,
};
use crate::{
    audio::{AudioError, AudioStats, Capture, Playback, SpeechWriter, StreamConfig, reference, speech_queue},
    config::{self, Duplex},
    status::report::Choice,
};

/// Seconds of sound that the microphone's ring holds while recognition is behind.
const CAPTURE_RING_S: u32 = 30;

/// Seconds of speech that may wait to be played.
const SPEECH_RING_S: u32 = 60;

/// What the device holds of captured sound: how late the thread may be before sound is lost.
const CAPTURE_PERIODS: u32 = 10;

/// The loudspeaker's latency, in periods and at most in milliseconds: what its device holds is still heard after a press.
const PLAYBACK_PERIODS: u32 = 4;
const PLAYBACK_MS: u32 = 40;

/// How long loading goes on before somebody is asked whether it still should.
const LOOK_UP: Duration = Duration::from_millis(200);

/// A pipeline that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A sound device.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// An engine or its model.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The system gives no thread.
    #[error("cannot start the {worker} thread: {problem}")]
    Thread {
        /// The worker.
        worker: &'static str,
        /// What the system said.
        problem: io::Error,
    },
    /// It was told to stop before it was ready.
    #[error("stopped while loading")]
    Stopped,
    /// A worker died while it was loading.
    #[error("a worker died while it was loading its engine; the log has its panic")]
    Died,
}

/// By this a worker says that it has loaded its engines, or why it could not.
struct Running(Sender<Result<(), EngineError>>);

impl Running {
    fn loaded(self) {
        // Nobody listens where another worker has already failed.
        let _ = self.0.send(Ok(()));
    }

    fn failed(self, error: EngineError) {
        let _ = self.0.send(Err(error));
    }
}

/// A running pipeline; it stops when dropped.
pub struct Pipeline {
    audio: Vec<Arc<AudioStats>>,
    chunks: Queue<Item<AudioChunk>>,
    heard: Queue<Item<TextToken>>,
    said: Queue<Item<TextToken>>,
    voices: Arc<OnceLock<Vec<Choice>>>,
    workers: Vec<JoinHandle<()>>,
    devices: Vec<(Capture, Playback)>,
}

/// How sound goes through the devices of a configuration: capture, playback.
#[must_use]
pub fn streams(audio: &config::Audio) -> (StreamConfig, StreamConfig) {
    let priority = u8::try_from(audio.realtime_priority).ok().filter(|p| *p > 0);
    let period_ms = audio.period_ms;
    let capture = StreamConfig {
        devices: audio.capture_devices.clone(),
        rate: INPUT_RATE,
        period_ms,
        buffer_ms: period_ms * CAPTURE_PERIODS,
        priority,
    };
    // The periods are shorter where the buffer would be too long, so that as many are left to a thread that is woken late.
    let period_ms = period_ms.min(PLAYBACK_MS / PLAYBACK_PERIODS);
    let playback = StreamConfig {
        devices: audio.playback_devices.clone(),
        rate: OUTPUT_RATE,
        period_ms,
        buffer_ms: period_ms * PLAYBACK_PERIODS,
        priority,
    };
    (capture, playback)
}

impl Pipeline {
    /// Opens the sound devices, starts the workers and waits until all have loaded their engines. Meanwhile `go_on` is asked
    /// now and then whether to.
    ///
    /// # Errors
    /// [`PipelineError`]; everything that was started is stopped again.
    pub fn start(
        context: &Context,
        buttons: Box<dyn PushToTalk>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Self, PipelineError> {
        let bound = context.config.system.max_queue_size;
        let mut pipeline = Self {
            audio: Vec::new(),
            chunks: Queue::new(bound),
            heard: Queue::new(bound),
            said: Queue::new(bound),
            voices: Arc::default(),
            workers: Vec::new(),
            devices: Vec::new(),
        };
        let (ready, loaded) = channel();
        let (pressers, own): (Vec<_>, Vec<_>) = context.seats.iter().map(|_| command_buttons()).unzip();
        let opened = own.into_iter().enumerate().map(|(seat, b)| pipeline.open_devices(context, seat, Box::new(b)));
        let (ends, ways): (Vec<_>, Vec<_>) = opened.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        for ends in ends {
            let chunks = pipeline.chunks.clone();
            pipeline.spawn("listener", context, &ready, move |c, r| listener::run(c, ends, &chunks, r))?;
        }
        let (chunks, heard, said) = (pipeline.chunks.clone(), pipeline.heard.clone(), pipeline.said.clone());
        let (inbox, outbox) = (chunks.clone(), heard.clone());
        pipeline.spawn("recogniser", context, &ready, move |c, r| recogniser::run(c, &inbox, &outbox, r))?;
        let outbox = said.clone();
        pipeline.spawn("translator", context, &ready, move |c, r| translator::run(c, &heard, &outbox, r))?;
        let ends = speaker::Ends { ways, voices: Arc::clone(&pipeline.voices) };
        pipeline.spawn("speaker", context, &ready, move |c, r| speaker::run(c, &said, ends, r))?;
        pipeline.spawn("buttons", context, &ready, move |c, r| buttons::run(c, buttons, &pressers, &chunks, r))?;
        drop(ready);
        for _ in 0..pipeline.workers.len() {
            loop {
                match loaded.recv_timeout(LOOK_UP) {
                    Ok(result) => break result?,
                    Err(RecvTimeoutError::Timeout) if go_on() => {}
                    Err(RecvTimeoutError::Timeout) => return Err(PipelineError::Stopped),
                    Err(RecvTimeoutError::Disconnected) => return Err(PipelineError::Died),
                }
            }
        }
        Ok(pipeline)
    }

    /// Opens the sound devices of a seat; gives what its listener and its speaker need of them.
    fn open_devices(
        &mut self,
        context: &Context,
        seat: usize,
        buttons: Box<dyn PushToTalk>,
    ) -> Result<(listener::Ends, (SpeechWriter, Turn)), AudioError> {
        let Seat { place, floor, .. } = &context.seats[seat];
        let stats = Arc::new(AudioStats::default());
        let (producer, microphone) = RingBuffer::new((CAPTURE_RING_S * INPUT_RATE) as usize);
        let (writer, flush, reader) = speech_queue((SPEECH_RING_S * OUTPUT_RATE) as usize, &stats);
        let (capture, playback) = streams(&place.audio);
        let (played, reference) = match place.audio.duplex {
            Duplex::Full => (None, None),
            Duplex::Half | Duplex::Cancel => {
                let (played, reference) = reference(CAPTURE_RING_S, &stats);
                (Some(played), Some(reference))
            }
        };
        let guard = Guard::new(place.audio.duplex, reference);
        let playback = Playback::start(playback, reader, played, Arc::clone(&stats))?;
        let capture = Capture::start(capture, producer, Arc::clone(&stats))?;
        self.devices.push((capture, playback));
        self.audio.push(Arc::clone(&stats));
        // A new utterance is not older than what the floor has had before a reload.
        flush.flush_before(floor.utterance());
        let turn = Turn::default();
        Ok((listener::Ends { seat, microphone, buttons, flush, stats, guard, turn: turn.clone() }, (writer, turn)))
    }

    fn spawn(
        &mut self,
        worker: &'static str,
        context: &Context,
        ready: &Sender<Result<(), EngineError>>,
        work: impl FnOnce(&Context, Running) + Send + 'static,
    ) -> Result<(), PipelineError> {
        let (context, ready) = (context.clone(), Running(ready.clone()));
        let handle = thread::Builder::new()
            .name(worker.to_owned())
            .spawn(move || work(&context, ready))
            .map_err(|problem| PipelineError::Thread { worker, problem })?;
        self.workers.push(handle);
        Ok(())
    }

    /// What the sound threads of each seat tell.
    #[must_use]
    pub fn audio(&self) -> &[Arc<AudioStats>] {
        &self.audio
    }

    /// From the listener to the recogniser.
    #[must_use]
    pub fn chunks(&self) -> &Queue<Item<AudioChunk>> {
        &self.chunks
    }

    /// From the recogniser to the translator.
    #[must_use]
    pub fn heard(&self) -> &Queue<Item<TextToken>> {
        &self.heard
    }

    /// From the translator to the speaker.
    #[must_use]
    pub fn said(&self) -> &Queue<Item<TextToken>> {
        &self.said
    }

    /// The kind of voice of each direction.
    #[must_use]
    pub fn voices(&self) -> &[Choice] {
        self.voices.get().map_or(&[], Vec::as_slice)
    }

    /// Whether a worker has ended, which none does by itself: it panicked.
    #[must_use]
    pub fn has_died(&self) -> bool {
        self.workers.iter().any(JoinHandle::is_finished)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.chunks.close();
        self.heard.close();
        self.said.close();
        for worker in self.workers.drain(..) {
            // A panic has been reported by its hook.
            let _ = worker.join();
        }
    }
}
