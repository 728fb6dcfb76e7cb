//! The interpreter service: threads, pipeline, status socket.
