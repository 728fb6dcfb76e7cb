//! The conformance suite of `Vad`: what every detector must do, written once.

use engines::{EngineError, message::duration_ms, stage::Vad};

use crate::clips::{clip, hum, noise};

/// Every promise of the trait, on detectors that `make` makes.
pub fn conforms(make: &dyn Fn() -> Box<dyn Vad>) {
    speech_is_found_and_its_end(make);
    silence_and_hum_are_no_speech(make);
    a_wrong_frame_is_refused(make);
    reset_forgets(make);
    two_detectors_do_not_hear_each_other(make);
    broken_samples_do_no_harm(make);
    ten_minutes_of_silence_change_nothing(make);
}

fn frame_ms(vad: &dyn Vad) -> u32 {
    duration_ms(vad.frame_samples(), 16_000)
}

/// Judges a whole sound, whose last frame is filled up with silence.
fn judge(vad: &mut dyn Vad, samples: &[f32]) -> Vec<(bool, f32)> {
    let (length, milliseconds) = (vad.frame_samples(), frame_ms(vad));
    let frames = samples.chunks(length).map(|frame| {
        let mut frame = frame.to_vec();
        frame.resize(length, 0.0);
        vad.process_chunk(&frame, milliseconds).unwrap()
    });
    frames.collect()
}

fn share(verdicts: &[(bool, f32)]) -> f32 {
    verdicts.iter().filter(|(is_speech, _)| *is_speech).count() as f32 / verdicts.len() as f32
}

fn speech_is_found_and_its_end(make: &dyn Fn() -> Box<dyn Vad>) {
    for name in ["jfk.wav", "sense_and_sensibility.wav", "goforward.wav", "persuasion_es.wav"] {
        let mut vad = make();
        assert!(!vad.has_speech_ended(0), "nothing was said yet");
        let verdicts = judge(&mut *vad, &clip(name).samples);
        assert!(share(&verdicts) > 0.4, "{name}: speech in {} of the frames", share(&verdicts));
        assert!(verdicts.iter().all(|(_, confidence)| (0.0..=1.0).contains(confidence)));
        assert!(!vad.has_speech_ended(60_000));
        // Half a second and what it takes the detector to forget the voice.
        judge(&mut *vad, &[0.0; 14_000]);
        assert!(vad.has_speech_ended(400), "{name}: its end was not noticed");
        assert!(!vad.has_speech_ended(2_000), "{name}");
    }
}

fn silence_and_hum_are_no_speech(make: &dyn Fn() -> Box<dyn Vad>) {
    for (name, sound) in [("silence", vec![0.0; 80_000]), ("hiss", noise(80_000, 0.01)), ("hum", hum(80_000))] {
        let mut vad = make();
        let verdicts = judge(&mut *vad, &sound);
        assert!(share(&verdicts) < 0.02, "{name}: speech in {} of the frames", share(&verdicts));
    }
}

fn a_wrong_frame_is_refused(make: &dyn Fn() -> Box<dyn Vad>) {
    let mut vad = make();
    let (length, milliseconds) = (vad.frame_samples(), frame_ms(&*vad));
    for (samples, claimed) in [(0, milliseconds), (length - 1, milliseconds), (3 * length, milliseconds), (length, 1)] {
        let error = vad.process_chunk(&vec![0.0; samples], claimed).unwrap_err();
        assert!(matches!(error, EngineError::FrameLength { expected, .. } if expected == length), "{error}");
    }
    assert!(vad.process_chunk(&vec![0.0; length], milliseconds).is_ok());
}

fn reset_forgets(make: &dyn Fn() -> Box<dyn Vad>) {
    let speech = clip("goforward.wav").samples;
    let mut vad = make();
    let fresh = judge(&mut *vad, &speech);
    judge(&mut *vad, &[0.0; 20_000]);
    assert!(vad.has_speech_ended(400));
    vad.reset();
    assert!(!vad.has_speech_ended(0));
    assert_eq!(judge(&mut *vad, &speech), fresh);
}

fn two_detectors_do_not_hear_each_other(make: &dyn Fn() -> Box<dyn Vad>) {
    let speech = clip("goforward.wav").samples;
    let alone = judge(&mut *make(), &speech);
    let (mut one, mut other) = (make(), make());
    let (length, milliseconds) = (one.frame_samples(), frame_ms(&*one));
    for (n, frame) in speech.chunks_exact(length).enumerate() {
        let verdict = one.process_chunk(frame, milliseconds).unwrap();
        other.process_chunk(&noise(length, 0.3), milliseconds).unwrap();
        assert_eq!(verdict, alone[n]);
    }
}

fn broken_samples_do_no_harm(make: &dyn Fn() -> Box<dyn Vad>) {
    let speech = clip("goforward.wav").samples;
    for bad in [f32::NAN, f32::INFINITY, -1e30] {
        let mut vad = make();
        let mut samples = vec![bad; vad.frame_samples()];
        samples.resize(16_000, 0.0);
        samples.extend(&speech);
        assert!(share(&judge(&mut *vad, &samples)) > 0.2, "deaf after {bad}");
    }
}

fn ten_minutes_of_silence_change_nothing(make: &dyn Fn() -> Box<dyn Vad>) {
    let mut vad = make();
    assert_eq!(share(&judge(&mut *vad, &vec![0.0; 600 * 16_000])), 0.0);
    assert!(!vad.has_speech_ended(400), "silence ends nothing that has not begun");
    assert!(share(&judge(&mut *vad, &clip("jfk.wav").samples)) > 0.4);
}
