//! What the board measures: power by rail, temperature by zone, load and clock by unit, fan, battery, throttling.

use std::{
    collections::BTreeMap,
    num::NonZero,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Instant,
};

use serde::{Deserialize, Serialize};

use crate::{
    definition::{self, Board, HwmonFile, Rail, Unit},
    sysfs::{Root, number, text},
};

/// No rail of a box carries more than this: a monitor's reading above it is garbage.
const MOST_VOLTS: f32 = 60.0;
const MOST_WATTS: f32 = 500.0;

/// Temperatures outside this are garbage: silicon is dead on either side.
const COLDEST_C: f32 = -40.0;
const HOTTEST_C: f32 = 150.0;

/// Sensors of a board.
pub trait Sensors: Send {
    /// What the board draws in all at this moment, in watts; `None` where a rail that counts does not say so. Cheap: a few
    /// hundred microseconds.
    fn power(&mut self) -> Option<f32>;

    /// Everything else.
    fn read(&mut self) -> Readings;
}

/// What the sensors said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Readings {
    /// Each rail.
    pub rails: Vec<RailReading>,
    /// Each thermal zone, in degrees Celsius.
    pub zones: BTreeMap<String, f32>,
    /// How often the board has throttled itself since it was switched on.
    pub throttled: u64,
    /// Each unit.
    pub units: BTreeMap<String, UnitReading>,
    /// The fan's speed, in turns a minute.
    pub fan_rpm: Option<u32>,
    /// The battery.
    pub battery: Option<BatteryReading>,
    /// The sensors of the board's file that do not answer, or answer garbage.
    pub stale: Vec<String>,
}

/// What a rail carries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RailReading {
    /// Its name.
    pub name: String,
    /// Volts.
    pub volts: f32,
    /// Amperes.
    pub amps: f32,
    /// Watts.
    pub watts: f32,
}

/// What a unit does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitReading {
    /// Its load, 0 to 1.
    pub load: Option<f32>,
    /// Its clock, in megahertz.
    pub mhz: Option<f32>,
}

/// What the battery has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BatteryReading {
    /// Charge, in per cent.
    pub percent: f32,
    /// `Charging`, `Discharging`, `Full` or whatever else the kernel says.
    pub status: String,
}

impl Readings {
    /// The hottest zone, in degrees Celsius; `None` where a zone that must answer does not.
    #[must_use]
    pub fn hottest_c(&self) -> Option<f32> {
        let is_blind = self.stale.iter().any(|name| name.starts_with(ZONE));
        self.zones.values().copied().reduce(f32::max).filter(|_| !is_blind)
    }
}

/// What the names of stale zones begin with.
const ZONE: &str = "zone ";

/// Where a rail's values are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Channel {
    millivolts: PathBuf,
    milliamperes: PathBuf,
}

impl Channel {
    /// Looks for a rail among the power monitors.
    fn find(root: &Root, rail: &Rail) -> Option<Self> {
        root.hwmon(&rail.hwmon).into_iter().find_map(|monitor| {
            let channel = match rail.channel {
                Some(channel) => Some(channel),
                None => (0..8).find(|n| text(&monitor.join(format!("in{n}_label"))).is_ok_and(|l| l == rail.name)),
            }?;
            let found = Self {
                millivolts: monitor.join(format!("in{channel}_input")),
                milliamperes: monitor.join(format!("curr{channel}_input")),
            };
            found.milliamperes.exists().then_some(found)
        })
    }

    /// Volts and amperes, unless they cannot be.
    fn read(&self) -> Option<(f32, f32)> {
        let (volts, amps) = (number::<f32>(&self.millivolts)? / 1e3, number::<f32>(&self.milliamperes)? / 1e3);
        // A monitor whose supply is gone says 0 V. A little below 0 A is the noise of one that carries nothing.
        let can_be = volts > 0.1 && volts <= MOST_VOLTS && amps >= -0.1 && volts * amps <= MOST_WATTS;
        can_be.then_some((volts, amps.max(0.0)))
    }
}

/// The sensors of a board with a kernel.
pub struct SysSensors {
    root: Root,
    sensors: Arc<definition::Sensors>,
    /// Where each rail was found; looked for again where it does not answer.
    channels: BTreeMap<String, Channel>,
    /// What each counter of throttling last said: one that does not answer for a while has not begun anew.
    counts: BTreeMap<String, u64>,
    /// When the cores' work was last looked at, and what they had done by then, in microseconds.
    worked: Option<(Instant, u64)>,
}

impl SysSensors {
    /// The sensors that a board's file names.
    #[must_use]
    pub fn new(root: Root, board: &Board) -> Self {
        Self {
            root,
            sensors: Arc::new(board.sensors.clone()),
            channels: BTreeMap::new(),
            counts: BTreeMap::new(),
            worked: None,
        }
    }

    fn rail(&mut self, rail: &Rail) -> Option<(f32, f32)> {
        if let Some(known) = self.channels.get(&rail.name) {
            if let Some(values) = known.read() {
                return Some(values);
            }
            self.channels.remove(&rail.name);
        }
        let found = Channel::find(&self.root, rail)?;
        let values = found.read()?;
        self.channels.insert(rail.name.clone(), found);
        Some(values)
    }

