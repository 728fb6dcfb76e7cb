//! The commands that ask the running daemon: `status`, `metrics`, `events`, `ptt`.

use std::{path::PathBuf, process::ExitCode};

use super::Outcome;
use crate::{
    config::Config,
    status::{Client, Event, Status, report},
};

#[derive(clap::Args)]
pub(super) struct Socket {
    /// The daemon's status socket.
    #[arg(long, default_value_os_t = Config::default().system.socket)]
    socket: PathBuf,
}

#[derive(clap::Subcommand)]
pub(super) enum Question {
    /// Show what the daemon is doing.
    Status {
        #[command(flatten)]
        socket: Socket,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show the metrics as Prometheus text.
    Metrics {
        #[command(flatten)]
        socket: Socket,
    },
    /// Show what happens, as it happens.
    Events {
        #[command(flatten)]
        socket: Socket,
        /// As JSON lines.
        #[arg(long)]
        json: bool,
    },
    /// Press or release a push-to-talk button.
    Ptt {
        #[command(flatten)]
        socket: Socket,
        /// press or release.
        #[arg(value_parser = ["press", "release"])]
        action: String,
        /// The button, counted from 0.
        #[arg(default_value_t = 0)]
        button: usize,
    },
}

pub(super) fn run(question: &Question) -> Outcome {
    match question {
        Question::Status { socket, json } => {
            let client = Client::connect(&socket.socket)?;
            if *json {
                println!("{}", client.get_text("/status")?);
            } else {
                print!("{}", table(&client.get_json("/status")?));
            }
        }
        Question::Metrics { socket } => print!("{}", Client::connect(&socket.socket)?.get_text("/metrics")?),
        Question::Events { socket, json } => {
            for event in Client::connect(&socket.socket)?.events()? {
                let event = event?;
                println!("{}", if *json { serde_json::to_string(&event)? } else { line(&event) });
            }
        }
        Question::Ptt { socket, action, button } => {
            Client::connect(&socket.socket)?.post(&format!("/ptt/{button}/{action}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The status as a technician reads it over a serial line: 80 columns, no colours.
fn table(status: &Status) -> String {
    let mut lines = Vec::new();
    let shown = &status.snapshot;
    let memory = &status.memory;
    lines.push(format!(
        "dragomand {}: {:?}, {}, up {:.0} s, utterance {}",
        status.version, shown.state, shown.mode, status.uptime_seconds, shown.utterance
    ));
    lines.push(format!("memory {:.0} MB", memory.resident_bytes as f64 / 1e6));
    for conversation in &shown.conversations {
        let engines: Vec<String> = conversation.engines.values().map(|names| names.join(" > ")).collect();
        lines.push(format!(
            "button {}: {} to {}: {}",
            conversation.button,
            conversation.source_language.name(),
            conversation.target_language.name(),
            engines.join(" | ")
        ));
        for (what, report::Choice { asked, chosen, why }) in
            [("mode", &conversation.mode), ("voice", &conversation.voice)]
        {
            if asked == "auto" {
                lines.push(format!("  {what} {chosen}: {why}"));
            }
        }
    }
    for device in &shown.devices {
        let state = if device.present { "running" } else { "GONE" };
        lines.push(format!("{:8} {} {} Hz: {state}", device.direction, device.name, device.sample_rate));
    }
    // The first conversation is what stands above.
    for (number, seat) in shown.seats.iter().enumerate().skip(1) {
        let directions = seat.buttons.iter().zip(&seat.directions).map(|(button, d)| format!("button {button} {d}"));
        let gone = seat.devices.iter().filter(|d| !d.present).map(|d| format!("{} {} GONE", d.direction, d.name));
        lines.push(format!(
            "seat {number}: {:?}, {}, utterance {}: {}",
            seat.state,
            seat.mode,
            seat.utterance,
            directions.chain(gone).collect::<Vec<_>>().join(", ")
        ));
    }
    if let Some(board) = &shown.board {
        lines.extend(board_lines(board));
    }
    for thread in &shown.real_time {
        lines.push(format!("{:8} thread: {}", thread.thread, thread.detail));
    }
    lines
        .push(format!("{:12} {:>8} {:>8} {:>8} {:>7} {:>7}", "stage", "p50 ms", "p95 ms", "p99 ms", "count", "errors"));
    for stage in &status.stages {
        let kind = stage.kind.map(|k| format!(" {k:?}").to_lowercase()).unwrap_or_default();
        let name = format!("{}{kind}", stage.stage.name());
        lines.push(format!(
            "{name:12} {:8.1} {:8.1} {:8.1} {:7} {:7}",
            stage.p50, stage.p95, stage.p99, stage.count, stage.errors
        ));
    }
    let counts = |what: &str, counts: &std::collections::BTreeMap<String, u64>| {
        let some: Vec<String> = counts.iter().filter(|(_, n)| **n > 0).map(|(k, n)| format!("{k} {n}")).collect();
        format!("{what}: {}", if some.is_empty() { "none".to_owned() } else { some.join(", ") })
    };
    lines.push(counts("xruns", &status.xruns));
    lines.push(counts("dropped", &status.drops));
    lines.push(counts("fallbacks", &status.fallbacks));
    if let Some(last) = &shown.last_error {
        lines.push(format!("last error, {} at {}: {}", last.timestamp, last.place, last.error));
    }
    lines.join("\n") + "\n"
}

/// The board in a line or two.
fn board_lines(board: &report::BoardReport) -> Vec<String> {
    let value =
        |value: Option<f32>, unit: &str| value.map_or_else(|| format!("? {unit}"), |v| format!("{v:.1} {unit}"));
    let mut lines = vec![format!("board    {}: {}", board.name, board.title)];
    if !board.profile.is_empty() {
        lines.push(format!(
            "  {}: {} of {} W, {}, rung {} ({} of {}), {}",
            board.profile,
            value(board.power_w, "W"),
            board.budget_w,
            value(board.hottest_c, "C"),
            board.rung,
            board.rung_number + 1,
            board.rungs,
            board.why.name()
        ));
    }
    if !board.readings.stale.is_empty() {
        lines.push(format!("  no answer from: {}", board.readings.stale.join(", ")));
    }
    lines
}

/// An event on one line.
pub(super) fn line(event: &Event) -> String {
    let mut words = vec![event.timestamp.clone(), event.event.clone()];
    words.extend(event.button.map(|b| format!("button {b}")));
    words.extend(event.utterance.map(|u| format!("utterance {u}")));
    words.extend(event.kind.map(|k| format!("{k:?}").to_lowercase()));
    words.extend(event.language.map(|l| l.to_string()));
    words.extend(event.latency_ms.map(|l| format!("{l:.0} ms")));
    words.extend(event.text.as_ref().map(|t| format!("\"{t}\"")));
    words.extend(event.rung.as_ref().map(|r| format!("rung {r}")));
    words.extend(event.why.clone());
    words.extend(event.power_w.map(|w| format!("{w:.1} W")));
    words.extend(event.energy_j.map(|j| format!("{j:.1} J")));
    words.extend(event.sensor.clone());
    words.extend(event.error.clone());
    words.extend(event.missed.map(|m| format!("{m} events missed")));
    words.join(" ")
}
