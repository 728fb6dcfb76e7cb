//! Spelling to phonemes, in the alphabet that Kokoro's family of voices shares.

pub mod english;
pub mod spanish;
