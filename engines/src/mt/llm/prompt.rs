//! What a language model is asked.

use crate::{Direction, Language};

/// Sentences in five languages, from `data/`.
const EXAMPLES: &str = include_str!("../data/examples.llm.tsv");

/// The prompt of one direction.
pub(super) struct Prompt {
    direction: Direction,
    /// What the model is told to be.
    task: String,
    /// Sentences and their translations.
    examples: Vec<(&'static str, &'static str)>,
}

impl Prompt {
    /// The prompt for `direction`; one whose languages the table lacks has no examples.
    pub fn of(direction: Direction) -> Self {
        let Direction { source, target } = direction;
        let target_name = if target == Language::Zh { "Simplified Chinese" } else { target.name() };
        let source_name = if source == Language::Zh { "Chinese" } else { source.name() };
        let task = format!(
            "You are a professional interpreter. Translate each sentence from {source_name} to {target_name}. \
             Reply with the translation only."
        );
        let mut rows = EXAMPLES.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect());
        let columns: Vec<&str> = rows.next().unwrap_or_default();
        let column = |language: Language| columns.iter().position(|name| *name == language.code());
        let pair = |row: Vec<&'static str>| Some((*row.get(column(source)?)?, *row.get(column(target)?)?));
        Self { direction, task, examples: rows.filter_map(pair).collect() }
    }

    /// From where to where.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// A sentence of usual length to measure with.
    pub fn warm_up(&self) -> &str {
        self.examples.first().map_or("OK?", |(source, _)| source)
    }

    /// The sentences shown, and their translations.
    pub fn examples(&self) -> &[(&'static str, &'static str)] {
        &self.examples
    }

    /// What the model is told.
    pub fn task(&self) -> &str {
        &self.task
    }

    /// The conversation in which it is asked for `sentence`: roles and texts.
    pub fn messages<'p>(&'p self, sentence: &'p str) -> Vec<(&'static str, &'p str)> {
        let told = self.examples.iter().flat_map(|(source, target)| [("user", *source), ("assistant", *target)]);
        std::iter::once(("system", self.task.as_str())).chain(told).chain([("user", sentence)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_direction_has_whole_examples() {
        let others = [Language::Es, Language::Fr, Language::De, Language::Zh];
        for other in others {
            for direction in [Direction::new(Language::En, other), Direction::new(other, Language::En)] {
                let prompt = Prompt::of(direction);
                assert!(prompt.examples.len() >= 6, "{direction}");
                for (source, target) in &prompt.examples {
                    assert!(!source.is_empty() && !target.is_empty() && source != target, "{direction}");
                }
                let messages = prompt.messages("x");
                assert_eq!(messages.len(), 2 * prompt.examples.len() + 2);
                assert_eq!(messages.last(), Some(&("user", "x")));
            }
        }
        assert!(Prompt::of("en-pt".parse().unwrap()).examples.is_empty());
    }
}
