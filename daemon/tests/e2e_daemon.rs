//! The whole path as its user meets it: the daemon runs on a virtual sound card, recordings of people are spoken into
//! its microphone in real time with the button held, and what its loudspeaker plays is listened to and written down.
//! Models, sound card interface and daemon are the real ones.

mod support;

use std::collections::BTreeMap;

use daemon::{
    config::{Config, VoiceKind},
    rehearsal::take::Take,
    status::{Stage as Work, Status},
};
use engines::{Language, message::Kind};
use support::{
    clips::{Clip, evaluation, shipped, silence},
    models::Ear,
    stage::{Stage, Witness},
    words::{says, share_of},
};

/// The share of the words of each translation that must be understood from the loudspeaker. Who listens is a recogniser
/// that takes one word in thirty for another ("llamada" for "chamada"), which is much of a short sentence.
const UNDERSTOOD: f32 = 0.5;
/// The same of all translations together, where such a word does not count for much.
const UNDERSTOOD_OF_ALL: f32 = 0.85;

/// A recording and what its translation must say, whatever its wording: see [`says`].
struct Utterance {
    clip: Clip,
    meaning: &'static [&'static str],
}

fn utterance(clip: Clip, meaning: &'static [&'static str]) -> Utterance {
    Utterance { clip, meaning }
}

/// Ten utterances in two languages: the recordings that ship, and more from the evaluation set where it is there.
fn ten_utterances() -> Vec<Utterance> {
    let go = || utterance(shipped("goforward.wav"), &["diez|10", "metro*"]);
    let young = || utterance(shipped("sense_and_sensibility.wav"), &["joven"]);
    // Of thirty ways to lay it over the recogniser's frames one makes "my fellow America" of it.
    let country = || utterance(shipped("jfk.wav"), &["american*|america", "pais", "pregunt*"]);
    let surprise = || utterance(shipped("persuasion_es.wav"), &["surprise*", "astonish*|amaze*|lips"]);
    let more =
        |file: &str, meaning, otherwise: Utterance| evaluation(file).map_or(otherwise, |clip| utterance(clip, meaning));
    vec![
        go(),
        surprise(),
        young(),
        more("speech/es/ast_followme_no-recording.16k.wav", &["call"], young()),
        more("speech/en/ast_followme_no-recording.16k.wav", &["llamada"], go()),
        more("speech/es/ast_followme_sorry.16k.wav", &["person"], young()),
        more("speech/en/ast_followme_sorry.16k.wav", &["persona"], go()),
        more("speech/es/ast_followme_pls-hold-while-try.16k.wav", &["wait*|hold*|call*"], young()),
        more("speech/en/ast_vm-msgsaved.16k.wav", &["mensaje"], go()),
        country(),
    ]
}

/// English is spoken with button 0 held, Spanish with button 1, as the shipped configuration has it.
fn button(clip: &Clip) -> usize {
    usize::from(clip.language == Language::Es)
}

/// Returns which share of the translation was understood from the loudspeaker.
fn hold_to_its_meaning(utterance: &Utterance, take: &Take, ears: &mut BTreeMap<Language, Ear>) -> f32 {
    let Utterance { clip, meaning } = utterance;
    let target = if clip.language == Language::En { Language::Es } else { Language::En };
    let heard = ears.get_mut(&target).unwrap().hear(&take.spoken);
    let told = format!(
        "{}\n  said:       {}\n  recognised: {}\n  translated: {}\n  heard:      {heard}",
        clip.name, clip.transcript, take.source_text, take.target_text
    );
    eprintln!("{told}");
    let recognised = share_of(&clip.transcript, &take.source_text);
    assert!(recognised >= 0.5, "{recognised} of what was said was recognised: {told}");
    for wanted in *meaning {
        assert!(says(&take.target_text, wanted), "{wanted:?} is not in the translation: {told}");
    }
    let understood = share_of(&take.target_text, &heard);
    assert!(understood >= UNDERSTOOD, "{understood} of the translation was understood: {told}");
    assert!(take.first_sound_from_speech_start_s.is_some(), "no sound: {told}");
    understood
}

