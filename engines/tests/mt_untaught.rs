//! Words and numbers that the models were never taught come through all the same, by the table of substitutes.

#[path = "common/routes.rs"]
mod routes;

use engines::{message::Kind, stage::Translator};

/// Sentences, and what their translations hold.
const SENTENCES: [(&str, &str, &str); 15] = [
    ("en-fr", "My son is allergic to peanuts.", "cacahuètes"),
    ("en-fr", "I need insulin.", "d'insuline"),
    ("fr-en", "Il me faut du pain sans gluten.", "gluten-free bread"),
    ("fr-en", "Je suis allergique à la pénicilline.", "penicillin"),
    ("de-en", "Fünfunddreißigtausend Menschen leben in dieser Stadt.", "35000 people"),
    ("fr-en", "Trente-cinq mille personnes vivent dans cette ville.", "35000 people"),
    ("en-de", "Do you have eye drops?", "Augentropfen"),
    ("de-en", "Wo ist mein Sicherheitsgurt?", "seat belt"),
    ("de-en", "Ich brauche Brot ohne Gluten.", "without gluten"),
    ("en-zh", "I need a wheelchair.", "轮椅"),
    ("en-zh", "I'm allergic to shrimps.", "虾过敏"),
    ("zh-en", "这个座位没有安全带。", "seat belt"),
    ("zh-en", "我对青霉素过敏。", "allergic to penicillin"),
    ("en-es", "My father has a pacemaker.", "un marcapasos"),
    ("es-en", "Necesito una silla de ruedas.", "wheelchair"),
];

#[test]
fn words_that_no_model_was_taught_come_through() {
    for (direction, source, wanted) in SENTENCES {
        let mut stream = routes::load(&[direction]).open(direction.parse().unwrap()).unwrap();
        let token = stream.translate_chunk(source, true).unwrap();
        assert!(token.text.contains(wanted), "{source} became {token:?}");
        assert!(token.metadata.doubts.is_empty(), "{token:?}");
    }
}

#[test]
fn nothing_is_said_of_such_a_word_before_the_sentence_ends() {
    // One of the table of substitutes alone, and one of those that the guard looks for by themselves.
    for (rest, rare, wanted) in [
        ("now he needs a wheelchair for the garden", "wheelchair", "fauteuil roulant"),
        ("now he needs insulin before every meal", "insulin", "insuline"),
    ] {
        let mut stream = routes::load(&["en-fr"]).open("en-fr".parse().unwrap()).unwrap();
        let sentence = format!("My father can't walk any more and {rest}");
        let mut said = String::new();
        for (at, _) in sentence.match_indices(' ').skip(2) {
            let token = stream.translate_further(&sentence[..at], &sentence[at..], false).unwrap();
            if token.kind == Kind::Final {
                assert!(!sentence[..at].contains(rare) || token.text.is_empty(), "{token:?}");
                said = format!("{said} {}", token.text);
            }
        }
        assert!(!said.trim().is_empty(), "nothing was said before the end");
        let token = stream.translate_further(&format!("{sentence}."), "", true).unwrap();
        assert!(token.text.contains(wanted) && token.metadata.doubts.is_empty(), "{said} {token:?}");
    }
}

#[test]
fn other_scripts_and_marks_of_print_are_read_too() {
    for (direction, source, wanted) in [
        ("zh-en", "我對青黴素過敏。", "allergic to penicillin"),
        ("zh-en", "這個座位沒有安全帶。", "seat belt"),
        ("fr-en", "J’ai besoin d’insuline.", "insulin"),
    ] {
        let mut stream = routes::load(&[direction]).open(direction.parse().unwrap()).unwrap();
        let token = stream.translate_chunk(source, true).unwrap();
        assert!(token.text.contains(wanted) && token.metadata.doubts.is_empty(), "{source} became {token:?}");
    }
}
