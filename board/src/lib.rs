//! The box around the interpreter. It knows buttons; it never learns what speech is.

pub mod push_to_talk;
