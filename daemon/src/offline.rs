//! The interpreter without the daemon: the same engines and the same cutting of speech, as fast as they go.

use std::{rc::Rc, time::Duration};

use engines::{
    Direction, EngineError,
    assembly::Assembly,
    chain::ChainedRecognizer,
    han::append,
    message::{AudioChunk, INPUT_RATE, Kind, TextToken, Utterance},
    mt::hesitation,
    segmenter::Listener,
    sentences,
    simultaneous::{Ear, Identified, Identifier, Tongue, commit::CommitRule},
    stage::{Synthesizer, SynthesizerStream, Tag},
    tts::delivery::Delivery,
};

use crate::config::{Config, Mode};

/// What comes out of an interpreter. The speech of a clause may come before its segment ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// A piece of translated speech: mono samples at [`engines::message::OUTPUT_RATE`].
    Speech(Vec<f32>),
    /// A segment of speech has ended.
    Segment {
        /// What was said in it.
        heard: TextToken,
        /// What that is in the other language.
        clauses: Vec<Clause>,
    },
}

/// A part of a translation.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// Its text.
    pub token: TextToken,
    /// How much sound had come in when it was decided on.
    pub source_until: Duration,
}

/// One direction of a conversation.
pub struct Interpreter {
    listener: Listener,
    ear: Ear,
    /// Whether it is worth hearing what is not final yet.
    hears_partials: bool,
    tongue: Tongue,
    voice: Box<dyn SynthesizerStream>,
    speaks_doubts: bool,
    /// Which recording it is, counted from 1.
    utterance: Utterance,
    /// Samples of it that have come in.
    captured: usize,
    /// What was said of the present segment.
    clauses: Vec<Clause>,
}

impl Interpreter {
    /// Loads the engines for `direction`.
    ///
    /// # Errors
    /// [`EngineError`]: a direction that is not offered, a model or a program that is missing or wrong.
    pub fn open(assembly: &Assembly, config: &Config, direction: Direction) -> Result<Self, EngineError> {
        assembly.check_offered(&[direction])?;
        let mode = config.conversation.mode_of(direction);
        let recognizer = assembly.recognizer(&[direction.source], on_fallback())?;
        let translator = assembly.translator(&[direction], on_fallback())?;
        let mut interpreter = Self {
            listener: Listener::new(assembly.vad()?, config.segmenter_options()),
            ear: Ear::open(&recognizer, direction.source, config.commit_rule(mode), config.segmenter_options().step())?,
            hears_partials: mode != Mode::Consecutive,
            tongue: Tongue::open(&translator, direction, config.tongue_options())?,
            voice: assembly
                .synthesizer(&[direction.target], on_fallback())?
                .open(direction.target, config.tts.voice_id)?,
            speaks_doubts: config.tts.speak_doubts,
            utterance: 0,
            captured: 0,
            clauses: Vec::new(),
        };
        interpreter.tongue.set_patience(config.patience(mode, false));
        interpreter.begin();
        Ok(interpreter)
    }

    /// The next recording begins.
    fn begin(&mut self) {
        self.utterance += 1;
        self.captured = 0;
        self.listener.press(self.utterance, Duration::ZERO);
        self.ear.reset();
    }

    /// Takes the next samples (16 kHz mono, -1..1) and hands what they complete to `each`. All of them count as captured
    /// before anything is decided on, so whoever asks when that was gives a little at a time.
    ///
    /// # Errors
    /// Where every engine of a stage failed.
    pub fn push(&mut self, sound: &[f32], each: &mut dyn FnMut(Output)) -> Result<(), EngineError> {
        let mut chunks = Vec::new();
        self.captured += sound.len();
        self.listener.push(sound, &mut chunks)?;
        self.interpret(chunks, each)
    }

    /// The recording ends: interprets what is left. What comes next is of another one.
    ///
    /// # Errors
    /// As [`Interpreter::push`].
    pub fn finish(&mut self, each: &mut dyn FnMut(Output)) -> Result<(), EngineError> {
        let mut chunks = Vec::new();
        self.listener.release(&mut chunks)?;
        self.interpret(chunks, each)?;
        self.begin();
        Ok(())
    }

    fn interpret(&mut self, chunks: Vec<AudioChunk>, each: &mut dyn FnMut(Output)) -> Result<(), EngineError> {
        for chunk in chunks {
            for heard in all(|each| _ = self.ear.hear(&chunk, self.hears_partials, each))? {
                for clause in all(|each| self.tongue.hear(&heard, each))? {
                    if clause.kind == Kind::Final {
                        self.speak(&clause, each)?;
                        let source_until = Duration::from_secs_f64(self.captured as f64 / f64::from(INPUT_RATE));
                        self.clauses.push(Clause { token: clause, source_until });
                    }
                }
                if heard.kind == Kind::Final {
                    let clauses = std::mem::take(&mut self.clauses);
                    if !heard.text.trim().is_empty() {
                        each(Output::Segment { heard, clauses });
                    }
                }
            }
        }
        Ok(())
    }

    fn speak(&mut self, clause: &TextToken, each: &mut dyn FnMut(Output)) -> Result<(), EngineError> {
        self.voice.tag(Tag { utterance: clause.utterance, chunk_id: clause.chunk_id });
        say(&mut *self.voice, &hesitation::spoken(clause, self.speaks_doubts), &mut |speech| {
            each(Output::Speech(speech))
        })
    }
}

