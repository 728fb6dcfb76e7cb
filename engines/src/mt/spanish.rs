//! Makes written Spanish of what Apertium says.

use super::{
    lexicon::Lexicon,
    rewrite::Rewrite,
    token::{Mark, Token, capitalise, join, marked_tokens},
};

/// Words that take an accent where they ask.
const INTERROGATIVES: [(&str, &str); 13] = [
    ("que", "qué"),
    ("como", "cómo"),
    ("donde", "dónde"),
    ("adonde", "adónde"),
    ("cuando", "cuándo"),
    ("quien", "quién"),
    ("quienes", "quiénes"),
    ("cual", "cuál"),
    ("cuales", "cuáles"),
    ("cuanto", "cuánto"),
    ("cuanta", "cuánta"),
    ("cuantos", "cuántos"),
    ("cuantas", "cuántas"),
];

/// Prepositions that may stand before an interrogative at the head of a question.
const PREPOSITIONS: [&str; 9] = ["a", "con", "de", "desde", "en", "hasta", "para", "por", "y"];

/// Finishes the Spanish of the chain.
#[derive(Debug)]
pub(super) struct Finish {
    lexicon: Lexicon,
    rewrite: Rewrite,
}

/// A finished sentence.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Finished {
    /// The sentence, without marks.
    pub text: String,
    /// Words that stay as they were and are no names.
    pub untranslated: Vec<String>,
    /// Words in their dictionary form, because Apertium could not inflect them.
    pub uninflected: Vec<String>,
}

impl Finish {
    /// Loads the lexicon and the rules.
    pub fn new() -> Self {
        Self { lexicon: Lexicon::portuguese_spanish(), rewrite: Rewrite::spanish() }
    }

    /// Finishes one marked sentence. `names` are words of the speaker that must stay as they are.
    pub fn finish(&self, marked: &str, names: &[String]) -> Finished {
        let (sentence, mut finished) = self.resolve(marked, names);
        let begins_capital = sentence.iter().find(|t| t.is_word()).is_some_and(Token::is_capitalised);
        let mut sentence = self.rewrite.apply(sentence, names);
        accent_interrogatives(&mut sentence);
        contract(&mut sentence);
        open_marks(&mut sentence);
        if begins_capital && let Some(first) = sentence.iter_mut().find(|t| t.is_word()) {
            first.text = capitalise(&first.text);
        }
        if let Some(first) = sentence.first_mut() {
            first.spaced = false;
        }
        finished.text = join(&sentence);
        finished
    }

    /// The tokens before any rule, in lower case at the head unless that is a name: what rules are learned from.
    pub fn resolve(&self, marked: &str, names: &[String]) -> (Vec<Token>, Finished) {
        let mut finished = Finished::default();
        let mut sentence = marked_tokens(marked);
        let first_word = sentence.iter().position(Token::is_word);
        for (i, token) in sentence.iter_mut().enumerate() {
            let is_name = names.contains(&token.text)
                || (token.is_capitalised() && Some(i) != first_word && !self.lexicon.lists(token));
            let is_number = token.text.starts_with(|c: char| c.is_ascii_digit());
            match token.mark.take() {
                Some(Mark::Uninflected) => finished.uninflected.push(token.text.clone()),
                Some(_) if is_name || is_number => {}
                Some(Mark::Unknown | Mark::Untransferred) => match self.lexicon.translate(&token.text) {
                    Some(spanish) if token.is_capitalised() => token.text = capitalise(&spanish),
                    Some(spanish) => token.text = spanish,
                    None => finished.untranslated.push(token.text.clone()),
                },
                None => {}
            }
        }
        (sentence, finished)
    }
}

/// `Donde está` to `Dónde está`, in a question.
fn accent_interrogatives(sentence: &mut [Token]) {
    if !sentence.iter().any(|t| t.text == "?") {
        return;
    }
    let mut words = sentence.iter_mut().filter(|t| t.is_word());
    let head = words.next();
    let second = head.as_ref().is_some_and(|t| PREPOSITIONS.contains(&t.text.to_lowercase().as_str()));
    let asked = if second { words.next() } else { head };
    if let Some(token) = asked {
        let lower = token.text.to_lowercase();
        if let Some((_, accented)) = INTERROGATIVES.iter().find(|(bare, _)| *bare == lower) {
            token.text = if token.is_capitalised() { capitalise(accented) } else { (*accented).to_owned() };
        }
    }
}

/// `a el` to `al`, `de el` to `del`.
fn contract(sentence: &mut Vec<Token>) {
    let mut i = 1;
    while i < sentence.len() {
        let both = (sentence[i - 1].text.to_lowercase(), sentence[i].text.as_str());
        if matches!((both.0.as_str(), both.1), ("a" | "de", "el")) {
            sentence[i - 1].text.push('l');
            sentence.remove(i);
        } else {
            i += 1;
        }
    }
}

/// Puts ¿ and ¡ before what ? and ! end, unless they are there.
fn open_marks(sentence: &mut Vec<Token>) {
    for (closing, opening) in [("?", "¿"), ("!", "¡")] {
        let ends = sentence.iter().any(|t| t.text == closing);
        if ends && !sentence.iter().any(|t| t.text == opening) {
            let at = sentence.iter().position(Token::is_word).unwrap_or(0);
            sentence[at].spaced = at == 0;
            sentence.insert(
                at,
                Token::new(opening, at > 0 && !matches!(sentence[at - 1].text.as_str(), "\"" | "(" | "«" | "“")),
            );
            sentence[at + 1].spaced = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(marked: &str) -> String {
        Finish::new().finish(marked, &["Tom".to_owned()]).text
    }

    #[test]
    fn questions_and_exclamations_are_opened() {
        assert_eq!(finish("Donde está el banco?"), "¿Dónde está el banco?");
        assert_eq!(finish("De donde es Tom?"), "¿De dónde es Tom?");
        assert_eq!(finish("Socorro!"), "¡Socorro!");
    }

    #[test]
    fn prepositions_contract_with_the_article_but_not_with_the_pronoun() {
        assert_eq!(finish("Voy a el banco de el pueblo con él."), "Voy al banco del pueblo con él.");
        assert_eq!(finish("Eso es de él."), "Eso es de él.");
    }

    #[test]
    fn no_mark_is_left_and_what_is_not_spanish_is_listed() {
        let finished = Finish::new().finish("Tom es *alérgico al *amendoim y al *zzyx, dice *Xyz.", &[]);
        assert_eq!(finished.text, "Tom es alérgico al cacahuete y al zzyx, dice Xyz.");
        assert_eq!(finished.untranslated, ["zzyx"]);
        let finished = Finish::new().finish("Él #gustar @zzyx.", &[]);
        assert_eq!((finished.uninflected.len(), finished.untranslated.len()), (1, 1));
        assert!(!finished.text.contains(['#', '@', '*']));
    }
}
