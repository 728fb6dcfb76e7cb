//! Apertium's rule-based translation, as persistent child processes.
//!
//! A mode file of Apertium is one shell pipeline. Its programs are started directly, each with `-z`, which makes them
//! answer every NUL-ended frame at once instead of waiting for the end of the input. Apertium is free software under
//! the GPL; it stays outside this program, behind pipes.

use std::{
    cell::{Cell, RefCell},
    fs,
    path::Path,
    sync::Arc,
    time::Duration,
};

use super::children::{Broken, Children, Stage};
use crate::{Direction, EngineError, Language, clock::Clock};

/// Where Apertium's packages put their mode files.
const MODES: &str = "/usr/share/apertium/modes";

/// What leads from one language to another: the mode, and Debian's package that brings it.
const PAIRS: [(Language, Language, &str, &str); 6] = [
    (Language::Es, Language::Pt, "es-pt", "apertium-es-pt"),
    (Language::Pt, Language::Es, "pt-es", "apertium-es-pt"),
    (Language::Pt, Language::Ca, "por-cat", "apertium-por-cat"),
    (Language::Ca, Language::Pt, "cat-por", "apertium-por-cat"),
    (Language::Ca, Language::Fr, "cat-fra", "apertium-fra-cat"),
    (Language::Fr, Language::Ca, "fra-cat", "apertium-fra-cat"),
];

/// Whether there is a mode that leads from one language to the other.
pub(super) fn has_mode(direction: Direction) -> bool {
    mode(direction).is_some()
}

/// The mode that leads from one language to the other, and its package.
fn mode(direction: Direction) -> Option<(&'static str, &'static str)> {
    let found = PAIRS.iter().find(|(from, to, ..)| (*from, *to) == (direction.source, direction.target));
    found.map(|(_, _, mode, package)| (*mode, *package))
}

/// Deadline of the first answer, for which the dictionaries are read from disk.
const WARM_UP: Duration = Duration::from_secs(20);

/// Ends every input: the full stop closes the sentence for the tagger, the empty blank makes it easy to find again. An abbreviation may take
/// the full stop for its own.
const SENTINEL: &str = ".[]";
const BLANK: &str = "[]";

/// A running mode of Apertium.
pub(super) struct Apertium {
    mode: &'static str,
    direction: Direction,
    stages: Vec<Stage>,
    children: RefCell<Option<Children>>,
    restarts: Cell<u64>,
    clock: Arc<dyn Clock>,
    /// Deadline of an answer once the pipeline is warm; one takes about a millisecond.
    limit: Duration,
}

impl Apertium {
    /// Starts the mode of `direction` and warms it up; an answer may take `limit`.
    ///
    /// # Errors
    /// [`EngineError::ProgramMissing`] where Apertium or its language pair is not installed;
    /// [`EngineError::DirectionNotOffered`] where there is none.
    pub fn start(direction: Direction, clock: Arc<dyn Clock>, limit: Duration) -> Result<Self, EngineError> {
        Self::start_in(Path::new(MODES), direction, clock, limit)
    }

    fn start_in(
        modes: &Path,
        direction: Direction,
        clock: Arc<dyn Clock>,
        limit: Duration,
    ) -> Result<Self, EngineError> {
        let offered = || PAIRS.iter().map(|(from, to, ..)| Direction::new(*from, *to)).collect();
        let none = || EngineError::DirectionNotOffered { direction, offered: offered() };
        let (mode, package) = mode(direction).ok_or_else(none)?;
        let path = modes.join(format!("{mode}.mode"));
        let missing = |program: String, problem: String| EngineError::ProgramMissing {
            program,
            problem,
            install: format!("apt-get install apertium {package}"),
        };
        let line = fs::read_to_string(&path).map_err(|e| missing(path.display().to_string(), e.to_string()))?;
        let stages = parse_mode(&line);
        if stages.is_empty() {
            return Err(missing(path.display().to_string(), "it names no program".to_owned()));
        }
        let this =
            Self { mode, direction, stages, children: RefCell::default(), restarts: Cell::default(), clock, limit };
        this.translate("OK")?;
        Ok(this)
    }

