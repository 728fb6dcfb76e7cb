//! The governor's thread: the keeper is called on time, and what it did is told.

use std::{
    num::NonZero,
    thread,
    time::{Duration, Instant},
};

use board::{
    actuators::{Actuators, SysActuators},
    definition::{Board, Modes},
    keeper::{Keeper, READING, Step},
    modes,
    profile::Profile,
    sensors::{Sensors, SysSensors},
    simulated::{Load, Simulated},
    sysfs::Root,
};

use super::{Told, saved_settings};
use crate::{
    audio::realtime,
    config::Config,
    status::{Event, process::usage, report::BoardReport},
};

/// `SCHED_FIFO` priority of the thread: the lowest. It works for some hundred microseconds at a time, and engines that fill
/// every core must not keep it from seeing what they cost.
pub(super) const PRIORITY: u8 = 1;

/// How often the report is brought up to date.
const REPORT: Duration = Duration::from_millis(500);

/// A board that was taken over.
pub(super) struct Kept {
    keeper: Keeper,
    /// The name of the power mode to be given back, and the modes there are.
    mode: Option<(String, Modes)>,
    root: Root,
}

/// Sets the profile's mode and puts the governor's first rung into effect.
pub(super) fn take_over(config: &Config, board: &Board, profile: Profile, told: &Told) -> Kept {
    let root = Root::new(&config.board.root);
    if !profile.boards.contains(&board.name) {
        tracing::warn!(
            event = "profile_of_another_board",
            profile = profile.name,
            board = board.name,
            "its figures are of {}: they may not hold here",
            profile.boards.join(", ")
        );
    }
    let mut mode = None;
    if let (Some(name), Some(modes)) = (&profile.mode, &board.modes) {
        match modes::request(&root, modes, name) {
            Ok(before) => mode = before.map(|before| (before, modes.clone())),
            // The ladder's caps hold in any mode; what the mode allows more of cannot be had.
            Err(error) => told.fault("power_mode", &error),
        }
    }
    let (sensors, actuators): (Box<dyn Sensors>, Box<dyn Actuators>) = if board.simulated {
        let peak = profile.rungs.first().map_or(0.0, |rung| rung.peak_w);
        let simulated = Simulated::new(load(), peak);
        (Box::new(simulated.clone()), Box::new(simulated))
    } else {
        let (mut actuators, failed) = SysActuators::new(root.clone(), board, saved_settings(config));
        failed.iter().for_each(|error| told.fault("board_setting", error));
        actuators.settle().iter().for_each(|error| told.fault("board_setting", error));
        (Box::new(SysSensors::new(root.clone(), board)), Box::new(actuators))
    };
    let (keeper, failed) = Keeper::new(profile, sensors, actuators);
    failed.iter().for_each(|error| told.fault("cap", error));
    told.link.hint(&keeper.governor().rung().hints);
    told.link.set_energy(0.0);
    told.link.update(|report| show(&keeper, report));
    Kept { keeper, mode, root }
}

/// How busy this process keeps the machine.
fn load() -> Load {
    let cores = thread::available_parallelism().map_or(1, NonZero::get) as f64;
    let mut last = (Instant::now(), usage().cpu_seconds);
    let mut load = 0.0;
    Box::new(move || {
        let elapsed = last.0.elapsed().as_secs_f64();
        // The kernel counts in ticks: shorter stretches say nothing.
        if elapsed > 0.1 {
            let now = usage().cpu_seconds;
            load = ((now - last.1) / elapsed / cores) as f32;
            last = (Instant::now(), now);
        }
        load
    })
}

pub(super) fn run(kept: Kept, priority: Option<u8>, told: &Told) {
    let Kept { mut keeper, mode, root } = kept;
    realtime::enter(priority);
    let began = Instant::now();
    let (mut due, mut reported) = (Duration::ZERO, Duration::ZERO);
    let mut stale: Vec<String> = Vec::new();
    while !told.must_stop() {
        let now = began.elapsed();
        let Step { changed, failed, .. } = keeper.step(now);
        told.link.set_energy(keeper.energy_j());
        failed.iter().for_each(|error| told.fault("cap", error));
        if let Some(decision) = changed {
            let rung = keeper.governor().rung();
            told.link.hint(&rung.hints);
            told.metrics.rung_changed(decision.why.name());
            let (name, why, power_w) = (rung.name.as_str(), decision.why.name(), keeper.power_w());
            let hottest_c = keeper.readings().hottest_c();
            tracing::info!(event = "rung", rung = name, why, power_w, hottest_c, "{name}, {why}");
            told.events.publish(&Event {
                rung: Some(name.to_owned()),
                why: Some(why.to_owned()),
                power_w,
                ..Event::now("rung")
            });
        }
        if keeper.readings().stale != stale {
            tell_stale(&stale, &keeper.readings().stale, told);
            stale.clone_from(&keeper.readings().stale);
        }
        if changed.is_some() || now >= reported + REPORT {
            reported = now;
            told.link.update(|report| show(&keeper, report));
        }
        // On a grid, so that delays do not add up; after a long one it begins anew.
        due = if began.elapsed() > due + 5 * READING { began.elapsed() } else { due + READING };
        thread::sleep(due.saturating_sub(began.elapsed()));
    }
    keeper.restore().iter().for_each(|error| told.fault("board_setting", error));
    if let Some((before, modes)) = mode
        && let Err(error) = modes::request(&root, &modes, &before)
    {
        told.fault("power_mode", &error);
    }
}

/// Says which sensors have stopped to answer, and which answer again.
fn tell_stale(before: &[String], now: &[String], told: &Told) {
    for (event, sensor) in now
        .iter()
        .filter(|sensor| !before.contains(sensor))
        .map(|sensor| ("sensor_stale", sensor))
        .chain(before.iter().filter(|sensor| !now.contains(sensor)).map(|sensor| ("sensor_back", sensor)))
    {
        tracing::warn!(event, sensor, "{sensor}");
        told.events.publish(&Event { sensor: Some(sensor.clone()), ..Event::now(event) });
    }
}

fn show(keeper: &Keeper, report: &mut BoardReport) {
    let (profile, decision) = (keeper.governor().profile(), keeper.decision());
    let rung = keeper.governor().rung();
    report.profile = profile.name.clone();
    report.budget_w = profile.budget_w;
    report.rung = rung.name.clone();
    report.rung_number = decision.rung;
    report.rungs = profile.rungs.len();
    report.why = decision.why;
    report.hints.clone_from(&rung.hints);
    report.power_w = keeper.power_w();
    report.hottest_c = keeper.readings().hottest_c();
    report.energy_j = keeper.energy_j();
    report.readings = keeper.readings().clone();
}
