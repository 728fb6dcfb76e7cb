//! The last thing that went wrong, for the status socket.

use std::{
    fmt::Display,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use crate::status::{events::timestamp, report::LastError};

/// Remembers the last error.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Option<LastError>>);

impl Faults {
    /// Something went wrong at `place`.
    pub fn record(&self, place: &str, error: &dyn Display) {
        let last =
            LastError { timestamp: timestamp(SystemTime::now()), place: place.to_owned(), error: error.to_string() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }

    /// The last error.
    #[must_use]
    pub fn last(&self) -> Option<LastError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
