//! Mozilla's Bergamot models: any triple of weights, vocabulary and lexical shortlist as Firefox ships them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fxtranslate::{engine::Engine, shortlist::Shortlist, spm::SpmVocab, weights::Weights};

use super::{
    beam::{self, Begun, Decoded, Decoder, Limits},
    neural::{BEAM, Neural},
};
use crate::{Direction, EngineError, catalog::ModelFiles};

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
    /// Loads a model for `direction` from its checked files: `model.*`, `vocab.*` or `srcvocab.*` and `trgvocab.*`, and `lex.*` where
    /// there is one.
    ///
    /// # Errors
    /// [`EngineError::ModelContent`] where a file is missing in the catalog's entry or is not what its name says.
    pub fn load(files: &ModelFiles, direction: Direction) -> Result<Self, EngineError> {
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
        catch_unwind(AssertUnwindSafe(|| this.decode(&this.source.encode_with_eos("1"), Begun::default())))
            .map_err(|_| bad(&weights_name, "it does not fit its vocabulary or its shortlist".to_owned()))??;
        Ok(this)
    }
}

impl Neural for Bergamot {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn direction(&self) -> Direction {
        self.direction
    }

    fn pieces(&self, text: &str) -> Vec<u32> {
        self.source.encode_with_eos(text)
    }

    fn vocabulary(&self) -> &SpmVocab {
        &self.target
    }

    fn decode(&self, pieces: &[u32], begun: Begun) -> Result<Vec<Decoded>, EngineError> {
        let candidates = self.shortlist.as_ref().map(|s| s.candidates(pieces, self.shared_vocabulary));
        let context = self.engine.encode(pieces);
        let width = context.len() / pieces.len().max(1);
        // Cell 0 is unused: the engine counts its layers from 1.
        let cells = vec![vec![0.0; width]; self.decoder_layers + 1];
        let (engine, end) = (&self.engine, self.target.eos_id());
        let mut decoder = Writing { engine, end, context, source: pieces.len(), cells: vec![cells], written: 0 };
        // Where Marian cuts them.
        let limits = Limits { end, width: BEAM, longest: (2 * pieces.len() + 4).min(256) };
        beam::search(&mut decoder, begun, candidates.as_deref(), &limits)
    }
}

/// A sentence that is being translated.
struct Writing<'m> {
    engine: &'m Engine,
    /// Stands before the first token.
    end: u32,
    context: Vec<f32>,
    /// Pieces of the source.
    source: usize,
    /// What each row remembers, a vector for each layer.
    cells: Vec<Vec<Vec<f32>>>,
    /// Tokens of each row.
    written: usize,
}

impl Writing<'_> {
    fn feed(&mut self, row: usize, token: u32) -> Vec<f32> {
        self.engine.decode_step(token, self.written, &self.context, self.source, &mut self.cells[row])
    }
}

impl Decoder for Writing<'_> {
    fn begin(&mut self, begun: &[u32]) -> Result<Vec<f32>, EngineError> {
        let mut top = self.feed(0, self.end);
        for token in begun {
            self.written += 1;
            top = self.feed(0, *token);
        }
        Ok(self.engine.project(&top))
    }

    fn step(&mut self, rows: &[(usize, u32)]) -> Result<Vec<f32>, EngineError> {
        self.written += 1;
        self.cells = rows.iter().map(|(from, _)| self.cells[*from].clone()).collect();
        let mut logits = Vec::new();
        for (row, (_, token)) in rows.iter().enumerate() {
            let top = self.feed(row, *token);
            logits.extend(self.engine.project(&top));
        }
        Ok(logits)
    }
}
