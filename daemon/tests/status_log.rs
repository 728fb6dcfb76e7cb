//! Logging as a process sees it: set up once, lines on standard error.
//!
//! Each case runs this test binary again as a child, since logging is set up once a process.

use std::process::{Command, Output};

use daemon::log::{self, Options};
use serde_json::Value;

/// Set in the child: the configured level.
const LEVEL: &str = "STATUS_LOG_TEST_LEVEL";

/// What the child does: sets up logging and logs. Nothing in the parent.
#[test]
fn child() {
    let Ok(level) = std::env::var(LEVEL) else { return };
    if let Err(error) = log::init(&Options { level, spoken_text: false }) {
        eprintln!("{error}");
        std::process::exit(3);
    }
    tracing::debug!("detail");
    tracing::info!(chunk_id = 7_u64, stage = "asr", text_length = 12_usize, "recognised");
    tracing::error!(text = "a private sentence", "leaks");
    assert!(log::init(&Options::default()).is_err());
}

fn run(level: &str, rust_log: Option<&str>, journal: Option<&str>) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture"]).env(LEVEL, level).env_remove("RUST_LOG");
    command.env_remove("JOURNAL_STREAM");
    command.envs(rust_log.map(|value| ("RUST_LOG", value)));
    command.envs(journal.map(|value| ("JOURNAL_STREAM", value)));
    command.output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn standard_error_gets_json_lines_of_the_configured_level_without_spoken_text() {
    let logged = lines(&run("info", None, None));
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert_eq!((&logged[0]["event"], &logged[0]["chunk_id"]), (&Value::from("recognised"), &Value::from(7)));
    assert_eq!((&logged[0]["level"], &logged[0]["text_length"]), (&Value::from("INFO"), &Value::from(12)));
}

#[test]
fn rust_log_wins_over_the_configuration() {
    assert_eq!(lines(&run("info", Some("debug"), None)).len(), 2);
    assert_eq!(lines(&run("debug", Some("error"), None)).len(), 0);
}

#[test]
fn an_inherited_journal_stream_of_another_file_means_nothing() {
    assert_eq!(lines(&run("info", None, Some("1:1"))).len(), 1);
}

#[test]
fn a_wrong_level_is_refused_with_what_is_right() {
    let output = run("daemon=loud", None, None);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("log level = \"daemon=loud\"") && text.contains("error, warn, info"), "{text}");
}
