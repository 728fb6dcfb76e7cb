//! A Transformer for several directions, as `engines/training` trains it: the source's first piece names a language.

use std::{cell::RefCell, panic::catch_unwind, rc::Rc};

use fxtranslate::spm::SpmVocab;

use super::{
    beam::{self, Begun, Decoded, Decoder, Limits},
    misheard::as_meant,
    neural::{BEAM, Neural},
    taught::{Taught, words_of},
};
use crate::{
    Direction, EngineError, Language,
    catalog::ModelFiles,
    han::simplified,
    runtime::{Runtime, SessionOptions, Tensor},
    transformer::{Encoded, Past, Transformer},
};

/// The first pieces, as `engines/training/pairs.py` defines them; number 0 fills a row.
const BEGIN: u32 = 1;
const END: u32 = 2;
const UNKNOWN: u32 = 3;

/// Words in the longest sentence that it is trusted with, runs of letters or Chinese characters by twos: those it was taught have seven
/// on average, and of much longer ones it drops parts.
pub(super) const MOST_WORDS: usize = 20;

/// Pieces of the longest sentence that it translates as one: some 30 words.
const MOST_PIECES: usize = 40;

/// Accents apart from their letters: the model was taught composed ones.
const COMBINING: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';

/// Vocabulary pieces that are no text are among the first.
const SPECIAL: u32 = 16;

/// A loaded model, shared by its directions.
pub(super) struct Model {
    name: String,
    transformer: RefCell<Transformer>,
    vocabulary: SpmVocab,
    /// What may be written.
    candidates: Vec<u32>,
}

impl Model {
    /// Loads `encoder.onnx`, `decoder.onnx` and `vocabulary.spm`.
    ///
    /// # Errors
    /// A catalog error where a file is missing or wrong, a runtime's where a graph is none.
    pub fn load(runtime: &dyn Runtime, files: &ModelFiles, options: SessionOptions) -> Result<Self, EngineError> {
        let bytes = files.read("vocabulary.spm")?;
        // The reader trusts its input: what is no vocabulary at all makes it panic.
        let vocabulary = catch_unwind(|| SpmVocab::from_bytes(&bytes)).map_err(|_| EngineError::ModelContent {
            path: files.path("vocabulary.spm").unwrap_or_default(),
            problem: "it is no SentencePiece vocabulary".to_owned(),
        })?;
        let pieces = u32::try_from(vocabulary.len()).unwrap_or(u32::MAX);
        let is_text = |id: &u32| *id == END || !(*id <= UNKNOWN || is_mark(&vocabulary.decode(&[*id])));
        Ok(Self {
            name: files.model().id.clone(),
            transformer: RefCell::new(Transformer::load(runtime, files, options)?),
            candidates: (0..pieces).filter(is_text).collect(),
            vocabulary,
        })
    }

    /// The piece that names `language`.
    fn mark(&self, language: Language) -> Option<u32> {
        (0..SPECIAL).find(|id| self.vocabulary.decode(&[*id]) == format!("<{}>", language.code()))
    }
}

/// Whether a piece is written by no one.
fn is_mark(piece: &str) -> bool {
    piece.len() > 2 && piece.starts_with('<') && piece.ends_with('>')
}

/// One direction of a model.
pub(super) struct Seq2Seq {
    model: Rc<Model>,
    direction: Direction,
    mark: u32,
    /// Words of the source language that it was taught in some sentences at least, and those of the phrases in the table of substitutes.
    words: Rc<Taught>,
}

impl Seq2Seq {
    /// The direction `direction` of `model`, English being on one side, with the words in the model's file `words.en-es.txt`, one
    /// a line.
    ///
    /// # Errors
    /// [`EngineError::ModelContent`] where the model knows no such language; a catalog error where the words are missing; a runtime's
    /// where the graphs do not fit the vocabulary.
    pub fn new(model: Rc<Model>, files: &ModelFiles, direction: Direction) -> Result<Self, EngineError> {
        let other = if direction.source == Language::En { direction.target } else { direction.source };
        let unknown = || EngineError::ModelContent {
            path: files.path("vocabulary.spm").unwrap_or_default(),
            problem: format!("it has no piece <{}>, which {direction} needs", other.code()),
        };
        let words = files.read(&format!("words.{direction}.txt"))?;
        let words = Rc::new(Taught::read(&String::from_utf8_lossy(&words)));
        let this = Self { mark: model.mark(other).ok_or_else(unknown)?, words, model, direction };
        // Parts that do not fit together show at the first sentence.
        this.decode(&this.pieces("1"), Begun::default())?;
        Ok(this)
    }

