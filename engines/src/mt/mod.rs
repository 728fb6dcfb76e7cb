//! Translation: text of one language in, text of another out.
//!
//! A direction is served by a route of one or more legs. A Bergamot model ([Mozilla's models for
//! Firefox](https://github.com/mozilla/translations), any triple of them) serves its direction alone. Until one is sideloaded,
//! everyday sentences are translated by a model of our own (`engines/training`), and all others between English and Spanish or French
//! through Portuguese: Bergamot as far as Portuguese, Apertium's rules between Portuguese and Spanish, and by way of Catalan French.
//!
//! | question | file |
//! |---|---|
//! | which legs lead there? | [`load`] |
//! | how is a sentence carried through them and held to its source? | `route`, `parts`, `guard` |
//! | and one that is still being spoken? | `onward` |
//! | how is it said aloud that something is in doubt? | [`hesitation`] |
//! | how does a model write a translation, and which words does it know? | `neural`, `beam`, `taught` |
//! | how does a Bergamot model run, and one of our own? | `bergamot`, `seq2seq` |
//! | how are Apertium's programs kept running? | `apertium`, `children` |
//! | and a language model, when is it asked and when believed? | `llm`, `route` |
//! | what is said by the book and not by a model? | `phrases` |
//! | what makes its Spanish sound like Spanish, and its French agree? | `spanish`, `lexicon`, `rewrite`, `french`, and the tables in `data/` |

mod apertium;
mod apertium_leg;
mod beam;
mod bergamot;
mod children;
mod french;
mod guard;
pub mod hesitation;
mod inflect;
mod leg;
mod lexicon;
mod llm;
mod misheard;
mod neural;
mod onward;
mod parts;
mod phrases;
mod portuguese;
mod rewrite;
mod route;
mod seq2seq;
mod spanish;
mod stream;
mod taught;
mod token;

use std::{
    collections::{HashMap, hash_map::Entry},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use crate::{
    Direction, EngineError, Language,
    catalog::{Model, Stage, Store},
    clock::Clock,
    runtime::{OnnxRuntime, SessionOptions},
    stage::{Translator, TranslatorStream},
};
use apertium_leg::ApertiumLeg;
use bergamot::Bergamot;
use leg::Leg;
use llm::{Llm, Program};
use route::Route;
use seq2seq::Seq2Seq;
use stream::Stream;

/// The tunables of translation (`mt.*` in the configuration, and the time a child process has to answer).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MtOptions {
    /// A child process that gives no answer within this is started anew.
    pub limit: Duration,
    /// Share of a clause's words, 0..1, that must be stable for it to be said before its sentence ends, where fewer than
    /// four are, or two of those that a sentence begins with.
    pub agreement_threshold: f32,
    /// Whether translations are held to their source (numbers, negation, words that matter).
    pub safety: bool,
    /// How long a language model may be expected to take for a sentence that the other engines leave in doubt; zero: it is
    /// never asked, nor loaded. Streams begin with this, [`TranslatorStream::set_patience`] changes it.
    pub llm_limit: Duration,
    /// Threads of a language model.
    pub llm_threads: usize,
}

impl Default for MtOptions {
    fn default() -> Self {
        Self {
            limit: Duration::from_secs(2),
            agreement_threshold: 0.8,
            safety: true,
            llm_limit: Duration::from_secs(3),
            llm_threads: 1,
        }
    }
}

/// Legs of the longest chain: English, Portuguese, Catalan, French.
const MOST_LEGS: usize = 3;

/// Names of the engines in the catalog.
const BERGAMOT: &str = "bergamot";
const SEQ2SEQ: &str = "seq2seq";
const LLM: &str = "llm";

/// One leg that could be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A model, by its name in the catalog.
    Model(String),
    /// A mode of Apertium.
    Apertium,
}

/// Loaded routes, one for each direction.
pub struct Routes {
    name: String,
    directions: Vec<Direction>,
    routes: Vec<Rc<Route>>,
    clock: Arc<dyn Clock>,
    options: MtOptions,
}

/// What may be said against `target` as a translation of `source`, one line for each doubt: numbers, negation, words that
/// matter.
#[must_use]
pub fn doubts(source: &str, target: &str, direction: Direction) -> Vec<String> {
    guard::check(source, target, direction, &|_| true).notes
}

