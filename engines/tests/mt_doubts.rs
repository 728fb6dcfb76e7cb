//! What matters comes through, or the listener is told that it may not have: sentences through the real models.

#[path = "common/routes.rs"]
mod routes;

use engines::{
    message::{Doubt, Kind, TextToken},
    mt::hesitation,
    stage::Translator,
};

/// Sentences, what a right translation holds one of, and what is in doubt where it does not.
const SENTENCES: [(&str, &str, &[&str], Doubt); 10] = [
    ("en-es", "The train leaves at a quarter to nine.", &["menos cuarto", "8:45", "ocho y cuarenta"], Doubt::Number),
    ("en-es", "My grandmother is ninety-two years old.", &["noventa y dos", "92"], Doubt::Number),
    ("en-es", "Turn left at the bank and then turn right.", &["izquierda"], Doubt::Direction),
    ("en-es", "He is allergic to hazelnuts and sesame.", &["avellana"], Doubt::Food),
    ("en-es", "Come back on Thursday.", &["jueves"], Doubt::Date),
    (
        "es-en",
        "El tren sale a las nueve menos cuarto.",
        &["quarter to nine", "8:45", "eight forty-five"],
        Doubt::Number,
    ),
    ("es-en", "Mi hijo es alérgico a los cacahuetes.", &["peanut"], Doubt::Food),
    ("es-en", "Venimos de Francia.", &["France"], Doubt::Place),
    ("es-en", "No tome este medicamento.", &["not", "n't", "Never"], Doubt::Negation),
    ("es-en", "Hay almendras en el pastel.", &["almond"], Doubt::Food),
];

#[test]
fn what_is_wrong_is_said_to_be_in_doubt() {
    let mut in_doubt = 0;
    for (direction, source, wanted, doubt) in SENTENCES {
        let mut stream = routes::load(&[direction]).open(direction.parse().unwrap()).unwrap();
        let token = stream.translate_chunk(source, true).unwrap();
        let is_right = wanted.iter().any(|wanted| token.text.contains(wanted));
        let TextToken { metadata, confidence, .. } = &token;
        assert!(is_right || metadata.doubts.contains(&doubt), "{source} became {token:?}");
        if !metadata.doubts.is_empty() {
            in_doubt += 1;
            assert!(*confidence < 0.6 && metadata.notes.len() >= metadata.doubts.len(), "{token:?}");
            let spoken = hesitation::spoken(&token, true);
            assert!(spoken.ends_with(token.text.trim()) && spoken.len() > token.text.len() + 10, "{spoken}");
        }
    }
    // The models are not good enough for all of them.
    assert!(in_doubt > 0);
}

#[test]
fn a_sentence_half_said_is_doubted_at_its_end() {
    let mut stream = routes::load(&["es-en"]).open("es-en".parse().unwrap()).unwrap();
    let sentence = "Creo que mi hijo pequeño es alérgico a los cacahuetes";
    let mut said = Vec::new();
    for (at, _) in sentence.match_indices(' ').skip(2) {
        let token = stream.translate_further(&sentence[..at], &sentence[at..], false).unwrap();
        if token.kind == Kind::Final && !token.text.is_empty() {
            assert!(token.metadata.doubts.is_empty(), "not before the end: {token:?}");
            said.push(token.text);
        }
    }
    assert!(!said.is_empty(), "nothing was said before the end");
    let token = stream.translate_further(&format!("{sentence}."), "", true).unwrap();
    let whole = format!("{} {}", said.join(" "), token.text);
    assert!(token.metadata.is_rest);
    if !whole.contains("peanut") {
        assert_eq!(token.metadata.doubts, [Doubt::Food], "{whole} {token:?}");
        assert!(hesitation::spoken(&token, true).ends_with("Interpreter unsure of the food."), "{token:?}");
    }
}
