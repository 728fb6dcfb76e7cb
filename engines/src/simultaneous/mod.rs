//! Interpreting while the speaker is still speaking: what may be said already, and what had better wait.
//!
//! | question | file |
//! |---|---|
//! | how much of a hypothesis will not change any more? | [`commit`] |
//! | where is committed text cut for translation? | [`clause`] |
//! | which language is it? | [`Identifier`] |
//! | does recognition keep up with the speaker? | [`KeepingUp`] |
//! | how does one conversation's recognition follow these rules? | [`Ear`] |
//! | how does its translation? | [`Tongue`] |
//!
//! How much of a clause's translation is stable is decided where it is made, in [`crate::mt`].

pub mod clause;
pub mod commit;
mod ear;
mod identify;
mod keeping_up;
mod tongue;
pub mod words;

pub use ear::Ear;
pub use identify::{Identified, Identifier};
pub use keeping_up::KeepingUp;
pub use tongue::{Tongue, TongueOptions};