    /// Translates one sentence. Words that could not be translated come out marked, as in [`super::token`].
    ///
    /// A pipeline that dies or hangs meanwhile is started anew and the sentence tried once more.
    ///
    /// # Errors
    /// [`EngineError::ProgramFailed`] or [`EngineError::Timeout`] where that fails too; the next call starts afresh.
    pub fn translate(&self, sentence: &str) -> Result<String, EngineError> {
        let frame = escape(sentence) + SENTINEL;
        match self.attempt(frame.as_bytes()) {
            Ok(answer) => Ok(answer),
            Err(first) => {
                self.restarts.set(self.restarts.get() + 1);
                tracing::warn!(event = "apertium_restarted", mode = self.mode, error = ?first);
                self.attempt(frame.as_bytes()).map_err(|second| match second {
                    Broken::Closed(problem) => self.failed(problem),
                    Broken::TimedOut => EngineError::Timeout { engine: self.name(), limit: self.limit },
                })
            }
        }
    }

    fn attempt(&self, frame: &[u8]) -> Result<String, Broken> {
        let mut slot = self.children.borrow_mut();
        // Taken out meanwhile: what breaks is dropped, and with it every child.
        let (mut children, limit) = match slot.take() {
            Some(children) => (children, self.limit),
            None => {
                let children = Children::spawn(&self.stages)
                    .map_err(|(program, e)| Broken::Closed(format!("{program} cannot be started: {e}")))?;
                (children, WARM_UP)
            }
        };
        let answer = children.exchange(frame, &*self.clock, limit)?;
        // A program whose neighbour died ends its own frame with what it had got until then.
        let answer = String::from_utf8_lossy(&answer);
        let whole =
            answer.trim_end().strip_suffix(BLANK).ok_or_else(|| Broken::Closed("it answered half".to_owned()))?;
        *slot = Some(children);
        Ok(unescape(whole.strip_suffix('.').unwrap_or(whole)))
    }

    fn failed(&self, problem: String) -> EngineError {
        EngineError::ProgramFailed { program: self.name(), problem }
    }

    /// `apertium` and from where to where.
    pub fn name(&self) -> String {
        format!("apertium {}", self.direction)
    }

    /// The direction it translates.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    #[cfg(test)]
    /// The process numbers of its children, in the order of the pipeline.
    pub fn process_ids(&self) -> Vec<u32> {
        self.children.borrow().as_ref().map(Children::ids).unwrap_or_default()
    }

    #[cfg(test)]
    /// How often the pipeline was started anew.
    pub fn restarts(&self) -> u64 {
        self.restarts.get()
    }
}

