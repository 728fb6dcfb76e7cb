//! Tensors as the seam sees them.

use super::RuntimeError;

/// Element type of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorKind {
    /// 32-bit float.
    F32,
    /// 64-bit integer.
    I64,
    /// Boolean.
    Bool,
}

/// Elements in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub enum TensorData {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit integers.
    I64(Vec<i64>),
    /// Booleans.
    Bool(Vec<bool>),
}

/// A tensor in the program's own memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Length of each dimension; empty for a scalar.
    pub shape: Vec<usize>,
    /// The elements.
    pub data: TensorData,
}

impl Tensor {
    /// A tensor of floats.
    ///
    /// # Panics
    /// In a debug build where `data` does not fill `shape`; a runtime refuses it otherwise.
    #[must_use]
    pub fn f32(shape: &[usize], data: Vec<f32>) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        Self { shape: shape.to_vec(), data: TensorData::F32(data) }
    }

    /// A tensor of integers.
    ///
    /// # Panics
    /// As [`Tensor::f32`].
    #[must_use]
    pub fn i64(shape: &[usize], data: Vec<i64>) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        Self { shape: shape.to_vec(), data: TensorData::I64(data) }
    }

    /// A tensor of booleans.
    ///
    /// # Panics
    /// As [`Tensor::f32`].
    #[must_use]
    pub fn bool(shape: &[usize], data: Vec<bool>) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        Self { shape: shape.to_vec(), data: TensorData::Bool(data) }
    }
}

/// A tensor that stays where it is: in the program's memory, or in a runtime's.
pub enum Value {
    /// In the program's memory.
    Host(Tensor),
    /// In ONNX Runtime's memory.
    Onnx(ort::value::DynValue),
}

impl From<Tensor> for Value {
    fn from(tensor: Tensor) -> Self {
        Self::Host(tensor)
    }
}

impl Value {
    /// Length of each dimension.
    ///
    /// # Errors
    /// [`RuntimeError::TensorType`] where a runtime gave something that is no tensor.
    pub fn shape(&self) -> Result<Vec<usize>, RuntimeError> {
        match self {
            Self::Host(tensor) => Ok(tensor.shape.clone()),
            Self::Onnx(value) => match value.dtype() {
                ort::value::ValueType::Tensor { shape, .. } => {
                    Ok(shape.iter().map(|d| usize::try_from(*d).unwrap_or(0)).collect())
                }
                other => Err(RuntimeError::TensorType { expected: "numbers".into(), got: other.to_string() }),
            },
        }
    }

    /// The elements, borrowed where they already are in reach of the CPU.
    ///
    /// # Errors
    /// [`RuntimeError::TensorType`] where they are no floats.
    pub fn as_f32(&self) -> Result<&[f32], RuntimeError> {
        match self {
            Self::Host(Tensor { data: TensorData::F32(data), .. }) => Ok(data),
            Self::Host(tensor) => {
                let got = match tensor.data {
                    TensorData::F32(_) => "f32",
                    TensorData::I64(_) => "i64",
                    TensorData::Bool(_) => "bool",
                };
                Err(RuntimeError::TensorType { expected: "f32".into(), got: got.into() })
            }
            Self::Onnx(value) => value
                .try_extract_tensor::<f32>()
                .map(|(_, data)| data)
                .map_err(|e| RuntimeError::TensorType { expected: "f32".into(), got: e.to_string() }),
        }
    }

    /// The elements, borrowed where they already are in reach of the CPU.
    ///
    /// # Errors
    /// [`RuntimeError::TensorType`] where they are no integers.
    pub fn as_i64(&self) -> Result<&[i64], RuntimeError> {
        let mismatch = |got: String| RuntimeError::TensorType { expected: "i64".into(), got };
        match self {
            Self::Host(Tensor { data: TensorData::I64(data), .. }) => Ok(data),
            Self::Host(Tensor { data: TensorData::F32(_), .. }) => Err(mismatch("f32".into())),
            Self::Host(Tensor { data: TensorData::Bool(_), .. }) => Err(mismatch("bool".into())),
            Self::Onnx(value) => {
                value.try_extract_tensor::<i64>().map(|(_, data)| data).map_err(|e| mismatch(e.to_string()))
            }
        }
    }
}
