//! `dragomand`: starts the pipeline and the status socket, listens to systemd and to signals, stops cleanly.

mod buttons;
mod notify;
mod view;

use std::{
    cell::{Cell, RefCell},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use board::{
    BoardError,
    definition::Light,
    push_to_talk::{CommandPresser, command_buttons},
};
use clap::Parser;
use engines::{
    EngineError,
    assembly::Assembly,
    catalog::{CatalogError, Store},
    clock::Clock,
    message::OUTPUT_RATE,
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use self::{buttons::SharedButtons, notify::Systemd, view::View};
use crate::{
    audio::{AudioStats, monotonic_ns, realtime::lock_memory},
    config::{Config, ConfigError},
    keeping::{self, Keeping, Link, Surroundings},
    log,
    pipeline::{Context, Faults, Pipeline, PipelineError, seat::Seat},
    status::{
        Events, Metrics, Server, StatusError,
        process::usage,
        report::State,
        server::{Limits, Parts},
    },
};

/// Offline two-way interpreter: the service.
#[derive(Parser)]
#[command(name = "dragomand", version)]
struct Command {
    /// The configuration file; without one every key has its default. `dragoman check FILE` explains a file.
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Why the service ended otherwise than asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The log.
    #[error(transparent)]
    Log(#[from] log::LogError),
    /// The catalog.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The pipeline.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The board.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The status socket.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// The system refuses to hand over signals.
    #[error("cannot listen to signals: {0}")]
    Signals(std::io::Error),
    /// A worker died.
    #[error(
        "a worker thread died; its panic stands above in the log. Please report it; systemd starts the service again"
    )]
    WorkerDied,
}

/// The monotonic clock of the system: its times compare with those of the sound threads.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(monotonic_ns().max(0).unsigned_abs())
    }
}

/// Runs the service until it is told to stop.
#[must_use]
pub fn main() -> ExitCode {
    match run(Command::parse().config.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(event = "stopped", error = %error);
            eprintln!("dragomand: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: Option<&Path>) -> Result<(), ServiceError> {
    let config = load(path)?;
    log::init(&log::Options { level: config.system.log_level.clone(), ..log::Options::default() })?;
    let signals = signals()?;
    if let Err(error) = lock_memory() {
        tracing::warn!(event = "memory_not_locked", error = %error);
    }
    let systemd = Systemd::from_environment();
    let metrics = Arc::new(Metrics::new());
    let events = Events::new();
    let board = Arc::<Link>::default();
    metrics.watch_board(board.clone());
    let (presser, buttons) = command_buttons();
    let mut service = Service {
        path,
        systemd,
        presser,
        buttons: SharedButtons::new(Box::new(buttons)),
        seats: RefCell::default(),
        faults: Arc::default(),
        view: View::new(),
        board,
        metrics,
        events,
        reload_wanted: Cell::new(false),
    };
    match service.serve(config, &signals) {
        // Told to stop while it was still loading: that is a clean stop too.
        Err(ServiceError::Pipeline(PipelineError::Stopped)) => {
            service.systemd.stopping();
            Ok(())
        }
        result => result,
    }
}

fn load(path: Option<&Path>) -> Result<Config, ConfigError> {
    path.map_or_else(|| Ok(Config::default()), Config::load)
}

/// The signals that the service heeds, from a thread that waits for them.
fn signals() -> Result<Receiver<i32>, ServiceError> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).map_err(ServiceError::Signals)?;
    let (sender, receiver) = channel();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || signals.forever().take_while(|s| sender.send(*s).is_ok()).for_each(drop))
        .map_err(ServiceError::Signals)?;
    Ok(receiver)
}

