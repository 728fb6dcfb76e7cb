//! One side's translation: text in, token out.

use std::{collections::VecDeque, rc::Rc, sync::Arc};

use super::{guard, route::Route, sentences};
use crate::{
    EngineError,
    clock::Clock,
    latency::{LatencyStats, LatencyWindow},
    message::{Kind, Metadata, TextToken},
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
}

impl Stream {
    /// A stream without context.
    pub fn new(route: Rc<Route>, clock: Arc<dyn Clock>) -> Self {
        Self { route, clock, tag: Tag::default(), context: VecDeque::new(), window: LatencyWindow::default() }
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
        // Control characters are not language, and NUL would end a frame.
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let heard = self.heard();
        let (mut texts, mut metadata) =
            (Vec::new(), Metadata { engine: self.route.name().to_owned(), ..Metadata::default() });
        let (mut confidence, mut weight) = (0.0, 0.0);
        for sentence in sentences::split(&text) {
            let done = self.route.translate(&sentence, &heard)?;
            // Weighed by length, as if each letter had it.
            let letters = sentence.chars().count() as f32;
            (confidence, weight) = (confidence + done.confidence * letters, weight + letters);
            metadata.untranslated.extend(done.untranslated);
            metadata.notes.extend(done.notes);
            texts.push(done.text);
        }
        let now = self.clock.now();
        let direction = self.route.direction();
        Ok(TextToken {
            utterance: self.tag.utterance,
            chunk_id: self.tag.chunk_id,
            text: texts.join(" "),
            confidence: if weight > 0.0 { confidence / weight } else { 1.0 },
            kind: if is_final { Kind::Final } else { Kind::Partial },
            source_language: direction.source,
            target_language: direction.target,
            metadata,
            timestamp: now,
            processing_latency_ms: self.window.record(now.saturating_sub(began)),
        })
    }

    fn set_context(&mut self, clauses: &[String]) {
        self.context = clauses.iter().skip(clauses.len().saturating_sub(CONTEXT)).cloned().collect();
    }

    fn clear_context(&mut self) {
        self.context.clear();
    }

    fn latency_stats(&self) -> LatencyStats {
        self.window.stats()
    }
}
