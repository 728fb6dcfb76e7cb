//! Voice activity detection.
