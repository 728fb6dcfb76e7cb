//! Halves and quarters, above all those of hours: half past seven must not become seven.

use crate::Language;

/// English words and Spanish ones of which one stands in a text where one of the others stands in its translation. The words of more than
/// one sense (`medio`, `cuarto`) have the translations of the others beside them.
const PARTS: [(&[&str], &[&str]); 2] = [
    (
        &[
            "half",
            "halves",
            "thirty",
            "30",
            "middle",
            "mid",
            "average",
            "means",
            "environment",
            "stocking",
            "stockings",
        ],
        &["media", "medias", "medio", "medios", "mitad", "treinta", "30", "mediados"],
    ),
    (
        &["quarter", "quarters", "fifteen", "15", "fourth", "room", "rooms", "bedroom", "bathroom"],
        &["cuarto", "cuartos", "cuarta", "quince", "15", "trimestre", "trimestres"],
    ),
];

/// How many words of each list stand for the part itself; what follows them only translates it.
const NAMES: [(usize, usize); 2] = [(2, 5), (2, 2)];

/// The halves and quarters of `source` of which `target` says nothing.
pub(super) fn lost(source: &str, source_language: Language, target: &str, target_language: Language) -> Vec<String> {
    let (source, target) = (words(source), words(target));
    let one_way = |((english, spanish), (en, es)): (&(&[&'static str], &[&'static str]), &(usize, usize))| {
        let (named, wanted) = match (source_language, target_language) {
            (Language::En, Language::Es) => (&english[..*en], *spanish),
            (Language::Es, Language::En) => (&spanish[..*es], *english),
            _ => return None,
        };
        let name = named.iter().find(|name| source.iter().any(|word| word == *name))?;
        let is_there = target.iter().any(|word| wanted.iter().any(|name| word.starts_with(name)));
        (!is_there).then(|| (*name).to_owned())
    };
    PARTS.iter().zip(&NAMES).filter_map(one_way).collect()
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
        assert!(there("A quarter of the people.", "La cuarta parte de la gente.").is_empty());
    }
}
