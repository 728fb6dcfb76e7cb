//! Structured log lines.
//!
//! Under systemd an event becomes a journal entry whose fields carry the prefix `DRAGOMAN_`
//! (`journalctl -u dragoman DRAGOMAN_STAGE=asr`); elsewhere it becomes one line of JSON on standard error with the
//! fields `timestamp`, `level`, `event`, `chunk_id`, `stage`, `latency_ms`, `confidence`, `text_length` and `error`, those that
//! it has and no others.
//!
//! What to write: `tracing::info!(chunk_id, stage = "asr", latency_ms, confidence, text_length, "recognised")`. The
//! message, or a field `event`, says what happened; a name that a reader needs (a device, a file) belongs into it.
//!
//! **Spoken text is not logged**: conversations are private and logs travel. An event that carries a field `text` is
//! left out of both outputs unless [`Options::spoken_text`] is set; `text_length` says how much there was.
//!
//! The level is `RUST_LOG`, or the configuration's where that is not set, in the syntax of `tracing-subscriber`'s
//! `EnvFilter` (`info`, `daemon=debug,warn`).

use std::{
    fmt,
    io::{self, Write},
    os::unix::fs::MetadataExt,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use serde::Serialize;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::filter_fn,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

use crate::status::events::timestamp;

/// Prefix of our fields in the journal.
const PREFIX: &str = "DRAGOMAN";

/// What to log.
#[derive(Debug, Clone)]
pub struct Options {
    /// Level or filter where `RUST_LOG` is not set.
    pub level: String,
    /// Also log what people say, as field `text`. For debugging with everybody's consent.
    pub spoken_text: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { level: "info".to_owned(), spoken_text: false }
    }
}

/// Logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A filter that cannot be read.
    #[error(
        "{origin} = \"{filter}\" is no log level ({problem}); use error, warn, info, debug, trace, or target=level pairs separated by commas"
    )]
    Filter {
        /// Where it was given.
        origin: &'static str,
        /// What was given.
        filter: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Logging was set up before in this process.
    #[error("logging was set up twice in one process: {0}")]
    Twice(String),
}

/// Where lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// The journal, with fields.
    Journal,
    /// JSON lines on standard error.
    Json,
}

/// Sets up logging for the whole process and says where it goes. Once, first of all.
///
/// # Errors
/// [`LogError`].
pub fn init(options: &Options) -> Result<Output, LogError> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(filter) if !filter.trim().is_empty() => parse("RUST_LOG", &filter)?,
        _ => parse("log level", &options.level)?,
    };
    let journal = standard_error_is_journal().then(|| tracing_journald::layer().ok()).flatten();
    let output = if journal.is_some() { Output::Journal } else { Output::Json };
    let json = journal.is_none().then(|| JsonLines::new(io::stderr()));
    let journal = journal
        .map(|layer| layer.with_field_prefix(Some(PREFIX.to_owned())).with_syslog_identifier("dragomand".to_owned()));
    let spoken = options.spoken_text;
    tracing_subscriber::registry()
        .with(filter)
        .with(journal.with_filter(filter_fn(move |about| may_be_logged(about, spoken))))
        .with(json.with_filter(filter_fn(move |about| may_be_logged(about, spoken))))
        .try_init()
        .map_err(|e| LogError::Twice(e.to_string()))?;
    Ok(output)
}

fn parse(origin: &'static str, filter: &str) -> Result<EnvFilter, LogError> {
    EnvFilter::try_new(filter).map_err(|e| LogError::Filter {
        origin,
        filter: filter.to_owned(),
        problem: e.to_string(),
    })
}

/// Events with spoken text only where that was asked for.
fn may_be_logged(about: &Metadata<'_>, spoken_text: bool) -> bool {
    spoken_text || about.fields().field("text").is_none()
}

/// Whether standard error leads to the journal: `JOURNAL_STREAM` then names its device and inode (systemd.exec(5)).
/// The variable alone is not enough, since children inherit it after a redirection.
fn standard_error_is_journal() -> bool {
    let Ok(named) = std::env::var("JOURNAL_STREAM") else { return false };
    std::fs::metadata("/proc/self/fd/2").is_ok_and(|about| named == format!("{}:{}", about.dev(), about.ino()))
}

/// Writes each event as one line of JSON.
struct JsonLines<W>(Mutex<W>);

