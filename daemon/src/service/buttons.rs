//! Buttons that outlive the pipeline which listens to them, so that a reload needs no new ones.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use board::push_to_talk::{Closed, Edge, PushToTalk};

/// The same buttons for one pipeline after another.
#[derive(Clone)]
pub(super) struct SharedButtons(Arc<Mutex<Box<dyn PushToTalk>>>);

impl SharedButtons {
    pub(super) fn new(buttons: Box<dyn PushToTalk>) -> Self {
        Self(Arc::new(Mutex::new(buttons)))
    }
}

impl PushToTalk for SharedButtons {
    fn wait(&mut self, limit: Duration) -> Result<Option<Edge>, Closed> {
        // Only one pipeline runs at a time, so the lock is never contended; a panic while waiting spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wait(limit)
    }
}
