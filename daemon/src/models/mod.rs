//! `dragoman models`: what there is, fetching it, checking it, taking in what others bring.

mod fetch;
mod venv;

pub use fetch::{FetchError, Progress, fetch};

use std::fmt::Write as _;

use engines::catalog::{CatalogError, Stage, Store};

/// The listing of `dragoman models list`: one line a model.
#[must_use]
pub fn list(store: &Store) -> String {
    let mut text = String::new();
    let id_width = store.catalog().models.iter().map(|m| m.id.len()).max().unwrap_or(0);
    for model in store.catalog().models.iter().filter(|m| m.fits_this_machine()) {
        let state = match store.is_present(model) {
            true => "present",
            false if model.optional => "optional",
            false => "absent",
        };
        let languages = model.languages.iter().map(|l| l.code().to_owned());
        let offers: Vec<String> = model.directions.iter().map(ToString::to_string).chain(languages).collect();
        let offers = if offers.is_empty() { "-".to_owned() } else { offers.join(",") };
        let stage = stage_name(model.stage);
        let megabytes = model.bytes() as f64 / 1e6;
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:id_width$}  {stage:7}  {offers:8}  {state:8}  {megabytes:7.1} MB  {:24}  {}",
            model.id, model.licence, model.description
        );
    }
    text
}

/// The stage's name as the catalog writes it.
fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Runtime => "runtime",
        Stage::Vad => "vad",
        Stage::Asr => "asr",
        Stage::Mt => "mt",
        Stage::Tts => "tts",
    }
}

/// A model's name, and what is wrong with it.
pub type Verdict = (String, Result<(), CatalogError>);

/// Checks every byte of the models in `ids`, or of all that are used on this machine; one verdict a model.
///
/// # Errors
/// [`CatalogError::Unknown`] for an id that the catalog does not name.
pub fn verify(store: &Store, ids: &[String]) -> Result<Vec<Verdict>, CatalogError> {
    Ok(wanted(store, ids)?.into_iter().map(|id| (id.clone(), store.files(&id).map(|_| ()))).collect())
}

/// The ids asked for, or where none is named all for this machine, but for optional ones that are not there. Programs that are
/// not installed are among them, so that they are told of.
fn wanted(store: &Store, ids: &[String]) -> Result<Vec<String>, CatalogError> {
    if ids.is_empty() {
        let missing = store.catalog().models.iter().filter(|m| m.program.is_some() && !store.is_present(m));
        return Ok(store.usable().chain(missing).map(|m| m.id.clone()).collect());
    }
    ids.iter().map(|id| store.catalog().model(id).map(|m| m.id.clone())).collect()
}
