//! The daemon and the command as their users run them: programs, recordings, conversations, words.

#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

pub mod clips;
pub mod models;
pub mod program;
pub mod stage;
pub mod words;

use std::time::{Duration, Instant};

/// Far longer than any step takes on a machine that does other things too; what is late here has hung.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until something is so, and fails with `what` if it does not come.
#[track_caller]
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
