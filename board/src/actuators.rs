//! What can be turned down: clocks, cores. The board's own settings are kept before the first change, and given back.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use crate::{
    definition::{self, Board, Clock, Modes},
    error::BoardError,
    modes,
    profile::Rung,
    saved::Saved,
    sysfs::{Root, number, set, text},
};

/// What a rung's caps are put into effect by.
pub trait Actuators: Send {
    /// Puts a rung's caps into effect; gives what could not be. What the rung does not cap is as the board had it.
    fn apply(&mut self, rung: &Rung) -> Vec<BoardError>;

    /// Looks whether a rung's caps are still in effect, and puts those back that somebody else has changed; gives what does not
    /// stay as it is put.
    fn check(&mut self, rung: &Rung) -> Vec<BoardError>;

    /// Gives the board its own settings back.
    fn restore(&mut self) -> Vec<BoardError>;
}

fn write_error(path: &Path, value: &str, problem: &str) -> BoardError {
    BoardError::Write { path: path.to_owned(), value: value.to_owned(), problem: problem.to_owned() }
}

/// Where a clock's bounds are written: the first of its files that exists, or all of them.
fn found(root: &Root, paths: &[String], all: bool) -> Vec<PathBuf> {
    let there = paths.iter().map(|path| root.at(path)).filter(|path| path.exists());
    there.take(if all { usize::MAX } else { 1 }).collect()
}

/// Every file that may be changed, by where it stands in the board's file.
#[must_use]
pub fn changed_files(root: &Root, board: &definition::Actuators) -> Vec<(String, Vec<PathBuf>)> {
    let mut files = Vec::new();
    for (name, clock) in board.clocks() {
        let Some(clock) = clock else { continue };
        files.push((format!("actuators.{name}.max"), found(root, &clock.max, clock.all)));
        if !clock.min.is_empty() {
            files.push((format!("actuators.{name}.min"), found(root, &clock.min, clock.all)));
        }
    }
    if !board.cores.is_empty() {
        files.push(("actuators.cores".to_owned(), board.cores.iter().map(|path| root.at(path)).collect()));
    }
    for setting in &board.settings {
        let devices = root.hwmon(&setting.hwmon).into_iter().map(|device| device.join(&setting.file)).collect();
        files.push((format!("actuators.settings {} {}", setting.hwmon, setting.file), devices));
    }
    files
}

/// The actuators of a board with a kernel.
pub struct SysActuators {
    root: Root,
    board: Arc<definition::Actuators>,
    modes: Option<Modes>,
    saved: Saved,
    /// What was above its bound when it was last looked at.
    disobeyed: BTreeSet<PathBuf>,
}

impl SysActuators {
    /// The actuators that a board's file names; `file` is where its own settings are kept meanwhile. Where that exists, a
    /// daemon has died before: they are taken from there, and what of that failed is told.
    #[must_use]
    pub fn new(root: Root, board: &Board, file: PathBuf) -> (Self, Option<BoardError>) {
        let (saved, failed) = match Saved::open(file.clone()) {
            Ok(saved) => (saved, None),
            Err(error) => (Saved::empty(file), Some(error)),
        };
        let (modes, board) = (board.modes.clone(), Arc::new(board.actuators.clone()));
        (Self { root, board, modes, saved, disobeyed: BTreeSet::new() }, failed)
    }

    /// Sets what has one value while the daemon runs; gives what could not be.
    pub fn settle(&mut self) -> Vec<BoardError> {
        let mut failed = Vec::new();
        for setting in &Arc::clone(&self.board).settings {
            for path in self.root.hwmon(&setting.hwmon).iter().map(|device| device.join(&setting.file)) {
                let result = self.saved.own(&path).and_then(|_| {
                    set(&path, &setting.value).map_err(|e| write_error(&path, &setting.value, &e.to_string()))
                });
                failed.extend(result.err());
            }
        }
        failed
    }

    /// Asks for a power mode and waits until it is in force.
    ///
    /// # Errors
    /// [`BoardError::Mode`] and [`BoardError::Saved`].
    pub fn set_mode(&mut self, name: &str) -> Result<(), BoardError> {
        let Some(known) = self.modes.clone() else { return Ok(()) };
        let present = modes::present(&self.root, &known)?.name.clone();
        if present == name {
            return Ok(());
        }
        self.saved.own_mode(&present)?;
        modes::request(&self.root, &known, name)
    }

