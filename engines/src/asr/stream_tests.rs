//! The cutting of a long segment, held to a transcriber whose every answer is known: each second of its sound is a word.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use super::*;
use crate::{Language::En, clock::MonotonicClock};

const SECOND: usize = INPUT_RATE as usize;

/// Loudness of the first word: the number of a word is told by how much louder it is.
const FIRST: f32 = 0.1;
const STEP: f32 = 0.001;

/// Loudness of what it hears and does not believe while it is the last thing heard.
const DOUBTFUL: f32 = 0.05;

/// Reads words from the loudness of the sound: a second for each, with a pause at its end. A word is heard once more than
/// half of it is there, and every fifth ends a sentence.
struct Reader {
    /// The longest sound it was given.
    longest: usize,
}

fn word(number: u32) -> String {
    let spelt: String = number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
    format!("w{spelt}{}", if number % 5 == 4 { "." } else { "" })
}

/// The sound of words `from` to `to`.
fn sound(from: u32, to: u32) -> Vec<f32> {
    let loudness = |number: u32| FIRST + STEP * number as f32;
    (from..to)
        .flat_map(|number| (0..SECOND).map(move |n| if n < SECOND * 9 / 10 { loudness(number) } else { 0.0 }))
        .collect()
}

impl Transcriber for Reader {
    fn least_mean(&self) -> f32 {
        -1.0
    }

    fn text(&self, tokens: &[u32]) -> Result<String, EngineError> {
        Ok(tokens.iter().map(|t| word(*t)).collect::<Vec<_>>().join(" "))
    }

    fn transcribe(&mut self, samples: &[f32], task: Task) -> Result<Transcript, EngineError> {
        let begun = task.begun;
        self.longest = self.longest.max(samples.len());
        let mut heard: Vec<u32> = Vec::new();
        for run in samples.chunk_by(|a, b| a == b).filter(|run| run[0] > 0.0 && run.len() > SECOND / 2) {
            heard.push(((run[0] - FIRST) / STEP).round() as u32);
        }
        // It begins as it is told to, and goes on behind that.
        let last = begun.tokens.last().and_then(|last| heard.iter().position(|w| w == last)).map_or(0, |at| at + 1);
        let tokens: Vec<u32> = begun.tokens.iter().chain(&heard[last..]).copied().collect();
        let each = if samples.last() == Some(&DOUBTFUL) { -3.0 } else { -0.1 };
        let log_probabilities = (1..=tokens.len()).map(|n| each * n as f32).collect();
        Ok(Transcript {
            text: self.text(&tokens)?,
            log_probability: each * tokens.len() as f32,
            tokens: tokens.len(),
            begun: Begun { tokens, log_probabilities },
            ..Transcript::default()
        })
    }
}

struct Named;

impl Recognizer for Named {
    fn name(&self) -> &str {
        "reader"
    }
    fn languages(&self) -> &[Language] {
        &[En]
    }
    fn open(&self, language: Language) -> Result<Box<dyn RecognizerStream>, EngineError> {
        Err(EngineError::LanguageNotOffered { engine: "reader".into(), language, offered: Vec::new() })
    }
}

/// What was made of words `0..to`, heard in chunks of `chunk` samples, and the longest sound that was decoded.
fn heard(to: u32, chunk: usize, agreement: usize) -> (Vec<TextToken>, usize) {
    let reader = Rc::new(RefCell::new(Reader { longest: 0 }));
    let (model, clock): (Shared, Arc<dyn Clock>) = (reader.clone(), Arc::new(MonotonicClock::start()));
    let mut stream = SegmentStream::open(&model, &Named, En, 1, &clock).unwrap();
    stream.set_commit_rule(CommitRule { hypotheses: agreement, confidence: 0.85 });
    let samples = sound(0, to);
    let mut tokens: Vec<TextToken> =
        samples.chunks(chunk).map(|chunk| stream.process_chunk(chunk, INPUT_RATE).unwrap()).collect();
    tokens.push(stream.finalize().unwrap());
    let longest = reader.borrow().longest;
    (tokens, longest)
}

fn all(to: u32) -> String {
    (0..to).map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_minute_without_a_pause_is_never_decoded_as_a_whole() {
    let (tokens, longest) = heard(60, 6_400, 2);
    // Eight seconds, and a sentence more.
    assert!(longest <= LONG + 6 * SECOND, "{} s were decoded at once", longest / SECOND);
    let mut committed = String::new();
    for token in &tokens {
        assert!(token.text.starts_with(&committed), "{committed:?} became {:?}", token.text);
        token.text[..token.committed].clone_into(&mut committed);
    }
    assert_eq!(tokens.last().unwrap().text, all(60), "nothing is lost and nothing comes twice");
    let is_sure = |t: &&TextToken| t.text.is_empty() || t.confidence > 0.85;
    assert_eq!(tokens.iter().filter(is_sure).count(), tokens.len(), "a cut costs no confidence");
}

#[test]
fn where_nothing_is_committed_it_is_cut_at_a_pause_all_the_same() {
    for (chunk, agreement) in [(6_400, 0), (10 * SECOND, 2), (10 * SECOND, 0)] {
        let (tokens, longest) = heard(60, chunk, agreement);
        assert!(longest <= LONGEST, "{} s were decoded at once", longest / SECOND);
        assert_eq!(tokens.last().unwrap().text, all(60), "chunks of {chunk} samples, agreement {agreement}");
    }
}

/// Noise over one word of many: what is made of that chunk is dropped.
#[test]
fn what_is_dropped_says_nothing_against_what_was_heard_before() {
    let reader = Rc::new(RefCell::new(Reader { longest: 0 }));
    let (model, clock): (Shared, Arc<dyn Clock>) = (reader, Arc::new(MonotonicClock::start()));
    let mut stream = SegmentStream::open(&model, &Named, En, 1, &clock).unwrap();
    stream.set_commit_rule(CommitRule { hypotheses: 2, confidence: 0.85 });
    let samples = sound(0, 4);
    stream.process_chunk(&samples[..2 * SECOND], INPUT_RATE).unwrap();
    let dropped = stream.process_chunk(&vec![DOUBTFUL; SECOND / 10], INPUT_RATE).unwrap();
    assert!(dropped.text.is_empty() && !dropped.metadata.notes.is_empty(), "{dropped:?}");
    let token = stream.process_chunk(&samples[2 * SECOND..], INPUT_RATE).unwrap();
    assert_eq!(&token.text[..token.committed], "wa wb");
}

/// A part of a long segment has been put away, and then nothing is made of the next one.
#[test]
fn what_is_committed_never_ends_with_the_space_before_an_open_part() {
    let reader = Rc::new(RefCell::new(Reader { longest: 0 }));
    let (model, clock): (Shared, Arc<dyn Clock>) = (reader, Arc::new(MonotonicClock::start()));
    let mut stream = SegmentStream::open(&model, &Named, En, 1, &clock).unwrap();
    let long = stream.process_chunk(&sound(0, 30), INPUT_RATE).unwrap();
    let committed = long.text[..long.committed].to_owned();
    assert!(!committed.is_empty() && committed.len() < long.text.len(), "{long:?}");
    let dropped = stream.process_chunk(&vec![DOUBTFUL; SECOND / 10], INPUT_RATE).unwrap();
    assert_eq!((dropped.text.as_str(), dropped.committed), (committed.as_str(), committed.len()));
}
