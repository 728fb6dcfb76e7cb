//! What is put right in machine-made Portuguese before Apertium reads it.

use super::token::{Token, fold, join, tokens};

/// Articles, and the prepositions that have swallowed one, with what is left of them without it.
const ARTICLES: [(&str, &str); 10] = [
    ("o", ""),
    ("a", ""),
    ("do", "de"),
    ("da", "de"),
    ("no", "em"),
    ("na", "em"),
    ("ao", "a"),
    ("à", "a"),
    ("pelo", "por"),
    ("pela", "por"),
];

/// Prepares one sentence. `names` are the words that the speaker used as names: Spanish takes no article before them,
/// and without it Apertium does not take `o Tom` (Tom) for `o tom` (the tone).
pub(super) fn prepare(sentence: &str, names: &[String]) -> String {
    let mut prepared: Vec<Token> = Vec::new();
    let mut rest = tokens(sentence).into_iter().peekable();
    while let Some(mut token) = rest.next() {
        let next = rest.peek();
        let lower = token.text.to_lowercase();
        if next.is_some_and(|n| names.contains(&n.text))
            && let Some((_, bare)) = ARTICLES.iter().find(|(article, _)| *article == lower)
        {
            if bare.is_empty() {
                if let Some(name) = rest.peek_mut() {
                    name.spaced = token.spaced;
                }
                continue;
            }
            token.text = (*bare).to_owned();
        }
        // `vai nos deixar` (will leave us): Apertium reads `nos` as "in the", so it is hung on the verb.
        if lower == "nos" && next.is_some_and(is_infinitive) {
            if let Some(verb) = rest.peek_mut() {
                verb.text.push_str("-nos");
            }
            continue;
        }
        // `US $ 3,50`: the dollar sign says it all, and belongs to the number.
        if lower == "us" && next.is_some_and(|n| n.text == "$") {
            if let Some(sign) = rest.peek_mut() {
                sign.spaced = token.spaced;
            }
            continue;
        }
        if prepared.last().is_some_and(|t| t.text == "$") && fold(&token.text).starts_with(|c: char| c.is_ascii_digit())
        {
            token.spaced = false;
        }
        prepared.push(token);
    }
    join(&prepared)
}

/// Whether the word looks like a Portuguese infinitive.
fn is_infinitive(token: &Token) -> bool {
    token.text.chars().count() > 3 && ["ar", "er", "ir"].iter().any(|ending| token.text.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_article_and_nothing_else_does() {
        let names = ["Tom".to_owned()];
        assert_eq!(prepare("O que o Tom queria do Tom?", &names), "O que Tom queria de Tom?");
        assert_eq!(prepare("O Tom no tom do carro", &names), "Tom no tom do carro");
    }

    #[test]
    fn a_pronoun_is_hung_on_its_verb_and_dollars_on_their_number() {
        assert_eq!(prepare("Ele não vai nos deixar em paz.", &[]), "Ele não vai deixar-nos em paz.");
        assert_eq!(prepare("custa US $ 3,50.", &[]), "custa $3,50.");
    }
}
