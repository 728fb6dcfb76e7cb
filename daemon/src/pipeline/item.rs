//! What travels between the stages.

use engines::message::{AudioChunk, Kind, TextToken, Utterance};

use super::queue::Supersede;

/// A message with the button it belongs to, or the end of an utterance.
#[derive(Debug, Clone)]
pub struct Item<M> {
    /// The conversation, by its place among [`Context::seats`](super::Context::seats).
    pub seat: usize,
    /// The utterance, counted in each conversation for itself.
    pub utterance: Utterance,
    /// The button, counted through all conversations: it stands for a direction.
    pub button: usize,
    /// What it brings.
    pub body: Body<M>,
}

/// What an item brings.
#[derive(Debug, Clone)]
pub enum Body<M> {
    /// A message.
    Message(M),
    /// Nothing more of this utterance follows.
    End,
}

impl<M> Item<M> {
    /// The same place in the conversation, with another body.
    pub fn with<N>(&self, body: Body<N>) -> Item<N> {
        Item { seat: self.seat, utterance: self.utterance, button: self.button, body }
    }
}

impl Supersede for Item<AudioChunk> {
    fn lane(&self) -> usize {
        self.seat
    }

    fn is_urgent(&self) -> bool {
        match &self.body {
            Body::Message(chunk) => chunk.is_final,
            Body::End => true,
        }
    }

    fn is_superseded_by(&self, _: &Self) -> bool {
        false
    }

    fn may_be_dropped(&self) -> bool {
        // Sound is never dropped: where recognition lags, the listener waits and the microphone's ring fills.
        false
    }
}

impl Supersede for Item<TextToken> {
    fn lane(&self) -> usize {
        self.seat
    }

    fn is_urgent(&self) -> bool {
        !self.may_be_dropped()
    }

    fn is_superseded_by(&self, newer: &Self) -> bool {
        (self.utterance, self.button) == (newer.utterance, newer.button)
            && self.may_be_dropped()
            && newer.may_be_dropped()
    }

    fn may_be_dropped(&self) -> bool {
        matches!(&self.body, Body::Message(token) if token.kind == Kind::Partial)
    }
}
