//! A running daemon on a virtual card, somebody who speaks into it, and a witness of all that happens.

use std::{
    fs,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::channel},
    thread,
    time::{Duration, Instant},
};

use daemon::{
    audio::monotonic_ns,
    config::Config,
    rehearsal::{
        daemon::{Daemon, virtual_card},
        screen::Screen,
        take::{Take, take},
    },
    status::{Client, Event, Status, report::State},
    virtual_card::VirtualCard,
};
use tempfile::TempDir;

use super::{PATIENCE, until};

/// A sample of the loudspeaker above this is sound: 50 dB below full scale.
pub const AUDIBLE: u16 = 100;

/// The tests of a file take turns: each needs the processors for itself.
static TURN: Mutex<()> = Mutex::new(());

/// Everything one test needs.
pub struct Stage {
    pub daemon: Daemon,
    pub card: VirtualCard,
    _directory: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Stage {
    /// Starts the daemon, once it is this test's turn.
    pub fn start(config: Config) -> Self {
        Self::start_on(config, |_| {})
    }

    /// The same, on a card that something is done to first.
    pub fn start_on(config: Config, prepare: impl FnOnce(&VirtualCard)) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = tempfile::tempdir().unwrap();
        let (plug_in, card) = virtual_card(directory.path()).unwrap_or_else(|e| panic!("{e}"));
        prepare(&card);
        let daemon = Daemon::start(config, Some((&plug_in, &card))).unwrap_or_else(|e| panic!("{e}"));
        Self { daemon, card, _directory: directory, _turn: turn }
    }

    /// Speaks a recording with `button` held, and waits for the end of its translation.
    #[track_caller]
    pub fn take(&self, button: usize, recording: &[i16]) -> Take {
        self.take_on(&self.card, button, recording)
    }

    /// The same on the card of another conversation.
    #[track_caller]
    pub fn take_on(&self, card: &VirtualCard, button: usize, recording: &[i16]) -> Take {
        take(&self.daemon, card, button, recording, &mut Screen::quiet())
            .unwrap_or_else(|e| panic!("{e}\n{}", self.daemon.log().unwrap_or_default()))
    }

    pub fn status(&self) -> Status {
        self.daemon.client.get_json("/status").unwrap()
    }

    pub fn press(&self, button: usize) {
        self.daemon.client.post(&format!("/ptt/{button}/press")).unwrap();
    }

    pub fn release(&self, button: usize) {
        self.daemon.client.post(&format!("/ptt/{button}/release")).unwrap();
    }

    /// Lets the microphone hear a recording to its end, and then silence.
    pub fn speak(&self, recording: &[i16]) {
        let start = self.card.feed(recording).unwrap();
        let end = start + recording.len() as i64 * 1_000_000_000 / 16_000;
        while monotonic_ns() < end {
            thread::sleep(Duration::from_millis(10));
        }
        self.card.stop_feed();
    }

    /// Whether the loudspeaker has made a sound since a moment.
    pub fn is_heard_since(&self, since_ns: i64) -> bool {
        self.card.spoken().unwrap().first_sound_ns(since_ns, AUDIBLE).is_some()
    }

    /// Waits until nobody speaks and nothing is in work, and holds the queues to be empty then.
    #[track_caller]
    pub fn settle(&self) -> Status {
        until("the box is idle", || self.status().snapshot.state == State::Idle);
        let status = self.status();
        for (name, queue) in &status.queues {
            assert_eq!(queue.depth, 0, "something waits in the queue {name:?}: {:?}", status.queues);
        }
        status
    }

    /// Whether the daemon lives.
    pub fn lives(&self) -> bool {
        fs::exists(format!("/proc/{}", self.daemon.process())).unwrap()
    }

    /// The processes that descend from the daemon, with their names.
    pub fn children(&self) -> Vec<(u32, String)> {
        let mut found: Vec<(u32, String)> = Vec::new();
        let all: Vec<(u32, u32, String)> = fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(|id: u32| {
                let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
                // The name stands in brackets and may hold anything; state and parent follow.
                let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
                let mut fields = rest.split_whitespace();
                let is_zombie = fields.next()? == "Z";
                let parent = fields.next()?.parse().ok()?;
                (!is_zombie).then(|| (id, parent, name.to_owned()))
            })
            .collect();
        let mut parents = vec![self.daemon.process()];
        while let Some(parent) = parents.pop() {
            for (id, _, name) in all.iter().filter(|(_, p, _)| *p == parent) {
                parents.push(*id);
                found.push((*id, name.clone()));
            }
        }
        found
    }
}

/// An event, and when it was received.
#[derive(Debug, Clone)]
pub struct Seen {
    pub at_ns: i64,
    pub event: Event,
}

/// Writes down what the daemon publishes, until it stops or reloads.
pub struct Witness(Arc<Mutex<Vec<Seen>>>);

impl Witness {
    /// From now on.
    pub fn new(stage: &Stage) -> Self {
        let socket = stage.daemon.directory().join("dragoman.sock");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let book = Arc::clone(&seen);
        let (subscribed, wait) = channel();
        // Ends with the stream, which ends with the daemon.
        thread::spawn(move || {
            let events = Client::connect(&socket).and_then(|client| client.events()).unwrap();
            subscribed.send(()).unwrap();
            for event in events.map_while(Result::ok) {
                book.lock().unwrap().push(Seen { at_ns: monotonic_ns(), event });
            }
        });
        wait.recv().unwrap();
        Self(seen)
    }

    /// Everything until now.
    pub fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }

    /// Waits for the first event called `name` of `utterance`.
    #[track_caller]
    pub fn wait_for(&self, name: &str, utterance: u64) -> Seen {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let book = self.seen();
            if let Some(seen) = book.iter().find(|s| s.event.event == name && s.event.utterance == Some(utterance)) {
                return seen.clone();
            }
            assert!(Instant::now() < deadline, "no {name:?} of utterance {utterance} within {PATIENCE:?}: {book:#?}");
            thread::sleep(Duration::from_millis(5));
        }
    }
}
