//! One conversation's recognition, whatever the model: a growing segment, decoded again at every chunk.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use super::{cut, guard};
use crate::{
    EngineError, Language,
    clock::Clock,
    latency::{LatencyStats, LatencyWindow},
    message::{INPUT_RATE, Kind, Metadata, TextToken},
    stage::{Recognizer, RecognizerStream, Tag},
};

/// A segment longer than this (25 s) is cut: the models were trained on at most 30 s, and what is cut off is not
/// decoded again at every chunk.
const LONGEST: usize = 25 * INPUT_RATE as usize;

/// Where the cut is looked for, from and to: 12 s to 24 s.
const CUT_FROM: usize = 12 * INPUT_RATE as usize;
const CUT_TO: usize = 24 * INPUT_RATE as usize;

/// A segment shorter than this (200 ms) holds no word yet.
const SHORTEST: usize = INPUT_RATE as usize / 5;

/// Of silence before any sound, only this much (500 ms) is kept.
const SILENCE_KEPT: usize = INPUT_RATE as usize / 2;

/// What a model made of one piece of sound.
#[derive(Debug, Clone, Default)]
pub(super) struct Transcript {
    /// The words, with casing and punctuation as the model writes them.
    pub(super) text: String,
    /// Sum of the log-probabilities of `tokens` tokens, the end of the text among them.
    pub(super) log_probability: f32,
    /// Number of tokens.
    pub(super) tokens: usize,
    /// Probability that nobody speaks.
    pub(super) no_speech: f32,
    /// The text had no end.
    pub(super) cut_short: bool,
}

impl Transcript {
    fn mean(&self) -> f32 {
        self.log_probability / self.tokens.max(1) as f32
    }
}

/// A model that turns a piece of sound into text. It remembers nothing between two pieces.
pub(super) trait Transcriber {
    /// The mean log-probability of a token below which a text is more likely invented than heard.
    fn least_mean(&self) -> f32;

    /// Transcribes at most 30 s of 16 kHz samples.
    fn transcribe(&mut self, samples: &[f32], language: Language, beams: usize) -> Result<Transcript, EngineError>;
}

/// A model, shared by the streams of one thread.
pub(super) type Shared = Rc<RefCell<dyn Transcriber>>;

/// The state of one conversation.
pub(super) struct SegmentStream {
    model: Shared,
    engine: String,
    language: Language,
    beams: usize,
    clock: Arc<dyn Clock>,
    tag: Tag,
    latency: LatencyWindow,
    /// The part of the segment that is still decoded at every chunk.
    samples: Vec<f32>,
    /// What was made of the parts before, for good.
    settled: Vec<Transcript>,
    notes: Vec<String>,
}

impl SegmentStream {
    /// A stream of `recognizer`, whose model is `model`.
    pub(super) fn open(
        model: &Shared,
        recognizer: &dyn Recognizer,
        language: Language,
        beams: usize,
        clock: &Arc<dyn Clock>,
    ) -> Result<Box<dyn RecognizerStream>, EngineError> {
        let (engine, offered) = (recognizer.name().to_owned(), recognizer.languages());
        if !offered.contains(&language) {
            return Err(EngineError::LanguageNotOffered { engine, language, offered: offered.to_vec() });
        }
        Ok(Box::new(Self {
            model: Rc::clone(model),
            engine,
            language,
            beams: beams.max(1),
            clock: Arc::clone(clock),
            tag: Tag::default(),
            latency: LatencyWindow::default(),
            samples: Vec::new(),
            settled: Vec::new(),
            notes: Vec::new(),
        }))
    }

