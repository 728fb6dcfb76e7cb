//! The program that runs the model: started, measured, restarted. `llm/src/wire.rs` has what goes over the pipes.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    env,
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{
    EngineError,
    clock::Clock,
    mt::children::{Broken, Children, Stage},
};

/// Its name. It lies beside the program that asks, or in `PATH`.
const PROGRAM: &str = "dragoman-llm";

/// What installs it.
const INSTALL: &str = "make llm";

/// How much longer than it was told to the program may take before it counts as hanging: it looks at the time after each token, and
/// reads a question as one.
const GRACE: Duration = Duration::from_secs(3);

/// A program that ended is started anew no sooner than so long after its last start: loading keeps the cores busy for seconds.
const REST: Duration = Duration::from_secs(60);

/// How long a program that was started anew may take until it has read all prompts.
const LOADING: Duration = Duration::from_secs(180);

/// A sentence to be translated.
pub(super) struct Request<'p> {
    /// Which of the program's conversations.
    pub slot: usize,
    /// Tokens after which the answer is cut.
    pub longest_tokens: usize,
    /// Time after which it is.
    pub limit: Duration,
    /// Roles and texts of the whole conversation.
    pub messages: Vec<(&'static str, &'p str)>,
}

impl Request<'_> {
    fn frame(&self) -> Vec<u8> {
        let mut frame = format!("{} {} {}", self.slot, self.longest_tokens, self.limit.as_millis());
        for (role, text) in &self.messages {
            let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            // Writing to a String cannot fail.
            let _ = write!(frame, "\n{role}\t{text}");
        }
        frame.into_bytes()
    }
}

/// What the model wrote.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    /// One line.
    pub text: String,
    /// Tokens that were read for it, and milliseconds that took.
    pub read: (usize, f32),
    /// Tokens that were written, and milliseconds that took.
    pub written: (usize, f32),
    /// Geometric mean of the tokens' probabilities, 0..1.
    pub probability: f32,
    /// Whether a limit ended it.
    pub is_cut: bool,
}

impl Answer {
    /// Reads a frame; the error is what the program reported.
    fn parse(frame: &str) -> Result<Self, String> {
        if let Some(problem) = frame.strip_prefix("error ") {
            return Err(problem.to_owned());
        }
        let (head, text) = frame.split_once('\n').unwrap_or((frame, ""));
        let fields: Vec<&str> = head.split(' ').collect();
        let parsed = if let ["ok", read, written, read_ms, write_ms, probability, end] = fields[..] {
            (|| {
                Some(Self {
                    text: text.to_owned(),
                    read: (read.parse().ok()?, read_ms.parse().ok()?),
                    written: (written.parse().ok()?, write_ms.parse().ok()?),
                    probability: probability.parse().ok()?,
                    is_cut: end == "cut",
                })
            })()
        } else {
            None
        };
        parsed.ok_or_else(|| format!("it answered \"{head}\"; it is of another version than dragoman"))
    }
}

/// Where the program is.
enum State {
    Ready(Children),
    /// Started anew: it still reads what all prompts begin with, the first of these requests being asked.
    Loading {
        children: Children,
        left: VecDeque<Vec<u8>>,
        since: Duration,
    },
    Gone,
}

/// A model that is run by a program.
pub(in crate::mt) struct Program {
    /// The model, by its name in the catalog.
    name: String,
    stage: Stage,
    state: RefCell<State>,
    /// What each direction's prompt begins with.
    warm_ups: RefCell<Vec<Vec<u8>>>,
    started: Cell<Duration>,
    clock: Arc<dyn Clock>,
}

/// Whether the program can be found.
pub(in crate::mt) fn is_installed() -> bool {
    find().is_some()
}

fn find() -> Option<PathBuf> {
    let own = env::current_exe().ok().and_then(|program| Some(program.parent()?.join(PROGRAM)));
    let path = env::var_os("PATH").unwrap_or_default();
    own.into_iter().chain(env::split_paths(&path).map(|directory| directory.join(PROGRAM))).find(|p| p.is_file())
}

