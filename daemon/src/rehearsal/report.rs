//! The result of a rehearsal: a table for people, JSON for programs (`docs/results.md` has its schema).

use std::{collections::BTreeMap, fmt::Write as _, fs};

use engines::{Direction, latency::LatencyStats};
use serde::Serialize;

use super::take::Take;
use crate::status::{
    Status,
    report::{Choice, Model, StageReport},
};

/// Version of the schema of all result files.
pub(super) const SCHEMA: u32 = 3;

/// The machine that was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Processor model.
    pub cpu: String,
    /// Processors that this process may use.
    pub cores: usize,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Kernel.
    pub kernel: String,
    /// Architecture.
    pub architecture: String,
}

impl Machine {
    /// This machine.
    #[must_use]
    pub fn this() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|l| l.starts_with(name));
            line.and_then(|l| l.split_once(':')).map(|(_, v)| v.trim().to_owned()).unwrap_or_default()
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal");
        let kilobytes: u64 = memory.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0);
        Self {
            cpu: field(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            memory_bytes: kilobytes * 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            architecture: std::env::consts::ARCH.to_owned(),
        }
    }
}

/// Percentiles over the takes, in seconds.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// First sound after speech start.
    pub first_sound_from_speech_start_s: LatencyStats,
    /// First sound after release.
    pub first_sound_from_release_s: LatencyStats,
    /// Beginning of the last clause after release.
    pub last_sound_began_from_release_s: LatencyStats,
    /// End of the last sound after release.
    pub last_sound_from_release_s: LatencyStats,
}

/// Everything that a rehearsal gave.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Version of this schema.
    pub schema: u32,
    /// `run`.
    pub kind: &'static str,
    /// The machine.
    pub machine: Machine,
    /// Versions of what was measured.
    pub versions: BTreeMap<&'static str, String>,
    /// Files of the models in use.
    pub models: Vec<Model>,
    /// `auto`, `good` or `light`, as asked for.
    pub voice: String,
    /// The voice of each direction: what was asked for, what it came to, and why.
    pub voices: BTreeMap<String, Choice>,
    /// `simultaneous` or `consecutive`.
    pub mode: String,
    /// From the daemon's start to `READY=1`.
    pub start_to_ready_s: f64,
    /// One row an utterance, in the order spoken.
    pub clips: Vec<Take>,
    /// Over all utterances.
    pub summary: Summary,
    /// Latencies of each stage in milliseconds.
    pub stages: Vec<StageReport>,
    /// Processor time of the daemon and its child processes since its start, in seconds.
    pub cpu_seconds: f64,
    /// Processor time while an utterance was in work over the length of the recordings.
    pub cpu_seconds_per_second_of_speech: f64,
    /// Most memory the daemon used, in bytes; its child processes are not in it.
    pub peak_resident_bytes: u64,
    /// Memory it used at the end, likewise.
    pub final_resident_bytes: u64,
    /// Memory its child processes held at the end, in bytes, what they share counted once.
    pub children_bytes: u64,
    /// Overruns and underruns.
    pub xruns: BTreeMap<String, u64>,
    /// What was dropped.
    pub drops: BTreeMap<String, u64>,
    /// Engines that were passed over.
    pub fallbacks: BTreeMap<String, u64>,
}

