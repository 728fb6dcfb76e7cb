//! Holds a translation to its source: numbers, negation, names, and what is not language at all.

mod literal;
mod names;
mod negation;
mod numbers;
mod parts;

pub(super) use literal::Literals;
pub(super) use names::{lost as lost_names, names_of, restore as restore_names};

use crate::Direction;

/// What a translation lost or added.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Verdict {
    /// One line for each doubt.
    pub notes: Vec<String>,
    /// What the confidence is to be multiplied by.
    pub factor: f32,
}

/// Confidence left where a number was lost: it may be the very thing that was asked for.
const NUMBER_LOST: f32 = 0.4;

/// Confidence left where yes may have become no.
const NEGATION_CHANGED: f32 = 0.5;

/// Compares a target sentence with its source.
pub(super) fn check(source: &str, target: &str, direction: Direction) -> Verdict {
    let mut verdict = Verdict { notes: Vec::new(), factor: 1.0 };
    let mut lost = numbers::lost(source, direction.source, target, direction.target);
    lost.extend(parts::lost(source, direction.source, target, direction.target));
    if !lost.is_empty() {
        verdict.notes.push(format!("number lost: {}", lost.join(", ")));
        verdict.factor *= NUMBER_LOST;
    }
    let polarity = (negation::is_negative(source, direction.source), negation::is_negative(target, direction.target));
    if let (Some(before), Some(after)) = polarity
        && before != after
    {
        let what = if before { "negation lost" } else { "negation added" };
        verdict.notes.push(what.to_owned());
        verdict.factor *= NEGATION_CHANGED;
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubts_are_named_and_lower_the_confidence() {
        let direction: Direction = "en-es".parse().unwrap();
        assert_eq!(check("I have 2 dogs.", "Tengo dos perros.", direction).factor, 1.0);
        let verdict = check("I do not have 25 dogs.", "Tengo perros.", direction);
        assert_eq!(verdict.notes, ["number lost: 25", "negation lost"]);
        assert!(verdict.factor < 0.3);
    }
}
