//! Who has the floor: a press silences the box, nothing said is nothing spoken, and the mode says when it may speak.

mod support;

use std::{fs, thread, time::Duration};

use daemon::{
    audio::{SILENT_WITHIN_MS, monotonic_ns},
    config::{Config, Mode, VoiceKind},
    status::report::State,
    virtual_card::Side,
};
use engines::message::Kind;
use nix::sys::signal::Signal;
use support::{
    clips::{evaluation_folder, noise, shipped, silence},
    models::Ear,
    stage::{AUDIBLE, Stage, Witness},
    until,
    words::{says, share_of},
};

#[test]
fn a_press_silences_the_box_and_nothing_stale_is_heard() {
    let (young, go) = (shipped("sense_and_sensibility.wav"), shipped("goforward.wav"));
    // What it may say, it says after the release: so every sound before the second one is of the first utterance.
    let mut config = Config::default();
    config.conversation.mode = Mode::Consecutive.into();
    let stage = Stage::start(config);
    let witness = Witness::new(&stage);
    let spoke_at = monotonic_ns();
    stage.press(0);
    // Twice, so that there is much left to silence.
    stage.speak(&[young.samples.as_slice(), &silence(0.7), &young.samples].concat());
    stage.release(0);
    until("the first translation is heard", || stage.is_heard_since(spoke_at));
    assert_eq!(stage.status().snapshot.state, State::Speaking);
    // Counted in frames of the card, while it runs at a tenth of its pace: what a busy machine adds counts a tenth as much.
    stage.card.set_clock_error(Side::Loudspeaker, -900_000);
    let pressed_at = stage.card.frames(Side::Loudspeaker);
    stage.press(0);
    witness.wait_for("pressed", 2);
    until("the card has played what it may", || stage.card.frames(Side::Loudspeaker) > pressed_at + 2_205);
    stage.card.set_clock_error(Side::Loudspeaker, 0);
    stage.speak(&go.samples);
    let released_at = monotonic_ns();
    stage.release(0);
    witness.wait_for("speaking", 2);
    stage.settle();
    thread::sleep(Duration::from_millis(300));

    let played = stage.card.spoken().unwrap();
    let silent_at = pressed_at as usize + (played.rate * SILENT_WITHIN_MS / 1000) as usize;
    let silent_at = played.time_ns(silent_at).unwrap();
    let heard_again = played.first_sound_ns(silent_at, AUDIBLE).expect("the second translation is heard");
    let too_early = (released_at - heard_again) / 1_000_000;
    assert!(too_early <= 0, "something was heard {too_early} ms before the second translation could be");
    let status = stage.status();
    assert!(status.drops["speech_frames"] > 0, "there was nothing left to silence: {:?}", status.drops);
    let spoken = &played.samples[played.sound(silent_at, AUDIBLE).unwrap()];
    let heard = Ear::new(engines::Language::Es).hear(spoken);
    assert!(says(&heard, "metro*") && !says(&heard, "joven"), "{heard}");
}

#[test]
fn where_nothing_is_said_nothing_is_spoken() {
    let stage = Stage::start(Config::default());
    let witness = Witness::new(&stage);
    let since = monotonic_ns();
    let mut sounds = vec![
        ("silence", silence(1.5)),
        ("a button that is only tapped", Vec::new()),
        ("a faint hiss", noise(3.0, 0.003)),
        ("loud noise", noise(3.0, 0.2)),
    ];
    if let Some(folder) = evaluation_folder() {
        let typing = engines::audio::read_wav(&folder.join("noise/keyboard-typing.16k.wav")).unwrap();
        sounds.push(("a keyboard", support::clips::to_16_bit(&typing.samples[..4 * 16_000])));
    }
    for (utterance, (name, sound)) in (1..).zip(&sounds) {
        stage.press(0);
        witness.wait_for("pressed", utterance);
        assert_eq!(stage.status().snapshot.state, State::Listening);
        stage.speak(sound);
        stage.release(0);
        witness.wait_for("finished", utterance);
        let status = stage.settle();
        assert_eq!(status.utterances, utterance, "{name}");
        let seen = witness.seen();
        let said: Vec<_> = seen
            .iter()
            .filter(|s| s.event.utterance == Some(utterance))
            .filter(|s| s.event.event == "speaking" || s.event.event == "translated")
            .collect();
        assert!(said.is_empty(), "{name}: {said:#?}");
    }
    thread::sleep(Duration::from_millis(300));
    assert!(!stage.is_heard_since(since), "something was heard");
}

/// More clauses than all queues together hold, none of which may be spoken before the release.
#[test]
fn what_waits_for_the_release_holds_nobody_up() {
    let mut config = Config::default();
    config.conversation.mode = Mode::Consecutive.into();
    config.system.max_queue_size = 2;
    config.tts.voice = VoiceKind::Light;
    let stage = Stage::start(config);
    let clause = [shipped("goforward.wav").samples.as_slice(), &silence(0.7)].concat();
    let take = stage.take(0, &clause.repeat(9));
    let translated = take.target_text.to_lowercase();
    assert!(translated.matches("metros").count() >= 8, "{translated}");
    assert!(take.first_sound_from_release_s.is_some_and(|s| s > 0.0), "{take:?}");
    assert!(take.spoken.len() > 8 * 22_050, "{} s were spoken", take.spoken.len() / 22_050);
}

