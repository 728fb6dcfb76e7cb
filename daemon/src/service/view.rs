//! What the status socket shows of the running pipeline.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use engines::{
    Direction,
    assembly::LineUp,
    message::{INPUT_RATE, OUTPUT_RATE},
};

use crate::{
    audio::{AudioStats, DeviceState, Realtime, StreamStats},
    config::{Place, VoiceKind},
    pipeline::{Context, Pipeline, seat::Seat},
    status::{
        Snapshot, Stage, StatusSource,
        report::{Choice, Conversation, Device, Model, RealTime, Seat as SeatReport, State},
    },
};

/// The pipeline of the moment, seen from the status socket.
pub(super) struct View(Mutex<Option<Shown>>);

struct Shown {
    context: Context,
    /// Of each conversation.
    audio: Vec<Arc<AudioStats>>,
    /// What does not change while this pipeline runs.
    conversations: Vec<Conversation>,
    models: Vec<Model>,
}

impl View {
    /// A view of nothing yet.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(None)))
    }

    /// What the holders see on the box: of several conversations, what is most worth knowing.
    pub(super) fn state(&self) -> State {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Shown { context, audio, .. }) = shown.as_ref() else { return State::Thinking };
        let states = || context.seats.iter().zip(audio).map(|(seat, audio)| state(seat, audio));
        [State::Fault, State::Listening, State::Speaking, State::Thinking]
            .into_iter()
            .find(|wanted| states().any(|state| state == *wanted))
            .unwrap_or_default()
    }

    /// From now on shows this pipeline.
    pub(super) fn show(&self, context: &Context, pipeline: &Pipeline) {
        let (audio, voices) = (pipeline.audio(), pipeline.voices());
        let directions = &context.config.conversation.directions;
        let is_light = |voice: &Choice| voice.chosen == VoiceKind::Light.name();
        let line_up = |(d, voice): (&Direction, &Choice)| context.assembly.line_up(*d, is_light(voice));
        let line_ups: Vec<LineUp> = directions.iter().zip(voices).map(line_up).collect();
        let conversations = directions
            .iter()
            .zip(voices)
            .zip(&line_ups)
            .enumerate()
            .map(|(button, ((direction, voice), LineUp { vad, asr, mt, tts }))| Conversation {
                button,
                source_language: direction.source,
                target_language: direction.target,
                mode: Choice::default(),
                voice: voice.clone(),
                engines: BTreeMap::from([
                    (Stage::Vad, vad.clone()),
                    (Stage::Asr, asr.clone()),
                    (Stage::Mt, mt.clone()),
                    (Stage::Tts, tts.clone()),
                ]),
            })
            .collect();
        let mut models: Vec<Model> = Vec::new();
        let all = Seat::directions(&context.seats);
        for model in all.iter().flat_map(|d| context.assembly.entries(*d)) {
            for file in &model.files {
                let shown = Model { name: model.id.clone(), file: file.name.clone(), sha256: file.sha256.clone() };
                if !models.contains(&shown) {
                    models.push(shown);
                }
            }
        }
        let shown = Shown { context: context.clone(), audio: audio.to_vec(), conversations, models };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
    }
}

impl StatusSource for View {
    fn snapshot(&self) -> Snapshot {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Shown { context, audio, conversations, models }) = shown.as_ref() else {
            return Snapshot::default();
        };
        let seats: Vec<SeatReport> = context.seats.iter().zip(audio).map(|(seat, audio)| report(seat, audio)).collect();
        let first = seats.first().cloned().unwrap_or_default();
        let priority = context.config.audio.realtime_priority;
        let threads = audio.first().map(|audio| [("capture", &audio.capture), ("playback", &audio.playback)]);
        Snapshot {
            state: first.state,
            mode: first.mode,
            utterance: first.utterance,
            conversations: conversations.iter().map(|c| with_mode(c, &context.seats[0])).collect(),
            devices: first.devices,
            real_time: threads.into_iter().flatten().map(|(name, stats)| real_time(name, priority, stats)).collect(),
            models: models.clone(),
            last_error: context.faults.last(),
            seats,
            board: context.board.report(),
        }
    }
}

/// A direction of the first conversation as it is now: its mode may change while the pipeline runs.
fn with_mode(conversation: &Conversation, seat: &Seat) -> Conversation {
    Conversation { mode: seat.modes.choice(conversation.button), ..conversation.clone() }
}

fn state(seat: &Seat, audio: &AudioStats) -> State {
    let is_gone = [&audio.capture, &audio.playback].iter().any(|s| s.state() == DeviceState::Gone);
    if is_gone { State::Fault } else { seat.floor.state() }
}

fn report(seat: &Seat, audio: &AudioStats) -> SeatReport {
    let Place { buttons, conversation, audio: devices } = &seat.place;
    SeatReport {
        buttons: buttons.clone().collect(),
        directions: conversation.directions.clone(),
        state: state(seat, audio),
        mode: seat.modes.choice(0).chosen,
        utterance: seat.floor.utterance(),
        gaps: audio.gaps(),
        devices: vec![
            device("capture", &devices.capture_devices, INPUT_RATE, &audio.capture),
            device("playback", &devices.playback_devices, OUTPUT_RATE, &audio.playback),
        ],
    }
}

fn device(direction: &str, names: &[String], sample_rate: u32, stats: &StreamStats) -> Device {
    Device {
        direction: direction.to_owned(),
        name: names.join(", "),
        sample_rate,
        present: matches!(stats.state(), DeviceState::Running | DeviceState::Opening),
    }
}

fn real_time(thread: &str, priority: u32, stats: &StreamStats) -> RealTime {
    let detail = match stats.realtime() {
        Realtime::Granted => format!("SCHED_FIFO {priority}"),
        Realtime::Refused => format!("SCHED_FIFO {priority} refused; give the service CAP_SYS_NICE or LimitRTPRIO"),
        Realtime::Off => "not asked for".to_owned(),
    };
    RealTime { thread: thread.to_owned(), granted: stats.realtime() == Realtime::Granted, detail }
}
