//! The interpreter service: threads, pipeline, status socket.

pub mod config;
