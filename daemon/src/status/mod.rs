//! What the daemon shows of itself, on one Unix socket.
//!
//! | question | file |
//! |---|---|
//! | what is counted and timed? | [`metrics`] |
//! | what does `/status` say? | [`report`] |
//! | what does `/events` say? | [`events`] |
//! | who answers on the socket? | [`server`] |
//! | how is the socket asked? | [`client`] |
//!
//! Everything here runs on ordinary threads. A sound thread only counts in its own atomics, which [`metrics::Metrics`]
//! reads when somebody asks.

pub mod client;
mod collect;
pub mod error;
pub mod events;
pub mod metrics;
pub mod process;
pub mod report;
mod routes;
pub mod server;
mod socket;
mod tally;

pub use client::Client;
pub use error::StatusError;
pub use events::{Event, Events};
pub use metrics::{Metrics, Stage};
pub use report::{Snapshot, Status, StatusSource};
pub use server::{Parts, Server};
