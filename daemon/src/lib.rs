//! The interpreter service: threads, pipeline, status socket.

pub mod log;
pub mod status;
