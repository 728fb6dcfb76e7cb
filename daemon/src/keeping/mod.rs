//! The board is kept: its power below the budget, its buttons heard, its lights lit.
//!
//! | question | file |
//! |---|---|
//! | which board and profile, and which threads? | this one |
//! | what do the engines and the status learn of it? | [`link`] |
//! | what is read and turned down, and when? | `governing`, `board::keeper`, `board::governor` |
//! | who presses, and what shines? | `buttons`, `lights` |

mod buttons;
mod governing;
mod lights;
pub mod link;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use board::{
    BoardError,
    definition::{Board, Light},
    profile::Profile,
    push_to_talk::CommandPresser,
    sysfs::Root,
};

pub use self::link::Link;
use crate::{
    config::{self, Config},
    pipeline::Faults,
    status::{Event, Events, Metrics, report::BoardReport},
};

/// The board that the device tree names, where it names one that is known.
pub(crate) const AUTO: &str = "auto";

/// A governor that has done nothing for so long hangs: a driver that does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// `SCHED_FIFO` priority of what must be on time: the lowest. Governor and buttons work for some hundred microseconds at a time, and
/// engines that fill every core must not keep them from it.
const PRIORITY: u8 = 1;

/// No board: nothing is read or turned down, and there are no buttons but those of the status socket.
const NONE: &str = "none";

/// Where the board's own settings are kept while the daemon runs.
#[must_use]
pub fn saved_settings(config: &Config) -> PathBuf {
    config.system.socket.with_file_name("board-settings.json")
}

/// The board of a configuration.
///
/// # Errors
/// [`BoardError`]: the board is unknown, or its file cannot be used.
pub fn board_of(config: &config::Board) -> Result<Option<Board>, BoardError> {
    match config.name.as_str() {
        NONE => Ok(None),
        AUTO => {
            let machine = Root::new(&config.root).compatible();
            if machine.is_empty() {
                return Ok(None);
            }
            // A machine that nobody has described runs without a governor, and is told so.
            Board::detect(&machine).map(Some).or_else(|error| {
                tracing::warn!(event = "board_unknown", error = %error);
                Ok(None)
            })
        }
        name => Board::load(name).map(Some),
    }
}

/// The profile that a board is kept to: the configuration's, else the board's own.
///
/// # Errors
/// [`BoardError`]: the profile is unknown, or its file cannot be used.
pub fn profile_of(config: &config::Board, board: &Board) -> Result<Option<Profile>, BoardError> {
    config.profile.as_ref().or(board.profile.as_ref()).map(|name| Profile::load(name)).transpose()
}

/// A configuration with the board's sound card where it names none of its own.
#[must_use]
pub fn with_devices_of(mut config: Config, board: &Board) -> Config {
    let default = config::Audio::default();
    if config.audio.capture_devices == default.capture_devices {
        config.audio.capture_devices.clone_from(&board.audio.capture_devices);
    }
    if config.audio.playback_devices == default.playback_devices {
        config.audio.playback_devices.clone_from(&board.audio.playback_devices);
    }
    config
}

/// What the threads tell, and whom.
#[derive(Clone)]
struct Told {
    link: Arc<Link>,
    faults: Arc<Faults>,
    events: Events,
    metrics: Arc<Metrics>,
    stop: Arc<AtomicBool>,
}

impl Told {
    /// Something of the board does not work.
    fn fault(&self, event: &str, error: &BoardError) {
        tracing::warn!(event, error = %error);
        self.faults.record("board", error);
        self.events.publish(&Event { error: Some(error.to_string()), ..Event::now(event) });
    }

    fn must_stop(&self) -> bool {
        self.stop.load(Relaxed)
    }
}

/// Where the daemon tells of its board.
pub struct Surroundings {
    /// What the engines and the status learn.
    pub link: Arc<Link>,
    /// The last error.
    pub faults: Arc<Faults>,
    /// What happens.
    pub events: Events,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Presses the conversations' buttons.
    pub presser: CommandPresser,
    /// What the box is doing, for its lights.
    pub light: Box<dyn Fn() -> Light + Send>,
}

/// A board that is kept, until this is dropped: then it has its own settings back.
pub struct Keeping {
    told: Told,
    threads: Vec<JoinHandle<()>>,
}

impl Keeping {
    /// Takes the board over. What of it does not work is told, and the rest is kept.
    ///
    /// # Errors
    /// [`BoardError`]: a profile that cannot be used, or no thread.
    pub fn start(config: &Config, board: &Board, around: Surroundings) -> Result<Self, BoardError> {
        let Surroundings { link, faults, events, metrics, presser, light } = around;
        let told = Told { link, faults, events, metrics, stop: Arc::default() };
        let profile = profile_of(&config.board, board)?;
        let mut keeping = Self { told: told.clone(), threads: Vec::new() };
        told.link.show(Some(BoardReport {
            name: board.name.clone(),
            title: board.title.clone(),
            ..BoardReport::default()
        }));
        let priority = (config.audio.realtime_priority > 0).then_some(PRIORITY);
        if let Some(profile) = profile {
            let keeper = governing::take_over(config, board, profile, &told);
            keeping.spawn("governor", move |told| governing::run(keeper, priority, told))?;
        }
        if !board.buttons.is_empty() {
            let board = board.clone();
            keeping.spawn("gpio", move |told| buttons::run(&board, &presser, priority, told))?;
        }
        if let Some(indicator) = board.indicator.clone() {
            keeping.spawn("lights", move |told| lights::run(&indicator, &light, told))?;
        }
        tracing::info!(event = "board", board = board.name, title = board.title, "{}", board.name);
        Ok(keeping)
    }

    fn spawn(&mut self, name: &'static str, work: impl FnOnce(&Told) + Send + 'static) -> Result<(), BoardError> {
        let told = self.told.clone();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || work(&told));
        self.threads.push(thread.map_err(|problem| BoardError::Thread { name, problem })?);
        Ok(())
    }

    /// Whether one of its threads has ended, which none does by itself: it panicked; or the governor hangs.
    #[must_use]
    pub fn has_died(&self) -> bool {
        let hangs = self.told.link.silence().is_some_and(|silence| silence > PATIENCE);
        hangs || self.threads.iter().any(JoinHandle::is_finished)
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.told.stop.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            // A panic has been reported by its hook.
            let _ = thread.join();
        }
        self.told.link.show(None);
    }
}
