//! Loading translators of the installed models.

use std::sync::Arc;

use engines::{
    Direction, EngineError,
    catalog::{Store, model_dir},
    clock::MonotonicClock,
    mt::{self, MtOptions, Routes},
    runtime::OnnxRuntime,
};

/// The routes for `directions`, of the models in `store`.
pub fn load_from(store: &Store, directions: &[Direction]) -> Result<Routes, EngineError> {
    let runtime = || {
        let installed = Store::open(model_dir())?;
        Ok(OnnxRuntime::load_library(&installed.files("onnxruntime")?.path("libonnxruntime.so")?)?)
    };
    mt::load(store, directions, Arc::new(MonotonicClock::start()), MtOptions::default(), &runtime)
}

/// The routes for `directions` such as `en-es`, of the installed models.
#[allow(dead_code, reason = "not every test uses both")]
pub fn load(directions: &[&str]) -> Routes {
    let directions: Vec<Direction> = directions.iter().map(|d| d.parse().unwrap()).collect();
    load_from(&Store::open(model_dir()).unwrap(), &directions).unwrap_or_else(|e| panic!("{e}"))
}
