//! Buttons and lights on GPIO lines, through the kernel's character device.

use std::{
    collections::{BTreeMap, VecDeque},
    os::fd::AsFd,
    path::PathBuf,
    time::{Duration, Instant},
};

use gpiocdev::{
    Chip, Request,
    line::{self, EdgeDetection, EdgeKind, Value},
    request::Config,
};
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    time::{ClockId, clock_gettime},
};

use crate::{
    definition::{Bias, Board, Button, Level, Line},
    error::BoardError,
    indicator::Leds,
    presses::{Presses, Trouble},
    push_to_talk::{Closed, Edge, PushToTalk},
};

/// Who holds the lines, as `gpioinfo` shows it.
const CONSUMER: &str = "dragoman";

/// How often a line that is gone is looked for.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Edges that are read at once.
const EVENTS: usize = 16;

/// Something about the buttons that a technician should know.
#[derive(Debug)]
pub enum Notice {
    /// A button is in trouble.
    Trouble(usize, Trouble),
    /// A button cannot be had, or no longer.
    Gone(usize, BoardError),
    /// It is there again.
    Back(usize),
}

/// Takes notices.
pub type OnNotice = Box<dyn FnMut(Notice) + Send>;

/// The path of the chip with a label, and the offset of the line with a name.
fn find(wanted: &Line) -> Result<(PathBuf, u32), BoardError> {
    let mut found = Vec::new();
    let (mut is_denied, mut has_seen_it) = (false, false);
    // An empty list is an error too.
    for path in gpiocdev::chip::chips().unwrap_or_default() {
        let Ok((chip, info)) = Chip::from_path(&path).and_then(|chip| chip.info().map(|info| (chip, info))) else {
            is_denied = true;
            found.push(format!("{} (no permission)", path.display()));
            continue;
        };
        let is_wanted = wanted.chip.as_ref().is_none_or(|label| *label == info.label);
        match chip.find_line_info(&wanted.name).filter(|_| is_wanted) {
            Some(line) => return Ok((path, line.offset)),
            None if is_wanted => {
                has_seen_it |= wanted.chip.is_some();
                found.push(format!("{}, which has no line of this name", info.label));
            }
            None => found.push(info.label),
        }
    }
    let there = if found.is_empty() { "there is none".to_owned() } else { format!("there are {}", found.join("; ")) };
    Err(wanted.refused(&format!("not found among the GPIO chips: {there}"), is_denied && !has_seen_it))
}

impl Line {
    /// Whether this line can be had: it exists, and nobody else has it; gives its chip.
    ///
    /// # Errors
    /// [`BoardError::Gpio`]: why not.
    pub fn look(&self) -> Result<PathBuf, BoardError> {
        let (path, offset) = find(self)?;
        let info = Chip::from_path(&path).and_then(|chip| chip.line_info(offset));
        match info.map_err(|problem| self.error(&problem.to_string()))? {
            info if info.used && info.consumer != CONSUMER => {
                Err(self.error(&format!("it is in use by {}", info.consumer)))
            }
            _ => Ok(path),
        }
    }

    fn error(&self, problem: &str) -> BoardError {
        self.refused(problem, false)
    }

    fn refused(&self, problem: &str, is_denied: bool) -> BoardError {
        let chip = self.chip.clone().unwrap_or_else(|| "(any)".to_owned());
        BoardError::Gpio { chip, line: self.name.clone(), problem: problem.to_owned(), is_denied }
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        if self.active == Level::Low {
            config.as_active_low();
        }
        match self.bias {
            Bias::AsIs => {}
            Bias::PullUp => drop(config.with_bias(line::Bias::PullUp)),
            Bias::PullDown => drop(config.with_bias(line::Bias::PullDown)),
        }
        config
    }
}

