//! Replaces phrases by phrases: how the Spanish that comes out of the chain through Portuguese differs from the
//! Spanish that people write, and the Portuguese that comes out of Catalan from what a model understands.
//!
//! The rules in `data/rewrite.pt-es.tsv` were learned from sentence pairs (see its head for the data and the method), those in
//! `data/rewrite.ca-pt.tsv` written by hand.
//! A side is a sequence of lower-case tokens; `<s>` and `<q>` stand before a statement and a question, `</s>` after
//! the sentence, and `<name>` for any name.

use std::collections::HashMap;

use super::token::Token;

/// The rules from chain Spanish to Spanish.
const SPANISH: &str = include_str!("data/rewrite.pt-es.tsv");

/// The rules for the Portuguese of sentences that were French.
const PORTUGUESE: &str = include_str!("data/rewrite.ca-pt.tsv");

/// Stands in a rule for any name.
const NAME: &str = "<name>";

/// The longest phrase a rule replaces, in tokens, boundaries included.
const LONGEST: usize = 4;

/// Phrases and what to put in their place.
#[derive(Debug)]
pub(super) struct Rewrite(HashMap<String, Vec<String>>);

impl Rewrite {
    /// The rules for Spanish that came through Portuguese.
    pub fn spanish() -> Self {
        Self::parse(SPANISH)
    }

    /// The rules for Portuguese that came from French through Catalan.
    pub fn portuguese() -> Self {
        Self::parse(PORTUGUESE)
    }

    fn parse(table: &str) -> Self {
        let rows = table.lines().filter(|row| !row.starts_with('#')).filter_map(|row| row.split_once('\t'));
        Self(rows.map(|(from, to)| (from.to_owned(), to.split_whitespace().map(str::to_owned).collect())).collect())
    }

    /// Applies the rules from left to right, the longest first; what a rule has written is not read again.
    pub fn apply(&self, sentence: Vec<Token>, names: &[String]) -> Vec<Token> {
        let opening = if sentence.iter().any(|t| t.text == "?") { "<q>" } else { "<s>" };
        let mut padded = vec![Token::new(opening, false)];
        padded.extend(sentence);
        padded.push(Token::new("</s>", false));
        let class = |t: &Token| if names.contains(&t.text) { NAME.to_owned() } else { t.text.to_lowercase() };
        let read: Vec<String> = padded.iter().map(class).collect();
        let mut out = Vec::with_capacity(padded.len());
        let mut i = 0;
        while i < padded.len() {
            let longest = LONGEST.min(padded.len() - i);
            let rule = (1..=longest).rev().find_map(|n| self.0.get(&read[i..i + n].join(" ")).map(|to| (n, to)));
            match rule {
                Some((n, to)) => {
                    out.extend(written(to, &read[i..i + n], &padded[i..i + n]));
                    i += n;
                }
                None => {
                    out.push(padded[i].clone());
                    i += 1;
                }
            }
        }
        out.retain(|t| !matches!(t.text.as_str(), "<s>" | "<q>" | "</s>"));
        out
    }
}

/// The tokens a rule writes in place of `from`, which it has read as `read`; a word that stays keeps its spelling.
fn written<'a>(to: &'a [String], read: &'a [String], from: &'a [Token]) -> impl Iterator<Item = Token> + 'a {
    to.iter().map(move |word| {
        let kept = read.iter().position(|r| r == word).map(|at| from[at].clone());
        let mut token = kept.unwrap_or_else(|| Token::new(word.clone(), true));
        token.spaced |= token.is_word();
        token
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mt::token::{join, tokens};

    #[test]
    fn the_longest_rule_wins_and_knows_questions_from_statements() {
        let rules = Rewrite::parse(
            "# head\n<q> lo que\t<q> qué\nlo que\teso que\n<s> yo\t<s>\nvi <name>\tvi a <name>\nfue para\tfue a\n",
        );
        let apply = |text: &str| join(&rules.apply(tokens(text), &["Tom".to_owned()]));
        assert_eq!(apply("Lo que Tom quiere?"), "qué Tom quiere?");
        assert_eq!(apply("Yo fue para casa."), "fue a casa.");
        assert_eq!(apply("Vi Tom."), "Vi a Tom.");
        assert_eq!(apply("Tom, lo que fue"), "Tom, eso que fue");
    }

    #[test]
    fn every_rule_that_ships_is_well_formed() {
        for row in SPANISH.lines().chain(PORTUGUESE.lines()).filter(|row| !row.starts_with('#')) {
            let (from, to) = row.split_once('\t').expect(row);
            assert!((1..=LONGEST).contains(&from.split(' ').count()), "{row}");
            assert_eq!(from.to_lowercase(), from, "{row}");
            assert_ne!(from, to, "{row}");
            let digits = |side: &str| side.chars().filter(char::is_ascii_digit).collect::<String>();
            assert_eq!(digits(from), digits(to), "{row}");
        }
    }
}
