//! The configuration: one TOML file, every key with a default, unknown keys refused.

mod error;
mod mode;
mod seats;

pub use error::ConfigError;
pub use mode::{Mode, Modes};
pub use seats::{Place, Seat};

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use engines::{
    Direction,
    simultaneous::{TongueOptions, clause::ClauseOptions, commit::CommitRule},
    tts::pace::{HIGHEST_RATE, Pace},
};
use serde::{Deserialize, Serialize};

/// Everything that can be set. The shipped files under `daemon/config/` show each key with its meaning.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who talks to whom.
    pub conversation: Conversation,
    /// The sound card.
    pub audio: Audio,
    /// Voice activity detection and the segments it cuts.
    pub vad: Vad,
    /// Recognition.
    pub asr: Asr,
    /// Translation.
    pub mt: Mt,
    /// Synthesis.
    pub tts: Tts,
    /// Everything around the stages.
    pub system: System,
    /// The board that it runs on.
    pub board: Board,
    /// Conversations beside the first.
    pub seats: Vec<Seat>,
}

/// `[conversation]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conversation {
    /// One direction a button, such as `["en-es", "es-en"]`.
    pub directions: Vec<Direction>,
    /// When the translation is spoken.
    pub mode: Modes,
    /// What tells who speaks.
    pub speaker: Speaker,
}

/// What tells which of two directions an utterance is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The button that is held.
    #[default]
    Button,
    /// The language that is heard, whichever button is held.
    Auto,
}

impl Conversation {
    /// The mode of `direction`: that of the first where it is none of the conversation's.
    #[must_use]
    pub fn mode_of(&self, direction: Direction) -> Mode {
        self.mode.of(self.directions.iter().position(|d| *d == direction).unwrap_or(0))
    }

    /// Makes it one of `direction`, and `back` where there is that, each in the mode that it had.
    pub fn set_direction(&mut self, direction: Direction, back: Option<Direction>) {
        let directions: Vec<Direction> = std::iter::once(direction).chain(back).collect();
        self.mode = Modes::Each(directions.iter().map(|d| self.mode_of(*d)).collect());
        self.directions = directions;
    }
}

/// What is done about the microphone hearing the loudspeaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Duplex {
    /// Nothing: it does not.
    Full,
    /// It is not listened to while the box is heard.
    Half,
    /// What it hears of the box is taken out.
    Cancel,
}

/// `[audio]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audio {
    /// ALSA capture devices, the first that opens is used.
    pub capture_devices: Vec<String>,
    /// ALSA playback devices, the first that opens is used.
    pub playback_devices: Vec<String>,
    /// Period of both devices.
    pub period_ms: u32,
    /// `SCHED_FIFO` priority of the sound threads; 0 leaves them ordinary.
    pub realtime_priority: u32,
    /// Length of the chunks handed to recognition.
    pub chunk_duration_ms: u32,
    /// How much of a chunk is repeated at the beginning of the next; in the first seconds of a segment more, so that chunks
    /// come twice as often.
    pub chunk_overlap_ms: u32,
    /// What is done about the microphone hearing the loudspeaker.
    pub duplex: Duplex,
}

/// `[vad]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vad {
    /// Silence that ends an utterance.
    pub silence_duration_ms: u32,
    /// Step of the detector, where the model leaves a choice.
    pub frame_duration_ms: u32,
    /// Sound kept from before the speech, so that no first syllable is lost.
    pub preroll_ms: u32,
}

/// `[asr]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asr {
    /// Hypotheses that are followed at once.
    pub beam_size: usize,
    /// Confidence that words must have to be committed once they have stood for 400 ms; those that have stood for longer
    /// need less, and those that have not need more.
    pub early_emit_threshold: f32,
    /// Successive hypotheses that must agree for what they have in common to be committed.
    pub agreement_hypotheses: usize,
    /// Threads of one decode.
    pub threads: usize,
}

/// `[mt]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mt {
    /// Clauses said before that the translator is given.
    pub context_window_size: usize,
    /// Share of a clause's translation that must be stable for it to be said before its sentence ends, where fewer than
    /// four words are, or two of those that a sentence begins with.
    pub agreement_threshold: f32,
    /// Whether translations are held to their source; off only to measure what that is worth.
    pub safety: bool,
    /// Words after which the first clause of an utterance is tried.
    pub first_clause_words: usize,
    /// Words after which any other clause is tried, where no punctuation comes first.
    pub clause_words: usize,
    /// How long a language model may be expected to take for a sentence that the other engines leave in doubt, for it to be
    /// asked; 0: it is never asked, nor loaded. It counts in consecutive mode, and for text.
    pub llm_limit_ms: u32,
    /// The same in simultaneous mode, and where several conversations share the engines.
    pub llm_limit_simultaneous_ms: u32,
    /// Threads of a language model.
    pub llm_threads: usize,
}

