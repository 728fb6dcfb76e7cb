//! Every detector passes the conformance suite of its trait, and the listener built on it loses no speech.

#[path = "common/clips.rs"]
mod clips;
#[path = "common/vad.rs"]
mod suite;

use std::time::Duration;

use clips::{clip, model, runtime};
use engines::{
    EngineError,
    segmenter::{Listener, SegmenterOptions, Splice},
    stage::Vad,
    vad::{Detector, Earshot, Silero},
};

fn silero() -> Box<dyn Vad> {
    Silero::load(&runtime(), &model("silero-vad")).unwrap().open()
}

#[test]
fn silero_conforms() {
    // All streams on one model, as the daemon's conversations have it.
    let model = Silero::load(&runtime(), &model("silero-vad")).unwrap();
    suite::conforms(&|| model.open());
}

#[test]
fn earshot_conforms() {
    suite::conforms(&|| Box::new(Earshot::new()));
}

/// Two sentences with a pause between: two segments, each whole and from before its first word.
#[test]
fn a_listener_cuts_at_the_pause_and_loses_no_speech() {
    let (one, other) = (clip("goforward.wav").samples, clip("sense_and_sensibility.wav").samples);
    let pause = vec![0.0; 2 * 16_000];
    let sound = [&pause[..], &one, &pause, &other, &pause].concat();
    let mut listener = Listener::new(silero(), SegmenterOptions::default());
    let mut chunks = Vec::new();
    listener.press(5, Duration::from_secs(9));
    for piece in sound.chunks(333) {
        listener.push(piece, &mut chunks).unwrap();
    }
    listener.release(&mut chunks).unwrap();
    let finals = chunks.iter().filter(|c| c.is_final).count();
    assert!((2..=3).contains(&finals), "{finals} segments");
    let mut splice = Splice::default();
    for chunk in &chunks {
        assert_eq!(chunk.utterance, 5);
        let fresh = splice.fresh(chunk);
        let at = ((chunk.timestamp - Duration::from_secs(9)).as_nanos() / 62_500) as usize;
        let repeated = chunk.audio.len() - fresh.len();
        assert_eq!(fresh, &sound[at + repeated..at + chunk.audio.len()]);
    }
    // The loudest tenth of a second of each sentence, and 150 ms before its first loud sample, are in a segment.
    for (start, sentence) in [(pause.len(), &one), (2 * pause.len() + one.len(), &other)] {
        let peak = sentence.iter().fold(0.0_f32, |a, x| a.max(x.abs()));
        let first = start + sentence.iter().position(|x| x.abs() > 0.3 * peak).unwrap();
        let begin = Duration::from_secs(9) + Duration::from_nanos((first as u64 - 2_400) * 62_500);
        let held = chunks
            .iter()
            .any(|c| c.timestamp <= begin && begin < c.timestamp + Duration::from_millis(u64::from(c.duration_ms)));
        assert!(held, "the sentence at sample {start} begins outside every segment");
    }
}

#[test]
fn speech_up_to_the_release_is_final_at_once() {
    let mut listener = Listener::new(silero(), SegmenterOptions::default());
    let mut chunks = Vec::new();
    listener.press(1, Duration::ZERO);
    let speech = clip("jfk.wav").samples;
    listener.push(&speech[..40_123], &mut chunks).unwrap();
    assert!(listener.in_segment() && chunks.iter().all(|c| !c.is_final));
    listener.release(&mut chunks).unwrap();
    let last = chunks.last().unwrap();
    assert!(last.is_final && !listener.in_segment());
    assert_eq!(last.audio.last(), Some(&speech[40_122]), "to the very last sample");
}

/// A detector that fails must not cost what was said.
#[test]
fn a_failing_detector_loses_no_open_segment() {
    struct Failing(Box<dyn Vad>, usize);
    impl Vad for Failing {
        fn frame_samples(&self) -> usize {
            self.0.frame_samples()
        }
        fn process_chunk(&mut self, audio: &[f32], frame_duration_ms: u32) -> Result<(bool, f32), EngineError> {
            self.1 += 1;
            if self.1.is_multiple_of(7) {
                return Err(EngineError::FrameLength { expected: 0, got: 0 });
            }
            self.0.process_chunk(audio, frame_duration_ms)
        }
        fn has_speech_ended(&self, silence_duration_ms: u32) -> bool {
            self.0.has_speech_ended(silence_duration_ms)
        }
        fn reset(&mut self) {
            self.0.reset();
        }
    }
    let mut listener = Listener::new(Box::new(Failing(Box::new(Earshot::new()), 0)), SegmenterOptions::default());
    let (mut chunks, speech) = (Vec::new(), clip("sense_and_sensibility.wav").samples);
    listener.press(1, Duration::ZERO);
    let mut failures = 0;
    for piece in speech.chunks(1_000) {
        failures += usize::from(listener.push(piece, &mut chunks).is_err());
    }
    let _ = listener.release(&mut chunks);
    assert!(failures > 10);
    let mut splice = Splice::default();
    let heard: Vec<f32> = chunks.iter().flat_map(|c| splice.fresh(c).to_vec()).collect();
    assert!(heard.len() * 10 > speech.len() * 7, "{} of {} samples", heard.len(), speech.len());
}
