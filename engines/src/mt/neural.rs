//! What all models have in common that write their translation piece by piece: pieces become words, long sentences are cut in
//! two, a translation goes on from what was begun.

use fxtranslate::spm::SpmVocab;

use super::{
    beam::Decoded,
    leg::{Continuing, GoneOn, Hypothesis, Leg, Word},
};
use crate::{Direction, EngineError};

/// Longest input, in vocabulary pieces, that models are trained for (`max-length-break` of Marian is 128).
pub(super) const LONGEST: usize = 120;

/// Hypotheses kept while decoding. Four gain a little over one (0.2 BLEU from English to Portuguese) and give the chain something
/// to choose from; they cost four times the decoding.
pub(super) const BEAM: usize = 4;

/// A model that writes a translation piece by piece.
pub(super) trait Neural {
    /// The engine, by its name in the catalog.
    fn name(&self) -> String;

    /// What it translates.
    fn direction(&self) -> Direction;

    /// Whether a sentence is of the kind that it was taught.
    fn knows(&self, _sentence: &str) -> bool {
        true
    }

    /// The pieces of a source text, the end mark among them.
    fn pieces(&self, text: &str) -> Vec<u32>;

    /// The vocabulary of the translation.
    fn vocabulary(&self) -> &SpmVocab;

    /// Translates pieces so that the translation begins with `begun`, of which nothing is given again; the best first.
    ///
    /// # Errors
    /// Where the runtime failed.
    fn decode(&self, pieces: &[u32], begun: &[u32]) -> Result<Vec<Decoded>, EngineError>;
}

impl<N: Neural> Leg for N {
    fn name(&self) -> String {
        Neural::name(self)
    }

    fn direction(&self) -> Direction {
        Neural::direction(self)
    }

    fn knows(&self, sentence: &str) -> bool {
        Neural::knows(self, sentence)
    }

    fn translate(&self, sentence: &str, _names: &[String]) -> Result<Vec<Hypothesis>, EngineError> {
        hypotheses(self, sentence)
    }

    fn continuing(&self) -> Option<&dyn Continuing> {
        Some(self)
    }
}

impl<N: Neural> Continuing for N {
    fn go_on(&self, sentence: &str, begun: &[u32]) -> Result<Vec<GoneOn>, EngineError> {
        let pieces = self.pieces(sentence);
        let decoded = self.decode(&pieces[pieces.len().saturating_sub(LONGEST)..], begun)?;
        let gone_on = |d: Decoded| GoneOn { words: words(self.vocabulary(), begun, d.ids), confidence: d.probability };
        Ok(decoded.into_iter().map(gone_on).collect())
    }
}

fn hypotheses(model: &impl Neural, text: &str) -> Result<Vec<Hypothesis>, EngineError> {
    let pieces = model.pieces(text);
    if pieces.len() > LONGEST
        && let Some(at) = middle_space(text)
    {
        // Two halves, each with its best hypothesis: a seam, but nothing is lost.
        let mut whole = Hypothesis { confidence: 1.0, ..Hypothesis::default() };
        for half in [&text[..at], &text[at..]] {
            let best = hypotheses(model, half.trim())?.into_iter().next().unwrap_or_default();
            whole.text = format!("{} {}", whole.text, best.text).trim().to_owned();
            whole.confidence = whole.confidence.min(best.confidence);
        }
        return Ok(vec![whole]);
    }
    let clean = |ids: &[u32]| model.vocabulary().decode(ids).replace('\u{2047}', " ").trim().to_owned();
    let hypothesis =
        |d: Decoded| Hypothesis { text: clean(&d.ids), confidence: d.probability, ..Hypothesis::default() };
    Ok(model.decode(&pieces, &[])?.into_iter().map(hypothesis).collect())
}

/// The words that `ids` write behind `begun`: a piece that begins with a space begins a word.
fn words(vocabulary: &SpmVocab, begun: &[u32], ids: Vec<u32>) -> Vec<Word> {
    let (mut whole, mut words, mut text): (_, Vec<Word>, _) = (begun.to_vec(), Vec::new(), vocabulary.decode(begun));
    for id in ids {
        whole.push(id);
        let longer = vocabulary.decode(&whole);
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
    words
}

/// The white space nearest to the middle.
fn middle_space(text: &str) -> Option<usize> {
    let middle = text.len() / 2;
    let spaces = text.char_indices().filter(|(at, c)| *at > 0 && c.is_whitespace()).map(|(at, _)| at);
    spaces.min_by_key(|at| at.abs_diff(middle))
}