/// The directions that the models in `store`'s catalog and Apertium can serve, whether or not they are fetched.
#[must_use]
pub fn offered(store: &Store) -> Vec<Direction> {
    let all = Language::ALL.into_iter().flat_map(|s| Language::ALL.into_iter().map(move |t| Direction::new(s, t)));
    all.filter(|d| d.source != d.target && (!plan(store, *d).is_empty() || language_model(store, *d).is_some()))
        .collect()
}

/// The routes from one language to another in the order in which they are asked, each with its legs by the names of their
/// engines; empty where there is none.
#[must_use]
pub fn routes(store: &Store, direction: Direction, options: &MtOptions) -> Vec<Vec<String>> {
    let name = |(step, part): (Step, Direction)| match step {
        Step::Model(id) => id,
        Step::Apertium => format!("apertium {part}"),
    };
    let soon = plan(store, direction);
    let asked = |_: &&Model| !options.llm_limit.is_zero() && (soon.is_empty() || llm::is_installed());
    let late = language_model(store, direction).filter(asked).map(|model| vec![model.id.clone()]);
    soon.into_iter().map(|steps| steps.into_iter().map(name).collect()).chain(late).collect()
}

/// Loads what `directions` need: a model for the direction itself where the catalog names one (sideloaded ones first), and a chain of
/// legs through other languages where there is none, or only one of our own, which knows everyday language and little else.
/// Behind these a language model, where one is there; what keeps it from being asked is told and costs nothing else.
/// `runtime` is asked for where a model needs it.
///
/// # Errors
/// [`EngineError::DirectionNotOffered`]; a catalog error where a model is missing, cut short or not the one that the
/// catalog names; [`EngineError::ProgramMissing`] where Apertium is not installed.
pub fn load(
    store: &Store,
    directions: &[Direction],
    clock: Arc<dyn Clock>,
    options: MtOptions,
    runtime: &dyn Fn() -> Result<OnnxRuntime, EngineError>,
) -> Result<Routes, EngineError> {
    let slots = directions.len();
    let mut loader =
        Loader { store, clock: &clock, options, runtime, slots, models: HashMap::new(), programs: HashMap::new() };
    let mut routes = Vec::new();
    for direction in directions {
        let mut route = None;
        // The last one first, for those before it to fall back on.
        for steps in plan(store, *direction).into_iter().rev() {
            let legs = steps.into_iter().map(|(step, part)| loader.start(&step, part));
            route = Some(Route::new(*direction, legs.collect::<Result<_, _>>()?, route));
        }
        let late = language_model(store, *direction).filter(|_| !options.llm_limit.is_zero());
        let late = late.map(|model| loader.language_model(model, *direction));
        let late = late.map(|leg| leg.map(|leg| Route::new(*direction, vec![leg], None)));
        route = match (route, late) {
            (None, late) => late.transpose()?,
            (Some(route), Some(Ok(late))) => Some(route.or_slowly(late)),
            (Some(route), Some(Err(error))) => {
                tracing::warn!(event = "llm_left_out", direction = %direction, error = %error);
                Some(route)
            }
            (route, None) => route,
        };
        let none = || EngineError::DirectionNotOffered { direction: *direction, offered: offered(store) };
        let route = route.ok_or_else(none)?;
        routes.push(Rc::new(if options.safety { route } else { route.unguarded() }));
    }
    let name = routes.iter().map(|r| r.name()).collect::<Vec<_>>().join("; ");
    Ok(Routes { name, directions: directions.to_vec(), routes, clock, options })
}

type Steps = Vec<(Step, Direction)>;

/// The steps that lead from one language to another, in the order in which they are asked.
fn plan(store: &Store, direction: Direction) -> Vec<Steps> {
    let model = |part: Direction, engines: &[&str]| {
        let serves = |m: &&Model| m.stage == Stage::Mt && engines.contains(&&*m.engine) && m.directions.contains(&part);
        store.usable().find(serves)
    };
    let direct = model(direction, &[BERGAMOT, SEQ2SEQ]);
    let mut found: Vec<Steps> = Vec::new();
    found.extend(direct.map(|model| vec![(Step::Model(model.id.clone()), direction)]));
    if direct.is_some_and(|model| model.engine == BERGAMOT) {
        return found;
    }
    let step = |part: Direction| {
        let apertium = apertium::has_mode(part).then_some(Step::Apertium);
        model(part, &[BERGAMOT]).map(|m| Step::Model(m.id.clone())).or(apertium).map(|step| (step, part))
    };
    let is_spoken = !direction.source.is_pivot() && !direction.target.is_pivot();
    let most = if is_spoken { MOST_LEGS } else { 1 };
    let found_first = (1..=most).find_map(|legs| chain(direction, legs, &step));
    // What Apertium alone makes of two languages of the box, neither of them English, was not measured.
    found.extend(found_first.filter(|steps| steps.len() == 1 || steps.iter().any(|(step, _)| *step != Step::Apertium)));
    found
}

