//! One conversation's recognition, whatever the model: a growing segment, decoded again at every chunk.
//!
//! What is committed is not decoded again: the decoder is given its tokens and goes on behind them, so that a hypothesis
//! begins with it by construction and costs only its new words. And once a sentence is committed to its end, its sound is
//! cut off, so that a minute of speech without a pause costs no more a second than a short sentence.

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use super::{
    cut, guard,
    search::{Begun, geometric_mean},
};
use crate::{
    EngineError, Language,
    clock::Clock,
    latency::{LatencyStats, LatencyWindow},
    message::{INPUT_RATE, Kind, Metadata, TextToken},
    sentences,
    simultaneous::{
        commit::{CommitRule, LocalAgreement, continuation, gone_on},
        words::{common_words, words},
    },
    stage::{Recognizer, RecognizerStream, Tag},
};

/// A segment longer than this (25 s) is cut: the models were trained on at most 30 s, and what is cut off is not
/// decoded again at every chunk.
const LONGEST: usize = 25 * INPUT_RATE as usize;

/// Where the cut is looked for, from and to: 12 s to 24 s.
const CUT_FROM: usize = 12 * INPUT_RATE as usize;
const CUT_TO: usize = 24 * INPUT_RATE as usize;

/// From here on (8 s) the sound of committed sentences is cut off: below, the cut would cost more than it saves.
const LONG: usize = 8 * INPUT_RATE as usize;

/// A segment shorter than this (200 ms) holds no word yet.
const SHORTEST: usize = INPUT_RATE as usize / 5;

/// Of silence before any sound, only this much (500 ms) is kept.
const SILENCE_KEPT: usize = INPUT_RATE as usize / 2;

/// What a model made of one piece of sound.
#[derive(Debug, Clone, Default)]
pub(super) struct Transcript {
    /// The words, with casing and punctuation as the model writes them.
    pub(super) text: String,
    /// The tokens of the text.
    pub(super) begun: Begun,
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

/// How a piece of sound is to be transcribed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    /// What is spoken in it.
    pub(super) language: Language,
    /// More is to come: the sound breaks off where it ends.
    pub(super) is_partial: bool,
    /// Hypotheses followed at once.
    pub(super) beams: usize,
    /// What the text begins with.
    pub(super) begun: &'a Begun,
}

/// A model that turns a piece of sound into text. It remembers nothing between two pieces.
pub(super) trait Transcriber {
    /// The mean log-probability of a token below which a text is more likely invented than heard.
    fn least_mean(&self) -> f32;

    /// The text of tokens.
    fn text(&self, tokens: &[u32]) -> Result<String, EngineError>;

    /// Transcribes at most 30 s of 16 kHz samples.
    fn transcribe(&mut self, samples: &[f32], task: Task) -> Result<Transcript, EngineError>;
}

/// A model, shared by the streams of one thread.
pub(super) type Shared = Rc<RefCell<dyn Transcriber>>;

/// When a word of the last hypothesis was first heard, in samples of the present window.
#[derive(Debug, Clone, Copy)]
struct Heard {
    /// It was not there yet when the sound ended here.
    not_by: usize,
    /// It was there when the sound ended here.
    by: usize,
}

