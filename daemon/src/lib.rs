//! The interpreter service: threads, pipeline, status socket.
#![cfg_attr(rtsan, feature(sanitize))] // the real-time sanitizer's attribute; see scripts/rtsan

pub mod audio;
pub mod cli;
pub mod config;
pub mod keeping;
pub mod log;
pub mod models;
pub mod offline;
pub mod pipeline;
pub mod rehearsal;
pub mod service;
pub mod status;
pub mod virtual_card;
