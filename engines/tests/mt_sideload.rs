//! Any Firefox model can be sideloaded, takes its direction over, and is refused where it is none.

#[path = "common/routes.rs"]
mod routes;

use std::{fs, path::Path};

use engines::{
    EngineError,
    catalog::{Store, model_dir, sideload},
    mt,
    stage::Translator,
};

fn load(store: &Store, direction: &str) -> Result<mt::Routes, EngineError> {
    routes::load_from(store, &[direction.parse().unwrap()])
}

/// Copies files of the English-Portuguese model under other names into `to`.
fn copy(to: &Path, names: &[(&str, &str)]) {
    let store = Store::open(model_dir()).unwrap();
    let files = store.files("bergamot-en-pt").unwrap_or_else(|e| panic!("{e}"));
    for (from, name) in names {
        fs::copy(files.path(from).unwrap(), to.join(name)).unwrap();
    }
}

#[test]
fn a_model_with_two_vocabularies_and_no_shortlist_serves_its_direction_alone() {
    let (models, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    copy(
        source.path(),
        &[
            ("model.enpt.intgemm.alphas.bin", "model.enes.intgemm.alphas.bin"),
            ("vocab.enpt.spm", "srcvocab.enes.spm"),
            ("vocab.enpt.spm", "trgvocab.enes.spm"),
        ],
    );
    sideload(&Store::open(models.path()).unwrap(), source.path()).unwrap();
    let routes = load(&Store::open(models.path()).unwrap(), "en-es").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(routes.name(), "bergamot-en-es-sideloaded");
    let mut stream = routes.open("en-es".parse().unwrap()).unwrap();
    assert_eq!(stream.translate_chunk("The house is big.", true).unwrap().text, "A casa é grande.");
}

#[test]
fn what_is_no_model_is_refused_with_its_file() {
    let (models, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let names = [("model.ende.bin", "model"), ("vocab.ende.spm", "vocabulary"), ("lex.ende.bin", "list")];
    for (name, text) in names {
        fs::write(source.path().join(name), text.repeat(100)).unwrap();
    }
    sideload(&Store::open(models.path()).unwrap(), source.path()).unwrap();
    let error = load(&Store::open(models.path()).unwrap(), "en-de").err().unwrap();
    assert!(matches!(error, EngineError::ModelContent { .. }), "{error}");
    assert!(error.to_string().contains("model.ende.bin"), "{error}");
}

#[test]
fn a_model_with_an_empty_vocabulary_is_refused() {
    let (models, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    copy(source.path(), &[("model.enpt.intgemm.alphas.bin", "model.enfr.bin")]);
    fs::write(source.path().join("vocab.enfr.spm"), "").unwrap();
    sideload(&Store::open(models.path()).unwrap(), source.path()).unwrap();
    let error = load(&Store::open(models.path()).unwrap(), "en-fr").err().unwrap();
    assert!(matches!(error, EngineError::ModelContent { .. }), "{error}");
}

#[test]
fn a_model_that_is_not_fetched_is_named_with_the_command_that_fetches_it() {
    let models = tempfile::tempdir().unwrap();
    let error = load(&Store::open(models.path()).unwrap(), "en-es").err().unwrap().to_string();
    let mend = format!("dragoman models fetch --models {} bergamot-en-pt", models.path().display());
    assert!(error.contains(&mend), "{error}");
}

#[test]
fn a_direction_nobody_serves_is_refused_with_those_that_are() {
    let models = tempfile::tempdir().unwrap();
    let error = load(&Store::open(models.path()).unwrap(), "de-zh").err().unwrap().to_string();
    assert!(error.contains("German") && error.contains("en-es") && error.contains("es-en"), "{error}");
}