/// Takes a button's line; tells whether it is down.
fn take(button: &Button) -> Result<(Request, bool), BoardError> {
    let (path, offset) = find(&button.line)?;
    let mut config = button.line.config();
    config.as_input().with_edge_detection(EdgeDetection::BothEdges);
    if button.debounce_ms > 0 {
        config.with_debounce_period(Duration::from_millis(button.debounce_ms.into()));
    }
    config.with_line(offset).on_chip(path);
    let error = |problem: gpiocdev::Error| button.line.error(&problem.to_string());
    let request = Request::from_config(config).with_consumer(CONSUMER).request().map_err(error)?;
    let is_down = request.lone_value().map_err(error)? == Value::Active;
    Ok((request, is_down))
}

/// When an edge happened, of its time on the monotonic clock.
fn instant(timestamp_ns: u64) -> Instant {
    let now = Instant::now();
    let age = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default();
    now.checked_sub(age.saturating_sub(Duration::from_nanos(timestamp_ns))).unwrap_or(now)
}

/// The push-to-talk buttons of a board. A button whose chip is gone is let go, and taken again when it is back.
pub struct GpioButtons {
    buttons: Vec<Button>,
    taken: Vec<Option<Request>>,
    presses: Presses,
    waiting: VecDeque<Edge>,
    on_notice: OnNotice,
    look_at: Instant,
    /// Buttons that were told to be gone, so that each is told once.
    told_gone: Vec<bool>,
}

impl GpioButtons {
    /// The buttons that a board's file names. Those that cannot be had are told to `on_notice` and looked for again.
    #[must_use]
    pub fn new(board: &Board, on_notice: OnNotice) -> Self {
        let buttons = board.buttons.clone();
        let tap = buttons.iter().find_map(|b| b.tap_ms).map(|ms| Duration::from_millis(ms.into()));
        let mut this = Self {
            taken: buttons.iter().map(|_| None).collect(),
            told_gone: vec![false; buttons.len()],
            presses: Presses::new(buttons.len(), Duration::from_secs(board.stuck_after_s.into()), tap),
            buttons,
            waiting: VecDeque::new(),
            on_notice,
            look_at: Instant::now(),
        };
        this.look();
        this
    }

    /// Takes the lines that are missing.
    fn look(&mut self) {
        if Instant::now() < self.look_at {
            return;
        }
        self.look_at = Instant::now() + LOOK_AGAIN;
        for index in 0..self.buttons.len() {
            if self.taken[index].is_some() {
                continue;
            }
            match take(&self.buttons[index]) {
                Ok((request, is_down)) => {
                    self.taken[index] = Some(request);
                    if std::mem::take(&mut self.told_gone[index]) {
                        (self.on_notice)(Notice::Back(index));
                    }
                    if let Some(trouble) = self.presses.taken(index, is_down) {
                        (self.on_notice)(Notice::Trouble(index, trouble));
                    }
                }
                Err(error) if !self.told_gone[index] => self.gone(index, error),
                Err(_) => {}
            }
        }
    }

    fn gone(&mut self, index: usize, error: BoardError) {
        self.taken[index] = None;
        self.waiting.extend(self.presses.lost(index, Instant::now()));
        self.told_gone[index] = true;
        (self.on_notice)(Notice::Gone(index, error));
    }

