//! What can be turned down: clocks, cores. The board's own settings are kept before the first change, and given back.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    definition::{self, Board, Clock},
    error::BoardError,
    profile::Rung,
    sysfs::{Root, number, set, text},
};

/// What a rung's caps are put into effect by.
pub trait Actuators: Send {
    /// Puts a rung's caps into effect; gives what could not be. What the rung does not cap is as the board had it.
    fn apply(&mut self, rung: &Rung) -> Vec<BoardError>;

    /// Gives the board its own settings back.
    fn restore(&mut self) -> Vec<BoardError>;
}

/// An attribute and what it said before anything was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Own {
    path: PathBuf,
    value: String,
}

/// The board's own settings, in a file that outlives the process.
#[derive(Debug)]
struct Saved {
    file: PathBuf,
    own: Vec<Own>,
}

impl Saved {
    /// What the attribute said before anything was changed; kept, in the file too, before it is.
    fn own(&mut self, path: &Path) -> Result<&str, BoardError> {
        let known = self.own.iter().position(|own| own.path == path);
        let at = match known {
            Some(at) => at,
            None => {
                let value = text(path).map_err(|problem| BoardError::Saved {
                    path: self.file.clone(),
                    problem: format!("{} cannot be read: {problem}", path.display()),
                })?;
                self.own.push(Own { path: path.to_owned(), value });
                self.write()?;
                self.own.len() - 1
            }
        };
        Ok(&self.own[at].value)
    }

    /// Written beside the file and put in its place, so that whoever reads it finds all or nothing new.
    fn write(&self) -> Result<(), BoardError> {
        let problem = |problem: io::Error| BoardError::Saved { path: self.file.clone(), problem: problem.to_string() };
        let json = serde_json::to_vec_pretty(&self.own).map_err(|e| problem(e.into()))?;
        let beside = self.file.with_extension("new");
        fs::write(&beside, json).and_then(|()| fs::rename(&beside, &self.file)).map_err(problem)
    }
}