impl<W: Write> JsonLines<W> {
    fn new(writer: W) -> Self {
        Self(Mutex::new(writer))
    }
}

impl<S: Subscriber, W: Write + 'static> Layer<S> for JsonLines<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line {
            timestamp: timestamp(SystemTime::now()),
            level: event.metadata().level().as_str(),
            ..Line::default()
        };
        event.record(&mut line);
        if let Ok(mut text) = serde_json::to_vec(&line) {
            text.push(b'\n');
            let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Where the log itself cannot be written there is nobody to tell.
            let _ = writer.write_all(&text).and_then(|()| writer.flush());
        }
    }
}

/// One line.
#[derive(Debug, Default, Serialize)]
struct Line {
    timestamp: String,
    level: &'static str,
    event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    chunk_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl Line {
    /// Adds to what happened: a field `event` and a message may both be there, in any order.
    fn say(&mut self, words: &str, first: bool) {
        self.event = match (self.event.as_str(), first) {
            ("", _) => words.to_owned(),
            (said, true) => format!("{words}: {said}"),
            (said, false) => format!("{said}: {words}"),
        };
    }
}

/// To four decimals: a single-precision 0.9 would else be written as 0.8999999761581421.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        match field.name() {
            "latency_ms" => self.latency_ms = Some(round(value)),
            "confidence" => self.confidence = Some(round(value)),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "chunk_id" => self.chunk_id = Some(value),
            "text_length" => self.text_length = Some(value),
            _ => self.record_f64(field, value as f64),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.record_u64(field, value),
            Err(_) => self.record_f64(field, value as f64),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "event" => self.say(value, true),
            "message" => self.say(value, false),
            "stage" => self.stage = Some(value.to_owned()),
            "error" => self.error = Some(value.to_owned()),
            "text" => self.text = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;
    use tracing_subscriber::registry;

    use super::*;

    /// A writer that can be read.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that `work` logs.
    fn lines(spoken_text: bool, work: impl FnOnce()) -> Vec<Value> {
        let page = Page::default();
        let layer = JsonLines::new(page.clone()).with_filter(filter_fn(move |about| may_be_logged(about, spoken_text)));
        tracing::subscriber::with_default(registry().with(layer), work);
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn keys(line: &Value) -> Vec<&str> {
        line.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn a_line_has_the_fields_of_the_specification_and_no_others() {
        let logged = lines(false, || {
            let (latency_ms, confidence) = (12.5_f32, 0.9_f32);
            tracing::info!(
                chunk_id = 7_u64,
                stage = "asr",
                latency_ms,
                confidence,
                text_length = 11_usize,
                path = "/x",
                "recognised"
            );
            let error = io::Error::other("no such \"device\"\n");
            tracing::warn!(error = %error, event = "device_lost", "capture");
        });
        let mut all = keys(&logged[0]);
        all.sort_unstable();
        assert_eq!(
            all,
            ["chunk_id", "confidence", "event", "latency_ms", "level", "stage", "text_length", "timestamp"]
        );
        assert_eq!(logged[0]["event"], "recognised");
        assert_eq!((&logged[0]["latency_ms"], &logged[0]["confidence"]), (&Value::from(12.5), &Value::from(0.9)));
        let time = logged[0]["timestamp"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z') && humantime::parse_rfc3339(time).is_ok(), "{time}");
        assert_eq!(logged[1]["event"], "device_lost: capture");
        assert_eq!(logged[1]["level"], "WARN");
        assert_eq!(logged[1]["error"], "no such \"device\"\n");
        assert_eq!(keys(&logged[1]).len(), 4);
    }

    #[test]
    fn spoken_text_is_logged_only_where_asked_for() {
        let speak = || tracing::info!(text = "where is the station", text_length = 20_u64, "recognised");
        assert_eq!(lines(false, speak), Vec::<Value>::new());
        assert_eq!(lines(true, speak)[0]["text"], "where is the station");
    }

    #[test]
    fn a_level_that_is_none_is_named_with_its_origin() {
        let error = parse("log level", "daemon=loud").unwrap_err().to_string();
        assert!(error.contains("log level") && error.contains("daemon=loud") && error.contains("warn"), "{error}");
        assert!(parse("RUST_LOG", "daemon=debug,warn").is_ok());
    }
}
