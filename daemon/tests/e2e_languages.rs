//! All languages through the daemon, both ways; and who speaks is told by the language that is heard, whichever button is held.

mod support;

use std::sync::Arc;

use daemon::{
    config::{Config, Speaker, VoiceKind},
    offline,
};
use engines::{
    Direction, Language,
    assembly::Assembly,
    audio::resample,
    catalog::{Store, model_dir},
    clock::MonotonicClock,
    message::{INPUT_RATE, OUTPUT_RATE},
};
use support::{
    clips::shipped,
    models::Ear,
    stage::{Stage, Witness},
    words::says,
};

/// What the box itself says in `language`, as its microphone would hear it: there are no recordings of people that may lie here.
fn spoken(language: Language, text: &str) -> Vec<i16> {
    let mut config = Config::default();
    config.tts.voice = VoiceKind::Good;
    let store = Store::open(model_dir()).unwrap_or_else(|e| panic!("{e}"));
    let assembly = Assembly::new(store, Arc::new(MonotonicClock::start()), config.engine_options());
    let sound = offline::Speaker::open(&assembly, &config, language).unwrap().speak(text).unwrap();
    let sound = resample(&sound, OUTPUT_RATE, INPUT_RATE).unwrap();
    sound.iter().map(|s| (s.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16).collect()
}

/// English speech comes out in `other`, and what is said in `other` comes out in English.
fn goes_both_ways(other: Language, young: &str, question: &str, wanted: &str) {
    let there = Direction::new(Language::En, other);
    let mut config = Config::default();
    config.conversation.set_direction(there, Some(there.reversed()));
    let asked = spoken(other, question);
    let stage = Stage::start(config);
    let take = stage.take(0, &shipped("sense_and_sensibility.wav").samples);
    assert!(take.target_text.to_lowercase().contains(young), "{young:?} is not in {:?}", take.target_text);
    let heard = Ear::new(other).hear(&take.spoken);
    // How well each voice is understood, the evaluation tells; here it is enough that it says about as much.
    let is_heard = heard.chars().filter(|c| c.is_alphabetic()).count() * 3 > take.target_text.chars().count();
    assert!(is_heard, "{:?} was heard as {heard:?}", take.target_text);
    let take = stage.take(1, &asked);
    assert!(says(&take.target_text, wanted), "{wanted:?} is not in {:?} ({:?})", take.target_text, take.source_text);
    assert!(take.first_sound_from_speech_start_s.is_some());
    stage.settle();
}

#[test]
fn french_goes_both_ways() {
    goes_both_ways(Language::Fr, "jeune", "Où est l'hôpital, s'il vous plaît ?", "hospital");
}

#[test]
fn german_goes_both_ways() {
    goes_both_ways(Language::De, "jung", "Wo ist das Krankenhaus, bitte?", "hospital");
}

#[test]
fn mandarin_goes_both_ways() {
    goes_both_ways(Language::Zh, "年轻", "请问，火车站在哪里？", "station");
}

#[test]
fn one_button_is_enough_where_the_language_tells_who_speaks() {
    let mut config = Config::default();
    config.conversation.speaker = Speaker::Auto;
    let stage = Stage::start(config);
    let witness = Witness::new(&stage);
    let clips = [
        ("sense_and_sensibility.wav", Language::En, 0, "joven"),
        ("persuasion_es.wav", Language::Es, 1, "surprise*"),
        ("goforward.wav", Language::En, 0, "metro*"),
    ];
    for (number, (name, language, button, meaning)) in (1..).zip(clips) {
        // Always the button of the one who does not speak.
        let take = stage.take(1 - button, &shipped(name).samples);
        assert!(says(&take.target_text, meaning), "{meaning:?} is not in {:?}", take.target_text);
        let identified = witness.wait_for("identified", number).event;
        assert_eq!((identified.language, identified.button), (Some(language), Some(button)), "{name}");
        assert!(identified.confidence.is_some_and(|probability| probability > 0.9), "{identified:?}");
        assert_eq!(witness.wait_for("recognised", number).event.button, Some(button));
        stage.settle();
    }
}
