//! A small language model as a step of a translation: asked by example, and its answer looked at before it is taken.
//!
//! The model runs in a program of its own, `dragoman-llm` (`llm/`), which keeps what is the same in every prompt of a direction in
//! its memory, writes the most probable token each time and stops at the end of the line. It is as good as the other engines
//! where it is good, slower by a factor of a hundred, and says things that are no translation. So a route that ends in one asks it
//! only where the others are in doubt and its answer can be expected in time (`pace`), and takes no answer that `checks` refuses.
//!
//! | question | file |
//! |---|---|
//! | what is it asked? | `prompt` |
//! | is the answer a translation? | `checks` |
//! | how long will it take? | `pace` |
//! | who keeps the program running? | `program` |

mod checks;
mod pace;
mod program;
mod prompt;

use std::{cell::Cell, rc::Rc, time::Duration};

use super::leg::{Hypothesis, Leg};
use crate::{Direction, EngineError};
use pace::Pace;
use program::{Answer, Request};
pub(super) use program::{Program, is_installed};
use prompt::Prompt;

/// Tokens that an answer may have for each letter of the source, and beyond that: a Chinese character can stand for a word of three
/// tokens; other languages have a token for each three or four letters.
const LONGEST: (usize, usize) = (4, 24);

/// An answer that takes so many times as long as was expected is given up.
const TOO_LONG: f32 = 2.0;

/// How long the first sentence of a direction may take, for which its prompt is read: 4 to 8 s on one core that is not shared.
const WARM_UP: Duration = Duration::from_secs(20);

/// A direction of a language model.
pub(super) struct Llm {
    program: Rc<Program>,
    prompt: Prompt,
    /// Which of the program's conversations.
    slot: usize,
    pace: Cell<Pace>,
    /// When that was measured last.
    measured: Cell<Duration>,
}

impl Llm {
    /// The direction, in a slot of its own. Translates a sentence twice, which measures how long that takes.
    ///
    /// # Errors
    /// Where the program does not answer.
    pub fn open(program: Rc<Program>, direction: Direction, slot: usize) -> Result<Self, EngineError> {
        let this =
            Self { prompt: Prompt::of(direction), program, slot, pace: Cell::default(), measured: Cell::default() };
        let sentence = this.prompt.warm_up().to_owned();
        let request = this.request(&sentence, WARM_UP);
        this.program.warm_up(&request, WARM_UP)?;
        // The prompt was read for that one; this one is as all others will be.
        let answer = this.program.ask(&request, WARM_UP)?;
        this.learn(sentence.chars().count(), &answer);
        let expected = this.pace.get().expected(sentence.chars().count());
        tracing::info!(event = "llm_measured", direction = %direction, letters = sentence.chars().count(), ?expected);
        Ok(this)
    }

    fn learn(&self, letters: usize, answer: &Answer) {
        self.pace.set(self.pace.get().after(letters, answer));
        self.measured.set(self.program.now());
    }

    fn request<'p>(&'p self, sentence: &'p str, limit: Duration) -> Request<'p> {
        let letters = sentence.chars().count();
        let longest_tokens = LONGEST.0 * letters.min(200) + LONGEST.1;
        Request { slot: self.slot, longest_tokens, limit, messages: self.prompt.messages(sentence) }
    }

    fn refused(&self, problem: &str) -> EngineError {
        EngineError::EngineFailed { engine: self.name(), problem: problem.to_owned() }
    }
}

impl Leg for Llm {
    fn name(&self) -> String {
        self.program.name().to_owned()
    }

    fn direction(&self) -> Direction {
        self.prompt.direction()
    }

    fn has_time(&self, sentence: &str, time: Duration) -> bool {
        let age = self.program.now().saturating_sub(self.measured.get());
        self.pace.get().expected_after(age, sentence.chars().count()) <= time && self.program.is_ready()
    }

    fn translate(&self, sentence: &str, _names: &[String]) -> Result<Vec<Hypothesis>, EngineError> {
        // What models mark their form of conversations with.
        let sentence = sentence.replace(['<', '>', '|', '[', ']'], " ");
        let letters = sentence.chars().count();
        let limit = self.pace.get().expected(letters).mul_f32(TOO_LONG);
        let answer = self.program.ask(&self.request(&sentence, limit), limit)?;
        self.learn(letters, &answer);
        if answer.is_cut {
            return Err(EngineError::Timeout { engine: self.name(), limit });
        }
        let text = checks::translation(&sentence, &answer.text, &self.prompt).map_err(|why| self.refused(&why))?;
        Ok(vec![Hypothesis { text, confidence: answer.probability, ..Hypothesis::default() }])
    }
}
