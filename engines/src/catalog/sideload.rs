//! Taking in a model that the built-in catalog does not name.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Catalog, CatalogError, File, Model, Stage, Store,
    store::{SIDELOADED, hash},
};
use crate::{Direction, Language};

/// Copies the model in `source` into the store's directory and records it with its hashes.
///
/// `source` holds either a `model.toml` in the catalog's form (lengths and hashes may be left out: `bytes = 0`,
/// `sha256 = ""`), or the files of one Firefox translation model as they are published, of which the direction is
/// read from their names.
///
/// # Errors
/// [`CatalogError::NotAModel`] with what is missing, or [`CatalogError::Io`].
pub fn sideload(store: &Store, source: &Path) -> Result<Model, CatalogError> {
    let description = source.join("model.toml");
    let mut model = match fs::read_to_string(&description) {
        Ok(text) => {
            let mut models = Catalog::parse(&text, &description.display().to_string())?.models;
            if models.len() != 1 {
                return Err(CatalogError::NotAModel {
                    path: description,
                    problem: format!("it describes {} models; one [[model]] is wanted", models.len()),
                });
            }
            models.remove(0)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => firefox_model(source)?,
        Err(problem) => return Err(CatalogError::Io { path: description, problem }),
    };
    // Where it came from before is no business of this store's.
    (model.packages, model.inputs, model.prepare) = (Vec::new(), Vec::new(), None);
    let target = store.model_directory(&model);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |problem| CatalogError::Io { path, problem }
    };
    fs::create_dir_all(store.directory()).map_err(io(store.directory()))?;
    // A model that is there already stays whole until the new one is.
    let scratch = tempfile::tempdir_in(store.directory()).map_err(io(store.directory()))?;
    for file in &mut model.files {
        take_in(file, &source.join(&file.name), &scratch.path().join(&file.name))?;
    }
    if target.exists() {
        fs::remove_dir_all(&target).map_err(io(&target))?;
    }
    fs::rename(scratch.keep(), &target).map_err(io(&target))?;
    record(store, &model)?;
    Ok(model)
}

/// Copies one file, filling in its length and hash, or holding it to those it came with.
fn take_in(file: &mut File, from: &Path, to: &Path) -> Result<(), CatalogError> {
    let read = |problem: io::Error| CatalogError::Io { path: from.to_owned(), problem };
    let write = |problem: io::Error| CatalogError::Io { path: to.to_owned(), problem };
    let bytes = fs::metadata(from).map_err(read)?.len();
    let sha256 = hash(&mut fs::File::open(from).map_err(read)?).map_err(read)?;
    if (file.bytes != 0 && file.bytes != bytes) || (!file.sha256.is_empty() && file.sha256 != sha256) {
        return Err(CatalogError::NotAModel {
            path: from.to_owned(),
            problem: format!(
                "model.toml names {} bytes with SHA-256 {}, the file has {bytes} with {sha256}",
                file.bytes, file.sha256
            ),
        });
    }
    fs::copy(from, to).map_err(write)?;
    (file.bytes, file.sha256) = (bytes, sha256);
    file.from.clear();
    Ok(())
}

/// Adds `model` to the record of sideloaded models, in place of one of the same name.
fn record(store: &Store, model: &Model) -> Result<(), CatalogError> {
    let path = store.directory().join(SIDELOADED);
    let io = |problem: io::Error| CatalogError::Io { path: path.clone(), problem };
    let mut catalog = match fs::read_to_string(&path) {
        Ok(text) => Catalog::parse(&text, &path.display().to_string())?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => Catalog::default(),
        Err(e) => return Err(io(e)),
    };
    catalog.models.retain(|m| m.id != model.id);
    catalog.models.insert(0, model.clone());
    let text = toml::to_string_pretty(&catalog)
        .map_err(|e| CatalogError::Syntax { place: path.display().to_string(), problem: e.to_string() })?;
    let partial = path.with_extension("partial");
    fs::write(&partial, text).map_err(io)?;
    fs::rename(&partial, &path).map_err(io)
}

