//! What every voice's sound goes through on its way out: rate, level, and the message it leaves in.
//!
//! All voices speak at one level, -20 dB below full scale, measured as the conformance suite does: RMS over the frames of
//! 20 ms that are within 30 dB of the loudest, so that pauses do not count. Each voice brings its own constant factor,
//! since a level that is found while speaking would change the start of every sentence.

use std::{sync::Arc, time::Duration};

use super::edges::Edges;
use crate::{
    EngineError, Language,
    audio::Resampler,
    clock::Clock,
    latency::LatencyWindow,
    message::{OUTPUT_RATE, SpeechOutput, duration_ms},
    stage::Tag,
};

/// Sound is let through unbent up to here; what is louder is bent towards full scale and never reaches it.
const KNEE: f32 = 0.8;

/// Makes the next piece of sound at the model's own rate; `None` at the end.
pub(super) type Pieces<'a> = Box<dyn FnMut() -> Result<Option<Vec<f32>>, EngineError> + 'a>;

/// What a request for speech carries with it.
pub(super) struct Request<'a> {
    pub tag: Tag,
    pub language: Language,
    pub speaker_id: u32,
    /// Rate of the pieces, in hertz.
    pub rate: u32,
    /// Factor that brings this voice to the common level.
    pub gain: f32,
    pub confidence: f32,
    pub clock: &'a Arc<dyn Clock>,
    /// When the text was given.
    pub started: Duration,
    /// Where the time to the first sound is kept.
    pub latency: &'a mut LatencyWindow,
}

/// The stream of sound of one request.
pub(super) struct SpeechPieces<'a> {
    request: Request<'a>,
    pieces: Option<Pieces<'a>>,
    edges: Edges,
    resampler: Resampler,
    first: bool,
}

impl<'a> SpeechPieces<'a> {
    /// Of the clause `text`.
    pub(super) fn new(text: &str, request: Request<'a>, pieces: Pieces<'a>) -> Result<Self, EngineError> {
        let edges = Edges::new(text, request.rate, request.gain);
        let resampler = Resampler::new(request.rate, OUTPUT_RATE)?;
        Ok(Self { request, pieces: Some(pieces), edges, resampler, first: true })
    }

    /// The next sound at the output rate, with the silence at both ends cut.
    fn next_sound(&mut self) -> Result<Option<Vec<f32>>, EngineError> {
        loop {
            let Some(pieces) = &mut self.pieces else { return Ok(None) };
            let sound = match pieces()? {
                Some(piece) => self.resampler.process(&self.edges.push(&piece))?,
                None => {
                    self.pieces = None;
                    let mut last = self.resampler.process(&self.edges.finish())?;
                    last.extend(self.resampler.finish()?);
                    last
                }
            };
            if !sound.is_empty() {
                return Ok(Some(sound));
            }
        }
    }

    fn message(&mut self, mut audio: Vec<f32>) -> SpeechOutput {
        let request = &mut self.request;
        audio.iter_mut().for_each(|x| *x = limit(*x * request.gain));
        let spent = request.clock.now().saturating_sub(request.started);
        if std::mem::take(&mut self.first) {
            request.latency.record(spent);
        }
        SpeechOutput {
            utterance: request.tag.utterance,
            chunk_id: request.tag.chunk_id,
            duration_ms: duration_ms(audio.len(), OUTPUT_RATE),
            audio,
            sample_rate: OUTPUT_RATE,
            speaker_id: request.speaker_id,
            language: request.language,
            confidence: request.confidence,
            total_latency_ms: spent.as_secs_f32() * 1000.0,
        }
    }
}

impl Iterator for SpeechPieces<'_> {
    type Item = Result<SpeechOutput, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next_sound() {
            Ok(sound) => sound.map(|audio| Ok(self.message(audio))),
            Err(error) => {
                self.pieces = None;
                Some(Err(error))
            }
        }
    }
}

/// Bends what is louder than [`KNEE`] so that nothing clips. What is no number becomes silence.
fn limit(x: f32) -> f32 {
    let room = 1.0 - KNEE;
    if !x.is_finite() {
        0.0
    } else if x.abs() <= KNEE {
        x
    } else {
        x.signum() * (KNEE + room * 0.98 * ((x.abs() - KNEE) / room).tanh())
    }
}

/// The part of a text that is spoken, 0..1.
pub(super) fn confidence(spoken: usize, left_out: usize) -> f32 {
    if spoken + left_out == 0 { 0.0 } else { spoken as f32 / (spoken + left_out) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MonotonicClock;

    fn speak(pieces: Vec<Result<Vec<f32>, EngineError>>, gain: f32) -> (Vec<Result<SpeechOutput, EngineError>>, usize) {
        let clock: Arc<dyn Clock> = Arc::new(MonotonicClock::start());
        let mut latency = LatencyWindow::default();
        let mut pieces = pieces.into_iter();
        let request = Request {
            tag: Tag { utterance: 7, chunk_id: 3 },
            language: Language::En,
            speaker_id: 0,
            rate: 24_000,
            gain,
            confidence: 1.0,
            started: clock.now(),
            clock: &clock,
            latency: &mut latency,
        };
        let all = SpeechPieces::new("and", request, Box::new(|| pieces.next().transpose())).unwrap().collect();
        (all, latency.stats().count)
    }

    #[test]
    fn nothing_clips_and_nothing_soft_is_bent() {
        for x in [-1e9, -1.5, -0.8, -0.3, 0.0, 0.5, 0.8, 0.81, 3.0, 1e9] {
            assert!(limit(x).abs() < 1.0 && limit(x) * x >= 0.0, "{x}");
        }
        assert_eq!((limit(0.79), limit(f32::NAN), limit(f32::INFINITY)), (0.79, 0.0, 0.0));
        assert!(limit(0.9) > limit(0.85));
    }

    #[test]
    fn silence_at_both_ends_is_cut_and_the_tag_is_kept() {
        let tone: Vec<f32> = (0..24_000).map(|n| (n as f32 * 0.05).sin() * 0.3).collect();
        let (all, measured) = speak(vec![Ok(vec![0.0; 24_000]), Ok(tone), Ok(vec![0.0; 24_000])], 1.0);
        let all: Vec<SpeechOutput> = all.into_iter().map(Result::unwrap).collect();
        let samples: usize = all.iter().map(|s| s.audio.len()).sum();
        let pause = 22_050 / 20;
        assert!(samples.abs_diff(22_050 + pause) < 300, "{samples}");
        assert!(all.iter().all(|s| s.utterance == 7 && s.chunk_id == 3 && s.sample_rate == OUTPUT_RATE));
        assert_eq!(measured, 1);
    }

    #[test]
    fn silence_alone_is_no_sound_and_an_error_ends_the_stream() {
        assert_eq!(speak(vec![Ok(vec![0.0; 9_000])], 1.0).0.len(), 0);
        let failed = EngineError::UnknownLanguage("x".into());
        let (all, _) = speak(vec![Err(failed), Ok(vec![0.5; 9_000])], 1.0);
        assert!(all.len() == 1 && all[0].is_err());
    }
}
