//! Finds the text in the decoder's probabilities: greedy with one beam, beam search with more.

use kernels::logits::{likeliest, log_sum_exp};

use super::{
    guard,
    transformer::{Encoded, Past, Transformer},
};
use crate::EngineError;

/// What a search may do.
pub(super) struct Plan<'a> {
    /// Tokens that every text begins with.
    pub(super) prompt: &'a [i64],
    /// The token that ends a text.
    pub(super) end: usize,
    /// Tokens that never stand in a text.
    pub(super) banned: &'a [usize],
    /// Tokens that do not begin a text.
    pub(super) banned_first: &'a [usize],
    /// A token whose probability after the first token of the prompt is wanted.
    pub(super) probe: Option<usize>,
    /// Most tokens a text may have.
    pub(super) limit: usize,
    /// Hypotheses followed at once.
    pub(super) beams: usize,
}

/// A text as the decoder wrote it.
#[derive(Debug, Clone, Default)]
pub(super) struct Hypothesis {
    /// Its tokens, without prompt and end.
    pub(super) tokens: Vec<u32>,
    /// Sum of the natural logarithms of the tokens' probabilities, the end's among them.
    pub(super) log_probability: f32,
    /// The search gave up on it: the text went round in circles or grew to the limit.
    pub(super) cut_short: bool,
    /// Probability of [`Plan::probe`].
    pub(super) probe: f32,
}

impl Hypothesis {
    /// Mean log-probability of a token, by which texts of different lengths compare.
    pub(super) fn mean(&self) -> f32 {
        self.log_probability / (self.tokens.len() + 1) as f32
    }
}

/// Searches the likeliest text of `sound`.
pub(super) fn search(model: &mut Transformer, sound: &Encoded, plan: &Plan) -> Result<Hypothesis, EngineError> {
    let mut past = Past::EMPTY;
    let mut logits = model.step(sound, &mut past, plan.prompt.to_vec(), vec![0])?;
    let vocabulary = logits.shape()?.last().copied().unwrap_or(0).max(1);
    let probe = match (plan.probe, logits.as_f32()?.get(..vocabulary)) {
        (Some(token), Some(row)) => row.get(token).map_or(0.0, |logit| (logit - log_sum_exp(row)).exp()),
        _ => 0.0,
    };
    let mut live = vec![Hypothesis::default()];
    let mut finished: Vec<Hypothesis> = Vec::new();
    let mut row = Vec::with_capacity(vocabulary);
    for position in 0.. {
        let mut candidates: Vec<(f32, usize, usize)> = Vec::new();
        let all = logits.as_f32()?;
        // The first call gives one row for each token of the prompt: only the last one counts.
        let rows = all.chunks_exact(vocabulary).skip((all.len() / vocabulary).saturating_sub(live.len()));
        for (beam, (hypothesis, logits)) in live.iter().zip(rows).enumerate() {
            row.clear();
            row.extend_from_slice(logits);
            ban(&mut row, plan.banned);
            // What may not begin a text was still likely to: the others' probabilities do not grow by the ban.
            let mut correction = 0.0;
            if position == 0 && !plan.banned_first.is_empty() {
                let before = log_sum_exp(&row);
                ban(&mut row, plan.banned_first);
                correction = log_sum_exp(&row) - before;
            }
            // One more than there are beams: one of them may be the end.
            let wanted = if plan.beams > 1 { plan.beams + 1 } else { 1 };
            candidates.extend(
                likeliest(&row, wanted)
                    .into_iter()
                    .map(|c| (hypothesis.log_probability + c.log_probability + correction, beam, c.token)),
            );
        }
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut next, mut beam_index) = (Vec::with_capacity(plan.beams), Vec::with_capacity(plan.beams));
        for (log_probability, beam, token) in candidates {
            let mut hypothesis = Hypothesis { log_probability, ..live[beam].clone() };
            if token == plan.end {
                finished.push(hypothesis);
            } else {
                hypothesis.tokens.push(token as u32);
                next.push(hypothesis);
                beam_index.push(beam as i64);
            }
            if next.len() == plan.beams || finished.len() == plan.beams {
                break;
            }
        }
        let stuck = next.first().is_none_or(|h| guard::goes_round(&h.tokens));
        if finished.len() >= plan.beams || stuck || position + 1 >= plan.limit {
            live = next;
            break;
        }
        let tokens = next.iter().filter_map(|h| h.tokens.last()).map(|t| i64::from(*t)).collect();
        logits = model.step(sound, &mut past, tokens, beam_index)?;
        live = next;
    }
    if finished.is_empty() {
        finished = live.into_iter().map(|h| Hypothesis { cut_short: true, ..h }).collect();
    }
    let best = finished.into_iter().max_by(|a, b| a.mean().total_cmp(&b.mean())).unwrap_or_default();
    Ok(Hypothesis { probe, ..best })
}

fn ban(row: &mut [f32], tokens: &[usize]) {
    for &token in tokens {
        if let Some(logit) = row.get_mut(token) {
            *logit = f32::NEG_INFINITY;
        }
    }
}