/// The first chain of `legs` steps that leads from one language to another.
fn chain(direction: Direction, legs: usize, step: &dyn Fn(Direction) -> Option<(Step, Direction)>) -> Option<Steps> {
    if legs == 1 {
        return step(direction).map(|one| vec![one]);
    }
    let ends = [direction.source, direction.target];
    Language::ALL.into_iter().filter(|middle| !ends.contains(middle)).find_map(|middle| {
        let first = step(Direction::new(direction.source, middle))?;
        Some([vec![first], chain(Direction::new(middle, direction.target), legs - 1, step)?].concat())
    })
}

/// The language model for a direction.
fn language_model(store: &Store, direction: Direction) -> Option<&Model> {
    store.usable().find(|m| m.stage == Stage::Mt && m.engine == LLM && m.directions.contains(&direction))
}

/// Starts legs; models that serve several directions are loaded once.
struct Loader<'a> {
    store: &'a Store,
    clock: &'a Arc<dyn Clock>,
    options: MtOptions,
    runtime: &'a dyn Fn() -> Result<OnnxRuntime, EngineError>,
    models: HashMap<String, Rc<seq2seq::Model>>,
    /// Directions that a program may have to keep in mind.
    slots: usize,
    /// Programs that run a language model, each with the slots that are taken.
    programs: HashMap<String, (Rc<Program>, usize)>,
}

impl Loader<'_> {
    fn start(&mut self, step: &Step, part: Direction) -> Result<Box<dyn Leg>, EngineError> {
        let Step::Model(id) = step else {
            return Ok(Box::new(ApertiumLeg::start(part, Arc::clone(self.clock), self.options.limit)?));
        };
        let files = self.store.files(id)?;
        if let Some(model) = self.models.get(id) {
            return Ok(Box::new(Seq2Seq::new(Rc::clone(model), &files, part)?));
        }
        if files.model().engine == BERGAMOT {
            return Ok(Box::new(Bergamot::load(&files, part)?));
        }
        let model = Rc::new(seq2seq::Model::load(&(self.runtime)()?, &files, SessionOptions::default())?);
        self.models.insert(id.clone(), Rc::clone(&model));
        Ok(Box::new(Seq2Seq::new(model, &files, part)?))
    }

    /// A direction of a language model, whose program is started for the first.
    fn language_model(&mut self, model: &Model, direction: Direction) -> Result<Box<dyn Leg>, EngineError> {
        let (program, taken) = match self.programs.entry(model.id.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                // A gigabyte is not read through where nobody could run it.
                let found = Program::find()?;
                let files = self.store.files(&model.id)?;
                let file = files.model().files.first().map(|file| files.path(&file.name)).transpose()?;
                let file = file.ok_or_else(|| EngineError::NoEngine { stage: format!("model {}", model.id) })?;
                let sizes = (self.slots, self.options.llm_threads);
                let program = Program::start(&model.id, (&found, &file), sizes, Arc::clone(self.clock))?;
                entry.insert((Rc::new(program), 0))
            }
        };
        let slot = *taken;
        *taken += 1;
        Ok(Box::new(Llm::open(Rc::clone(program), direction, slot)?))
    }
}

impl Translator for Routes {
    fn name(&self) -> &str {
        &self.name
    }

    fn directions(&self) -> &[Direction] {
        &self.directions
    }

    fn open(&self, direction: Direction) -> Result<Box<dyn TranslatorStream>, EngineError> {
        let route = self.routes.iter().find(|route| route.direction() == direction);
        let route =
            route.ok_or_else(|| EngineError::DirectionNotOffered { direction, offered: self.directions.clone() })?;
        Ok(Box::new(Stream::new(
            Rc::clone(route),
            Arc::clone(&self.clock),
            self.options.agreement_threshold,
            self.options.llm_limit,
        )))
    }
}
