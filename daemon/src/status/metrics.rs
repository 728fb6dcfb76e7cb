//! What is counted and timed, in Prometheus terms.
//!
//! One [`Metrics`] is shared by all threads. Names, units and suffixes follow the Prometheus naming conventions; the
//! text is OpenMetrics 1.0, which the `prometheus-client` crate writes.
//!
//! Histogram buckets hold the budgets of DESIGN section 6 as bounds, so that "how many were within the budget" is one
//! bucket read off and not an interpolation.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use engines::{
    latency::{LatencyStats, LatencyWindow},
    message::{Doubt, Kind},
};
use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};
use serde::{Deserialize, Serialize};

use crate::keeping::Link;

use super::{
    collect::{Queue, Readings},
    tally::{Tally, held},
};

/// A stage of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Voice activity detection, one frame.
    Vad,
    /// Recognition, one chunk or one final decode.
    Asr,
    /// Translation, one clause.
    Mt,
    /// Synthesis, from the text to its first sound.
    Tts,
}

impl Stage {
    /// All of them, in the order sound passes them.
    pub const ALL: [Self; 4] = [Self::Vad, Self::Asr, Self::Mt, Self::Tts];

    /// Its name in labels and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vad => "vad",
            Self::Asr => "asr",
            Self::Mt => "mt",
            Self::Tts => "tts",
        }
    }
}

/// The name of a kind in labels.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Partial => "partial",
        Kind::Final => "final",
    }
}

/// Bounds in seconds for one stage's work: the p50, p95 and p99 budgets of DESIGN section 6 (VAD 5/10/20 ms,
/// TTS 200/250/350, MT 400/500/700, ASR 500/800/1000), finer below for the fast engines, coarser above for a bad day.
const STAGE_BUCKETS: [f64; 19] =
    [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.35, 0.4, 0.5, 0.7, 0.8, 1.0, 2.0, 5.0, 10.0];

/// Bounds in seconds for a whole utterance: the promises are 1.0 s (Jetson), 1.5 s and 2 s (DESIGN section 5).
const UTTERANCE_BUCKETS: [f64; 14] = [0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 3.0, 5.0, 10.0, 20.0, 60.0];

/// Bounds in joules for an utterance: five seconds at 2 to 50 W, and more for long ones.
const ENERGY_BUCKETS: [f64; 9] = [10.0, 25.0, 50.0, 75.0, 100.0, 150.0, 250.0, 500.0, 1000.0];

