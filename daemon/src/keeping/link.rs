//! The one channel between the board's keeper and everybody else: what the engines are asked to do without, what has been
//! drawn, and the report for the status.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use board::profile::Hint;

use crate::status::report::BoardReport;

/// Energy that nobody measures, in joules.
const UNKNOWN: f64 = f64::NAN;

/// What the keeper of the board tells. Readers never wait for it.
#[derive(Debug)]
pub struct Link {
    light_voice: AtomicBool,
    no_partials: AtomicBool,
    /// Joules, as the bits of an `f64`.
    energy: AtomicU64,
    report: Mutex<Option<BoardReport>>,
    /// When the governor last did its work.
    beat: Mutex<Option<Instant>>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            light_voice: AtomicBool::new(false),
            no_partials: AtomicBool::new(false),
            energy: AtomicU64::new(UNKNOWN.to_bits()),
            report: Mutex::default(),
            beat: Mutex::default(),
        }
    }
}

impl Link {
    /// Whether the next clause is to be spoken with the light voice.
    #[must_use]
    pub fn wants_light_voice(&self) -> bool {
        self.light_voice.load(Relaxed)
    }

    /// Whether recognition is to wait for the end of a segment.
    #[must_use]
    pub fn wants_no_partials(&self) -> bool {
        self.no_partials.load(Relaxed)
    }

    /// What the board has drawn since it was taken over, in joules; `None` where nobody measures it.
    #[must_use]
    pub fn energy_j(&self) -> Option<f64> {
        Some(f64::from_bits(self.energy.load(Relaxed))).filter(|joules| !joules.is_nan())
    }

    /// What the status shows; `None` without a board.
    #[must_use]
    pub fn report(&self) -> Option<BoardReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// For how long the governor has not done its work, where there is one.
    pub(super) fn silence(&self) -> Option<Duration> {
        self.beat.lock().unwrap_or_else(PoisonError::into_inner).map(|last| last.elapsed())
    }

    /// The governor does its work.
    pub(super) fn beat(&self) {
        *self.beat.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn hint(&self, hints: &[Hint]) {
        self.light_voice.store(hints.contains(&Hint::LightVoice), Relaxed);
        self.no_partials.store(hints.contains(&Hint::NoPartials), Relaxed);
    }

    pub(super) fn set_energy(&self, joules: f64) {
        self.energy.store(joules.to_bits(), Relaxed);
    }

    /// Changes the report, where there is one.
    pub(super) fn update(&self, change: impl FnOnce(&mut BoardReport)) {
        // Valid after every statement, so a panic elsewhere does not spoil it.
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.as_mut().map(change);
    }

    /// Begins or ends to report.
    pub(super) fn show(&self, report: Option<BoardReport>) {
        if report.is_none() {
            self.hint(&[]);
            self.set_energy(UNKNOWN);
            *self.beat.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = report;
    }
}
