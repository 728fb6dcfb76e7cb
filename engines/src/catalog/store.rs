//! The directory where models lie, and the check that they are what the catalog says.

use std::{
    env, fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{Catalog, CatalogError, File, Model, Stage};

/// Name of the record of sideloaded models, in the model directory.
pub(super) const SIDELOADED: &str = "sideloaded.toml";

/// Where models lie unless the configuration says otherwise: `$DRAGOMAN_MODELS`, else `dragoman/models` in the user's
/// cache directory.
#[must_use]
pub fn model_dir() -> PathBuf {
    if let Some(dir) = env::var_os("DRAGOMAN_MODELS").filter(|d| !d.is_empty()) {
        return dir.into();
    }
    let cache = env::var_os("XDG_CACHE_HOME").filter(|d| !d.is_empty()).map_or_else(
        || env::var_os("HOME").map_or_else(|| PathBuf::from("/var/cache"), PathBuf::from).join(".cache"),
        PathBuf::from,
    );
    cache.join("dragoman").join("models")
}

/// The model directory together with the catalog of what may lie in it.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
    catalog: Catalog,
}

impl Store {
    /// Opens `directory`: what was sideloaded into it stands before the built-in models.
    ///
    /// # Errors
    /// [`CatalogError::Syntax`] or [`CatalogError::Io`] for a broken record of sideloaded models.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, CatalogError> {
        let directory = directory.into();
        let record = directory.join(SIDELOADED);
        let mut catalog = match fs::read_to_string(&record) {
            Ok(text) => Catalog::parse(&text, &record.display().to_string())?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => Catalog::default(),
            Err(problem) => return Err(CatalogError::Io { path: record, problem }),
        };
        let sideloaded: Vec<String> = catalog.models.iter().map(|m| m.id.clone()).collect();
        let built_in = Catalog::built_in()?.models;
        catalog.models.extend(built_in.into_iter().filter(|m| !sideloaded.contains(&m.id)));
        Ok(Self { directory, catalog })
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What may lie in it.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The models that engines may be made of: those for this machine, optional ones and programs where they are there.
    pub fn usable(&self) -> impl Iterator<Item = &Model> {
        let may_lack = |m: &Model| m.optional || m.program.is_some();
        self.catalog.models.iter().filter(move |m| m.fits_this_machine() && (!may_lack(m) || self.is_present(m)))
    }

    /// The store as if its catalog had no other translation models than `ids`: to compare engines.
    ///
    /// # Errors
    /// [`CatalogError::Unknown`] for one that it has not.
    pub fn translating_by(mut self, ids: &[String]) -> Result<Self, CatalogError> {
        ids.iter().try_for_each(|id| self.catalog.model(id).map(drop))?;
        self.catalog.models.retain(|m| m.stage != Stage::Mt || ids.contains(&m.id));
        Ok(self)
    }

    /// The directory of one model.
    #[must_use]
    pub fn model_directory(&self, model: &Model) -> PathBuf {
        self.directory.join(&model.id)
    }

    /// Checks every byte of the model `id` and gives its files. Of a program of the system it is checked that it is there.
    ///
    /// # Errors
    /// [`CatalogError`]: unknown, missing, cut short, or other bytes than the catalog names.
    pub fn files(&self, id: &str) -> Result<ModelFiles, CatalogError> {
        let model = self.catalog.model(id)?;
        if let Some(program) = model.program.as_ref().filter(|program| !is_installed(program)) {
            let (id, program) = (id.to_owned(), program.clone());
            return Err(CatalogError::NoProgram { id, program, install: model.install() });
        }
        let directory = self.model_directory(model);
        for file in &model.files {
            verify(&model.id, file, &directory.join(&file.name))?;
        }
        Ok(ModelFiles { model: model.clone(), directory })
    }

    /// Whether the files of `model` are there and of the right length, or its program is; quick, no proof that they are the
    /// right ones.
    #[must_use]
    pub fn is_present(&self, model: &Model) -> bool {
        if let Some(program) = &model.program {
            return is_installed(program);
        }
        let directory = self.model_directory(model);
        model.files.iter().all(|f| fs::metadata(directory.join(&f.name)).is_ok_and(|m| m.len() == f.bytes))
    }
}

