//! Every line of a board's file, looked for on this machine.

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
};

use crate::{
    actuators::changed_files,
    definition::{Board, Line},
    error::BoardError,
    modes::{self, REQUEST},
    sensors::{Sensors, SysSensors},
    sysfs::Root,
};

/// What became of a line of a board's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is there and can be used.
    Present,
    /// It is not there.
    Missing,
    /// It is there, but not for this user.
    NoPermission,
}

/// A line of a board's file and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where it stands in the file.
    pub item: String,
    /// What was found, or looked for.
    pub what: String,
    /// What became of it.
    pub state: State,
    /// What to do, where something is to be done.
    pub mend: Option<String>,
}

/// What gives the daemon's group the permissions it needs.
pub const GRANT: &str = "sudo dragoman board permissions --install";

/// Looks for everything that a board's file names but its sound card.
#[must_use]
pub fn check(root: &Root, board: &Board) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, button) in board.buttons.iter().enumerate() {
        findings.push(line(&format!("buttons[{number}]"), &button.line));
    }
    for (name, led) in board.indicator.iter().flat_map(|indicator| &indicator.leds) {
        findings.push(line(&format!("indicator.leds.{name}"), led));
    }
    if !board.simulated {
        sensors(root, board, &mut findings);
        actuators(root, board, &mut findings);
    }
    if let Some(modes) = &board.modes {
        let program = root.at(&modes.program);
        findings.push(present("modes.program", &program, program.exists(), "install nvidia-l4t-nvpmodel"));
        findings.push(match modes::present(root, modes) {
            Ok(mode) => finding("modes.status", format!("{} is in force", mode.name), State::Present, None),
            Err(error) => finding("modes.status", error.to_string(), State::Missing, Some("sudo nvpmodel -q")),
        });
        let request = root.at(REQUEST);
        let directory = request.parent().unwrap_or(&request);
        // Setting a mode takes a file there, which the helper unit reads.
        let (state, mend) = match nix::unistd::access(directory, nix::unistd::AccessFlags::W_OK) {
            Ok(()) => (State::Present, None),
            Err(nix::errno::Errno::ENOENT) => (State::Missing, Some(GRANT)),
            Err(_) => (State::NoPermission, Some(GRANT)),
        };
        findings.push(finding("modes (requests)", directory.display().to_string(), state, mend));
    }
    findings
}

fn finding(item: &str, what: String, state: State, mend: Option<&str>) -> Finding {
    Finding { item: item.to_owned(), what, state, mend: mend.map(str::to_owned) }
}

fn present(item: &str, path: &Path, is_there: bool, mend: &str) -> Finding {
    let state = if is_there { State::Present } else { State::Missing };
    finding(item, path.display().to_string(), state, (!is_there).then_some(mend))
}

fn line(item: &str, line: &Line) -> Finding {
    match line.look() {
        Ok(chip) => finding(item, format!("{} on {}", line.name, chip.display()), State::Present, None),
        Err(error @ BoardError::Gpio { is_denied: true, .. }) => {
            finding(item, error.to_string(), State::NoPermission, Some(GRANT))
        }
        Err(error) => finding(item, error.to_string(), State::Missing, Some("compare with `gpioinfo` (package gpiod)")),
    }
}

fn sensors(root: &Root, board: &Board, findings: &mut Vec<Finding>) {
    let readings = SysSensors::new(root.clone(), board).read();
    let sensors = &board.sensors;
    for rail in &sensors.rails {
        let found = readings.rails.iter().find(|reading| reading.name == rail.name);
        findings.push(match found {
            Some(r) => {
                let what = format!("{:.3} V, {:.3} A, {:.2} W", r.volts, r.amps, r.watts);
                finding(&format!("sensors.rails {}", rail.name), what, State::Present, None)
            }
            None => finding(
                &format!("sensors.rails {}", rail.name),
                format!("no {} in {} says so", rail.hwmon, root.at("/sys/class/hwmon").display()),
                State::Missing,
                Some("grep . /sys/class/hwmon/hwmon*/{name,in*_label}, and correct the board's file"),
            ),
        });
    }
    for zone in sensors.zones.iter().chain(&sensors.optional_zones) {
        let item = format!("sensors.zones {zone}");
        findings.push(match readings.zones.get(zone) {
            Some(celsius) => finding(&item, format!("{celsius:.1} C"), State::Present, None),
            None if sensors.optional_zones.contains(zone) => {
                finding(&item, "no value, which it may".to_owned(), State::Present, None)
            }
            None => {
                let mend = "grep . /sys/class/thermal/thermal_zone*/{type,temp}, and correct the board's file";
                finding(&item, "no zone of this type has a value".to_owned(), State::Missing, Some(mend))
            }
        });
    }
    for file in sensors.throttling.iter().chain(&sensors.fan_rpm) {
        let path = root.hwmon(&file.hwmon).into_iter().map(|d| d.join(&file.file)).find(|p| p.exists());
        let item = format!("sensors, {} {}", file.hwmon, file.file);
        let looked = path.clone().unwrap_or_else(|| root.at("/sys/class/hwmon"));
        findings.push(present(&item, &looked, path.is_some(), "grep . /sys/class/hwmon/hwmon*/name"));
    }
    for (name, unit) in &sensors.units {
        for (key, paths) in [("load", &unit.load), ("clock", &unit.clock)] {
            if let Some(first) = paths.first() {
                let found = root.first(paths);
                let path = found.clone().unwrap_or_else(|| root.at(first));
                let item = format!("sensors.units.{name}.{key}");
                findings.push(present(
                    &item,
                    &path,
                    found.is_some(),
                    "ls /sys/class/devfreq, and correct the board's file",
                ));
            }
        }
    }
    if let Some(name) = &sensors.battery {
        let path = root.at(Path::new("/sys/class/power_supply").join(name));
        findings.push(present("sensors.battery", &path, path.exists(), "ls /sys/class/power_supply"));
    }
}

fn actuators(root: &Root, board: &Board, findings: &mut Vec<Finding>) {
    for (item, paths) in changed_files(root, &board.actuators) {
        if paths.is_empty() {
            let mend = Some("look for it below /sys, and correct the board's file");
            findings.push(finding(&item, "none of its files exists".to_owned(), State::Missing, mend));
        }
        for path in paths {
            let (state, mend) = match writable(&path) {
                Ok(()) => (State::Present, None),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    (State::Missing, Some("look for it below /sys, and correct the board's file".to_owned()))
                }
                Err(_) => (State::NoPermission, Some(GRANT.to_owned())),
            };
            findings.push(Finding { item: item.clone(), what: path.display().to_string(), state, mend });
        }
    }
}

/// Whether a file could be written. Nothing is.
fn writable(path: &PathBuf) -> io::Result<()> {
    OpenOptions::new().write(true).open(path).map(drop)
}
