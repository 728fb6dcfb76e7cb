//! The governor: which rung of its ladder a board should be on.
//!
//! A pure decision over a history of samples. It keeps the mean power of every second below the budget by looking ahead: a
//! rung is allowed only if the second that ends when the next decision has taken effect would stay below it even if the
//! board drew that rung's peak from now on. So a burst may draw more than the budget for a moment, and no load, however
//! sudden, can exceed it for a second, as long as the peaks are true and the board does what it is told. A sample that does
//! not tell the power counts as the peak. Where the board is seen to draw more than a rung's peak, all peaks are taken to be
//! as much too low, until that is long ago.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};

use crate::profile::{Profile, Rung};

/// How often a decision is made.
pub const PERIOD: Duration = Duration::from_millis(100);

/// How late a sample may show what the board draws, and a decision show in what it draws, together.
pub const LATENCY: Duration = Duration::from_millis(250);

/// The stretch over which the mean counts.
const WINDOW: Duration = Duration::from_secs(1);

/// How far apart the seconds to come are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The share of the budget that is used: sensors are off by some hundredths.
pub const MARGIN: f32 = 0.95;

/// What is drawn above a rung's peak by less than this is the sensors' error.
const OFF_BY: f32 = 1.04;

/// How long the board stays on a rung before it goes one up, at first ...
const DWELL: Duration = Duration::from_secs(5);

/// ... and at most: doubled each time that it has to go down again.
const LONGEST_DWELL: Duration = Duration::from_secs(160);

/// After so long without a way down it begins anew.
const FORGIVEN: Duration = Duration::from_secs(1200);

/// So many samples in a row above a rung's peak are believed.
const CONVINCING: u32 = 3;

/// A board that is too warm is given this long to cool before it goes another rung down.
const COOLING: Duration = Duration::from_secs(4);

/// It is cool again when it is this far below the soft limit, in kelvin.
const COOL_K: f32 = 5.0;

/// The last known temperature holds for so long: a heat sink does not warm faster.
const HEAT_MEMORY: Duration = Duration::from_secs(2);

/// A measured peak above the profile's counts by half after so long.
const HALF_LIFE_S: f32 = 600.0;

/// A reading of so many times the highest peak is garbage.
const GARBAGE: f32 = 4.0;

/// What the sensors say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When, on a clock that never goes back.
    pub at: Duration,
    /// What the board draws in all, in watts, as the mean since the sample before; `None`: no sensor says so.
    pub power_w: Option<f32>,
    /// The hottest zone, in degrees Celsius; `None`: no sensor says so.
    pub hottest_c: Option<f32>,
    /// The board throttled itself since the sample before: over-current, or its own thermal protection.
    pub throttled: bool,
}

/// Why the board is on its rung.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    #[default]
    /// There is no reason to leave it.
    Steady,
    /// There was room above for long enough.
    Room,
    /// A higher rung could have exceeded the budget.
    Power,
    /// The soft temperature limit.
    Warm,
    /// The hard temperature limit.
    Hot,
    /// No sensor tells the power: the worst is assumed.
    PowerUnknown,
    /// No sensor tells the temperature: the worst is assumed.
    TemperatureUnknown,
    /// The board throttled itself.
    Throttled,
}

impl Why {
    /// Its name in logs, events and labels.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Room => "room",
            Self::Power => "power",
            Self::Warm => "warm",
            Self::Hot => "hot",
            Self::PowerUnknown => "power_unknown",
            Self::TemperatureUnknown => "temperature_unknown",
            Self::Throttled => "throttled",
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The rung, counted from 0 for the highest.
    pub rung: usize,
    /// Why that one.
    pub why: Why,
}

/// The governor of one board.
#[derive(Debug, Clone)]
pub struct Governor {
    profile: Profile,
    rung: usize,
    /// The one before it.
    before: usize,
    /// What was drawn, each until its time from that of the one before; as far back as the window goes.
    drawn: VecDeque<(Duration, f32)>,
    /// Since when the board is on its rung, and since when nothing has spoken against the one above.
    since: Duration,
    clear_since: Duration,
    dwell: Duration,
    /// When and why it last went down.
    last_down: Option<(Duration, Why)>,
    /// Decisions may come late.
    is_late: bool,
    /// The highest mean of a second since `clear_since`, in watts.
    busiest: f32,
    /// By how many times the board's peaks are above the profile's, as far as was seen: at least 1.
    excess: f32,
    /// How many samples in a row were above the rung's peak, and by how many times at least.
    above_peak: (u32, f32),
    /// The last known temperature, and when it was read.
    hottest: Option<(Duration, f32)>,
}