    /// Settles the head of a segment that has grown too long, and forgets silence that nothing came of.
    fn shorten(&mut self) -> Result<(), EngineError> {
        while self.samples.len() > LONGEST {
            let at = cut::quietest(&self.samples, CUT_FROM, CUT_TO);
            let (transcript, note) = self.decode(&self.samples[..at], self.beams)?;
            self.samples.drain(..at);
            self.notes.extend(note);
            if !transcript.text.is_empty() {
                self.settled.push(transcript);
            }
        }
        if self.samples.len() > SILENCE_KEPT && cut::is_silent(&self.samples) {
            self.samples.drain(..self.samples.len() - SILENCE_KEPT);
        }
        Ok(())
    }

    /// Transcribes `samples`; what is not to be believed gives an empty text and a note.
    fn decode(&self, samples: &[f32], beams: usize) -> Result<(Transcript, Option<String>), EngineError> {
        if samples.len() < SHORTEST || cut::is_silent(samples) {
            return Ok((Transcript::default(), None));
        }
        let transcript = self.model.borrow_mut().transcribe(samples, self.language, beams)?;
        let evidence = guard::Evidence {
            mean: transcript.mean(),
            least_mean: self.model.borrow().least_mean(),
            no_speech: transcript.no_speech,
            cut_short: transcript.cut_short,
        };
        Ok(match guard::doubt(&transcript.text, evidence) {
            None => (transcript, None),
            Some(reason) => {
                let note = format!("dropped \"{}\": {reason}", transcript.text);
                (Transcript::default(), Some(note))
            }
        })
    }

    fn check(sample_rate: u32) -> Result<(), EngineError> {
        if sample_rate == INPUT_RATE {
            Ok(())
        } else {
            Err(EngineError::SampleRate { expected: INPUT_RATE, got: sample_rate })
        }
    }

    /// Decodes all there is.
    fn token(&mut self, kind: Kind, beams: usize) -> Result<TextToken, EngineError> {
        let start = self.clock.now();
        self.shorten()?;
        let (last, note) = self.decode(&self.samples, beams)?;
        let parts: Vec<&Transcript> = self.settled.iter().chain([&last]).filter(|t| !t.text.is_empty()).collect();
        let text = parts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ");
        let tokens: usize = parts.iter().map(|t| t.tokens).sum();
        let log_probability: f32 = parts.iter().map(|t| t.log_probability).sum();
        // The geometric mean of the tokens' probabilities; nothing was said with no confidence at all.
        let confidence = if tokens == 0 { 0.0 } else { (log_probability / tokens as f32).exp().clamp(0.0, 1.0) };
        let now = self.clock.now();
        let processing_latency_ms = self.latency.record(now.saturating_sub(start));
        Ok(TextToken {
            utterance: self.tag.utterance,
            chunk_id: self.tag.chunk_id,
            text,
            confidence,
            kind,
            source_language: self.language,
            target_language: self.language,
            metadata: Metadata {
                engine: self.engine.clone(),
                untranslated: Vec::new(),
                notes: self.notes.iter().cloned().chain(note).collect(),
            },
            timestamp: now,
            processing_latency_ms,
        })
    }
}

impl RecognizerStream for SegmentStream {
    fn tag(&mut self, tag: Tag) {
        self.tag = tag;
    }

    fn process_chunk(&mut self, audio: &[f32], sample_rate: u32) -> Result<TextToken, EngineError> {
        self.push(audio, sample_rate)?;
        self.token(Kind::Partial, 1)
    }

    fn push(&mut self, audio: &[f32], sample_rate: u32) -> Result<(), EngineError> {
        Self::check(sample_rate)?;
        // A broken driver's NaN must not spoil the whole segment.
        self.samples.extend(audio.iter().map(|x| if x.is_finite() { x.clamp(-1.0, 1.0) } else { 0.0 }));
        Ok(())
    }

    fn finalize(&mut self) -> Result<TextToken, EngineError> {
        let token = self.token(Kind::Final, self.beams)?;
        self.reset();
        Ok(token)
    }

    fn reset(&mut self) {
        self.samples.clear();
        self.settled.clear();
        self.notes.clear();
    }

    fn latency_stats(&self) -> LatencyStats {
        self.latency.stats()
    }
}
