//! The loop around the governor: reads sensors, writes actuators, and nothing else. Whoever owns it calls it on time.

use std::time::Duration;

use crate::{
    actuators::Actuators,
    error::BoardError,
    governor::{Decision, Governor, PERIOD, Sample, Why},
    profile::Profile,
    sensors::{Readings, Sensors},
};

/// How often the power is read. Monitors tell the moment, not the mean: so many readings make the mean of a sample.
pub const READING: Duration = Duration::from_millis(20);

/// How often everything else is.
const SLOW: Duration = Duration::from_millis(500);

/// How often it is looked at whether the caps are still in effect: others may set clocks too.
const CHECK: Duration = Duration::from_secs(1);

/// Readings that are further apart leave something unseen between them that the governor does not reckon with. A power
/// monitor may itself take some 60 ms for one.
const FAR_APART: Duration = Duration::from_millis(120);

/// A board that is kept below its budget.
pub struct Keeper {
    governor: Governor,
    sensors: Box<dyn Sensors>,
    actuators: Box<dyn Actuators>,
    decision: Decision,
    readings: Readings,
    last_reading: Option<Duration>,
    last_sample: Option<Duration>,
    last_slow: Option<Duration>,
    last_check: Duration,
    /// Of the sample that is being made: watts times seconds, and the seconds of it.
    sampled: (f64, f64),
    is_blind: bool,
    /// What the last whole sample said, in watts.
    power_w: Option<f32>,
    /// The last power that was read.
    known_w: f32,
    energy_j: f64,
    throttled: bool,
}

/// What one call did.
#[derive(Debug, Default)]
pub struct Step {
    /// The governor went to another rung.
    pub changed: Option<Decision>,
    /// It was looked at whether the caps are in effect.
    pub checked: bool,
    /// What could not be put into effect, or did not stay.
    pub failed: Vec<BoardError>,
}

impl Keeper {
    /// Takes a board over: puts the governor's first rung into effect.
    #[must_use]
    pub fn new(profile: Profile, sensors: Box<dyn Sensors>, actuators: Box<dyn Actuators>) -> (Self, Vec<BoardError>) {
        let governor = Governor::new(profile);
        let decision = governor.decision();
        let mut keeper = Self {
            governor,
            sensors,
            actuators,
            decision,
            readings: Readings::default(),
            last_reading: None,
            last_sample: None,
            last_slow: None,
            last_check: Duration::ZERO,
            sampled: (0.0, 0.0),
            is_blind: false,
            power_w: None,
            known_w: 0.0,
            energy_j: 0.0,
            throttled: false,
        };
        let failed = keeper.actuators.apply(keeper.governor.rung());
        (keeper, failed)
    }

    /// Reads what is due at `now`, on a clock that never goes back, and acts on it.
    pub fn step(&mut self, now: Duration) -> Step {
        let mut step = Step::default();
        if self.last_slow.is_none_or(|last| now >= last + SLOW) {
            let is_first = self.last_slow.is_none();
            self.last_slow = Some(now);
            let before = std::mem::replace(&mut self.readings, self.sensors.read());
            self.throttled |= !is_first && self.readings.throttled > before.throttled;
        }
        self.weigh(now);
        let began = *self.last_sample.get_or_insert(now);
        if now < began + PERIOD {
            return step;
        }
        let (joules, seconds) = std::mem::take(&mut self.sampled);
        let is_blind = std::mem::take(&mut self.is_blind);
        self.power_w = (!is_blind && seconds > 0.0).then(|| (joules / seconds) as f32);
        // On a grid: a reading that is late makes the next sample shorter and not every one longer.
        self.last_sample = Some(if now < began + 2 * PERIOD { began + PERIOD } else { now });
        let throttled = std::mem::take(&mut self.throttled);
        let sample = Sample { at: now, power_w: self.power_w, hottest_c: self.readings.hottest_c(), throttled };
        let decision = self.governor.decide(&sample);
        if decision.rung != self.decision.rung {
            step.failed = self.actuators.apply(self.governor.rung());
            step.changed = Some(decision);
            self.last_check = now;
        } else if now >= self.last_check + CHECK {
            self.last_check = now;
            step.checked = true;
            step.failed = self.actuators.check(self.governor.rung());
        }
        // That nothing has changed is no reason to forget why it is where it is.
        if decision.why != Why::Steady {
            self.decision = decision;
        }
        step
    }

    /// Reads the power once.
    fn weigh(&mut self, now: Duration) {
        let elapsed = self.last_reading.map_or(Duration::ZERO, |last| now.saturating_sub(last));
        self.is_blind |= elapsed > FAR_APART;
        let elapsed = elapsed.as_secs_f64();
        self.last_reading = Some(now);
        match self.sensors.power() {
            Some(watts) => {
                self.known_w = watts;
                self.sampled.0 += f64::from(watts) * elapsed;
                self.sampled.1 += elapsed;
                self.energy_j += f64::from(watts) * elapsed;
            }
            None => {
                self.is_blind = true;
                // What was not seen is taken to be as it was, for the account alone; the governor assumes the worst.
                self.energy_j += f64::from(self.known_w) * elapsed;
            }
        }
    }

    /// From now on [`Keeper::step`] may be called late.
    pub fn expect_delays(&mut self) {
        self.governor.expect_delays();
    }

    /// Gives the board its own settings back, and for good: whoever drops the keeper without it leaves that to the actuators.
    pub fn restore(&mut self) -> Vec<BoardError> {
        self.actuators.restore()
    }

    /// The rung that the board is on, and why.
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// The governor.
    #[must_use]
    pub fn governor(&self) -> &Governor {
        &self.governor
    }

    /// What the sensors said last.
    #[must_use]
    pub fn readings(&self) -> &Readings {
        &self.readings
    }

    /// The mean power of the last sample, in watts.
    #[must_use]
    pub fn power_w(&self) -> Option<f32> {
        self.power_w
    }

    /// What the board has drawn since it was taken over, in joules.
    #[must_use]
    pub fn energy_j(&self) -> f64 {
        self.energy_j
    }
}
