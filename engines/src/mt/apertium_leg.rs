//! Apertium as a step of a chain: names held on to, marks resolved, Spanish and French finished.

use std::{collections::HashSet, sync::Arc, time::Duration};

use super::{
    apertium::Apertium,
    french,
    leg::{Hypothesis, Leg},
    misheard::as_meant,
    portuguese,
    rewrite::Rewrite,
    spanish::Finish,
    token::{Mark, Token, fold, join, marked_tokens, tokens},
};
use crate::{Direction, EngineError, Language, clock::Clock};

/// Confidence in a sentence of which Apertium knew every word. Rules give no probability; the word that is not known
/// is what they get wrong.
const KNOWN: f32 = 0.95;

/// Stands for a name that Apertium would translate: unknown to every dictionary, so it comes back as it went.
const STAND_IN: &str = "Xqv";

/// One mode of Apertium with what goes before and after it.
pub(super) struct ApertiumLeg {
    apertium: Apertium,
    finish: Option<Finish>,
    rewrite: Option<Rewrite>,
}

impl ApertiumLeg {
    /// Starts the mode of `direction`.
    ///
    /// # Errors
    /// As [`Apertium::start`].
    pub fn start(direction: Direction, clock: Arc<dyn Clock>, limit: Duration) -> Result<Self, EngineError> {
        let finish = (direction == Direction::new(Language::Pt, Language::Es)).then(Finish::new);
        let rewrite = (direction == Direction::new(Language::Ca, Language::Pt)).then(Rewrite::portuguese);
        Ok(Self { apertium: Apertium::start(direction, clock, limit)?, finish, rewrite })
    }

    /// Translates, and once more with stand-ins for the names that did not come through.
    fn with_names(&self, sentence: &str, names: &[String]) -> Result<String, EngineError> {
        let answer = self.apertium.translate(sentence)?;
        let came_out: HashSet<String> = marked_tokens(&answer).iter().map(|t| fold(&t.text)).collect();
        let mut lost: Vec<String> = Vec::new();
        let stood_in: Vec<Token> = tokens(sentence)
            .into_iter()
            .map(|mut token| {
                if names.contains(&token.text) && !came_out.contains(&fold(&token.text)) {
                    let at = lost.iter().position(|l| *l == token.text).unwrap_or_else(|| {
                        lost.push(token.text.clone());
                        lost.len() - 1
                    });
                    token.text = stand_in(at);
                }
                token
            })
            .collect();
        if lost.is_empty() {
            return Ok(answer);
        }
        let again = self.apertium.translate(&join(&stood_in))?;
        Ok(lost.iter().enumerate().fold(again, |text, (at, name)| text.replace(&stand_in(at), name)))
    }

    /// Takes the marks off and puts right what is known of the target language: the text, the words left untranslated, the words left uninflected.
    fn unmark(&self, marked: &str, names: &[String]) -> (String, Vec<String>, Vec<String>) {
        let mut sentence = marked_tokens(marked);
        let (mut untranslated, mut uninflected) = (Vec::new(), Vec::new());
        for (i, token) in sentence.iter_mut().enumerate() {
            let is_name = names.contains(&token.text) || (i > 0 && token.is_capitalised());
            match token.mark.take() {
                Some(Mark::Uninflected) => uninflected.push(token.text.clone()),
                Some(Mark::Unknown | Mark::Untransferred) if !is_name => untranslated.push(token.text.clone()),
                _ => {}
            }
        }
        if let Some(rewrite) = &self.rewrite {
            sentence = rewrite.apply(sentence, names);
            let is_left = |word: &String| sentence.iter().any(|token| token.text == *word);
            untranslated.retain(is_left);
        }
        if self.direction().target == Language::Fr {
            french::finish(&mut sentence);
        }
        (join(&sentence), untranslated, uninflected)
    }
}

/// The stand-in number `at`, in letters: digits would be read as a number.
fn stand_in(at: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(at % 26).unwrap_or(0));
    format!("{STAND_IN}{letter}z")
}

impl Leg for ApertiumLeg {
    fn name(&self) -> String {
        self.apertium.name()
    }

    fn direction(&self) -> Direction {
        self.apertium.direction()
    }

    fn translate(&self, sentence: &str, names: &[String]) -> Result<Vec<Hypothesis>, EngineError> {
        let prepared = match self.direction().source {
            Language::Pt => portuguese::prepare(sentence, names),
            Language::Es => plain_spanish(sentence),
            source => as_meant(sentence, source).into_owned(),
        };
        let marked = self.with_names(&prepared, names)?;
        let (text, untranslated, uninflected) = match &self.finish {
            Some(finish) => {
                let finished = finish.finish(&marked, names);
                (finished.text, finished.untranslated, finished.uninflected)
            }
            None => self.unmark(&marked, names),
        };
        let words = tokens(&text).iter().filter(|t| t.is_word()).count().max(1);
        let doubtful = (untranslated.len() + uninflected.len()).min(words);
        let confidence = KNOWN * (1.0 - doubtful as f32 / words as f32);
        let notes = uninflected.iter().map(|w| format!("\"{w}\" is not inflected")).collect();
        Ok(vec![Hypothesis { text, confidence, untranslated, notes, ..Hypothesis::default() }])
    }
}

/// Spanish without the marks that open its questions, and without the "así que" behind which Apertium takes an order for a wish: "so that it does
/// not touch it".
fn plain_spanish(sentence: &str) -> String {
    sentence.replace(['¿', '¡'], "").replace(", así que ", ", por lo tanto ")
}
