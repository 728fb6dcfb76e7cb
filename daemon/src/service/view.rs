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
    config::{Mode, VoiceKind},
    pipeline::{Context, Pipeline},
    status::{
        Snapshot, Stage, StatusSource,
        report::{Choice, Conversation, Device, Model, RealTime, State},
    },
};

/// The pipeline of the moment, seen from the status socket.
pub(super) struct View(Mutex<Option<Shown>>);

struct Shown {
    context: Context,
    audio: Arc<AudioStats>,
    /// What does not change while this pipeline runs.
    conversations: Vec<Conversation>,
    models: Vec<Model>,
}

impl View {
    /// A view of nothing yet.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(None)))
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
        for model in directions.iter().flat_map(|d| context.assembly.entries(*d)) {
            for file in &model.files {
                let shown = Model { name: model.id.clone(), file: file.name.clone(), sha256: file.sha256.clone() };
                if !models.contains(&shown) {
                    models.push(shown);
                }
            }
        }
        let shown = Shown { context: context.clone(), audio: audio.clone(), conversations, models };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
    }
}

impl StatusSource for View {
    fn snapshot(&self) -> Snapshot {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Shown { context, audio, conversations, models }) = shown.as_ref() else {
            return Snapshot::default();
        };
        let config = &context.config;
        let devices = vec![
            device("capture", &config.audio.capture_devices, INPUT_RATE, &audio.capture),
            device("playback", &config.audio.playback_devices, OUTPUT_RATE, &audio.playback),
        ];
        let is_gone = [&audio.capture, &audio.playback].iter().any(|s| s.state() == DeviceState::Gone);
        Snapshot {
            state: if is_gone { State::Fault } else { context.floor.state() },
            mode: match config.conversation.mode {
                Mode::Simultaneous => "simultaneous",
                Mode::Consecutive => "consecutive",
            }
            .to_owned(),
            utterance: context.floor.utterance(),
            conversations: conversations.clone(),
            devices,
            real_time: vec![
                real_time("capture", config.audio.realtime_priority, &audio.capture),
                real_time("playback", config.audio.realtime_priority, &audio.playback),
            ],
            models: models.clone(),
            last_error: context.faults.last(),
        }
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
