//! The buttons of all conversations come from one source; here each edge finds the conversation whose button it is.

use std::thread;

use board::push_to_talk::{Closed, CommandPresser, PushToTalk};
use engines::message::AudioChunk;

use super::{
    Running,
    context::{Context, PATIENCE},
    item::Item,
    queue::Queue,
};

/// Hands edges on, each to its conversation, until the pipeline, known by its first queue, is closed.
pub(super) fn run(
    context: &Context,
    mut source: Box<dyn PushToTalk>,
    seats: &[CommandPresser],
    chunks: &Queue<Item<AudioChunk>>,
    ready: Running,
) {
    ready.loaded();
    while !chunks.is_closed() {
        match source.wait(PATIENCE) {
            Ok(Some(edge)) => {
                let whose = context.seats.iter().zip(seats).find(|(seat, _)| seat.place.buttons.contains(&edge.button));
                match whose {
                    // A conversation that no longer listens is stopping, and this with it.
                    Some((_, seat)) => drop(seat.pass_on(edge)),
                    None => tracing::debug!(event = "button_ignored", button = edge.button, pressed = edge.pressed),
                }
            }
            Ok(None) => {}
            // Nobody can press any more; the conversations end when the pipeline does.
            Err(Closed) => thread::sleep(PATIENCE),
        }
    }
}