impl Governor {
    /// A governor that knows nothing yet: it begins on the highest rung that cannot exceed the budget.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        let rung = safe(&profile);
        Self {
            profile,
            rung,
            before: rung,
            drawn: VecDeque::new(),
            since: Duration::ZERO,
            clear_since: Duration::ZERO,
            dwell: DWELL,
            last_down: None,
            is_late: false,
            busiest: 0.0,
            excess: 1.0,
            above_peak: (0, f32::MAX),
            hottest: None,
        }
    }

    /// From now on decisions may come late: only rungs that cannot exceed the budget are climbed to.
    pub fn expect_delays(&mut self) {
        self.is_late = true;
    }

    /// The profile it keeps to.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The rung the board is on.
    #[must_use]
    pub fn rung(&self) -> &Rung {
        &self.profile.rungs[self.rung]
    }

    /// The rung it begins on.
    #[must_use]
    pub fn decision(&self) -> Decision {
        Decision { rung: self.rung, why: Why::Steady }
    }

    /// Takes the next sample in and says what is to be done.
    pub fn decide(&mut self, sample: &Sample) -> Decision {
        self.take(sample);
        let (lowest_allowed, why) = self.bound(sample);
        if lowest_allowed > self.rung {
            return self.go(lowest_allowed, why, sample.at);
        }
        if matches!(why, Why::Hot | Why::TemperatureUnknown) {
            // It is on the floor for another reason already; this one holds it there.
            return Decision { rung: self.rung, why };
        }
        if self.has_room_above(sample) {
            return self.go(self.rung - 1, Why::Room, sample.at);
        }
        Decision { rung: self.rung, why: Why::Steady }
    }

    /// Adds a sample to the history.
    fn take(&mut self, sample: &Sample) {
        if self.drawn.is_empty() {
            (self.since, self.clear_since) = (sample.at, sample.at);
        }
        // Before the first sample there was nothing that it could be the mean since.
        let power = self.believed(sample).filter(|_| !self.drawn.is_empty());
        let since_last = self.drawn.back().map_or(Duration::ZERO, |(last, _)| sample.at.saturating_sub(*last));
        self.excess = 1.0 + (self.excess - 1.0) * 0.5_f32.powf(since_last.as_secs_f32() / HALF_LIFE_S);
        self.learn(sample.at, power);
        self.drawn.push_back((sample.at, power.unwrap_or(self.peak(self.rung))));
        if let Some(hottest) = sample.hottest_c.filter(|c| c.is_finite()) {
            self.hottest = Some((sample.at, hottest));
        }
        while self.drawn.get(1).is_some_and(|(until, _)| *until + WINDOW <= sample.at) {
            self.drawn.pop_front();
        }
        self.busiest =
            self.busiest.max(self.energy_since(sample.at.saturating_sub(WINDOW), sample.at) / WINDOW.as_secs_f32());
    }

    /// Raises the peaks where several samples in a row are above them: one alone may be garbage that looks like a reading.
    fn learn(&mut self, at: Duration, power: Option<f32>) {
        // What was drawn just after a change is still that of the rung before.
        let has_settled = at.saturating_sub(self.since) > LATENCY + PERIOD;
        let seen = power.map(|w| w / self.rung().peak_w).filter(|seen| has_settled && *seen > OFF_BY);
        self.above_peak = match (seen, self.above_peak) {
            (None, _) => (0, f32::MAX),
            (Some(seen), (run, least)) => (run + 1, least.min(seen)),
        };
        if self.above_peak.0 >= CONVINCING {
            self.excess = self.excess.max(self.above_peak.1);
        }
    }

    /// The power that a sample tells, unless it cannot be.
    fn believed(&self, sample: &Sample) -> Option<f32> {
        let most = GARBAGE * self.profile.rungs[0].peak_w;
        sample.power_w.filter(|w| (0.0..=most).contains(w))
    }

    /// The most that the board draws on a rung, as far as is known, in watts.
    fn peak(&self, rung: usize) -> f32 {
        self.profile.rungs[rung].peak_w * self.excess
    }

    /// What was drawn from a moment on until now, in joules; before what is known, as the first of it says.
    fn energy_since(&self, from: Duration, now: Duration) -> f32 {
        let begins = std::iter::once(Duration::ZERO).chain(self.drawn.iter().map(|(end, _)| *end));
        let stretches = begins.zip(&self.drawn);
        stretches
            .map(|(begin, (end, watts))| watts * (*end).min(now).saturating_sub(begin.max(from)).as_secs_f32())
            .sum()
    }

    /// The highest rung that is allowed now, and what forbids the one above it.
    fn bound(&self, sample: &Sample) -> (usize, Why) {
        let floor = self.profile.rungs.len() - 1;
        let Some((_, hottest)) = self.hottest.filter(|(at, _)| *at + HEAT_MEMORY >= sample.at) else {
            return (floor, Why::TemperatureUnknown);
        };
        if hottest >= self.profile.hard_c {
            return (floor, Why::Hot);
        }
        let by_power = (self.rung..=floor).find(|rung| self.stays_below(*rung, sample.at)).unwrap_or(floor);
        let is_rested = sample.at.saturating_sub(self.since) >= COOLING;
        let reason = if self.believed(sample).is_some() { Why::Power } else { Why::PowerUnknown };
        let (mut lowest, mut why) = (by_power, reason);
        let one_down = (self.rung + 1).min(floor);
        // An alarm just after a way down may be of what was before it.
        let may_be_old = self.rung > self.before && sample.at.saturating_sub(self.since) < WINDOW;
        if sample.throttled && lowest < one_down && !may_be_old {
            (lowest, why) = (one_down, Why::Throttled);
        }
        if hottest >= self.profile.soft_c && is_rested && lowest < one_down {
            (lowest, why) = (one_down, Why::Warm);
        }
        (lowest, why)
    }

    /// Whether every second to come stays below the budget if this rung is chosen and the board draws the peak of whatever
    /// it is on: of the present rung until the decision takes effect, of this one until the next decision does, which is the
    /// floor if it must be. The rung before the present one may still be in effect, and a higher one may be at once.
    fn stays_below(&self, rung: usize, now: Duration) -> bool {
        let present = self.peak(self.rung.min(rung));
        let still = (self.since + LATENCY).saturating_sub(now).min(LATENCY);
        let ahead =
            [(still, self.peak(self.before).max(present)), (LATENCY, present), (LATENCY + PERIOD, self.peak(rung))];
        self.can_be_ended(ahead, |end| self.energy_since((now + end).saturating_sub(WINDOW), now))
    }

    /// Whether a board that has long drawn so many watts on a rung could stay on it.
    fn could_stay(&self, rung: usize, drawn_w: f32) -> bool {
        let peak = self.peak(rung);
        let ahead = [(LATENCY, peak), (LATENCY, peak), (LATENCY + PERIOD, peak)];
        self.can_be_ended(ahead, |end| drawn_w * WINDOW.saturating_sub(end).as_secs_f32())
    }

    /// Whether every second to come stays below the budget if the board draws what is `ahead`, so many watts until then, and
    /// afterwards the most of the floor; `past` is what is known of the second that ends so long from now, in joules.
    fn can_be_ended(&self, ahead: [(Duration, f32); 3], past: impl Fn(Duration) -> f32) -> bool {
        let floor = self.peak(self.profile.rungs.len() - 1);
        let last = ahead[2].0 + WINDOW;
        let budget = self.profile.budget_w * MARGIN * WINDOW.as_secs_f32();
        let mut ends = (1..).map(|step| LOOK * step).take_while(|end| *end <= last);
        ends.all(|end| {
            let begin = end.saturating_sub(WINDOW);
            let mut from = Duration::ZERO;
            let future = ahead.iter().copied().chain([(last, floor)]).map(|(until, watts)| {
                let overlap = until.min(end).saturating_sub(from.max(begin));
                from = until;
                watts * overlap.as_secs_f32()
            });
            past(end) + future.sum::<f32>() <= budget
        })
    }

    /// Whether the rung above has long been allowed, and the board could stay there with what it has to do now.
    fn has_room_above(&mut self, sample: &Sample) -> bool {
        let Some(above) = self.rung.checked_sub(1) else { return false };
        let (here, there) = (self.peak(self.rung), self.peak(above));
        let is_safe = there <= self.profile.budget_w * MARGIN;
        let is_clear = self.stays_below(above, sample.at)
            // What keeps this rung as busy as it is keeps that one so too.
            && self.could_stay(above, self.busiest * there / here)
            && (is_safe || !self.is_late)
            && !sample.throttled
            && self.believed(sample).is_some()
            && sample.hottest_c.is_some_and(|c| c < self.profile.soft_c - COOL_K);
        if !is_clear {
            (self.clear_since, self.busiest) = (sample.at, 0.0);
        }
        // A rung that cannot exceed the budget can be no mistake, unless it was left for another reason.
        let is_about_power = self.last_down.is_none_or(|(_, why)| matches!(why, Why::Power | Why::PowerUnknown));
        let dwell = if is_safe && is_about_power { DWELL } else { self.dwell };
        is_clear && sample.at.saturating_sub(self.clear_since) >= dwell
    }

    fn go(&mut self, rung: usize, why: Why, at: Duration) -> Decision {
        if rung > self.rung {
            // Each way down makes the next way up later, unless the last one is long ago; one that is not over yet is the same.
            let since_last = self.last_down.map(|(last, _)| at.saturating_sub(last));
            self.dwell = match since_last {
                Some(since) if since < DWELL => self.dwell,
                Some(since) if since < FORGIVEN => (2 * self.dwell).min(LONGEST_DWELL),
                _ => DWELL,
            };
            self.last_down = Some((at, why));
        }
        (self.before, self.rung) = (self.rung, rung);
        (self.since, self.clear_since, self.busiest, self.above_peak) = (at, at, 0.0, (0, f32::MAX));
        Decision { rung, why }
    }
}

/// The highest rung that cannot exceed the budget, whatever the board has to do.
fn safe(profile: &Profile) -> usize {
    let floor = profile.rungs.len() - 1;
    profile.rungs.iter().position(|rung| rung.peak_w <= profile.budget_w * MARGIN).unwrap_or(floor)
}
