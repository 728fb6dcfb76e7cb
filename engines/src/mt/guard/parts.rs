//! Halves and quarters, above all those of hours: half past seven must not become seven.

use crate::Language;

/// A part in two languages.
struct Part {
    /// English words that name it.
    english: &'static [&'static str],
    /// Other English words that may translate a Spanish one of `spanish`, which has other senses too (`medio`, `cuarto`).
    english_else: &'static [&'static str],
    /// Spanish words that name it.
    spanish: &'static [&'static str],
    /// Other Spanish words that may translate an English one of `english`.
    spanish_else: &'static [&'static str],
}

const PARTS: [Part; 2] = [
    Part {
        english: &["half", "halves"],
        english_else: &[
            "thirty",
            "30",
            "mid",
            "average",
            "means",
            "media",
            "environment",
            "stocking",
            "sock",
            "tights",
            "through",
            "by",
        ],
        spanish: &["media", "medias", "medio", "medios", "mitad"],
        spanish_else: &["treinta", "30", "herman"],
    },
    Part {
        english: &["quarter", "quarters"],
        english_else: &["fifteen", "15", "forty", "45", "fourth", "room", "bedroom", "bathroom"],
        spanish: &["cuarto", "cuartos"],
        spanish_else: &["cuarta", "quince", "15", "cuarenta", "45", "trimestre"],
    },
];

/// The halves and quarters of `source` of which `target` says nothing.
pub(super) fn lost(source: &str, source_language: Language, target: &str, target_language: Language) -> Vec<String> {
    let (source, target) = (words(source), words(target));
    let unsaid = |part: &Part| {
        let (named, wanted, or_else) = match (source_language, target_language) {
            (Language::En, Language::Es) => (part.english, part.spanish, part.spanish_else),
            (Language::Es, Language::En) => (part.spanish, part.english, part.english_else),
            _ => return None,
        };
        let name = named.iter().find(|name| source.iter().any(|word| word == *name))?;
        let mut right = wanted.iter().chain(or_else);
        let is_there = right.any(|right| target.iter().any(|word| word.starts_with(right)));
        (!is_there).then(|| (*name).to_owned())
    };
    PARTS.iter().filter_map(unsaid).collect()
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_hour_is_not_an_hour() {
        let there = |en: &str, es: &str| lost(en, Language::En, es, Language::Es);
        let back = |es: &str, en: &str| lost(es, Language::Es, en, Language::En);
        assert_eq!(there("I waited half an hour.", "Esperé una hora."), ["half"]);
        assert!(there("At half past seven.", "A las siete y media.").is_empty());
        assert!(there("At half past seven.", "A las 7:30.").is_empty());
        assert_eq!(back("A las siete y media.", "At seven."), ["media"]);
        assert!(back("En medio de la noche.", "In the middle of the night.").is_empty());
        assert!(back("Necesito un cuarto.", "I need a room.").is_empty());
        assert_eq!(back("A las dos y cuarto.", "At two."), ["cuarto"]);
        assert!(there("At a quarter to nine.", "A las 8:45.").is_empty());
        assert!(back("Los medios dicen que sí.", "The media say so.").is_empty());
        assert!(there("A quarter of the people.", "La cuarta parte de la gente.").is_empty());
    }
}