    fn hwmon_number(&self, HwmonFile { hwmon, file }: &HwmonFile) -> Option<u64> {
        self.root.hwmon(hwmon).iter().find_map(|device| number(&device.join(file)))
    }

    fn zone(&self, kind: &str) -> Option<f32> {
        let millidegrees: f32 = number(&self.root.zone(kind)?.join("temp"))?;
        Some(millidegrees / 1e3).filter(|c| (COLDEST_C..=HOTTEST_C).contains(c))
    }

    fn unit(&self, unit: &Unit) -> UnitReading {
        let value = |paths: &[String]| self.root.first(paths).and_then(|path| number::<f32>(&path));
        UnitReading {
            load: value(&unit.load).map(|load| (load / unit.full_load.max(1) as f32).clamp(0.0, 1.0)),
            mhz: value(&unit.clock).map(|clock| clock / unit.per_mhz.max(1) as f32),
        }
    }

    /// What all cores have done since the start, in microseconds: of the root control group, since a service that may see
    /// processes only has no `/proc/stat`; of that on a board without control groups of the second kind.
    fn worked(&self) -> Option<u64> {
        if let Ok(stat) = text(&self.root.at("/sys/fs/cgroup/cpu.stat")) {
            return stat.lines().find_map(|line| line.strip_prefix("usage_usec "))?.trim().parse().ok();
        }
        let stat = text(&self.root.at("/proc/stat")).ok()?;
        // Hundredths of a second; the fourth is idle, the fifth waiting for disks, those after the eighth stand in others.
        let ticks: Vec<u64> = stat.lines().next()?.split_whitespace().skip(1).filter_map(|t| t.parse().ok()).collect();
        let all: u64 = ticks.iter().take(8).sum();
        Some(all.checked_sub(ticks.iter().skip(3).take(2).sum())? * 10_000)
    }

    /// How busy all cores were since this was last asked.
    fn cores(&mut self) -> Option<f32> {
        let worked = self.worked()?;
        let (then, before) = self.worked.replace((Instant::now(), worked))?;
        let cores = thread::available_parallelism().map_or(1, NonZero::get) as f32;
        let elapsed = then.elapsed().as_secs_f32().max(1e-3);
        Some((worked.saturating_sub(before) as f32 / 1e6 / elapsed / cores).clamp(0.0, 1.0))
    }

    fn battery(&self, name: &str) -> Option<BatteryReading> {
        let supply = self.root.at(Path::new("/sys/class/power_supply").join(name));
        let percent = number::<f32>(&supply.join("capacity")).filter(|p| (0.0..=100.0).contains(p))?;
        Some(BatteryReading { percent, status: text(&supply.join("status")).unwrap_or_default() })
    }
}

impl Sensors for SysSensors {
    fn power(&mut self) -> Option<f32> {
        let sensors = Arc::clone(&self.sensors);
        let counted = sensors.rails.iter().filter(|rail| sensors.total.contains(&rail.name));
        counted.map(|rail| self.rail(rail).map(|(volts, amps)| volts * amps)).sum()
    }

    fn read(&mut self) -> Readings {
        let sensors = Arc::clone(&self.sensors);
        let mut readings = Readings::default();
        for rail in &sensors.rails {
            match self.rail(rail) {
                Some((volts, amps)) => {
                    readings.rails.push(RailReading { name: rail.name.clone(), volts, amps, watts: volts * amps });
                }
                None => readings.stale.push(format!("rail {}", rail.name)),
            }
        }
        for (zone, must_answer) in
            sensors.zones.iter().map(|z| (z, true)).chain(sensors.optional_zones.iter().map(|z| (z, false)))
        {
            match self.zone(zone) {
                Some(celsius) => drop(readings.zones.insert(zone.clone(), celsius)),
                None if must_answer => readings.stale.push(format!("{ZONE}{zone}")),
                None => {}
            }
        }
        for counter in &sensors.throttling {
            let name = format!("{} {}", counter.hwmon, counter.file);
            match self.hwmon_number(counter) {
                Some(count) => drop(self.counts.insert(name, count)),
                None => readings.stale.push(name),
            }
        }
        readings.throttled = self.counts.values().sum();
        let cores = self.cores();
        readings.units = sensors.units.iter().map(|(name, unit)| (name.clone(), self.unit(unit))).collect();
        // What the board's file does not say a file for, the kernel says of all cores together.
        let cpu = readings.units.entry("cpu".to_owned()).or_default();
        cpu.load = cpu.load.or(cores);
        if let Some(fan) = &sensors.fan_rpm {
            readings.fan_rpm = self.hwmon_number(fan).and_then(|rpm| rpm.try_into().ok());
            if readings.fan_rpm.is_none() {
                readings.stale.push(format!("{} {}", fan.hwmon, fan.file));
            }
        }
        if let Some(name) = &sensors.battery {
            readings.battery = self.battery(name);
            if readings.battery.is_none() {
                readings.stale.push(format!("battery {name}"));
            }
        }
        readings
    }
}
