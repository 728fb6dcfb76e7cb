//! One side's translation: text in, token out.

use std::{collections::VecDeque, rc::Rc, sync::Arc, time::Duration};

use super::{
    guard,
    leg::Hypothesis,
    onward::{Begun, Onward},
    route::Route,
};
use crate::{
    EngineError, Language,
    clock::Clock,
    han::simplified,
    latency::{LatencyStats, LatencyWindow},
    message::{Kind, Metadata, TextToken},
    sentences,
    stage::{Tag, TranslatorStream},
};

/// Clauses of context that are kept at most, as `mt.context_window_size` has it.
const CONTEXT: usize = 5;

/// A conversation's stream over a route.
///
/// The models translate each sentence by itself and cannot look at another. Of the context they are given only the
/// names: a word known for a name is left alone where it begins a sentence and could be a common word (`Rosa`).
pub(super) struct Stream {
    route: Rc<Route>,
    clock: Arc<dyn Clock>,
    tag: Tag,
    context: VecDeque<String>,
    window: LatencyWindow,
    /// How far the sentence that is still being spoken has been said.
    begun: Begun,
    threshold: f32,
    patience: Duration,
}

impl Stream {
    /// A stream without context. `threshold` is the share of a clause's words that must be stable for it to be said;
    /// `patience` as in [`TranslatorStream::set_patience`].
    pub fn new(route: Rc<Route>, clock: Arc<dyn Clock>, threshold: f32, patience: Duration) -> Self {
        Self {
            route,
            clock,
            tag: Tag::default(),
            context: VecDeque::new(),
            window: LatencyWindow::default(),
            begun: Begun::default(),
            threshold,
            patience,
        }
    }

    /// The message for what was made of a text since `began`, `is_rest` where its sentence's beginning was said before.
    fn token(&mut self, done: Hypothesis, is_rest: bool, kind: Kind, began: Duration) -> TextToken {
        let now = self.clock.now();
        let direction = self.route.direction();
        TextToken {
            utterance: self.tag.utterance,
            chunk_id: self.tag.chunk_id,
            committed: if kind == Kind::Final { done.text.len() } else { 0 },
            text: done.text,
            confidence: done.confidence,
            kind,
            source_language: direction.source,
            target_language: direction.target,
            metadata: Metadata {
                engine: if done.engine.is_empty() { self.route.own().to_owned() } else { done.engine },
                untranslated: done.untranslated,
                notes: done.notes,
                doubts: done.doubts,
                is_rest,
            },
            timestamp: now,
            processing_latency_ms: self.window.record(now.saturating_sub(began)),
        }
    }

    /// The names in the context.
    fn heard(&self) -> Vec<String> {
        // The source language's own rule: what merely begins a clause is no name.
        let language = self.route.direction().source;
        let found = self.context.iter().flat_map(|clause| {
            let first = clause.split_whitespace().next().unwrap_or_default().to_owned();
            guard::names_of(clause, language, &[]).into_iter().filter(move |name| !first.starts_with(name.as_str()))
        });
        found.collect()
    }
}

impl TranslatorStream for Stream {
    fn tag(&mut self, tag: Tag) {
        self.tag = tag;
    }

    fn translate_chunk(&mut self, text: &str, is_final: bool) -> Result<TextToken, EngineError> {
        let began = self.clock.now();
        let text = uniform(text, self.route.direction().source);
        let heard = self.heard();
        let (mut texts, mut engines, mut whole, mut weight) = (Vec::new(), Vec::new(), Hypothesis::default(), 0.0);
        for sentence in sentences::split(&text) {
            let done = self.route.translate(&sentence, &heard, self.patience)?;
            // Weighed by length, as if each letter had it.
            let letters = sentence.chars().count() as f32;
            (whole.confidence, weight) = (whole.confidence + done.confidence * letters, weight + letters);
            whole.untranslated.extend(done.untranslated);
            whole.notes.extend(done.notes);
            whole.doubts.extend(done.doubts);
            texts.push(done.text);
            if !done.engine.is_empty() && !engines.contains(&done.engine) {
                engines.push(done.engine);
            }
        }
        whole.text = texts.join(self.route.direction().target.gap());
        whole.engine = engines.join(", ");
        whole.confidence = if weight > 0.0 { whole.confidence / weight } else { 1.0 };
        Ok(self.token(whole, false, if is_final { Kind::Final } else { Kind::Partial }, began))
    }

    fn translate_further(
        &mut self,
        sentence: &str,
        tentative: &str,
        is_complete: bool,
    ) -> Result<TextToken, EngineError> {
        let began = self.clock.now();
        let heard = self.heard();
        let language = self.route.direction().source;
        let texts = (uniform(sentence, language), uniform(tentative, language));
        let texts = (texts.0.as_str(), texts.1.as_str());
        let is_rest = self.begun.is_said();
        let onward = self.route.further(&mut self.begun, texts, is_complete, (self.threshold, self.patience), &heard);
        if is_complete {
            self.begun = Begun::default();
        }
        let (done, kind) = match onward? {
            Onward::Say(done) => (done, Kind::Final),
            Onward::Wait(done) => (done, Kind::Partial),
        };
        Ok(self.token(done, is_rest, kind, began))
    }

    fn reset(&mut self) {
        self.begun = Begun::default();
    }

    fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    fn set_context(&mut self, clauses: &[String]) {
        let last = clauses.iter().skip(clauses.len().saturating_sub(CONTEXT));
        self.context = last.map(|clause| uniform(clause, self.route.direction().source)).collect();
    }

    fn clear_context(&mut self) {
        self.context.clear();
    }

    fn latency_stats(&self) -> LatencyStats {
        self.window.stats()
    }
}

/// Text as the tables and engines below have it: without control characters (NUL would end a frame), with one apostrophe, and Mandarin in
/// simplified characters.
fn uniform(text: &str, language: Language) -> String {
    let alike = |c: char| match c {
        '’' => '\'',
        c if c.is_control() => ' ',
        c if language == Language::Zh => simplified(c),
        c => c,
    };
    text.chars().map(alike).collect()
}
