//! The catalog: one TOML file that names every model the box may load, and the hash of every byte of it.
//!
//! The built-in catalog is `engines/catalog.toml`; what an integrator sideloads is recorded beside the models, in the
//! same form. Nothing is loaded that neither names. Fetching is not done here: this room never touches a network.

mod sideload;
mod store;

pub use sideload::sideload;
pub use store::{ModelFiles, Store, model_dir, verify};

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Direction, Language};

/// The catalog as it ships.
const BUILT_IN: &str = include_str!("../../catalog.toml");

/// What went wrong with the catalog or a model's files.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The catalog itself cannot be read.
    #[error("the catalog {place} cannot be read: {problem}")]
    Syntax {
        /// Which catalog.
        place: String,
        /// The parser's words, with the line.
        problem: String,
    },
    /// No entry of that name.
    #[error("the catalog has no model \"{id}\"{}; `dragoman models list` shows all", hint(suggestion))]
    Unknown {
        /// The name asked for.
        id: String,
        /// The nearest name there is.
        suggestion: Option<String>,
    },
    /// An entry for other machines only.
    #[error(
        "the catalog has \"{id}\" for {offered} only, and this machine is {}; sideload one",
        std::env::consts::ARCH
    )]
    OtherMachine {
        /// The name asked for.
        id: String,
        /// The architectures it is there for.
        offered: String,
    },
    /// A file is not there.
    #[error("model {id}: {path} is missing; fetch it with `dragoman models fetch{} {id}`", place(path))]
    Missing {
        /// The model.
        id: String,
        /// The file.
        path: PathBuf,
    },
    /// A program of the system is not there.
    #[error("model {id}: the program {program} is not installed; install it with `{install}`")]
    NoProgram {
        /// The model.
        id: String,
        /// The program.
        program: String,
        /// The command that brings it.
        install: String,
    },
    /// A file has the wrong length.
    #[error(
        "model {id}: {path} has {got} bytes instead of {expected} (cut short?); fetch it again with `dragoman models fetch{} {id}`",
        place(path)
    )]
    Length {
        /// The model.
        id: String,
        /// The file.
        path: PathBuf,
        /// Bytes the catalog names.
        expected: u64,
        /// Bytes it has.
        got: u64,
    },
    /// A file has the right length and other bytes.
    #[error(
        "model {id}: {path} is not the file that the catalog names (SHA-256 {got}, expected {expected}); fetch it again with `dragoman models fetch{} {id}`",
        place(path)
    )]
    Hash {
        /// The model.
        id: String,
        /// The file.
        path: PathBuf,
        /// The hash the catalog names, in hexadecimal.
        expected: String,
        /// The hash it has.
        got: String,
    },
    /// A file cannot be read or written.
    #[error("{path}: {problem}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        problem: std::io::Error,
    },
    /// A directory offered for sideloading holds no model.
    #[error("{path} cannot be sideloaded: {problem}")]
    NotAModel {
        /// The directory.
        path: PathBuf,
        /// What is missing or wrong, and what would be right.
        problem: String,
    },
}

/// The option that names the model directory of a file, where it is not the one that `dragoman` would take by itself.
fn place(file: &std::path::Path) -> String {
    let directory = file.parent().and_then(std::path::Path::parent).unwrap_or(file);
    if directory == model_dir() { String::new() } else { format!(" --models {}", directory.display()) }
}

fn hint(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|s| format!(" (did you mean \"{s}\"?)")).unwrap_or_default()
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// A library that runs models.
    Runtime,
    /// Voice activity detection.
    Vad,
    /// Speech recognition.
    Asr,
    /// Translation.
    Mt,
    /// Speech synthesis.
    Tts,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name in the model's directory.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in lower-case hexadecimal.
    pub sha256: String,
    /// Where it lies in the packages, as `package/path`; several are joined in order. Empty for a file that the
    /// preparation makes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
}

/// A package that carries model files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// `pip`, `builtin` for what `dragoman` carries itself, or `apt` for a program of the system.
    pub client: String,
    /// Its name.
    pub name: String,
    /// Its exact version; none for `apt`, where it is the system's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// For `pip`: the wheel's platform, where the package has one for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its name, also that of its directory.
    pub id: String,
    /// What it is for.
    pub stage: Stage,
    /// The engine that runs it.
    pub engine: String,
    /// What it is, in a line.
    pub description: String,
    /// Languages it recognises or speaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
    /// The ways it translates. Records of older sideloaded models have one `direction` instead.
    #[serde(default, alias = "direction", deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub directions: Vec<Direction>,
    /// SPDX expression of the licence of code and weights.
    pub licence: String,
    /// Where it comes from, and what is to be known about its licence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provenance: String,
    /// Only for machines of this architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Not fetched unless it is named, and used where it is there: too large for most, or not free for all uses.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// The program of the system that it is, instead of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Packages to fetch it from; none for a sideloaded one.
    #[serde(default, rename = "package", skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Package>,
    /// Script in `engines/prepare/` that makes files out of the inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepare: Option<String>,
    /// Files that only the preparation needs.
    #[serde(default, rename = "input", skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<File>,
    /// The files of the model.
    #[serde(rename = "file")]
    pub files: Vec<File>,
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Direction>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Directions {
        One(Direction),
        Many(Vec<Direction>),
    }
    Ok(match Directions::deserialize(deserializer)? {
        Directions::One(direction) => vec![direction],
        Directions::Many(directions) => directions,
    })
}

