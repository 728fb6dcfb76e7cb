//! The board's buttons: their edges go where those of the status socket go.

use std::time::Duration;

use board::{
    definition::Board,
    gpio::{GpioButtons, Notice},
    presses::Trouble,
    push_to_talk::{CommandPresser, PushToTalk},
};

use super::Told;
use crate::{audio::realtime, status::Event};

/// How long the thread waits for a button before it looks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(200);

pub(super) fn run(board: &Board, presser: &CommandPresser, priority: Option<u8>, told: &Told) {
    // Engines that fill every core must not keep a press waiting.
    realtime::enter(priority);
    let on_notice = {
        let told = told.clone();
        Box::new(move |notice| tell(&notice, &told))
    };
    let mut buttons = GpioButtons::new(board, on_notice);
    while !told.must_stop() {
        match buttons.wait(PATIENCE) {
            Ok(Some(edge)) if presser.pass_on(edge).is_err() => return,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn tell(notice: &Notice, told: &Told) {
    let event = |button: &usize, event: &str, problem: &str| {
        tracing::warn!(event, button, problem);
        told.events.publish(&Event { button: Some(*button), error: Some(problem.to_owned()), ..Event::now(event) });
    };
    match notice {
        Notice::Trouble(button, Trouble::Stuck) => {
            event(button, "button_stuck", "held for too long, so it must be stuck; its utterance has ended");
        }
        Notice::Trouble(button, Trouble::DownAtStart) => {
            event(button, "button_down", "it is down and was not pressed; it counts once it came up");
        }
        Notice::Gone(button, error) => {
            event(button, "button_gone", &error.to_string());
            told.faults.record("board", error);
        }
        Notice::Back(button) => {
            tracing::info!(event = "button_back", button);
            told.events.publish(&Event { button: Some(*button), ..Event::now("button_back") });
        }
    }
}
