//! A language model, and the conversations that it keeps in memory.

use std::{
    num::NonZeroU32,
    path::Path,
    time::{Duration, Instant},
};

use llama_cpp_2::{
    context::{LlamaContext, params::LlamaContextParams},
    llama_backend::LlamaBackend,
    llama_batch::LlamaBatch,
    model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel, params::LlamaModelParams},
    token::LlamaToken,
};

use crate::wire::{Answer, Request};

/// Tokens of a conversation, question and answer included. A prompt with examples has 250 to 400.
const CONTEXT: u32 = 1024;

/// Tokens read at once.
const BATCH: usize = 256;

/// Loads the model at `path`.
///
/// # Errors
/// Why it cannot be loaded.
pub fn load(path: &Path) -> Result<(LlamaBackend, LlamaModel), String> {
    let mut backend = LlamaBackend::init().map_err(|e| format!("llama.cpp does not start: {e}"))?;
    backend.void_logs();
    let model = LlamaModel::load_from_file(&backend, path, &LlamaModelParams::default())
        .map_err(|e| format!("{} is no model that llama.cpp can run: {e}", path.display()))?;
    Ok((backend, model))
}

/// Conversations with a model, each in a slot that remembers what was read.
pub struct Chat<'m> {
    model: &'m LlamaModel,
    context: LlamaContext<'m>,
    template: LlamaChatTemplate,
    batch: LlamaBatch<'static>,
    /// The tokens of each slot that the context holds.
    slots: Vec<Vec<LlamaToken>>,
}

impl<'m> Chat<'m> {
    /// Room for `slots` conversations.
    ///
    /// # Errors
    /// Where there is not enough memory, or the model was not made for conversations.
    pub fn new(backend: &LlamaBackend, model: &'m LlamaModel, slots: u32, threads: i32) -> Result<Self, String> {
        let template =
            model.chat_template(None).map_err(|e| format!("the model was not made for conversations: {e}"))?;
        let parameters = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(CONTEXT * slots))
            .with_n_seq_max(slots)
            .with_n_batch(u32::try_from(BATCH).unwrap_or(u32::MAX))
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = model
            .new_context(backend, parameters)
            .map_err(|e| format!("out of memory for {slots} conversations of {CONTEXT} tokens: {e}"))?;
        let slots = vec![Vec::new(); usize::try_from(slots).unwrap_or(1)];
        Ok(Self { model, context, template, batch: LlamaBatch::new(BATCH, 1), slots })
    }

    /// Goes on with a conversation by the most probable token each time.
    ///
    /// # Errors
    /// What is wrong with the request, or that the model failed; the slot then begins anew.
    pub fn go_on(&mut self, request: &Request) -> Result<Answer, String> {
        let began = Instant::now();
        let prompt = self.prompt(&request.messages)?;
        let slot = usize::try_from(request.slot).unwrap_or(usize::MAX);
        let room = usize::try_from(CONTEXT).unwrap_or(usize::MAX);
        let held = self.slots.get_mut(slot).ok_or_else(|| format!("there is no slot {slot}"))?;
        if prompt.len() >= room {
            return Err(format!("a conversation of {} tokens is too long; {room} is the most", prompt.len()));
        }
        let longest = request.longest_tokens.min(room - prompt.len());
        let held = std::mem::take(held);
        // What the last question and answer were is forgotten; the last token is read again, for what follows it.
        let common = held.iter().zip(&prompt).take_while(|(a, b)| a == b).count().min(prompt.len() - 1);
        let sequence = request.slot;
        self.context
            .clear_kv_cache_seq(Some(sequence), Some(u32::try_from(common).unwrap_or(0)), None)
            .map_err(|e| format!("the model's memory: {e}"))?;
        let mut last = self.read(sequence, &prompt, common)?;
        let read_ms = milliseconds(began.elapsed());
        let writing = Instant::now();
        let (mut whole, mut bytes, mut logarithms) = (prompt.clone(), Vec::new(), 0.0);
        let mut written = 0;
        let cut = loop {
            let (token, probability) = most_probable(self.context.get_logits_ith(last));
            logarithms += probability.ln();
            written += 1;
            if self.model.vocab().is_eog(token) {
                break false;
            }
            bytes.extend(self.model.vocab().token_to_piece(token, false, None));
            // An empty line before the answer is none of it.
            let blank = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
            bytes.drain(..blank);
            if let Some(end) = bytes.iter().position(|b| *b == b'\n') {
                bytes.truncate(end);
                break false;
            }
            if written >= longest || milliseconds(began.elapsed()) > request.longest_ms as f64 {
                break true;
            }
            let at = whole.len();
            whole.push(token);
            last = self.read(sequence, &whole, at)?;
        };
        self.slots[slot] = whole;
        Ok(Answer {
            text: String::from_utf8_lossy(&bytes).trim().to_owned(),
            read: (prompt.len() - common, read_ms),
            written: (written, milliseconds(writing.elapsed())),
            probability: (logarithms / written as f64).exp(),
            cut,
        })
    }

    /// The tokens of a conversation up to where the model's turn begins.
    fn prompt(&self, messages: &[(String, String)]) -> Result<Vec<LlamaToken>, String> {
        let message = |(role, text): &(String, String)| LlamaChatMessage::new(role.clone(), text.clone());
        let messages: Vec<LlamaChatMessage> =
            messages.iter().map(message).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
        let text = self
            .model
            .apply_chat_template(&self.template, &messages, true)
            .map_err(|e| format!("the model's form of conversations is not known to llama.cpp: {e}"))?;
        let tokens = self.model.vocab().tokenize(text.as_bytes(), true, true);
        if tokens.is_empty() { Err("an empty conversation".to_owned()) } else { Ok(tokens) }
    }

    /// Reads the tokens from `from` on into the memory of `sequence`; gives where the last one's logits lie.
    fn read(&mut self, sequence: u32, tokens: &[LlamaToken], from: usize) -> Result<i32, String> {
        let failed = |e: &dyn std::fmt::Display| format!("the model failed: {e}");
        let sequence = i32::try_from(sequence).map_err(|e| failed(&e))?;
        let mut at = from;
        for part in tokens[from..].chunks(BATCH) {
            self.batch.clear();
            for token in part {
                let position = i32::try_from(at).map_err(|e| failed(&e))?;
                at += 1;
                self.batch.add(*token, position, &[sequence], at == tokens.len()).map_err(|e| failed(&e))?;
            }
            self.context.decode(&mut self.batch).map_err(|e| failed(&e))?;
        }
        Ok(self.batch.n_tokens() - 1)
    }
}

/// The token with the largest logit, and its probability.
fn most_probable(logits: &[f32]) -> (LlamaToken, f64) {
    let (at, largest) = logits
        .iter()
        .enumerate()
        .fold((0, f32::MIN), |best, (at, logit)| if *logit > best.1 { (at, *logit) } else { best });
    let sum: f64 = logits.iter().map(|logit| f64::from((logit - largest).exp())).sum();
    (LlamaToken(i32::try_from(at).unwrap_or(0)), 1.0 / sum)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_probable_token_has_its_share() {
        let (token, probability) = most_probable(&[0.0, 2.0_f32.ln(), 0.0]);
        assert_eq!(token.0, 1);
        assert!((probability - 0.5).abs() < 1e-6);
        assert!((most_probable(&[1000.0, 0.0]).1 - 1.0).abs() < 1e-9, "large logits do not overflow");
    }
}