/// Which kind of voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VoiceKind {
    /// The good one where this machine keeps up with it, else the light one.
    Auto,
    /// The best-sounding one.
    Good,
    /// The quickest one.
    Light,
}

impl VoiceKind {
    /// As it is written in a configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Good => "good",
            Self::Light => "light",
        }
    }
}

/// `[tts]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tts {
    /// Play a sentence while it is still being made.
    pub streaming_mode: bool,
    /// Say the interpreter's remark aloud where something is in doubt.
    pub speak_doubts: bool,
    /// Which voice of the language, counted from 0.
    pub voice_id: u32,
    /// Which kind of voice speaks; the other kind is the fallback.
    pub voice: VoiceKind,
    /// Threads of one synthesis.
    pub threads: usize,
    /// Speech that may wait to be heard before later clauses are spoken faster.
    pub backlog_limit_ms: u32,
    /// How much faster, at most, than the voice does.
    pub max_rate: f32,
}

/// `[system]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct System {
    /// The status socket.
    pub socket: PathBuf,
    /// Where the models lie; unset means the user's cache directory (or `$DRAGOMAN_MODELS`).
    pub models: Option<PathBuf>,
    /// Messages that may wait between two stages.
    pub max_queue_size: usize,
    /// How often memory and load are sampled.
    pub monitoring_interval_sec: u32,
    /// How long a child process of an engine may take to answer before it is started anew.
    pub fallback_timeout_sec: u32,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub log_level: String,
}

/// `[board]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Board {
    /// `auto`, `none`, the name of a board or the path of its file.
    pub name: String,
    /// The name of a power profile or the path of its file; unset means the board's own.
    pub profile: Option<String>,
    /// Below which `/sys`, `/run` and the like of the board lie.
    pub root: PathBuf,
}

impl Default for Conversation {
    fn default() -> Self {
        use engines::Language::{En, Es};
        Self {
            directions: vec![Direction::new(En, Es), Direction::new(Es, En)],
            mode: Mode::Simultaneous.into(),
            speaker: Speaker::Button,
        }
    }
}

impl Default for Audio {
    fn default() -> Self {
        Self {
            capture_devices: vec!["default".into()],
            playback_devices: vec!["default".into()],
            period_ms: 20,
            realtime_priority: 60,
            chunk_duration_ms: 500,
            chunk_overlap_ms: 100,
            duplex: Duplex::Cancel,
        }
    }
}

impl Default for Vad {
    fn default() -> Self {
        Self { silence_duration_ms: 400, frame_duration_ms: 20, preroll_ms: 300 }
    }
}

impl Default for Asr {
    fn default() -> Self {
        Self { beam_size: 3, early_emit_threshold: 0.8, agreement_hypotheses: 2, threads: 2 }
    }
}

impl Default for Mt {
    fn default() -> Self {
        Self {
            context_window_size: 5,
            agreement_threshold: 0.8,
            safety: true,
            first_clause_words: 2,
            clause_words: 5,
            llm_limit_ms: 3000,
            llm_limit_simultaneous_ms: 500,
            llm_threads: 1,
        }
    }
}

impl Default for Tts {
    fn default() -> Self {
        Self {
            streaming_mode: true,
            speak_doubts: true,
            voice_id: 0,
            voice: VoiceKind::Auto,
            threads: 1,
            backlog_limit_ms: 500,
            max_rate: HIGHEST_RATE,
        }
    }
}

impl Default for Board {
    fn default() -> Self {
        Self { name: "auto".into(), profile: None, root: "/".into() }
    }
}

