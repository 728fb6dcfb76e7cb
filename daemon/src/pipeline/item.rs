//! What travels between the stages.

use engines::message::{AudioChunk, Kind, TextToken, Utterance};

use super::queue::Supersede;

/// A message with the button it belongs to, or the end of an utterance.
#[derive(Debug, Clone)]
pub struct Item<M> {
    /// The utterance.
    pub utterance: Utterance,
    /// The button, which stands for a direction.
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
        Item { utterance: self.utterance, button: self.button, body }
    }
}

impl Supersede for Item<AudioChunk> {
    fn is_superseded_by(&self, _: &Self) -> bool {
        false
    }

    fn may_be_dropped(&self) -> bool {
        // Sound is never dropped: where recognition lags, the listener waits and the microphone's ring fills.
        false
    }
}

impl Supersede for Item<TextToken> {
    fn is_superseded_by(&self, newer: &Self) -> bool {
        self.utterance == newer.utterance && self.may_be_dropped() && newer.may_be_dropped()
    }

    fn may_be_dropped(&self) -> bool {
        matches!(&self.body, Body::Message(token) if token.kind == Kind::Partial)
    }
}
