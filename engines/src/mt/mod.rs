//! Translation: text of one language in, text of another out.
//!
//! A direction is served by a route of one or more legs. A Bergamot model ([Mozilla's models for
//! Firefox](https://github.com/mozilla/translations), any triple of them) serves its direction alone. Until one for
//! English and Spanish is sideloaded, these two are joined through Portuguese: Bergamot as far as Portuguese, Apertium's
//! rules between Portuguese and Spanish.
//!
//! | question | file |
//! |---|---|
//! | which legs lead there? | [`load`] |
//! | how is a sentence carried through them and held to its source? | `route`, `guard` |
//! | and one that is still being spoken? | `onward` |
//! | how does a Bergamot model run? | `bergamot`, `beam` |
//! | how are Apertium's programs kept running? | `apertium`, `children` |
//! | what is said by the book and not by a model? | `phrases` |
//! | what makes its Spanish sound like Spanish? | `spanish`, `lexicon`, `rewrite`, and the tables in `data/` |

mod apertium;
mod apertium_leg;
mod beam;
mod bergamot;
mod children;
mod guard;
mod inflect;
mod leg;
mod lexicon;
mod onward;
mod phrases;
mod portuguese;
mod rewrite;
mod route;
mod spanish;
mod stream;
mod token;

use std::{rc::Rc, sync::Arc, time::Duration};

use crate::{
    Direction, EngineError, Language,
    catalog::{Stage, Store},
    clock::Clock,
    stage::{Translator, TranslatorStream},
};
use apertium_leg::ApertiumLeg;
use bergamot::Bergamot;
use leg::Leg;
use route::Route;
use stream::Stream;

/// The tunables of translation (`mt.*` in the configuration, and the time a child process has to answer).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MtOptions {
    /// A child process that gives no answer within this is started anew.
    pub limit: Duration,
    /// Share of a clause's words, 0..1, that must be stable for it to be said before its sentence ends, where fewer than
    /// four are.
    pub agreement_threshold: f32,
}

impl Default for MtOptions {
    fn default() -> Self {
        Self { limit: Duration::from_secs(2), agreement_threshold: 0.8 }
    }
}

/// The directions between which Apertium is used.
const APERTIUM: [(Language, Language); 2] = [(Language::Es, Language::Pt), (Language::Pt, Language::Es)];

/// One leg that could be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A Bergamot model, by its name in the catalog.
    Bergamot(String),
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

/// The directions that the models in `store`'s catalog and Apertium can serve, whether or not they are fetched.
#[must_use]
pub fn offered(store: &Store) -> Vec<Direction> {
    let all = Language::ALL.into_iter().flat_map(|s| Language::ALL.into_iter().map(move |t| Direction::new(s, t)));
    all.filter(|d| d.source != d.target && plan(store, *d).is_some()).collect()
}

/// The legs that lead from one language to another, by the names of their engines; empty where none do.
#[must_use]
pub fn legs(store: &Store, direction: Direction) -> Vec<String> {
    let name = |(step, part): (Step, Direction)| match step {
        Step::Bergamot(id) => id,
        Step::Apertium => format!("apertium {part}"),
    };
    plan(store, direction).unwrap_or_default().into_iter().map(name).collect()
}

/// Loads what `directions` need: a Bergamot model for the direction itself where the catalog names one (sideloaded
/// ones first), else two legs that meet in a third language.
///
/// # Errors
/// [`EngineError::DirectionNotOffered`]; a catalog error where a model is missing, cut short or not the one that the
/// catalog names; [`EngineError::ProgramMissing`] where Apertium is not installed.
pub fn load(
    store: &Store,
    directions: &[Direction],
    clock: Arc<dyn Clock>,
    options: MtOptions,
) -> Result<Routes, EngineError> {
    let mut routes = Vec::new();
    for direction in directions {
        let steps = plan(store, *direction)
            .ok_or_else(|| EngineError::DirectionNotOffered { direction: *direction, offered: offered(store) })?;
        let legs = steps.into_iter().map(|(step, part)| start(store, &step, part, &clock, options.limit));
        routes.push(Rc::new(Route::new(*direction, legs.collect::<Result<_, _>>()?)));
    }
    let name = routes.iter().map(|r| r.name()).collect::<Vec<_>>().join(", ");
    Ok(Routes { name, directions: directions.to_vec(), routes, clock, options })
}

/// The steps that lead from one language to another, the fewest first.
fn plan(store: &Store, direction: Direction) -> Option<Vec<(Step, Direction)>> {
    let step = |part: Direction| {
        let mut models = store.catalog().models.iter();
        let model = models.find(|m| {
            m.stage == Stage::Mt && m.engine == "bergamot" && m.direction == Some(part) && m.fits_this_machine()
        });
        let apertium = APERTIUM.contains(&(part.source, part.target)).then_some(Step::Apertium);
        model.map(|m| Step::Bergamot(m.id.clone())).or(apertium).map(|step| (step, part))
    };
    step(direction).map(|one| vec![one]).or_else(|| {
        Language::ALL.into_iter().filter(|l| *l != direction.source && *l != direction.target).find_map(|middle| {
            let first = step(Direction::new(direction.source, middle))?;
            let second = step(Direction::new(middle, direction.target))?;
            Some(vec![first, second])
        })
    })
}

fn start(
    store: &Store,
    step: &Step,
    part: Direction,
    clock: &Arc<dyn Clock>,
    limit: Duration,
) -> Result<Box<dyn Leg>, EngineError> {
    Ok(match step {
        Step::Bergamot(id) => Box::new(Bergamot::load(&store.files(id)?)?),
        Step::Apertium => Box::new(ApertiumLeg::start(part, Arc::clone(clock), limit)?),
    })
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
        Ok(Box::new(Stream::new(Rc::clone(route), Arc::clone(&self.clock), self.options.agreement_threshold)))
    }
}