/// Reads a mode: programs joined by `|`, words in single quotes or bare. `$1` stands for the generation option, which
/// is `-g` (mark what cannot be inflected); other variables are for options that nobody gave.
fn parse_mode(line: &str) -> Vec<Stage> {
    let mut stages: Vec<Vec<String>> = vec![Vec::new()];
    let (mut word, mut quoted, mut begun) = (String::new(), false, false);
    for c in line.trim().chars().chain([' ']) {
        match c {
            '\'' => (quoted, begun) = (!quoted, true),
            '|' | ' ' | '\t' | '\n' if !quoted => {
                if begun {
                    let word = std::mem::take(&mut word);
                    let word = if word == "$1" { "-g".to_owned() } else { word };
                    if let Some(stage) = stages.last_mut().filter(|_| !word.starts_with('$')) {
                        stage.push(word);
                    }
                    begun = false;
                }
                if c == '|' {
                    stages.push(Vec::new());
                }
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    stages
        .into_iter()
        .filter_map(|words| {
            let mut words = words.into_iter();
            let program = words.next()?;
            Some(Stage { program, arguments: std::iter::once("-z".to_owned()).chain(words).collect() })
        })
        .collect()
}

/// Escapes what has a meaning in Apertium's stream format, and takes out what would break the framing or be read back
/// as a mark.
fn escape(sentence: &str) -> String {
    let mut escaped = String::with_capacity(sentence.len() + SENTINEL.len());
    for c in sentence.chars() {
        match c {
            c if c.is_control() => escaped.push(' '),
            '*' | '#' | '@' | '~' => escaped.push(' '),
            '[' | ']' | '{' | '}' | '^' | '$' | '\\' | '/' | '<' | '>' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Undoes [`escape`].
fn unescape(answer: &str) -> String {
    let mut plain = String::with_capacity(answer.len());
    let mut chars = answer.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MonotonicClock;
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };

    fn portuguese_to_spanish() -> Apertium {
        let direction = Direction::new(Language::Pt, Language::Es);
        Apertium::start(direction, Arc::new(MonotonicClock::start()), Duration::from_secs(2)).unwrap()
    }

    #[test]
    fn a_mode_is_read_as_a_shell_would() {
        let stages = parse_mode("lt-proc '/usr/a b.bin' | apertium-tagger -g $2 'x' | lt-proc $1 'y'\n");
        let shown: Vec<String> = stages.iter().map(|s| format!("{} {}", s.program, s.arguments.join(" "))).collect();
        assert_eq!(shown, ["lt-proc -z /usr/a b.bin", "apertium-tagger -z -g x", "lt-proc -z -g y"]);
    }

    #[test]
    fn a_child_killed_mid_sentence_costs_no_sentence() {
        let apertium = portuguese_to_spanish();
        for victim in 0..apertium.process_ids().len() {
            let ids = apertium.process_ids();
            // Stopped first, so that the sentence is certainly inside the pipeline when the child dies.
            let pid = Pid::from_raw(ids[victim].cast_signed());
            kill(pid, Signal::SIGSTOP).unwrap();
            let killer = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(100));
                kill(pid, Signal::SIGKILL).unwrap();
            });
            assert_eq!(apertium.translate("A casa é grande").unwrap(), "La casa es grande");
            killer.join().unwrap();
            assert_eq!(apertium.restarts(), victim as u64 + 1);
            for id in ids {
                assert!(kill(Pid::from_raw(id.cast_signed()), None).is_err(), "process {id} is still there");
            }
        }
    }

    #[test]
    fn a_child_that_hangs_is_replaced() {
        let apertium = portuguese_to_spanish();
        let pid = Pid::from_raw(apertium.process_ids()[1].cast_signed());
        kill(pid, Signal::SIGSTOP).unwrap();
        assert_eq!(apertium.translate("A casa é grande").unwrap(), "La casa es grande");
        assert_eq!(apertium.restarts(), 1);
    }

    #[test]
    fn a_pair_that_is_not_installed_is_named_with_the_command_that_installs_it() {
        let start = |direction: &str| {
            let clock = Arc::new(MonotonicClock::start());
            let nowhere = Path::new("/nonexistent");
            Apertium::start_in(nowhere, direction.parse().unwrap(), clock, Duration::from_secs(2)).err().unwrap()
        };
        let error = start("fr-ca").to_string();
        assert!(error.contains("apt-get install apertium apertium-fra-cat"), "{error}");
        assert!(matches!(start("zh-de"), EngineError::DirectionNotOffered { .. }));
    }

    #[test]
    fn an_abbreviation_at_the_end_may_take_the_full_stop() {
        let direction = Direction::new(Language::Pt, Language::Ca);
        let apertium = Apertium::start(direction, Arc::new(MonotonicClock::start()), Duration::from_secs(2)).unwrap();
        let answer = apertium.translate("A casa de D").unwrap();
        assert!(answer.starts_with("La casa de"), "{answer}");
        assert_eq!(apertium.restarts(), 0);
    }

    #[test]
    fn nothing_a_sentence_holds_breaks_the_framing() {
        let apertium = portuguese_to_spanish();
        let garbage = "\0\u{1}[x^y$z\\]{}<a>/b\u{7f}\n".repeat(500);
        for sentence in ["", " ", "\0\0", "[]", ".[]", "😀 ✓", "\\", "^$", &garbage] {
            apertium.translate(sentence).unwrap();
            assert_eq!(apertium.translate("A casa é grande").unwrap(), "La casa es grande");
        }
        assert_eq!(apertium.restarts(), 0);
    }
}
