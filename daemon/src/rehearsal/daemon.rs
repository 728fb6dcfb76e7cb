//! Starting the daemon as its user would, and stopping it.

use std::{
    fs::{self, File},
    io,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use super::RehearsalError;
use crate::{
    config::{Config, Duplex},
    status::Client,
    virtual_card::{Format, PlugIn, VirtualCard},
};

/// How long the daemon may load; a cold disk and a busy machine are slow.
const LOADING: Duration = Duration::from_secs(180);

/// The name of its status socket in its scratch directory.
const SOCKET: &str = "dragoman.sock";

/// How long it may take to stop.
const STOPPING: Duration = Duration::from_secs(20);

/// A running daemon with a scratch directory of its own.
pub struct Daemon {
    child: Child,
    directory: TempDir,
    /// Asks it.
    pub client: Client,
    /// From its start to `READY=1`.
    pub start_to_ready: Duration,
}

impl Daemon {
    /// Starts `dragomand` with `config` on `card`, or on the real sound card where there is none, and waits until it
    /// is ready. A card whose microphone does not hear its loudspeaker is used without echo cancellation. The status socket lies in a scratch directory.
    ///
    /// # Errors
    /// [`RehearsalError`].
    pub fn start(mut config: Config, card: Option<(&PlugIn, &VirtualCard)>) -> Result<Self, RehearsalError> {
        let directory = TempDir::new().map_err(|problem| io_at(Path::new("temporary directory"), problem))?;
        config.system.socket = directory.path().join(SOCKET);
        if let Some((_, card)) = card {
            config.audio.capture_devices = vec![card.device()];
            config.audio.playback_devices = vec![card.device()];
            // As with a headset.
            if !card.has_echo() {
                config.audio.duplex = Duplex::Full;
            }
        }
        let file = directory.path().join("dragoman.toml");
        fs::write(&file, toml::to_string(&config)?).map_err(|problem| io_at(&file, problem))?;
        let notify = directory.path().join("notify");
        let ready = UnixDatagram::bind(&notify).map_err(|problem| io_at(&notify, problem))?;
        let log = directory.path().join("log");
        let stderr = File::create(&log).map_err(|problem| io_at(&log, problem))?;
        let program = program();
        let mut command = Command::new(&program);
        command.arg("--config").arg(&file).env("NOTIFY_SOCKET", &notify).stdin(Stdio::null()).stderr(stderr);
        if let Some((plug_in, _)) = card {
            let (name, value) = plug_in.environment();
            command.env(name, value);
        }
        let began = Instant::now();
        let mut child = command.spawn().map_err(|problem| RehearsalError::Start { program, problem })?;
        if let Err(error) = wait_until_ready(&mut child, &ready, &log) {
            // It may have ended by itself; either way nothing is left behind.
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
        let start_to_ready = began.elapsed();
        let client = Client::connect(&config.system.socket)?;
        Ok(Self { child, directory, client, start_to_ready })
    }

    /// The daemon's process number.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has written on standard error.
    ///
    /// # Errors
    /// [`RehearsalError::Io`].
    pub fn log(&self) -> Result<String, RehearsalError> {
        let path = self.directory.path().join("log");
        fs::read_to_string(&path).map_err(|problem| io_at(&path, problem))
    }

    /// Its status socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join(SOCKET)
    }

    /// The scratch directory: its configuration `dragoman.toml` and its socket lie there.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        // It can only fail for a process that has ended, which whoever waits for it will see.
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), signal);
    }

    /// Asks it to stop and waits; true where it ended cleanly.
    pub fn stop(mut self) -> bool {
        self.end()
    }

    fn end(&mut self) -> bool {
        self.signal(Signal::SIGTERM);
        let began = Instant::now();
        while began.elapsed() < STOPPING {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) => std::thread::sleep(Duration::from_millis(10)),
                Err(_) => break,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        false
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

/// Makes a virtual sound card in `directory`.
///
/// # Errors
/// [`RehearsalError::Card`].
pub fn virtual_card(directory: &Path) -> Result<(PlugIn, VirtualCard), RehearsalError> {
    fs::create_dir_all(directory).map_err(|problem| io_at(directory, problem))?;
    Ok((PlugIn::build(directory)?, VirtualCard::new(directory, Format::default())?))
}

/// `dragomand` lies beside the program that runs; a test runs one directory below.
fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap_or_default();
    let mut directories = here.ancestors().skip(1).take(2).map(|d| d.join("dragomand"));
    directories.find(|p| p.is_file()).unwrap_or_else(|| "dragomand".into())
}

fn wait_until_ready(child: &mut Child, ready: &UnixDatagram, log: &Path) -> Result<(), RehearsalError> {
    let began = Instant::now();
    let step = Duration::from_millis(50);
    ready.set_read_timeout(Some(step)).map_err(|problem| io_at(Path::new("notify socket"), problem))?;
    let mut message = [0; 256];
    while began.elapsed() < LOADING {
        match ready.recv(&mut message) {
            Ok(length) if message[..length].split(|b| *b == b'\n').any(|line| line == b"READY=1") => return Ok(()),
            Ok(_) => {}
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(problem) => return Err(io_at(Path::new("notify socket"), problem)),
        }
        if let Ok(Some(status)) = child.try_wait() {
            let said = fs::read_to_string(log).unwrap_or_default();
            let said = said.lines().rfind(|l| !l.trim().is_empty()).unwrap_or("it said nothing").to_owned();
            return Err(RehearsalError::Ended { status, said });
        }
    }
    Err(RehearsalError::NotReady(LOADING))
}

pub(super) fn io_at(path: &Path, problem: io::Error) -> RehearsalError {
    RehearsalError::Io { path: path.to_owned(), problem }
}
