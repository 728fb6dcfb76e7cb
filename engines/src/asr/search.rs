//! Finds the text in the decoder's probabilities: greedy with one beam, beam search with more.

use kernels::logits::{likeliest, log_sum_exp};

use super::guard;
use crate::{
    EngineError,
    transformer::{Encoded, Past, Transformer},
};

/// What a search may do.
pub(super) struct Plan<'a> {
    /// Tokens that stand before every text and steer the decoder.
    pub(super) prompt: &'a [i64],
    /// What the text begins with: it is not searched again.
    pub(super) begun: &'a Begun,
    /// The token that ends a text.
    pub(super) end: usize,
    /// Tokens that never stand in a text.
    pub(super) banned: &'a [usize],
    /// Tokens that do not begin a text.
    pub(super) banned_first: &'a [usize],
    /// Tokens that do not begin a text either, because it begins with a capital letter: their probability is the
    /// others'.
    pub(super) small_first: &'a [usize],
    /// A token whose probability after the first token of the prompt is wanted.
    pub(super) probe: Option<usize>,
    /// Most tokens a text may have, those it begins with among them.
    pub(super) limit: usize,
    /// Hypotheses followed at once.
    pub(super) beams: usize,
}

/// The beginning of a text, as the decoder wrote it before.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Begun {
    /// Its tokens.
    pub(super) tokens: Vec<u32>,
    /// After each token, the sum of the logarithms of the probabilities up to there.
    pub(super) log_probabilities: Vec<f32>,
}

impl Begun {
    /// Its first `tokens` tokens.
    pub(super) fn first(&self, tokens: usize) -> Self {
        let mut first = self.clone();
        first.tokens.truncate(tokens);
        first.log_probabilities.truncate(tokens);
        first
    }

    /// What follows its first `tokens` tokens.
    pub(super) fn behind(&self, tokens: usize) -> Self {
        let before = tokens.checked_sub(1).and_then(|last| self.log_probabilities.get(last)).copied().unwrap_or(0.0);
        Self {
            tokens: self.tokens.iter().skip(tokens).copied().collect(),
            log_probabilities: self.log_probabilities.iter().skip(tokens).map(|sum| sum - before).collect(),
        }
    }

    /// The sum over all its tokens.
    pub(super) fn log_probability(&self) -> f32 {
        self.log_probabilities.last().copied().unwrap_or(0.0)
    }

    /// The geometric mean of its tokens' probabilities; 0 where there are none.
    pub(super) fn confidence(&self) -> f32 {
        geometric_mean(self.log_probability(), self.tokens.len())
    }
}

/// The geometric mean of the probabilities of `tokens` tokens, whose logarithms add up to `log_probability`; 0 of none.
pub(super) fn geometric_mean(log_probability: f32, tokens: usize) -> f32 {
    if tokens == 0 { 0.0 } else { (log_probability / tokens as f32).exp().clamp(0.0, 1.0) }
}

/// A text as the decoder wrote it.
#[derive(Debug, Clone, Default)]
pub(super) struct Hypothesis {
    /// Its tokens, without prompt and end.
    pub(super) text: Begun,
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
        self.log_probability / (self.text.tokens.len() + 1) as f32
    }
}

/// Searches the likeliest text of `sound`.
pub(super) fn search(model: &mut Transformer, sound: &Encoded, plan: &Plan) -> Result<Hypothesis, EngineError> {
    let mut past = Past::EMPTY;
    let begun = plan.begun.tokens.iter().map(|t| i64::from(*t));
    let mut logits = model.step(sound, &mut past, plan.prompt.iter().copied().chain(begun).collect(), vec![0])?;
    let vocabulary = logits.shape()?.last().copied().unwrap_or(0).max(1);
    let probe = match (plan.probe, logits.as_f32()?.get(..vocabulary)) {
        (Some(token), Some(row)) => row.get(token).map_or(0.0, |logit| (logit - log_sum_exp(row)).exp()),
        _ => 0.0,
    };
    let log_probability = plan.begun.log_probability();
    let mut live = vec![Hypothesis { text: plan.begun.clone(), log_probability, ..Hypothesis::default() }];
    let mut finished: Vec<Hypothesis> = Vec::new();
    let mut row = Vec::with_capacity(vocabulary);
    for position in 0.. {
        let mut candidates: Vec<(f32, usize, usize)> = Vec::new();
        let all = logits.as_f32()?;
        // The first call gives one row for each token that it was fed: only the last one counts.
        let rows = all.chunks_exact(vocabulary).skip((all.len() / vocabulary).saturating_sub(live.len()));
        for (beam, (hypothesis, logits)) in live.iter().zip(rows).enumerate() {
            row.clear();
            row.extend_from_slice(logits);
            ban(&mut row, plan.banned);
            // What may not begin a text was still likely to: the others' probabilities do not grow by the ban.
            let mut correction = 0.0;
            if position == 0 && plan.begun.tokens.is_empty() && !plan.banned_first.is_empty() {
                ban(&mut row, plan.small_first);
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
                hypothesis.text.tokens.push(token as u32);
                hypothesis.text.log_probabilities.push(log_probability);
                next.push(hypothesis);
                beam_index.push(beam as i64);
            }
            if next.len() == plan.beams || finished.len() == plan.beams {
                break;
            }
        }
        let stuck = next.first().is_none_or(|h| guard::goes_round(&h.text.tokens));
        if finished.len() >= plan.beams || stuck || plan.begun.tokens.len() + position + 1 >= plan.limit {
            live = next;
            break;
        }
        let tokens = next.iter().filter_map(|h| h.text.tokens.last()).map(|t| i64::from(*t)).collect();
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
