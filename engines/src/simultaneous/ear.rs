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
    /// The utterance of which something has been committed.
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
        let step = self.step.as_nanos().max(1);
        let steps_before = self.undecoded.as_nanos() / step;
        self.undecoded += Duration::from_secs_f64(fresh.len() as f64 / f64::from(INPUT_RATE));
        let steps = self.undecoded.as_nanos() / step;
        let is_awaited = self.rule != CommitRule::NOTHING && self.begun != chunk.utterance;
        let decodes = may_decode && (steps > 0 || is_awaited);
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
                if token.committed > 0 {
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
        steps > steps_before && !decodes && !chunk.is_final
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

    /// An ear, and the lengths of sound of which it made hypotheses, in milliseconds.
    fn ear(rule: CommitRule, commits: usize) -> (Ear, Rc<RefCell<Vec<u32>>>) {
        let made = Rc::new(RefCell::new(Vec::new()));
        let slow = Slow { commits, sound: 0, made: Rc::clone(&made) };
        let step = Duration::from_millis(400);
        let (sound, undecoded) = (Splice::default(), Duration::ZERO);
        (Ear { stream: Box::new(slow), sound, rule, step, undecoded, begun: 0, last: None }, made)
    }

    /// 200 ms of sound.
    fn chunk(utterance: Utterance, n: u64, is_final: bool) -> AudioChunk {
        AudioChunk {
            utterance,
            chunk_id: n + 1,
            audio: vec![0.0; 3_200],
            timestamp: Duration::from_millis(200 * n),
            duration_ms: 200,
            sample_rate: INPUT_RATE,
            vad_confidence: 1.0,
            is_final,
        }
    }

    /// When hypotheses were made of 2 s in chunks of 200 ms, and how many were left out; none `while_busy` may be made.
    fn heard(rule: CommitRule, commits: usize, while_busy: std::ops::Range<u64>) -> (Vec<u32>, usize) {
        let (mut ear, made) = ear(rule, commits);
        let left_out = (0..10).filter(|n| ear.hear(&chunk(1, *n, false), !while_busy.contains(n), &mut |_| {})).count();
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
    /// How many hypotheses are made of a segment of `utterance` that is chunks `from` to `to`.
    fn made_of(ear: &mut Ear, made: &RefCell<Vec<u32>>, utterance: Utterance, (from, to): (u64, u64)) -> usize {
        let before = made.borrow().len();
        for n in from..to {
            ear.hear(&chunk(utterance, n, n + 1 == to), true, &mut |_| {});
        }
        made.borrow().len() - before
    }

    #[test]
    fn the_listener_waits_once_an_utterance_and_until_something_is_heard() {
        // Committed with the first hypothesis: after 200 ms, and then every 400.
        let (mut ear, made) = self::ear(RULE, 0);
        assert_eq!(made_of(&mut ear, &made, 1, (0, 6)), 3);
        assert_eq!(made_of(&mut ear, &made, 1, (6, 12)), 2);
        assert_eq!(made_of(&mut ear, &made, 2, (0, 6)), 3);
        // A cough that came to nothing, and then speech that is committed with the third hypothesis of it.
        let (mut ear, made) = self::ear(RULE, 5);
        assert_eq!(made_of(&mut ear, &made, 1, (0, 3)), 2);
        assert_eq!(made_of(&mut ear, &made, 1, (3, 9)), 4);
        ear.set_commit_rule(CommitRule::NOTHING);
        assert_eq!(made_of(&mut ear, &made, 2, (0, 6)), 2);
    }
}
