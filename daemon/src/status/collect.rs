//! Numbers that are read when somebody asks, and not before.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
    time::Instant,
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
    registry::Unit,
};

use crate::keeping::Link;

use super::{
    process,
    report::BoardReport,
    tally::{Tally, held},
};

/// A queue that is looked at from outside.
pub(super) struct Queue {
    /// Most it holds.
    pub(super) bound: usize,
    /// How many it holds now.
    pub(super) depth: Box<dyn Fn() -> usize + Send + Sync>,
}

/// Counters and gauges whose values live elsewhere.
pub(super) struct Readings {
    started: Instant,
    pub(super) dropped: Tally,
    pub(super) xruns: Tally,
    pub(super) queues: Mutex<BTreeMap<String, Queue>>,
    pub(super) backlog: Mutex<Option<Seconds>>,
    pub(super) board: Mutex<Option<Arc<Link>>>,
}

/// Reads a length of time that another thread owns.
pub(super) type Seconds = Box<dyn Fn() -> f64 + Send + Sync>;

impl Readings {
    pub(super) fn new(started: Instant) -> Self {
        Self {
            started,
            dropped: Tally::default(),
            xruns: Tally::default(),
            queues: Mutex::default(),
            backlog: Mutex::default(),
            board: Mutex::default(),
        }
    }
}

impl fmt::Debug for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readings").field("dropped", &self.dropped).field("xruns", &self.xruns).finish_non_exhaustive()
    }
}

impl Collector for Readings {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        counts(&mut encoder, "dropped", "Pieces dropped, by what was dropped.", "what", &self.dropped)?;
        counts(&mut encoder, "xruns", "Overruns and underruns of a sound device.", "direction", &self.xruns)?;

        let queues: Vec<(String, u64, u64)> = held(&self.queues)
            .iter()
            .map(|(name, queue)| (name.clone(), (queue.depth)() as u64, queue.bound as u64))
            .collect();
        let mut depth =
            encoder.encode_descriptor("queue_depth", "Messages waiting in a queue.", None, MetricType::Gauge)?;
        for (name, now, _) in &queues {
            ConstGauge::new(*now).encode(depth.encode_family(&[("queue", name.as_str())])?)?;
        }
        let mut bound =
            encoder.encode_descriptor("queue_bound", "Most messages a queue holds.", None, MetricType::Gauge)?;
        for (name, _, most) in &queues {
            ConstGauge::new(*most).encode(bound.encode_family(&[("queue", name.as_str())])?)?;
        }

        let backlog = held(&self.backlog).as_ref().map_or(0.0, |read| read());
        let usage = process::usage();
        let mut gauge = |name, help, unit: &Unit, value: f64| {
            let metric = ConstGauge::new(value);
            metric.encode(encoder.encode_descriptor(name, help, Some(unit), MetricType::Gauge)?)
        };
        gauge("uptime", "Time since the daemon started.", &Unit::Seconds, self.started.elapsed().as_secs_f64())?;
        gauge("resident_memory", "Memory in use.", &Unit::Bytes, usage.resident_bytes as f64)?;
        gauge("peak_resident_memory", "Most memory in use.", &Unit::Bytes, usage.peak_resident_bytes as f64)?;
        gauge("speech_backlog", "Speech that waits to be heard.", &Unit::Seconds, backlog)?;
        if let Some(report) = held(&self.board).as_ref().and_then(|link| link.report()) {
            board(&mut encoder, &report)?;
        }
        let cpu = ConstCounter::new(usage.cpu_seconds);
        let help = "Processor time, user and system.";
        cpu.encode(encoder.encode_descriptor("process_cpu", help, Some(&Unit::Seconds), MetricType::Counter)?)
    }
}

/// The board. What its sensors do not say is left out.
fn board(encoder: &mut DescriptorEncoder, report: &BoardReport) -> fmt::Result {
    let mut gauge = |name, help, unit: Option<&Unit>, value: Option<f32>| match value {
        Some(value) => {
            ConstGauge::new(f64::from(value)).encode(encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?)
        }
        None => Ok(()),
    };
    let has_profile = !report.profile.is_empty();
    let watts = Unit::Other("watts".to_owned());
    gauge("board_power", "What the board draws.", Some(&watts), report.power_w)?;
    gauge("board_power_budget", "What it is kept below.", Some(&watts), has_profile.then_some(report.budget_w))?;
    let rung = has_profile.then_some(report.rung_number as f32);
    gauge("board_rung", "The power ladder's rung it is on, 0 the highest.", None, rung)?;
    let fan = report.readings.fan_rpm.map(|rpm| rpm as f32);
    gauge("board_fan_rpm", "The fan's turns a minute.", None, fan)?;
    let charge = report.readings.battery.as_ref().map(|battery| battery.percent / 100.0);
    gauge("board_battery_ratio", "The battery's charge.", None, charge)?;
    gauge("board_stale_sensors", "Sensors that do not answer.", None, Some(report.readings.stale.len() as f32))?;
    let mut zones = encoder.encode_descriptor(
        "board_temperature",
        "Its thermal zones.",
        Some(&Unit::Celsius),
        MetricType::Gauge,
    )?;
    for (zone, celsius) in &report.readings.zones {
        ConstGauge::new(f64::from(*celsius)).encode(zones.encode_family(&[("zone", zone.as_str())])?)?;
    }
    let units = &report.readings.units;
    let mut loads =
        encoder.encode_descriptor("board_load_ratio", "How busy its units are.", None, MetricType::Gauge)?;
    for (unit, load) in units.iter().filter_map(|(name, unit)| Some((name, unit.load?))) {
        ConstGauge::new(f64::from(load)).encode(loads.encode_family(&[("unit", unit.as_str())])?)?;
    }
    let hertz = Unit::Other("hertz".to_owned());
    let mut clocks = encoder.encode_descriptor("board_clock", "Its units' clocks.", Some(&hertz), MetricType::Gauge)?;
    for (unit, mhz) in units.iter().filter_map(|(name, unit)| Some((name, unit.mhz?))) {
        ConstGauge::new(f64::from(mhz) * 1e6).encode(clocks.encode_family(&[("unit", unit.as_str())])?)?;
    }
    let mut rails =
        encoder.encode_descriptor("board_rail_power", "Its supply rails.", Some(&watts), MetricType::Gauge)?;
    for rail in &report.readings.rails {
        ConstGauge::new(f64::from(rail.watts)).encode(rails.encode_family(&[("rail", rail.name.as_str())])?)?;
    }
    let help = "How often it has throttled itself since it was switched on.";
    let throttled = encoder.encode_descriptor("board_throttled", help, None, MetricType::Counter)?;
    ConstCounter::new(report.readings.throttled).encode(throttled)?;
    let help = "What it has drawn since the daemon took it over.";
    let energy = encoder.encode_descriptor("board_energy", help, Some(&Unit::Joules), MetricType::Counter)?;
    ConstCounter::new(report.energy_j).encode(energy)
}

/// One counter a name, told apart by `label`.
fn counts(encoder: &mut DescriptorEncoder, name: &str, help: &str, label: &str, tally: &Tally) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (value, count) in tally.totals() {
        ConstCounter::new(count).encode(family.encode_family(&[(label, value.as_str())])?)?;
    }
    Ok(())
}