/// Recognises the files of a Firefox translation model: `model.*.bin`, one vocabulary or two, a lexical shortlist.
fn firefox_model(source: &Path) -> Result<Model, CatalogError> {
    let refuse = |problem: String| CatalogError::NotAModel { path: source.to_owned(), problem };
    let entries = fs::read_dir(source).map_err(|problem| CatalogError::Io { path: source.to_owned(), problem })?;
    let mut names: Vec<String> = entries.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    let find = |starts: &str, ends: &str| names.iter().find(|n| n.starts_with(starts) && n.ends_with(ends)).cloned();
    let wanted = "wanted is a model.toml, or the files of a Firefox translation model (model.*.bin, vocab.*.spm or \
                  srcvocab.*.spm and trgvocab.*.spm, lex.*.bin), unpacked";
    let weights = find("model.", ".bin").ok_or_else(|| refuse(format!("no model.*.bin in it; {wanted}")))?;
    let vocabularies = match (find("vocab.", ".spm"), find("srcvocab.", ".spm"), find("trgvocab.", ".spm")) {
        (Some(one), _, _) => vec![one],
        (None, Some(source), Some(target)) => vec![source, target],
        _ => return Err(refuse(format!("no vocabulary in it; {wanted}"))),
    };
    let pair = weights.split('.').nth(1).unwrap_or_default();
    let direction = direction_of(pair)
        .ok_or_else(|| refuse(format!("\"{pair}\" in {weights} names no pair of languages, such as \"enes\"")))?;
    let files: Vec<PathBuf> =
        std::iter::once(weights).chain(vocabularies).chain(find("lex.", ".bin")).map(PathBuf::from).collect();
    Ok(Model {
        id: format!("bergamot-{direction}-sideloaded"),
        stage: Stage::Mt,
        engine: "bergamot".into(),
        description: format!(
            "Firefox translation model, {} to {}, sideloaded",
            direction.source.name(),
            direction.target.name()
        ),
        languages: Vec::new(),
        directions: vec![direction],
        licence: "LicenseRef-sideloaded".into(),
        provenance: "sideloaded by the integrator, who answers for its licence".into(),
        architecture: None,
        optional: false,
        program: None,
        packages: Vec::new(),
        prepare: None,
        inputs: Vec::new(),
        files: files
            .into_iter()
            .map(|f| File { name: f.to_string_lossy().into_owned(), bytes: 0, sha256: String::new(), from: Vec::new() })
            .collect(),
    })
}

fn direction_of(pair: &str) -> Option<Direction> {
    let (source, target) = (pair.get(..2)?, pair.get(2..4)?);
    let language = |code: &str| code.parse::<Language>().ok();
    (pair.len() == 4).then_some(())?;
    Some(Direction::new(language(source)?, language(target)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firefox_directory() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in ["model.ende.intgemm.alphas.bin", "vocab.ende.spm", "lex.50.50.ende.s2t.bin"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        dir
    }

    #[test]
    fn a_firefox_model_is_taken_in_and_then_checked_like_any_other() {
        let (models, source) = (tempfile::tempdir().unwrap(), firefox_directory());
        let model = sideload(&Store::open(models.path()).unwrap(), source.path()).unwrap();
        assert_eq!(model.directions[0].to_string(), "en-de");
        let store = Store::open(models.path()).unwrap();
        assert_eq!(store.catalog().models[0], model);
        assert_eq!(store.files(&model.id).unwrap().model().files.len(), 3);
        fs::write(models.path().join(&model.id).join("vocab.ende.spm"), "vocab.ende.spX").unwrap();
        assert!(matches!(store.files(&model.id), Err(CatalogError::Hash { .. })));
        fs::write(models.path().join(&model.id).join("vocab.ende.spm"), "v").unwrap();
        assert!(matches!(store.files(&model.id), Err(CatalogError::Length { .. })));
        fs::remove_file(models.path().join(&model.id).join("vocab.ende.spm")).unwrap();
        let error = store.files(&model.id).unwrap_err().to_string();
        assert!(error.contains("dragoman models fetch"), "{error}");
    }

    #[test]
    fn a_directory_without_a_model_is_refused_with_what_is_wanted() {
        let (models, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = Store::open(models.path()).unwrap();
        let error = sideload(&store, source.path()).unwrap_err().to_string();
        assert!(error.contains("model.*.bin") && error.contains("model.toml"), "{error}");
    }

    #[test]
    fn sideloading_twice_leaves_one_record() {
        let (models, source) = (tempfile::tempdir().unwrap(), firefox_directory());
        for _ in 0..2 {
            sideload(&Store::open(models.path()).unwrap(), source.path()).unwrap();
        }
        let text = fs::read_to_string(models.path().join(SIDELOADED)).unwrap();
        assert_eq!(text.matches("[[model]]").count(), 1, "{text}");
    }
}
