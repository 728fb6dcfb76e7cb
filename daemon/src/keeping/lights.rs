//! The board's lights: what the box is doing, as its patterns say.

use std::{
    thread,
    time::{Duration, Instant},
};

use board::{
    definition::{Indicator, Light},
    gpio::GpioLeds,
    indicator::Leds,
};

use super::Told;

/// How soon a change of what the box is doing shows.
const LOOK: Duration = Duration::from_millis(20);

/// How often diodes that cannot be lit are tried again.
const AGAIN: Duration = Duration::from_secs(1);

pub(super) fn run(indicator: &Indicator, light: &dyn Fn() -> Light, told: &Told) {
    let (mut leds, failed) = GpioLeds::new(&indicator.leds);
    failed.iter().for_each(|error| told.fault("light", error));
    let mut is_failing = !failed.is_empty();
    let mut shown: Option<(Light, Instant)> = None;
    let mut lit: Option<Vec<String>> = None;
    let mut tried = Instant::now();
    while !told.must_stop() {
        let now = light();
        let since = match shown {
            Some((light, since)) if light == now => since,
            _ => shown.insert((now, Instant::now())).1,
        };
        let (wanted, _) = indicator.lit(now, since.elapsed());
        if lit.as_deref() != Some(wanted) || (is_failing && tried.elapsed() >= AGAIN) {
            tried = Instant::now();
            let failed = leds.light(wanted);
            if !is_failing {
                failed.iter().for_each(|error| told.fault("light", error));
            }
            is_failing = !failed.is_empty();
            lit = Some(wanted.to_vec());
        }
        thread::sleep(LOOK);
    }
    leds.light(&[]);
}
