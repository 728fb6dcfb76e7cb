//! The number crunching that is ours. It knows numbers, never models.
//!
//! Today there is only the CPU form of each kernel; it is the twin that a CUDA form will have to agree with.

pub mod logits;
