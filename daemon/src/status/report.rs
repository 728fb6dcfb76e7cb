//! What `GET /status` says.

use std::collections::{BTreeMap, BTreeSet};

use board::{governor::Why, profile::Hint, sensors::Readings};
use engines::{Direction, Language, message::Kind};
use serde::{Deserialize, Serialize};

use super::{
    Metrics, Stage,
    process::{Usage, usage},
};

/// Somebody who knows what the daemon is doing.
pub trait StatusSource: Send + Sync {
    /// What it is doing now. Called on the socket's thread at every `GET /status`: it must not wait for the pipeline.
    fn snapshot(&self) -> Snapshot;
}

/// What the holder would see on the box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody speaks and nothing is being worked on.
    #[default]
    Idle,
    /// A button is held.
    Listening,
    /// The button is released, the translation is not yet heard.
    Thinking,
    /// The translation is being played.
    Speaking,
    /// Something must be mended first: see `last_error`.
    Fault,
}

/// What was asked for, what it came to, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// As the configuration has it.
    pub asked: String,
    /// What is done.
    pub chosen: String,
    /// For whoever wonders.
    pub why: String,
}

/// One direction of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// The button that is held to speak this way.
    pub button: usize,
    /// The language spoken.
    pub source_language: Language,
    /// The language it is translated to.
    pub target_language: Language,
    /// When its translation is spoken: `simultaneous` or `consecutive`.
    #[serde(default)]
    pub mode: Choice,
    /// The kind of voice: `good` or `light`.
    pub voice: Choice,
    /// The chain of engines of each stage, the one now in use first.
    pub engines: BTreeMap<Stage, Vec<String>>,
}

/// A sound device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// `capture` or `playback`.
    pub direction: String,
    /// Its ALSA name.
    pub name: String,
    /// Its rate in hertz.
    pub sample_rate: u32,
    /// Whether it is open and running.
    pub present: bool,
}

/// Whether a sound thread got its real-time priority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealTime {
    /// The thread.
    pub thread: String,
    /// Whether the system granted it.
    pub granted: bool,
    /// The priority granted, or why not and what to do.
    pub detail: String,
}

/// A loaded model file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Its name in the catalog.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// The last thing that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastError {
    /// When, as RFC 3339 with milliseconds, UTC.
    pub timestamp: String,
    /// The stage, device or part.
    pub place: String,
    /// What was wrong and what to do.
    pub error: String,
}

/// One conversation of those that share the engines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seat {
    /// Its buttons, counted through all conversations.
    pub buttons: Vec<usize>,
    /// The direction of each.
    pub directions: Vec<Direction>,
    /// What is happening in it.
    pub state: State,
    /// `simultaneous` or `consecutive`: the mode of its first button now.
    pub mode: String,
    /// Its present or last utterance, counted from 1 in each conversation; 0 before the first.
    pub utterance: u64,
    /// Places where sound of its microphone is missing: what overruns, a device's absence or a listener that lagged has cost.
    #[serde(default)]
    pub gaps: u64,
    /// Its sound devices.
    pub devices: Vec<Device>,
}

/// The board, and how it is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BoardReport {
    /// Its name.
    pub name: String,
    /// What it is.
    pub title: String,
    /// The power profile it is kept to; empty where it is kept to none.
    pub profile: String,
    /// What the mean power of no second is to exceed, in watts.
    pub budget_w: f32,
    /// The rung of the profile's ladder it is on, and its number, from 0 for the highest, of so many.
    pub rung: String,
    /// See `rung`.
    pub rung_number: usize,
    /// See `rung`.
    pub rungs: usize,
    /// Why it is on that.
    pub why: Why,
    /// What the engines are asked to do without.
    pub hints: Vec<Hint>,
    /// What it draws now, in watts; `None` where its sensors do not say so.
    pub power_w: Option<f32>,
    /// Its hottest zone, in degrees Celsius; likewise.
    pub hottest_c: Option<f32>,
    /// What it has drawn since the daemon took it over, in joules.
    pub energy_j: f64,
    /// Everything its sensors say.
    pub readings: Readings,
}

