//! Whether what a language model wrote is a translation. It writes something for every question; what is no translation is
//! refused, so that another engine's work is taken.

use super::prompt::Prompt;
use crate::{
    Language,
    han::is_han,
    mt::token::{fold, tokens},
};

/// What models say in place of a translation, from `data/`.
const ASIDES: &str = include_str!("../data/asides.llm.tsv");

/// Small words of each language, from `data/`.
const SMALL_WORDS: &str = include_str!("../data/function_words.llm.tsv");

/// Letters that a translation may have for each letter of its source, least and most, between languages with letters ...
const ALPHABETIC: (f32, f32) = (0.4, 2.5);

/// ... into Chinese, in which a character is a word or half a word ...
const INTO_CHINESE: (f32, f32) = (0.1, 0.9);

/// ... and from it.
const FROM_CHINESE: (f32, f32) = (1.1, 10.0);

/// Letters by which a translation may be outside of these: a short word can have a long one for its translation.
const SLACK: f32 = 12.0;

/// The translation of `source` in `answer`, without quotation marks that are not the source's.
///
/// # Errors
/// Why the answer is none.
pub(super) fn translation(source: &str, answer: &str, prompt: &Prompt) -> Result<String, String> {
    let target = prompt.direction().target;
    let text = unquoted(source, answer.trim());
    let refuse = |why: &str| Err(format!("its answer \"{text}\" was refused: {why}"));
    if !text.chars().any(char::is_alphanumeric) {
        return refuse("it says nothing");
    }
    if let Some(what) = aside(source, &text) {
        return refuse(&what);
    }
    if is_copied(source, &text, prompt) {
        return refuse("it is copied from what the model was told");
    }
    if is_as_before(source, &text) {
        return refuse("nothing in it is translated");
    }
    if !fits_in_length(source, &text, prompt) {
        return refuse("its length does not go with what was said");
    }
    if !is_written_in(&text, target) {
        return refuse(&format!("it is not in {}'s script", target.name()));
    }
    if speaks(&text, prompt.direction().source) > speaks(&text, target) {
        return refuse(&format!("it is {}, not {}", prompt.direction().source.name(), target.name()));
    }
    Ok(text)
}

/// Takes off quotation marks around the whole that the source has not.
fn unquoted(source: &str, answer: &str) -> String {
    const PAIRS: [(char, char); 6] = [('"', '"'), ('“', '”'), ('«', '»'), ('„', '“'), ('「', '」'), ('\'', '\'')];
    let is_quoted = |text: &str| PAIRS.iter().any(|(open, _)| text.starts_with(*open));
    if is_quoted(source.trim()) {
        return answer.to_owned();
    }
    let inside = PAIRS.iter().find_map(|(open, close)| answer.strip_prefix(*open)?.strip_suffix(*close));
    inside.filter(|text| !text.contains(['"', '“', '”', '«', '»'])).unwrap_or(answer).trim().to_owned()
}

/// What is said beside a translation or in its place: known words, a label with a colon, a remark in brackets.
fn aside(source: &str, text: &str) -> Option<String> {
    let (source_low, low) = (source.to_lowercase(), text.to_lowercase());
    for line in ASIDES.lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t');
        let (Some(words), Some(what)) = (cells.next(), cells.next()) else { continue };
        let stands_for = cells.next().unwrap_or_default();
        let is_said = stands_for.split('|').any(|word| !word.is_empty() && source_low.contains(&word.to_lowercase()));
        if low.contains(words) && !is_said {
            return Some(format!("it is {what} (\"{words}\")"));
        }
    }
    let colons = [':', '：'];
    if !source.contains(colons) && text.find(colons).is_some_and(|at| tokens(&text[..at]).len() <= 3) {
        return Some("it begins with a label".to_owned());
    }
    let brackets = ['(', '（', '['];
    let was_asked = source.contains(brackets);
    (!was_asked && text.contains(brackets)).then(|| "it has a remark in brackets".to_owned())
}

/// Whether the answer is an example's, or what the model was told to do, where something else was to be translated.
fn is_copied(source: &str, text: &str, prompt: &Prompt) -> bool {
    let (asked, said) = (key(source), key(text));
    let is_example =
        |(shown, translated): &(&str, &str)| asked != key(shown) && (said == key(translated) || said == key(shown));
    let task = key(prompt.task());
    let is_task = said.split(' ').count() > 3 && task.contains(&said) && !task.contains(&asked);
    is_task || prompt.examples().iter().any(is_example)
}

/// Whether the answer is the source itself, and that has words which are no names.
fn is_as_before(source: &str, text: &str) -> bool {
    let small = tokens(source).into_iter().filter(|t| t.is_word() && !t.is_capitalised());
    let small = small.filter(|t| t.text.chars().all(char::is_alphabetic)).count();
    key(source) == key(text) && small >= 2
}

fn fits_in_length(source: &str, text: &str, prompt: &Prompt) -> bool {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count() as f32;
    let (least, most) = match (prompt.direction().source, prompt.direction().target) {
        (Language::Zh, _) => FROM_CHINESE,
        (_, Language::Zh) => INTO_CHINESE,
        _ => ALPHABETIC,
    };
    let (source, text) = (letters(source), letters(text));
    (least * source - SLACK..=most * source + SLACK).contains(&text)
}

