//! What was said before: the clauses that a translator is given as context.

/// The last clauses of one side of a conversation, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    clauses: Vec<String>,
    most: usize,
}

impl Said {
    /// Remembers at most `most` clauses (`mt.context_window_size`).
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { clauses: Vec::with_capacity(most), most }
    }

    /// The clauses, oldest first.
    #[must_use]
    pub fn clauses(&self) -> &[String] {
        &self.clauses
    }

    /// One more was said; the oldest is forgotten where there are too many.
    pub fn push(&mut self, clause: &str) {
        self.clauses.push(clause.to_owned());
        let spare = self.clauses.len().saturating_sub(self.most);
        self.clauses.drain(..spare);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let mut said = Said::new(2);
        ["a", "b", "c"].iter().for_each(|c| said.push(c));
        assert_eq!(said.clauses(), ["b", "c"]);
        let mut nothing = Said::new(0);
        nothing.push("a");
        assert!(nothing.clauses().is_empty());
    }
}
