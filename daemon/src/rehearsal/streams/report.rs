//! When a conversation counts as being in real time, and what is told about all of them.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use engines::latency::LatencyStats;
use serde::Serialize;

use super::super::{
    memory::Memory,
    report::{Machine, SCHEMA},
    take::Take,
};
use crate::status::{
    Status,
    report::{Model, StageReport},
};

/// The 95th percentile of the first sound after the release may come so late (DESIGN section 5).
const FIRST_SOUND_S: f32 = 1.5;

/// So much later may the first sound come, on average, when everything is said for the second time: less than is noticed.
const GROWTH_S: f64 = 0.25;

/// What is grown by less than so many standard errors is not told from what varies by itself.
const ERRORS: f64 = 2.0;

/// What one conversation gave.
#[derive(Debug, Clone, Serialize)]
pub struct Stream {
    /// Whether it stayed in real time: nothing below says otherwise.
    pub in_real_time: bool,
    /// Places where sound of its microphone was lost; none may be.
    pub gaps: u64,
    /// Utterances that nothing was heard of; none may be.
    pub unspoken: usize,
    /// First sound after release, in seconds, of those utterances that were not being spoken, or were not said in full, by
    /// then. Nearest rank: of fewer than twenty utterances the 95th percentile is the longest.
    pub first_sound_from_release_s: LatencyStats,
    /// How much later, on average, an utterance is first heard after the release when it is said for the second time, in
    /// seconds. One that was heard before the release counts as heard at it.
    pub growth_s: f64,
    /// The standard error of that; none of fewer than two utterances.
    pub growth_error_s: Option<f64>,
    /// Its utterances in the order spoken.
    pub utterances: Vec<Take>,
}

impl Stream {
    /// Judges a stream by its takes, of which each `lines` are one round.
    #[must_use]
    pub fn new(takes: Vec<Take>, lines: usize, gaps: u64) -> Self {
        let late = |take: &Take| take.first_sound_from_release_s;
        let first_sound_from_release_s = LatencyStats::of(takes.iter().filter_map(late).map(|s| s as f32).collect());
        let lags: Vec<f64> = takes.iter().map(|take| late(take).unwrap_or(0.0)).collect();
        let (first, second) = lags.split_at(lines.min(lags.len()));
        let grown: Vec<f64> = first.iter().zip(second).map(|(first, second)| second - first).collect();
        let (growth_s, growth_error_s) = mean_and_error(&grown);
        let unspoken = takes.iter().filter(|take| take.spoken.is_empty()).count();
        let falls_behind = growth_s > GROWTH_S && growth_error_s.is_none_or(|error| growth_s > ERRORS * error);
        let in_time = first_sound_from_release_s.p95 <= FIRST_SOUND_S && !falls_behind;
        Self {
            in_real_time: in_time && gaps == 0 && unspoken == 0,
            gaps,
            unspoken,
            first_sound_from_release_s,
            growth_s,
            growth_error_s,
            utterances: takes,
        }
    }
}

/// The mean of a series, 0 of an empty one, and its standard error.
fn mean_and_error(series: &[f64]) -> (f64, Option<f64>) {
    let n = series.len() as f64;
    let mean = series.iter().sum::<f64>() / n.max(1.0);
    let squares: f64 = series.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, (n > 1.0).then(|| (squares / (n - 1.0) / n).sqrt()))
}

/// So many conversations at once.
#[derive(Debug, Clone, Serialize)]
pub struct Try {
    /// How many there were.
    pub streams: usize,
    /// How many of them stayed in real time.
    pub in_real_time: usize,
    /// From the daemon's start to `READY=1`.
    pub start_to_ready_s: f64,
    /// Memory when it was ready.
    pub memory_ready: Memory,
    /// Memory when everything had been said.
    pub memory_spoken: Memory,
    /// Over all conversations.
    pub first_sound_from_release_s: LatencyStats,
    /// Processor time of the daemon while they spoke, over the length of all recordings.
    pub cpu_seconds_per_second_of_speech: f64,
    /// Latencies of each stage in milliseconds.
    pub stages: Vec<StageReport>,
    /// What was dropped.
    pub drops: BTreeMap<String, u64>,
    /// Overruns and underruns.
    pub xruns: BTreeMap<String, u64>,
    /// Files of the models in use.
    #[serde(skip)]
    models: Vec<Model>,
    /// `simultaneous` or `consecutive`.
    #[serde(skip)]
    mode: String,
    /// One row a conversation.
    pub each: Vec<Stream>,
}

impl Try {
    /// Puts it together; `memory` is that of the ready daemon and that of the one that has said everything, `cpu_seconds` what
    /// it spent between the two.
    #[must_use]
    pub fn new(
        start_to_ready: Duration,
        memory: [Memory; 2],
        cpu_seconds: f64,
        each: Vec<Stream>,
        status: Status,
    ) -> Self {
        let takes = || each.iter().flat_map(|stream| &stream.utterances);
        let late = takes().filter_map(|take| take.first_sound_from_release_s).map(|s| s as f32).collect();
        let speech: f64 = takes().map(|take| take.seconds).sum();
        Self {
            streams: each.len(),
            in_real_time: each.iter().filter(|stream| stream.in_real_time).count(),
            start_to_ready_s: start_to_ready.as_secs_f64(),
            memory_ready: memory[0],
            memory_spoken: memory[1],
            first_sound_from_release_s: LatencyStats::of(late),
            cpu_seconds_per_second_of_speech: if speech > 0.0 { cpu_seconds / speech } else { 0.0 },
            stages: status.stages,
            drops: status.drops,
            xruns: status.xruns,
            models: status.snapshot.models,
            mode: status.snapshot.mode,
            each,
        }
    }

