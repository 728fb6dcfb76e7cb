//! The governor's thread: the keeper is called on time, and what it did is told.

use std::{
    collections::BTreeSet,
    num::NonZero,
    thread,
    time::{Duration, Instant},
};

use board::{
    actuators::{Actuators, SysActuators},
    definition::Board,
    keeper::{Keeper, READING, Step},
    profile::Profile,
    sensors::{Sensors, SysSensors},
    simulated::{Load, Simulated},
    sysfs::Root,
};

use super::{Told, saved_settings};
use crate::{
    audio::{Realtime, realtime},
    config::Config,
    status::{Event, process::usage, report::BoardReport},
};

/// How often the report is brought up to date.
const REPORT: Duration = Duration::from_millis(500);

/// Sets the profile's mode and puts the governor's first rung into effect.
pub(super) fn take_over(config: &Config, board: &Board, profile: Profile, told: &Told) -> Keeper {
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
    let (sensors, actuators): (Box<dyn Sensors>, Box<dyn Actuators>) = if board.simulated {
        let peak = profile.rungs.first().map_or(0.0, |rung| rung.peak_w);
        let simulated = Simulated::new(load(), peak);
        (Box::new(simulated.clone()), Box::new(simulated))
    } else {
        let (mut actuators, failed) = SysActuators::new(root.clone(), board, saved_settings(config));
        failed.iter().for_each(|error| told.fault("board_setting", error));
        // Before the ladder: a mode sets the clocks' bounds anew. Without it the ladder's hold, and what it does not bound, such as
        // the memory's clock on some boards, is as the other mode has it.
        if let Some(error) = profile.mode.as_ref().and_then(|name| actuators.set_mode(name).err()) {
            told.fault("power_mode", &error);
        }
        actuators.settle().iter().for_each(|error| told.fault("board_setting", error));
        (Box::new(SysSensors::new(root.clone(), board)), Box::new(actuators))
    };
    let (keeper, failed) = Keeper::new(profile, sensors, actuators);
    failed.iter().for_each(|error| told.fault("cap", error));
    told.link.hint(&keeper.governor().rung().hints);
    told.link.set_energy(0.0);
    told.link.update(|report| show(&keeper, report));
    keeper
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

pub(super) fn run(mut keeper: Keeper, priority: Option<u8>, told: &Told) {
    if realtime::enter(priority) != Realtime::Granted {
        tracing::warn!(
            event = "governor_may_be_late",
            "without real-time priority it keeps to rungs that cannot exceed the budget"
        );
        keeper.expect_delays();
    }
    let began = Instant::now();
    let (mut due, mut reported) = (Duration::ZERO, Duration::ZERO);
    let mut stale: Vec<String> = Vec::new();
    let mut failing = BTreeSet::new();
    while !told.must_stop() {
        let now = began.elapsed();
        let Step { changed, failed, checked, .. } = keeper.step(now);
        told.link.beat();
        told.link.set_energy(keeper.energy_j());
        // What goes on failing is told once.
        let words: BTreeSet<String> = failed.iter().map(ToString::to_string).collect();
        failed.iter().filter(|error| !failing.contains(&error.to_string())).for_each(|error| told.fault("cap", error));
        if checked || !failed.is_empty() {
            failing = words;
        }
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