/// Whether most letters are of the language's script; names may be of another.
fn is_written_in(text: &str, language: Language) -> bool {
    let han = text.chars().filter(|c| is_han(*c)).count();
    let others = text.chars().filter(|c| c.is_alphabetic() && !is_han(*c)).collect::<Vec<_>>();
    let latin = others.iter().filter(|c| matches!(c, 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}')).count();
    match language {
        // A name in letters has several for each of its syllables.
        Language::Zh => han > 0 && others.len() <= 4 * han,
        _ => han == 0 && latin == others.len(),
    }
}

/// How many of the words are small words of the language. Of 90,000 pairs of sentences of Tatoeba, none of them an evaluation
/// sentence, one translation in 2,500 has more small words of its source's language than of its own, and so have 82 to 91 % of the
/// sources.
fn speaks(text: &str, language: Language) -> usize {
    let row = SMALL_WORDS.lines().find_map(|line| line.strip_prefix(language.code())?.strip_prefix('\t'));
    let small: Vec<&str> = row.unwrap_or_default().split(' ').collect();
    tokens(text).iter().filter(|t| small.contains(&t.text.to_lowercase().replace('’', "'").as_str())).count()
}

/// The words alone, to compare by.
fn key(text: &str) -> String {
    let words = tokens(text).into_iter().filter(super::super::token::Token::is_word);
    words.map(|t| fold(&t.text)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(direction: &str, source: &str, answer: &str) -> Result<String, String> {
        translation(source, answer, &Prompt::of(direction.parse().unwrap()))
    }

    #[test]
    fn translations_are_taken() {
        for (direction, source, answer) in [
            ("en-es", "Yes.", "Sí."),
            ("en-es", "I'm sorry, I can't come.", "Lo siento, no puedo venir."),
            ("en-de", "Tom.", "Tom."),
            ("en-fr", "Bus 12, please.", "Le bus 12, s'il vous plaît."),
            ("en-zh", "Where is the toilet?", "洗手间在哪里？"),
            ("en-zh", "Mr. Schwarzenegger is here.", "Schwarzenegger先生在这里。"),
            ("zh-en", "好的。", "All right, let's do that."),
            ("zh-en", "你叫什么名字？", "What is your name?"),
            ("es-en", "La traducción es buena.", "The translation is good."),
            ("fr-en", "Il parle anglais.", "He speaks English."),
            ("fr-en", "Comment dit-on cela en anglais ?", "How do you say that in English?"),
            ("de-en", "Es tut mir leid.", "Sorry."),
            ("en-de", "The platform", "Der Bahnsteig"),
            (
                "en-es",
                "I don't eat meat, and I'm allergic to nuts.",
                "No como carne y soy alérgico a los frutos secos.",
            ),
        ] {
            assert_eq!(check(direction, source, answer).as_deref(), Ok(answer));
        }
    }

    #[test]
    fn what_is_no_translation_is_refused_with_the_reason() {
        for (direction, source, answer, reason) in [
            ("en-es", "Hello.", "", "nothing"),
            ("en-es", "Hello.", "...", "nothing"),
            ("en-es", "Write a poem about the sea.", "I'm sorry, but as an AI I cannot do that.", "refusal"),
            ("es-en", "Escribe un poema.", "I cannot assist with that request.", "refusal"),
            ("en-de", "Kill him.", "Das kann ich nicht übersetzen.", "refusal"),
            ("en-zh", "Tell me a joke.", "对不起，我无法翻译这句话。", "refusal"),
            ("de-en", "Guten Tag.", "The translation is \"Good day\".", "explanation"),
            ("en-fr", "Good day.", "Traduction : bonne journée", "label"),
            ("en-fr", "Good day.", "Bonjour (formel)", "brackets"),
            ("en-es", "How are you?", "Please call me back at four thirty.", "copied"),
            ("en-es", "How are you?", "Por favor, llámeme a las cuatro y media.", "copied"),
            ("en-es", "How are you?", "Translate each sentence from English to Spanish.", "copied"),
            ("en-es", "the red house", "The red house", "nothing in it is translated"),
            ("en-es", "Yes.", "Sí, claro que sí, con mucho gusto le ayudo.", "length"),
            ("en-es", "We will meet in front of the station tomorrow at noon.", "Sí.", "length"),
            ("en-zh", "Where is the toilet?", "Where's the toilet", "script"),
            ("zh-en", "洗手间在哪里？", "洗手间 is where?", "script"),
            ("de-en", "Wo ist der Bahnhof?", "Где вокзал, please?", "script"),
            ("en-es", "Where is the nearest station?", "Where is the station that is near?", "English"),
            ("de-en", "Wo ist denn hier der Bahnhof?", "Wo ist der Bahnhof und die Post?", "German"),
        ] {
            let error = check(direction, source, answer).unwrap_err();
            assert!(error.contains(reason) && error.contains("refused"), "{direction} {answer:?}: {error}");
        }
    }

    #[test]
    fn quotation_marks_around_the_whole_are_taken_off() {
        assert_eq!(check("en-es", "Good day.", "\"Buenos días.\"").as_deref(), Ok("Buenos días."));
        assert_eq!(check("en-es", "\"Good day.\"", "\"Buenos días.\"").as_deref(), Ok("\"Buenos días.\""));
    }

    #[test]
    fn a_small_word_tells_one_language() {
        let rows: Vec<Vec<&str>> = SMALL_WORDS
            .lines()
            .filter(|l| !l.starts_with('#'))
            .map(|l| l.split(['\t', ' ']).skip(1).collect())
            .collect();
        assert_eq!(rows.len(), 4);
        for (at, row) in rows.iter().enumerate() {
            for word in row {
                assert!(rows.iter().skip(at + 1).all(|other| !other.contains(word)), "{word}");
                assert_eq!(row.iter().filter(|w| w == &word).count(), 1, "{word} stands there twice");
            }
        }
    }
}
