//! What all models have in common that write their translation piece by piece: pieces become words, long sentences are cut in
//! two, a translation goes on from what was begun.

use std::rc::Rc;

use fxtranslate::spm::SpmVocab;

use super::{
    beam::{Begun, Decoded},
    leg::{Continuing, GoneOn, Hypothesis, Leg, Word},
    taught::Taught,
};
use crate::{Direction, EngineError, Language, han::is_han, sentences::is_paused};

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

    /// The words and phrases that it was taught, where those are all that it knows.
    fn taught(&self) -> Option<Rc<Taught>> {
        None
    }

    /// Pieces of the longest sentence that it translates as one.
    fn longest(&self) -> usize {
        LONGEST
    }

    /// The pieces of a source text, the end mark among them.
    fn pieces(&self, text: &str) -> Vec<u32>;

    /// The vocabulary of the translation.
    fn vocabulary(&self) -> &SpmVocab;

    /// Translates pieces so that the translation begins as it was `begun`, of which nothing is given again; the best first.
    ///
    /// # Errors
    /// Where the runtime failed.
    fn decode(&self, pieces: &[u32], begun: Begun) -> Result<Vec<Decoded>, EngineError>;
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

    fn taught(&self) -> Option<Rc<Taught>> {
        Neural::taught(self)
    }

    fn translate(&self, sentence: &str, _names: &[String]) -> Result<Vec<Hypothesis>, EngineError> {
        hypotheses(self, sentence)
    }

    fn continuing(&self) -> Option<&dyn Continuing> {
        Some(self)
    }
}

impl<N: Neural> Continuing for N {
    fn go_on(&self, sentence: &str, begun: &[u32], is_complete: bool) -> Result<Vec<GoneOn>, EngineError> {
        let pieces = self.pieces(sentence);
        let pieces = &pieces[pieces.len().saturating_sub(LONGEST)..];
        let least = match is_complete {
            true => self.decode(pieces, Begun::default())?.first().map_or(0, |free| least_of(free.ids.len())),
            false => 0,
        };
        let decoded = self.decode(pieces, Begun { ids: begun, least })?;
        let target = self.direction().target;
        let gone_on =
            |d: Decoded| GoneOn { words: words(self.vocabulary(), begun, d.ids, target), confidence: d.probability };
        Ok(decoded.into_iter().map(gone_on).collect())
    }
}

/// The fewest tokens of a translation that has to begin in a given way, where `free` is the length of one that has not.
fn least_of(free: usize) -> usize {
    free * 4 / 5
}

fn hypotheses(model: &impl Neural, text: &str) -> Result<Vec<Hypothesis>, EngineError> {
    let pieces = model.pieces(text);
    if pieces.len() > model.longest()
        && let Some(at) = middle_seam(text)
    {
        // Two halves, each with its best hypothesis: a seam, but nothing is lost.
        let best = |half: &str| hypotheses(model, half.trim()).map(|all| all.into_iter().next().unwrap_or_default());
        return Ok(vec![best(&text[..at])?.and(best(&text[at..])?, model.direction().target)]);
    }
    let clean = |ids: &[u32]| model.vocabulary().decode(ids).replace('\u{2047}', " ").trim().to_owned();
    let hypothesis =
        |d: Decoded| Hypothesis { text: clean(&d.ids), confidence: d.probability, ..Hypothesis::default() };
    Ok(model.decode(&pieces, Begun::default())?.into_iter().map(hypothesis).collect())
}

/// The words of `language` that `ids` write behind `begun`: a piece that begins with a space begins a word, and where words are
/// written without spaces every piece does that is no mark.
fn words(vocabulary: &SpmVocab, begun: &[u32], ids: Vec<u32>, language: Language) -> Vec<Word> {
    let (mut whole, mut words, mut text): (_, Vec<Word>, _) = (begun.to_vec(), Vec::new(), vocabulary.decode(begun));
    for id in ids {
        whole.push(id);
        let longer = vocabulary.decode(&whole);
        let added = longer.strip_prefix(text.as_str()).unwrap_or_default().to_owned();
        match words.last_mut() {
            Some(word) if !begins_word(&added, language) => {
                word.text.push_str(&added);
                word.ids.push(id);
            }
            _ => words.push(Word { text: added, ids: vec![id] }),
        }
        text = longer;
    }
    words
}

fn begins_word(piece: &str, language: Language) -> bool {
    piece.starts_with(char::is_whitespace)
        || (language.gap().is_empty() && piece.starts_with(|c: char| c.is_alphanumeric()))
}

/// The end of a word nearest to the middle, white space or the place before a Chinese character; one behind a mark counts as four times as near.
fn middle_seam(text: &str) -> Option<usize> {
    let middle = text.len() / 2;
    let is_seam = |c: char| c.is_whitespace() || is_han(c);
    let seams = text.char_indices().filter(|(at, c)| *at > 0 && is_seam(*c)).map(|(at, _)| at);
    seams.min_by_key(|at| at.abs_diff(middle) * if is_paused(&text[..*at]) { 1 } else { 4 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sentence_is_cut_at_a_mark_near_its_middle() {
        let cut = |text: &str| middle_seam(text).map(|at| (text[..at].to_owned(), text[at..].to_owned()));
        let two = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(cut("when he came, we all left the house"), two("when he came,", " we all left the house"));
        assert_eq!(cut("one two three four"), two("one two", " three four"));
        assert_eq!(cut("他来了，我们都走了出去"), two("他来了，", "我们都走了出去"));
        assert_eq!(cut("unbroken"), None);
    }
}
