//! The interpreter without the daemon: the same engines and the same cutting of speech, as fast as they go.

use std::rc::Rc;

use engines::{
    Direction, EngineError,
    assembly::Assembly,
    context::Said,
    message::{AudioChunk, INPUT_RATE, SpeechOutput, TextToken},
    segmenter::{Listener, Splice},
    stage::{Recognizer, RecognizerStream, Synthesizer, SynthesizerStream, Tag, Translator, TranslatorStream},
};

use crate::config::Config;

/// What comes out of an interpreter, in this order for each segment of speech.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// What was said.
    Heard(TextToken),
    /// What that is in the other language.
    Translated(TextToken),
    /// How it sounds.
    Speech(SpeechOutput),
}

/// One direction of a conversation.
pub struct Interpreter {
    listener: Listener,
    splice: Splice,
    ear: Box<dyn RecognizerStream>,
    tongue: Box<dyn TranslatorStream>,
    said: Said,
    voice: Box<dyn SynthesizerStream>,
}

impl Interpreter {
    /// Loads the engines for `direction`.
    ///
    /// # Errors
    /// [`EngineError`]: a direction that is not offered, a model or a program that is missing or wrong.
    pub fn open(assembly: &Assembly, config: &Config, direction: Direction) -> Result<Self, EngineError> {
        assembly.check_offered(&[direction])?;
        let mut listener = Listener::new(assembly.vad()?, config.segmenter_options());
        listener.press(1, std::time::Duration::ZERO);
        Ok(Self {
            listener,
            splice: Splice::default(),
            ear: assembly.recognizer(&[direction.source], on_fallback())?.open(direction.source)?,
            tongue: assembly.translator(&[direction], on_fallback())?.open(direction)?,
            said: Said::new(config.mt.context_window_size),
            voice: assembly
                .synthesizer(&[direction.target], on_fallback())?
                .open(direction.target, config.tts.voice_id)?,
        })
    }

    /// Takes the next samples (16 kHz mono, -1..1) and hands what they complete to `each`.
    ///
    /// # Errors
    /// Where every engine of a stage failed.
    pub fn push(&mut self, sound: &[f32], each: &mut dyn FnMut(Output)) -> Result<(), EngineError> {
        let mut chunks = Vec::new();
        self.listener.push(sound, &mut chunks)?;
        self.interpret(chunks, each)
    }

    /// Nothing follows: interprets what is left.
    ///
    /// # Errors
    /// As [`Interpreter::push`].
    pub fn finish(&mut self, each: &mut dyn FnMut(Output)) -> Result<(), EngineError> {
        let mut chunks = Vec::new();
        self.listener.release(&mut chunks)?;
        self.interpret(chunks, each)
    }

    fn interpret(&mut self, chunks: Vec<AudioChunk>, each: &mut dyn FnMut(Output)) -> Result<(), EngineError> {
        for chunk in chunks {
            let Some(heard) = hear(self.ear.as_mut(), &mut self.splice, &chunk)? else { continue };
            if heard.text.trim().is_empty() {
                continue;
            }
            let tag = Tag { utterance: chunk.utterance, chunk_id: chunk.chunk_id };
            self.tongue.tag(tag);
            self.tongue.set_context(self.said.clauses());
            let translated = self.tongue.translate_chunk(&heard.text, true)?;
            self.said.push(&heard.text);
            self.voice.tag(tag);
            each(Output::Heard(heard));
            let text = translated.text.clone();
            each(Output::Translated(translated));
            for piece in self.voice.synthesize_streaming(&text, true)? {
                each(Output::Speech(piece?));
            }
        }
        Ok(())
    }
}

/// Hands a chunk to the recogniser; gives the text once the segment is complete.
fn hear(
    ear: &mut dyn RecognizerStream,
    splice: &mut Splice,
    chunk: &AudioChunk,
) -> Result<Option<TextToken>, EngineError> {
    ear.tag(Tag { utterance: chunk.utterance, chunk_id: chunk.chunk_id });
    ear.push(splice.fresh(chunk), INPUT_RATE)?;
    if chunk.is_final { ear.finalize().map(Some) } else { Ok(None) }
}

/// Says on the log that an engine was passed over: for commands without a daemon.
#[must_use]
pub fn on_fallback() -> engines::chain::OnFallback {
    Rc::new(|engine: &str, error: &EngineError| tracing::warn!(event = "fallback", engine, error = %error))
}

/// Recognition alone.
pub struct Transcriber {
    listener: Listener,
    splice: Splice,
    ear: Box<dyn RecognizerStream>,
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
            splice: Splice::default(),
            ear: assembly.recognizer(&[language], on_fallback())?.open(language)?,
        })
    }

    /// What is said in `sound` (16 kHz mono, -1..1), segments joined by spaces.
    ///
    /// # Errors
    /// Where every recogniser failed.
    pub fn transcribe(&mut self, sound: &[f32]) -> Result<String, EngineError> {
        let mut chunks = Vec::new();
        self.listener.press(1, std::time::Duration::ZERO);
        self.listener.push(sound, &mut chunks)?;
        self.listener.release(&mut chunks)?;
        let mut texts = Vec::new();
        self.splice = Splice::default();
        for chunk in chunks {
            if let Some(token) = hear(self.ear.as_mut(), &mut self.splice, &chunk)? {
                texts.push(token.text.trim().to_owned());
            }
        }
        Ok(texts.join(" ").trim().to_owned())
    }
}
