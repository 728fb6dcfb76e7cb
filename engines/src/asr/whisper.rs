//! Whisper base, multilingual (Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision").

use std::{cell::RefCell, path::Path, rc::Rc, sync::Arc};

use kernels::logits::log_sum_exp;
use serde::Deserialize;
use tokenizers::Tokenizer;

use super::{
    AsrOptions,
    guard::unroll,
    search::{Plan, search},
    stream::{SegmentStream, Shared, Task, Transcriber, Transcript},
};
use crate::{
    EngineError, Language,
    catalog::ModelFiles,
    clock::Clock,
    han,
    message::INPUT_RATE,
    runtime::{Runtime, SessionOptions, Tensor},
    stage::{Recognizer, RecognizerStream},
    transformer::{Past, Transformer},
};

/// Silence put behind the sound, in samples: 5 s. Whisper learnt on 30 s windows and writes nonsense when speech fills
/// the window to its end. With less, a sentence of one or two seconds sometimes comes twice or not at all: on 18 short
/// synthesised sentences 18, 32, 20, 13 and 14 % of the words were wrong with 2, 3, 4, 5 and 6 s; on longer recordings
/// of people it makes no difference.
const SILENCE_BEHIND: usize = 5 * INPUT_RATE as usize;

/// The longest window the model knows, in samples: 30 s.
const LONGEST: usize = 30 * INPUT_RATE as usize;

/// Samples of one position of the encoder: two frames of 10 ms.
const POSITION: usize = 320;

/// Most tokens in a second of speech, and some for a short sound.
const TOKENS_PER_SECOND: f32 = 7.0;
const TOKENS_AT_LEAST: usize = 8;

/// Below this mean log-probability a text is not believed; the value of Whisper's authors.
const LEAST_MEAN: f32 = -1.0;

/// By how much (in nats) its first token favours English over the other languages, of which it has heard far less. With it taken
/// off, next to none of 131 telephone prompts in each of English, Spanish and French, none of which is evaluated, was taken for another
/// language; without, every third Spanish one was taken for English after 1.5 s.
const ENGLISH: f32 = 3.0;

/// The model.
pub struct Whisper {
    name: String,
    languages: Vec<Language>,
    beam_size: usize,
    clock: Arc<dyn Clock>,
    model: Rc<RefCell<Model>>,
}

struct Model {
    transformer: Transformer,
    tokenizer: Tokenizer,
    /// The token that names each language offered.
    languages: Vec<(Language, i64)>,
    start: i64,
    transcribe: i64,
    no_timestamps: i64,
    no_speech: usize,
    end: usize,
    banned: Vec<usize>,
    banned_first: Vec<usize>,
    small_first: Vec<usize>,
}

/// What `config.json` says about decoding.
#[derive(Deserialize)]
struct Config {
    /// Tokens that are no speech: brackets, music signs and the like.
    suppress_ids: Vec<usize>,
    /// Tokens that do not begin a text: a blank, the end.
    suppress_ids_begin: Vec<usize>,
}

impl Whisper {
    /// Loads the model from its checked files.
    ///
    /// # Errors
    /// A catalog or runtime error, or [`EngineError::ModelContent`].
    pub fn load(
        runtime: &dyn Runtime,
        files: &ModelFiles,
        options: AsrOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        let languages = files.model().languages.clone();
        Ok(Self {
            name: files.model().id.clone(),
            beam_size: options.beam_size,
            clock,
            model: Rc::new(RefCell::new(Model::load(runtime, files, options, &languages)?)),
            languages,
        })
    }
}

fn wrong(path: &Path, problem: impl ToString) -> EngineError {
    EngineError::ModelContent { path: path.to_owned(), problem: problem.to_string() }
}

impl Model {
    fn load(
        runtime: &dyn Runtime,
        files: &ModelFiles,
        options: AsrOptions,
        languages: &[Language],
    ) -> Result<Self, EngineError> {
        let path = files.path("config.json")?;
        let config: Config = serde_json::from_slice(&files.read("config.json")?).map_err(|e| wrong(&path, e))?;
        let path = files.path("tokenizer.json")?;
        let tokenizer = Tokenizer::from_file(&path).map_err(|e| wrong(&path, e))?;
        let control = |name: &str| {
            let token = tokenizer.token_to_id(&format!("<|{name}|>"));
            token.ok_or_else(|| wrong(&path, format!("it has no token <|{name}|>")))
        };
        let (start, end) = (control("startoftranscript")?, control("endoftext")? as usize);
        // Everything from the start token on steers the decoder and is no text.
        let control_tokens = start as usize..tokenizer.get_vocab_size(true).max(start as usize + 1);
        // The time stamps stand behind the named tokens and are not in the tokenizer's list.
        let timestamps = control_tokens.end..control_tokens.end + 1501;
        Ok(Self {
            transformer: Transformer::load(runtime, files, SessionOptions { threads: options.threads })?,
            languages: languages
                .iter()
                .map(|&l| Ok((l, i64::from(control(l.code())?))))
                .collect::<Result<_, EngineError>>()?,
            start: start.into(),
            transcribe: control("transcribe")?.into(),
            no_timestamps: control("notimestamps")?.into(),
            no_speech: control("nocaptions").or_else(|_| control("nospeech"))? as usize,
            end,
            banned: config.suppress_ids.into_iter().chain(control_tokens).chain(timestamps).collect(),
            banned_first: config.suppress_ids_begin,
            // Of a second of speech it often makes a text without capitals and marks, and once that is committed, it
            // goes on so to the end. With a capital at the beginning it does not.
            small_first: (0..start)
                .filter(|&token| {
                    let text = tokenizer.decode(&[token], true).unwrap_or_default();
                    text.trim_start().chars().next().is_some_and(char::is_lowercase)
                })
                .map(|token| token as usize)
                .collect(),
            tokenizer,
        })
    }
}

