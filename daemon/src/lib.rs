//! The interpreter service: threads, pipeline, status socket.
<<<<<<< HEAD

pub mod cli;
pub mod config;
pub mod models;
pub mod pipeline;
=======
#![cfg_attr(rtsan, feature(sanitize))] // the real-time sanitizer's attribute; see scripts/rtsan

pub mod audio;
pub mod virtual_card;
>>>>>>> 0739356 (daemon: sound threads and the virtual card)