/// How many tokens, whose ends are `ends`, make up the first `bytes` of a text, or as much of them as whole tokens do.
fn whole_tokens(ends: &[Option<usize>], bytes: usize) -> usize {
    ends.iter().rposition(|end| end.is_some_and(|end| end <= bytes)).map_or(0, |at| at + 1)
}

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
    /// Samples of the parts before.
    cut_off: usize,
    /// What was made of them, for good.
    settled: Vec<Transcript>,
    /// What is committed of the part that is still decoded, and how sure of it the model must be.
    rule: CommitRule,
    agreement: LocalAgreement,
    /// Its tokens, as far as whole tokens make it up.
    begun: Begun,
    /// The words of the last hypothesis, and when each was first heard.
    heard: Vec<Heard>,
    last: String,
    /// Length of the sound at the last hypothesis.
    decoded: usize,
    /// A committed sentence up to here could not be cut off: not tried again.
    uncut: usize,
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
            cut_off: 0,
            settled: Vec::new(),
            rule: CommitRule::NOTHING,
            agreement: LocalAgreement::new(CommitRule::NOTHING.hypotheses, language),
            begun: Begun::default(),
            heard: Vec::new(),
            last: String::new(),
            decoded: 0,
            uncut: 0,
            notes: Vec::new(),
        }))
    }

    /// Settles the head of a segment that has grown too long, and forgets silence that nothing came of.
    fn shorten(&mut self) -> Result<(), EngineError> {
        if self.samples.len() > LONG {
            self.cut_off_sentences()?;
        }
        while self.samples.len() > LONGEST {
            self.cut_anywhere()?;
        }
        if self.agreement.committed().is_empty() && self.samples.len() > SILENCE_KEPT && cut::is_silent(&self.samples) {
            self.samples.drain(..self.samples.len() - SILENCE_KEPT);
        }
        Ok(())
    }

    /// Cuts off the sound of the sentences that are committed to their end, where it can be told from what follows.
    ///
    /// The models give no time stamps. But the last word of the sentence was not there yet in one hypothesis, and the
    /// first of the next one was there in another: between them lies the pause. The cut holds where the sound before
    /// it, decoded by itself, says the sentences and nothing else.
    fn cut_off_sentences(&mut self) -> Result<(), EngineError> {
        let committed = self.agreement.committed();
        let mut end = 0;
        while let Some(more) = sentences::first_end(&committed[end..]) {
            end += more;
        }
        let sentences = words(&committed[..end], self.language);
        let (Some(last), Some(next)) =
            (sentences.len().checked_sub(1).and_then(|at| self.heard.get(at)), self.heard.get(sentences.len()))
        else {
            return Ok(());
        };
        if end <= self.uncut || end == committed.len() {
            return Ok(());
        }
        let at = cut::quietest(&self.samples, last.not_by, next.by);
        let (head, _) = self.decode(&self.samples[..at], Kind::Partial, &Begun::default())?;
        let head = words(&head.text, self.language);
        if head.len() == sentences.len() && common_words(&head, &sentences) == head.len() {
            self.settle(at, end, "")
        } else {
            self.uncut = end;
            Ok(())
        }
    }

    /// Cuts off the sound up to the longest pause there is.
    fn cut_anywhere(&mut self) -> Result<(), EngineError> {
        let at = cut::quietest(&self.samples, CUT_FROM, CUT_TO);
        let (head, note) = self.decode(&self.samples[..at], Kind::Final, &Begun::default())?;
        self.notes.extend(note);
        let committed = self.agreement.committed().to_owned();
        // Where the head ends within what is committed, the rest of that belongs to the tail.
        let within = if committed.is_empty() { 0 } else { continuation(&head.text, &committed, self.language) };
        if within < committed.len() {
            return self.settle(at, within, "");
        }
        let whole = gone_on(&committed, &head.text, self.language);
        self.settle(at, within, &whole[committed.len()..])
    }

    /// Puts away the first `samples` samples, of which the first `bytes` of the committed text came and `beyond` that.
    fn settle(&mut self, samples: usize, bytes: usize, beyond: &str) -> Result<(), EngineError> {
        let committed = self.agreement.committed();
        let words_gone = words(&committed[..bytes], self.language).len();
        let tokens_gone = whole_tokens(&self.token_ends(&self.begun.tokens, committed)?, bytes);
        let text = format!("{}{beyond}", &committed[..bytes]).trim().to_owned();
        self.samples.drain(..samples);
        self.cut_off += samples;
        if !text.is_empty() {
            let log_probability = tokens_gone.checked_sub(1).map_or(0.0, |at| self.begun.log_probabilities[at]);
            self.settled.push(Transcript { text, log_probability, tokens: tokens_gone, ..Transcript::default() });
        }
        self.agreement.forget(bytes);
        self.begun = self.begun.behind(tokens_gone);
        self.heard.drain(..words_gone.min(self.heard.len()));
        for heard in &mut self.heard {
            *heard = Heard { not_by: heard.not_by.saturating_sub(samples), by: heard.by.saturating_sub(samples) };
        }
        self.last = self.last.get(bytes..).unwrap_or_default().trim_start().to_owned();
        self.decoded = self.decoded.saturating_sub(samples);
        self.uncut = 0;
        Ok(())
    }

    /// Where each of `tokens` ends in `text`, in bytes; `None` where that is within a letter.
    fn token_ends(&self, tokens: &[u32], text: &str) -> Result<Vec<Option<usize>>, EngineError> {
        let model = self.model.borrow();
        let end =
            |count: usize| Ok(Some(model.text(&tokens[..count])?).filter(|t| text.starts_with(t)).map(|t| t.len()));
        (1..=tokens.len()).map(end).collect()
    }

    /// Transcribes `samples`, what is not to be changed any more with all the care there is; what is not to be believed
    /// gives an empty text and a note.
    fn decode(&self, samples: &[f32], kind: Kind, begun: &Begun) -> Result<(Transcript, Option<String>), EngineError> {
        if samples.len() < SHORTEST || cut::is_silent(samples) {
            return Ok((Transcript::default(), None));
        }
        let is_partial = kind == Kind::Partial;
        let beams = if is_partial { 1 } else { self.beams };
        let task = Task { language: self.language, is_partial, beams, begun };
        let transcript = self.model.borrow_mut().transcribe(samples, task)?;
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

    /// The next hypothesis of the window, which begins with what is committed, and a note about what was dropped.
    fn hypothesis(&self, kind: Kind) -> Result<(Transcript, Option<String>), EngineError> {
        let (mut found, note) = self.decode(&self.samples, kind, &self.begun)?;
        let committed = self.agreement.committed();
        if !found.text.starts_with(committed) {
            // Dropped, or it disagrees with a word that no whole token ended.
            let text = gone_on(committed, &found.text, self.language);
            if found.tokens == 0 {
                let (log_probability, tokens) = (self.begun.log_probability(), self.begun.tokens.len());
                found = Transcript { log_probability, tokens, ..found };
            }
            found = Transcript { text, begun: self.begun.clone(), ..found };
        }
        Ok((found, note))
    }

    /// Commits what is to be committed of a partial hypothesis.
    fn commit(&mut self, found: &Transcript) -> Result<(), EngineError> {
        let now = words(&found.text, self.language);
        let known = common_words(&words(&self.last, self.language), &now);
        self.heard.truncate(known);
        self.heard.resize(now.len(), Heard { not_by: self.decoded, by: self.samples.len() });
        self.last.clone_from(&found.text);
        self.decoded = self.samples.len();
        let ends = self.token_ends(&found.begun.tokens, &found.text)?;
        let up_to = |bytes| found.begun.first(whole_tokens(&ends, bytes));
        let before = self.agreement.committed().len();
        let begun = &self.begun;
        let confidence = |bytes| {
            let new = up_to(bytes).behind(begun.tokens.len());
            if new.tokens.is_empty() {
                // The words do not end where tokens do: what is known is how sure the model is of all of them.
                let tokens = found.tokens.saturating_sub(begun.tokens.len());
                geometric_mean(found.log_probability - begun.log_probability(), tokens)
            } else {
                new.confidence()
            }
        };
        let is_sure = |bytes, stood| self.rule.allows(confidence(bytes), stood);
        let heard = Duration::from_secs_f64((self.cut_off + self.samples.len()) as f64 / f64::from(INPUT_RATE));
        let after = self.agreement.push(&found.text, heard, is_sure).len();
        if after > before {
            self.begun = up_to(after);
        }
        Ok(())
    }

    /// Decodes all there is.
    fn token(&mut self, kind: Kind) -> Result<TextToken, EngineError> {
        let start = self.clock.now();
        self.shorten()?;
        let (last, note) = self.hypothesis(kind)?;
        // What was dropped says nothing against what was heard before.
        if kind == Kind::Partial && note.is_none() && self.rule != CommitRule::NOTHING {
            self.commit(&last)?;
        }
        let parts: Vec<&Transcript> = self.settled.iter().chain([&last]).filter(|t| !t.text.is_empty()).collect();
        let text = parts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(self.language.gap());
        let tokens: usize = parts.iter().map(|t| t.tokens).sum();
        let log_probability: f32 = parts.iter().map(|t| t.log_probability).sum();
        // Nothing was said with no confidence at all.
        let confidence = geometric_mean(log_probability, tokens);
        let open = last.text.len() - self.agreement.committed().len();
        // Where all of the last part is open, the space before it is too: the part may yet come to nothing.
        let committed = if kind == Kind::Final { text.len() } else { text[..text.len() - open].trim_end().len() };
        let now = self.clock.now();
        let processing_latency_ms = self.latency.record(now.saturating_sub(start));
        Ok(TextToken {
            utterance: self.tag.utterance,
            chunk_id: self.tag.chunk_id,
            committed,
            text,
            confidence,
            kind,
            source_language: self.language,
            target_language: self.language,
            metadata: Metadata {
                engine: self.engine.clone(),
                untranslated: Vec::new(),
                doubts: Vec::new(),
                is_rest: false,
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

    fn set_commit_rule(&mut self, rule: CommitRule) {
        self.rule = rule;
        self.agreement = LocalAgreement::new(rule.hypotheses, self.language);
        self.reset();
    }

    fn process_chunk(&mut self, audio: &[f32], sample_rate: u32) -> Result<TextToken, EngineError> {
        self.push(audio, sample_rate)?;
        self.token(Kind::Partial)
    }

    fn push(&mut self, audio: &[f32], sample_rate: u32) -> Result<(), EngineError> {
        Self::check(sample_rate)?;
        // A broken driver's NaN must not spoil the whole segment.
        self.samples.extend(audio.iter().map(|x| if x.is_finite() { x.clamp(-1.0, 1.0) } else { 0.0 }));
        Ok(())
    }

    fn finalize(&mut self) -> Result<TextToken, EngineError> {
        let token = self.token(Kind::Final)?;
        self.reset();
        Ok(token)
    }

    fn reset(&mut self) {
        self.samples.clear();
        self.cut_off = 0;
        self.settled.clear();
        self.agreement.reset();
        self.begun = Begun::default();
        self.heard.clear();
        self.last.clear();
        (self.decoded, self.uncut) = (0, 0);
        self.notes.clear();
    }

    fn latency_stats(&self) -> LatencyStats {
        self.latency.stats()
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
