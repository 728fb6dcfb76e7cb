//! The runtime seam: a [`Session`] runs one model file on named tensors.
//!
//! Everything a model needs around it (tokens, caches, decoding) is written above this seam, once. Below it stands
//! ONNX Runtime on the CPU ([`onnx`]); TensorRT and a remote server are to stand beside it.

pub mod onnx;
mod tensor;

pub use onnx::OnnxRuntime;
pub use tensor::{Tensor, TensorData, TensorKind, Value};

use std::path::{Path, PathBuf};

/// What went wrong in a runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The runtime's library cannot be loaded.
    #[error("cannot load ONNX Runtime from {path}: {problem}; fetch it with `dragoman models fetch onnxruntime`")]
    Library {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        problem: String,
    },
    /// The model file cannot be loaded.
    #[error("cannot load the model {path}: {problem}; check it with `dragoman models verify`")]
    Load {
        /// The model file.
        path: PathBuf,
        /// What the runtime said.
        problem: String,
    },
    /// A run failed.
    #[error("running {model} failed: {problem}")]
    Run {
        /// The model file's name.
        model: String,
        /// What the runtime said.
        problem: String,
    },
    /// A tensor has not the type or the shape its user expects.
    #[error("expected a tensor of {expected}, got {got}")]
    TensorType {
        /// What was expected.
        expected: String,
        /// What it is.
        got: String,
    },
}

/// How a model is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionOptions {
    /// Threads for one operator.
    pub threads: usize,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self { threads: 1 }
    }
}

/// Name, type and shape of a model's input or output; -1 for a dimension that may vary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name in the graph.
    pub name: String,
    /// Its element type, where the seam supports it.
    pub kind: Option<TensorKind>,
    /// Its shape.
    pub shape: Vec<i64>,
}

/// Loads models.
pub trait Runtime {
    /// Loads one model file.
    ///
    /// # Errors
    /// [`RuntimeError::Load`].
    fn load(&self, model: &Path, options: SessionOptions) -> Result<Box<dyn Session>, RuntimeError>;
}

/// One loaded model.
pub trait Session: Send {
    /// The model's inputs.
    fn inputs(&self) -> &[TensorInfo];

    /// The model's outputs.
    fn outputs(&self) -> &[TensorInfo];

    /// Runs the model and returns the outputs named, in that order. A [`Value`] that came out may go in again
    /// without leaving the runtime's memory, which is how caches are carried from step to step.
    ///
    /// # Errors
    /// [`RuntimeError::Run`], also for a name the model has not.
    fn run(&mut self, inputs: &[(&str, &Value)], outputs: &[&str]) -> Result<Vec<Value>, RuntimeError>;
}