impl Default for System {
    fn default() -> Self {
        Self {
            socket: "/run/dragoman/dragoman.sock".into(),
            models: None,
            max_queue_size: 20,
            monitoring_interval_sec: 5,
            fallback_timeout_sec: 2,
            log_level: "info".into(),
        }
    }
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`]: not readable, not TOML, an unknown key, a value of the wrong type or out of range.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|problem| ConfigError::Unreadable { path: path.to_owned(), problem })?;
        Self::parse(&text, path)
    }

    /// Checks the text of a configuration file; `path` names it in errors.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|e| ConfigError::from_toml(&e, text, path))?;
        match config.out_of_range() {
            None => Ok(config),
            Some((key, problem)) => Err(ConfigError::out_of_range(&key, problem, text, path)),
        }
    }

    /// The model directory in force.
    #[must_use]
    pub fn model_directory(&self) -> PathBuf {
        self.system.models.clone().unwrap_or_else(engines::catalog::model_dir)
    }

    /// How the microphone's sound is cut.
    #[must_use]
    pub fn segmenter_options(&self) -> engines::segmenter::SegmenterOptions {
        engines::segmenter::SegmenterOptions {
            chunk_duration_ms: self.audio.chunk_duration_ms,
            chunk_overlap_ms: self.audio.chunk_overlap_ms,
            silence_duration_ms: self.vad.silence_duration_ms,
            pre_roll_ms: self.vad.preroll_ms,
        }
    }

    /// What the engines are told.
    #[must_use]
    pub fn engine_options(&self) -> engines::assembly::Options {
        engines::assembly::Options {
            asr: engines::asr::AsrOptions { beam_size: self.asr.beam_size, threads: self.asr.threads },
            tts_threads: self.tts.threads,
            light_voice: self.tts.voice == VoiceKind::Light,
            mt: engines::mt::MtOptions {
                limit: Duration::from_secs(self.system.fallback_timeout_sec.into()),
                agreement_threshold: self.mt.agreement_threshold,
                safety: self.mt.safety,
                llm_limit: Duration::from_millis(self.mt.llm_limit_ms.into()),
                llm_threads: self.mt.llm_threads,
            },
        }
    }

    /// How long may be waited for a better translation of a sentence in a mode, where the engines are `shared` by several
    /// conversations or not: while one waits, so do all.
    #[must_use]
    pub fn patience(&self, mode: Mode, shared: bool) -> Duration {
        let ms =
            if mode == Mode::Consecutive && !shared { self.mt.llm_limit_ms } else { self.mt.llm_limit_simultaneous_ms };
        Duration::from_millis(ms.into())
    }

    /// When clauses are spoken faster.
    #[must_use]
    pub fn pace(&self) -> Pace {
        Pace { backlog_limit: Duration::from_millis(self.tts.backlog_limit_ms.into()), max_rate: self.tts.max_rate }
    }

    /// What is committed in a mode. What is spoken after the release is heard to its end first.
    #[must_use]
    pub fn commit_rule(&self, mode: Mode) -> CommitRule {
        match mode {
            Mode::Consecutive => CommitRule::NOTHING,
            Mode::Simultaneous | Mode::Auto => {
                CommitRule { hypotheses: self.asr.agreement_hypotheses, confidence: self.asr.early_emit_threshold }
            }
        }
    }

    /// What decides when a clause is translated and said.
    #[must_use]
    pub fn tongue_options(&self) -> TongueOptions {
        TongueOptions {
            clauses: ClauseOptions { first_words: self.mt.first_clause_words, most_words: self.mt.clause_words },
            context_window_size: self.mt.context_window_size,
        }
    }

    /// The first key whose value makes no sense, and what would.
    fn out_of_range(&self) -> Option<(String, String)> {
        let mut wrong = None;
        let mut hold = |key: &str, holds: bool, wanted: &str, got: &dyn std::fmt::Display| {
            if !holds && wrong.is_none() {
                wrong = Some((key.to_owned(), format!("{got} is not {wanted}")));
            }
        };
        let Self { conversation: _, audio, vad, asr, mt, tts, system, board, seats } = self;
        hold("seats", seats.len() <= seats::MOST, &format!("at most {} conversations", seats::MOST), &seats.len());
        for (number, place) in self.places().iter().enumerate() {
            // Where the place has its keys from.
            let (conversation, audio) = match number.checked_sub(1) {
                None => ("conversation".to_owned(), "audio".to_owned()),
                Some(at) if seats[at].directions.is_none() => ("conversation".to_owned(), format!("seats[{at}]")),
                Some(at) => (format!("seats[{at}]"), format!("seats[{at}]")),
            };
            let directions = &place.conversation.directions;
            let listed = directions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            hold(
                &format!("{conversation}.directions"),
                (1..=2).contains(&directions.len()),
                "one direction or two, one for each button",
                &format!("[{listed}]"),
            );
            hold(
                &format!("{conversation}.directions"),
                directions.iter().all(|d| d.source != d.target),
                "a direction between two different languages",
                &listed,
            );
            hold(
                &format!("{conversation}.directions"),
                place.conversation.speaker == Speaker::Button
                    || matches!(directions[..], [a, b] if a.source != b.source),
                "two directions from different languages, which speaker = \"auto\" is to tell apart",
                &format!("[{listed}]"),
            );
            let of_its_own = number.checked_sub(1).filter(|at| seats[*at].mode.is_some());
            hold(
                &of_its_own.map_or_else(|| "conversation.mode".to_owned(), |at| format!("seats[{at}].mode")),
                place.conversation.mode.fits(directions.len()),
                "one mode, or one for each direction",
                &format!("a list for {} directions", directions.len()),
            );
            let devices = [
                ("capture_devices", &place.audio.capture_devices),
                ("playback_devices", &place.audio.playback_devices),
            ];
            for (key, names) in devices {
                hold(
                    &format!("{audio}.{key}"),
                    !names.is_empty() && names.iter().all(|n| !n.trim().is_empty()),
                    "a list of ALSA device names",
                    &format!("{names:?}"),
                );
            }
        }
        hold("audio.period_ms", (5..=100).contains(&audio.period_ms), "between 5 and 100", &audio.period_ms);
        hold("audio.realtime_priority", audio.realtime_priority <= 99, "between 0 and 99", &audio.realtime_priority);
        hold(
            "audio.chunk_duration_ms",
            (100..=5000).contains(&audio.chunk_duration_ms),
            "between 100 and 5000",
            &audio.chunk_duration_ms,
        );
        hold(
            "audio.chunk_overlap_ms",
            audio.chunk_overlap_ms <= audio.chunk_duration_ms / 2,
            "at most half of chunk_duration_ms",
            &audio.chunk_overlap_ms,
        );
        hold(
            "vad.silence_duration_ms",
            (100..=5000).contains(&vad.silence_duration_ms),
            "between 100 and 5000",
            &vad.silence_duration_ms,
        );
        hold(
            "vad.frame_duration_ms",
            (10..=100).contains(&vad.frame_duration_ms),
            "between 10 and 100",
            &vad.frame_duration_ms,
        );
        hold("vad.preroll_ms", vad.preroll_ms <= 2000, "at most 2000", &vad.preroll_ms);
        hold("asr.beam_size", (1..=10).contains(&asr.beam_size), "between 1 and 10", &asr.beam_size);
        let share = |x: f32| (0.0..=1.0).contains(&x);
        hold("asr.early_emit_threshold", share(asr.early_emit_threshold), "between 0 and 1", &asr.early_emit_threshold);
        hold(
            "asr.agreement_hypotheses",
            (2..=5).contains(&asr.agreement_hypotheses),
            "between 2 and 5",
            &asr.agreement_hypotheses,
        );
        hold("asr.threads", (1..=64).contains(&asr.threads), "between 1 and 64", &asr.threads);
        hold("mt.context_window_size", mt.context_window_size <= 50, "at most 50", &mt.context_window_size);
        hold("mt.agreement_threshold", share(mt.agreement_threshold), "between 0 and 1", &mt.agreement_threshold);
        let words = |n: usize| (1..=50).contains(&n);
        hold("mt.first_clause_words", words(mt.first_clause_words), "between 1 and 50", &mt.first_clause_words);
        hold("mt.clause_words", words(mt.clause_words), "between 1 and 50", &mt.clause_words);
        hold("mt.llm_limit_ms", mt.llm_limit_ms <= 60_000, "at most 60000", &mt.llm_limit_ms);
        hold(
            "mt.llm_limit_simultaneous_ms",
            mt.llm_limit_simultaneous_ms <= mt.llm_limit_ms,
            "at most mt.llm_limit_ms",
            &mt.llm_limit_simultaneous_ms,
        );
        hold("mt.llm_threads", (1..=64).contains(&mt.llm_threads), "between 1 and 64", &mt.llm_threads);
        hold("tts.threads", (1..=64).contains(&tts.threads), "between 1 and 64", &tts.threads);
        hold(
            "tts.backlog_limit_ms",
            (100..=60_000).contains(&tts.backlog_limit_ms),
            "between 100 and 60000",
            &tts.backlog_limit_ms,
        );
        hold("tts.max_rate", (1.0..=HIGHEST_RATE).contains(&tts.max_rate), "between 1 and 1.25", &tts.max_rate);
        hold("system.socket", system.socket.is_absolute(), "an absolute path", &system.socket.display());
        hold(
            "system.max_queue_size",
            (2..=10_000).contains(&system.max_queue_size),
            "between 2 and 10000",
            &system.max_queue_size,
        );
        hold(
            "system.monitoring_interval_sec",
            (1..=3600).contains(&system.monitoring_interval_sec),
            "between 1 and 3600",
            &system.monitoring_interval_sec,
        );
        hold(
            "system.fallback_timeout_sec",
            (1..=60).contains(&system.fallback_timeout_sec),
            "between 1 and 60",
            &system.fallback_timeout_sec,
        );
        hold("board.root", board.root.is_absolute(), "an absolute path", &board.root.display());
        hold(
            "system.log_level",
            tracing::Level::from_str(&system.log_level).is_ok(),
            "one of error, warn, info, debug, trace",
            &system.log_level,
        );
        wrong
    }
}