    /// Each clock with its cap on a rung.
    fn capped(&self, rung: &Rung) -> [(&'static str, Option<&Clock>, Option<u32>); 3] {
        let caps = &rung.caps;
        let [gpu, cpu, emc] = self.board.clocks();
        [(gpu.0, gpu.1, caps.gpu_max_mhz), (cpu.0, cpu.1, caps.cpu_max_mhz), (emc.0, emc.1, caps.emc_max_mhz)]
    }

    /// What the rung's caps come to: each file, its bound, and whether it is a lower one that must not stand in the way.
    fn bounds(&self, rung: &Rung) -> Vec<(PathBuf, u64, bool)> {
        let mut bounds = Vec::new();
        for (_, clock, cap) in self.capped(rung) {
            let (Some(clock), Some(cap)) = (clock, cap) else { continue };
            let bound = u64::from(cap) * clock.per_mhz;
            let lower = found(&self.root, &clock.min, clock.all).into_iter().map(|path| (path, bound, true));
            // Lower bounds first: some drivers refuse an upper one below them.
            bounds.extend(lower);
            bounds.extend(found(&self.root, &clock.max, clock.all).into_iter().map(|path| (path, bound, false)));
        }
        bounds
    }

    /// Puts bounds into effect that are not; with `tell_disobeyed` gives also those that were put before and did not stay.
    fn bound(&mut self, rung: &Rung, tell_disobeyed: bool) -> Vec<BoardError> {
        let mut failed = Vec::new();
        let mut disobeyed = BTreeSet::new();
        for (path, bound, is_lower) in self.bounds(rung).into_iter().filter(|(path, ..)| has_core(path)) {
            let now = number::<u64>(&path);
            if is_lower && now.is_some_and(|now| now <= bound) {
                continue;
            }
            let own = match self.saved.own(&path) {
                Ok(own) => own.parse::<u64>().ok(),
                Err(error) => {
                    failed.push(error);
                    continue;
                }
            };
            // An upper bound of the board's own that is lower stays.
            let value = if is_lower { bound } else { own.map_or(bound, |own| own.min(bound)) };
            // The kernel keeps to the next step below.
            if now == Some(value) || (tell_disobeyed && now.is_some_and(|now| now < value)) {
                continue;
            }
            let text = value.to_string();
            if tell_disobeyed && self.disobeyed.contains(&path) {
                failed.push(write_error(&path, &text, &format!("it says {} instead", now.unwrap_or_default())));
            }
            disobeyed.insert(path.clone());
            failed.extend(set(&path, &text).err().map(|e| write_error(&path, &text, &e.to_string())));
        }
        // What was just put shows later: some drivers leave it to a thread of the kernel's.
        self.disobeyed = if tell_disobeyed { disobeyed } else { BTreeSet::new() };
        failed
    }

    /// Gives clocks that the rung does not bound their own bounds back; tells of those that cannot be bounded at all.
    fn unbound(&self, rung: &Rung) -> Vec<BoardError> {
        let missing = |name: &str, file: PathBuf, cap: u32| {
            let what = format!("{name} at {cap} MHz");
            write_error(&file, &what, "it does not exist; `dragoman board check` tells what does")
        };
        let each = |(name, clock, cap): (&str, Option<&Clock>, Option<u32>)| -> Vec<BoardError> {
            match (clock, cap) {
                (Some(clock), None) => {
                    let (max, min) = (&clock.max, &clock.min);
                    let files = [max, min].into_iter().flat_map(|paths| found(&self.root, paths, clock.all));
                    files.filter_map(|path| self.saved.give_back(&path).err()).collect()
                }
                (Some(clock), Some(cap)) if found(&self.root, &clock.max, clock.all).is_empty() => {
                    clock.max.first().map(|path| missing(name, self.root.at(path), cap)).into_iter().collect()
                }
                (None, Some(cap)) => vec![missing(name, PathBuf::from(format!("actuators.{name}")), cap)],
                _ => Vec::new(),
            }
        };
        self.capped(rung).into_iter().flat_map(each).collect()
    }

    /// Switches cores on that were on, or off that are not wanted.
    fn cores(&mut self, cores: Option<u32>, on: bool) -> Vec<BoardError> {
        let mut failed = Vec::new();
        for (index, path) in Arc::clone(&self.board).cores.iter().map(|path| self.root.at(path)).enumerate() {
            // Core 0 is always on and not in the list.
            let is_wanted = cores.is_none_or(|most| index + 1 < most as usize);
            if is_wanted != on || (on && !self.saved.has(&path)) {
                continue;
            }
            let own = match self.saved.own(&path) {
                Ok(own) => own,
                Err(error) => {
                    failed.push(error);
                    continue;
                }
            };
            let wanted = if on { own.as_str() } else { "0" };
            if text(&path).is_ok_and(|now| now != wanted) {
                failed.extend(set(&path, wanted).err().map(|e| write_error(&path, wanted, &e.to_string())));
            }
        }
        failed
    }
}

/// Whether a file is of a clock that has a core: those of cores that are off cannot be set, and come back with them.
fn has_core(path: &Path) -> bool {
    let cores = path.parent().map(|policy| policy.join("affected_cpus"));
    cores.and_then(|file| text(&file).ok()).is_none_or(|cores| !cores.is_empty())
}

impl Actuators for SysActuators {
    fn apply(&mut self, rung: &Rung) -> Vec<BoardError> {
        // Cores that come back need their clocks' bounds; to switch one off takes long, and its clock must still be there.
        let mut failed = self.cores(rung.caps.cores, true);
        failed.extend(self.bound(rung, false));
        failed.extend(self.unbound(rung));
        failed.extend(self.cores(rung.caps.cores, false));
        failed
    }

    fn check(&mut self, rung: &Rung) -> Vec<BoardError> {
        let mut failed = self.bound(rung, true);
        failed.extend(self.cores(rung.caps.cores, false));
        failed
    }

    fn restore(&mut self) -> Vec<BoardError> {
        self.saved.give_all_back(&self.root, self.modes.as_ref())
    }
}

impl Drop for SysActuators {
    fn drop(&mut self) {
        // A thread that panics leaves the board turned down: nobody watches it any more, and the unit gives back what is left in
        // the file.
        if !thread::panicking() {
            self.restore();
        }
    }
}