/// What outlives a reload.
struct Service<'p> {
    path: Option<&'p Path>,
    systemd: Systemd,
    presser: CommandPresser,
    buttons: SharedButtons,
    /// The conversations of the running or last pipeline.
    seats: RefCell<Arc<[Seat]>>,
    faults: Arc<Faults>,
    view: Arc<View>,
    /// What the board's keeper tells.
    board: Arc<Link>,
    metrics: Arc<Metrics>,
    events: Events,
    /// A reload was asked for while something was loading.
    reload_wanted: Cell<bool>,
}

/// What a reload replaces.
struct Running {
    /// As it was read, without what the board adds.
    config: Config,
    pipeline: Pipeline,
    server: Server,
    /// Dropped last: the board has its own settings back when nothing is left that it must be kept for.
    keeping: Option<Keeping>,
}

impl Running {
    fn has_died(&self) -> bool {
        self.pipeline.has_died() || self.keeping.as_ref().is_some_and(Keeping::has_died)
    }
}

impl Service<'_> {
    fn serve(&mut self, config: Config, signals: &Receiver<i32>) -> Result<(), ServiceError> {
        let began = Instant::now();
        let mut running = self.start(config, signals)?;
        tracing::info!(event = "ready", latency_ms = began.elapsed().as_secs_f32() * 1000.0);
        self.systemd.ready();
        loop {
            if self.reload_wanted.take() {
                running = self.reload(running, signals)?;
            }
            let interval = Duration::from_secs(running.config.system.monitoring_interval_sec.into());
            match signals.recv_timeout(self.systemd.watchdog_interval().map_or(interval, |w| w.min(interval))) {
                Ok(SIGHUP) => running = self.reload(running, signals)?,
                Ok(signal) => {
                    tracing::info!(event = "stopping", signal);
                    self.systemd.stopping();
                    return Ok(());
                }
                Err(RecvTimeoutError::Timeout) if running.has_died() => return Err(ServiceError::WorkerDied),
                Err(RecvTimeoutError::Timeout) => {
                    self.systemd.alive();
                    let memory = usage();
                    tracing::debug!(event = "monitor", resident_memory_bytes = memory.resident_bytes);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn start(&self, config: Config, signals: &Receiver<i32>) -> Result<Running, ServiceError> {
        let as_read = config.clone();
        let board = keeping::board_of(&config.board)?;
        let config = match &board {
            Some(board) => keeping::with_devices_of(config, board),
            None => config,
        };
        let config = Arc::new(config);
        let seats: Arc<[Seat]> = Seat::all(&config, &self.seats.borrow()).into();
        let directions = Seat::directions(&seats);
        // The socket first: a second daemon is refused before it touches the sound devices.
        let parts = Parts {
            source: self.view.clone(),
            metrics: self.metrics.clone(),
            events: self.events.clone(),
            presser: self.presser.clone(),
            buttons: directions.len(),
        };
        let server = Server::start(&config.system.socket, parts, Limits::default())?;
        let store = Store::open(config.model_directory())?;
        let assembly = Arc::new(Assembly::new(store, Arc::new(SystemClock), config.engine_options()));
        assembly.check_offered(&directions).map_err(PipelineError::Engine)?;
        self.seats.replace(seats.clone());
        let context = Context {
            config: config.clone(),
            assembly,
            seats,
            metrics: self.metrics.clone(),
            events: self.events.clone(),
            faults: self.faults.clone(),
            board: self.board.clone(),
        };
        // Before anything is loaded, which is the hardest work that the board ever does.
        let keeping = board.map(|board| Keeping::start(&config, &board, self.surroundings())).transpose()?;
        // Loading takes seconds: the watchdog is fed meanwhile, a stop is heeded, and a reload is kept for later.
        let mut go_on = || {
            self.systemd.alive();
            let keeps_running = |signal| {
                let is_reload = signal == SIGHUP;
                self.reload_wanted.set(self.reload_wanted.get() || is_reload);
                is_reload
            };
            signals.try_iter().all(keeps_running)
        };
        let pipeline = Pipeline::start(&context, Box::new(self.buttons.clone()), &mut go_on)?;
        self.watch(&pipeline);
        self.view.show(&context, &pipeline);
        Ok(Running { config: as_read, pipeline, server, keeping })
    }

    /// Where the board's keeper tells what it does.
    fn surroundings(&self) -> Surroundings {
        let view = self.view.clone();
        Surroundings {
            link: self.board.clone(),
            faults: self.faults.clone(),
            events: self.events.clone(),
            metrics: self.metrics.clone(),
            presser: self.presser.clone(),
            light: Box::new(move || match view.state() {
                State::Idle => Light::Idle,
                State::Listening => Light::Listening,
                State::Thinking => Light::Thinking,
                State::Speaking => Light::Speaking,
                State::Fault => Light::Fault,
            }),
        }
    }

    /// Registers what the metrics read from others' atomics.
    fn watch(&self, pipeline: &Pipeline) {
        let (chunks, heard, said) = (pipeline.chunks(), pipeline.heard(), pipeline.said());
        let audio = |read: fn(&AudioStats) -> u64| {
            let all = pipeline.audio().to_vec();
            move || all.iter().map(|stats| read(stats)).sum()
        };
        let metrics = &self.metrics;
        // As many lanes as there are conversations.
        let lanes = pipeline.audio().len();
        metrics.watch_queue("chunks", chunks.bound() * lanes, {
            let q = chunks.clone();
            move || q.len()
        });
        metrics.watch_queue("heard", heard.bound() * lanes, {
            let q = heard.clone();
            move || q.len()
        });
        metrics.watch_queue("said", said.bound() * lanes, {
            let q = said.clone();
            move || q.len()
        });
        metrics.watch_dropped("partial", {
            let q = heard.clone();
            move || q.dropped()
        });
        metrics.watch_dropped("captured_frames", audio(AudioStats::overflow_frames));
        metrics.watch_dropped("gated_frames", audio(AudioStats::gated_frames));
        metrics.watch_dropped("speech_frames", audio(AudioStats::discarded_frames));
        metrics.watch_dropped("starvations", audio(AudioStats::starvations));
        // Of the conversation that is furthest behind.
        let all = pipeline.audio().to_vec();
        let longest = move || all.iter().map(|stats| stats.queued_frames()).max().unwrap_or(0);
        metrics.watch_backlog(move || longest() as f64 / f64::from(OUTPUT_RATE));
        metrics.watch_xruns("capture", audio(|a| a.capture.xruns()));
        metrics.watch_xruns("playback", audio(|a| a.playback.xruns()));
    }

    /// Reads the configuration again. One that cannot be used is refused, and the old one goes on.
    fn reload(&self, running: Running, signals: &Receiver<i32>) -> Result<Running, ServiceError> {
        self.systemd.reloading();
        let old = running.config.clone();
        let config = match load(self.path) {
            Ok(config) => config,
            Err(error) => {
                tracing::error!(event = "reload_refused", error = %error);
                self.faults.record("configuration", &error);
                self.systemd.ready();
                return Ok(running);
            }
        };
        // Devices and socket must be free before they can be taken again.
        let Running { pipeline, server, keeping, .. } = running;
        drop(server);
        drop(pipeline);
        drop(keeping);
        // Whoever was holding a button presses it again.
        self.seats.borrow().iter().for_each(|seat| seat.floor.abandon());
        let running = match self.start(config, signals) {
            Ok(running) => {
                tracing::info!(event = "reloaded");
                running
            }
            Err(stopped @ ServiceError::Pipeline(PipelineError::Stopped)) => return Err(stopped),
            Err(error) => {
                tracing::error!(event = "reload_refused", error = %error);
                self.faults.record("configuration", &error);
                self.start(old, signals)?
            }
        };
        self.systemd.ready();
        Ok(running)
    }
}

impl From<EngineError> for ServiceError {
    fn from(error: EngineError) -> Self {
        Self::Pipeline(error.into())
    }
}
