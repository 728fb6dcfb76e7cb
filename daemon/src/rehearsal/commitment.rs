//! Whether the recogniser keeps its word: what it has committed of a segment may only grow.

use engines::message::Kind;

/// Follows the committed text of one segment after the other.
#[derive(Debug, Default)]
pub(super) struct Commitment {
    /// What is committed of the present segment.
    text: String,
}

impl Commitment {
    /// Takes in a hypothesis of which `committed` characters are said not to change; where that is not said, all of a final
    /// one and nothing of a partial one. False where it takes back what was committed before. A final one ends its segment.
    pub(super) fn keeps(&mut self, text: &str, committed: Option<usize>, kind: Kind) -> bool {
        let all = text.chars().count();
        let length = match (committed, kind) {
            (Some(length), Kind::Partial) => length.min(all),
            (None, Kind::Partial) => return true,
            (_, Kind::Final) => all,
        };
        let now: String = text.chars().take(length).collect();
        // A space at the end divides what follows; it is no word.
        let keeps = now.starts_with(self.text.trim_end());
        self.text = if kind == Kind::Final { String::new() } else { now };
        keeps
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn taken_back(events: &[(&str, Option<usize>, Kind)]) -> usize {
        let mut commitment = Commitment::default();
        events.iter().filter(|(text, committed, kind)| !commitment.keeps(text, *committed, *kind)).count()
    }

    #[test]
    fn only_what_was_committed_is_held_to() {
        let events = [
            ("and so my yellow", Some(6), Kind::Partial),
            ("and so my fellow", Some(16), Kind::Partial),
            ("and so my fellow Américans", Some(16), Kind::Final),
            ("ask not", Some(0), Kind::Partial),
        ];
        assert_eq!(taken_back(&events), 0);
    }

    #[test]
    fn what_is_taken_back_is_counted_once_each() {
        let events = [
            ("años y años", Some(6), Kind::Partial),
            ("anos y", Some(6), Kind::Partial),
            ("anos y", Some(2), Kind::Partial),
            ("once", None, Kind::Final),
            ("a new segment", Some(13), Kind::Final),
        ];
        assert_eq!(taken_back(&events), 3, "other letters, fewer letters, and a final that says something else");
    }

    proptest! {
        #[test]
        fn prefixes_of_one_text_never_contradict_each_other(text in "\\PC{0,30}", mut ends in prop::collection::vec(0_usize..30, 0..8)) {
            ends.sort_unstable();
            let mut commitment = Commitment::default();
            for end in ends {
                prop_assert!(commitment.keeps(&text, Some(end), Kind::Partial));
            }
            prop_assert!(commitment.keeps(&text, None, Kind::Final));
        }
    }
}