/// Gives a board the settings back that a file kept, and removes it; gives how many those were. Without the file there is
/// nothing to do.
///
/// # Errors
/// [`BoardError::Saved`]: the file is garbage, or some attributes do not take their values, which are named.
pub fn restore_saved(file: &Path) -> Result<usize, BoardError> {
    let problem = |problem: String| BoardError::Saved { path: file.to_owned(), problem };
    let kept = match fs::read(file) {
        Ok(kept) => kept,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(problem(error.to_string())),
    };
    let own: Vec<Own> = match serde_json::from_slice(&kept) {
        Ok(own) => own,
        Err(error) => {
            // Out of the way, so that it is told once, and there for whoever wants to know.
            let aside = file.with_extension("bad");
            fs::rename(file, &aside).map_err(|e| problem(e.to_string()))?;
            let what = format!("not what was written ({error}); it is now {}", aside.display());
            return Err(problem(format!("{what}; to be safe, start the board again")));
        }
    };
    let failed = give_back(&own);
    fs::remove_file(file).map_err(|e| problem(e.to_string()))?;
    if failed.is_empty() {
        return Ok(own.len());
    }
    Err(problem(failed.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}

/// Sets attributes to what they were. Cores first, since a core that is off has no clock; then upper bounds before the lower
/// ones that were lowered for them, as they were kept.
fn give_back(own: &[Own]) -> Vec<BoardError> {
    let is_core = |own: &&Own| own.path.ends_with("online");
    let order = own.iter().filter(is_core).chain(own.iter().filter(|o| !is_core(o)));
    order
        .filter_map(|Own { path, value }| match text(path) {
            Ok(now) if now == *value => None,
            _ => set(path, value).err().map(|problem| write_error(path, value, &problem.to_string())),
        })
        .collect()
}

fn write_error(path: &Path, value: &str, problem: &str) -> BoardError {
    BoardError::Write { path: path.to_owned(), value: value.to_owned(), problem: problem.to_owned() }
}

/// Where a clock's bounds are written: the first of its files that exists, or all of them. A core that is off has none: they
/// come back with it.
fn found(root: &Root, paths: &[String], all: bool) -> Vec<PathBuf> {
    let there = paths.iter().map(|path| root.at(path)).filter(|path| path.exists());
    there.take(if all { usize::MAX } else { 1 }).collect()
}

/// Every file that may be changed, by where it stands in the board's file.
#[must_use]
pub fn changed_files(root: &Root, board: &definition::Actuators) -> Vec<(String, Vec<PathBuf>)> {
    let mut files = Vec::new();
    for (name, clock) in [("gpu", &board.gpu), ("cpu", &board.cpu), ("emc", &board.emc)] {
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
    board: definition::Actuators,
    saved: Saved,
}

impl SysActuators {
    /// The actuators that a board's file names; `file` is where its own settings are kept meanwhile. Where that exists, the
    /// daemon has died before: they are given back first, and what of that failed is told.
    #[must_use]
    pub fn new(root: Root, board: &Board, file: PathBuf) -> (Self, Option<BoardError>) {
        let failed = restore_saved(&file).err();
        (Self { root, board: board.actuators.clone(), saved: Saved { file, own: Vec::new() } }, failed)
    }

    /// Sets what has one value while the daemon runs; gives what could not be.
    pub fn settle(&mut self) -> Vec<BoardError> {
        let mut failed = Vec::new();
        for setting in self.board.settings.clone() {
            for path in self.root.hwmon(&setting.hwmon).iter().map(|device| device.join(&setting.file)) {
                let result = self.saved.own(&path).map(drop).and_then(|()| {
                    set(&path, &setting.value)
                        .map_err(|problem| write_error(&path, &setting.value, &problem.to_string()))
                });
                failed.extend(result.err());
            }
        }
        failed
    }

    /// Bounds a clock, or gives it its own bound back.
    fn clock(&mut self, clock: &Clock, max_mhz: Option<u32>, failed: &mut Vec<BoardError>) {
        let (max, min) = (found(&self.root, &clock.max, clock.all), found(&self.root, &clock.min, clock.all));
        let Some(bound) = max_mhz.map(|mhz| u64::from(mhz) * clock.per_mhz) else {
            let changed: Vec<Own> = self
                .saved
                .own
                .iter()
                .filter(|own| max.contains(&own.path) || min.contains(&own.path))
                .cloned()
                .collect();
            return failed.extend(give_back(&changed));
        };
        if max.is_empty() {
            failed.push(write_error(
                &self.root.at(clock.max.first().map_or("", String::as_str)),
                &bound.to_string(),
                "it does not exist; `dragoman board check` tells what does",
            ));
        }
        for path in max {
            failed.extend(self.write(&path, bound, false).err());
        }
        for path in min.iter().filter(|path| number::<u64>(path).is_some_and(|now| now > bound)) {
            failed.extend(self.write(path, bound, true).err());
        }
    }

    /// Writes a bound and reads it back: what stands there afterwards may be the next lower step, and for an upper bound
    /// nothing above it, whoever else set it. An upper bound of the board's own that is lower stays.
    fn write(&mut self, path: &Path, bound: u64, is_min: bool) -> Result<(), BoardError> {
        let own = self.saved.own(path)?.parse::<u64>().ok();
        let value = if is_min { bound } else { own.map_or(bound, |own| own.min(bound)) };
        if number::<u64>(path) == Some(value) {
            return Ok(());
        }
        let text = value.to_string();
        set(path, &text).map_err(|problem| write_error(path, &text, &problem.to_string()))?;
        match number::<u64>(path) {
            Some(now) if now <= value => Ok(()),
            Some(now) => Err(write_error(path, &text, &format!("it says {now} instead"))),
            None => Err(write_error(path, &text, "it cannot be read back")),
        }
    }

    /// Switches cores off, or those on again that were on.
    fn cores(&mut self, cores: Option<u32>, failed: &mut Vec<BoardError>) {
        for (index, path) in self.board.cores.clone().iter().map(|path| self.root.at(path)).enumerate() {
            // Core 0 is always on and not in the list.
            let is_wanted = cores.is_none_or(|most| index + 1 < most as usize);
            if is_wanted && !self.saved.own.iter().any(|own| own.path == path) {
                continue;
            }
            let wanted = match self.saved.own(&path) {
                Ok(own) if is_wanted => own.to_owned(),
                Ok(_) => "0".to_owned(),
                Err(error) => {
                    failed.push(error);
                    continue;
                }
            };
            if text(&path).is_ok_and(|now| now == wanted) {
                continue;
            }
            failed.extend(set(&path, &wanted).err().map(|problem| write_error(&path, &wanted, &problem.to_string())));
        }
    }
}

impl Actuators for SysActuators {
    fn apply(&mut self, rung: &Rung) -> Vec<BoardError> {
        let mut failed = Vec::new();
        let board = self.board.clone();
        self.cores(rung.caps.cores, &mut failed);
        let clocks = [
            ("gpu", &board.gpu, rung.caps.gpu_max_mhz),
            ("cpu", &board.cpu, rung.caps.cpu_max_mhz),
            ("emc", &board.emc, rung.caps.emc_max_mhz),
        ];
        let mut missing = BTreeSet::new();
        for (name, clock, cap) in clocks {
            match (clock, cap) {
                (Some(clock), cap) => self.clock(clock, cap, &mut failed),
                (None, Some(_)) => drop(missing.insert(name)),
                (None, None) => {}
            }
        }
        failed.extend(missing.into_iter().map(|name| BoardError::Write {
            path: PathBuf::from(format!("actuators.{name}")),
            value: rung.name.clone(),
            problem: "the rung caps it, and the board's file does not name it".to_owned(),
        }));
        failed
    }

    fn restore(&mut self) -> Vec<BoardError> {
        let failed = give_back(&self.saved.own);
        self.saved.own.clear();
        match fs::remove_file(&self.saved.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => failed
                .into_iter()
                .chain([BoardError::Saved { path: self.saved.file.clone(), problem: error.to_string() }])
                .collect(),
            _ => failed,
        }
    }
}

impl Drop for SysActuators {
    fn drop(&mut self) {
        // Nobody is left to be told; what failed would fail for ExecStopPost too, which tells it.
        self.restore();
    }
}
