//! What a rehearsal shows while it runs: the texts as they come, and a bar while one must wait.

use std::{io::IsTerminal, time::Duration};

use engines::message::Kind;
use indicatif::{ProgressBar, ProgressStyle};

use crate::status::{Event, Stage};

/// The terminal, or whatever standard output is.
pub struct Screen {
    bar: Option<ProgressBar>,
    is_quiet: bool,
    /// The last texts shown, so that a hypothesis that did not change is not shown again.
    last: [String; 2],
}

impl Screen {
    /// Shows everything.
    #[must_use]
    pub fn new() -> Self {
        Self { bar: None, is_quiet: false, last: Default::default() }
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
        self.last = Default::default();
        if self.is_quiet || !std::io::stderr().is_terminal() {
            return;
        }
        let bar = ProgressBar::new(u64::try_from(length.as_millis()).unwrap_or(u64::MAX));
        if let Ok(style) = ProgressStyle::with_template("  button held {bar:40} {msg}") {
            bar.set_style(style);
        }
        self.bar = Some(bar);
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
        let language = event.language.map_or("  ", |l| l.code());
        let text = event.text.as_deref().unwrap_or_default();
        match (event.stage, event.kind) {
            (Some(stage @ (Stage::Asr | Stage::Mt)), Some(kind)) => {
                let last = &mut self.last[usize::from(stage == Stage::Mt)];
                let shown = format!("{kind:?} {text}");
                if text.is_empty() || *last == shown {
                    return;
                }
                *last = shown;
                let mark = if kind == Kind::Partial { "..." } else { "   " };
                let sure = event.confidence.map(|c| format!(" ({:.0} %)", c * 100.0)).unwrap_or_default();
                self.line(&format!("{at:7.2} s  {language} {mark} {text}{sure}"));
            }
            (Some(Stage::Tts), _) if event.error.is_none() => {
                self.line(&format!("{at:7.2} s  {language}     speaks"));
            }
            _ if event.event == "released" => self.line(&format!("{at:7.2} s         button released")),
            _ => {
                if let Some(error) = &event.error {
                    self.line(&format!("{at:7.2} s  {}: {error}", event.event));
                }
            }
        }
    }
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}
