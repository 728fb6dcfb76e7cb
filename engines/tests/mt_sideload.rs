//! Any Firefox model can be sideloaded, or one like our own, takes its directions over, and is refused where it is none.

#[path = "common/routes.rs"]
mod routes;

use std::{fs, path::Path};

use engines::{
    Direction, EngineError,
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

/// A store with our own model under directions that the catalog does not offer it for, and with another vocabulary where one is given.
fn seq2seq_store(directions: &str, vocabulary: Option<&Path>) -> (tempfile::TempDir, Store) {
    let (models, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let installed = Store::open(model_dir()).unwrap().files("everyday-from-english").unwrap_or_else(|e| panic!("{e}"));
    let mut description = format!(
        "[[model]]\nid = 'own'\nstage = 'mt'\nengine = 'seq2seq'\ndescription = 'x'\nlicence = 'MIT'\ndirections = [{directions}]\n"
    );
    let words = directions.split(", ").map(|d| ("words.en-es.txt", format!("words.{}.txt", d.trim_matches('\''))));
    let graphs = ["encoder.onnx", "decoder.onnx", "vocabulary.spm"].map(|name| (name, name.to_owned()));
    for (from, name) in graphs.into_iter().chain(words) {
        fs::copy(installed.path(from).unwrap(), source.path().join(&name)).unwrap();
        description += &format!("[[model.file]]\nname = '{name}'\nbytes = 0\nsha256 = ''\n");
    }
    if let Some(vocabulary) = vocabulary {
        fs::copy(vocabulary, source.path().join("vocabulary.spm")).unwrap();
    }
    fs::write(source.path().join("model.toml"), description).unwrap();
    sideload(&Store::open(models.path()).unwrap(), source.path()).unwrap();
    let store = Store::open(models.path()).unwrap();
    (models, store)
}

#[test]
fn one_model_serves_several_directions() {
    let (_models, store) = seq2seq_store("'en-de', 'en-zh'", None);
    let directions = ["en-de", "en-zh"].map(|d| d.parse().unwrap());
    let routes = routes::load_from(&store, &directions).unwrap_or_else(|e| panic!("{e}"));
    let say = |direction: Direction| {
        let mut stream = routes.open(direction).unwrap();
        stream.translate_chunk("Where is the station?", true).unwrap().text
    };
    assert_eq!(directions.map(say), ["Wo ist der Bahnhof?", "车站在哪里？"]);
}

#[test]
fn a_model_that_does_not_know_the_language_is_refused() {
    let other = tempfile::tempdir().unwrap();
    copy(other.path(), &[("vocab.enpt.spm", "vocabulary.spm")]);
    let (_models, store) = seq2seq_store("'en-de'", Some(&other.path().join("vocabulary.spm")));
    let error = load(&store, "en-de").err().unwrap();
    assert!(matches!(error, EngineError::ModelContent { .. }), "{error}");
    assert!(error.to_string().contains("<de>"), "{error}");
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
