//! Every recogniser passes the conformance suite of its trait, on the models that ship.

#[path = "common/clips.rs"]
mod clips;
#[path = "common/recognizer.rs"]
mod recognizer;

use std::sync::Arc;

use clips::{clip, model, runtime, word_error_rate};
use engines::{
    Language,
    asr::{AsrOptions, Moonshine, Whisper},
    clock::{Clock, MonotonicClock},
    stage::Recognizer,
};
use recognizer::Backend;

fn clock() -> Arc<dyn Clock> {
    Arc::new(MonotonicClock::start())
}

fn whisper() -> Whisper {
    Whisper::load(&runtime(), &model("whisper-base"), AsrOptions::default(), clock()).unwrap()
}

#[test]
fn moonshine_conforms() {
    let model = model("moonshine-base-en");
    let moonshine = Moonshine::load(&runtime(), &model, AsrOptions::default(), clock()).unwrap();
    let (speech, short) = (clip("jfk.wav"), clip("sense_and_sensibility.wav"));
    let clips = [(&speech, 0.05), (&short, 0.0)];
    Backend { recognizer: &moonshine, language: Language::En, not_offered: Language::Es, clips }.conforms();
    let third = clip("goforward.wav");
    let mut stream = moonshine.open(Language::En).unwrap();
    stream.push(&third.samples, 16_000).unwrap();
    // "metres" is right too.
    let text = stream.finalize().unwrap().text;
    assert!(word_error_rate(&third.transcript, &text) <= 0.25, "{text}");
}

#[test]
fn whisper_conforms() {
    let whisper = whisper();
    let (speech, short) = (clip("persuasion_es.wav"), clip("persuasion_es.wav").beginning(82_400, 16));
    let clips = [(&speech, 0.25), (&short, 0.35)];
    Backend { recognizer: &whisper, language: Language::Es, not_offered: Language::Pt, clips }.conforms();
}

#[test]
fn whisper_writes_spanish_as_it_is_written() {
    let whisper = whisper();
    let mut stream = whisper.open(Language::Es).unwrap();
    stream.push(&clip("persuasion_es.wav").samples, 16_000).unwrap();
    let text = stream.finalize().unwrap().text;
    assert!(text.starts_with("La sorpresa"), "{text}");
    assert!(text.contains(',') && text.contains("Carlos") && text.contains("manifestó"), "{text}");
}

#[test]
fn whisper_understands_english_too() {
    let whisper = whisper();
    let speech = clip("jfk.wav");
    let mut stream = whisper.open(Language::En).unwrap();
    stream.push(&speech.samples, 16_000).unwrap();
    let text = stream.finalize().unwrap().text;
    assert!(word_error_rate(&speech.transcript, &text) <= 0.05, "{text}");
}