fn missing(program: String, problem: String) -> EngineError {
    EngineError::ProgramMissing { program, problem, install: INSTALL.to_owned() }
}

impl Program {
    /// Where the program is.
    ///
    /// # Errors
    /// [`EngineError::ProgramMissing`].
    pub fn find() -> Result<PathBuf, EngineError> {
        find().ok_or_else(|| missing(PROGRAM.to_owned(), "it is neither beside this program nor in PATH".to_owned()))
    }

    /// Starts the program with the model in a file, for so many directions and on so many threads.
    ///
    /// # Errors
    /// [`EngineError::ProgramMissing`].
    pub fn start(
        name: &str,
        (program, model): (&Path, &Path),
        (slots, threads): (usize, usize),
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        let arguments = vec![model.display().to_string(), slots.to_string(), threads.to_string()];
        let stage = Stage { program: program.display().to_string(), arguments };
        let children = Children::spawn(std::slice::from_ref(&stage)).map_err(|(p, e)| missing(p, e.to_string()))?;
        Ok(Self {
            name: name.to_owned(),
            stage,
            state: RefCell::new(State::Ready(children)),
            warm_ups: RefCell::default(),
            started: Cell::new(clock.now()),
            clock,
        })
    }

    /// The time by its clock.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// The model, by its name in the catalog.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks the first request of a direction, and remembers it for when the program is started anew.
    ///
    /// # Errors
    /// [`EngineError::ProgramUnfit`] with what hinders the program: memory, or a file that is no model.
    pub(super) fn warm_up(&self, request: &Request<'_>, limit: Duration) -> Result<(), EngineError> {
        self.exchange(request, limit)
            .map_err(|problem| EngineError::ProgramUnfit { program: format!("{PROGRAM} ({})", self.name), problem })?;
        self.warm_ups.borrow_mut().push(request.frame());
        Ok(())
    }

    /// Asks a request, and starts the program anew where it ends or hangs meanwhile.
    ///
    /// # Errors
    /// [`EngineError::EngineFailed`].
    pub(super) fn ask(&self, request: &Request<'_>, limit: Duration) -> Result<Answer, EngineError> {
        let answer =
            if self.is_ready() { self.exchange(request, limit) } else { Err("its program is not ready".to_owned()) };
        answer.map_err(|problem| EngineError::EngineFailed { engine: self.name.clone(), problem })
    }

    fn exchange(&self, request: &Request<'_>, limit: Duration) -> Result<Answer, String> {
        let mut state = self.state.borrow_mut();
        // Taken out meanwhile: what breaks is dropped, and with it the child.
        let mut children = match std::mem::replace(&mut *state, State::Gone) {
            State::Ready(children) => children,
            other => {
                *state = other;
                return Err("its program is not ready".to_owned());
            }
        };
        match children.exchange(&request.frame(), &*self.clock, limit.saturating_add(GRACE)) {
            Ok(answer) => {
                *state = State::Ready(children);
                Answer::parse(&String::from_utf8_lossy(&answer))
            }
            Err(broken) => Err(match broken {
                Broken::Closed(problem) => problem,
                Broken::TimedOut => format!("its program gave no answer within {limit:?} and was ended"),
            }),
        }
    }

    /// Whether it can be asked now. One that ended is started anew, in the background of whoever asks.
    pub fn is_ready(&self) -> bool {
        let mut state = self.state.borrow_mut();
        let now = self.clock.now();
        *state = match std::mem::replace(&mut *state, State::Gone) {
            State::Gone if now.saturating_sub(self.started.get()) >= REST => self.start_anew(now),
            State::Loading { mut children, mut left, since } => match children.answer(&*self.clock, Duration::ZERO) {
                Ok(answer) => {
                    left.pop_front();
                    let problem = Answer::parse(&String::from_utf8_lossy(&answer)).err();
                    match (problem, left.front()) {
                        (Some(problem), _) => self.gone(&problem),
                        (None, None) => State::Ready(children),
                        (None, Some(frame)) => {
                            children.ask(frame);
                            State::Loading { children, left, since }
                        }
                    }
                }
                Err(Broken::TimedOut) if now.saturating_sub(since) < LOADING => {
                    State::Loading { children, left, since }
                }
                Err(Broken::TimedOut) => self.gone("it does not come to an end with loading"),
                Err(Broken::Closed(problem)) => self.gone(&problem),
            },
            other => other,
        };
        matches!(*state, State::Ready(_))
    }

