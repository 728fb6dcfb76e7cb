//! The service around the conversation: it ends cleanly, and what goes away is picked up again.

mod support;

use std::{
    fs::{self, File},
    os::unix::net::UnixDatagram,
    process::Stdio,
    time::Duration,
};

use daemon::{
    audio::monotonic_ns,
    config::{Config, VoiceKind},
    rehearsal::daemon::virtual_card,
    status::{Client, Event, Stage as Work, report::State},
    virtual_card::Side,
};
use engines::{Language, message::Kind};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use support::{
    PATIENCE,
    clips::shipped,
    program::{Guarded, dragomand, run},
    stage::{Seen, Stage, Witness},
    until,
    words::says,
};

fn light() -> Config {
    let mut config = Config::default();
    config.tts.voice = VoiceKind::Light;
    config
}

fn is_present(stage: &Stage, direction: &str) -> bool {
    stage.status().snapshot.devices.iter().find(|d| d.direction == direction).unwrap().present
}

#[test]
fn a_microphone_that_is_unplugged_is_missed_and_picked_up_when_it_returns() {
    let stage = Stage::start(light());
    let go = shipped("goforward.wav");
    assert!(is_present(&stage, "capture") && is_present(&stage, "playback"));
    // In the middle of an utterance.
    stage.press(0);
    stage.card.feed(&go.samples).unwrap();
    std::thread::sleep(Duration::from_millis(800));
    stage.card.unplug(Side::Microphone);
    until("the loss is shown", || !is_present(&stage, "capture"));
    assert_eq!(stage.status().snapshot.state, State::Fault);
    assert!(is_present(&stage, "playback"));
    stage.release(0);
    stage.card.replug(Side::Microphone);
    until("the return is shown", || is_present(&stage, "capture"));
    stage.settle();
    let take = stage.take(0, &go.samples);
    assert!(says(&take.target_text, "metro*") && !take.spoken.is_empty(), "{take:?}");
    assert_eq!(stage.settle().snapshot.utterance, 2);
}

#[test]
fn child_processes_killed_in_mid_sentence_are_started_again() {
    let stage = Stage::start(light());
    let go = shipped("goforward.wav");
    let before = stage.children();
    assert!(before.iter().any(|(_, name)| name.starts_with("apertium") || name.starts_with("lt-proc")), "{before:?}");
    let witness = Witness::new(&stage);
    let since = monotonic_ns();
    stage.press(0);
    stage.card.feed(&go.samples).unwrap();
    witness.wait_for("speech_started", 1);
    // All of them, the middle of the pipeline and its ends.
    for (id, _) in &before {
        kill(Pid::from_raw(id.cast_signed()), Signal::SIGKILL).unwrap();
    }
    std::thread::sleep(Duration::from_secs(3));
    stage.release(0);
    witness.wait_for("finished", 1);
    until("the translation is heard", || stage.is_heard_since(since));
    stage.settle();
    let is_right = |seen: &Seen| {
        let Event { event, kind, text, .. } = &seen.event;
        event == "translated" && *kind == Some(Kind::Final) && text.as_ref().is_some_and(|t| says(t, "metro*"))
    };
    assert!(witness.seen().iter().any(is_right), "{:#?}", witness.seen());
    let after = stage.children();
    // Those of the other direction are started again when somebody speaks that way.
    assert!(!after.is_empty() && after.iter().all(|c| !before.contains(c)), "before {before:?}, after {after:?}");
    // And the next sentence is as good.
    let take = stage.take(0, &go.samples);
    assert!(says(&take.target_text, "metro*") && !take.spoken.is_empty(), "{take:?}");
}

#[test]
fn it_ends_cleanly_when_asked_to_and_leaves_nothing_behind() {
    // It is started by hand here, as systemd would: its notices are listened to up to the end.
    let directory = tempfile::tempdir().unwrap();
    let (plug_in, card) = virtual_card(directory.path()).unwrap();
    let mut config = light();
    config.system.socket = directory.path().join("dragoman.sock");
    config.audio.capture_devices = vec![card.device()];
    config.audio.playback_devices = vec![card.device()];
    let file = directory.path().join("dragoman.toml");
    fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
    let notices = directory.path().join("notify");
    let systemd = UnixDatagram::bind(&notices).unwrap();
    systemd.set_read_timeout(Some(PATIENCE)).unwrap();
    let log = directory.path().join("log");
    let mut command = dragomand(&file);
    let (name, value) = plug_in.environment();
    command.env("NOTIFY_SOCKET", &notices).env(name, &value).stdin(Stdio::null()).stderr(File::create(&log).unwrap());
    let mut service = Guarded(command.spawn().unwrap());
    wait_for_notice(&systemd, "READY=1");

    // Its socket is its own: a second one is refused before it touches anything, and the first goes on.
    let mut second = dragomand(&file);
    second.env(name, &value);
    run(second, b"").refused(&["another dragomand listens on", "dragoman.sock", "system.socket"]);
    Client::connect(&config.system.socket).unwrap().post("/ptt/0/press").unwrap();

    kill(Pid::from_raw(service.0.id().cast_signed()), Signal::SIGTERM).unwrap();
    wait_for_notice(&systemd, "STOPPING=1");
    assert_eq!(service.wait().code(), Some(0));
    assert!(!config.system.socket.exists(), "the socket was left behind");
    let log = fs::read_to_string(&log).unwrap();
    assert!(log.contains("\"event\":\"stopping\"") && !log.contains("panicked"), "{log}");
    assert!(log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "not JSON lines: {log}");
}

fn wait_for_notice(systemd: &UnixDatagram, notice: &str) {
    let mut message = [0; 1024];
    loop {
        let length = systemd.recv(&mut message).unwrap_or_else(|e| panic!("{notice} did not come: {e}"));
        if message[..length].split(|b| *b == b'\n').any(|line| line == notice.as_bytes()) {
            return;
        }
    }
}

/// Whichever it is on this machine: the status says so, says why, and the chain begins with it.
#[test]
fn the_status_says_which_voice_speaks_and_why() {
    let stage = Stage::start(Config::default());
    let conversations = stage.status().snapshot.conversations;
    for conversation in &conversations {
        let (voice, chain) = (&conversation.voice, &conversation.engines[&Work::Tts]);
        assert!(voice.asked == "auto" && voice.why.contains("of a core for a second of speech"), "{voice:?}");
        let first = match (conversation.target_language, voice.chosen.as_str()) {
            (Language::Es, "good") => "kokoro",
            (Language::Es, "light") => "pico",
            // The good English voice is a light one.
            (Language::En, "good" | "light") => "hibari",
            other => panic!("{other:?}"),
        };
        assert_eq!(chain[0], first, "{voice:?}");
    }
    drop(stage);
    let voices = Stage::start(light()).status().snapshot.conversations;
    assert!(voices.iter().all(|c| c.voice.chosen == "light" && c.voice.why == "as configured"), "{voices:?}");
}
