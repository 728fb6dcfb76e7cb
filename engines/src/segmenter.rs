//! Cuts the microphone into segments of speech.
