//! From levels of lines to presses of buttons: what is stuck, what is lost, and which direction a lone button stands for.

use std::time::{Duration, Instant};

use crate::push_to_talk::{Button, Edge};

/// Where a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Up,
    /// Pressed as this button, since then.
    Down(Button, Instant),
    /// Down without counting as pressed: it was when the line was taken, or has been for too long. It must come up first.
    Ignored,
}

/// Something about a button that its holder or a technician should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It has been held for so long that it must be stuck; its utterance has ended.
    Stuck,
    /// It was down when the daemon took it.
    DownAtStart,
}

/// The buttons of a board.
#[derive(Debug)]
pub struct Presses {
    lines: Vec<Line>,
    stuck_after: Duration,
    /// With one button: a press that is shorter switches directions.
    tap: Option<Duration>,
    /// The direction that a lone button stands for, of two.
    direction: Button,
}

impl Presses {
    /// So many buttons, all up.
    #[must_use]
    pub fn new(buttons: usize, stuck_after: Duration, tap: Option<Duration>) -> Self {
        Self { lines: vec![Line::Up; buttons], stuck_after, tap, direction: 0 }
    }

    /// A line was taken, and is at this level.
    pub fn taken(&mut self, line: usize, pressed: bool) -> Option<Trouble> {
        let line = self.lines.get_mut(line)?;
        *line = if pressed { Line::Ignored } else { Line::Up };
        pressed.then_some(Trouble::DownAtStart)
    }

    /// A line changed.
    pub fn changed(&mut self, line: usize, pressed: bool, at: Instant) -> Option<Edge> {
        let button = if self.tap.is_some() { self.direction } else { line };
        let state = self.lines.get_mut(line)?;
        match (*state, pressed) {
            (Line::Up, true) => {
                *state = Line::Down(button, at);
                Some(Edge { button, pressed, at })
            }
            (Line::Down(button, since), false) => {
                *state = Line::Up;
                if self.tap.is_some_and(|tap| at.saturating_duration_since(since) < tap) {
                    self.direction = 1 - self.direction;
                }
                Some(Edge { button, pressed, at })
            }
            (Line::Ignored, false) => {
                *state = Line::Up;
                None
            }
            // What is already so: an edge in between was lost.
            (Line::Up, false) | (Line::Down(..) | Line::Ignored, true) => None,
        }
    }

    /// Lets go of a line that has been down for too long.
    pub fn let_go(&mut self, now: Instant) -> Option<Edge> {
        let stuck_after = self.stuck_after;
        self.lines.iter_mut().find_map(|line| match *line {
            Line::Down(button, since) if now.saturating_duration_since(since) >= stuck_after => {
                *line = Line::Ignored;
                Some(Edge { button, pressed: false, at: now })
            }
            _ => None,
        })
    }

    /// A line is gone; a button that was held is let go.
    pub fn lost(&mut self, line: usize, now: Instant) -> Option<Edge> {
        match std::mem::replace(self.lines.get_mut(line)?, Line::Up) {
            Line::Down(button, _) => Some(Edge { button, pressed: false, at: now }),
            _ => None,
        }
    }

    /// How long nothing needs to be done unless a line changes.
    #[must_use]
    pub fn patience(&self, now: Instant) -> Duration {
        let left = self.lines.iter().filter_map(|line| match line {
            Line::Down(_, since) => Some((*since + self.stuck_after).saturating_duration_since(now)),
            _ => None,
        });
        left.min().unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn both_buttons_are_told_apart_and_held_at_once() {
        let (start, mut presses) = (Instant::now(), Presses::new(2, MINUTE, None));
        let edge = |button, pressed| Some(Edge { button, pressed, at: start });
        assert_eq!(presses.changed(1, true, start), edge(1, true));
        assert_eq!(presses.changed(0, true, start), edge(0, true));
        assert_eq!(presses.changed(1, false, start), edge(1, false));
        assert_eq!(presses.changed(1, false, start), None, "it is up already");
        assert_eq!(presses.changed(0, false, start), edge(0, false));
        assert_eq!(presses.changed(7, true, start), None, "there is no such line");
    }

    #[test]
    fn a_stuck_button_is_let_go_and_counts_again_once_it_came_up() {
        let (start, mut presses) = (Instant::now(), Presses::new(2, MINUTE, None));
        presses.changed(0, true, start);
        assert_eq!(presses.patience(start + MINUTE / 2), MINUTE / 2);
        assert_eq!(presses.let_go(start + MINUTE / 2), None);
        let end = start + MINUTE;
        assert_eq!(presses.let_go(end), Some(Edge { button: 0, pressed: false, at: end }));
        assert_eq!((presses.let_go(end), presses.patience(end)), (None, Duration::MAX));
        assert_eq!(presses.changed(0, false, end), None);
        assert!(presses.changed(0, true, end).is_some());
    }

    #[test]
    fn what_is_down_at_the_start_is_not_pressed() {
        let (now, mut presses) = (Instant::now(), Presses::new(1, MINUTE, None));
        assert_eq!(presses.taken(0, true), Some(Trouble::DownAtStart));
        assert_eq!((presses.changed(0, false, now), presses.let_go(now + 2 * MINUTE)), (None, None));
        assert!(presses.changed(0, true, now).is_some());
    }

    #[test]
    fn a_lone_button_switches_directions_by_a_tap() {
        let (start, tap) = (Instant::now(), Duration::from_millis(300));
        let mut presses = Presses::new(1, MINUTE, Some(tap));
        let mut press = |from: Duration, to: Duration| {
            let down = presses.changed(0, true, start + from).map(|e| e.button);
            (down, presses.changed(0, false, start + to).map(|e| e.button))
        };
        let second = Duration::from_secs(1);
        assert_eq!(press(Duration::ZERO, second), (Some(0), Some(0)));
        assert_eq!(press(2 * second, 2 * second + tap / 2), (Some(0), Some(0)));
        assert_eq!(press(3 * second, 4 * second), (Some(1), Some(1)));
        assert_eq!(press(5 * second, 5 * second + tap / 2), (Some(1), Some(1)));
        assert_eq!(press(6 * second, 7 * second), (Some(0), Some(0)));
    }

    proptest! {
        /// Whatever the lines do, each button's edges come in turns, and none is held for longer than a minute.
        #[test]
        fn edges_of_a_button_come_in_turns(moves in proptest::collection::vec((0_usize..3, 0_u8..4, 0_u64..20_000), 0..200)) {
            let mut presses = Presses::new(2, MINUTE, None);
            let mut now = Instant::now();
            let mut held: [Option<Instant>; 3] = [None; 3];
            for (line, what, wait) in moves {
                now += Duration::from_millis(wait);
                while let Some(edge) = presses.let_go(now) {
                    prop_assert!(held[edge.button].take().is_some(), "{:?}", edge);
                }
                let edge = match what {
                    0 => presses.changed(line, true, now),
                    1 => presses.changed(line, false, now),
                    2 => presses.lost(line, now),
                    // A line is taken anew only after it was lost.
                    _ => {
                        let lost = presses.lost(line, now);
                        presses.taken(line, true);
                        lost
                    }
                };
                if let Some(edge) = edge {
                    prop_assert_eq!(held[edge.button].is_some(), !edge.pressed, "{:?}", edge);
                    held[edge.button] = edge.pressed.then_some(now);
                }
                prop_assert!(held.iter().flatten().all(|since| now.duration_since(*since) < MINUTE));
            }
        }
    }
}
