//! The models of this machine, and copies of their directory in which something is wrong.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::Arc,
};

use daemon::{config::Config, offline::Transcriber};
use engines::{
    Language,
    assembly::Assembly,
    audio::resample,
    catalog::{Store, model_dir},
    clock::MonotonicClock,
    message::{INPUT_RATE, OUTPUT_RATE},
};
use tempfile::TempDir;

use super::clips::to_float;

/// Who listens to what the loudspeaker played and writes it down.
pub struct Ear(Transcriber);

impl Ear {
    /// Somebody who understands `language`. A missing model fails the test with the command that mends it.
    pub fn new(language: Language) -> Self {
        let store = Store::open(model_dir()).unwrap_or_else(|e| panic!("{e}"));
        let options = Config::default().engine_options();
        let assembly = Assembly::new(store, Arc::new(MonotonicClock::start()), options);
        Self(Transcriber::open(&assembly, &Config::default(), language).unwrap_or_else(|e| panic!("{e}")))
    }

    /// What is said in sound of the loudspeaker's rate.
    pub fn hear(&mut self, spoken: &[i16]) -> String {
        let sound = resample(&to_float(spoken), OUTPUT_RATE, INPUT_RATE).unwrap();
        self.0.transcribe(&sound).unwrap()
    }
}

/// A model directory in which every file is a link to the real one, until something is changed.
pub struct ModelCopy(TempDir);

impl ModelCopy {
    /// As the real one.
    pub fn new() -> Self {
        let copy = tempfile::tempdir().unwrap();
        let real = model_dir();
        for model in
            fs::read_dir(&real).unwrap_or_else(|e| panic!("{}: {e}; run `dragoman models fetch`", real.display()))
        {
            let model = model.unwrap();
            let to = copy.path().join(model.file_name());
            if model.file_type().unwrap().is_file() {
                symlink(model.path(), &to).unwrap();
                continue;
            }
            fs::create_dir(&to).unwrap();
            for file in fs::read_dir(model.path()).unwrap() {
                let file = file.unwrap();
                symlink(file.path(), to.join(file.file_name())).unwrap();
            }
        }
        Self(copy)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The path of a file such as `silero-vad/silero_vad.onnx`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Takes a file away.
    pub fn remove(&self, name: &str) {
        fs::remove_file(self.file(name)).unwrap();
    }

    /// Puts other bytes in its place; the real file stays as it is.
    pub fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.file(name)).unwrap();
        change(&mut bytes);
        self.remove(name);
        fs::write(self.file(name), bytes).unwrap();
    }
}
