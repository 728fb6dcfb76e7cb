//! Numbers, negation and names survive translation: generated sentences through the real models.

#[path = "common/routes.rs"]
mod routes;

use std::cell::RefCell;

use engines::{
    message::TextToken,
    stage::{Translator, TranslatorStream},
};
use proptest::{prelude::*, test_runner::Config};

/// A stream of `direction`; loaded once a test, for a case takes a hundredth of the time that loading takes.
fn open(direction: &str) -> RefCell<Box<dyn TranslatorStream>> {
    RefCell::new(routes::load(&[direction]).open(direction.parse().unwrap()).unwrap())
}

fn say(stream: &RefCell<Box<dyn TranslatorStream>>, text: &str) -> TextToken {
    stream.borrow_mut().translate_chunk(text, true).unwrap()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn cases(cases: u32) -> Config {
    // The same sentences in every run: a model's rare failure is found once, not now and then.
    Config { cases, rng_seed: proptest::test_runner::RngSeed::Fixed(2), failure_persistence: None, ..Config::default() }
}

const NAMES: [&str; 12] =
    ["Tom", "Mary", "John", "Rosa", "Garcia", "Smith", "Boston", "Toledo", "Pedro", "Ali", "Fatima", "Kowalski"];

#[test]
fn numbers_in_digits_survive_both_ways() {
    for (direction, templates) in [
        ("en-es", ["I have {} books.", "The room number is {}.", "It costs {} dollars.", "There were {} people."]),
        ("es-en", ["Tengo {} libros.", "Es la habitación {}.", "Cuesta {} euros.", "Había {} personas."]),
    ] {
        let stream = open(direction);
        proptest!(cases(40), |(number in 2u32..100_000, template in prop::sample::select(templates.to_vec()))| {
            let source = template.replace("{}", &number.to_string());
            let token = say(&stream, &source);
            prop_assert_eq!(digits(&token.text), number.to_string(), "{} became {}", source, token.text);
        });
    }
}

#[test]
fn number_words_survive() {
    let words = [
        ("two", "dos", "2"),
        ("three", "tres", "3"),
        ("eight", "ocho", "8"),
        ("fifteen", "quince", "15"),
        ("twenty", "veinte", "20"),
        ("forty", "cuarenta", "40"),
        ("twenty-three", "veintitrés", "23"),
        ("a hundred", "cien", "100"),
    ];
    let things = ["books", "dogs", "houses", "minutes", "friends"];
    let stream = open("en-es");
    proptest!(cases(40), |(word in prop::sample::select(words.to_vec()), thing in prop::sample::select(things.to_vec()))| {
        let (english, spanish, number) = word;
        let token = say(&stream, &format!("I need {english} {thing}."));
        let is_there = token.text.contains(spanish) || digits(&token.text) == number;
        prop_assert!(is_there, "{} {} became {}", english, thing, token.text);
    });
}

#[test]
fn negation_survives_and_none_is_added() {
    let verbs = ["eat meat", "speak English", "work here", "drink coffee", "know her", "live in this town"];
    let subjects = ["I", "We", "They"];
    let stream = open("en-es");
    proptest!(cases(36), |(subject in prop::sample::select(subjects.to_vec()),
                           verb in prop::sample::select(verbs.to_vec()),
                           negator in prop::sample::select(vec!["", "don't ", "do not ", "never "]))| {
        let token = say(&stream, &format!("{subject} {negator}{verb}."));
        let text = format!(" {} ", token.text.to_lowercase());
        let denies = [" no ", " nunca ", " jamás "].iter().any(|no| text.contains(no));
        prop_assert_eq!(denies, !negator.is_empty(), "{} {}{} became {}", subject, negator, verb, token.text);
    });
}

#[test]
fn names_survive_both_ways() {
    for (direction, templates) in [
        ("en-es", ["I saw {} yesterday.", "My friend {} is here.", "We are going to visit {}.", "Did {} call you?"]),
        ("es-en", ["Ayer vi a {} en la calle.", "Mi amigo {} está aquí.", "Vamos a visitar a {}.", "¿Te llamó {}?"]),
    ] {
        let stream = open(direction);
        proptest!(cases(48), |(name in prop::sample::select(NAMES.to_vec()),
                               template in prop::sample::select(templates.to_vec()))| {
            let source = template.replace("{}", name);
            let token = say(&stream, &source);
            // Spanish may write it with an accent: Fátima.
            prop_assert!(token.text.replace('á', "a").contains(name), "{} became {}", source, token.text);
        });
    }
}

#[test]
fn addresses_survive_letter_by_letter() {
    let stream = open("en-es");
    proptest!(cases(20), |(user in "[a-z]{3,8}", host in "[a-z]{3,8}", code in "[A-Z]{2}[0-9]{2,4}[A-Z]{2}")| {
        let mail = format!("{user}@{host}.org");
        let link = format!("https://{host}.com/{user}?q=1");
        for literal in [&mail, &link, &code] {
            let token = say(&stream, &format!("Please send it to {literal} today."));
            prop_assert!(token.text.contains(literal.as_str()), "{} became {}", literal, token.text);
        }
    });
}

#[test]
fn a_word_without_a_translation_is_listed_and_never_marked() {
    let stream = open("es-en");
    let token = say(&stream, "Quiero un zyrblof verde.");
    assert!(!token.text.contains(['*', '#', '@']), "{}", token.text);
    let unknown = &token.metadata.untranslated;
    assert!(unknown.len() == 1 && unknown[0].starts_with("zyrblof"), "{token:?}");
    assert!(token.text.contains(&unknown[0]) && token.text.contains("green"), "{token:?}");
    let sound = say(&stream, "Quiero un libro verde.");
    assert!(token.confidence < sound.confidence && sound.metadata.untranslated.is_empty(), "{sound:?}");
}

#[test]
fn the_errors_that_were_dangerous_once_are_gone() {
    let stream = open("en-es");
    for (source, wanted, never) in [
        ("I am allergic to peanuts.", "alérgic", "amendoim"),
        ("Turn left at the corner.", "izquierda", "derecha"),
        ("I need half an hour.", "media hora", "una hora"),
    ] {
        let token = say(&stream, source);
        assert!(token.text.contains(wanted) && !token.text.contains(never), "{source} became {}", token.text);
        assert!(token.metadata.untranslated.is_empty(), "{token:?}");
    }
    let order = say(&open("es-en"), "El perro muerde, así que no lo toque.");
    assert!(order.text.contains("do not touch") || order.text.contains("don't touch"), "{order:?}");
}
