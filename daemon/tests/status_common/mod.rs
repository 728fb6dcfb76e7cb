//! A status server with something to say, and a caller that sends bytes as they are.
#![allow(dead_code, reason = "each test file uses its own part of this one")]

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    sync::Arc,
    time::Duration,
};

use board::push_to_talk::{CommandButtons, CommandPresser, command_buttons};
use daemon::status::{
    Client, Events, Metrics, Parts, Server, Snapshot, Stage, StatusSource,
    report::{BoardReport, Choice, Conversation, Device, LastError, Model, RealTime, Seat, State},
    server::Limits,
};
use engines::{Direction, Language};

/// Long enough on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

/// A box whose pipeline always says [`speaking`].
struct Talking;

impl StatusSource for Talking {
    fn snapshot(&self) -> Snapshot {
        speaking()
    }
}

/// A snapshot with every field filled.
pub fn speaking() -> Snapshot {
    let conversation = |button, source_language, target_language, recogniser: &str| Conversation {
        button,
        source_language,
        target_language,
        mode: Choice { asked: "auto".into(), chosen: "simultaneous".into(), why: "it keeps up".into() },
        voice: Choice { asked: "auto".into(), chosen: "good".into(), why: "it keeps up".into() },
        engines: BTreeMap::from([(Stage::Asr, vec![recogniser.to_owned(), "spare".to_owned()])]),
    };
    Snapshot {
        state: State::Speaking,
        mode: "simultaneous".to_owned(),
        utterance: 3,
        conversations: vec![
            conversation(0, Language::En, Language::Es, "moonshine-base-en"),
            conversation(1, Language::Es, Language::En, "whisper-base"),
        ],
        devices: vec![Device {
            direction: "capture".to_owned(),
            name: "hw:0".to_owned(),
            sample_rate: 16_000,
            present: true,
        }],
        real_time: vec![RealTime {
            thread: "capture".to_owned(),
            granted: false,
            detail: "LimitRTPRIO is 0".to_owned(),
        }],
        models: vec![Model { name: "m".to_owned(), file: "m.onnx".to_owned(), sha256: "00".repeat(32) }],
        last_error: Some(LastError {
            timestamp: "2026-01-01T00:00:00.000Z".to_owned(),
            place: "capture".to_owned(),
            error: "gone".to_owned(),
        }),
        seats: vec![Seat {
            buttons: vec![0, 1],
            directions: vec![Direction::new(Language::En, Language::Es), Direction::new(Language::Es, Language::En)],
            state: State::Speaking,
            mode: "simultaneous".to_owned(),
            utterance: 3,
            gaps: 0,
            devices: Vec::new(),
        }],
        board: Some(BoardReport {
            name: "bench".to_owned(),
            profile: "orin-nano-25w".to_owned(),
            budget_w: 25.0,
            rung: "steady".to_owned(),
            rung_number: 2,
            rungs: 5,
            power_w: Some(12.5),
            hottest_c: Some(48.0),
            ..BoardReport::default()
        }),
    }
}

/// A running server and all that hangs on it.
pub struct TestBox {
    pub server: Server,
    pub metrics: Arc<Metrics>,
    pub events: Events,
    pub buttons: CommandButtons,
    pub directory: tempfile::TempDir,
    presser: CommandPresser,
}

impl TestBox {
    pub fn start() -> Self {
        Self::start_with(Limits::default())
    }

    pub fn start_with(limits: Limits) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (presser, buttons) = command_buttons();
        let (metrics, events) = (Arc::new(Metrics::new()), Events::new());
        let parts = Parts {
            source: Arc::new(Talking),
            metrics: Arc::clone(&metrics),
            events: events.clone(),
            presser: presser.clone(),
            buttons: 2,
        };
        let server = Server::start(&directory.path().join("status.sock"), parts, limits).unwrap();
        Self { server, metrics, events, buttons, directory, presser }
    }

    pub fn path(&self) -> &Path {
        self.server.path()
    }

    pub fn client(&self) -> Client {
        Client::connect(self.path()).unwrap()
    }

    pub fn parts(&self) -> Parts {
        Parts {
            source: Arc::new(Talking),
            metrics: Arc::clone(&self.metrics),
            events: self.events.clone(),
            presser: self.presser.clone(),
            buttons: 2,
        }
    }
}

/// Sends `request` and reads to the end.
pub fn raw(path: &Path, request: &str) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
