//! A pipeline of child processes that answer one frame after another.
//!
//! The children form one process group of their own, each one's output being the next one's input, as a shell would
//! join them. Reading and writing go on together and under a deadline, so that a child that hangs, dies or answers
//! more than it was asked is noticed at once and never leaves the pipeline out of step.

use std::{
    io::{self, Read, Write},
    os::{
        fd::AsFd,
        unix::process::{CommandExt, ExitStatusExt},
    },
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use nix::{
    poll::{PollFd, PollFlags},
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use crate::{
    clock::Clock,
    pipes::{self, is_momentary},
};

/// Ends a frame, both ways.
const NUL: u8 = 0;

/// What children allocate with, as the dynamic linker looks it up; where it is not installed they use the system's. Apertium reads a dictionary
/// into millions of small objects, on each of which the C library's allocator spends 16 bytes and more (`docs/performance.md`, "Memory").
const ALLOCATOR: &str = "libjemalloc.so.2";

/// One program of the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stage {
    /// The program's name, looked up in `PATH`.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// Why no answer came.
#[derive(Debug)]
pub(super) enum Broken {
    /// A child closed its end, or answered out of step.
    Closed(String),
    /// The deadline passed.
    TimedOut,
}

/// The running children.
#[derive(Debug)]
pub(super) struct Children {
    children: Vec<Child>,
    input: ChildStdin,
    output: ChildStdout,
    /// What is still to be sent of the frame that was asked.
    unsent: Vec<u8>,
    /// What has come of its answer.
    answer: Vec<u8>,
}

impl Children {
    /// Starts every stage.
    ///
    /// # Errors
    /// The program that could not be started, and what the system said.
    pub fn spawn(stages: &[Stage]) -> Result<Self, (String, io::Error)> {
        let mut started = Started(Vec::new());
        let mut input = None;
        let mut previous: Option<ChildStdout> = None;
        for stage in stages {
            let group = started.0.first().map_or(0, |first| first.id().cast_signed());
            let mut child = Command::new(&stage.program)
                .args(&stage.arguments)
                .env("LD_PRELOAD", ALLOCATOR)
                .stdin(previous.take().map_or_else(Stdio::piped, Stdio::from))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .process_group(group)
                .spawn()
                .map_err(|e| (stage.program.clone(), e))?;
            input = input.or(child.stdin.take());
            previous = child.stdout.take();
            started.0.push(child);
        }
        let (Some(input), Some(output)) = (input, previous) else {
            return Err(("pipeline".to_owned(), io::Error::new(io::ErrorKind::InvalidInput, "it has no stages")));
        };
        for descriptor in [input.as_fd(), output.as_fd()] {
            pipes::do_not_block(descriptor).map_err(|e| ("pipeline".to_owned(), e.into()))?;
        }
        let children = std::mem::take(&mut started.0);
        Ok(Self { children, input, output, unsent: Vec::new(), answer: Vec::new() })
    }

    /// Sends `frame` (which holds no NUL) and waits for the frame that answers it.
    pub fn exchange(&mut self, frame: &[u8], clock: &dyn Clock, limit: Duration) -> Result<Vec<u8>, Broken> {
        self.ask(frame);
        self.answer(clock, limit)
    }

    /// Makes `frame` (which holds no NUL) what is to be answered next.
    pub fn ask(&mut self, frame: &[u8]) {
        self.unsent = frame.iter().copied().chain([NUL]).collect();
        self.answer.clear();
    }

    /// The frame that answers what was asked. Where it does not come within `limit`, it can be waited for once more.
    pub fn answer(&mut self, clock: &dyn Clock, limit: Duration) -> Result<Vec<u8>, Broken> {
        let deadline = clock.now() + limit;
        let mut block = [0; 4096];
        loop {
            // Looked once at least, however little time there is.
            self.wait(!self.unsent.is_empty(), deadline.saturating_sub(clock.now()))?;
            if !self.unsent.is_empty() {
                match self.input.write(&self.unsent) {
                    Ok(n) => drop(self.unsent.drain(..n)),
                    Err(e) if is_momentary(&e) => {}
                    Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Err(Broken::Closed(self.last_words())),
                    Err(e) => return Err(Broken::Closed(e.to_string())),
                }
            }
            match self.output.read(&mut block) {
                Ok(0) => return Err(Broken::Closed(self.last_words())),
                Ok(n) => self.answer.extend_from_slice(&block[..n]),
                Err(e) if is_momentary(&e) => {}
                Err(e) => return Err(Broken::Closed(e.to_string())),
            }
            match self.answer.iter().position(|b| *b == NUL) {
                Some(end) if end + 1 == self.answer.len() && self.unsent.is_empty() => {
                    self.answer.truncate(end);
                    return Ok(std::mem::take(&mut self.answer));
                }
                Some(_) => return Err(Broken::Closed("it answered out of step".to_owned())),
                None if clock.now() > deadline => return Err(Broken::TimedOut),
                None => {}
            }
        }
    }

    /// How the first child ended that did not end well. The end of its output can be seen a moment before its own.
    fn last_words(&mut self) -> String {
        for _ in 0..20 {
            let ended = self.children.iter_mut().find_map(|child| child.try_wait().ok()?.filter(|end| !end.success()));
            match ended {
                Some(status) if status.signal() == Some(Signal::SIGKILL as i32) => {
                    return "a process was killed, perhaps because memory had run out".to_owned();
                }
                Some(status) => return format!("a process ended with {status}"),
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        "a process of the pipeline ended".to_owned()
    }

    /// Waits until there is something to read, or room to write where `writing`.
    fn wait(&self, writing: bool, left: Duration) -> Result<(), Broken> {
        let mut watched = vec![PollFd::new(self.output.as_fd(), PollFlags::POLLIN)];
        if writing {
            watched.push(PollFd::new(self.input.as_fd(), PollFlags::POLLOUT));
        }
        match pipes::wait(&mut watched, left) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Broken::TimedOut),
            Err(e) => Err(Broken::Closed(e.to_string())),
        }
    }

    #[cfg(test)]
    /// The process numbers, in the order of the pipeline.
    pub fn ids(&self) -> Vec<u32> {
        self.children.iter().map(Child::id).collect()
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        end(&mut self.children);
    }
}

/// Children that are ended where the rest of their pipeline cannot be started.
struct Started(Vec<Child>);

impl Drop for Started {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

/// Kills the group and collects every child, so that no zombie stays.
fn end(children: &mut Vec<Child>) {
    if let Some(first) = children.first() {
        // The first child leads the group; it has not been collected yet, so the number is still its own.
        let _ = killpg(Pid::from_raw(first.id().cast_signed()), Signal::SIGKILL);
    }
    for child in children.iter_mut() {
        let _ = child.kill();
        let _ = child.wait();
    }
    children.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MonotonicClock;

    const SECOND: Duration = Duration::from_secs(5);

    fn stage(program: &str, arguments: &[&str]) -> Stage {
        Stage { program: program.to_owned(), arguments: arguments.iter().map(|a| (*a).to_owned()).collect() }
    }

    fn is_gone(id: u32) -> bool {
        nix::sys::signal::kill(Pid::from_raw(id.cast_signed()), None) == Err(nix::errno::Errno::ESRCH)
    }

    #[test]
    fn a_frame_larger_than_every_pipe_comes_back() {
        let clock = MonotonicClock::start();
        let mut children = Children::spawn(&[stage("cat", &[]), stage("cat", &[])]).unwrap();
        let frame = vec![b'x'; 1 << 20];
        assert_eq!(children.exchange(&frame, &clock, SECOND).unwrap(), frame);
        assert_eq!(children.exchange(b"next", &clock, SECOND).unwrap(), b"next");
    }

    #[test]
    fn a_child_has_the_allocator_that_spares_memory() {
        let clock = MonotonicClock::start();
        let mut children = Children::spawn(&[stage("cat", &[])]).unwrap();
        // When it answers, everything is loaded.
        children.exchange(b"x", &clock, SECOND).unwrap();
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", children.ids()[0])).unwrap();
        assert!(maps.contains(ALLOCATOR), "install libjemalloc2 (scripts/install): {maps}");
    }

    #[test]
    fn a_child_that_hangs_runs_into_the_deadline_and_all_are_collected() {
        let clock = MonotonicClock::start();
        let mut children = Children::spawn(&[stage("cat", &[]), stage("sleep", &["600"])]).unwrap();
        let ids = children.ids();
        assert!(matches!(children.exchange(b"x", &clock, Duration::from_millis(50)), Err(Broken::TimedOut)));
        drop(children);
        assert!(ids.into_iter().all(is_gone));
    }

    #[test]
    fn an_answer_is_found_by_who_looks_without_waiting() {
        let clock = MonotonicClock::start();
        let mut children = Children::spawn(&[stage("cat", &[])]).unwrap();
        children.ask(b"x");
        let found = (0..500).find_map(|_| {
            std::thread::sleep(Duration::from_millis(10));
            children.answer(&clock, Duration::ZERO).ok()
        });
        assert_eq!(found.as_deref(), Some(&b"x"[..]));
    }

    #[test]
    fn a_child_that_ends_is_noticed_at_once() {
        let clock = MonotonicClock::start();
        let mut children = Children::spawn(&[stage("cat", &[]), stage("true", &[]), stage("cat", &[])]).unwrap();
        assert!(matches!(children.exchange(b"x", &clock, SECOND), Err(Broken::Closed(_))));
        assert!(clock.now() < SECOND);
    }

    #[test]
    fn how_a_child_ended_is_told() {
        let clock = MonotonicClock::start();
        let end = |command: &str| {
            let mut children = Children::spawn(&[stage("sh", &["-c", command])]).unwrap();
            match children.exchange(b"x", &clock, SECOND) {
                Err(Broken::Closed(problem)) => problem,
                other => panic!("{other:?}"),
            }
        };
        assert!(end("exit 3").contains("exit status: 3"));
        assert!(end("kill -9 $$").contains("memory"));
    }

    #[test]
    fn an_answer_can_be_waited_for_twice() {
        let clock = MonotonicClock::start();
        let mut children = Children::spawn(&[stage("sh", &["-c", "sleep 0.3; cat"])]).unwrap();
        children.ask(b"x");
        assert!(matches!(children.answer(&clock, Duration::ZERO), Err(Broken::TimedOut)));
        assert_eq!(children.answer(&clock, SECOND).unwrap(), b"x");
    }

    #[test]
    fn an_answer_out_of_step_is_refused() {
        let clock = MonotonicClock::start();
        let mut children = Children::spawn(&[stage("printf", &[r"a\0b\0"])]).unwrap();
        assert!(matches!(children.exchange(b"x", &clock, SECOND), Err(Broken::Closed(_))));
    }

    #[test]
    fn a_program_that_is_not_there_is_named_and_nothing_stays_behind() {
        let (program, error) =
            Children::spawn(&[stage("cat", &[]), stage("no-such-program", &[])]).map(|_| ()).unwrap_err();
        assert_eq!((program.as_str(), error.kind()), ("no-such-program", io::ErrorKind::NotFound));
    }
}
