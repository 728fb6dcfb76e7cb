//! A model of a board: what it draws follows load, rung and temperature with a delay, and its temperature what it draws. The
//! governor's tests and figures run on it, and so does the `bench` board.

use std::time::Duration;

/// What the model's board is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nature {
    /// Watts with nothing to do. Orin Nano developer kit: 4.6 (`power-profiles/README.md` has the source of each figure).
    pub idle_w: f32,
    /// The air around it, in degrees Celsius.
    pub ambient_c: f32,
    /// Kelvin for each watt, from the chip to the air.
    pub resistance: f32,
    /// How soon the heat sink follows.
    pub heat: Duration,
    /// How soon the power follows load and clocks: the supply's capacitors.
    pub supply: Duration,
    /// The part of the power that is leakage at 100 degrees Celsius, which a cold chip has less of.
    pub leakage: f32,
}

impl Default for Nature {
    fn default() -> Self {
        Self {
            idle_w: 4.6,
            ambient_c: 25.0,
            resistance: 2.2,
            heat: Duration::from_secs(30),
            supply: Duration::from_millis(20),
            leakage: 0.1,
        }
    }
}

/// A board of the model.
#[derive(Debug, Clone)]
pub struct Plant {
    nature: Nature,
    power_w: f32,
    temperature_c: f32,
}

impl Plant {
    /// A board that has long had nothing to do.
    #[must_use]
    pub fn new(nature: Nature) -> Self {
        let temperature_c = nature.ambient_c + nature.resistance * nature.idle_w;
        Self { nature, power_w: nature.idle_w, temperature_c }
    }

    /// Time goes on, under a load of 0 to 1 on a rung whose most is `peak_w`, which a hot board draws at full load.
    pub fn step(&mut self, elapsed: Duration, load: f32, peak_w: f32) {
        let Nature { idle_w, ambient_c, resistance, heat, supply, leakage } = self.nature;
        // Low clocks save some of what an idle board draws.
        let idle = idle_w.min(peak_w * 0.8);
        let leak = 1.0 - leakage * (1.0 - (self.temperature_c / 100.0).clamp(0.0, 1.0));
        let target = leak * (idle + load.clamp(0.0, 1.0) * (peak_w - idle));
        // The exact answer of a first-order lag to a target that stands for `elapsed`, however long that is.
        let follow = |now: f32, target: f32, lag: Duration| {
            target + (now - target) * (-elapsed.as_secs_f32() / lag.as_secs_f32().max(1e-6)).exp()
        };
        self.power_w = follow(self.power_w, target, supply);
        self.temperature_c = follow(self.temperature_c, ambient_c + resistance * self.power_w, heat);
    }

    /// What it draws, in watts.
    #[must_use]
    pub fn power_w(&self) -> f32 {
        self.power_w
    }

    /// Its temperature, in degrees Celsius.
    #[must_use]
    pub fn temperature_c(&self) -> f32 {
        self.temperature_c
    }
}
