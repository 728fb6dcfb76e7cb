//! Push-to-talk: who wants to speak, and since when.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, Instant},
};

/// One of the box's buttons, counted from 0: each stands for one direction of the conversation.
pub type Button = usize;

/// A button went down or up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The button.
    pub button: Button,
    /// Down, or up.
    pub pressed: bool,
    /// When it happened: the kernel's time for a line, the request's for a command.
    pub at: Instant,
}

/// The source of buttons is gone for good.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the push-to-talk source is closed; nothing can be pressed any more")]
pub struct Closed;

/// Something with buttons.
pub trait PushToTalk: Send {
    /// Waits up to `limit` for the next edge; `None` where none came.
    ///
    /// # Errors
    /// [`Closed`].
    fn wait(&mut self, limit: Duration) -> Result<Option<Edge>, Closed>;
}

/// Buttons pressed by command, such as over the status socket.
pub struct CommandButtons(Receiver<Edge>);

/// Presses the buttons of a [`CommandButtons`].
#[derive(Debug, Clone)]
pub struct CommandPresser(Sender<Edge>);

/// A set of buttons pressed by command, and what presses them.
#[must_use]
pub fn command_buttons() -> (CommandPresser, CommandButtons) {
    let (sender, receiver) = channel();
    (CommandPresser(sender), CommandButtons(receiver))
}

impl CommandPresser {
    /// Presses or releases `button` now.
    ///
    /// # Errors
    /// [`Closed`] where nobody listens any more.
    pub fn set(&self, button: Button, pressed: bool) -> Result<(), Closed> {
        self.pass_on(Edge { button, pressed, at: Instant::now() })
    }

    /// Hands on an edge of another source, with its time.
    ///
    /// # Errors
    /// [`Closed`] where nobody listens any more.
    pub fn pass_on(&self, edge: Edge) -> Result<(), Closed> {
        self.0.send(edge).map_err(|_| Closed)
    }
}

impl PushToTalk for CommandButtons {
    fn wait(&mut self, limit: Duration) -> Result<Option<Edge>, Closed> {
        match self.0.recv_timeout(limit) {
            Ok(edge) => Ok(Some(edge)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_come_in_order_and_a_lost_presser_is_told() {
        let (presser, mut buttons) = command_buttons();
        presser.set(1, true).unwrap();
        presser.set(1, false).unwrap();
        let edges: Vec<bool> = (0..2).map(|_| buttons.wait(Duration::from_secs(5)).unwrap().unwrap().pressed).collect();
        assert_eq!(edges, [true, false]);
        assert_eq!(buttons.wait(Duration::ZERO), Ok(None));
        drop(presser);
        assert_eq!(buttons.wait(Duration::ZERO), Err(Closed));
    }
}
