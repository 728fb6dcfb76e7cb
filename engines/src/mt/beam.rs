//! Beam search over a translation model, for what greedy decoding does not give: a probability and other hypotheses.

use kernels::logits::log_sum_exp;

use crate::EngineError;

/// A decoded sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decoded {
    /// Vocabulary ids without the end mark.
    pub ids: Vec<u32>,
    /// Geometric mean of the tokens' probabilities over the whole vocabulary, 0..1.
    pub probability: f32,
}

/// A decoder with its source, which writes some translations at once, each a row.
pub(super) trait Decoder {
    /// Begins one row with `begun`; gives the logits of what follows.
    ///
    /// # Errors
    /// Where the runtime failed.
    fn begin(&mut self, begun: &[u32]) -> Result<Vec<f32>, EngineError>;

    /// Makes row `n` go on from what was row `rows[n].0` with the token `rows[n].1`; gives the logits of what follows, row
    /// after row.
    ///
    /// # Errors
    /// Where the runtime failed.
    fn step(&mut self, rows: &[(usize, u32)]) -> Result<Vec<f32>, EngineError>;
}

/// What a translation has to begin with, and how long it has to be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Begun<'a> {
    /// Its first tokens.
    pub ids: &'a [u32],
    /// Fewest tokens of all of it, these among them.
    pub least: usize,
}

/// What the search needs to know about the model.
pub(super) struct Limits {
    /// Id of the end mark.
    pub end: u32,
    /// Hypotheses kept at every step.
    pub width: usize,
    /// Most tokens of a translation, what it begins with among them.
    pub longest: usize,
}

struct Partial {
    ids: Vec<u32>,
    log_probability: f32,
}

/// Decodes, the best first. Every hypothesis begins as it was `begun`, of which nothing is given again and whose probability
/// does not count. Only `candidates` may be chosen, where given; the probabilities are over the whole vocabulary all the same.
///
/// Hypotheses are compared by log-probability per token.
///
/// # Errors
/// Where the decoder failed.
pub(super) fn search(
    decoder: &mut dyn Decoder,
    begun: Begun,
    candidates: Option<&[u32]>,
    limits: &Limits,
) -> Result<Vec<Decoded>, EngineError> {
    let mut logits = decoder.begin(begun.ids)?;
    let vocabulary = logits.len().max(1);
    let mut open = vec![Partial { ids: Vec::new(), log_probability: 0.0 }];
    let mut done: Vec<Decoded> = Vec::new();
    for length in begun.ids.len() + 1.. {
        let may_end = length > begun.least;
        let mut grown: Vec<(f32, usize, u32)> = Vec::new();
        for (at, (partial, row)) in open.iter().zip(logits.chunks(vocabulary)).enumerate() {
            let best = best(row, candidates, limits.width + usize::from(!may_end));
            for (log_probability, id) in best.into_iter().filter(|(_, id)| may_end || *id != limits.end) {
                grown.push((partial.log_probability + log_probability, at, id));
            }
        }
        grown.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut next, mut rows) = (Vec::with_capacity(limits.width), Vec::with_capacity(limits.width));
        for (log_probability, at, id) in grown.into_iter().take(limits.width) {
            let ids = open[at].ids.iter().copied();
            if id == limits.end {
                done.push(decoded(ids.collect(), log_probability, open[at].ids.len() + 1));
            } else {
                next.push(Partial { ids: ids.chain([id]).collect(), log_probability });
                rows.push((at, id));
            }
        }
        open = next;
        if open.is_empty() || done.len() >= limits.width || length >= limits.longest {
            break;
        }
        logits = decoder.step(&rows)?;
    }
    if done.is_empty() {
        done.extend(open.into_iter().map(|p| decoded(p.ids.clone(), p.log_probability, p.ids.len())));
    }
    done.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    Ok(done)
}

fn decoded(ids: Vec<u32>, log_probability: f32, tokens: usize) -> Decoded {
    Decoded { ids, probability: (log_probability / tokens.max(1) as f32).exp() }
}

/// The `n` best ids and their log-probabilities.
fn best(logits: &[f32], candidates: Option<&[u32]>, n: usize) -> Vec<(f32, u32)> {
    let normaliser = log_sum_exp(logits);
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

    /// Writes the letters 1, 2, 3, ... in turn and then ends with 0; now and then a 9 for the second would nearly do.
    struct Counting {
        rows: Vec<Vec<u32>>,
    }

    impl Counting {
        fn logits(&self) -> Vec<f32> {
            let row = |seen: &Vec<u32>| {
                let mut logits = vec![0.0; 10];
                logits[0] = -20.0;
                logits[(seen.len() + 1) % 5] = 5.0;
                if seen.len() == 1 {
                    logits[9] = 4.5;
                }
                logits
            };
            self.rows.iter().flat_map(row).collect()
        }
    }

    impl Decoder for Counting {
        fn begin(&mut self, begun: &[u32]) -> Result<Vec<f32>, EngineError> {
            self.rows = vec![begun.to_vec()];
            Ok(self.logits())
        }

        fn step(&mut self, rows: &[(usize, u32)]) -> Result<Vec<f32>, EngineError> {
            self.rows = rows.iter().map(|(from, id)| [&self.rows[*from][..], &[*id]].concat()).collect();
            Ok(self.logits())
        }
    }

    fn counted(begun: &[u32], longest: usize) -> Vec<Decoded> {
        let mut decoder = Counting { rows: Vec::new() };
        search(&mut decoder, Begun { ids: begun, least: 0 }, None, &Limits { end: 0, width: 2, longest }).unwrap()
    }

    #[test]
    fn one_that_has_to_be_longer_goes_on_where_it_would_end() {
        let mut decoder = Counting { rows: Vec::new() };
        let limits = Limits { end: 0, width: 2, longest: 20 };
        let found = search(&mut decoder, Begun { ids: &[1, 2], least: 6 }, None, &limits).unwrap();
        assert_eq!(found[0].ids.len(), 7, "with the two it ends for the second time");
        assert!(found[0].probability < counted(&[1, 2], 20)[0].probability);
    }

    #[test]
    fn each_row_goes_on_from_its_own_beginning() {
        let found = counted(&[], 20);
        assert_eq!(found[0].ids, [1, 2, 3, 4]);
        assert_eq!(found[1].ids, [1, 9, 3, 4]);
        assert!(found[0].probability > found[1].probability && found[1].probability > 0.5);
    }

    #[test]
    fn what_was_begun_is_not_given_again_and_a_long_one_is_cut() {
        assert_eq!(counted(&[1, 2], 20)[0].ids, [3, 4]);
        assert_eq!(counted(&[], 2)[0].ids, [1, 2]);
        assert_eq!(counted(&[1, 2, 3], 2)[0].ids, [4], "one token more, whatever the limit");
    }

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
