use super::*;

fn values(text: &str, language: Language) -> Vec<f64> {
    read(text, language).into_iter().filter(|n| !n.is_weak).map(|n| (n.value * 10_000.0).round() / 10_000.0).collect()
}

#[track_caller]
fn reads(language: Language, cases: &[(&str, &[f64])]) {
    for (text, wanted) in cases {
        assert_eq!(values(text, language), *wanted, "{text}");
    }
}

#[test]
fn english() {
    reads(
        Language::En,
        &[
            ("twenty-three cats, two hundred and five dogs", &[23.0, 205.0]),
            ("one thousand two hundred fifty", &[1250.0]),
            ("a million, 1,250.50 and 7:30", &[1_000_000.0, 1250.5, 7.5]),
            ("call five five five one", &[5551.0]),
            ("half past seven", &[7.5]),
            ("at a quarter to nine", &[8.75]),
            ("between eight and half past nine", &[8.0, 9.5]),
            ("ten to nine", &[8.8333]),
            ("twenty past three", &[3.3333]),
            ("two and a half hours", &[2.5]),
            ("an hour and a half", &[1.5]),
            ("half an hour, three quarters of it", &[0.5, 0.75]),
            ("bread and two eggs", &[2.0]),
        ],
    );
}

#[test]
fn spanish() {
    reads(
        Language::Es,
        &[
            ("treinta y cinco mil doscientos veintitrés y tú", &[35_223.0]),
            ("dos millones de personas", &[2_000_000.0]),
            ("a las siete y media", &[7.5]),
            ("a las nueve menos cuarto", &[8.75]),
            ("las nueve menos diez", &[8.8333]),
            ("a las ocho y veinte", &[8.3333]),
            ("dos horas y media", &[2.5]),
            ("media hora", &[0.5]),
            ("un cuarto de hora", &[1.0, 0.25]),
            ("1.250,50 euros", &[1250.5]),
            ("los medios dicen que en medio de la noche", &[]),
        ],
    );
}

#[test]
fn french() {
    reads(
        Language::Fr,
        &[
            ("quatre-vingt-douze", &[92.0]),
            ("quatre-vingts euros et vingt et un francs", &[80.0, 21.0]),
            ("soixante et onze, septante et un", &[71.0, 71.0]),
            ("deux cent cinq", &[205.0]),
            ("trois mille quatre cent quatre-vingt-dix-sept", &[3497.0]),
            ("à sept heures et demie", &[7.5]),
            ("neuf heures moins le quart", &[8.75]),
            ("à huit heures vingt", &[8.3333]),
            ("19h30", &[19.5]),
            ("deux heures et demie", &[2.5]),
            ("10 000 euros", &[10_000.0]),
            ("une demi-heure", &[1.0, 0.5]),
        ],
    );
}

#[test]
fn german() {
    reads(
        Language::De,
        &[
            ("einundzwanzig", &[21.0]),
            ("zweihundertfünf", &[205.0]),
            ("dreitausendvierhundertsiebenundneunzig", &[3497.0]),
            ("fünfunddreißigtausend", &[35_000.0]),
            ("um halb acht", &[7.5]),
            ("Viertel vor neun", &[8.75]),
            ("viertel nach drei", &[3.25]),
            ("zehn vor neun", &[8.8333]),
            ("fünf nach halb acht", &[7.5833]),
            ("um halb eins, Viertel vor eins, zehn vor null", &[12.5, 12.75, 23.8333]),
            ("acht Uhr zwanzig", &[8.3333]),
            ("zweieinhalb Stunden, anderthalb Liter", &[2.5, 1.5]),
            ("eine halbe Stunde", &[1.0, 0.5]),
            ("um 7.30 Uhr, 3,50 Euro", &[7.5, 3.5]),
            ("Wunder und Hunde", &[]),
        ],
    );
}

#[test]
fn mandarin() {
    reads(
        Language::Zh,
        &[
            ("二十三", &[23.0]),
            ("两百零五", &[205.0]),
            ("三万五千", &[35_000.0]),
            ("一百二", &[120.0]),
            ("3万5千，1.5亿", &[35_000.0, 150_000_000.0]),
            ("七点半", &[7.5]),
            ("差十分九点", &[8.8333]),
            ("八点三刻，八点一刻", &[8.75, 8.25]),
            ("八点二十分", &[8.3333]),
            ("差十分一点，零点三十分", &[12.8333, 0.5]),
            ("三块五", &[3.5]),
            ("八毛钱", &[0.8]),
            ("两个半小时", &[2.5]),
            ("半小时", &[0.5]),
            ("星期三，五月三号", &[3.0]),
            ("我们一起去四川吃三明治", &[]),
            ("七八个人", &[7.0, 8.0]),
            ("一九八四年", &[1984.0]),
            ("百分之二十", &[20.0]),
            ("三点五公斤", &[3.5]),
            ("十分钟，十分好", &[10.0]),
        ],
    );
}