impl Model {
    /// Bytes on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|f| f.bytes).sum()
    }

    /// The command that installs the program that it is.
    #[must_use]
    pub fn install(&self) -> String {
        let packages: Vec<&str> = self.packages.iter().map(|p| p.name.as_str()).collect();
        format!("apt-get install {}", packages.join(" "))
    }

    /// Whether it is meant for the machine that this program was built for.
    #[must_use]
    pub fn fits_this_machine(&self) -> bool {
        self.architecture.as_deref().is_none_or(|a| a == std::env::consts::ARCH)
    }
}

/// All models.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// In the order of preference within a stage.
    #[serde(default, rename = "model")]
    pub models: Vec<Model>,
}

impl Catalog {
    /// The catalog that ships with the program.
    ///
    /// # Errors
    /// Never in a released build: a test reads it.
    pub fn built_in() -> Result<Self, CatalogError> {
        Self::parse(BUILT_IN, "that ships with the program")
    }

    /// Reads a catalog; `place` names it in errors.
    ///
    /// # Errors
    /// [`CatalogError::Syntax`], with the line.
    pub fn parse(text: &str, place: &str) -> Result<Self, CatalogError> {
        let bad = |problem: String| CatalogError::Syntax { place: place.to_owned(), problem };
        let catalog: Self = toml::from_str(text).map_err(|e| bad(e.to_string()))?;
        for model in &catalog.models {
            let files = model.files.iter().chain(&model.inputs);
            let names = std::iter::once(&model.id).chain(&model.program).chain(files.map(|f| &f.name));
            for name in names {
                // A name becomes a path: it must not lead out of the model directory.
                if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
                    return Err(bad(format!("\"{name}\" in model \"{}\" is not a plain file name", model.id)));
                }
            }
            if catalog.models.iter().filter(|m| m.id == model.id && m.fits_this_machine()).count() > 1 {
                return Err(bad(format!("two models are called \"{}\"", model.id)));
            }
        }
        Ok(catalog)
    }

    /// The model called `id` for this machine.
    ///
    /// # Errors
    /// [`CatalogError::Unknown`], with the nearest name, or [`CatalogError::OtherMachine`].
    pub fn model(&self, id: &str) -> Result<&Model, CatalogError> {
        self.models.iter().find(|m| m.id == id && m.fits_this_machine()).ok_or_else(|| {
            let others: Vec<&str> =
                self.models.iter().filter(|m| m.id == id).filter_map(|m| m.architecture.as_deref()).collect();
            if !others.is_empty() {
                return CatalogError::OtherMachine { id: id.to_owned(), offered: others.join(", ") };
            }
            let suggestion = self
                .models
                .iter()
                .map(|m| (strsim::jaro_winkler(&m.id, id), &m.id))
                .filter(|(score, _)| *score > 0.75)
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map(|(_, id)| id.clone());
            CatalogError::Unknown { id: id.to_owned(), suggestion }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_that_ships_can_be_read_and_is_complete() {
        let catalog = Catalog::built_in().unwrap();
        assert!(!catalog.models.is_empty());
        for model in &catalog.models {
            assert!(!model.licence.is_empty(), "{}", model.id);
            assert!(model.files.is_empty() == model.program.is_some(), "{}: files or a program", model.id);
            assert!(!model.packages.is_empty(), "{}", model.id);
            for package in &model.packages {
                assert_eq!(
                    package.client == "apt",
                    model.program.is_some() && package.version.is_empty(),
                    "{}",
                    model.id
                );
            }
            for file in model.files.iter().chain(&model.inputs) {
                assert_eq!(file.sha256.len(), 64, "{} {}", model.id, file.name);
                assert!(!file.from.is_empty() || model.prepare.is_some(), "{} {}", model.id, file.name);
                for from in &file.from {
                    let package = from.split('/').next().unwrap_or_default();
                    assert!(model.packages.iter().any(|p| p.name == package), "{} {from}", model.id);
                }
            }
        }
    }

    #[test]
    fn an_unknown_model_is_refused_with_the_nearest_name() {
        let error = Catalog::built_in().unwrap().model("silero-vda").unwrap_err().to_string();
        assert!(error.contains("silero-vad"), "{error}");
    }

    #[test]
    fn one_direction_and_several_are_read() {
        let text = |directions: &str| {
            format!(
                "[[model]]\nid = 'x'\nstage = 'mt'\nengine = 'x'\ndescription = 'x'\nlicence = 'MIT'\nfile = []\n{directions}"
            )
        };
        let read = |directions: &str| Catalog::parse(&text(directions), "test").map(|c| c.models[0].directions.clone());
        assert_eq!(read("direction = 'en-es'").unwrap(), read("directions = ['en-es']").unwrap());
        assert_eq!(read("directions = ['en-es', 'en-de']").unwrap().len(), 2);
        assert!(read("direction = 'en-xx'").is_err());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        let text =
            "[[model]]\nid = '../x'\nstage = 'vad'\nengine = 'x'\ndescription = 'x'\nlicence = 'MIT'\nfile = []\n";
        assert!(Catalog::parse(text, "test").unwrap_err().to_string().contains("plain file name"));
    }
}
