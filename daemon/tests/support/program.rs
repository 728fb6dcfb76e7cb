//! Running `dragoman` and `dragomand` and holding them to what they say and how they end.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::PATIENCE;

/// What a program said and how it ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// The technician's command.
pub fn dragoman(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dragoman"));
    command.args(arguments);
    command
}

/// The service with a configuration file.
pub fn dragomand(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dragomand"));
    command.arg("--config").arg(config).env_remove("NOTIFY_SOCKET");
    command
}

/// A child that is not left behind, whatever becomes of the test.
pub struct Guarded(pub Child);

impl Guarded {
    /// Waits until it has ended; one that does not is killed, and the test fails.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it has not ended within {PATIENCE:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a program with `input` on its standard input, to its end.
#[track_caller]
pub fn run(mut command: Command, input: &[u8]) -> Ended {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut child = Guarded(child);
    let mut stdin = child.0.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that ends before it has read everything closes the pipe.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let stdout = reader(child.0.stdout.take().unwrap());
    let stderr = reader(child.0.stderr.take().unwrap());
    let status = child.wait();
    writer.join().unwrap();
    let stderr = String::from_utf8(stderr.join().unwrap()).unwrap();
    assert!(!stderr.contains("panicked"), "it panicked: {stderr}");
    Ended { status, stdout: stdout.join().unwrap(), stderr }
}

fn reader(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

impl Ended {
    /// The standard output as text.
    #[track_caller]
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// Holds it to have ended well.
    #[track_caller]
    pub fn well(self) -> Self {
        assert!(self.status.success(), "{}: {}", self.status, self.stderr);
        self
    }

    /// Holds it to have refused with exit code 1 and one line that has every one of `words`; gives the line.
    #[track_caller]
    pub fn refused(&self, words: &[&str]) -> String {
        assert_eq!(self.status.code(), Some(1), "it ended with {}: {}", self.status, self.stderr);
        // Beside it, the service writes its log there: lines of JSON.
        let said: Vec<&str> = self.stderr.lines().filter(|l| l.starts_with("dragoman")).collect();
        let [line] = said[..] else { panic!("not one line of error but: {}", self.stderr) };
        for word in words {
            assert!(line.contains(word), "{word:?} is not in: {line}");
        }
        line.to_owned()
    }
}