    /// Whether all of them stayed in real time.
    #[must_use]
    pub fn all_kept_up(&self) -> bool {
        self.in_real_time == self.streams
    }
}

/// Everything that was tried.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    schema: u32,
    kind: &'static str,
    machine: Machine,
    versions: BTreeMap<&'static str, String>,
    models: Vec<Model>,
    voice: String,
    mode: String,
    /// The most conversations tried of which all stayed in real time; 0 where not even one did.
    pub in_real_time: usize,
    /// Proportional memory that each conversation after the first adds when everything has been said, in bytes: between the
    /// fewest and the most tried.
    pub memory_growth_bytes: Option<f64>,
    tries: Vec<Try>,
}

impl Report {
    /// Puts together what was tried with a kind of voice.
    #[must_use]
    pub fn new(voice: &str, tries: Vec<Try>) -> Self {
        let kept_up = tries.iter().filter(|t| t.all_kept_up()).map(|t| t.streams);
        let ends = tries.iter().min_by_key(|t| t.streams).zip(tries.iter().max_by_key(|t| t.streams));
        let growth = |(fewest, most): (&Try, &Try)| {
            let bytes = |t: &Try| t.memory_spoken.proportional_bytes as f64;
            let further = most.streams - fewest.streams;
            (further > 0).then(|| (bytes(most) - bytes(fewest)) / further as f64)
        };
        let last = tries.last();
        Self {
            schema: SCHEMA,
            kind: "bench-streams",
            machine: Machine::this(),
            versions: BTreeMap::from([("dragoman", env!("CARGO_PKG_VERSION").to_owned())]),
            models: last.map(|t| t.models.clone()).unwrap_or_default(),
            voice: voice.to_owned(),
            mode: last.map(|t| t.mode.clone()).unwrap_or_default(),
            in_real_time: kept_up.max().unwrap_or(0),
            memory_growth_bytes: ends.and_then(growth),
            tries,
        }
    }

    /// The table, at most 80 columns wide.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let mut line = |l: String| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{l}");
        };
        line(format!(
            "{:>7} {:>12} {:>6} {:>6} {:>8} {:>5} {:>9} {:>9} {:>5}",
            "streams", "in real time", "p50 s", "p95 s", "growth s", "gaps", "PSS ready", "PSS after", "CPU"
        ));
        for t in &self.tries {
            let growth = t.each.iter().map(|s| s.growth_s).fold(f64::NEG_INFINITY, f64::max);
            let megabytes = |memory: Memory| memory.proportional_bytes as f64 / 1e6;
            line(format!(
                "{:7} {:>12} {:6.2} {:6.2} {growth:+8.2} {:5} {:6.0} MB {:6.0} MB {:5.2}",
                t.streams,
                format!("{} of {}", t.in_real_time, t.streams),
                t.first_sound_from_release_s.p50,
                t.first_sound_from_release_s.p95,
                t.each.iter().map(|s| s.gaps).sum::<u64>(),
                megabytes(t.memory_ready),
                megabytes(t.memory_spoken),
                t.cpu_seconds_per_second_of_speech
            ));
            for (number, stream) in t.each.iter().enumerate().filter(|(_, stream)| !stream.in_real_time) {
                line(format!(
                    "        stream {number}: p95 {:.2} s, growth {:+.2} s, {} gaps, {} unspoken",
                    stream.first_sound_from_release_s.p95, stream.growth_s, stream.gaps, stream.unspoken
                ));
            }
        }
        line(String::new());
        line("p50 and p95: first sound after release; growth: of the stream that has most;".to_owned());
        line("PSS: proportional memory with children; CPU: seconds per second of speech".to_owned());
        if let Some(growth) = self.memory_growth_bytes {
            line(format!("each further conversation adds {:.0} MB", growth / 1e6));
        }
        line(format!("{} voices, {}: {} at once in real time", self.voice, self.mode, self.in_real_time));
        line(format!("{}; {} cores; Linux {}", self.machine.cpu, self.machine.cores, self.machine.kernel));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(lags: &[Option<f64>]) -> Vec<Take> {
        let take = |lag: &Option<f64>| Take { first_sound_from_release_s: *lag, spoken: vec![1], ..Take::default() };
        lags.iter().map(take).collect()
    }

    #[test]
    fn a_stream_is_in_real_time_while_it_is_heard_soon_whole_and_no_later_than_before() {
        let good = Stream::new(takes(&[Some(1.0), None, Some(1.2), None]), 2, 0);
        assert!(good.in_real_time && (good.growth_s - 0.1).abs() < 1e-9, "{good:?}");
        assert_eq!(good.first_sound_from_release_s.count, 2);
        assert!(!Stream::new(takes(&[Some(1.0), Some(1.6)]), 2, 0).in_real_time, "too late");
        assert!(!Stream::new(takes(&[Some(0.2), Some(0.7)]), 1, 0).in_real_time, "later and later");
        let lags = [0.2, 0.3, 0.2, 0.6, 0.7, 0.65].map(Some);
        assert!(!Stream::new(takes(&lags), 3, 0).in_real_time, "each later than before");
        let lags = [0.2, 0.3, 0.2, 0.2, 1.4, 0.2].map(Some);
        assert!(Stream::new(takes(&lags), 3, 0).in_real_time, "one that was late is not falling behind");
        assert!(!Stream::new(takes(&[Some(0.2), Some(0.2)]), 1, 1).in_real_time, "sound was lost");
        let mut silent = takes(&[Some(0.2), None]);
        silent[1].spoken.clear();
        assert!(!Stream::new(silent, 1, 0).in_real_time, "an utterance was swallowed");
    }
}
