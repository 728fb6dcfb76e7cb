//! One side's recognition: chunks of sound in, hypotheses with their committed part out.

use super::commit::CommitRule;
use crate::{
    EngineError, Language,
    message::{AudioChunk, INPUT_RATE, Kind, TextToken},
    segmenter::Splice,
    stage::{Recognizer, RecognizerStream, Tag},
};

/// Hears one side of a conversation.
pub struct Ear {
    stream: Box<dyn RecognizerStream>,
    sound: Splice,
    /// The last partial hypothesis of the segment.
    last: Option<TextToken>,
}

impl Ear {
    /// An ear for `language` that commits what `rule` allows.
    ///
    /// # Errors
    /// [`EngineError::LanguageNotOffered`].
    pub fn open(recognizer: &dyn Recognizer, language: Language, rule: CommitRule) -> Result<Self, EngineError> {
        let mut stream = recognizer.open(language)?;
        stream.set_commit_rule(rule);
        Ok(Self { stream, sound: Splice::default(), last: None })
    }

    /// Takes a chunk in and hands `each` what came of it: a partial hypothesis where `decodes`, so that whoever lags
    /// can skip it; a final one at the end of the segment; an error where every engine failed. What has been
    /// committed before a failure comes as the final all the same, so that it is not lost.
    pub fn hear(&mut self, chunk: &AudioChunk, decodes: bool, each: &mut dyn FnMut(Result<TextToken, EngineError>)) {
        let fresh = self.sound.fresh(chunk);
        self.stream.tag(Tag { utterance: chunk.utterance, chunk_id: chunk.chunk_id });
        let answer = if chunk.is_final {
            self.stream.push(fresh, INPUT_RATE).and_then(|()| self.stream.finalize()).map(Some)
        } else if decodes {
            self.stream.process_chunk(fresh, INPUT_RATE).map(Some)
        } else {
            self.stream.push(fresh, INPUT_RATE).map(|()| None)
        };
        match answer {
            Ok(Some(token)) => {
                self.last = Some(token.clone());
                each(Ok(token));
            }
            Ok(None) => {}
            Err(error) => {
                each(Err(error));
                if let Some(last) = self.last.take().filter(|_| chunk.is_final) {
                    let text = last.text[..last.committed].to_owned();
                    each(Ok(TextToken { chunk_id: chunk.chunk_id, kind: Kind::Final, text, ..last }));
                }
            }
        }
        if chunk.is_final {
            self.reset();
        }
    }

    /// From the next segment on, what `rule` allows is committed. Forgets the present one.
    pub fn set_commit_rule(&mut self, rule: CommitRule) {
        self.reset();
        self.stream.set_commit_rule(rule);
    }

    /// Forgets the segment.
    pub fn reset(&mut self) {
        self.stream.reset();
        self.sound = Splice::default();
        self.last = None;
    }
}
