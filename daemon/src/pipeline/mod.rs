//! From the capture ring to the playback ring: one worker thread a stage, bounded queues between them.

pub mod queue;
