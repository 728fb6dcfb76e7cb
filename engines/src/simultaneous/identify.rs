//! Which of two languages is being spoken, found out from the first of it.

use std::time::Duration;

use crate::{
    EngineError, Language,
    message::{AudioChunk, INPUT_RATE, Utterance},
    segmenter::Splice,
    stage::Recognizer,
};

/// With less sound than this nothing is asked: in 0.7 s, every fourteenth prompt was taken for the other language.
const LEAST: Duration = Duration::from_secs(1);

/// With so much sound the likelier language is taken, however likely it is.
const MOST: Duration = Duration::from_secs(3);

/// A language this probable is taken at once. Chosen with [`LEAST`] and [`MOST`] on 131 telephone prompts in each of English, Spanish
/// and French, none of which is evaluated: at most one of them was taken for English, and none of English, after 1.0 to 1.5 s.
const SURE: f32 = 0.924;

/// The language that an utterance is in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Identified {
    /// Which of the languages.
    pub language: Language,
    /// How probable it is, 0..1.
    pub probability: f32,
    /// How much sound it was told from.
    pub heard: Duration,
    /// Whether it holds for the rest of the utterance: not where a short segment told little.
    pub is_certain: bool,
}

/// Listens to the first of each utterance of one conversation.
pub struct Identifier {
    languages: Vec<Language>,
    splice: Splice,
    sound: Vec<f32>,
    utterance: Utterance,
    /// What the present utterance is in, once that is certain.
    found: Option<Identified>,
}

impl Identifier {
    /// One who tells `languages` apart.
    #[must_use]
    pub fn new(languages: Vec<Language>) -> Self {
        Self { languages, splice: Splice::default(), sound: Vec::new(), utterance: 0, found: None }
    }

    /// Takes a chunk in; gives the language, the chunk's and that of all before it that were not told of, once it is known. At the end
    /// of a segment it is, whatever there was to hear. Who lags may not ask before that, or before there are three seconds.
    ///
    /// # Errors
    /// The recogniser's; the sound is kept, and the next chunk is another chance.
    pub fn hear(
        &mut self,
        recognizer: &dyn Recognizer,
        chunk: &AudioChunk,
        may_ask: bool,
    ) -> Result<Option<Identified>, EngineError> {
        if chunk.utterance != self.utterance {
            *self = Self { utterance: chunk.utterance, ..Self::new(std::mem::take(&mut self.languages)) };
        }
        if self.found.is_some() {
            return Ok(self.found);
        }
        self.sound.extend_from_slice(self.splice.fresh(chunk));
        let heard = Duration::from_secs_f64(self.sound.len() as f64 / f64::from(INPUT_RATE));
        if !(chunk.is_final || heard >= MOST || (heard >= LEAST && may_ask)) {
            return Ok(None);
        }
        let probabilities = recognizer.identify(&self.sound, &self.languages)?.unwrap_or_default();
        let likelier = self.languages.iter().zip(probabilities).max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((&language, probability)) = likelier else {
            return Err(EngineError::NoEngine { stage: "telling languages apart".into() });
        };
        let is_certain = heard >= MOST || (heard >= LEAST && probability >= SURE);
        let identified = Identified { language, probability, heard, is_certain };
        if is_certain {
            self.found = Some(identified);
        }
        if chunk.is_final {
            self.sound.clear();
        }
        Ok((is_certain || chunk.is_final).then_some(identified))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::RecognizerStream;

    /// Believes in Spanish as much as there are seconds.
    struct Slow;

    impl Recognizer for Slow {
        fn name(&self) -> &str {
            "slow"
        }
        fn languages(&self) -> &[Language] {
            &[Language::En, Language::Es]
        }
        fn open(&self, _: Language) -> Result<Box<dyn RecognizerStream>, EngineError> {
            Err(EngineError::NoEngine { stage: "x".into() })
        }
        fn identify(&self, sound: &[f32], _: &[Language]) -> Result<Option<Vec<f32>>, EngineError> {
            let spanish = (sound.len() as f32 / 32_000.0).min(1.0);
            Ok(Some(vec![1.0 - spanish, spanish]))
        }
    }

    /// Half a second.
    fn chunk(utterance: Utterance, at: u64, is_final: bool) -> AudioChunk {
        AudioChunk {
            utterance,
            chunk_id: at,
            audio: vec![0.0; 8_000],
            timestamp: Duration::from_millis(500 * at),
            duration_ms: 500,
            sample_rate: INPUT_RATE,
            vad_confidence: 1.0,
            is_final,
        }
    }

    #[test]
    fn it_waits_until_it_is_sure_and_then_stays_with_it() {
        let mut identifier = Identifier::new(vec![Language::En, Language::Es]);
        let mut hear = |utterance, at, is_final| {
            let found = identifier.hear(&Slow, &chunk(utterance, at, is_final), true).unwrap();
            found.map(|i| (i.language, i.heard.as_millis(), i.is_certain))
        };
        assert_eq!([hear(1, 0, false), hear(1, 1, false), hear(1, 2, false)], [None; 3]);
        assert_eq!(hear(1, 3, false), Some((Language::Es, 2000, true)));
        assert_eq!(hear(1, 4, true), Some((Language::Es, 2000, true)), "the utterance goes on in it");
        assert_eq!(hear(2, 5, true), Some((Language::En, 500, false)), "a cough");
        assert_eq!(hear(2, 6, false), None, "says nothing of what follows");
    }

    #[test]
    fn an_engine_that_cannot_tell_is_an_error() {
        struct Dumb;
        impl Recognizer for Dumb {
            fn name(&self) -> &str {
                "dumb"
            }
            fn languages(&self) -> &[Language] {
                &[]
            }
            fn open(&self, _: Language) -> Result<Box<dyn RecognizerStream>, EngineError> {
                Err(EngineError::NoEngine { stage: "x".into() })
            }
        }
        assert!(Identifier::new(vec![Language::En]).hear(&Dumb, &chunk(1, 0, true), true).is_err());
    }
}