fn nothing_went_wrong(status: &Status) {
    let told = serde_json::to_string_pretty(status).unwrap();
    assert!(status.stages.iter().all(|s| s.errors == 0), "a stage failed: {told}");
    assert!(status.fallbacks.values().all(|n| *n == 0), "an engine was passed over: {told}");
    assert!(status.snapshot.last_error.is_none(), "{told}");
    assert_eq!(status.drops.get("captured_frames"), Some(&0), "sound of the microphone was lost: {told}");
}

#[test]
fn ten_utterances_in_two_languages_come_out_in_the_other() {
    let utterances = ten_utterances();
    let stage = Stage::start(Config::default());
    let witness = Witness::new(&stage);
    let mut takes = Vec::new();
    for (number, utterance) in (1_u64..).zip(&utterances) {
        takes.push(stage.take(button(&utterance.clip), &utterance.clip.samples));
        // Nothing of it is left for the next one to wait behind.
        let status = stage.settle();
        assert_eq!((status.snapshot.utterance, status.utterances), (number, number));
        nothing_went_wrong(&status);
    }
    partials_come_before_finals(&witness, utterances.len() as u64);
    let metrics = stage.daemon.client.get_text("/metrics").unwrap();
    assert!(metrics.contains("dragoman_utterances_total 10"), "{metrics}");
    drop(stage);
    let mut ears = BTreeMap::from([Language::En, Language::Es].map(|l| (l, Ear::new(l))));
    let understood: f32 = utterances.iter().zip(&takes).map(|(u, take)| hold_to_its_meaning(u, take, &mut ears)).sum();
    let understood = understood / utterances.len() as f32;
    assert!(understood >= UNDERSTOOD_OF_ALL, "{understood} of all translations together was understood");
}

/// In every utterance, and in both languages, something was shown before the final text.
fn partials_come_before_finals(witness: &Witness, utterances: u64) {
    let seen = witness.seen();
    for utterance in 1..=utterances {
        let texts: Vec<_> = seen.iter().filter(|s| s.event.utterance == Some(utterance)).collect();
        let place = |stage, kind| texts.iter().position(|s| (s.event.stage, s.event.kind) == (Some(stage), Some(kind)));
        let (partial, last) = (place(Work::Asr, Kind::Partial), place(Work::Asr, Kind::Final));
        assert!(partial.is_some() && partial < last, "utterance {utterance}: {texts:#?}");
        // A clause may be translated before the rest of its sentence has been said, but not before it was heard.
        assert!(place(Work::Mt, Kind::Final) > partial, "utterance {utterance}: {texts:#?}");
    }
}

#[test]
fn a_minute_of_speech_is_interpreted_while_it_goes_on() {
    let (country, young, go) = (shipped("jfk.wav"), shipped("sense_and_sensibility.wav"), shipped("goforward.wav"));
    let pause = silence(0.7);
    let mut recording = Vec::new();
    for clip in [&country, &young, &go].into_iter().cycle() {
        recording.extend_from_slice(&clip.samples);
        recording.extend_from_slice(&pause);
        if recording.len() >= 60 * 16_000 {
            break;
        }
    }
    let mut config = Config::default();
    config.tts.voice = VoiceKind::Light;
    let stage = Stage::start(config);
    let take = stage.take(0, &recording);
    let status = stage.settle();
    nothing_went_wrong(&status);
    let told = format!("recognised: {}\ntranslated: {}", take.source_text, take.target_text);
    let count = |text: &str, word: &str| support::words::words(text).iter().filter(|w| *w == word).count();
    // Four rounds of it fit into a minute at least three times.
    assert!(count(&take.source_text, "country") >= 5 && count(&take.source_text, "meters") >= 3, "{told}");
    assert!(count(&take.target_text, "pais") >= 5 && count(&take.target_text, "metros") >= 3, "{told}");
    assert!(take.first_sound_from_speech_start_s.is_some_and(|s| s < 30.0), "it waited for the release: {told}");
    // Half of what was said in that minute at the least, at the quickest that anybody speaks.
    assert!(take.spoken.len() > 15 * 22_050, "{} s were spoken: {told}", take.spoken.len() / 22_050);
}