/// Speaks `text` at the voice's own rate: nobody waits for a file.
fn say(voice: &mut dyn SynthesizerStream, text: &str, each: &mut dyn FnMut(Vec<f32>)) -> Result<(), EngineError> {
    let mut delivery = Delivery::new(1.0);
    for piece in voice.synthesize_streaming(text, sentences::is_ended(text))? {
        each(delivery.push(&piece?.audio));
    }
    each(delivery.finish());
    Ok(())
}

/// Tells languages apart, and nothing else.
pub struct Identification {
    listener: Listener,
    identifier: Identifier,
    recognizer: ChainedRecognizer,
}

impl Identification {
    /// Loads what tells `languages` apart.
    ///
    /// # Errors
    /// [`EngineError`]: a language that is not offered, a model that is missing or wrong.
    pub fn open(assembly: &Assembly, config: &Config, languages: &[engines::Language]) -> Result<Self, EngineError> {
        let offered = assembly.recognised();
        if let Some(&language) = languages.iter().find(|l| !offered.contains(l)) {
            return Err(EngineError::LanguageNotOffered { engine: "recognition".into(), language, offered });
        }
        Ok(Self {
            listener: Listener::new(assembly.vad()?, config.segmenter_options()),
            identifier: Identifier::new(languages.to_vec()),
            recognizer: assembly.recognizer(languages, on_fallback())?,
        })
    }

    /// The language of a recording (16 kHz mono, -1..1), the utterance number `utterance`, told as the daemon would; `None` where
    /// nobody speaks.
    ///
    /// # Errors
    /// Where every recogniser failed.
    pub fn identify(&mut self, utterance: Utterance, sound: &[f32]) -> Result<Option<Identified>, EngineError> {
        let mut chunks = Vec::new();
        self.listener.press(utterance, Duration::ZERO);
        self.listener.push(sound, &mut chunks)?;
        self.listener.release(&mut chunks)?;
        let mut found = None;
        for chunk in &chunks {
            found = self.identifier.hear(&self.recognizer, chunk, true)?.or(found);
            if found.is_some_and(|identified| identified.is_certain) {
                break;
            }
        }
        Ok(found)
    }
}

/// Synthesis alone.
pub struct Speaker(Box<dyn SynthesizerStream>);

impl Speaker {
    /// Loads the voices of `language`.
    ///
    /// # Errors
    /// [`EngineError`]: a language or a voice that is not offered, a model that is missing or wrong.
    pub fn open(assembly: &Assembly, config: &Config, language: engines::Language) -> Result<Self, EngineError> {
        let offered = assembly.spoken();
        if !offered.contains(&language) {
            return Err(EngineError::LanguageNotOffered { engine: "synthesis".into(), language, offered });
        }
        Ok(Self(assembly.synthesizer(&[language], on_fallback())?.open(language, config.tts.voice_id)?))
    }

    /// The sound of `text`: mono samples at [`engines::message::OUTPUT_RATE`], sentence by sentence.
    ///
    /// # Errors
    /// Where every voice failed.
    pub fn speak(&mut self, text: &str) -> Result<Vec<f32>, EngineError> {
        let mut sound = Vec::new();
        for sentence in sentences::split(text) {
            say(&mut *self.0, &sentence, &mut |speech| sound.extend(speech))?;
        }
        Ok(sound)
    }
}

/// What `work` hands over.
fn all<T>(work: impl FnOnce(&mut dyn FnMut(Result<T, EngineError>))) -> Result<Vec<T>, EngineError> {
    let mut answers = Vec::new();
    work(&mut |answer| answers.push(answer));
    answers.into_iter().collect()
}

/// Says on the log that an engine was passed over: for commands without a daemon.
#[must_use]
pub fn on_fallback() -> engines::chain::OnFallback {
    Rc::new(|engine: &str, error: &EngineError| tracing::warn!(event = "fallback", engine, error = %error))
}

/// Recognition alone.
pub struct Transcriber {
    listener: Listener,
    ear: Ear,
}

impl Transcriber {
    /// Loads the recogniser of `language`.
    ///
    /// # Errors
    /// [`EngineError`]: a language that is not offered, a model that is missing or wrong.
    pub fn open(assembly: &Assembly, config: &Config, language: engines::Language) -> Result<Self, EngineError> {
        let offered = assembly.recognised();
        if !offered.contains(&language) {
            return Err(EngineError::LanguageNotOffered { engine: "recognition".into(), language, offered });
        }
        Ok(Self {
            listener: Listener::new(assembly.vad()?, config.segmenter_options()),
            ear: Ear::open(
                &assembly.recognizer(&[language], on_fallback())?,
                language,
                CommitRule::NOTHING,
                config.segmenter_options().step(),
            )?,
        })
    }

    /// What is said in `sound` (16 kHz mono, -1..1).
    ///
    /// # Errors
    /// Where every recogniser failed.
    pub fn transcribe(&mut self, sound: &[f32]) -> Result<String, EngineError> {
        let mut chunks = Vec::new();
        self.listener.press(1, Duration::ZERO);
        self.listener.push(sound, &mut chunks)?;
        self.listener.release(&mut chunks)?;
        let mut text = String::new();
        self.ear.reset();
        for chunk in chunks {
            let heard = all(|each| _ = self.ear.hear(&chunk, false, each))?;
            heard.iter().for_each(|token| append(&mut text, &token.text));
        }
        Ok(text)
    }
}
