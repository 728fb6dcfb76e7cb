//! A stage is an ordered list of engines, not one: where the first fails, the next takes over.
//!
//! An engine that failed is left alone for a while that doubles with every failure; then the next request tries it
//! first again.

mod breaker;
mod stages;

pub use breaker::Breaker;
pub use stages::{ChainedRecognizer, ChainedSynthesizer, ChainedTranslator};

use std::{cell::RefCell, panic::AssertUnwindSafe, panic::catch_unwind, rc::Rc, sync::Arc};

use crate::{EngineError, clock::Clock};

/// Is told when an engine was passed over: its name, and why.
pub type OnFallback = Rc<dyn Fn(&str, &EngineError)>;

/// What the engines of one chain share: who is broken, what time it is, and whom to tell.
#[derive(Clone)]
pub(crate) struct Watch {
    breakers: Rc<RefCell<Vec<Breaker>>>,
    clock: Arc<dyn Clock>,
    on_fallback: OnFallback,
}

impl Watch {
    fn new(engines: usize, clock: Arc<dyn Clock>, on_fallback: OnFallback) -> Self {
        Self { breakers: Rc::new(RefCell::new(vec![Breaker::default(); engines])), clock, on_fallback }
    }

    /// The order in which to try the engines now: those in good standing as listed, then the broken ones, so that a
    /// request never fails because everything is resting.
    fn order(&self) -> Vec<usize> {
        let now = self.clock.now();
        let breakers = self.breakers.borrow();
        let (ready, resting): (Vec<usize>, Vec<usize>) = (0..breakers.len()).partition(|&i| breakers[i].is_ready(now));
        ready.into_iter().chain(resting).collect()
    }

    /// Runs `work` on the engine `index`, turning a panic into an error, and keeps the books.
    fn attempt<T>(
        &self,
        index: usize,
        name: &str,
        work: impl FnOnce() -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let result = catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|panic| Err(EngineError::Panicked { engine: name.to_owned(), message: message(&panic) }));
        match &result {
            Ok(_) => self.breakers.borrow_mut()[index].succeeded(),
            Err(error) => {
                self.breakers.borrow_mut()[index].failed(self.clock.now());
                (self.on_fallback)(name, error);
            }
        }
        result
    }
}

fn message(panic: &Box<dyn std::any::Any + Send>) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
