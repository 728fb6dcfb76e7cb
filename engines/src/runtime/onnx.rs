//! ONNX Runtime on the CPU, loaded dynamically so that nothing native is needed to build.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use ort::{
    environment::Environment,
    session::{OutputSelector, RunOptions, SessionInputValue, builder::GraphOptimizationLevel},
    value::{DynValue, TensorElementType, TensorRef, ValueType},
};

use super::{
    Runtime, RuntimeError, Session, SessionOptions, TensorInfo, TensorKind, Value,
    tensor::{Tensor, TensorData},
};

/// The library is loaded once a process, from the first path asked for.
static ENVIRONMENT: OnceLock<Result<Environment, String>> = OnceLock::new();

/// The CPU runtime.
#[derive(Clone, Copy)]
pub struct OnnxRuntime {
    environment: &'static Environment,
}

impl OnnxRuntime {
    /// Loads `libonnxruntime.so` from `library`, or takes what an earlier call has loaded.
    ///
    /// # Errors
    /// [`RuntimeError::Library`].
    pub fn load_library(library: &Path) -> Result<Self, RuntimeError> {
        let failed = |problem: String| RuntimeError::Library { path: library.to_owned(), problem };
        if !library.is_file() {
            return Err(failed("no such file".into()));
        }
        let environment = ENVIRONMENT.get_or_init(|| {
            ort::init_from(library)
                .map_err(|e| e.to_string())
                .and_then(|builder| {
                    builder.with_name("dragoman").with_telemetry(false).build().map_err(|e| e.to_string())
                })
                .inspect(|environment| environment.set_log_level(ort::logging::LogLevel::Error))
        });
        environment.as_ref().map(|environment| Self { environment }).map_err(|e| failed(e.clone()))
    }
}

impl Runtime for OnnxRuntime {
    fn load(&self, model: &Path, options: SessionOptions) -> Result<Box<dyn Session>, RuntimeError> {
        let failed = |problem: String| RuntimeError::Load { path: PathBuf::from(model), problem };
        let session = ort::session::Session::builder(self.environment)
            .map_err(|e| failed(e.to_string()))?
            .with_intra_threads(options.threads)
            .map_err(|e| failed(e.to_string()))?
            .with_inter_threads(1)
            .map_err(|e| failed(e.to_string()))?
            // The box must idle cold: a waiting thread sleeps.
            .with_intra_op_spinning(false)
            .map_err(|e| failed(e.to_string()))?
            .with_optimization_level(GraphOptimizationLevel::All)
            .map_err(|e| failed(e.to_string()))?
            .commit_from_file(model)
            .map_err(|e| failed(e.to_string()))?;
        let describe = |outlets: &[ort::value::Outlet]| outlets.iter().map(info).collect();
        Ok(Box::new(OnnxSession {
            name: model.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
            inputs: describe(session.inputs()),
            outputs: describe(session.outputs()),
            session,
        }))
    }
}

fn info(outlet: &ort::value::Outlet) -> TensorInfo {
    let (kind, shape) = match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => (
            match ty {
                TensorElementType::Float32 => Some(TensorKind::F32),
                TensorElementType::Int64 => Some(TensorKind::I64),
                TensorElementType::Bool => Some(TensorKind::Bool),
                _ => None,
            },
            shape.iter().copied().collect(),
        ),
        _ => (None, Vec::new()),
    };
    TensorInfo { name: outlet.name().to_owned(), kind, shape }
}

struct OnnxSession {
    name: String,
    inputs: Vec<TensorInfo>,
    outputs: Vec<TensorInfo>,
    session: ort::session::Session,
}

impl OnnxSession {
    fn failed(&self, problem: impl ToString) -> RuntimeError {
        RuntimeError::Run { model: self.name.clone(), problem: problem.to_string() }
    }

    fn input<'v>(&self, value: &'v Value) -> Result<SessionInputValue<'v>, RuntimeError> {
        fn view<'v, T>(tensor: &'v Tensor, data: &'v [T]) -> ort::Result<SessionInputValue<'v>>
        where
            T: ort::value::PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static,
        {
            Ok(TensorRef::from_array_view((tensor.shape.clone(), data))?.into())
        }
        match value {
            Value::Onnx(value) => Ok(value.into()),
            Value::Host(tensor) => match &tensor.data {
                TensorData::F32(data) => view(tensor, data),
                TensorData::I64(data) => view(tensor, data),
                TensorData::Bool(data) => view(tensor, data),
            }
            .map_err(|e| self.failed(e)),
        }
    }
}

impl Session for OnnxSession {
    fn inputs(&self) -> &[TensorInfo] {
        &self.inputs
    }

    fn outputs(&self) -> &[TensorInfo] {
        &self.outputs
    }

    fn run(&mut self, inputs: &[(&str, &Value)], outputs: &[&str]) -> Result<Vec<Value>, RuntimeError> {
        if let Some(name) = outputs.iter().find(|n| !self.outputs.iter().any(|o| o.name == **n)) {
            return Err(self.failed(format!("the model has no output \"{name}\"")));
        }
        let values = inputs
            .iter()
            .map(|(name, value)| Ok(((*name).to_owned(), self.input(value)?)))
            .collect::<Result<Vec<_>, RuntimeError>>()?;
        let selected = outputs.iter().fold(OutputSelector::no_default(), |s, name| s.with(*name));
        let name = self.name.clone();
        let failed = |e: ort::Error| RuntimeError::Run { model: name.clone(), problem: e.to_string() };
        let options = RunOptions::new().map_err(failed)?.with_outputs(selected);
        let mut results = self.session.run_with_options(values, &options).map_err(failed)?;
        outputs
            .iter()
            .map(|output| {
                let value: Option<DynValue> = results.remove(output);
                value.map(Value::Onnx).ok_or_else(|| RuntimeError::Run {
                    model: name.clone(),
                    problem: format!("the runtime returned no output \"{output}\""),
                })
            })
            .collect()
    }
}
