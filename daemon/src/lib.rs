//! The interpreter service: threads, pipeline, status socket.

pub mod cli;
pub mod config;
pub mod models;
pub mod pipeline;
