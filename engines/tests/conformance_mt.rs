//! What every translator must do, written once; every backend and chain passes it with its real models.

#[path = "common/routes.rs"]
mod routes;

use engines::{
    Direction, EngineError, Language,
    message::Kind,
    simultaneous::words::{count, words},
    stage::{Tag, Translator},
};
use routes::load;

/// A sentence and words of which one must be in its translation.
type Known = (&'static str, &'static [&'static str]);

fn conformance(translator: &dyn Translator, direction: Direction, known: &[Known], long: &str) {
    assert!(!translator.name().is_empty());
    assert!(translator.directions().contains(&direction));
    translates(translator, direction, known);
    stamps_and_kinds(translator, direction, known[0].0);
    says_nothing_to_nothing(translator, direction);
    survives_anything(translator, direction, known);
    keeps_streams_apart(translator, direction, known);
    takes_a_monologue(translator, direction, long);
    goes_on_with_a_sentence(translator, direction);
    lists_what_it_offers(translator);
}

fn translates(translator: &dyn Translator, direction: Direction, known: &[Known]) {
    let mut stream = translator.open(direction).unwrap();
    for (source, wanted) in known {
        let token = stream.translate_chunk(source, true).unwrap();
        let text = token.text.to_lowercase();
        assert!(wanted.iter().any(|w| text.contains(w)), "{direction}: {source} became {}", token.text);
        assert!(token.confidence > 0.3 && token.confidence <= 1.0, "{token:?}");
        assert!(token.metadata.untranslated.is_empty(), "{token:?}");
    }
    assert_eq!(stream.latency_stats().count, known.len());
}

fn stamps_and_kinds(translator: &dyn Translator, direction: Direction, sentence: &str) {
    let mut stream = translator.open(direction).unwrap();
    stream.tag(Tag { utterance: 7, chunk_id: 3 });
    let partial = stream.translate_chunk(sentence, false).unwrap();
    let last = stream.translate_chunk(sentence, true).unwrap();
    assert_eq!((partial.utterance, partial.chunk_id, partial.kind), (7, 3, Kind::Partial));
    assert_eq!((last.kind, &last.text), (Kind::Final, &partial.text));
    assert_eq!((last.source_language, last.target_language), (direction.source, direction.target));
    assert!(last.timestamp >= partial.timestamp && last.processing_latency_ms > 0.0);
    assert!(!last.metadata.engine.is_empty());
}

fn says_nothing_to_nothing(translator: &dyn Translator, direction: Direction) {
    let mut stream = translator.open(direction).unwrap();
    for text in ["", " ", "\n\t ", "\u{a0}", "\0"] {
        let token = stream.translate_chunk(text, true).unwrap();
        assert_eq!(token.text, "", "{text:?}");
        assert!(token.metadata.untranslated.is_empty());
    }
}

fn survives_anything(translator: &dyn Translator, direction: Direction, known: &[Known]) {
    let mut stream = translator.open(direction).unwrap();
    let garbage: String = (0u32..10_240).filter_map(|n| char::from_u32(33 + n * 7919 % 0x2fff)).collect();
    let unbroken = "x".repeat(10_240);
    let odd =
        ["😀🎉", "?!", "...", "a\0b\0c", "\u{1b}[31m", "[x^y$z\\]{}<a>/b", "ˈðɪs", "日本語です。", &garbage, &unbroken];
    let plain = stream.translate_chunk(known[0].0, true).unwrap().text;
    for text in odd {
        let token = stream.translate_chunk(text, true).unwrap();
        assert!(!token.text.contains('\0'), "{text:?}");
        // Text that cannot be handled is passed on, not swallowed.
        if text.chars().any(|c| !c.is_whitespace() && !c.is_control()) {
            assert!(!token.text.trim().is_empty(), "{text:?} was swallowed");
        }
        assert_eq!(stream.translate_chunk(known[0].0, true).unwrap().text, plain, "out of step after {text:?}");
    }
    let starred = format!("*{} #{} @x", known[0].0, known[1].0);
    let token = stream.translate_chunk(&starred, true).unwrap();
    assert!(!token.text.contains(['*', '#', '@']), "{}", token.text);
}

fn keeps_streams_apart(translator: &dyn Translator, direction: Direction, known: &[Known]) {
    let (mut one, mut two) = (translator.open(direction).unwrap(), translator.open(direction).unwrap());
    let alone: Vec<String> = known.iter().map(|(s, _)| one.translate_chunk(s, true).unwrap().text).collect();
    let context: Vec<String> = (0..9).map(|n| format!("Rosa {n}")).collect();
    two.set_context(&context);
    two.tag(Tag { utterance: 9, chunk_id: 9 });
    for ((source, _), expected) in known.iter().zip(&alone) {
        let other = two.translate_chunk(known[0].0, false).unwrap();
        assert_eq!(other.utterance, 9);
        let token = one.translate_chunk(source, true).unwrap();
        assert_eq!((&token.text, token.utterance), (expected, 0));
    }
    two.clear_context();
    assert_eq!(two.translate_chunk(known[0].0, true).unwrap().text, alone[0]);
}

fn takes_a_monologue(translator: &dyn Translator, direction: Direction, long: &str) {
    let mut stream = translator.open(direction).unwrap();
    let words = count(long, direction.source);
    assert!(words >= 150, "a minute of speech");
    for text in [long.to_owned(), long.replace(['.', ',', '?', '。', '，', '？'], "")] {
        let token = stream.translate_chunk(&text, true).unwrap();
        let said = count(&token.text, direction.target);
        assert!(said * 2 > words && said < words * 2, "{direction}: {words} words became {said}: {}", token.text);
    }
}

/// Sentences long enough to be said in pieces.
fn spoken(direction: Direction) -> [&'static str; 3] {
    match direction.source {
        // Mandarin names time and number before the deed: what is said of such a sentence before its end is put otherwise than in the whole.
        Language::En if direction.target == Language::Zh => [
            "My brother and his wife live in a small house near the sea, and they like it very much.",
            "The train leaves from the old station and arrives in the city before noon.",
            "I do not like coffee because I cannot sleep after it.",
        ],
        Language::Es => [
            "Quisiera reservar una mesa para cuatro personas mañana por la tarde a las siete y media.",
            "El tren sale de la estación vieja y llega a la ciudad antes del mediodía.",
            "No me gusta el café porque no puedo dormir después.",
        ],
        Language::Fr => [
            "Je voudrais réserver une table pour quatre personnes demain soir à sept heures et demie.",
            "Le train part de la vieille gare et arrive en ville avant midi.",
            "Je n'aime pas le café parce que je ne peux pas dormir après.",
        ],
        Language::De => [
            "Ich möchte morgen Abend um halb acht einen Tisch für vier Personen reservieren.",
            "Der Zug fährt vom alten Bahnhof ab und kommt vor Mittag in der Stadt an.",
            "Ich mag keinen Kaffee, weil ich danach nicht schlafen kann.",
        ],
        Language::Zh => [
            "我哥哥和他的妻子住在海边的一个小房子里，他们很喜欢那里。",
            "火车从旧车站出发，中午以前到达城里。",
            "我不喜欢咖啡，因为喝了以后睡不着觉。",
        ],
        Language::Pt => [
            "Eu gostaria de reservar uma mesa para quatro pessoas amanhã à noite às sete e meia.",
            "O trem sai da velha estação e chega à cidade antes do meio-dia.",
            "Não gosto de café porque não consigo dormir depois.",
        ],
        _ => [
            "I would like to reserve a table for four people tomorrow evening at half past seven.",
            "The train leaves from the old station and arrives in the city before noon.",
            "I do not like coffee because I cannot sleep after it.",
        ],
    }
}

/// A sentence that comes word by word is said in pieces that together are one translation of it: about as long as the whole,
/// half of it of the same words at least, and nothing of it twice.
fn goes_on_with_a_sentence(translator: &dyn Translator, direction: Direction) {
    let mut stream = translator.open(direction).unwrap();
    let words = |text: &str| words(text, direction.target).into_iter().map(|w| w.key).collect::<Vec<_>>();
    let mut pieces_before_the_end = 0;
    for sentence in spoken(direction) {
        let whole = words(&stream.translate_chunk(sentence, true).unwrap().text);
        let ends = seams(sentence, direction.source);
        let mut said = Vec::new();
        for two in ends.windows(3).step_by(2) {
            let (certain, tentative) = (&sentence[..two[0]], &sentence[two[0]..two[2]]);
            let token = stream.translate_further(certain, tentative, false).unwrap();
            if token.kind == Kind::Final {
                assert_eq!(token.committed, token.text.len());
                pieces_before_the_end += 1;
                said.extend(words(&token.text));
            }
        }
        said.extend(words(&stream.translate_further(sentence, "", true).unwrap().text));
        let told = format!("{direction}: {sentence}\n  whole: {whole:?}\n  said: {said:?}");
        let common = said.iter().filter(|w| whole.contains(w)).count();
        // A whole sentence may be another route's work.
        assert!(common * 2 >= whole.len() && common * 2 >= said.len(), "{told}");
        assert!(said.len().abs_diff(whole.len()) <= 1 + whole.len() / 4, "{told}");
        assert!(said.windows(4).enumerate().all(|(n, w)| said.windows(4).skip(n + 4).all(|v| v != w)), "{told}");
        // What was begun and is given up is not gone on with.
        stream.translate_further(&sentence[..ends[4]], &sentence[ends[4]..ends[6]], false).unwrap();
        stream.reset();
        assert_eq!(words(&stream.translate_further(sentence, "", true).unwrap().text), whole);
    }
    let can_go_on = !translator.name().starts_with("apertium");
    assert_eq!(pieces_before_the_end > 0, can_go_on, "{direction}: {pieces_before_the_end} pieces before the end");
    assert_eq!(stream.translate_further("", "", true).unwrap().text, "");
}

/// Where the words of a sentence end but for the last, in bytes; of a Mandarin one, every second character.
fn seams(sentence: &str, language: Language) -> Vec<usize> {
    let found = words(sentence, language);
    let ends = found[..found.len() - 1].iter().map(|w| w.span.end);
    if language == Language::Zh { ends.skip(1).step_by(2).collect() } else { ends.collect() }
}

fn lists_what_it_offers(translator: &dyn Translator) {
    let error = translator.open("de-zh".parse().unwrap()).err().unwrap();
    assert!(matches!(error, EngineError::DirectionNotOffered { .. }));
    let message = error.to_string();
    for direction in translator.directions() {
        assert!(message.contains(&direction.to_string()), "{message}");
    }
}

const ENGLISH: &[Known] = &[
    ("Where is the hospital?", &["hospital", "hôpital", "krankenhaus", "医院"]),
    ("I need a doctor.", &["médico", "doctor", "médecin", "docteur", "arzt", "医生"]),
    ("The car is red.", &["rojo", "vermelho", "rouge", "rot", "红"]),
];
const SPANISH: &[Known] = &[
    ("¿Dónde está el hospital?", &["hospital"]),
    ("Necesito un médico.", &["doctor", "médico"]),
    ("El coche es rojo.", &["red", "vermelho"]),
];
const FRENCH: &[Known] = &[
    ("Où est l'hôpital ?", &["hospital"]),
    ("J'ai besoin d'un médecin.", &["doctor"]),
    ("La voiture est rouge.", &["red"]),
];
const GERMAN: &[Known] = &[
    ("Wo ist das Krankenhaus?", &["hospital"]),
    ("Ich brauche einen Arzt.", &["doctor"]),
    ("Das Auto ist rot.", &["red"]),
];
const MANDARIN: &[Known] =
    &[("医院在哪里？", &["hospital"]), ("我需要一个医生。", &["doctor"]), ("這輛車是紅色的。", &["red"])];
const PORTUGUESE: &[Known] = &[
    ("Onde está o hospital?", &["hospital"]),
    ("O carro é vermelho.", &["red", "rojo"]),
    ("A casa é grande.", &["house", "casa"]),
];

fn monologue(sentences: &[Known]) -> String {
    sentences.iter().map(|(s, _)| *s).cycle().take(60).collect::<Vec<_>>().join(" ")
}

/// English and another language, both ways in one translator.
fn conform_both_ways(other: Language, known: &[Known]) {
    let there = Direction::new(Language::En, other);
    let routes = load(&[&there.to_string(), &there.reversed().to_string()]);
    conformance(&routes, there, ENGLISH, &monologue(ENGLISH));
    conformance(&routes, there.reversed(), known, &monologue(known));
}

#[test]
fn english_and_spanish_conform_both_ways() {
    conform_both_ways(Language::Es, SPANISH);
}

#[test]
fn english_and_french_conform_both_ways() {
    conform_both_ways(Language::Fr, FRENCH);
}

#[test]
fn english_and_german_conform_both_ways() {
    conform_both_ways(Language::De, GERMAN);
}

#[test]
fn english_and_mandarin_conform_both_ways() {
    conform_both_ways(Language::Zh, MANDARIN);
}

#[test]
fn a_phrase_that_opens_a_sentence_is_said_at_once_and_once() {
    let translator = load(&["es-en"]);
    let mut stream = translator.open("es-en".parse().unwrap()).unwrap();
    let mut say = |certain: &str, tentative: &str, is_complete: bool| {
        let token = stream.translate_further(certain, tentative, is_complete).unwrap();
        (token.kind, token.text)
    };
    assert_eq!(say("Por favor", " espere", false), (Kind::Final, "Please".into()));
    // The comma came later than the phrase was said.
    let (_, rest) = say("Por favor, espere aquí.", "", true);
    assert!(rest.to_lowercase().contains("wait") && !rest.to_lowercase().contains("please"), "{rest}");
    assert!(rest.starts_with(char::is_alphanumeric), "{rest}");
    // And where the next word was none after all, there is nothing more to say.
    assert_eq!(say("Buenos días", " quisiera", false), (Kind::Final, "Good morning".into()));
    assert_eq!(say("Buenos días.", "", true).1, "");
}

/// The models of our own were taught short sentences: of a long one that is said while it is spoken they would leave clauses out.
#[test]
fn of_a_long_sentence_that_is_being_spoken_no_clause_is_lost() {
    for (direction, sentence, wanted) in [
        (
            "en-es",
            "Yesterday I went to my brother's house because I wanted to see the children, but when I arrived there was nobody, and I \
             had to wait in the garden until seven in the evening.",
            ["niños", "no había nadie", "jardín"],
        ),
        (
            "en-de",
            "When we were children we lived in a very big house near the sea, and every day after school we went to the beach with \
             our friends to play and swim, until our mother called us because dinner was ready.",
            ["Schule", "schwimmen", "Abendessen"],
        ),
    ] {
        let direction: Direction = direction.parse().unwrap();
        let routes = load(&[&direction.to_string()]);
        let mut stream = routes.open(direction).unwrap();
        let ends = seams(sentence, direction.source);
        // However much comes at once.
        for (first, step) in [(0, 2), (3, 14), (5, ends.len())] {
            let mut said = Vec::new();
            for (certain, ahead) in ends.iter().zip(&ends[2..]).skip(first).step_by(step) {
                let token =
                    stream.translate_further(&sentence[..*certain], &sentence[*certain..*ahead], false).unwrap();
                said.extend((token.kind == Kind::Final).then_some(token.text));
            }
            let before_the_end = said.len();
            let last = stream.translate_further(sentence, "", true).unwrap();
            assert_eq!(last.metadata.is_rest, before_the_end > 0);
            said.push(last.text);
            assert!(before_the_end > 0, "{said:?}");
            let said = said.join(" ");
            let once = |clause: &&str| said.matches(clause).count() == 1;
            assert!(wanted.iter().all(once), "in steps of {step} words: {said}");
            assert!(said.contains(',') && !said.contains(", A") && !said.contains(", P"), "one sentence: {said}");
        }
    }
}

#[test]
fn a_sentence_of_rare_words_is_left_to_the_next_route() {
    let routes = load(&["en-es"]);
    let mut stream = routes.open("en-es".parse().unwrap()).unwrap();
    let mut say = |text: &str| stream.translate_chunk(text, true).unwrap().text.to_lowercase();
    // "Tablets" and "insulin" stand in hardly a sentence of those that the first model was taught: it would make tables of them.
    assert!(say("Take two tablets every six hours.").contains("comprimidos"));
    assert!(say("I need insulin.").contains("insulina"));
}

#[test]
fn french_has_a_route_through_portuguese_and_catalan_for_what_its_model_was_not_taught() {
    for (direction, sentence, wanted, legs) in [
        (
            "en-fr",
            "The transaction was aborted by the processor.",
            "processeur",
            ["bergamot-en-pt", "apertium pt-ca", "apertium ca-fr"],
        ),
        (
            "fr-en",
            "Le certificat expire en décembre.",
            "expires",
            ["apertium fr-ca", "apertium ca-pt", "bergamot-pt-en"],
        ),
    ] {
        let routes = load(&[direction]);
        let mut stream = routes.open(direction.parse().unwrap()).unwrap();
        let token = stream.translate_chunk(sentence, true).unwrap();
        assert!(token.text.to_lowercase().contains(wanted), "{token:?}");
        assert_eq!(token.metadata.engine, legs.join(" + "));
        let everyday =
            stream.translate_chunk(if direction == "en-fr" { "I am cold." } else { "J'ai froid." }, true).unwrap();
        assert!(everyday.metadata.engine.starts_with("everyday"), "{everyday:?}");
    }
}

#[test]
fn the_engine_that_begins_a_sentence_says_all_of_it() {
    for direction in ["en-fr", "en-es"] {
        let routes = load(&[direction]);
        let mut stream = routes.open(direction.parse().unwrap()).unwrap();
        let mut say = |certain: &str, tentative: &str, is_complete| {
            let token = stream.translate_further(certain, tentative, is_complete).unwrap();
            (token.kind, token.metadata.engine)
        };
        assert_eq!(say("My brother is", " at home", false), (Kind::Final, "everyday-from-english".to_owned()));
        assert_eq!(say("My brother is at home today.", "", true), (Kind::Final, "everyday-from-english".to_owned()));
        let (kind, engine) = say("The hypothesis contradicts", " the preliminary results", false);
        assert!(kind == Kind::Final && engine.starts_with("bergamot-en-pt + apertium"), "{kind:?} {engine}");
        let (_, engine) = say("The hypothesis contradicts the preliminary results.", "", true);
        assert!(engine.starts_with("bergamot-en-pt + apertium"), "{engine}");
    }
}

#[test]
fn bergamot_alone_conforms() {
    let routes = load(&["en-pt", "pt-en"]);
    conformance(&routes, "en-pt".parse().unwrap(), ENGLISH, &monologue(ENGLISH));
    conformance(&routes, "pt-en".parse().unwrap(), PORTUGUESE, &monologue(PORTUGUESE));
}

#[test]
fn apertium_alone_conforms() {
    let routes = load(&["pt-es", "es-pt"]);
    conformance(&routes, "pt-es".parse().unwrap(), PORTUGUESE, &monologue(PORTUGUESE));
    conformance(&routes, "es-pt".parse().unwrap(), SPANISH, &monologue(SPANISH));
}
