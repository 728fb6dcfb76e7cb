//! `dragoman board`: which board this is, whether all of it is there, what it may do, and what the governor makes of a load.

use std::{
    error::Error,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use board::{
    actuators::{Actuators, SysActuators},
    chart::chart,
    check::{Finding, State, check},
    definition::Board,
    governor::{Governor, PERIOD},
    keeper::READING,
    modes,
    permissions::permissions,
    plant::Nature,
    profile::Profile,
    replay::{Naive, Record, World, replay},
    saved::restore_saved,
    sensors::{Sensors, SysSensors},
    sysfs::Root,
    trace::{Moment, Trace},
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use super::Outcome;
use crate::{
    audio::{self, Direction},
    config::{Audio, Config},
    keeping,
    status::Client,
};

/// Where an installed daemon has its configuration.
const INSTALLED: &str = "/etc/dragoman/dragoman.toml";

/// Which board is meant.
#[derive(clap::Args)]
pub(super) struct Which {
    /// A board's name or the path of its file; without it the configuration's, which without one is what this machine says it is.
    #[arg(long)]
    board: Option<String>,
    /// The daemon's configuration [default: /etc/dragoman/dragoman.toml, where that is].
    #[arg(long)]
    config: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
pub(super) enum Action {
    /// List the boards and power profiles that are known.
    List,
    /// Say which board this machine is.
    Detect,
    /// Look for every line of the board's file on this machine, and say what mends what is missing.
    Check {
        #[command(flatten)]
        which: Which,
    },
    /// Print what gives the daemon's group what the board's file names: udev rules, tmpfiles, a drop-in of the unit.
    Permissions {
        #[command(flatten)]
        which: Which,
        /// Write them where they belong instead.
        #[arg(long)]
        install: bool,
    },
    /// Record what the board draws, on one rung, for `replay`. The daemon must not run.
    Record {
        #[command(flatten)]
        which: Which,
        /// For how long, in seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The rung it is held on, from 0 for the highest.
        #[arg(long, default_value_t = 0)]
        rung: usize,
        /// A power profile's name or the path of its file; without it the configuration's or the board's.
        #[arg(long)]
        profile: Option<String>,
    },
    /// Show what the governor makes of a recorded load, on a model of a board, beside a naive one.
    Replay {
        /// A file of `record`, or one with the columns seconds and load (0 to 1).
        trace: PathBuf,
        /// A power profile's name or the path of its file.
        #[arg(long, default_value = "orin-nano-15w")]
        profile: String,
        /// The air around the board, in degrees Celsius.
        #[arg(long, default_value_t = 25.0)]
        ambient: f32,
        /// Kelvin for each watt, from the chip to the air: what the heat sink is worth.
        #[arg(long, default_value_t = Nature::default().resistance)]
        resistance: f32,
        /// Draw power, rung and temperature.
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// Give the board the settings back that a daemon which died has left. The unit does it by itself.
    Restore {
        #[command(flatten)]
        which: Which,
    },
    /// Carry out a request for a power mode, as root. The unit dragoman-mode.service does it by itself.
    Mode {
        #[command(flatten)]
        which: Which,
        /// The file with the mode's name.
        #[arg(long, default_value = modes::REQUEST)]
        request: PathBuf,
    },
}

pub(super) fn run(action: &Action) -> Outcome {
    match action {
        Action::List => list(),
        Action::Detect => {
            let board = Board::detect(&Root::default().compatible())?;
            println!("{}: {}", board.name, board.title);
            Ok(ExitCode::SUCCESS)
        }
        Action::Check { which } => look(which),
        Action::Permissions { which, install } => grant(which, *install),
        Action::Record { which, seconds, rung, profile } => record(which, *seconds, *rung, profile.as_deref()),
        Action::Replay { trace, profile, ambient, resistance, svg } => {
            let nature = Nature { ambient_c: *ambient, resistance: *resistance, ..Nature::default() };
            rerun(trace, &Profile::load(profile)?, nature, svg.as_deref())
        }
        Action::Restore { which } => {
            // A configuration that is broken must not keep the board from its settings.
            let config = which.config().unwrap_or_default();
            refuse_beside_daemon(&config)?;
            let board = keeping::board_of(&config.board).ok().flatten();
            let (root, file) = (Root::new(&config.board.root), keeping::saved_settings(&config));
            match restore_saved(&root, &file, board.as_ref().and_then(|board| board.modes.as_ref()))? {
                0 => {}
                given => println!("gave {given} of the board's own settings back"),
            }
            Ok(ExitCode::SUCCESS)
        }
        Action::Mode { which, request } => {
            let (config, board) = which.board()?;
            println!("{} is in force", modes::carry_out(&Root::new(&config.board.root), &board, request)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

impl Which {
    fn config(&self) -> Result<Config, Box<dyn Error>> {
        let mut config = match &self.config {
            Some(path) => Config::load(path)?,
            None if Path::new(INSTALLED).exists() => Config::load(Path::new(INSTALLED))?,
            None => Config::default(),
        };
        if let Some(name) = &self.board {
            config.board.name.clone_from(name);
        }
        Ok(config)
    }

    fn board(&self) -> Result<(Config, Board), Box<dyn Error>> {
        let config = self.config()?;
        let known = Board::known().join(", ");
        // What is not known is passed over by the daemon; here it is what was asked.
        let machine = Root::new(&config.board.root).compatible();
        if config.board.name == keeping::AUTO && !machine.is_empty() {
            Board::detect(&machine)?;
        }
        let none =
            || format!("this machine has no device tree that says what board it is; name one with --board: {known}");
        let board = keeping::board_of(&config.board)?.ok_or_else(none)?;
        Ok((config, board))
    }
}

fn list() -> Outcome {
    for name in Board::known() {
        let board = Board::load(name)?;
        println!("{name:14} {}", board.title);
    }
    println!();
    for name in Profile::known() {
        let profile = Profile::load(name)?;
        println!("{name:14} at most {} W, for {}", profile.budget_w, profile.boards.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

/// The sound card too, which the board room knows nothing of.
fn sound(audio: &Audio) -> Vec<Finding> {
    let devices = [
        ("audio.capture_devices", Direction::Capture, &audio.capture_devices),
        ("audio.playback_devices", Direction::Playback, &audio.playback_devices),
    ];
    let look = |(item, direction, names): (&str, Direction, &Vec<String>)| {
        let found = names.iter().find(|name| audio::is_there(name, direction));
        let present = audio::devices_present(direction);
        Finding {
            item: item.to_owned(),
            what: found.cloned().unwrap_or_else(|| format!("none of {}; there are {present}", names.join(", "))),
            state: if found.is_some() { State::Present } else { State::Missing },
            mend: found.is_none().then(|| "plug the sound card in, or name another in the configuration".to_owned()),
        }
    };
    devices.into_iter().map(look).collect()
}

fn look(which: &Which) -> Outcome {
    let (config, board) = which.board()?;
    println!("{}: {}", board.name, board.title);
    let mut findings = check(&Root::new(&config.board.root), &board);
    findings.extend(sound(&keeping::with_devices_of(config, &board).audio));
    let mut wanting = 0;
    for Finding { item, what, state, mend } in &findings {
        let word = match state {
            State::Present => "present",
            State::Missing => "MISSING",
            State::NoPermission => "NO PERMISSION",
        };
        println!("{word:13} {item}: {what}");
        if let Some(mend) = mend {
            wanting += 1;
            println!("{:13} mend: {mend}", "");
        }
    }
    if nix::unistd::geteuid().is_root() {
        println!("root may write everything: sudo -u dragoman dragoman board check says what the daemon may");
    }
    match wanting {
        0 => println!("all {} are there", findings.len()),
        some => println!("{some} of {} are wanting", findings.len()),
    }
    Ok(if wanting == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn grant(which: &Which, install: bool) -> Outcome {
    let (config, board) = which.board()?;
    let root = Root::new(&config.board.root);
    for file in permissions(&board) {
        if !install {
            println!("# {}\n{}", file.path, file.text);
            continue;
        }
        let path = root.at(file.path);
        let problem = |e: io::Error| format!("{}: {e}; this needs root", path.display());
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, &file.text))
            .map_err(problem)?;
        println!("wrote {}", path.display());
    }
    if install {
        println!(
            "now: udevadm control --reload && udevadm trigger --action=add && systemd-tmpfiles --create dragoman-board.conf && \
             systemctl daemon-reload && {}systemctl try-restart dragoman",
            if board.modes.is_some() { "systemctl enable --now dragoman-mode.path && " } else { "" }
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn record(which: &Which, seconds: u64, rung: usize, profile: Option<&str>) -> Outcome {
    let (mut config, board) = which.board()?;
    if board.simulated {
        return Err(format!("the board {} is computed: there is nothing to be recorded", board.name).into());
    }
    if let Some(profile) = profile {
        config.board.profile = Some(profile.to_owned());
    }
    let profile = keeping::profile_of(&config.board, &board)?;
    let profile = profile.ok_or("the board has no power profile of its own; name one with --profile")?;
    let held = profile.rungs.get(rung).ok_or_else(|| {
        format!("{} has the rungs 0 to {}, and {rung} is none of them", profile.name, profile.rungs.len() - 1)
    })?;
    refuse_beside_daemon(&config)?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // So that the board has its settings back then too.
        flag::register(signal, Arc::clone(&stop))?;
    }
    let root = Root::new(&config.board.root);
    let mut out = io::stdout().lock();
    write!(out, "# board {}, profile {}, rung {} ({})\n{}", board.name, profile.name, rung, held.name, Trace::head())?;
    let mut sensors = SysSensors::new(root.clone(), &board);
    // Gives the board its own settings back when it is dropped.
    let file = keeping::saved_settings(&config);
    // Without the daemon its directory may not be there.
    file.parent().map_or(Ok(()), fs::create_dir_all).map_err(|e| format!("{}: {e}", file.display()))?;
    let (mut actuators, failed) = SysActuators::new(root, &board, file);
    // What is recorded on a rung must be of that rung.
    if let Some(error) = failed.into_iter().chain(actuators.settle()).chain(actuators.apply(held)).next() {
        return Err(format!("the board cannot be held on rung {rung}: {error}").into());
    }
    let began = Instant::now();
    let times = (PERIOD.as_millis() / READING.as_millis()).max(1);
    while began.elapsed() < Duration::from_secs(seconds) && !stop.load(Relaxed) {
        let (at, mut watts) = (began.elapsed(), Vec::new());
        for _ in 0..times {
            watts.extend(sensors.power());
            thread::sleep(READING);
        }
        let watts = (!watts.is_empty()).then(|| watts.iter().sum::<f32>() / watts.len() as f32);
        let readings = sensors.read();
        let load = readings.units.get("cpu").and_then(|cores| cores.load);
        let moment = Moment { at, watts, celsius: readings.hottest_c(), load };
        out.write_all(moment.line().as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Two that turn the board's clocks would each undo what the other did.
fn refuse_beside_daemon(config: &Config) -> Result<(), Box<dyn Error>> {
    let socket = &config.system.socket;
    if Client::connect(socket).is_ok_and(|client| client.get_text("/status").is_ok()) {
        return Err(format!("the daemon keeps the board ({} answers); stop it first", socket.display()).into());
    }
    Ok(())
}

fn rerun(path: &Path, profile: &Profile, nature: Nature, svg: Option<&Path>) -> Outcome {
    let text = fs::read_to_string(path).map_err(|e| format!("the trace {}: {e}", path.display()))?;
    let trace = Trace::parse(&text, &path.display().to_string())?;
    let mut world = |at| World::busy(trace.load(at, profile));
    let length = trace.length() + PERIOD;
    let naive = replay(profile, &mut Naive::new(profile.clone()), nature, length, &mut world);
    let governed = replay(profile, &mut Governor::new(profile.clone()), nature, length, &mut world);
    println!(
        "{}: below {} W; {:.0} s, {} C around the board",
        profile.name,
        profile.budget_w,
        length.as_secs_f32(),
        nature.ambient_c
    );
    let row = |name: &str, record: &Record| {
        let hottest = record.0.iter().map(|p| p.temperature_c).fold(f32::MIN, f32::max);
        println!(
            "{name:9} worst second {:5.1} W, over the budget {:6.1} s, changes {:4}, hottest {hottest:5.1} C, {:7.0} J, work {:3.0} %",
            record.worst_second(),
            record.over(profile.budget_w).as_secs_f32(),
            record.changes(Duration::ZERO, length),
            record.energy_j(),
            100.0 * record.work(profile),
        );
    };
    row("governor", &governed);
    row("naive", &naive);
    if let Some(file) = svg {
        let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let title = format!("{name}, {}, {} degrees around the board", profile.name, nature.ambient_c);
        let runs = [("naive governor", "#bbb", &naive), ("governor", "#1b7f79", &governed)];
        fs::write(file, chart(&title, profile, &runs)).map_err(|e| format!("{}: {e}", file.display()))?;
        println!("drawn: {}", file.display());
    }
    Ok(ExitCode::SUCCESS)
}
