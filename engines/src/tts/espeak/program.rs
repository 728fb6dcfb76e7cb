//! A program that reads a text and writes what it makes of it, each time in a process of its own.
//!
//! espeak-ng starts in some ten milliseconds, so none is kept running: nothing can get out of step, and a process that
//! hangs or dies harms one clause alone. The text goes in by its input, never by a command line; no shell is in between.

use std::{
    io::{self, Read, Write},
    os::{fd::AsFd, unix::process::ExitStatusExt},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags},
};

use crate::{
    EngineError,
    clock::Clock,
    pipes::{self, is_momentary},
};

/// Most of what a program says about its failure that is kept.
const COMPLAINT: usize = 400;

/// A running program. It is killed when this is dropped.
pub(in super::super) struct Program {
    name: String,
    child: Child,
    /// Until the text is sent.
    input: Option<ChildStdin>,
    unsent: Vec<u8>,
    output: ChildStdout,
    /// Until the program closes it.
    errors: Option<ChildStderr>,
    complaint: Vec<u8>,
    install: &'static str,
}

impl Program {
    /// Starts `name`, looked up in `PATH`, and lets it read `text`. `install` is the command that brings it.
    ///
    /// # Errors
    /// [`EngineError::ProgramMissing`].
    pub fn start(name: &str, arguments: &[&str], text: &str, install: &'static str) -> Result<Self, EngineError> {
        let missing = |problem: io::Error| EngineError::ProgramMissing {
            program: name.to_owned(),
            problem: problem.to_string(),
            install: install.to_owned(),
        };
        let mut child = Command::new(name)
            .args(arguments)
            // espeak-ng asks for a sound server before it sees that it needs none, and may start one or wait for it.
            .env("PULSE_SERVER", "unix:/dev/null")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(missing)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            end(&mut child);
            return Err(missing(io::Error::other("it has no pipes")));
        };
        let program = Self {
            name: name.to_owned(),
            child,
            input: Some(input),
            unsent: text.as_bytes().to_vec(),
            output,
            errors: Some(errors),
            complaint: Vec::new(),
            install,
        };
        program.do_not_block().map_err(|e| missing(e.into()))?;
        Ok(program)
    }

    fn do_not_block(&self) -> Result<(), Errno> {
        let pipes =
            [self.input.as_ref().map(AsFd::as_fd), Some(self.output.as_fd()), self.errors.as_ref().map(AsFd::as_fd)];
        pipes.into_iter().flatten().try_for_each(pipes::do_not_block)
    }

    /// What it writes next, within `limit`; `None` when it has ended well.
    ///
    /// # Errors
    /// [`EngineError::Timeout`], or [`EngineError::EngineFailed`] with the program's own words.
    pub fn read(&mut self, clock: &dyn Clock, limit: Duration) -> Result<Option<Vec<u8>>, EngineError> {
        let deadline = clock.now() + limit;
        let mut block = [0; 16_384];
        loop {
            let timeout = || EngineError::Timeout { engine: self.name.clone(), limit };
            let left = deadline.checked_sub(clock.now()).ok_or_else(timeout)?;
            self.wait(left)?;
            self.send()?;
            self.listen();
            match self.output.read(&mut block) {
                Ok(0) => return self.ended(clock, deadline, limit),
                Ok(n) => return Ok(Some(block[..n].to_vec())),
                Err(e) if is_momentary(&e) => {}
                Err(e) => return Err(self.failed(&e.to_string())),
            }
        }
    }

    /// All that it writes, each part within `limit`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_all(mut self, clock: &dyn Clock, limit: Duration) -> Result<Vec<u8>, EngineError> {
        let mut all = Vec::new();
        while let Some(part) = self.read(clock, limit)? {
            all.extend(part);
        }
        Ok(all)
    }

    /// Waits until there is something to read, or room to write.
    fn wait(&self, left: Duration) -> Result<(), EngineError> {
        let mut watched = vec![PollFd::new(self.output.as_fd(), PollFlags::POLLIN)];
        watched.extend(self.errors.as_ref().map(|errors| PollFd::new(errors.as_fd(), PollFlags::POLLIN)));
        watched.extend(self.input.as_ref().map(|input| PollFd::new(input.as_fd(), PollFlags::POLLOUT)));
        // That the time is over is seen by the caller.
        pipes::wait(&mut watched, left).map(drop).map_err(|e| self.failed(&e.to_string()))
    }

    /// Sends what there is room for, and closes the input behind the last of it.
    fn send(&mut self) -> Result<(), EngineError> {
        let Some(input) = &mut self.input else { return Ok(()) };
        match input.write(&self.unsent) {
            Ok(n) => drop(self.unsent.drain(..n)),
            Err(e) if is_momentary(&e) => {}
            // It ended without reading all: why, its status says.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => self.unsent.clear(),
            Err(e) => return Err(self.failed(&e.to_string())),
        }
        if self.unsent.is_empty() {
            self.input = None;
        }
        Ok(())
    }

    /// Takes in what the program complains of.
    fn listen(&mut self) {
        let Some(errors) = &mut self.errors else { return };
        let mut block = [0; 512];
        match errors.read(&mut block) {
            Ok(n) if n > 0 => {
                let room = COMPLAINT.saturating_sub(self.complaint.len());
                self.complaint.extend_from_slice(&block[..n.min(room)]);
            }
            Err(e) if is_momentary(&e) => {}
            Ok(_) | Err(_) => self.errors = None,
        }
    }

    /// The program has closed its output: waits for its end, which follows at once.
    fn ended(
        &mut self,
        clock: &dyn Clock,
        deadline: Duration,
        limit: Duration,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        loop {
            self.listen();
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(None),
                Ok(Some(status)) => {
                    self.listen();
                    let how = match (status.code(), status.signal()) {
                        (Some(code), _) => format!("it ended with status {code}"),
                        (None, signal) => format!("it was ended by signal {}", signal.unwrap_or_default()),
                    };
                    return Err(self.failed(&how));
                }
                Ok(None) if clock.now() >= deadline => {
                    return Err(EngineError::Timeout { engine: self.name.clone(), limit });
                }
                Ok(None) => std::thread::sleep(Duration::from_millis(1)),
                Err(e) => return Err(self.failed(&e.to_string())),
            }
        }
    }

    fn failed(&self, problem: &str) -> EngineError {
        let complaint = String::from_utf8_lossy(&self.complaint);
        let words: Vec<&str> = complaint.split_whitespace().collect();
        let said = if words.is_empty() { String::new() } else { format!(", saying: {}", words.join(" ")) };
        EngineError::EngineFailed {
            engine: self.name.clone(),
            problem: format!("{problem}{said} (it comes with `{}`)", self.install),
        }
    }

    #[cfg(test)]
    /// Its process number.
    fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Kills a child, if it still runs, and collects it.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MonotonicClock;

    const LIMIT: Duration = Duration::from_secs(5);

    fn start(name: &str, arguments: &[&str], text: &str) -> Program {
        Program::start(name, arguments, text, "apt-get install it").unwrap()
    }

    #[test]
    fn a_text_larger_than_every_pipe_goes_through() {
        let text = "x".repeat(1 << 20);
        let all = start("cat", &[], &text).read_all(&MonotonicClock::start(), LIMIT).unwrap();
        assert_eq!(all, text.as_bytes());
    }

    #[test]
    fn a_program_that_hangs_is_killed_and_collected() {
        let mut program = start("sleep", &["600"], "x");
        let id = program.id();
        let error = program.read(&MonotonicClock::start(), Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, EngineError::Timeout { .. }), "{error}");
        drop(program);
        let gone = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id.cast_signed()), None);
        assert_eq!(gone, Err(Errno::ESRCH));
    }

    #[test]
    fn one_that_closes_its_output_and_stays_is_not_waited_for() {
        let program = start("sh", &["-c", "exec >&-; sleep 600"], "");
        let error = program.read_all(&MonotonicClock::start(), Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, EngineError::Timeout { .. }), "{error}");
    }

    #[test]
    fn what_a_program_says_of_its_failure_is_told() {
        let program = start("sh", &["-c", "echo no such voice >&2; exit 3"], &"x".repeat(1 << 20));
        let error = program.read_all(&MonotonicClock::start(), LIMIT).unwrap_err().to_string();
        assert!(error.contains("status 3") && error.contains("no such voice"), "{error}");
        let program = start("sh", &["-c", "kill -9 $$"], "");
        let error = program.read_all(&MonotonicClock::start(), LIMIT).unwrap_err().to_string();
        assert!(error.contains("signal 9"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named_with_what_brings_it() {
        let error = Program::start("no-such-program", &[], "", "apt-get install it").err().unwrap().to_string();
        assert!(error.contains("no-such-program") && error.contains("apt-get install it"), "{error}");
    }
}
