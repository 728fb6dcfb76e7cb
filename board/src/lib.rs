//! The box around the interpreter. It knows buttons, lights, sensors and clocks; it never learns what speech is.
//!
//! | question | file |
//! |---|---|
//! | what is a board made of, and which one is this? | [`definition`], `boards/*.toml` |
//! | who wants to speak? | [`push_to_talk`], [`presses`], [`gpio`] |
//! | what does the box show? | [`indicator`], [`gpio`] |
//! | what does it draw, how warm is it? | [`sensors`] |
//! | what can be turned down, and how is it given back? | [`actuators`], [`saved`] |
//! | what does the unprivileged daemon need, and what needs root? | [`permissions`], [`modes`] |
//! | is all of it there? | [`check`] |
//! | when is it turned down, and how far? | [`governor`], [`profile`], `power-profiles/*.toml` |
//! | who reads, asks and turns? | [`keeper`] |
//! | what if there is no board, and what would the governor do? | [`simulated`], [`plant`], [`replay`], [`trace`], [`chart`] |
//! | where is `/sys`? | [`sysfs`] |

pub mod actuators;
pub mod chart;
pub mod check;
pub mod definition;
pub mod error;
pub mod governor;
pub mod gpio;
pub mod indicator;
pub mod keeper;
pub mod modes;
pub mod permissions;
pub mod plant;
pub mod presses;
pub mod profile;
pub mod push_to_talk;
pub mod replay;
pub mod saved;
pub mod sensors;
pub mod simulated;
pub mod sysfs;
pub mod trace;

pub use error::BoardError;