/// Whether `PATH` leads to a program of this name.
fn is_installed(program: &str) -> bool {
    let runs = |path: PathBuf| fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0);
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|directory| runs(directory.join(program))))
}

/// The checked files of one model.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    model: Model,
    directory: PathBuf,
}

impl ModelFiles {
    /// The catalog's entry.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The path of the file called `name`.
    ///
    /// # Errors
    /// [`CatalogError::Missing`] where the catalog names no such file: an engine and the catalog disagree.
    pub fn path(&self, name: &str) -> Result<PathBuf, CatalogError> {
        let path = self.directory.join(name);
        if self.model.files.iter().any(|f| f.name == name) {
            Ok(path)
        } else {
            Err(CatalogError::Missing { id: self.model.id.clone(), path })
        }
    }

    /// The bytes of the file called `name`.
    ///
    /// # Errors
    /// As [`ModelFiles::path`], or [`CatalogError::Io`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>, CatalogError> {
        let path = self.path(name)?;
        fs::read(&path).map_err(|problem| CatalogError::Io { path, problem })
    }
}

/// Checks the length and the hash of one file.
///
/// # Errors
/// [`CatalogError::Missing`], [`CatalogError::Length`], [`CatalogError::Hash`] or [`CatalogError::Io`].
pub fn verify(id: &str, file: &File, path: &Path) -> Result<(), CatalogError> {
    let io = |problem: io::Error| CatalogError::Io { path: path.to_owned(), problem };
    let mut source = match fs::File::open(path) {
        Ok(source) => source,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(CatalogError::Missing { id: id.to_owned(), path: path.to_owned() });
        }
        Err(e) => return Err(io(e)),
    };
    let got = source.metadata().map_err(io)?.len();
    if got != file.bytes {
        return Err(CatalogError::Length { id: id.to_owned(), path: path.to_owned(), expected: file.bytes, got });
    }
    let got = hash(&mut source).map_err(io)?;
    if got != file.sha256 {
        return Err(CatalogError::Hash {
            id: id.to_owned(),
            path: path.to_owned(),
            expected: file.sha256.clone(),
            got,
        });
    }
    Ok(())
}

/// SHA-256 of everything in `source`, in lower-case hexadecimal.
pub(super) fn hash(source: &mut impl io::Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        match source.read(&mut block)? {
            0 => break,
            n => hasher.update(&block[..n]),
        }
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_model_is_used_where_it_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let record = "[[model]]\nid = 'x'\nstage = 'mt'\nengine = 'x'\ndescription = 'x'\nlicence = 'MIT'\noptional = true\n\
            [[model.file]]\nname = 'x.bin'\nbytes = 1\nsha256 = ''\n";
        fs::write(directory.path().join(SIDELOADED), record).unwrap();
        let store = Store::open(directory.path()).unwrap();
        let is_usable = || store.usable().any(|m| m.id == "x");
        assert!(store.catalog().model("x").is_ok() && !is_usable());
        fs::create_dir(directory.path().join("x")).unwrap();
        fs::write(directory.path().join("x/x.bin"), "x").unwrap();
        assert!(is_usable());
    }

    /// A store whose only model is the program `name`.
    fn of_a_program(name: &str) -> Store {
        let text = format!(
            "[[model]]\nid = 'x'\nstage = 'tts'\nengine = 'x'\ndescription = 'x'\nlicence = 'GPL-3.0-or-later'\n\
             program = '{name}'\npackage = [{{ client = 'apt', name = 'the-package' }}]\nfile = []\n"
        );
        Store { directory: PathBuf::from("/nowhere"), catalog: Catalog::parse(&text, "test").unwrap() }
    }

    #[test]
    fn a_program_of_the_system_is_there_or_said_how_to_get() {
        let store = of_a_program("sh");
        assert!(store.usable().count() == 1 && store.files("x").is_ok());
        let store = of_a_program("no-such-program");
        assert_eq!(store.usable().count(), 0);
        let error = store.files("x").unwrap_err().to_string();
        assert!(error.contains("no-such-program") && error.contains("apt-get install the-package"), "{error}");
    }
}