/// The part of the report that only the pipeline knows. What is not said of each seat is of the first, or of all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What the box is doing.
    pub state: State,
    /// `simultaneous` or `consecutive`: the mode of its first button now.
    pub mode: String,
    /// The present or last utterance, counted from 1; 0 before the first.
    pub utterance: u64,
    /// The directions offered.
    pub conversations: Vec<Conversation>,
    /// The sound devices.
    pub devices: Vec<Device>,
    /// The sound threads' priorities.
    pub real_time: Vec<RealTime>,
    /// The models in use.
    pub models: Vec<Model>,
    /// The last error, if there was one.
    pub last_error: Option<LastError>,
    /// The conversations, the first first.
    #[serde(default)]
    pub seats: Vec<Seat>,
    /// The board; none on a plain machine.
    #[serde(default)]
    pub board: Option<BoardReport>,
}

/// Latencies of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageReport {
    /// The stage.
    pub stage: Stage,
    /// Partial or final work, where the stage tells them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The engines now in use, separated by commas where directions differ.
    pub engine: String,
    /// Median in milliseconds of the last 1024.
    pub p50: f32,
    /// 95th percentile, likewise.
    pub p95: f32,
    /// 99th percentile, likewise.
    pub p99: f32,
    /// Number of measurements behind them.
    pub count: usize,
    /// Errors of the stage since the start.
    pub errors: u64,
}

/// One queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueReport {
    /// Messages waiting now.
    pub depth: usize,
    /// Most it holds.
    pub bound: usize,
}

/// The whole of `GET /status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the daemon.
    pub version: String,
    /// Seconds since it started.
    pub uptime_seconds: f64,
    /// What the pipeline says.
    #[serde(flatten)]
    pub snapshot: Snapshot,
    /// Latencies by stage, in the order sound passes them.
    pub stages: Vec<StageReport>,
    /// Queues by name.
    pub queues: BTreeMap<String, QueueReport>,
    /// Drops by what was dropped.
    pub drops: BTreeMap<String, u64>,
    /// Overruns and underruns by direction.
    pub xruns: BTreeMap<String, u64>,
    /// Fallbacks by `stage/engine` that failed.
    pub fallbacks: BTreeMap<String, u64>,
    /// Chunks of microphone sound since the start.
    pub chunks: u64,
    /// Utterances since the start.
    pub utterances: u64,
    /// Memory and processor time.
    pub memory: Usage,
}

impl Status {
    /// The report of now.
    pub(super) fn now(source: &dyn StatusSource, metrics: &Metrics) -> Self {
        let snapshot = source.snapshot();
        let stages = Stage::ALL.into_iter().flat_map(|stage| stage_reports(stage, &snapshot, metrics)).collect();
        let queues = metrics.queues().into_iter().map(|(name, (depth, bound))| (name, QueueReport { depth, bound }));
        let (chunks, utterances) = metrics.throughput();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_seconds: metrics.uptime().as_secs_f64(),
            snapshot,
            stages,
            queues: queues.collect(),
            drops: metrics.drops(),
            xruns: metrics.xruns(),
            fallbacks: metrics.fallbacks(),
            chunks,
            utterances,
            memory: usage(),
        }
    }
}

/// One report a stage, or one each for its partial and its final work.
fn stage_reports(stage: Stage, snapshot: &Snapshot, metrics: &Metrics) -> Vec<StageReport> {
    let in_use = snapshot.conversations.iter().filter_map(|c| c.engines.get(&stage)?.first());
    let engine = in_use.map(String::as_str).collect::<BTreeSet<&str>>().into_iter().collect::<Vec<_>>().join(", ");
    let kinds: &[Option<Kind>] = match stage {
        Stage::Vad | Stage::Tts => &[None],
        Stage::Asr | Stage::Mt => &[Some(Kind::Partial), Some(Kind::Final)],
    };
    let errors = metrics.errors(stage);
    let report = |kind: &Option<Kind>| {
        let stats = metrics.stage_stats(stage, *kind);
        StageReport {
            stage,
            kind: *kind,
            engine: engine.clone(),
            p50: stats.p50,
            p95: stats.p95,
            p99: stats.p99,
            count: stats.count,
            errors,
        }
    };
    kinds.iter().map(report).collect()
}
