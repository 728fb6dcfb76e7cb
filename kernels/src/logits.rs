//! Choosing the next token from a row of logits.

/// A token and the natural logarithm of its probability under the softmax of its row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Index into the row.
    pub token: usize,
    /// ln(probability), at most 0.
    pub log_probability: f32,
}

/// ln(sum(exp(x))), computed around the largest element so that nothing overflows.
#[must_use]
pub fn log_sum_exp(logits: &[f32]) -> f32 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if !highest.is_finite() {
        return highest;
    }
    highest + logits.iter().map(|x| (x - highest).exp()).sum::<f32>().ln()
}

/// The `count` likeliest tokens of a row, best first; ties go to the lower index. NaN is never chosen.
#[must_use]
pub fn likeliest(logits: &[f32], count: usize) -> Vec<Choice> {
    let mut best: Vec<(usize, f32)> = Vec::with_capacity(count + 1);
    for (token, &logit) in logits.iter().enumerate() {
        if logit.is_nan() || (best.len() == count && best.last().is_none_or(|(_, least)| logit <= *least)) {
            continue;
        }
        let at = best.partition_point(|(_, b)| *b >= logit);
        best.insert(at, (token, logit));
        best.truncate(count);
    }
    let total = log_sum_exp(logits);
    best.into_iter().map(|(token, logit)| Choice { token, log_probability: (logit - total).min(0.0) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_agrees_with_sorting(logits in proptest::collection::vec(-50.0_f32..50.0, 1..200), count in 1_usize..6) {
            let mut sorted: Vec<usize> = (0..logits.len()).collect();
            sorted.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b)));
            let chosen: Vec<usize> = likeliest(&logits, count).iter().map(|c| c.token).collect();
            prop_assert_eq!(&chosen[..], &sorted[..count.min(logits.len())]);
        }

        #[test]
        fn probabilities_sum_to_one(logits in proptest::collection::vec(-80.0_f32..80.0, 1..50)) {
            let sum: f32 = likeliest(&logits, logits.len()).iter().map(|c| c.log_probability.exp()).sum();
            prop_assert!((sum - 1.0).abs() < 1e-3, "{}", sum);
        }
    }

    #[test]
    fn odd_rows_do_no_harm() {
        assert!(likeliest(&[], 3).is_empty());
        assert!(likeliest(&[f32::NAN, f32::NAN], 3).is_empty());
        assert_eq!(likeliest(&[f32::NEG_INFINITY, 0.0], 1)[0].token, 1);
        assert!(likeliest(&[3e38, 3e38], 1)[0].log_probability.is_finite());
    }
}
