//! Beam search over a Bergamot model, for what greedy decoding does not give: a probability and other hypotheses.

use fxtranslate::engine::Engine;

/// A decoded sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decoded {
    /// Vocabulary ids without the end mark.
    pub ids: Vec<u32>,
    /// Geometric mean of the tokens' probabilities over the whole vocabulary, 0..1.
    pub probability: f32,
}

struct Partial {
    ids: Vec<u32>,
    log_probability: f32,
    cells: Vec<Vec<f32>>,
}

/// What the search needs to know about the model.
pub(super) struct Limits {
    /// Id of the end mark, which also stands before the first token.
    pub end: u32,
    /// Hypotheses kept at every step.
    pub width: usize,
    /// Decoder layers of the model.
    pub decoder_layers: usize,
}

/// Decodes `source` (ids with the end mark), the best first. Every hypothesis begins with `begun`, of which nothing is
/// given again and whose probability does not count. Only `candidates` may be chosen, where given; the probabilities are
/// over the whole vocabulary all the same.
///
/// Hypotheses are compared by log-probability per token, and are cut where Marian cuts them: at twice the source's
/// length and a bit, 256 at most.
pub(super) fn search(
    engine: &Engine,
    source: &[u32],
    begun: &[u32],
    candidates: Option<&[u32]>,
    limits: &Limits,
) -> Vec<Decoded> {
    let context = engine.encode(source);
    let width = context.len() / source.len().max(1);
    let longest = (2 * source.len() + 4).min(256);
    // Cell 0 is unused: the engine counts its layers from 1.
    let mut cells = vec![vec![0.0; width]; limits.decoder_layers + 1];
    let mut last = limits.end;
    for (step, &id) in begun.iter().enumerate() {
        engine.decode_step(last, step, &context, source.len(), &mut cells);
        last = id;
    }
    let mut open = vec![Partial { ids: Vec::new(), log_probability: 0.0, cells }];
    let mut done: Vec<Decoded> = Vec::new();
    for step in begun.len()..longest.max(begun.len() + 1) {
        let mut grown: Vec<(f32, usize, u32)> = Vec::new();
        for (at, partial) in open.iter_mut().enumerate() {
            let previous = partial.ids.last().copied().unwrap_or(last);
            let top = engine.decode_step(previous, step, &context, source.len(), &mut partial.cells);
            for (log_probability, id) in best(&engine.project(&top), candidates, limits.width) {
                grown.push((partial.log_probability + log_probability, at, id));
            }
        }
        grown.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut next = Vec::with_capacity(limits.width);
        for (log_probability, at, id) in grown.into_iter().take(limits.width) {
            let parent = &open[at];
            if id == limits.end {
                done.push(decoded(parent.ids.clone(), log_probability, parent.ids.len() + 1));
            } else {
                let ids = parent.ids.iter().copied().chain([id]).collect();
                next.push(Partial { ids, log_probability, cells: parent.cells.clone() });
            }
        }
        open = next;
        if open.is_empty() || done.len() >= limits.width {
            break;
        }
    }
    if done.is_empty() {
        done.extend(open.into_iter().map(|p| decoded(p.ids.clone(), p.log_probability, p.ids.len())));
    }
    done.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    done
}

fn decoded(ids: Vec<u32>, log_probability: f32, tokens: usize) -> Decoded {
    Decoded { ids, probability: (log_probability / tokens.max(1) as f32).exp() }
}

/// The `n` best ids and their log-probabilities.
fn best(logits: &[f32], candidates: Option<&[u32]>, n: usize) -> Vec<(f32, u32)> {
    let highest = logits.iter().copied().fold(f32::MIN, f32::max);
    let normaliser = highest + logits.iter().map(|l| (l - highest).exp()).sum::<f32>().ln();
    let of = |id: u32| logits.get(id as usize).map(|l| (l - normaliser, id));
    let mut found: Vec<(f32, u32)> = match candidates {
        Some(candidates) => candidates.iter().filter_map(|id| of(*id)).collect(),
        None => (0..logits.len()).filter_map(|id| of(u32::try_from(id).ok()?)).collect(),
    };
    if found.len() > n {
        found.select_nth_unstable_by(n, |a, b| b.0.total_cmp(&a.0));
        found.truncate(n);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_found_among_the_candidates_with_true_probabilities() {
        let logits = [0.0, 2.0, 1.0, 3.0];
        let mut free = best(&logits, None, 2);
        free.sort_by(|a, b| b.0.total_cmp(&a.0));
        assert_eq!(free.iter().map(|f| f.1).collect::<Vec<_>>(), [3, 1]);
        let all: f32 = best(&logits, None, 4).iter().map(|f| f.0.exp()).sum();
        assert!((all - 1.0).abs() < 1e-5);
        assert_eq!(best(&logits, Some(&[0, 2]), 1)[0].1, 2);
        assert_eq!(best(&logits, Some(&[0, 2]), 1)[0].0, free[0].0 - 2.0);
    }
}
