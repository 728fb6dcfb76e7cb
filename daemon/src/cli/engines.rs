//! What the commands that run engines have in common.

use std::{error::Error, path::PathBuf, sync::Arc};

use clap::Args;
use engines::{
    Direction, Language,
    assembly::Assembly,
    catalog::{CatalogError, Store},
    clock::MonotonicClock,
};

use crate::config::{Config, Mode, VoiceKind};

#[derive(Args)]
pub(super) struct EngineArguments {
    /// The configuration file; without one every key has its default.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The model directory, instead of the configured one.
    #[arg(long)]
    models: Option<PathBuf>,
    /// auto, good or light, instead of the configured kind of voice.
    #[arg(long, value_parser = voice_kind)]
    voice: Option<VoiceKind>,
    /// simultaneous, consecutive or auto, instead of the configured mode.
    #[arg(long, value_parser = mode)]
    mode: Option<Mode>,
}

#[derive(Args)]
pub(super) struct DirectionArguments {
    /// The language spoken, such as en.
    #[arg(long, value_parser = language)]
    from: Language,
    /// The language wanted, such as es.
    #[arg(long, value_parser = language)]
    to: Language,
}

impl DirectionArguments {
    pub(super) fn direction(&self) -> Direction {
        Direction::new(self.from, self.to)
    }
}

impl EngineArguments {
    /// The configuration and the engines it asks for.
    pub(super) fn open(&self) -> Result<(Config, Assembly), Box<dyn Error>> {
        self.open_with(Ok)
    }

    /// The same, of the store that `choose` makes of the installed one.
    pub(super) fn open_with(
        &self,
        choose: impl FnOnce(Store) -> Result<Store, CatalogError>,
    ) -> Result<(Config, Assembly), Box<dyn Error>> {
        let mut config = self.config.as_deref().map_or_else(|| Ok(Config::default()), Config::load)?;
        config.tts.voice = self.voice.unwrap_or(config.tts.voice);
        if let Some(mode) = self.mode {
            config.conversation.mode = mode.into();
        }
        config.system.models = self.models.clone().or(config.system.models);
        let store = choose(Store::open(config.model_directory())?)?;
        let assembly = Assembly::new(store, Arc::new(MonotonicClock::start()), config.engine_options());
        Ok((config, assembly))
    }
}

/// By its name in a configuration.
fn mode(text: &str) -> Result<Mode, String> {
    toml::Value::String(text.to_owned()).try_into().map_err(|e: toml::de::Error| e.message().to_owned())
}

pub(super) fn language(text: &str) -> Result<Language, String> {
    text.parse().map_err(|e: engines::EngineError| e.to_string())
}

fn voice_kind(text: &str) -> Result<VoiceKind, String> {
    match text {
        "auto" => Ok(VoiceKind::Auto),
        "good" => Ok(VoiceKind::Good),
        "light" => Ok(VoiceKind::Light),
        other => Err(format!("\"{other}\" is none of auto, good and light")),
    }
}
