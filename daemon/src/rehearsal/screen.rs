//! What a rehearsal shows while it runs: the texts as they come, and a bar while one must wait.

use std::{collections::HashMap, io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

use super::caption::{Caption, fold};
use crate::status::{Event, Stage};

/// The terminal, or whatever standard output is.
pub struct Screen {
    bar: Option<ProgressBar>,
    is_quiet: bool,
    /// What has been shown of what is being recognised, and of what it may become.
    captions: [Caption; 2],
    /// Until when each chunk was captured, in seconds.
    captured: HashMap<u64, f64>,
}

impl Screen {
    /// Shows everything.
    #[must_use]
    pub fn new() -> Self {
        Self { bar: None, is_quiet: false, captions: Default::default(), captured: HashMap::new() }
    }

    /// Shows nothing.
    #[must_use]
    pub fn quiet() -> Self {
        Self { is_quiet: true, ..Self::new() }
    }

    /// Shows a line, above the bar where there is one.
    pub fn line(&self, text: &str) {
        match &self.bar {
            _ if self.is_quiet => {}
            Some(bar) => bar.suspend(|| println!("{text}")),
            None => println!("{text}"),
        }
    }

    /// Something of unknown length begins: a spinner turns until [`Screen::spoken`].
    pub fn waiting(&mut self, what: &str) {
        if !self.is_quiet && std::io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner().with_message(what.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            self.bar = Some(bar);
        }
    }

    /// A recording begins to be spoken.
    pub fn speaking(&mut self, length: Duration) {
        self.forget();
        if self.is_quiet || !std::io::stderr().is_terminal() {
            return;
        }
        let bar = ProgressBar::new(u64::try_from(length.as_millis()).unwrap_or(u64::MAX));
        if let Ok(style) = ProgressStyle::with_template("  button held {bar:40} {msg}") {
            bar.set_style(style);
        }
        self.bar = Some(bar);
    }

    /// A new utterance begins.
    fn forget(&mut self) {
        self.captions = Default::default();
        self.captured.clear();
    }

    /// So much of it has been spoken.
    pub fn progress(&self, spoken: Duration) {
        if let Some(bar) = &self.bar {
            bar.set_position(u64::try_from(spoken.as_millis()).unwrap_or(u64::MAX));
            bar.set_message(format!("{:.1} s", spoken.as_secs_f64()));
        }
    }

    /// It is over, and the bar goes away.
    pub fn spoken(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Something happened, `at` after the beginning of the recording.
    pub fn event(&mut self, event: &Event, at: Duration) {
        let at = at.as_secs_f64();
        let head = format!("{at:7.2} s  {}", event.language.map_or("  ", |l| l.code()));
        let text = event.text.as_deref().unwrap_or_default();
        let shown = match (event.stage, event.kind) {
            _ if event.error.is_some() => {
                Some(format!("{}: {}", event.event, event.error.as_deref().unwrap_or_default()))
            }
            (Some(Stage::Asr), Some(kind)) => {
                let captured = event.captured_ago_ms.map(|ago| at - f64::from(ago) / 1000.0);
                self.captured.extend(event.chunk_id.zip(captured));
                self.captions[0].next(text, event.committed.unwrap_or(0), kind)
            }
            // Each final one is a clause of its own.
            (Some(Stage::Mt), Some(kind)) => self.captions[1].next(text, 0, kind),
            (Some(Stage::Tts), _) => Some(self.speaks(event, text, at)),
            _ if event.event == "pressed" => {
                self.forget();
                None
            }
            _ if event.event == "released" => Some("button released".to_owned()),
            _ => None,
        };
        if let Some(shown) = shown {
            self.line(&fold(&head, &shown));
        }
    }

    /// A clause begins to be spoken, and how long after the speech that completed it.
    fn speaks(&self, event: &Event, text: &str, at: f64) -> String {
        let heard = at + f64::from(event.heard_in_ms.unwrap_or_default()) / 1000.0;
        let captured = event.chunk_id.and_then(|chunk| self.captured.get(&chunk));
        let behind = captured.map(|captured| format!("{:.2} s behind, ", heard - captured)).unwrap_or_default();
        format!("speaks, {behind}heard at {heard:.2} s: {text}")
    }
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}