    /// A sentence of its source language as it reads it.
    fn read(&self, sentence: &str) -> String {
        plain(&as_meant(sentence, self.direction.source))
    }
}

impl Neural for Seq2Seq {
    fn name(&self) -> String {
        self.model.name.clone()
    }

    fn direction(&self) -> Direction {
        self.direction
    }

    fn knows(&self, sentence: &str) -> bool {
        if sentence.chars().any(|c| COMBINING.contains(&c)) {
            return false;
        }
        let sentence = self.read(sentence);
        let mut words = words_of(&sentence);
        let most = if self.direction.source == Language::Zh { 2 * MOST_WORDS } else { MOST_WORDS };
        words.by_ref().take(most).all(|word| self.words.has(&word)) && words.next().is_none()
    }

    fn taught(&self) -> Option<Rc<Taught>> {
        Some(Rc::clone(&self.words))
    }

    fn longest(&self) -> usize {
        MOST_PIECES
    }

    fn pieces(&self, text: &str) -> Vec<u32> {
        [vec![self.mark], self.model.vocabulary.encode(&self.read(text)), vec![END]].concat()
    }

    fn vocabulary(&self) -> &SpmVocab {
        &self.model.vocabulary
    }

    fn decode(&self, pieces: &[u32], begun: Begun) -> Result<Vec<Decoded>, EngineError> {
        let mut transformer = self.model.transformer.borrow_mut();
        // What was cut off at the front keeps the mark.
        let marked = if pieces.first() == Some(&self.mark) { pieces } else { &[&[self.mark], pieces].concat() };
        let ids = marked.iter().map(|id| i64::from(*id)).collect();
        let source = transformer.encode(Tensor::i64(&[1, marked.len()], ids))?;
        let mut writing = Writing { transformer: &mut transformer, source, past: Past::EMPTY };
        let limits = Limits { end: END, width: BEAM, longest: (2 * pieces.len() + 4).min(256) };
        beam::search(&mut writing, begun, Some(&self.model.candidates), &limits)
    }
}

/// Text as the model was taught it (`engines/training/texts.py`), and nothing in it that could be a mark.
fn plain(text: &str) -> String {
    let alike = |c: char| match c {
        '’' | '‘' => '\'',
        '“' | '”' | '«' | '»' => '"',
        '<' | '>' => ' ',
        other => other,
    };
    text.replace('…', "...").chars().map(alike).map(simplified).collect()
}

/// A sentence that is being translated.
struct Writing<'m> {
    transformer: &'m mut Transformer,
    source: Encoded,
    past: Past,
}

impl Writing<'_> {
    /// Feeds tokens, as many a row; gives the logits behind the last of each row.
    fn feed(&mut self, tokens: Vec<i64>, rows: Vec<i64>) -> Result<Vec<f32>, EngineError> {
        let logits = self.transformer.step(&self.source, &mut self.past, tokens, rows)?;
        let shape = logits.shape()?;
        let [_, length, vocabulary] = shape[..] else { return Ok(Vec::new()) };
        let last =
            logits.as_f32()?.chunks_exact(vocabulary.max(1)).skip(length.saturating_sub(1)).step_by(length.max(1));
        Ok(last.flatten().copied().collect())
    }
}

impl Decoder for Writing<'_> {
    fn begin(&mut self, begun: &[u32]) -> Result<Vec<f32>, EngineError> {
        self.feed([BEGIN].iter().chain(begun).map(|id| i64::from(*id)).collect(), vec![0])
    }

    fn step(&mut self, rows: &[(usize, u32)]) -> Result<Vec<f32>, EngineError> {
        let tokens = rows.iter().map(|(_, id)| i64::from(*id)).collect();
        self.feed(tokens, rows.iter().map(|(from, _)| i64::try_from(*from).unwrap_or(0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_made_as_the_model_was_taught_them() {
        assert_eq!(plain("“Don’t” <es> …"), "\"Don't\"  es  ...");
        assert_eq!(plain("電話"), "电话");
        assert!(is_mark("<chain>") && !is_mark("<") && !is_mark("es"));
    }
}
