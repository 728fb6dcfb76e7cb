//! The Python environment that downloads packages and prepares models. The daemon itself never uses it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::fetch::{FetchError, run};

/// What the preparation scripts need, pinned.
const REQUIREMENTS: &str = include_str!("../../../engines/prepare/requirements.txt");

/// A virtual environment beside the model directory, made when it is first needed.
pub(super) struct Venv(PathBuf);

impl Venv {
    pub(super) fn beside(models: &Path) -> Self {
        Self(models.parent().unwrap_or(models).join("prepare-venv"))
    }

    /// The environment's Python, after making the environment if need be.
    pub(super) fn python(&self) -> Result<PathBuf, FetchError> {
        let python = self.0.join("bin/python");
        // One that another Python made, gone since, is no use.
        let works = Command::new(&python).args(["-c", "import pip"]).output().is_ok_and(|o| o.status.success());
        if !works {
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&self.0), "apt-get install python3-venv")?;
        }
        Ok(python)
    }

    /// The environment's Python with everything that the preparation scripts import.
    pub(super) fn python_for_preparation(&self) -> Result<PathBuf, FetchError> {
        let python = self.python()?;
        let installed = self.0.join(".installed");
        if fs::read_to_string(&installed).is_ok_and(|text| text == REQUIREMENTS) {
            return Ok(python);
        }
        let list = self.0.join("requirements.txt");
        let io = |path: &Path| {
            let path = path.to_owned();
            move |problem| FetchError::Io { path, problem }
        };
        fs::write(&list, REQUIREMENTS).map_err(io(&list))?;
        let mut install = Command::new(&python);
        install
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "-r"])
            .arg(&list);
        run(&mut install, "dragoman models fetch")?;
        fs::write(&installed, REQUIREMENTS).map_err(io(&installed))?;
        Ok(python)
    }
}
