//! What the voices say is understood: it is recognised again, and compared with what was to be said.
//!
//! eSpeak NG is not held to this: people learn to understand it, the recogniser here does not (`docs/performance.md`).

#[path = "common/clips.rs"]
mod clips;

use std::sync::Arc;

use clips::{model, runtime, word_error_rate};
use engines::{
    Language,
    asr::{AsrOptions, Whisper},
    audio::Resampler,
    clock::{Clock, MonotonicClock},
    message::OUTPUT_RATE,
    runtime::SessionOptions,
    stage::{Recognizer, Synthesizer},
    tts::{kokoro::Kokoro, pico::Pico},
};

fn clock() -> Arc<dyn Clock> {
    Arc::new(MonotonicClock::start())
}

/// The share of words that come back wrong, of eight sentences without numbers.
fn misheard(voice: &dyn Synthesizer, language: Language) -> (f32, String) {
    let table = match language {
        Language::Fr => include_str!("data/spoken.fr.tsv"),
        Language::De => include_str!("data/spoken.de.tsv"),
        other => panic!("no sentences for {other}"),
    };
    let sentences: Vec<&str> = table.lines().filter(|l| !l.starts_with('#') && !l.contains('\t')).take(8).collect();
    let whisper = Whisper::load(&runtime(), &model("whisper-base"), AsrOptions::default(), clock()).unwrap();
    let mut heard = Vec::new();
    for sentence in &sentences {
        let mut stream = voice.open(language, 0).unwrap();
        let pieces = stream.synthesize_streaming(sentence, true).unwrap();
        let sound: Vec<f32> = pieces.flat_map(|piece| piece.unwrap().audio).collect();
        let mut resampler = Resampler::new(OUTPUT_RATE, 16_000).unwrap();
        let mut sound = resampler.process(&sound).unwrap();
        sound.extend(resampler.finish().unwrap());
        let mut ear = whisper.open(language).unwrap();
        ear.push(&sound, 16_000).unwrap();
        heard.push(ear.finalize().unwrap().text);
    }
    (word_error_rate(&sentences.join(" "), &heard.join(" ")), heard.join("\n"))
}

#[test]
fn the_good_french_voice_is_understood() {
    let kokoro = Kokoro::load(&model("kokoro"), &runtime(), SessionOptions::default(), clock()).unwrap();
    let (misheard, heard) = misheard(&kokoro, Language::Fr);
    assert!(misheard < 0.25, "{misheard}: {heard}");
}

#[test]
fn the_light_french_and_german_voices_are_understood() {
    let pico = Pico::load(&model("pico"), clock()).unwrap();
    for language in [Language::Fr, Language::De] {
        let (misheard, heard) = misheard(&pico, language);
        assert!(misheard < 0.4, "{language} {misheard}: {heard}");
    }
}
