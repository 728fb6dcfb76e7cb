//! The daemon on a board whose `/sys` is a tree of plain files: what it draws is governed while people talk, the engines obey
//! within the utterance, and the board has its own settings back whatever the end.

mod support;

use std::{fs, path::PathBuf, thread, time::Duration};

use daemon::{
    config::{Config, VoiceKind},
    status::{Client, report::BoardReport},
};
use engines::message::Kind;
use nix::sys::signal::Signal;
use support::{
    clips::shipped,
    program::{dragoman, run},
    stage::{Stage, Witness},
    until,
};
use tempfile::TempDir;

const BOARD: &str = r#"
inherits = "base"
title = "a board of files"
[sensors]
rails = [{ name = "VDD_IN", hwmon = "ina3221" }]
total = ["VDD_IN"]
zones = ["tj-thermal"]
[actuators.gpu]
max = ["/sys/class/devfreq/gpu/max_freq"]
per_mhz = 1000000
"#;

const PROFILE: &str = r#"
boards = ["a board of files"]
budget_w = 15.0
soft_c = 85.0
hard_c = 93.0
rungs = [
    { name = "full", peak_w = 14.0, caps = { gpu_max_mhz = 612 } },
    { name = "floor", peak_w = 10.0, caps = { gpu_max_mhz = 306 }, hints = ["light-voice", "no-partials"] },
]
"#;

/// What the board's own clock is bound to.
const OWN: &str = "1020000000";

struct Tree(TempDir);

impl Tree {
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        tree.set("board.toml", BOARD);
        tree.set("profile.toml", PROFILE);
        tree.set("sys/class/hwmon/hwmon0/name", "ina3221");
        tree.set("sys/class/hwmon/hwmon0/in1_label", "VDD_IN");
        tree.set("sys/class/hwmon/hwmon0/in1_input", "5000");
        tree.set("sys/class/hwmon/hwmon0/curr1_input", "1200");
        tree.set("sys/class/thermal/thermal_zone0/type", "tj-thermal");
        tree.set("sys/class/thermal/thermal_zone0/temp", "50000");
        tree.set("sys/class/devfreq/gpu/max_freq", OWN);
        tree
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// In one step, so that no reader finds half of it.
    fn set(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let new = path.with_extension("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, path).unwrap();
    }

    fn clock(&self) -> String {
        fs::read_to_string(self.at("sys/class/devfreq/gpu/max_freq")).unwrap()
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        config.board.name = self.at("board.toml").display().to_string();
        config.board.profile = Some(self.at("profile.toml").display().to_string());
        config.board.root = self.0.path().to_owned();
        // Spoken by one voice alone unless the board asks for the other.
        config.tts.voice = VoiceKind::Good;
        config.conversation.directions.truncate(1);
        config
    }
}

fn board(stage: &Stage) -> BoardReport {
    stage.status().snapshot.board.unwrap()
}

#[test]
fn heat_turns_the_board_down_and_the_engines_obey_within_the_utterance() {
    let tree = Tree::new();
    let stage = Stage::start(tree.config());
    assert_eq!((tree.clock().as_str(), board(&stage).rung.as_str()), ("612000000", "full"));
    assert!((board(&stage).power_w.unwrap() - 6.0).abs() < 0.1);
    let witness = Witness::new(&stage);
    let go = shipped("goforward.wav");
    let cool = stage.take(0, &go.samples);
    stage.settle();
    // Too hot, in the middle of the next utterance.
    stage.press(0);
    stage.card.feed(&go.samples).unwrap();
    witness.wait_for("speech_started", 2);
    tree.set("sys/class/thermal/thermal_zone0/temp", "95000");
    until("it is turned down", || tree.clock() == "306000000");
    let turned = witness.seen().len();
    thread::sleep(Duration::from_millis(u64::try_from(go.samples.len() / 16).unwrap()));
    stage.release(0);
    let status = stage.settle().snapshot.board.unwrap();
    assert_eq!((status.rung.as_str(), status.why.name(), status.hottest_c), ("floor", "hot", Some(95.0)));
    let seen = witness.seen();
    let spoken = |utterance: u64| -> Vec<String> {
        seen.iter()
            .filter(|s| s.event.event == "speaking" && s.event.utterance == Some(utterance))
            .filter_map(|s| s.event.voice.clone())
            .collect()
    };
    assert!(!cool.spoken.is_empty() && spoken(1).iter().all(|v| v == "good"), "{:?}", spoken(1));
    assert!(spoken(2).last().is_some_and(|v| v == "light"), "{:?}", spoken(2));
    // One hypothesis may have been under way.
    let partials =
        seen[turned..].iter().filter(|s| s.event.event == "recognised" && s.event.kind == Some(Kind::Partial));
    assert!(partials.count() <= 1, "{seen:#?}");
    let rung = seen.iter().find(|s| s.event.event == "rung").unwrap();
    assert_eq!((rung.event.rung.as_deref(), rung.event.why.as_deref()), (Some("floor"), Some("hot")));
    // 6 W for as long as the utterance took.
    let finished = witness.wait_for("finished", 2);
    let pressed = witness.wait_for("pressed", 2);
    let seconds = (finished.at_ns - pressed.at_ns) as f32 / 1e9;
    let joules = finished.event.energy_j.unwrap();
    assert!((joules - 6.0 * seconds).abs() < 2.0, "{joules} J in {seconds} s");
    let page = Client::connect(&stage.daemon.socket()).unwrap().get_text("/metrics").unwrap();
    for line in [
        "dragoman_board_rung 1.0",
        "dragoman_utterance_energy_joules_count 2",
        "dragoman_board_rung_changes_total{why=\"hot\"} 1",
    ] {
        assert!(page.lines().any(|l| l == line), "no line {line:?} in\n{page}");
    }
    let said = run(dragoman(&["status", "--socket", &stage.daemon.socket().display().to_string()]), b"");
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("6.0 W of 15 W, 95.0 C, rung floor (2 of 2), hot"), "{said}");
}

#[test]
fn the_board_has_its_own_settings_back_whatever_the_end() {
    let tree = Tree::new();
    // Asked to stop.
    let stage = Stage::start(tree.config());
    assert_ne!(tree.clock(), OWN);
    drop(stage);
    assert_eq!(tree.clock(), OWN);
    // Reloaded without a board, and with it again.
    let stage = Stage::start(tree.config());
    let file = stage.daemon.directory().join("dragoman.toml");
    let with_board = fs::read_to_string(&file).unwrap();
    let without = with_board.replacen(&tree.config().board.name, "none", 1);
    fs::write(&file, without).unwrap();
    stage.daemon.signal(Signal::SIGHUP);
    until("it is left alone", || tree.clock() == OWN);
    until("it is ready again", || Client::connect(&stage.daemon.socket()).is_ok_and(|c| c.get_text("/status").is_ok()));
    fs::write(&file, with_board).unwrap();
    stage.daemon.signal(Signal::SIGHUP);
    until("it is kept again", || tree.clock() == "612000000");
    // Killed: what systemd runs then.
    stage.daemon.signal(Signal::SIGKILL);
    until("it is dead", || Client::connect(&stage.daemon.socket()).and_then(|c| c.get_text("/status")).is_err());
    assert_eq!(tree.clock(), "612000000");
    let ended = run(dragoman(&["board", "restore", "--config", &file.display().to_string()]), b"");
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(tree.clock(), OWN);
}