/// A loudspeaker that takes twice its time leaves speech waiting: what follows is spoken faster.
#[test]
fn a_box_that_falls_behind_speaks_faster() {
    let mut config = Config::default();
    config.tts.voice = VoiceKind::Light;
    config.tts.backlog_limit_ms = 100;
    let stage = Stage::start(config);
    stage.card.set_clock_error(Side::Loudspeaker, -500_000);
    let clause = [shipped("goforward.wav").samples.as_slice(), &silence(0.7)].concat();
    stage.take(0, &clause.repeat(5));
    let gauge = |name: &str| {
        let page = stage.daemon.client.get_text("/metrics").unwrap();
        page.lines().find_map(|l| l.strip_prefix(name)?.trim().parse::<f64>().ok())
    };
    until("all is played", || gauge("dragoman_speech_backlog_seconds") == Some(0.0));
    assert!(gauge("dragoman_clauses_faster_total").is_some_and(|clauses| clauses >= 1.0));
    let heard = Ear::new(engines::Language::Es).hear(&stage.card.spoken().unwrap().samples);
    assert!(says(&heard, "metro*"), "{heard}");
}

/// A chunk every 25 ms, and after four seconds every 50, is more than Whisper keeps up with on one core: that costs partials, which are counted, and nothing else.
#[test]
fn what_recognition_cannot_keep_up_with_is_shed_and_counted() {
    let mut config = Config::default();
    (config.audio.chunk_duration_ms, config.audio.chunk_overlap_ms) = (100, 50);
    config.asr.threads = 1;
    let stage = Stage::start(config);
    let clip = shipped("persuasion_es.wav");
    let take = stage.take(1, &clip.samples);
    let drops = stage.status().drops;
    assert!(drops["partial"] > 0 && drops["captured_frames"] == 0, "{drops:?}");
    // From its beginning to its end; a word of it may be misheard.
    let recognised = share_of(&clip.transcript, &take.source_text);
    assert!(recognised >= 0.7 && says(&take.source_text, "sorpresa|disgusto"), "{recognised}: {take:?}");
    assert!(says(&take.source_text, "labios|hablaba|carlos"), "{take:?}");
    assert_eq!(take.corrections, 0, "{take:?}");
}

/// "Go forward ten meters", a pause that ends the segment, and the button still held.
fn speak_and_pause(stage: &Stage) -> i64 {
    let since = monotonic_ns();
    stage.press(0);
    stage.speak(&shipped("goforward.wav").samples);
    since
}

#[test]
fn the_mode_says_when_the_box_may_speak_and_a_reload_changes_it() {
    let mut config = Config::default();
    config.conversation.mode = Mode::Consecutive.into();
    let stage = Stage::start(config);
    let file = stage.daemon.directory().join("dragoman.toml");

    let witness = Witness::new(&stage);
    let since = speak_and_pause(&stage);
    // It knows what to say, and does not.
    until("the translation is there", || {
        witness.seen().iter().any(|s| s.event.event == "translated" && s.event.kind == Some(Kind::Final))
    });
    thread::sleep(Duration::from_millis(1500));
    assert!(!stage.is_heard_since(since), "consecutive, and it spoke before the release");
    stage.release(0);
    until("the translation is heard after the release", || stage.is_heard_since(since));
    stage.settle();

    // A file that cannot be used is refused with its line, and the old one goes on.
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, "[conversation]\nmode = \"parallel\"\n").unwrap();
    stage.daemon.signal(Signal::SIGHUP);
    let refused = || stage.status().snapshot.last_error;
    until("the bad file is refused", || refused().is_some());
    let error = refused().unwrap();
    for word in ["dragoman.toml:2", "parallel", "consecutive"] {
        assert!(error.error.contains(word), "{word:?} is not in {error:?}");
    }
    assert_eq!((error.place.as_str(), stage.status().snapshot.mode.as_str()), ("configuration", "consecutive"));

    // So is one that is well written but cannot be had.
    fs::write(&file, good.replace("virtual:DIR=", "hw:NoSuchCard,DIR=")).unwrap();
    stage.daemon.signal(Signal::SIGHUP);
    let error_now = || stage.daemon.client.get_json::<daemon::status::Status>("/status").ok()?.snapshot.last_error;
    until("the missing device is refused", || error_now().is_some_and(|e| e.error.contains("NoSuchCard")));
    assert_eq!(stage.status().snapshot.mode, "consecutive");

    // A good file is taken.
    fs::write(&file, good.replace("mode = \"consecutive\"", "mode = \"simultaneous\"")).unwrap();
    stage.daemon.signal(Signal::SIGHUP);
    until("the good file is taken", || {
        stage
            .daemon
            .client
            .get_json::<daemon::status::Status>("/status")
            .is_ok_and(|s| s.snapshot.mode == "simultaneous")
    });
    let since = speak_and_pause(&stage);
    until("the translation is heard while the button is held", || stage.is_heard_since(since));
    assert_eq!(stage.status().snapshot.state, State::Listening);
    stage.release(0);
    assert!(stage.lives());
    assert_eq!(stage.settle().snapshot.utterance, 2, "utterances are counted on over a reload");
}

#[test]
fn a_reload_while_the_button_is_held_leaves_the_box_idle() {
    let stage = Stage::start(Config::default());
    let file = stage.daemon.directory().join("dragoman.toml");
    stage.press(0);
    until("it listens", || stage.status().snapshot.state == State::Listening);
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("mode = \"simultaneous\"", "mode = \"consecutive\"")).unwrap();
    stage.daemon.signal(Signal::SIGHUP);
    until("the file is taken", || {
        stage
            .daemon
            .client
            .get_json::<daemon::status::Status>("/status")
            .is_ok_and(|s| s.snapshot.mode == "consecutive")
    });
    stage.release(0);
    stage.settle();
}