/// Label names and values of one series.
type Labels = Vec<(&'static str, String)>;

/// A histogram for each set of labels.
type Histograms = Family<Labels, Histogram, fn() -> Histogram>;

/// The latest latencies of each stage and kind.
type Windows = BTreeMap<(Stage, Option<&'static str>), LatencyWindow>;

/// Everything counted and timed. All methods take `&self` and none waits for long: the locks inside are held for one
/// insertion. Not for the sound threads, which may not lock at all; register their atomics with a `watch_` method.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    started: Instant,
    stage_latency: Histograms,
    windows: Mutex<Windows>,
    end_to_end: Histogram,
    first_output: Histogram,
    first_output_after_release: Histogram,
    fallbacks: Family<Labels, Counter>,
    fallbacks_by_name: Tally,
    errors: Family<Labels, Counter>,
    chunks: Counter,
    utterances: Counter,
    clauses_faster: Counter,
    clauses_in_doubt: Family<Labels, Counter>,
    utterance_energy: Histogram,
    rung_changes: Family<Labels, Counter>,
    readings: Arc<Readings>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero; the uptime counts from here.
    #[must_use]
    pub fn new() -> Self {
        let started = Instant::now();
        let mut registry = Registry::with_prefix("dragoman");
        let stage_latency: Histograms = Family::new_with_constructor(|| Histogram::new(STAGE_BUCKETS));
        let utterance = || Histogram::new(UTTERANCE_BUCKETS);
        let (end_to_end, first_output, first_output_after_release) = (utterance(), utterance(), utterance());
        let fallbacks = Family::<Labels, Counter>::default();
        let errors = Family::<Labels, Counter>::default();
        let (chunks, utterances, clauses_faster) = (Counter::default(), Counter::default(), Counter::default());
        let readings = Arc::new(Readings::new(started));

        let seconds = || Unit::Seconds;
        registry.register_with_unit(
            "stage_latency",
            "Time one stage spent on one piece of work",
            seconds(),
            stage_latency.clone(),
        );
        registry.register_with_unit(
            "end_to_end",
            "From release (or end of speech) to the start of the utterance's last sound",
            seconds(),
            end_to_end.clone(),
        );
        registry.register_with_unit(
            "first_output",
            "From the start of speech to the first translated sound",
            seconds(),
            first_output.clone(),
        );
        registry.register_with_unit(
            "first_output_after_release",
            "From release to the first translated sound, for utterances that had none before",
            seconds(),
            first_output_after_release.clone(),
        );
        registry.register("fallbacks", "Pieces of work an engine left to the next one", fallbacks.clone());
        registry.register("errors", "Errors of a stage", errors.clone());
        registry.register("chunks", "Chunks of microphone sound taken in", chunks.clone());
        registry.register("utterances", "Utterances begun", utterances.clone());
        let help = "Clauses spoken faster than the voice does, because speech waited to be heard";
        registry.register("clauses_faster", help, clauses_faster.clone());
        let clauses_in_doubt = Family::<Labels, Counter>::default();
        let help = "Clauses spoken with the remark that something is in doubt, by what it is";
        registry.register("clauses_in_doubt", help, clauses_in_doubt.clone());
        let utterance_energy = Histogram::new(ENERGY_BUCKETS);
        registry.register_with_unit(
            "utterance_energy",
            "What the board drew from the press until everything was made",
            Unit::Joules,
            utterance_energy.clone(),
        );
        let rung_changes = Family::<Labels, Counter>::default();
        registry.register("board_rung_changes", "Changes of the power ladder's rung, by why", rung_changes.clone());
        registry.register(
            "build",
            "The running program",
            Info::new([("version", env!("CARGO_PKG_VERSION")), ("target", target())]),
        );
        registry.register_collector(Box::new(Arc::clone(&readings)));

        Self {
            registry,
            started,
            stage_latency,
            windows: Mutex::default(),
            end_to_end,
            first_output,
            first_output_after_release,
            fallbacks,
            fallbacks_by_name: Tally::default(),
            errors,
            chunks,
            utterances,
            clauses_faster,
            clauses_in_doubt,
            utterance_energy,
            rung_changes,
            readings,
        }
    }

    /// A stage finished a piece of work. `kind` tells partial from final work of recognition and translation.
    pub fn stage_latency(&self, stage: Stage, kind: Option<Kind>, spent: Duration) {
        let kind = kind.map(kind_name);
        let mut labels: Labels = vec![("stage", stage.name().to_owned())];
        labels.extend(kind.map(|kind| ("kind", kind.to_owned())));
        self.stage_latency.get_or_create(&labels).observe(spent.as_secs_f64());
        held(&self.windows).entry((stage, kind)).or_default().record(spent);
    }

    /// Percentiles in milliseconds of the latest work of a stage (up to 1024 pieces).
    #[must_use]
    pub fn stage_stats(&self, stage: Stage, kind: Option<Kind>) -> LatencyStats {
        let window = held(&self.windows).get(&(stage, kind.map(kind_name))).cloned();
        window.map_or_else(LatencyStats::default, |window| window.stats())
    }

    /// An utterance's last sound began, `spent` after release or, without a button, after the end of speech.
    pub fn end_to_end(&self, spent: Duration) {
        self.end_to_end.observe(spent.as_secs_f64());
    }

    /// An utterance's first sound began, `spent` after its speech did.
    pub fn first_output(&self, spent: Duration) {
        self.first_output.observe(spent.as_secs_f64());
    }

    /// An utterance's first sound began, `spent` after release. Not for one whose first sound came before release.
    pub fn first_output_after_release(&self, spent: Duration) {
        self.first_output_after_release.observe(spent.as_secs_f64());
    }

    /// `engine` failed on a piece of work, which goes on to the next engine of the stage's chain.
    pub fn fallback(&self, stage: Stage, engine: &str) {
        let labels = vec![("stage", stage.name().to_owned()), ("engine", engine.to_owned())];
        self.fallbacks.get_or_create(&labels).inc();
        self.fallbacks_by_name.add(&format!("{}/{engine}", stage.name()), 1);
    }

    /// A stage failed on a piece of work.
    pub fn error(&self, stage: Stage) {
        self.errors.get_or_create(&vec![("stage", stage.name().to_owned())]).inc();
    }

    /// A chunk of microphone sound was taken in.
    pub fn chunk(&self) {
        self.chunks.inc();
    }

    /// An utterance began.
    pub fn utterance(&self) {
        self.utterances.inc();
    }

    /// A clause is spoken faster than the voice does.
    pub fn clause_faster(&self) {
        self.clauses_faster.inc();
    }

    /// A clause is spoken of which something is in doubt; for each thing once.
    pub fn doubt(&self, doubt: Doubt) {
        self.clauses_in_doubt.get_or_create(&vec![("what", doubt.name().to_owned())]).inc();
    }

    /// What the board drew for an utterance, in joules.
    pub fn utterance_energy(&self, joules: f64) {
        self.utterance_energy.observe(joules);
    }

    /// The board went to another rung of its power ladder.
    pub fn rung_changed(&self, why: &str) {
        self.rung_changes.get_or_create(&vec![("why", why.to_owned())]).inc();
    }

    /// Shows what the board's keeper tells.
    pub fn watch_board(&self, link: Arc<Link>) {
        *held(&self.readings.board) = Some(link);
    }

    /// Something was dropped: `"partial"`, `"stale"`, and so on.
    pub fn dropped(&self, what: &str) {
        self.readings.dropped.add(what, 1);
    }

    /// Counts what `read` gives among the drops of `what`. For the atomics of a thread that may not call
    /// [`Self::dropped`]; `read` must not block and never goes down. Watching a name again adds to it, so a reopened
    /// device keeps the count of the old one.
    pub fn watch_dropped(&self, what: &str, read: impl Fn() -> u64 + Send + Sync + 'static) {
        self.readings.dropped.watch(what, Box::new(read));
    }

    /// Counts what `read` gives among the overruns and underruns of `direction` (`"capture"`, `"playback"`), on the
    /// terms of [`Self::watch_dropped`].
    pub fn watch_xruns(&self, direction: &str, read: impl Fn() -> u64 + Send + Sync + 'static) {
        self.readings.xruns.watch(direction, Box::new(read));
    }

    /// Shows the depth of the queue `name`, which holds at most `bound`, as `depth` gives it. Replaces a queue of the
    /// same name.
    pub fn watch_queue(&self, name: &str, bound: usize, depth: impl Fn() -> usize + Send + Sync + 'static) {
        let queue = Queue { bound, depth: Box::new(depth) };
        held(&self.readings.queues).insert(name.to_owned(), queue);
    }

    /// Shows the seconds of speech that wait to be heard as `read` gives them, in place of whatever was shown before.
    pub fn watch_backlog(&self, read: impl Fn() -> f64 + Send + Sync + 'static) {
        *held(&self.readings.backlog) = Some(Box::new(read));
    }

    /// Time since the daemon started.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Depth and bound of every queue.
    #[must_use]
    pub fn queues(&self) -> BTreeMap<String, (usize, usize)> {
        held(&self.readings.queues).iter().map(|(name, queue)| (name.clone(), ((queue.depth)(), queue.bound))).collect()
    }

    /// Drops so far, by what was dropped.
    #[must_use]
    pub fn drops(&self) -> BTreeMap<String, u64> {
        self.readings.dropped.totals()
    }

    /// Overruns and underruns so far, by direction.
    #[must_use]
    pub fn xruns(&self) -> BTreeMap<String, u64> {
        self.readings.xruns.totals()
    }

    /// Fallbacks so far, by `stage/engine` that failed.
    #[must_use]
    pub fn fallbacks(&self) -> BTreeMap<String, u64> {
        self.fallbacks_by_name.totals()
    }

    /// Errors so far of a stage.
    #[must_use]
    pub fn errors(&self, stage: Stage) -> u64 {
        self.errors.get(&vec![("stage", stage.name().to_owned())]).map_or(0, |count| count.get())
    }

    /// Chunks taken in and utterances begun so far.
    #[must_use]
    pub fn throughput(&self) -> (u64, u64) {
        (self.chunks.get(), self.utterances.get())
    }

    /// All of it in the OpenMetrics text format, whose media type is [`CONTENT_TYPE`].
    #[must_use]
    pub fn encode(&self) -> String {
        let mut page = String::new();
        match text::encode(&mut page, &self.registry) {
            Ok(()) => page,
            // Writing to a string cannot fail; were an encoder to refuse, half a page would be read as counters reset.
            Err(std::fmt::Error) => String::from("# EOF\n"),
        }
    }
}

/// Media type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Processor architecture the program was built for.
fn target() -> &'static str {
    std::env::consts::ARCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_what_was_counted_in_conventional_names() {
        let metrics = Metrics::new();
        metrics.stage_latency(Stage::Asr, Some(Kind::Partial), Duration::from_millis(450));
        metrics.stage_latency(Stage::Vad, None, Duration::from_micros(300));
        metrics.end_to_end(Duration::from_millis(1400));
        metrics.first_output(Duration::from_millis(1900));
        metrics.first_output_after_release(Duration::from_millis(600));
        metrics.fallback(Stage::Tts, "kokoro \"es\"");
        metrics.error(Stage::Mt);
        metrics.dropped("partial");
        metrics.watch_dropped("capture_ring", || 7);
        metrics.watch_xruns("capture", || 2);
        metrics.watch_queue("asr", 20, || 3);
        metrics.chunk();
        metrics.utterance();
        metrics.clause_faster();
        metrics.doubt(Doubt::Number);
        metrics.watch_backlog(|| 1.5);
        let page = metrics.encode();
        for line in [
            "# TYPE dragoman_stage_latency_seconds histogram",
            "# UNIT dragoman_stage_latency_seconds seconds",
            "dragoman_stage_latency_seconds_bucket{le=\"0.4\",stage=\"asr\",kind=\"partial\"} 0",
            "dragoman_stage_latency_seconds_bucket{le=\"0.5\",stage=\"asr\",kind=\"partial\"} 1",
            "dragoman_stage_latency_seconds_count{stage=\"vad\"} 1",
            "dragoman_end_to_end_seconds_bucket{le=\"1.5\"} 1",
            "dragoman_first_output_seconds_bucket{le=\"2.0\"} 1",
            "dragoman_first_output_after_release_seconds_count 1",
            "dragoman_fallbacks_total{stage=\"tts\",engine=\"kokoro \\\"es\\\"\"} 1",
            "dragoman_errors_total{stage=\"mt\"} 1",
            "dragoman_dropped_total{what=\"partial\"} 1",
            "dragoman_dropped_total{what=\"capture_ring\"} 7",
            "dragoman_xruns_total{direction=\"capture\"} 2",
            "dragoman_queue_depth{queue=\"asr\"} 3",
            "dragoman_queue_bound{queue=\"asr\"} 20",
            "dragoman_chunks_total 1",
            "dragoman_utterances_total 1",
            "dragoman_clauses_faster_total 1",
            "dragoman_clauses_in_doubt_total{what=\"number\"} 1",
            "dragoman_speech_backlog_seconds 1.5",
            "# TYPE dragoman_uptime_seconds gauge",
            "# TYPE dragoman_resident_memory_bytes gauge",
            "# TYPE dragoman_process_cpu_seconds counter",
            "# TYPE dragoman_build info",
            "# EOF",
        ] {
            assert!(page.lines().any(|l| l == line), "no line {line:?} in\n{page}");
        }
        assert!(page.contains("dragoman_process_cpu_seconds_total "), "{page}");
        assert!(page.contains("dragoman_build_info{version="), "{page}");
    }

    #[test]
    fn a_stage_keeps_partial_and_final_apart() {
        let metrics = Metrics::new();
        for n in 1..=100 {
            metrics.stage_latency(Stage::Asr, Some(Kind::Partial), Duration::from_millis(n));
        }
        metrics.stage_latency(Stage::Asr, Some(Kind::Final), Duration::from_millis(900));
        let partial = metrics.stage_stats(Stage::Asr, Some(Kind::Partial));
        assert_eq!((partial.p50, partial.p95, partial.p99, partial.count), (50.0, 95.0, 99.0, 100));
        assert_eq!(metrics.stage_stats(Stage::Asr, Some(Kind::Final)).count, 1);
        assert_eq!(metrics.stage_stats(Stage::Tts, None), LatencyStats::default());
    }

    #[test]
    fn every_budget_is_a_bucket_bound() {
        for budget in [5, 10, 20, 200, 250, 350, 400, 500, 700, 800, 1000] {
            assert!(STAGE_BUCKETS.contains(&(f64::from(budget) / 1000.0)), "{budget} ms");
        }
        for promise in [1.0, 1.5, 2.0] {
            assert!(UTTERANCE_BUCKETS.contains(&promise), "{promise} s");
        }
    }
}