/// Sound as the encoder takes it: at most [`LONGEST`] of it, with silence behind it.
fn padded(samples: &[f32]) -> Tensor {
    let mut padded = Vec::with_capacity(samples.len() + SILENCE_BEHIND + POSITION);
    padded.extend_from_slice(&samples[..samples.len().min(LONGEST)]);
    padded.resize((samples.len() + SILENCE_BEHIND).next_multiple_of(POSITION).min(LONGEST), 0.0);
    Tensor::f32(&[1, padded.len()], padded)
}

impl Model {
    /// The decoder's first token names the language: its probabilities, of `languages` alone.
    fn identify(&mut self, samples: &[f32], languages: &[Language]) -> Result<Option<Vec<f32>>, EngineError> {
        let token = |language| self.languages.iter().find(|(l, _)| *l == language).map(|(_, token)| *token as usize);
        let Some(tokens) = languages.iter().map(|l| token(*l)).collect::<Option<Vec<usize>>>() else { return Ok(None) };
        let sound = self.transformer.encode(padded(samples))?;
        let mut past = Past::EMPTY;
        let logits = self.transformer.step(&sound, &mut past, vec![self.start], vec![0])?;
        let logits = logits.as_f32()?;
        let of = |(language, token): (&Language, &usize)| {
            let prior = if *language == Language::En { ENGLISH } else { 0.0 };
            logits.get(*token).map_or(f32::MIN, |logit| logit - prior)
        };
        let of_languages: Vec<f32> = languages.iter().zip(&tokens).map(of).collect();
        let sum = log_sum_exp(&of_languages);
        Ok(Some(of_languages.iter().map(|logit| (logit - sum).exp()).collect()))
    }
}

impl Transcriber for Model {
    fn least_mean(&self) -> f32 {
        LEAST_MEAN
    }

    fn text(&self, tokens: &[u32]) -> Result<String, EngineError> {
        let text = self.tokenizer.decode(tokens, true).map_err(|e| wrong(Path::new("tokenizer.json"), e))?;
        // Of Mandarin it writes both scripts, as it comes.
        Ok(han::plain(text.trim()))
    }

    fn transcribe(&mut self, samples: &[f32], task: Task) -> Result<Transcript, EngineError> {
        let Some(&(_, language)) = self.languages.iter().find(|(l, _)| *l == task.language) else {
            let (engine, offered) = ("whisper".into(), self.languages.iter().map(|(l, _)| *l).collect());
            return Err(EngineError::LanguageNotOffered { engine, language: task.language, offered });
        };
        let seconds = samples.len() as f32 / INPUT_RATE as f32;
        let sound = self.transformer.encode(padded(samples))?;
        let plan = Plan {
            prompt: &[self.start, language, self.transcribe, self.no_timestamps],
            begun: task.begun,
            end: self.end,
            banned: &self.banned,
            banned_first: &self.banned_first,
            // Only of a partial: a segment may well begin in the middle of a sentence.
            small_first: if task.is_partial { &self.small_first } else { &[] },
            probe: Some(self.no_speech),
            limit: TOKENS_AT_LEAST + (seconds * TOKENS_PER_SECOND) as usize,
            beams: task.beams,
        };
        let mut found = search(&mut self.transformer, &sound, &plan)?;
        let tokens = found.text.tokens.len() + 1;
        if found.cut_short {
            unroll(&mut found.text.tokens);
        }
        let text = self.text(&found.text.tokens)?;
        Ok(Transcript {
            text,
            begun: found.text,
            log_probability: found.log_probability,
            tokens,
            no_speech: found.probe,
            cut_short: found.cut_short,
        })
    }
}

impl Recognizer for Whisper {
    fn name(&self) -> &str {
        &self.name
    }

    fn languages(&self) -> &[Language] {
        &self.languages
    }

    fn open(&self, language: Language) -> Result<Box<dyn RecognizerStream>, EngineError> {
        let model: Shared = self.model.clone();
        SegmentStream::open(&model, self, language, self.beam_size, &self.clock)
    }

    fn can_identify(&self) -> bool {
        true
    }

    fn identify(&self, sound: &[f32], languages: &[Language]) -> Result<Option<Vec<f32>>, EngineError> {
        self.model.borrow_mut().identify(sound, languages)
    }
}
