//! The result of a rehearsal: a table for people, JSON for programs (`docs/results.md` has its schema).

use std::{collections::BTreeMap, fmt::Write as _, fs};

use engines::latency::LatencyStats;
use serde::Serialize;

use super::take::Take;
use crate::status::{
    Status,
    report::{Model, StageReport},
};

/// Version of the schema.
const SCHEMA: u32 = 1;

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
    /// End of the last sound after release.
    pub last_sound_from_release_s: LatencyStats,
}

/// Everything that a rehearsal gave.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Version of this schema.
    pub schema: u32,
    /// `run` or `bench`.
    pub kind: &'static str,
    /// The machine.
    pub machine: Machine,
    /// Versions of what was measured.
    pub versions: BTreeMap<&'static str, String>,
    /// Files of the models in use.
    pub models: Vec<Model>,
    /// `good` or `light`.
    pub voice: String,
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
    /// Processor time of the daemon since its start, in seconds.
    pub cpu_seconds: f64,
    /// Processor time while an utterance was in work over the length of the recordings.
    pub cpu_seconds_per_second_of_speech: f64,
    /// Most memory the daemon used, in bytes.
    pub peak_resident_bytes: u64,
    /// How much later the first sound after release comes with each further utterance, in seconds (least squares);
    /// none for fewer than three.
    pub lag_slope_s_per_utterance: Option<f64>,
    /// Overruns and underruns.
    pub xruns: BTreeMap<String, u64>,
    /// What was dropped.
    pub drops: BTreeMap<String, u64>,
    /// Engines that were passed over.
    pub fallbacks: BTreeMap<String, u64>,
}

impl Report {
    /// Puts the report together from the takes and the daemon's last status.
    #[must_use]
    pub fn new(kind: &'static str, voice: &str, start_to_ready_s: f64, clips: Vec<Take>, status: Status) -> Self {
        let over = |pick: fn(&Take) -> Option<f64>| {
            LatencyStats::of(clips.iter().filter_map(pick).map(|s| s as f32).collect())
        };
        let summary = Summary {
            first_sound_from_speech_start_s: over(|t| t.first_sound_from_speech_start_s),
            first_sound_from_release_s: over(|t| t.first_sound_from_release_s),
            last_sound_from_release_s: over(|t| t.last_sound_from_release_s),
        };
        let speech: f64 = clips.iter().map(|t| t.seconds).sum();
        let spent: f64 = clips.iter().map(|t| t.cpu_seconds).sum();
        let lags: Vec<f64> = clips.iter().filter_map(|t| t.first_sound_from_release_s).collect();
        Self {
            schema: SCHEMA,
            kind,
            machine: Machine::this(),
            versions: BTreeMap::from([("dragoman", env!("CARGO_PKG_VERSION").to_owned())]),
            models: status.snapshot.models,
            voice: voice.to_owned(),
            mode: status.snapshot.mode,
            start_to_ready_s,
            summary,
            stages: status.stages,
            cpu_seconds: status.memory.cpu_seconds,
            cpu_seconds_per_second_of_speech: if speech > 0.0 { spent / speech } else { 0.0 },
            peak_resident_bytes: status.memory.peak_resident_bytes,
            lag_slope_s_per_utterance: slope(&lags),
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
        line(format!("{:34} {:>6} {:>12} {:>12} {:>9}", "", "length", "first sound", "first sound", "CPU per"));
        line(format!("{:34} {:>6} {:>12} {:>12} {:>9}", "clip (seconds)", "", "from speech", "from release", "second"));
        for t in &self.clips {
            let name: String = t.file.chars().take(34).collect();
            line(format!(
                "{name:34} {:6.1} {:>12} {:>12} {:9.2}",
                t.seconds,
                seconds(t.first_sound_from_speech_start_s),
                if t.was_speaking_at_release { "speaking".to_owned() } else { seconds(t.first_sound_from_release_s) },
                t.cpu_seconds / t.seconds.max(0.001)
            ));
        }
        let s = &self.summary;
        if self.clips.len() > 1 {
            for (name, pick) in [("median", 0), ("95th percentile", 1)] {
                let of = |l: &LatencyStats| if pick == 0 { l.p50 } else { l.p95 };
                line(format!(
                    "{name:34} {:6} {:12.2} {:12.2}",
                    "",
                    of(&s.first_sound_from_speech_start_s),
                    of(&s.first_sound_from_release_s)
                ));
            }
        }
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
            "start to ready {:.2} s; peak memory {:.0} MB; CPU {:.2} s per second of speech",
            self.start_to_ready_s,
            self.peak_resident_bytes as f64 / 1e6,
            self.cpu_seconds_per_second_of_speech
        ));
        if let Some(slope) = self.lag_slope_s_per_utterance {
            line(format!("lag grows by {slope:+.3} s an utterance over {} utterances", self.clips.len()));
        }
        line(format!("{}; {} cores; Linux {}", self.machine.cpu, self.machine.cores, self.machine.kernel));
        text
    }
}

/// The least-squares slope of a series.
fn slope(series: &[f64]) -> Option<f64> {
    if series.len() < 3 {
        return None;
    }
    let n = series.len() as f64;
    let (mean_x, mean_y) = ((n - 1.0) / 2.0, series.iter().sum::<f64>() / n);
    let (mut over, mut under) = (0.0, 0.0);
    for (x, y) in series.iter().enumerate() {
        let x = x as f64 - mean_x;
        over += x * (y - mean_y);
        under += x * x;
    }
    Some(over / under)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_told_from_three_on() {
        assert_eq!(slope(&[1.0, 2.0]), None);
        assert!((slope(&[1.0, 1.5, 2.0]).unwrap() - 0.5).abs() < 1e-12);
        assert!(slope(&[1.0, 1.0, 1.0, 1.0]).unwrap().abs() < 1e-12);
    }
}
