//! Speech recognition.
