//! Mozilla's Bergamot models: any triple of weights, vocabulary and lexical shortlist as Firefox ships them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fxtranslate::{engine::Engine, shortlist::Shortlist, spm::SpmVocab, weights::Weights};

use super::{
    beam::{self, Limits},
    leg::{Continuing, GoneOn, Hypothesis, Leg, Word},
};
use crate::{Direction, EngineError, catalog::ModelFiles};

/// Hypotheses kept while decoding. Four gain a little over one (0.2 BLEU from English to Portuguese) and give the
/// chain something to choose from; they cost four times the decoding, 16 ms for a short sentence.
const BEAM: usize = 4;

/// Longest input the models were trained for, in vocabulary pieces (`max-length-break` of Marian is 128).
const LONGEST: usize = 120;

/// A loaded model.
pub(super) struct Bergamot {
    name: String,
    direction: Direction,
    engine: Engine,
    source: SpmVocab,
    target: SpmVocab,
    shortlist: Option<Shortlist>,
    shared_vocabulary: bool,
    decoder_layers: usize,
}

impl Bergamot {
    /// Loads a model from its checked files: `model.*`, `vocab.*` or `srcvocab.*` and `trgvocab.*`, and `lex.*` where
    /// there is one.
    ///
    /// # Errors
    /// [`EngineError::ModelContent`] where a file is missing in the catalog's entry or is not what its name says.
    pub fn load(files: &ModelFiles) -> Result<Self, EngineError> {
        let model = files.model();
        let bad = |name: &str, problem: String| EngineError::ModelContent {
            path: files.path(name).unwrap_or_else(|_| name.into()),
            problem,
        };
        let find = |start: &str| model.files.iter().map(|f| f.name.clone()).find(|n| n.starts_with(start));
        let want = |start: &str| {
            find(start)
                .ok_or_else(|| bad(&model.id, format!("the model has no file whose name begins with \"{start}\"")))
        };
        let weights_name = want("model.")?;
        let (source_name, target_name) = match find("vocab.") {
            Some(one) => (one.clone(), one),
            None => (want("srcvocab.")?, want("trgvocab.")?),
        };
        let direction =
            model.direction.ok_or_else(|| bad(&weights_name, "the catalog names no direction for it".to_owned()))?;
        let (weights, source, target) =
            (files.read(&weights_name)?, files.read(&source_name)?, files.read(&target_name)?);
        let shortlist = find("lex.").map(|name| files.read(&name)).transpose()?;
        // The engine's readers trust their input: what is no model at all makes them panic.
        let loaded = catch_unwind(AssertUnwindSafe(|| {
            let parsed = Weights::from_bytes(&weights)?;
            let decoder_layers = parsed.config().dec_depth;
            let engine = Engine::new(parsed, SpmVocab::from_bytes(&source), SpmVocab::from_bytes(&target));
            let shortlist = shortlist.as_deref().map(Shortlist::from_bytes);
            Ok((engine, SpmVocab::from_bytes(&source), SpmVocab::from_bytes(&target), shortlist, decoder_layers))
        }));
        let (engine, source_vocab, target_vocab, shortlist, decoder_layers) = match loaded {
            Ok(Ok(parts)) => parts,
            Ok(Err(problem)) => return Err(bad(&weights_name, problem)),
            Err(_) => {
                return Err(bad(&weights_name, "it, its vocabulary or its shortlist is no Bergamot file".to_owned()));
            }
        };
        if source_vocab.is_empty() || target_vocab.is_empty() {
            return Err(bad(&source_name, "it holds no vocabulary".to_owned()));
        }
        let this = Self {
            name: model.id.clone(),
            direction,
            engine,
            source: source_vocab,
            target: target_vocab,
            shortlist,
            shared_vocabulary: source == target,
            decoder_layers,
        };
        // Parts that do not fit together show at the first sentence.
        catch_unwind(AssertUnwindSafe(|| this.decode(&this.source.encode_with_eos("1"), &[])))
            .map_err(|_| bad(&weights_name, "it does not fit its vocabulary or its shortlist".to_owned()))?;
        Ok(this)
    }

    fn decode(&self, ids: &[u32], begun: &[u32]) -> Vec<beam::Decoded> {
        let candidates = self.shortlist.as_ref().map(|s| s.candidates(ids, self.shared_vocabulary));
        let limits = Limits { end: self.target.eos_id(), width: BEAM, decoder_layers: self.decoder_layers };
        beam::search(&self.engine, ids, begun, candidates.as_deref(), &limits)
    }

    fn hypotheses(&self, text: &str) -> Vec<Hypothesis> {
        let ids = self.source.encode_with_eos(text);
        if ids.len() > LONGEST
            && let Some(at) = middle_space(text)
        {
            // Two halves, each with its best hypothesis: a seam, but nothing is lost.
            let halves = [&text[..at], &text[at..]].map(|half| self.hypotheses(half.trim()).into_iter().next());
            let halves: Vec<Hypothesis> = halves.into_iter().flatten().collect();
            let texts: Vec<&str> = halves.iter().map(|h| h.text.as_str()).collect();
            let confidence = halves.iter().map(|h| h.confidence).fold(1.0, f32::min);
            return vec![Hypothesis { text: texts.join(" "), confidence, ..Hypothesis::default() }];
        }
        self.decode(&ids, &[])
            .into_iter()
            .map(|d| Hypothesis { text: self.clean(&d.ids), confidence: d.probability, ..Hypothesis::default() })
            .collect()
    }

    fn clean(&self, ids: &[u32]) -> String {
        self.target.decode(ids).replace('\u{2047}', " ").trim().to_owned()
    }
}

/// The white space nearest to the middle.
fn middle_space(text: &str) -> Option<usize> {
    let middle = text.len() / 2;
    let spaces = text.char_indices().filter(|(at, c)| *at > 0 && c.is_whitespace()).map(|(at, _)| at);
    spaces.min_by_key(|at| at.abs_diff(middle))
}

impl Leg for Bergamot {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn direction(&self) -> Direction {
        self.direction
    }

    fn translate(&self, sentence: &str, _names: &[String]) -> Result<Vec<Hypothesis>, EngineError> {
        Ok(self.hypotheses(sentence))
    }

    fn continuing(&self) -> Option<&dyn Continuing> {
        Some(self)
    }
}

impl Continuing for Bergamot {
    fn go_on(&self, sentence: &str, begun: &[u32]) -> Vec<GoneOn> {
        let ids = self.source.encode_with_eos(sentence);
        let before = self.target.decode(begun);
        self.decode(&ids[ids.len().saturating_sub(LONGEST)..], begun)
            .into_iter()
            .map(|decoded| {
                let mut whole = begun.to_vec();
                // Where each word of the new part ends: a piece that begins with a space begins a word.
                let (mut words, mut text): (Vec<Word>, String) = (Vec::new(), before.clone());
                for id in decoded.ids {
                    whole.push(id);
                    let longer = self.target.decode(&whole);
                    let added = longer.strip_prefix(text.as_str()).unwrap_or_default().to_owned();
                    match words.last_mut() {
                        Some(word) if !added.starts_with(char::is_whitespace) => {
                            word.text.push_str(&added);
                            word.ids.push(id);
                        }
                        _ => words.push(Word { text: added, ids: vec![id] }),
                    }
                    text = longer;
                }
                GoneOn { words, confidence: decoded.probability }
            })
            .collect()
    }
}
