//! The four stages, each a model and a stream.
//!
//! A model is loaded once and shared by all conversations; a stream holds one conversation's state. Neither needs to
//! be `Send`: a stage lives on the thread that loaded it (the Bergamot engine cannot leave its thread).
//!
//! The operations keep the names of the specification (DESIGN section 3). Every backend passes the conformance suite
//! of its trait.

use std::time::Duration;

use crate::{
    Direction, EngineError, Language,
    latency::LatencyStats,
    message::{SpeechOutput, TextToken, Utterance},
    simultaneous::commit::CommitRule,
};

/// What a stream calls the audio or text it is given: stamped on what comes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tag {
    /// The utterance now being processed.
    pub utterance: Utterance,
    /// The chunk now being processed.
    pub chunk_id: u64,
}

/// Voice activity detection for one microphone. There is no shared part: a detector is small.
pub trait Vad {
    /// Samples in a frame, at [`crate::message::INPUT_RATE`].
    fn frame_samples(&self) -> usize;

    /// Judges one frame: is it speech, and with what probability (0..1)?
    ///
    /// # Errors
    /// [`EngineError::FrameLength`] where `audio` is not one frame of `frame_duration_ms`, or a runtime error.
    fn process_chunk(&mut self, audio: &[f32], frame_duration_ms: u32) -> Result<(bool, f32), EngineError>;

    /// Whether, after some speech, at least `silence_duration_ms` without speech have passed.
    fn has_speech_ended(&self, silence_duration_ms: u32) -> bool;

    /// Forgets everything heard.
    fn reset(&mut self);
}

/// A speech recognition model.
pub trait Recognizer {
    /// Its name in the catalog.
    fn name(&self) -> &str;

    /// The languages it recognises.
    fn languages(&self) -> &[Language];

    /// A stream for one conversation.
    ///
    /// # Errors
    /// [`EngineError::LanguageNotOffered`].
    fn open(&self, language: Language) -> Result<Box<dyn RecognizerStream>, EngineError>;

    /// Whether [`Recognizer::identify`] can be asked at all.
    fn can_identify(&self) -> bool {
        false
    }

    /// How probable each of `languages` is for what is spoken in `sound` (16 kHz mono, -1..1; at most 30 s of it count); together
    /// they make 1. `None` where the engine cannot tell, or not of all of them.
    ///
    /// # Errors
    /// A runtime error.
    fn identify(&self, _sound: &[f32], _languages: &[Language]) -> Result<Option<Vec<f32>>, EngineError> {
        Ok(None)
    }
}

/// One conversation's recognition.
pub trait RecognizerStream {
    /// Sets the utterance and chunk that the next tokens will carry.
    fn tag(&mut self, tag: Tag);

    /// What is committed ([`TextToken::committed`]) before the segment ends; at first [`CommitRule::NOTHING`]. Drops the
    /// segment.
    fn set_commit_rule(&mut self, rule: CommitRule);

    /// Takes the next samples of the segment (mono, -1..1, each sample once) and gives a partial hypothesis of
    /// the whole segment so far. It begins with all that was committed before.
    ///
    /// # Errors
    /// [`EngineError::SampleRate`] for a rate other than 16 kHz, or a runtime error; the samples are kept either way.
    fn process_chunk(&mut self, audio: &[f32], sample_rate: u32) -> Result<TextToken, EngineError>;

    /// Takes samples without decoding: for a worker that lags and skips a partial.
    ///
    /// # Errors
    /// [`EngineError::SampleRate`].
    fn push(&mut self, audio: &[f32], sample_rate: u32) -> Result<(), EngineError>;

    /// Decodes the whole segment for good, behind what is committed, and begins a new one.
    ///
    /// # Errors
    /// A runtime error; the segment is then still there, to be tried again or reset.
    fn finalize(&mut self) -> Result<TextToken, EngineError>;

    /// Drops the segment.
    fn reset(&mut self);

