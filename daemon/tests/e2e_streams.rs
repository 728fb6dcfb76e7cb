//! The rehearsal of several conversations at once: each says everything that it is given, in its own order, and is judged.

mod support;

use daemon::{
    config::{Config, VoiceKind},
    rehearsal::streams::{Line, Report, rehearse},
};
use engines::{Direction, Language::En, Language::Es};
use support::{clips::shipped, words::says};

#[test]
fn each_stream_says_everything_twice_and_is_judged() {
    let line = |name: &str, direction, button| {
        let clip = shipped(name);
        Line { file: clip.name, direction, button, samples: clip.samples }
    };
    let script =
        [line("goforward.wav", Direction::new(En, Es), 0), line("persuasion_es.wav", Direction::new(Es, En), 1)];
    let mut config = Config::default();
    config.tts.voice = VoiceKind::Light;
    let tried = rehearse(&config, 2, &script).unwrap();
    let files = |stream: usize| tried.each[stream].utterances.iter().map(|t| t.file.as_str()).collect::<Vec<_>>();
    assert_eq!(files(0), ["goforward.wav", "persuasion_es.wav", "goforward.wav", "persuasion_es.wav"]);
    assert_eq!(files(1), ["persuasion_es.wav", "goforward.wav", "persuasion_es.wav", "goforward.wav"]);
    for stream in &tried.each {
        assert_eq!((stream.gaps, stream.unspoken), (0, 0), "{stream:#?}");
        for take in stream.utterances.iter().filter(|t| t.file == "goforward.wav") {
            assert!(says(&take.target_text, "metro*"), "{take:?}");
        }
    }
    assert!(tried.memory_ready.proportional_bytes > 0 && tried.memory_spoken.resident_bytes > 0);
    let kept_up = if tried.all_kept_up() { 2 } else { 0 };
    let report = Report::new("light", vec![tried]);
    assert_eq!((report.in_real_time, report.memory_growth_bytes), (kept_up, None));
}