#[test]
fn numbers_in_words_are_written_in_digits() {
    for (language, text, wanted) in [
        (Language::En, "She is ninety-two, at half past seven.", "She is 92, at 7:30."),
        (Language::Es, "Son treinta y cinco mil euros a las nueve menos cuarto.", "Son 35000 euros a las 8:45."),
        (Language::Fr, "À sept heures et demie, quatre-vingt-douze ans.", "À 7:30, 92 ans."),
        (Language::De, "Um halb acht, zweihundertfünf Leute.", "Um 7:30, 205 Leute."),
        (Language::De, "Um halb eins.", "Um 12:30."),
        (Language::Zh, "七点半，二百零五个人。", "7:30，205个人。"),
    ] {
        assert_eq!(in_digits(text, language).as_deref(), Some(wanted));
    }
    assert_eq!(in_digits("I have 25 dogs, two cats and one half.", Language::En), None);
}

fn changes(from: (&str, Language), to: (&str, Language)) -> (Vec<String>, Vec<String>) {
    let found = compare(from, to);
    (found.lost, found.added)
}

#[test]
fn a_number_is_kept_in_either_form() {
    for (english, other) in [
        ("twenty-three cats", ("23 gatos", Language::Es)),
        ("23 cats", ("veintitrés gatos", Language::Es)),
        ("1,250 people for $3.50", ("1.250 personas por $3,50", Language::Es)),
        ("one dog", ("el perro", Language::Es)),
        ("At half past seven.", ("Um halb acht.", Language::De)),
        ("At half past seven.", ("A las 7:30.", Language::Es)),
        ("At 7:30.", ("Um 7.30 Uhr.", Language::De)),
        ("At 7 pm.", ("Um 19 Uhr.", Language::De)),
        ("At seven thirty.", ("七点半。", Language::Zh)),
        ("At a quarter to one.", ("差一刻一点。", Language::Zh)),
        ("At half past twelve.", ("Um halb eins.", Language::De)),
        ("Ten to nine.", ("差十分九点。", Language::Zh)),
        ("He works from nine to five.", ("Trabaja de nueve a cinco.", Language::Es)),
        ("Thirty minutes.", ("Eine halbe Stunde.", Language::De)),
        ("Both of them.", ("Los dos.", Language::Es)),
        ("Room 1 2 3 4", ("Zimmer 1234", Language::De)),
        ("I bought a book.", ("我买了1本书。", Language::Zh)),
        ("The 1st of May.", ("El primero de mayo.", Language::Es)),
        ("At 7:30.", ("A las siete treinta a. m.", Language::Es)),
        ("The four of us.", ("Zu viert.", Language::De)),
        ("It costs three euros fifty.", ("三块五。", Language::Zh)),
    ] {
        assert_eq!(changes((english, Language::En), other), (vec![], vec![]), "{english} {other:?}");
        assert_eq!(changes(other, (english, Language::En)), (vec![], vec![]), "{other:?} {english}");
    }
}

#[test]
fn a_number_that_changed_is_lost_and_added() {
    let lost = |n: &str, m: &str| (vec![n.to_owned()], vec![m.to_owned()]);
    let en = Language::En;
    assert_eq!(changes(("23 cats and 4 dogs", en), ("24 gatos y 4 perros", Language::Es)), lost("23", "24"));
    assert_eq!(changes(("At half past seven.", en), ("Um halb sieben.", Language::De)), lost("7:30", "6:30"));
    assert_eq!(changes(("Ten to nine.", en), ("Las nueve y diez.", Language::Es)).0, ["8:50"]);
    assert_eq!(changes(("Ten to nine.", en), ("Sale a las nueve y diez.", Language::Es)), lost("8:50", "9:10"));
    assert_eq!(changes(("Ten past six.", en), ("À dix heures et six heures.", Language::Fr)).0, ["6:10"]);
    assert_eq!(changes(("Eleven kilos.", en), ("Elfeln.", Language::De)).0, ["11"]);
    assert_eq!(changes(("A seven-year-old.", en), ("Ein Siebenjähriger.", Language::De)).0, [] as [&str; 0]);
    assert_eq!(changes(("Twelve hundred.", en), ("Doce cien.", Language::Es)).0, ["1200"]);
    assert_eq!(changes(("Take 1 pill.", en), ("Tome pastillas.", Language::Es)).0, ["1"]);
    assert_eq!(changes(("Ten to ten.", en), ("A las diez.", Language::Es)).0, ["9:50"]);
    assert_eq!(changes(("I need half an hour.", en), ("Necesito una hora.", Language::Es)).0, ["0.5"]);
    assert_eq!(changes(("2 pills", en), ("12 pastillas", Language::Es)), lost("2", "12"));
    assert_eq!(changes(("Take one tablet.", en), ("Tome dos tabletas.", Language::Es)).1, ["2"]);
}

proptest::proptest! {
    #[test]
    fn digits_always_find_themselves(a in 2u32..1_000_000, b in 2u32..100) {
        let text = format!("x {a} y {b}, z");
        let found = compare((&text, Language::En), (&text, Language::Es));
        proptest::prop_assert!(found == Changes::default(), "{found:?}");
    }

    #[test]
    fn nothing_makes_it_fail(text in "\\PC{0,60}", zh in "[一二三十百千万半点块毛差分两零个月0-9.：]{0,12}") {
        for language in Language::ALL {
            in_digits(&text, language);
            in_digits(&zh, language);
        }
    }
}
