//! One side's recognition: chunks of sound in, hypotheses with their committed part out.

use std::time::Duration;

use super::commit::CommitRule;
use crate::{
    EngineError, Language,
    message::{AudioChunk, INPUT_RATE, Kind, TextToken, Utterance},
    segmenter::Splice,
    stage::{Recognizer, RecognizerStream, Tag},
};

/// Hears one side of a conversation.
pub struct Ear {
    stream: Box<dyn RecognizerStream>,
    sound: Splice,
    rule: CommitRule,
    /// The sound from one partial hypothesis to the next, once something is committed.
    step: Duration,
    /// The sound since the last one.
    undecoded: Duration,
    /// The utterance of which something has been committed, or a segment has ended.
    begun: Utterance,
    /// The last partial hypothesis of the segment.
    last: Option<TextToken>,
}

impl Ear {
    /// An ear for `language` that commits what `rule` allows and makes a partial hypothesis for every `step` of sound. Until
    /// something of an utterance is committed, it makes one of every chunk: the listener waits for its first words.
    ///
    /// # Errors
    /// [`EngineError::LanguageNotOffered`].
    pub fn open(
        recognizer: &dyn Recognizer,
        language: Language,
        rule: CommitRule,
        step: Duration,
    ) -> Result<Self, EngineError> {
        let mut stream = recognizer.open(language)?;
        stream.set_commit_rule(rule);
        Ok(Self { stream, sound: Splice::default(), rule, step, undecoded: Duration::ZERO, begun: 0, last: None })
    }

    /// Takes a chunk in and hands `each` what came of it: a partial hypothesis where one is due and `may_decode`, so that
    /// whoever lags can leave it out; a final one at the end of the segment; an error where every engine failed. What has
    /// been committed before a failure comes as the final all the same, so that it is not lost.
    ///
    /// Gives whether a hypothesis was left out for which a whole step of sound was there.
    pub fn hear(
        &mut self,
        chunk: &AudioChunk,
        may_decode: bool,
        each: &mut dyn FnMut(Result<TextToken, EngineError>),
    ) -> bool {
        let fresh = self.sound.fresh(chunk);
        let steps = |sound: Duration| sound.as_nanos() / self.step.as_nanos().max(1);
        let before = self.undecoded;
        self.undecoded += Duration::from_secs_f64(fresh.len() as f64 / f64::from(INPUT_RATE));
        let (is_due, is_another) = (steps(self.undecoded) > 0, steps(self.undecoded) > steps(before));
        let is_opening = self.rule != CommitRule::NOTHING && self.begun != chunk.utterance;
        let decodes = may_decode && (is_due || is_opening);
        self.stream.tag(Tag { utterance: chunk.utterance, chunk_id: chunk.chunk_id });
        let answer = if chunk.is_final {
            self.stream.push(fresh, INPUT_RATE).and_then(|()| self.stream.finalize()).map(Some)
        } else if decodes {
            self.stream.process_chunk(fresh, INPUT_RATE).map(Some)
        } else {
            self.stream.push(fresh, INPUT_RATE).map(|()| None)
        };
        if decodes || chunk.is_final {
            self.undecoded = Duration::ZERO;
        }
        match answer {
            Ok(Some(token)) => {
                if token.committed > 0 || chunk.is_final {
                    self.begun = chunk.utterance;
                }
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
        is_another && !decodes && !chunk.is_final
    }

    /// From the next segment on, what `rule` allows is committed. Forgets the present one.
    pub fn set_commit_rule(&mut self, rule: CommitRule) {
        self.reset();
        self.rule = rule;
        self.stream.set_commit_rule(rule);
    }

    /// Forgets the segment.
    pub fn reset(&mut self) {
        self.stream.reset();
        self.sound = Splice::default();
        self.undecoded = Duration::ZERO;
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;
    use crate::{
        latency::LatencyStats,
        message::{Metadata, duration_ms},
    };

    /// Hears one word of five letters, and commits it with its `commits`th hypothesis. Notes how long the sound was when it
    /// made each.
    struct Slow {
        commits: usize,
        sound: usize,
        made: Rc<RefCell<Vec<u32>>>,
    }

    impl Slow {
        fn token(&self, kind: Kind) -> TextToken {
            let committed = if self.made.borrow().len() >= self.commits { 5 } else { 0 };
            TextToken {
                utterance: 1,
                chunk_id: 1,
                text: "hello".into(),
                committed,
                confidence: 1.0,
                kind,
                source_language: Language::En,
                target_language: Language::En,
                metadata: Metadata::default(),
                timestamp: Duration::ZERO,
                processing_latency_ms: 0.0,
            }
        }
    }

    impl RecognizerStream for Slow {
        fn tag(&mut self, _: Tag) {}
        fn set_commit_rule(&mut self, _: CommitRule) {}
        fn process_chunk(&mut self, audio: &[f32], rate: u32) -> Result<TextToken, EngineError> {
            self.push(audio, rate)?;
            self.made.borrow_mut().push(duration_ms(self.sound, rate));
            Ok(self.token(Kind::Partial))
        }
        fn push(&mut self, audio: &[f32], _: u32) -> Result<(), EngineError> {
            self.sound += audio.len();
            Ok(())
        }
        fn finalize(&mut self) -> Result<TextToken, EngineError> {
            Ok(self.token(Kind::Final))
        }
        fn reset(&mut self) {}
        fn latency_stats(&self) -> LatencyStats {
            LatencyStats::default()
        }
    }

    /// When hypotheses were made of 2 s in chunks of 200 ms, and how many were left out; none `while_busy` may be made.
    fn heard(rule: CommitRule, commits: usize, while_busy: std::ops::Range<usize>) -> (Vec<u32>, usize) {
        let made = Rc::new(RefCell::new(Vec::new()));
        let mut ear = Ear {
            stream: Box::new(Slow { commits, sound: 0, made: Rc::clone(&made) }),
            sound: Splice::default(),
            rule,
            step: Duration::from_millis(400),
            undecoded: Duration::ZERO,
            begun: 0,
            last: None,
        };
        let mut left_out = 0;
        for n in 0..10 {
            let chunk = AudioChunk {
                utterance: 1,
                chunk_id: n as u64 + 1,
                audio: vec![0.0; 3_200],
                timestamp: Duration::from_millis(200 * n as u64),
                duration_ms: 200,
                sample_rate: INPUT_RATE,
                vad_confidence: 1.0,
                is_final: false,
            };
            left_out += usize::from(ear.hear(&chunk, !while_busy.contains(&n), &mut |_| {}));
        }
        (made.take(), left_out)
    }

    const RULE: CommitRule = CommitRule { hypotheses: 2, confidence: 0.8 };

    #[test]
    fn until_something_is_committed_every_chunk_is_decoded() {
        assert_eq!(heard(RULE, 3, 0..0), (vec![200, 400, 600, 1_000, 1_400, 1_800], 0));
        assert_eq!(heard(CommitRule::NOTHING, 99, 0..0).0, [400, 800, 1_200, 1_600, 2_000]);
    }

    #[test]
    fn who_lags_leaves_out_what_a_step_of_sound_is_there_for_and_makes_up_for_it() {
        assert_eq!(
            heard(RULE, 2, 2..3),
            (vec![200, 400, 800, 1_200, 1_600, 2_000], 0),
            "one more than the steps ask for"
        );
        assert_eq!(heard(RULE, 2, 3..7), (vec![200, 400, 1_600, 2_000], 2));
    }
}