    /// Milliseconds of the decodes so far.
    fn latency_stats(&self) -> LatencyStats;
}

/// A translation model, or a chain of them.
pub trait Translator {
    /// Its name in the catalog.
    fn name(&self) -> &str;

    /// The directions it offers.
    fn directions(&self) -> &[Direction];

    /// A stream for one side of one conversation.
    ///
    /// # Errors
    /// [`EngineError::DirectionNotOffered`], which lists those that are.
    fn open(&self, direction: Direction) -> Result<Box<dyn TranslatorStream>, EngineError>;
}

/// One side's translation.
pub trait TranslatorStream {
    /// Sets the utterance and chunk that the next tokens will carry.
    fn tag(&mut self, tag: Tag);

    /// Translates a clause or a whole utterance. Markup of the engine never reaches the text; words without a
    /// translation are listed in the token's metadata.
    ///
    /// # Errors
    /// Where the engine failed; text it merely could not handle is passed on marked.
    fn translate_chunk(&mut self, text: &str, is_final: bool) -> Result<TextToken, EngineError>;

    /// Goes on with a sentence that is still being spoken. `sentence` is what is certain of it, from its beginning, and
    /// `tentative` how it may go on. Gives what can be said now beyond what this gave before, as a final token; where
    /// it is too likely to change with more, a partial one with how the translation would go on. With `is_complete` the
    /// sentence ends here: all the rest is given, and the next call begins another.
    ///
    /// # Errors
    /// As [`TranslatorStream::translate_chunk`]. A sentence that goes on is then as far as it was before; one that has ended
    /// is forgotten.
    fn translate_further(
        &mut self,
        sentence: &str,
        tentative: &str,
        is_complete: bool,
    ) -> Result<TextToken, EngineError>;

    /// Forgets the sentence that was begun.
    fn reset(&mut self);

    /// Sets how long may be waited for the translation of a sentence that the quick engines leave in doubt.
    fn set_patience(&mut self, patience: Duration);

    /// Sets the clauses said before, oldest first.
    fn set_context(&mut self, clauses: &[String]);

    /// Forgets the clauses said before.
    fn clear_context(&mut self);

    /// Milliseconds of the translations so far.
    fn latency_stats(&self) -> LatencyStats;
}

/// A voice that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// Index to ask for it by (`tts.voice_id`).
    pub id: u32,
    /// Name in the model's own terms.
    pub name: String,
    /// Language it speaks.
    pub language: Language,
}

/// A speech synthesis model.
pub trait Synthesizer {
    /// Its name in the catalog.
    fn name(&self) -> &str;

    /// The voices it has.
    fn available_voices(&self) -> &[Voice];

    /// A stream for one side of one conversation. `voice_id` counts among the voices of `language`.
    ///
    /// # Errors
    /// [`EngineError::LanguageNotOffered`] or [`EngineError::VoiceNotOffered`].
    fn open(&self, language: Language, voice_id: u32) -> Result<Box<dyn SynthesizerStream>, EngineError>;
}

/// Pieces of sound, made one at a time as they are asked for. Dropping it stops the work.
pub type Speech<'a> = Box<dyn Iterator<Item = Result<SpeechOutput, EngineError>> + 'a>;

/// One side's synthesis.
pub trait SynthesizerStream {
    /// Sets the utterance and chunk that the next sound will carry.
    fn tag(&mut self, tag: Tag);

    /// Speaks `text`, and is silent behind it for as long as its last mark stands for. `is_final` says that the sentence
    /// ends here, which the melody may follow. Text with nothing to pronounce gives no sound and no error.
    ///
    /// # Errors
    /// A runtime error, here or from the stream.
    fn synthesize_streaming<'a>(&'a mut self, text: &str, is_final: bool) -> Result<Speech<'a>, EngineError>;

    /// Milliseconds to the first sound of the requests so far.
    fn latency_stats(&self) -> LatencyStats;
}
