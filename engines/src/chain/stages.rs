//! Chains of recognisers, translators and synthesisers. Each is itself an engine of its stage.

use std::{rc::Rc, sync::Arc, time::Duration};

use super::{OnFallback, Watch};
use crate::{
    Direction, EngineError, Language,
    clock::Clock,
    latency::LatencyStats,
    message::{Kind, SpeechOutput, TextToken},
    simultaneous::commit::{CommitRule, gone_on},
    stage::{
        Recognizer, RecognizerStream, Speech, Synthesizer, SynthesizerStream, Tag, Translator, TranslatorStream, Voice,
    },
};

/// Everything offered by at least one engine, each once, in the order of the engines.
fn union<T: Copy + PartialEq>(lists: impl Iterator<Item = Vec<T>>) -> Vec<T> {
    lists.flatten().fold(Vec::new(), |mut all, item| {
        if !all.contains(&item) {
            all.push(item);
        }
        all
    })
}

/// The streams of those engines that offer what is asked for, each with its place in the chain and its name.
type Streams<S> = Vec<(usize, String, Box<S>)>;

/// The first answer that an engine of the chain gives, in the order of the moment.
fn first_answer<S: ?Sized, T>(
    watch: &Watch,
    streams: &mut Streams<S>,
    mut ask: impl FnMut(&mut S) -> Result<T, EngineError>,
    refused: EngineError,
) -> Result<T, EngineError> {
    let mut last = refused;
    for index in watch.order() {
        let Some((_, name, stream)) = streams.iter_mut().find(|(i, ..)| *i == index) else { continue };
        match watch.attempt(index, name, || ask(stream)) {
            Ok(answer) => return Ok(answer),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Recognisers in the order of preference.
pub struct ChainedRecognizer {
    engines: Vec<Box<dyn Recognizer>>,
    languages: Vec<Language>,
    watch: Watch,
}

impl ChainedRecognizer {
    /// A chain of `engines`.
    #[must_use]
    pub fn new(engines: Vec<Box<dyn Recognizer>>, clock: Arc<dyn Clock>, on_fallback: OnFallback) -> Self {
        let languages = union(engines.iter().map(|e| e.languages().to_vec()));
        Self { watch: Watch::new(engines.len(), clock, on_fallback), engines, languages }
    }
}

impl Recognizer for ChainedRecognizer {
    fn name(&self) -> &str {
        self.engines.first().map_or("none", |e| e.name())
    }

    fn languages(&self) -> &[Language] {
        &self.languages
    }

    fn open(&self, language: Language) -> Result<Box<dyn RecognizerStream>, EngineError> {
        let streams: Streams<dyn RecognizerStream> = self
            .engines
            .iter()
            .enumerate()
            .filter(|(_, e)| e.languages().contains(&language))
            .map(|(i, e)| Ok((i, e.name().to_owned(), e.open(language)?)))
            .collect::<Result<_, EngineError>>()?;
        if streams.is_empty() {
            return Err(EngineError::LanguageNotOffered {
                engine: "recognition".into(),
                language,
                offered: self.languages.clone(),
            });
        }
        Ok(Box::new(RecognizerChain { streams, watch: self.watch.clone(), committed: String::new() }))
    }

    fn can_identify(&self) -> bool {
        self.engines.iter().any(|engine| engine.can_identify())
    }

    fn identify(&self, sound: &[f32], languages: &[Language]) -> Result<Option<Vec<f32>>, EngineError> {
        let mut last = Ok(None);
        for index in self.watch.order() {
            let engine = &self.engines[index];
            if !engine.can_identify() {
                continue;
            }
            match self.watch.attempt(index, engine.name(), || engine.identify(sound, languages)) {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(error) => last = Err(error),
            }
        }
        last
    }
}

struct RecognizerChain {
    streams: Streams<dyn RecognizerStream>,
    watch: Watch,
    /// What is committed of the segment, whoever committed it.
    committed: String,
}

impl RecognizerChain {
    /// Makes a hypothesis begin with what is committed: the engine that made it may not be the one that did.
    fn hold_to_committed(&mut self, mut token: TextToken) -> TextToken {
        if !token.text.starts_with(&self.committed) {
            let text = gone_on(&self.committed, &token.text, token.source_language);
            // As much of its text is open as was.
            let open = token.text.trim_end().len().saturating_sub(token.committed);
            token.committed = text.len().saturating_sub(open);
            token.text = text;
        }
        token.committed = match token.kind {
            Kind::Final => token.text.len(),
            // Never the space behind the last word, which is not there if nothing follows.
            Kind::Partial => token.text[..token.committed.max(self.committed.len())].trim_end().len(),
        };
        token.text[..token.committed].clone_into(&mut self.committed);
        token
    }
}

impl RecognizerStream for RecognizerChain {
    fn tag(&mut self, tag: Tag) {
        self.streams.iter_mut().for_each(|(.., s)| s.tag(tag));
    }

    fn set_commit_rule(&mut self, rule: CommitRule) {
        self.committed.clear();
        self.streams.iter_mut().for_each(|(.., s)| s.set_commit_rule(rule));
    }

    fn process_chunk(&mut self, audio: &[f32], sample_rate: u32) -> Result<TextToken, EngineError> {
        // Every engine hears everything, so that the next one can take over in the middle of a segment.
        self.push(audio, sample_rate)?;
        let ask = |s: &mut (dyn RecognizerStream + 'static)| s.process_chunk(&[], sample_rate);
        let token = first_answer(&self.watch, &mut self.streams, ask, none("recognition"))?;
        Ok(self.hold_to_committed(token))
    }

    fn push(&mut self, audio: &[f32], sample_rate: u32) -> Result<(), EngineError> {
        self.streams.iter_mut().try_for_each(|(.., s)| s.push(audio, sample_rate))
    }

    fn finalize(&mut self) -> Result<TextToken, EngineError> {
        let token = first_answer(&self.watch, &mut self.streams, |s| s.finalize(), none("recognition"))?;
        let token = self.hold_to_committed(token);
        // The others have heard the segment too and must forget it.
        self.reset();
        Ok(token)
    }

    fn reset(&mut self) {
        self.committed.clear();
        self.streams.iter_mut().for_each(|(.., s)| s.reset());
    }

    fn latency_stats(&self) -> LatencyStats {
        self.streams.first().map(|(.., s)| s.latency_stats()).unwrap_or_default()
    }
}

/// Translators in the order of preference.
pub struct ChainedTranslator {
    engines: Vec<Box<dyn Translator>>,
    directions: Vec<Direction>,
    watch: Watch,
}

impl ChainedTranslator {
    /// A chain of `engines`.
    #[must_use]
    pub fn new(engines: Vec<Box<dyn Translator>>, clock: Arc<dyn Clock>, on_fallback: OnFallback) -> Self {
        let directions = union(engines.iter().map(|e| e.directions().to_vec()));
        Self { watch: Watch::new(engines.len(), clock, on_fallback), engines, directions }
    }
}

impl Translator for ChainedTranslator {
    fn name(&self) -> &str {
        self.engines.first().map_or("none", |e| e.name())
    }

    fn directions(&self) -> &[Direction] {
        &self.directions
    }

    fn open(&self, direction: Direction) -> Result<Box<dyn TranslatorStream>, EngineError> {
        let streams: Streams<dyn TranslatorStream> = self
            .engines
            .iter()
            .enumerate()
            .filter(|(_, e)| e.directions().contains(&direction))
            .map(|(i, e)| Ok((i, e.name().to_owned(), e.open(direction)?)))
            .collect::<Result<_, EngineError>>()?;
        if streams.is_empty() {
            return Err(EngineError::DirectionNotOffered { direction, offered: self.directions.clone() });
        }
        Ok(Box::new(TranslatorChain { streams, watch: self.watch.clone(), present: Present::default() }))
    }
}

struct TranslatorChain {
    streams: Streams<dyn TranslatorStream>,
    watch: Watch,
    present: Present,
}

/// The sentence that is being spoken.
#[derive(Debug, Clone, Copy, Default)]
struct Present {
    /// The engine that translates it, by its place in the chain.
    engine: Option<usize>,
    /// Where it took the sentence over, in bytes.
    from: usize,
    /// Up to where the sentence had been heard when something was last said of it.
    said: usize,
}

impl TranslatorStream for TranslatorChain {
    fn tag(&mut self, tag: Tag) {
        self.streams.iter_mut().for_each(|(.., s)| s.tag(tag));
    }

    fn translate_chunk(&mut self, text: &str, is_final: bool) -> Result<TextToken, EngineError> {
        first_answer(&self.watch, &mut self.streams, |s| s.translate_chunk(text, is_final), none("translation"))
    }

    fn translate_further(
        &mut self,
        sentence: &str,
        tentative: &str,
        is_complete: bool,
    ) -> Result<TextToken, EngineError> {
        let mut present = self.present;
        let mut last = none("translation");
        for index in self.watch.order() {
            let Some((_, name, stream)) = self.streams.iter_mut().find(|(i, ..)| *i == index) else { continue };
            // An engine that takes over in the middle of a sentence is given only what has not been said.
            if present.engine != Some(index) {
                present = Present { engine: Some(index), from: present.said, ..present };
                stream.reset();
            }
            let part = sentence.get(present.from..).unwrap_or_default().trim_start();
            match self.watch.attempt(index, name, || stream.translate_further(part, tentative, is_complete)) {
                Ok(token) => {
                    if token.kind == Kind::Final {
                        present.said = sentence.len();
                    }
                    self.present = if is_complete { Present::default() } else { present };
                    return Ok(token);
                }
                Err(error) => last = error,
            }
        }
        // What was said of the sentence stays said, and is gone on with. But nobody goes on with one that has ended.
        if is_complete {
            self.reset();
        }
        Err(last)
    }

    fn set_patience(&mut self, patience: Duration) {
        self.streams.iter_mut().for_each(|(.., s)| s.set_patience(patience));
    }

    fn reset(&mut self) {
        self.present = Present::default();
        self.streams.iter_mut().for_each(|(.., s)| s.reset());
    }

    fn set_context(&mut self, clauses: &[String]) {
        self.streams.iter_mut().for_each(|(.., s)| s.set_context(clauses));
    }

    fn clear_context(&mut self) {
        self.streams.iter_mut().for_each(|(.., s)| s.clear_context());
    }

    fn latency_stats(&self) -> LatencyStats {
        self.streams.first().map(|(.., s)| s.latency_stats()).unwrap_or_default()
    }
}

/// Synthesisers in the order of preference.
pub struct ChainedSynthesizer {
    engines: Vec<Rc<dyn Synthesizer>>,
    voices: Vec<Voice>,
    watch: Watch,
}

impl ChainedSynthesizer {
    /// A chain of `engines`.
    #[must_use]
    pub fn new(engines: Vec<Rc<dyn Synthesizer>>, clock: Arc<dyn Clock>, on_fallback: OnFallback) -> Self {
        let voices = engines.iter().flat_map(|e| e.available_voices().to_vec()).collect();
        Self { watch: Watch::new(engines.len(), clock, on_fallback), engines, voices }
    }
}

impl Synthesizer for ChainedSynthesizer {
    fn name(&self) -> &str {
        self.engines.first().map_or("none", |e| e.name())
    }

    fn available_voices(&self) -> &[Voice] {
        &self.voices
    }

    fn open(&self, language: Language, voice_id: u32) -> Result<Box<dyn SynthesizerStream>, EngineError> {
        let mut streams: Streams<dyn SynthesizerStream> = Vec::new();
        for (index, engine) in self.engines.iter().enumerate() {
            if engine.available_voices().iter().any(|v| v.language == language) {
                // The voice asked for is the first engine's, where it has it for this language: one number serves both
                // sides of a conversation. A fallback speaks with its own first voice.
                let mut voices = engine.available_voices().iter();
                let has_it = voices.any(|v| v.language == language && v.id == voice_id);
                if streams.is_empty() && !has_it {
                    tracing::warn!(event = "voice_not_offered", voice_id, language = %language, engine = engine.name());
                }
                let voice = if streams.is_empty() && has_it { voice_id } else { 0 };
                streams.push((index, engine.name().to_owned(), engine.open(language, voice)?));
            }
        }
        if streams.is_empty() {
            let offered = union(std::iter::once(self.voices.iter().map(|v| v.language).collect()));
            return Err(EngineError::LanguageNotOffered { engine: "synthesis".into(), language, offered });
        }
        Ok(Box::new(SynthesizerChain { streams, watch: self.watch.clone() }))
    }
}

struct SynthesizerChain {
    streams: Streams<dyn SynthesizerStream>,
    watch: Watch,
}

impl SynthesizerStream for SynthesizerChain {
    fn tag(&mut self, tag: Tag) {
        self.streams.iter_mut().for_each(|(.., s)| s.tag(tag));
    }

    fn synthesize_streaming<'a>(&'a mut self, text: &str, is_final: bool) -> Result<Speech<'a>, EngineError> {
        // An engine counts as having answered once its first piece is there. What fails after that fails for good:
        // half a sentence is not begun again in another voice.
        let Self { streams, watch } = self;
        let mut candidates: Vec<Option<_>> = streams.iter_mut().map(Some).collect();
        let mut last = none("synthesis");
        for index in watch.order() {
            let wanted = candidates.iter_mut().find(|c| c.as_ref().is_some_and(|(i, ..)| *i == index));
            let Some((_, name, stream)) = wanted.and_then(Option::take) else { continue };
            let begun = watch.attempt(index, name, move || {
                let mut speech = stream.synthesize_streaming(text, is_final)?;
                let first = speech.next().transpose()?;
                Ok((first, speech))
            });
            match begun {
                Ok((first, rest)) => {
                    let rest = Guarded { rest: Some(rest), index, name, watch };
                    return Ok(Box::new(first.into_iter().map(Ok).chain(rest)));
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn latency_stats(&self) -> LatencyStats {
        self.streams.first().map(|(.., s)| s.latency_stats()).unwrap_or_default()
    }
}

/// The pieces after the first: what fails or panics among them ends the speech and is held against the engine.
struct Guarded<'a> {
    rest: Option<Speech<'a>>,
    index: usize,
    name: &'a str,
    watch: &'a Watch,
}

impl Iterator for Guarded<'_> {
    type Item = Result<SpeechOutput, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        let speech = self.rest.as_mut()?;
        let piece = self.watch.attempt(self.index, self.name, || speech.next().transpose()).transpose();
        if !matches!(piece, Some(Ok(_))) {
            self.rest = None;
        }
        piece
    }
}

fn none(stage: &str) -> EngineError {
    EngineError::NoEngine { stage: stage.to_owned() }
}

#[cfg(test)]
#[path = "stages_tests.rs"]
mod tests;
