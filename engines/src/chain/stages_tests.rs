//! The chains, held to engines that answer, fail and panic as they are told to.

use std::{
    cell::Cell,
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use super::*;
use crate::Language::*;

struct Hand(AtomicU64);

impl Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Relaxed))
    }
}

/// Answers with its own name, or does what it is told to.
struct Actor {
    name: &'static str,
    mood: Rc<Cell<Mood>>,
    directions: [Direction; 1],
}

#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Well,
    Failing,
    Panicking,
}

struct ActorStream(&'static str, Rc<Cell<Mood>>);

impl Translator for Actor {
    fn name(&self) -> &str {
        self.name
    }
    fn directions(&self) -> &[Direction] {
        &self.directions
    }
    fn open(&self, _: Direction) -> Result<Box<dyn TranslatorStream>, EngineError> {
        Ok(Box::new(ActorStream(self.name, self.mood.clone())))
    }
}

impl TranslatorStream for ActorStream {
    fn tag(&mut self, _: Tag) {}
    fn translate_chunk(&mut self, _: &str, _: bool) -> Result<TextToken, EngineError> {
        self.translate_further("", "", true)
    }
    /// Says its name and what it was given.
    fn translate_further(&mut self, sentence: &str, _: &str, _: bool) -> Result<TextToken, EngineError> {
        match self.1.get() {
            Mood::Well => Ok(TextToken {
                utterance: 0,
                chunk_id: 0,
                text: format!("{} {sentence}", self.0).trim().to_owned(),
                committed: 0,
                confidence: 1.0,
                kind: Kind::Final,
                source_language: En,
                target_language: Es,
                metadata: Default::default(),
                timestamp: Duration::ZERO,
                processing_latency_ms: 0.0,
            }),
            Mood::Failing => Err(none("test")),
            Mood::Panicking => panic!("the test told {} to", self.0),
        }
    }
    fn reset(&mut self) {}
    fn set_patience(&mut self, _: Duration) {}
    fn set_context(&mut self, _: &[String]) {}
    fn clear_context(&mut self) {}
    fn latency_stats(&self) -> LatencyStats {
        LatencyStats::default()
    }
}

#[test]
fn in_the_middle_of_a_sentence_the_next_engine_goes_on_where_the_first_stopped() {
    let moods = [Rc::new(Cell::new(Mood::Well)), Rc::new(Cell::new(Mood::Well))];
    let directions = [Direction::new(En, Es)];
    let actor = |name, at: usize| Box::new(Actor { name, mood: moods[at].clone(), directions }) as Box<dyn Translator>;
    let clock = Arc::new(Hand(AtomicU64::new(0)));
    let chain = ChainedTranslator::new(vec![actor("first", 0), actor("second", 1)], clock, Rc::new(|_, _| {}));
    let mut stream = chain.open(Direction::new(En, Es)).unwrap();
    let mut say = |sentence: &str, end| stream.translate_further(sentence, "", end).map(|t| t.text);
    assert_eq!(say("Go on", false).unwrap(), "first Go on");
    assert_eq!(say("Go on and turn", false).unwrap(), "first Go on and turn");
    moods[0].set(Mood::Failing);
    assert_eq!(say("Go on and turn left now", false).unwrap(), "second left now");
    assert_eq!(say("Go on and turn left now.", true).unwrap(), "second left now.");
    assert_eq!(say("Stop.", true).unwrap(), "second Stop.");
    moods[1].set(Mood::Panicking);
    assert!(say("Go", false).is_err());
    moods[1].set(Mood::Well);
    assert_eq!(say("Go on", false).unwrap(), "second Go on");
    // It is not begun anew because all failed once: by now the first is asked again.
    moods.iter().for_each(|m| m.set(Mood::Failing));
    assert!(say("Go on and", false).is_err());
    moods.iter().for_each(|m| m.set(Mood::Well));
    assert_eq!(say("Go on and on.", true).unwrap(), "first and on.");
    moods.iter().for_each(|m| m.set(Mood::Failing));
    assert!(say("Lost.", true).is_err());
    moods.iter().for_each(|m| m.set(Mood::Well));
    assert!(say("Found.", true).unwrap().ends_with(" Found."));
}

/// Hears what it is told to, hypothesis by hypothesis, of which so many bytes are committed.
struct Script(VecDeque<(&'static str, usize)>);

impl RecognizerStream for Script {
    fn tag(&mut self, _: Tag) {}
    fn set_commit_rule(&mut self, _: CommitRule) {}
    fn push(&mut self, _: &[f32], _: u32) -> Result<(), EngineError> {
        Ok(())
    }
    fn process_chunk(&mut self, _: &[f32], _: u32) -> Result<TextToken, EngineError> {
        let (text, committed) = self.0.pop_front().ok_or_else(|| none("test"))?;
        Ok(TextToken {
            utterance: 0,
            chunk_id: 0,
            text: text.to_owned(),
            committed,
            confidence: 1.0,
            kind: Kind::Partial,
            source_language: En,
            target_language: En,
            metadata: Default::default(),
            timestamp: Duration::ZERO,
            processing_latency_ms: 0.0,
        })
    }
    fn finalize(&mut self) -> Result<TextToken, EngineError> {
        let token = self.process_chunk(&[], 0)?;
        Ok(TextToken { kind: Kind::Final, ..token })
    }
    fn reset(&mut self) {}
    fn latency_stats(&self) -> LatencyStats {
        LatencyStats::default()
    }
}

/// What is committed of each of the hypotheses, held to what was before.
fn committed(hypotheses: &[(&'static str, usize)]) -> Vec<String> {
    let watch = Watch::new(1, Arc::new(Hand(AtomicU64::new(0))), Rc::new(|_, _| {}));
    let script = Script(hypotheses.to_vec().into());
    let streams: Streams<dyn RecognizerStream> = vec![(0, "script".to_owned(), Box::new(script))];
    let mut chain = RecognizerChain { streams, watch, committed: String::new() };
    let mut hear = || chain.process_chunk(&[], 0).unwrap();
    hypotheses.iter().map(|_| hear()).map(|token| token.text[..token.committed].to_owned()).collect()
}

#[test]
fn what_is_committed_ends_with_a_word_and_stays() {
    // Where the second part comes to nothing, the space before it is gone.
    assert_eq!(committed(&[("head tail", 5), ("head", 4), ("head tail", 9)]), ["head", "head", "head tail"]);
    // Another engine spells it otherwise: it goes on committing behind what the first one had.
    let other = [("Go for word ten", 11), ("Go forward ten meters", 14), ("Go forward ten", 0), ("", 0)];
    let other = committed(&other);
    assert_eq!(other[0], "Go for word");
    assert!(other[1..].iter().all(|text| text.starts_with("Go for word")), "{other:?}");
    assert_eq!(committed(&[("Go for word", 11), ("Go four word ten meters", 16)])[1], "Go for word ten");
}

#[test]
fn the_next_engine_takes_over_and_the_first_comes_back() {
    let clock = Arc::new(Hand(AtomicU64::new(0)));
    let moods = [Rc::new(Cell::new(Mood::Well)), Rc::new(Cell::new(Mood::Well))];
    let directions = [Direction::new(En, Es)];
    let told = Rc::new(Cell::new(0));
    let chain = ChainedTranslator::new(
        vec![
            Box::new(Actor { name: "first", mood: moods[0].clone(), directions }),
            Box::new(Actor { name: "second", mood: moods[1].clone(), directions }),
        ],
        clock.clone(),
        Rc::new({
            let told = told.clone();
            move |_: &str, _: &EngineError| told.set(told.get() + 1)
        }),
    );
    let mut stream = chain.open(directions[0]).unwrap();
    let mut say = || stream.translate_chunk("x", true).map(|t| t.text);
    assert_eq!(say().unwrap(), "first");
    moods[0].set(Mood::Panicking);
    assert_eq!(say().unwrap(), "second");
    assert_eq!(told.get(), 1);
    // It rests, and is not even asked.
    assert_eq!(say().unwrap(), "second");
    assert_eq!(told.get(), 1);
    moods[0].set(Mood::Well);
    clock.0.store(2, Relaxed);
    assert_eq!(say().unwrap(), "first");
    // With everything broken the error of the last is told, and all are asked again the next time.
    moods.iter().for_each(|m| m.set(Mood::Failing));
    assert!(say().is_err());
    moods.iter().for_each(|m| m.set(Mood::Well));
    assert_eq!(say().unwrap(), "first");
}

/// Speaks one piece and does then what it is told to.
struct Speaker {
    mood: Rc<Cell<Mood>>,
    voices: [Voice; 1],
}

impl Synthesizer for Speaker {
    fn name(&self) -> &str {
        "speaker"
    }
    fn available_voices(&self) -> &[Voice] {
        &self.voices
    }
    fn open(&self, _: Language, _: u32) -> Result<Box<dyn SynthesizerStream>, EngineError> {
        Ok(Box::new(Speaker { mood: self.mood.clone(), voices: self.voices.clone() }))
    }
}

impl SynthesizerStream for Speaker {
    fn tag(&mut self, _: Tag) {}
    fn synthesize_streaming<'a>(&'a mut self, _: &str, _: bool) -> Result<Speech<'a>, EngineError> {
        let piece = SpeechOutput {
            utterance: 1,
            chunk_id: 1,
            audio: vec![0.5; 10],
            sample_rate: 22_050,
            duration_ms: 0,
            speaker_id: 0,
            language: Es,
            confidence: 1.0,
            total_latency_ms: 0.0,
        };
        let mood = self.mood.get();
        Ok(Box::new((0..2).map(move |n| match (n, mood) {
            (0, _) | (_, Mood::Well) => Ok(piece.clone()),
            (_, Mood::Failing) => Err(none("test")),
            (_, Mood::Panicking) => panic!("the test told it to"),
        })))
    }
    fn latency_stats(&self) -> LatencyStats {
        LatencyStats::default()
    }
}

#[test]
fn a_voice_that_breaks_in_the_middle_ends_the_sentence_and_is_remembered() {
    let mood = Rc::new(Cell::new(Mood::Well));
    let voices = [Voice { id: 0, name: "one".into(), language: Es }];
    let told = Rc::new(Cell::new(0));
    let chain = ChainedSynthesizer::new(
        vec![Rc::new(Speaker { mood: mood.clone(), voices })],
        Arc::new(Hand(AtomicU64::new(0))),
        Rc::new({
            let told = told.clone();
            move |_: &str, _: &EngineError| told.set(told.get() + 1)
        }),
    );
    // A voice that this language does not have is the other side's.
    let mut stream = chain.open(Es, 7).unwrap();
    let mut say = || stream.synthesize_streaming("x", true).unwrap().map(|p| p.is_ok()).collect::<Vec<_>>();
    assert_eq!(say(), [true, true]);
    for broken in [Mood::Failing, Mood::Panicking] {
        mood.set(broken);
        assert_eq!(say(), [true, false]);
    }
    assert_eq!(told.get(), 2);
}

#[test]
fn a_direction_that_nobody_offers_is_refused_with_those_that_are() {
    let mood = Rc::new(Cell::new(Mood::Well));
    let engine = Actor { name: "only", mood, directions: [Direction::new(En, Es)] };
    let clock = Arc::new(Hand(AtomicU64::new(0)));
    let chain = ChainedTranslator::new(vec![Box::new(engine)], clock, Rc::new(|_, _| ()));
    let error = chain.open(Direction::new(De, Fr)).err().unwrap().to_string();
    assert!(error.contains("German to French") && error.contains("en-es"), "{error}");
}