    /// Waits for a line to change, and takes in what has.
    fn take_in(&mut self, limit: Duration) {
        let taken: Vec<usize> = (0..self.taken.len()).filter(|index| self.taken[*index].is_some()).collect();
        let requests = || taken.iter().filter_map(|index| self.taken[*index].as_ref());
        let mut polled: Vec<PollFd<'_>> = requests().map(|r| PollFd::new(r.as_fd(), PollFlags::POLLIN)).collect();
        // Rounded up: a wait of no whole millisecond would be none.
        let limit = limit + Duration::from_micros(999);
        // An interrupted wait is a short one.
        let _ = poll(&mut polled, PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX));
        let ready: Vec<bool> = polled.iter().map(|fd| fd.any().unwrap_or(true)).collect();
        let mut edges: Vec<Edge> = Vec::new();
        for (index, _) in taken.into_iter().zip(ready).filter(|(_, is_ready)| *is_ready) {
            self.read(index, &mut edges);
        }
        // Lines are read one after another: who let go before somebody else pressed did so.
        edges.sort_by_key(|edge| edge.at);
        self.waiting.extend(edges);
    }

    /// Takes in all that has happened on a line, and then how it is: the kernel keeps only some of many edges.
    fn read(&mut self, index: usize, edges: &mut Vec<Edge>) {
        let Some(request) = &self.taken[index] else { return };
        let mut read = || -> gpiocdev::Result<()> {
            let size = request.edge_event_u64_size();
            let mut events = vec![0; size * EVENTS];
            while request.has_edge_event()? {
                let filled = request.read_edge_events_into_slice(&mut events)?;
                for event in events[..filled].chunks_exact(size) {
                    let edge = request.edge_event_from_slice(event)?;
                    let is_down = edge.kind == EdgeKind::Rising;
                    edges.extend(self.presses.changed(index, is_down, instant(edge.timestamp_ns)));
                }
            }
            let is_down = request.lone_value()? == Value::Active;
            edges.extend(self.presses.changed(index, is_down, Instant::now()));
            Ok(())
        };
        if let Err(problem) = read() {
            let error = self.buttons[index].line.error(&problem.to_string());
            self.look_at = Instant::now() + LOOK_AGAIN;
            self.gone(index, error);
        }
    }
}

impl PushToTalk for GpioButtons {
    fn wait(&mut self, limit: Duration) -> Result<Option<Edge>, Closed> {
        let until = Instant::now() + limit;
        loop {
            if let Some(edge) = self.waiting.pop_front() {
                return Ok(Some(edge));
            }
            let now = Instant::now();
            if let Some(edge) = self.presses.let_go(now) {
                (self.on_notice)(Notice::Trouble(edge.button, Trouble::Stuck));
                return Ok(Some(edge));
            }
            if now >= until {
                return Ok(None);
            }
            self.look();
            let looks = if self.taken.iter().all(Option::is_some) {
                Duration::MAX
            } else {
                self.look_at.saturating_duration_since(now)
            };
            self.take_in((until - now).min(self.presses.patience(now)).min(looks));
        }
    }
}

/// Light-emitting diodes on GPIO lines.
pub struct GpioLeds {
    leds: BTreeMap<String, Line>,
    taken: BTreeMap<String, Request>,
}

impl GpioLeds {
    /// Takes the lines that a board's file names; gives what cannot be had, which stays dark.
    #[must_use]
    pub fn new(leds: &BTreeMap<String, Line>) -> (Self, Vec<BoardError>) {
        let mut this = Self { leds: leds.clone(), taken: BTreeMap::new() };
        let failed = leds.iter().filter_map(|(name, line)| this.take(name, line, Value::Inactive).err()).collect();
        (this, failed)
    }

    fn take(&mut self, name: &str, line: &Line, value: Value) -> Result<(), BoardError> {
        let (path, offset) = find(line)?;
        let mut config = line.config();
        config.as_output(value).with_line(offset).on_chip(path);
        let request = Request::from_config(config).with_consumer(CONSUMER).request();
        self.taken.insert(name.to_owned(), request.map_err(|problem| line.error(&problem.to_string()))?);
        Ok(())
    }
}

impl Leds for GpioLeds {
    fn light(&mut self, lit: &[String]) -> Vec<BoardError> {
        let mut failed = Vec::new();
        for (name, line) in self.leds.clone() {
            let value = if lit.contains(&name) { Value::Active } else { Value::Inactive };
            let set = match self.taken.get(&name) {
                Some(request) => request.set_lone_value(value).map_err(|problem| line.error(&problem.to_string())),
                // Its chip may be back.
                None => self.take(&name, &line, value),
            };
            if let Err(error) = set {
                self.taken.remove(&name);
                failed.push(error);
            }
        }
        failed
    }
}
