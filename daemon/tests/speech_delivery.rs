//! Real voices through the pipeline's own way of joining clauses and of speaking them faster.

mod support;

use std::{rc::Rc, sync::Arc};

use daemon::config::Config;
use engines::{
    Language,
    assembly::Assembly,
    catalog::{Store, model_dir},
    clock::MonotonicClock,
    message::OUTPUT_RATE,
    stage::SynthesizerStream,
    tts::{delivery::Delivery, pace::HIGHEST_RATE},
};
use support::{clips::to_16_bit, models::Ear, words::share_of};

/// Two clauses of one sentence, as a translator would hand them over.
const CLAUSES: [(Language, [&str; 2]); 2] = [
    (Language::En, ["I would like to book a table for two people,", "at eight o'clock tonight, near the window."]),
    (Language::Es, ["Quisiera reservar una mesa para dos personas,", "a las ocho de la noche, cerca de la ventana."]),
];

fn voice(language: Language) -> Box<dyn SynthesizerStream> {
    let store = Store::open(model_dir()).unwrap_or_else(|e| panic!("{e}"));
    let options = Config::default().engine_options();
    let assembly = Assembly::new(store, Arc::new(MonotonicClock::start()), options);
    let synthesizer = assembly.synthesizer(&[language], Rc::new(|engine, error| panic!("{engine}: {error}"))).unwrap();
    engines::stage::Synthesizer::open(&synthesizer, language, 0).unwrap()
}

/// The clause as it goes into the playback ring, broken off after `pieces`.
fn deliver(voice: &mut dyn SynthesizerStream, text: &str, rate: f32, pieces: usize) -> Vec<f32> {
    let mut way = Delivery::new(rate);
    let speech = voice.synthesize_streaming(text, false).unwrap().take(pieces);
    let mut sound: Vec<f32> = speech.flat_map(|piece| way.push(&piece.unwrap().audio)).collect();
    sound.extend(way.finish());
    sound
}

fn largest_step(sound: &[f32]) -> f32 {
    sound.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn clauses_follow_each_other_without_a_click() {
    for (language, [first, second]) in CLAUSES {
        let mut voice = voice(language);
        for (rate, pieces) in [(1.0, usize::MAX), (1.0, 1), (HIGHEST_RATE, usize::MAX)] {
            let mut sound = deliver(voice.as_mut(), first, rate, pieces);
            let join = sound.len();
            sound.extend(deliver(voice.as_mut(), second, rate, usize::MAX));
            let near = OUTPUT_RATE as usize / 100;
            let own = largest_step(&sound[join + near..]);
            let step = largest_step(&sound[join - near..join + near]);
            // A whole clause ends in near silence; one that is broken off in the middle of a vowel steps no further than
            // a vowel does.
            let allowed = if pieces == 1 { own } else { own / 4.0 };
            assert!(step <= allowed, "{language}, {rate}, {pieces} pieces: {step} at the join, {own} elsewhere");
        }
    }
}

#[test]
fn speech_is_understood_at_the_highest_rate() {
    for (language, clauses) in CLAUSES {
        let (mut voice, mut ear) = (voice(language), Ear::new(language));
        let text = clauses.join(" ");
        let own = deliver(voice.as_mut(), &text, 1.0, usize::MAX);
        let fast = deliver(voice.as_mut(), &text, HIGHEST_RATE, usize::MAX);
        let rate = own.len() as f32 / fast.len() as f32;
        assert!((rate / HIGHEST_RATE - 1.0).abs() < 0.02, "{language}: {rate} times as fast");
        let (was, is) = (pitch(&own), pitch(&fast));
        println!("{language}: {was} Hz, faster {is} Hz");
        assert!((is / was - 1.0).abs() < 0.05, "{language}: {was} Hz became {is} Hz");
        let heard = ear.hear(&to_16_bit(&fast));
        assert!(share_of(&text, &heard) > 0.85, "{language}: {heard}");
    }
}

/// The median pitch of the voiced frames, in hertz: where each is most like itself a period later.
fn pitch(sound: &[f32]) -> f32 {
    let lags = OUTPUT_RATE as usize / 400..OUTPUT_RATE as usize / 80;
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let of_frame = |frame: &[f32]| {
        let half = frame.len() / 2;
        let still = &frame[..half];
        let likeness = |lag: usize| {
            let later = &frame[lag..lag + half];
            dot(still, later) / (dot(still, still) * dot(later, later)).sqrt().max(1e-6)
        };
        let best = lags.clone().max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)))?;
        (likeness(best) > 0.85 && dot(still, still) > 1.0).then(|| OUTPUT_RATE as f32 / best as f32)
    };
    let (frame, step) = (OUTPUT_RATE as usize / 20, OUTPUT_RATE as usize / 200);
    let mut pitches: Vec<f32> = sound.windows(frame).step_by(step).filter_map(of_frame).collect();
    pitches.sort_by(f32::total_cmp);
    pitches[pitches.len() / 2]
}
