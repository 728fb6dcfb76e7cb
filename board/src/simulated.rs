//! A board that is only computed, for a machine that is none: sensors and actuators of the `bench` board.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use crate::{
    actuators::Actuators,
    error::BoardError,
    plant::{Nature, Plant},
    profile::Rung,
    sensors::{RailReading, Readings, Sensors, UnitReading},
};

/// How busy the machine is, from 0 to 1.
pub type Load = Box<dyn FnMut() -> f32 + Send>;

/// The computed supply's voltage.
const VOLTS: f32 = 5.0;

struct Model {
    plant: Plant,
    load: Load,
    last_load: f32,
    peak_w: f32,
    at: Instant,
}

impl Model {
    fn go_on(&mut self) {
        let now = Instant::now();
        self.last_load = (self.load)();
        self.plant.step(now.duration_since(self.at), self.last_load, self.peak_w);
        self.at = now;
    }
}

/// A handle to the computed board.
#[derive(Clone)]
pub struct Simulated(Arc<Mutex<Model>>);

impl Simulated {
    /// A board that is as busy as `load` says, on a rung that draws `peak_w` at most.
    #[must_use]
    pub fn new(load: Load, peak_w: f32) -> Self {
        let plant = Plant::new(Nature::default());
        Self(Arc::new(Mutex::new(Model { plant, load, last_load: 0.0, peak_w, at: Instant::now() })))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Model) -> T) -> T {
        // Valid after every statement, so a panic elsewhere does not spoil it.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sensors for Simulated {
    fn power(&mut self) -> Option<f32> {
        self.with(|model| {
            model.go_on();
            Some(model.plant.power_w())
        })
    }

    fn read(&mut self) -> Readings {
        self.with(|model| {
            let watts = model.plant.power_w();
            let rail = RailReading { name: "simulated".to_owned(), volts: VOLTS, amps: watts / VOLTS, watts };
            Readings {
                rails: vec![rail],
                zones: [("simulated".to_owned(), model.plant.temperature_c())].into(),
                units: [("cpu".to_owned(), UnitReading { load: Some(model.last_load), mhz: None })].into(),
                ..Readings::default()
            }
        })
    }
}

impl Actuators for Simulated {
    fn apply(&mut self, rung: &Rung) -> Vec<BoardError> {
        self.with(|model| {
            model.go_on();
            model.peak_w = rung.peak_w;
        });
        Vec::new()
    }

    fn check(&mut self, _: &Rung) -> Vec<BoardError> {
        Vec::new()
    }

    fn restore(&mut self) -> Vec<BoardError> {
        Vec::new()
    }
}