    fn start_anew(&self, now: Duration) -> State {
        self.started.set(now);
        let left: VecDeque<Vec<u8>> = self.warm_ups.borrow().iter().cloned().collect();
        match Children::spawn(std::slice::from_ref(&self.stage)) {
            Ok(mut children) => {
                tracing::warn!(event = "llm_restarted", model = self.name);
                if let Some(first) = left.front() {
                    children.ask(first);
                }
                State::Loading { children, left, since: now }
            }
            Err((_, error)) => self.gone(&error.to_string()),
        }
    }

    fn gone(&self, problem: &str) -> State {
        tracing::warn!(event = "llm_gone", model = self.name, problem);
        State::Gone
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A clock that is set by hand.
    struct Hand(AtomicU64);

    impl Clock for Hand {
        fn now(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn request(limit_ms: u64) -> Request<'static> {
        Request {
            slot: 0,
            longest_tokens: 9,
            limit: Duration::from_millis(limit_ms),
            messages: vec![("user", "a\tb\nc")],
        }
    }

    /// A program in place of the real one, for what the real one does not do on demand.
    fn program(shell: &str, clock: Arc<dyn Clock>) -> Program {
        let stage = Stage { program: "sh".into(), arguments: vec!["-c".into(), shell.into()] };
        Program {
            name: "test".into(),
            state: RefCell::new(State::Ready(Children::spawn(std::slice::from_ref(&stage)).unwrap())),
            stage,
            warm_ups: RefCell::default(),
            started: Cell::default(),
            clock,
        }
    }

    #[test]
    fn a_request_is_one_frame_of_lines() {
        assert_eq!(request(7).frame(), b"0 9 7\nuser\ta b c");
    }

    #[test]
    fn answers_are_read_and_others_refused() {
        let answer = Answer::parse("ok 12 3 80.5 150.0 0.8125 cut\nHola.").unwrap();
        let read =
            Answer { text: "Hola.".into(), read: (12, 80.5), written: (3, 150.0), probability: 0.8125, is_cut: true };
        assert_eq!(answer, read);
        assert_eq!(Answer::parse("error out of memory").unwrap_err(), "out of memory");
        for wrong in ["", "ok", "ok 1 2 3", "ok x 3 80.5 150.0 0.8 end\nHola", "Hola."] {
            assert!(Answer::parse(wrong).unwrap_err().contains("another version"), "{wrong}");
        }
    }

    #[test]
    fn one_that_ended_is_told_and_started_anew_after_a_rest() {
        let clock = Arc::new(Hand(AtomicU64::new(0)));
        let program = program("printf 'ok 1 1 1.0 1.0 0.5 end\\nHola\\0'; read line; exit 3", clock.clone());
        program.warm_up(&request(1000), Duration::from_secs(1)).unwrap();
        let error = program.ask(&request(1000), Duration::from_secs(1)).unwrap_err().to_string();
        assert!(error.contains("test failed") && error.contains("exit status: 3"), "{error}");
        assert!(!program.is_ready(), "it rests");
        let error = program.ask(&request(1000), Duration::from_secs(1)).unwrap_err().to_string();
        assert!(error.contains("not ready"), "{error}");
        clock.0.store(REST.as_millis().try_into().unwrap(), Ordering::Relaxed);
        let is_ready = (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            program.is_ready()
        });
        assert!(is_ready);
    }

    #[test]
    fn what_hinders_loading_is_told() {
        let program = program(
            "head -c 1 >/dev/null; printf 'error out of memory: 9 MB are free\\0'",
            Arc::new(Hand(AtomicU64::new(0))),
        );
        let error = program.warm_up(&request(1000), Duration::from_secs(1)).unwrap_err().to_string();
        assert!(error.contains("dragoman-llm (test)") && error.contains("9 MB are free"), "{error}");
    }
}