impl Report {
    /// Puts the report together from the takes, the daemon's last status, the processor time of it and its children, and
    /// what memory those hold.
    #[must_use]
    pub fn new(
        voice: &str,
        start_to_ready_s: f64,
        clips: Vec<Take>,
        status: Status,
        cpu_seconds: f64,
        children_bytes: u64,
    ) -> Self {
        let over = |pick: fn(&Take) -> Option<f64>| {
            LatencyStats::of(clips.iter().filter_map(pick).map(|s| s as f32).collect())
        };
        let summary = Summary {
            first_sound_from_speech_start_s: over(|t| t.first_sound_from_speech_start_s),
            first_sound_from_release_s: over(|t| t.first_sound_from_release_s),
            last_sound_began_from_release_s: over(|t| t.last_sound_began_from_release_s),
            last_sound_from_release_s: over(|t| t.last_sound_from_release_s),
        };
        let speech: f64 = clips.iter().map(|t| t.seconds).sum();
        let spent: f64 = clips.iter().map(|t| t.cpu_seconds).sum();
        let voices = status.snapshot.conversations.iter().map(|c| {
            let direction = Direction::new(c.source_language, c.target_language);
            (direction.to_string(), c.voice.clone())
        });
        Self {
            schema: SCHEMA,
            kind: "run",
            machine: Machine::this(),
            versions: BTreeMap::from([("dragoman", env!("CARGO_PKG_VERSION").to_owned())]),
            voices: voices.collect(),
            models: status.snapshot.models,
            voice: voice.to_owned(),
            mode: status.snapshot.mode,
            start_to_ready_s,
            summary,
            stages: status.stages,
            cpu_seconds,
            cpu_seconds_per_second_of_speech: if speech > 0.0 { spent / speech } else { 0.0 },
            peak_resident_bytes: status.memory.peak_resident_bytes,
            final_resident_bytes: status.memory.resident_bytes,
            children_bytes,
            xruns: status.xruns,
            drops: status.drops,
            fallbacks: status.fallbacks,
            clips,
        }
    }

    /// The table of a report, at most 80 columns wide.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let mut line = |l: String| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{l}");
        };
        let seconds = |s: Option<f64>| s.map_or_else(|| "-".to_owned(), |s| format!("{s:.2}"));
        line(format!("{:30} {:>6} {:>13} {:>17} {:>9}", "", "", "first sound", "last sound", "CPU per"));
        line(format!(
            "{:30} {:>6} {:>7} {:>7} {:>8} {:>7} {:>7}",
            "clip (seconds)", "length", "speech", "release", "begins", "ends", "second"
        ));
        for t in &self.clips {
            let name: String = t.file.chars().take(30).collect();
            line(format!(
                "{name:30} {:6.1} {:>7} {:>7} {:>8} {:>7} {:7.2}",
                t.seconds,
                seconds(t.first_sound_from_speech_start_s),
                if t.was_speaking_at_release { "speaks".to_owned() } else { seconds(t.first_sound_from_release_s) },
                seconds(t.last_sound_began_from_release_s),
                seconds(t.last_sound_from_release_s),
                t.cpu_seconds / t.seconds.max(0.001)
            ));
        }
        let s = &self.summary;
        if self.clips.len() > 1 {
            for (name, pick) in [("median", 0), ("95th percentile", 1)] {
                let of = |l: &LatencyStats| if pick == 0 { l.p50 } else { l.p95 };
                line(format!(
                    "{name:30} {:6} {:7.2} {:7.2} {:8.2} {:7.2}",
                    "",
                    of(&s.first_sound_from_speech_start_s),
                    of(&s.first_sound_from_release_s),
                    of(&s.last_sound_began_from_release_s),
                    of(&s.last_sound_from_release_s)
                ));
            }
        }
        line("first sound: after the speech begins, after the release; last: after the release".to_owned());
        line(String::new());
        line(format!("{:20} {:>9} {:>9} {:>9} {:>7}   engines", "stage (ms)", "p50", "p95", "p99", "count"));
        for stage in self.stages.iter().filter(|s| s.count > 0) {
            let kind = stage.kind.map(|k| format!(" {k:?}").to_lowercase()).unwrap_or_default();
            line(format!(
                "{:20} {:9.1} {:9.1} {:9.1} {:7}   {}",
                format!("{}{kind}", stage.stage.name()),
                stage.p50,
                stage.p95,
                stage.p99,
                stage.count,
                stage.engine
            ));
        }
        line(String::new());
        line(format!(
            "start to ready {:.2} s; peak memory {:.0} MB, and {:.0} MB of child processes; CPU {:.2} s per second of speech",
            self.start_to_ready_s,
            self.peak_resident_bytes as f64 / 1e6,
            self.children_bytes as f64 / 1e6,
            self.cpu_seconds_per_second_of_speech
        ));
        let corrections: usize = self.clips.iter().map(|t| t.corrections).sum();
        line(format!("committed texts taken back: {corrections}"));
        line(format!("{}; {} cores; Linux {}", self.machine.cpu, self.machine.cores, self.machine.kernel));
        text
    }
}
