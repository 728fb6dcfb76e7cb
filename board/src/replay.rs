//! A governor on the model of a board, over a load: what its tests, its figures and `dragoman board replay` run.

use std::{collections::VecDeque, time::Duration};

use crate::{
    governor::{Decision, Governor, PERIOD, Sample, Why},
    plant::{Nature, Plant},
    profile::Profile,
};

/// A step of the model.
pub const STEP: Duration = Duration::from_millis(10);

/// From a decision to the clocks. No board was measured; a devfreq write takes some milliseconds, this is ten times that.
const ACTUATION: Duration = Duration::from_millis(120);

/// How old a reading is.
const SENSOR: Duration = Duration::from_millis(50);

/// How often the naive governor looks: as often as `tegrastats` prints a line.
const NAIVE_PERIOD: Duration = Duration::from_secs(1);

/// The stretch over which the budget's mean is taken, in steps.
const WINDOW: usize = 100;

/// Something that decides.
pub trait Decide {
    /// The rung it begins on.
    fn begin(&self) -> usize;
    /// What is to be done.
    fn decide(&mut self, sample: &Sample) -> Decision;
}

impl Decide for Governor {
    fn begin(&self) -> usize {
        self.decision().rung
    }

    fn decide(&mut self, sample: &Sample) -> Decision {
        Self::decide(self, sample)
    }
}

/// What a governor written in five minutes does: once a second, a rung down when the last sample is above the budget, one up
/// when it is a tenth below. Here to be compared with.
pub struct Naive {
    profile: Profile,
    rung: usize,
    due: Duration,
}

impl Naive {
    /// It begins on the highest rung.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self { profile, rung: 0, due: Duration::ZERO }
    }
}

impl Decide for Naive {
    fn begin(&self) -> usize {
        self.rung
    }

    fn decide(&mut self, sample: &Sample) -> Decision {
        if sample.at < self.due {
            return Decision { rung: self.rung, why: Why::Steady };
        }
        self.due = sample.at + NAIVE_PERIOD;
        let floor = self.profile.rungs.len() - 1;
        let power = sample.power_w.unwrap_or(0.0);
        let is_hot = sample.hottest_c.is_some_and(|c| c > self.profile.soft_c);
        if power > self.profile.budget_w || is_hot {
            self.rung = (self.rung + 1).min(floor);
        } else if power < 0.9 * self.profile.budget_w {
            self.rung = self.rung.saturating_sub(1);
        }
        Decision { rung: self.rung, why: Why::Steady }
    }
}

/// How the world is, at each moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct World {
    /// How busy the board is, 0 to 1.
    pub load: f32,
    /// What the power monitor says in place of the truth.
    pub power: Reading,
    /// Whether the temperature can be read.
    pub sees_heat: bool,
    /// Clocks do what they are told.
    pub obeys: bool,
}

/// What a power monitor says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// The truth, but for a share.
    OffBy(f32),
    /// Nothing.
    Nothing,
    /// This.
    Garbage(f32),
}

impl World {
    /// All is well, and the board so busy.
    #[must_use]
    pub fn busy(load: f32) -> Self {
        Self { load, power: Reading::OffBy(0.0), sees_heat: true, obeys: true }
    }
}

/// A step of what happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When.
    pub at: Duration,
    /// How busy the board was.
    pub load: f32,
    /// What it drew, in watts.
    pub power_w: f32,
    /// Its temperature, in degrees Celsius.
    pub temperature_c: f32,
    /// The rung its clocks were on.
    pub rung: usize,
    /// The last decision.
    pub decision: Decision,
}

/// What happened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record(pub Vec<Point>);

impl Record {
    /// The means of every second, in watts, one a step from the first whole second on.
    pub fn seconds(&self) -> impl Iterator<Item = f32> {
        self.0.windows(WINDOW).map(|points| points.iter().map(|p| p.power_w).sum::<f32>() / WINDOW as f32)
    }

    /// The highest mean of a second, in watts.
    #[must_use]
    pub fn worst_second(&self) -> f32 {
        self.seconds().fold(0.0, f32::max)
    }

    /// For how long the mean of the last second was above a budget.
    #[must_use]
    pub fn over(&self, budget_w: f32) -> Duration {
        STEP * u32::try_from(self.seconds().filter(|w| *w > budget_w).count()).unwrap_or(u32::MAX)
    }

    /// How often the decision changed between two times.
    #[must_use]
    pub fn changes(&self, from: Duration, to: Duration) -> usize {
        let within: Vec<usize> = self.0.iter().filter(|p| p.at >= from && p.at < to).map(|p| p.decision.rung).collect();
        within.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    /// What was drawn, in joules.
    #[must_use]
    pub fn energy_j(&self) -> f32 {
        self.0.iter().map(|p| p.power_w * STEP.as_secs_f32()).sum()
    }

    /// How much of the work that the highest rung would have done was done, by each rung's peak: 1 is all.
    #[must_use]
    pub fn work(&self, profile: &Profile) -> f32 {
        let asked: f32 = self.0.iter().map(|p| p.load).sum();
        let highest = profile.rungs[0].peak_w;
        self.0.iter().map(|p| p.load * profile.rungs[p.rung].peak_w / highest).sum::<f32>() / asked.max(f32::EPSILON)
    }
}

/// Runs a governor for so long on a board of a nature, in a world.
pub fn replay(
    profile: &Profile,
    governor: &mut dyn Decide,
    nature: Nature,
    length: Duration,
    world: &mut dyn FnMut(Duration) -> World,
) -> Record {
    let mut plant = Plant::new(nature);
    let mut rung = governor.begin();
    let mut decision = Decision { rung, why: Why::Steady };
    let mut asked: VecDeque<(Duration, usize)> = VecDeque::new();
    let mut record = Record::default();
    let (mut at, mut next) = (Duration::ZERO, Duration::ZERO);
    while at < length {
        let now = world(at);
        if at >= next {
            next += PERIOD;
            let power_w = match now.power {
                Reading::OffBy(share) => Some(reading(&record, nature.idle_w) * (1.0 + share)),
                Reading::Nothing => None,
                Reading::Garbage(value) => Some(value),
            };
            let hottest_c = now.sees_heat.then_some(plant.temperature_c());
            decision = governor.decide(&Sample { at, power_w, hottest_c, throttled: false });
            asked.push_back((at + ACTUATION, decision.rung));
        }
        while let Some((_, told)) = asked.pop_front_if(|(due, _)| *due <= at) {
            if now.obeys {
                rung = told;
            }
        }
        plant.step(STEP, now.load, profile.rungs[rung].peak_w);
        let (power_w, temperature_c) = (plant.power_w(), plant.temperature_c());
        record.0.push(Point { at, load: now.load, power_w, temperature_c, rung, decision });
        at += STEP;
    }
    record
}

/// The mean that the monitor reports now.
fn reading(record: &Record, idle_w: f32) -> f32 {
    let steps = |time: Duration| (time.as_millis() / STEP.as_millis()) as usize;
    let end = record.0.len().saturating_sub(steps(SENSOR));
    let read = &record.0[end.saturating_sub(steps(PERIOD))..end];
    if read.is_empty() { idle_w } else { read.iter().map(|p| p.power_w).sum::<f32>() / read.len() as f32 }
}
