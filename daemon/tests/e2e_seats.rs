//! Several conversations in one daemon, each on a sound card of its own: they share the models and nothing else.

mod support;

use std::{collections::BTreeMap, fs, thread};

use daemon::{
    config::{Config, Mode, Seat, VoiceKind},
    rehearsal::take::Take,
    status::report::State,
    virtual_card::{Format, VirtualCard},
};
use engines::Language;
use nix::sys::signal::Signal;
use support::{
    clips::{Clip, shipped},
    models::Ear,
    stage::{AUDIBLE, Stage, Witness},
    until,
    words::{says, share_of},
};
use tempfile::TempDir;

/// A card for the second conversation, and its table.
fn second_seat() -> (TempDir, VirtualCard, Seat) {
    let directory = tempfile::tempdir().unwrap();
    let card = VirtualCard::new(directory.path(), Format::default()).unwrap();
    let devices = vec![card.device()];
    let seat = Seat {
        capture_devices: devices.clone(),
        playback_devices: devices,
        directions: None,
        mode: None,
        speaker: None,
    };
    (directory, card, seat)
}

fn light() -> Config {
    let mut config = Config::default();
    config.tts.voice = VoiceKind::Light;
    config
}

/// What was said came out in the other language from the loudspeaker of its own conversation, and nothing else did.
fn hold_to_its_own(ears: &mut BTreeMap<Language, Ear>, clip: &Clip, meaning: &str, take: &Take, other: &Take) {
    let target = if clip.language == Language::En { Language::Es } else { Language::En };
    let heard = ears.get_mut(&target).unwrap().hear(&take.spoken);
    let told = format!(
        "{}\n  recognised: {}\n  translated: {}\n  heard:      {heard}\n  translated in the other conversation: {}",
        clip.name, take.source_text, take.target_text, other.target_text
    );
    eprintln!("{told}");
    assert!(share_of(&clip.transcript, &take.source_text) >= 0.5, "{told}");
    assert!(says(&take.target_text, meaning), "{meaning:?} is not in the translation: {told}");
    assert!(share_of(&take.target_text, &heard) >= 0.7, "it is not what was heard: {told}");
    assert!(share_of(&other.target_text, &heard) < 0.3, "the other conversation was heard: {told}");
}

#[test]
fn two_who_speak_at_once_are_both_interpreted_and_neither_hears_the_other() {
    let (_directory, second, seat) = second_seat();
    let mut config = light();
    config.seats.push(seat);
    let stage = Stage::start(config);
    let witness = Witness::new(&stage);
    let (go, lips) = (shipped("goforward.wav"), shipped("persuasion_es.wav"));
    let at_once = |first: (usize, &Clip), other: (usize, &Clip)| {
        thread::scope(|scope| {
            let other = scope.spawn(|| stage.take_on(&second, other.0, &other.1.samples));
            (stage.take(first.0, &first.1.samples), other.join().unwrap())
        })
    };
    // English beside Spanish, and then the other way round.
    let (english, spanish) = at_once((0, &go), (3, &lips));
    let (spanish_again, english_again) = at_once((1, &lips), (2, &go));
    let status = stage.settle();
    let [one, two] = &status.snapshot.seats[..] else { panic!("{status:#?}") };
    assert_eq!([&one.buttons[..], &two.buttons[..]], [&[0, 1], &[2, 3]]);
    assert_eq!((one.utterance, two.utterance, status.utterances), (2, 2, 4), "each counts for itself");
    assert_ne!(one.devices, two.devices);
    assert!(status.snapshot.last_error.is_none() && status.drops["captured_frames"] == 0, "{status:#?}");
    // Whoever reads the events can tell the conversations apart.
    for seen in witness.seen() {
        assert_eq!(seen.event.button.is_some(), seen.event.utterance.is_some(), "{:?}", seen.event);
    }
    drop(stage);
    let mut ears = BTreeMap::from([Language::En, Language::Es].map(|l| (l, Ear::new(l))));
    hold_to_its_own(&mut ears, &go, "metro*", &english, &spanish);
    hold_to_its_own(&mut ears, &lips, "surprise*|astonish*|amaze*|lips", &spanish, &english);
    hold_to_its_own(&mut ears, &go, "metro*", &english_again, &spanish_again);
    hold_to_its_own(&mut ears, &lips, "surprise*|astonish*|amaze*|lips", &spanish_again, &english_again);
}

#[test]
fn one_who_holds_the_button_in_consecutive_mode_holds_nobody_else_up() {
    let (_directory, second, mut seat) = second_seat();
    seat.mode = Some(Mode::Simultaneous.into());
    let mut config = light();
    config.conversation.mode = Mode::Consecutive.into();
    config.seats.push(seat);
    let stage = Stage::start(config);
    let go = shipped("goforward.wav");
    let witness = Witness::new(&stage);
    stage.press(0);
    stage.speak(&go.samples);
    // The pause after it ends a segment, whose translation then waits for the release.
    until("the first has something to say", || {
        let texts = witness.seen();
        texts.iter().any(|s| s.event.event == "translated" && s.event.button == Some(0))
    });
    let take = stage.take_on(&second, 2, &go.samples);
    assert!(says(&take.target_text, "metro*") && !take.spoken.is_empty(), "{take:?}");
    let status = stage.status();
    assert_eq!(status.snapshot.state, State::Listening);
    assert!(stage.card.spoken().unwrap().sound(0, AUDIBLE).is_none(), "it spoke before the release");
    stage.release(0);
    until("the first is heard after its release", || stage.is_heard_since(0));
    stage.settle();
}

#[test]
fn a_reload_brings_a_conversation_and_takes_it_away() {
    let (_directory, second, seat) = second_seat();
    let stage = Stage::start(light());
    let go = shipped("goforward.wav");
    stage.take(0, &go.samples);
    let refused = stage.daemon.client.post("/ptt/2/press").unwrap_err().to_string();
    assert!(refused.contains('2'), "{refused}");
    let file = stage.daemon.directory().join("dragoman.toml");
    let alone = fs::read_to_string(&file).unwrap();
    let mut config = Config::load(&file).unwrap();
    config.seats.push(seat);
    fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
    stage.daemon.signal(Signal::SIGHUP);
    let seats = || {
        let status = stage.daemon.client.get_json::<daemon::status::Status>("/status");
        status.map_or(0, |status| status.snapshot.seats.len())
    };
    until("the second conversation is there", || seats() == 2);
    let take = stage.take_on(&second, 2, &go.samples);
    assert!(says(&take.target_text, "metro*") && !take.spoken.is_empty(), "{take:?}");
    let status = stage.settle();
    assert_eq!(status.snapshot.seats.iter().map(|s| s.utterance).collect::<Vec<_>>(), [1, 1]);
    fs::write(&file, alone).unwrap();
    stage.daemon.signal(Signal::SIGHUP);
    until("it is gone again", || seats() == 1);
    stage.take(0, &go.samples);
    assert_eq!(stage.settle().snapshot.utterance, 2);
}
