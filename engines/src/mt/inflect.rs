//! Pairs the forms of a Portuguese word with those of its Spanish counterpart.
//!
//! Only regular inflection: a word that inflects otherwise is listed form by form in the lexicon.

/// Verb endings of the three conjugations, Portuguese then Spanish; row n means the same in each. Under subjunctive
/// past (`asse`) Spanish has one of its two forms; the last two rows are the personal infinitive, which it has not.
const AR: &str = "ar ar|o o|as as|a a|amos amos|am an|ei é|aste aste|ou ó|aram aron|ava aba|avas abas|ávamos ábamos|\
    avam aban|e e|es es|emos emos|em en|ando ando|ado ado|ada ada|ados ados|adas adas|asse ara|\
    ássemos áramos|assem aran|arei aré|ará ará|aremos aremos|arão arán|aria aría|aríamos aríamos|\
    ariam arían|armos ar|arem ar";
const ER: &str = "er er|o o|es es|e e|emos emos|em en|i í|este iste|eu ió|eram ieron|ia ía|ias ías|íamos íamos|iam ían|a a|\
    as as|amos amos|am an|endo iendo|ido ido|ida ida|idos idos|idas idas|esse iera|êssemos iéramos|\
    essem ieran|erei eré|erá erá|eremos eremos|erão erán|eria ería|eríamos eríamos|eriam erían|ermos er|\
    erem er";
const IR: &str = "ir ir|o o|es es|e e|imos imos|em en|i í|iste iste|iu ió|iram ieron|ia ía|ias ías|íamos íamos|iam ían|a a|\
    as as|amos amos|am an|indo iendo|ido ido|ida ida|idos idos|idas idas|isse iera|íssemos iéramos|\
    issem ieran|irei iré|irá irá|iremos iremos|irão irán|iria iría|iríamos iríamos|iriam irían|irmos ir|\
    irem ir";

/// Spanish endings on which the stem is stressed, where a stem that changes its vowel does so.
const STRESSED_STEM: [&str; 6] = ["o", "as", "a", "an", "e", "en"];

/// The forms of a verb; `changed` is the Spanish stem under stress, where it differs (`cierr` of `cerrar`).
pub(super) fn verb(portuguese: &str, spanish: &str, changed: Option<&str>) -> Vec<(String, String)> {
    let Some((stem_pt, class_pt)) = cut(portuguese, 2) else { return Vec::new() };
    let Some((stem_es, class_es)) = cut(spanish, 2) else { return Vec::new() };
    let (Some(of_pt), Some(of_es)) = (endings(class_pt), endings(class_es)) else { return Vec::new() };
    // Row n means the same in every conjugation.
    of_pt
        .iter()
        .zip(&of_es)
        .map(|((pt, _), (_, es))| {
            let stem = changed.filter(|_| STRESSED_STEM.contains(es)).unwrap_or(stem_es);
            (spell_portuguese(stem_pt, pt), spell_spanish(stem, es))
        })
        .collect()
}

/// The singular and the plural of a noun.
pub(super) fn noun(portuguese: &str, spanish: &str) -> Vec<(String, String)> {
    vec![(portuguese.to_owned(), spanish.to_owned()), (plural_portuguese(portuguese), plural_spanish(spanish))]
}

/// The forms of an adjective: four where it ends in -o, two otherwise.
pub(super) fn adjective(portuguese: &str, spanish: &str) -> Vec<(String, String)> {
    let feminine = |word: &str| match (word.strip_suffix('o'), word.strip_suffix("ês"), word.strip_suffix("és")) {
        (Some(stem), _, _) => format!("{stem}a"),
        (_, Some(stem), _) | (_, _, Some(stem)) => format!("{stem}esa"),
        _ => word.to_owned(),
    };
    let mut forms = noun(portuguese, spanish);
    let feminine_pt = feminine(portuguese);
    if feminine_pt != portuguese {
        forms.extend(noun(&feminine_pt, &feminine(spanish)));
    }
    forms
}

fn endings(class: &str) -> Option<Vec<(&'static str, &'static str)>> {
    let table = match class {
        "ar" => AR,
        "er" => ER,
        "ir" => IR,
        _ => return None,
    };
    Some(table.split('|').filter_map(|row| row.trim().split_once(' ')).collect())
}

/// The last `n` letters cut off, where there is something before them.
fn cut(word: &str, n: usize) -> Option<(&str, &str)> {
    word.len().checked_sub(n).filter(|at| *at > 0 && word.is_char_boundary(*at)).map(|at| word.split_at(at))
}

/// Keeps the sound of the stem's last consonant before e: fico, fique; ligo, ligue; caço, cace.
fn spell_portuguese(stem: &str, ending: &str) -> String {
    let soft = ending.starts_with(['e', 'é', 'ê']);
    match stem {
        s if soft && s.ends_with('c') => format!("{}qu{ending}", &s[..s.len() - 1]),
        s if soft && s.ends_with('g') => format!("{s}u{ending}"),
        s if soft && s.ends_with('ç') => format!("{}c{ending}", s.trim_end_matches('ç')),
        s => format!("{s}{ending}"),
    }
}

/// The same in Spanish: toco, toque; llego, llegue; abrazo, abrace.
fn spell_spanish(stem: &str, ending: &str) -> String {
    let soft = ending.starts_with(['e', 'é']);
    match stem {
        s if soft && s.ends_with('c') => format!("{}qu{ending}", &s[..s.len() - 1]),
        s if soft && s.ends_with('g') => format!("{s}u{ending}"),
        s if soft && s.ends_with('z') => format!("{}c{ending}", &s[..s.len() - 1]),
        s => format!("{s}{ending}"),
    }
}

fn plural_portuguese(word: &str) -> String {
    let with = |cut: &str, ending: &str| format!("{}{ending}", word.strip_suffix(cut).unwrap_or(word));
    match word {
        w if w.ends_with("ão") => with("ão", "ões"),
        w if w.ends_with("ável") => with("ável", "áveis"),
        w if w.ends_with("ível") => with("ível", "íveis"),
        w if w.ends_with("il") => with("il", "is"),
        w if w.ends_with("ol") => with("ol", "óis"),
        w if w.ends_with("el") => with("el", "éis"),
        w if w.ends_with('l') => with("l", "is"),
        w if w.ends_with('m') => with("m", "ns"),
        w if w.ends_with("ês") => with("ês", "eses"),
        w if w.ends_with(['r', 'z']) => format!("{w}es"),
        w if w.ends_with('s') => w.to_owned(),
        w => format!("{w}s"),
    }
}

fn plural_spanish(word: &str) -> String {
    let with = |cut: &str, ending: &str| format!("{}{ending}", word.strip_suffix(cut).unwrap_or(word));
    // In a phrase the first word takes the number: corrida de toros, corridas de toros.
    if let Some((head, rest)) = word.split_once(' ') {
        return format!("{} {rest}", plural_spanish(head));
    }
    match word {
        w if w.ends_with("ón") => with("ón", "ones"),
        w if w.ends_with("ín") => with("ín", "ines"),
        w if w.ends_with("án") => with("án", "anes"),
        w if w.ends_with("és") => with("és", "eses"),
        w if w.ends_with('z') => with("z", "ces"),
        w if w.ends_with(['a', 'e', 'i', 'o', 'u', 'á', 'é', 'ó']) => format!("{w}s"),
        w if w.ends_with('s') => w.to_owned(),
        w => format!("{w}es"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(forms: &[(String, String)], portuguese: &str) -> Vec<String> {
        forms.iter().filter(|(pt, _)| pt == portuguese).map(|(_, es)| es.clone()).collect()
    }

    #[test]
    fn verbs_keep_tense_person_and_sound() {
        let forms = verb("machucar", "lastimar", None);
        for (pt, es) in [("machucou", "lastimó"), ("machuquei", "lastimé"), ("machucando", "lastimando")] {
            assert_eq!(find(&forms, pt), [es]);
        }
        assert_eq!(find(&verb("abraçar", "abrazar", None), "abracei"), ["abracé"]);
        let forms = verb("trancar", "cerrar", Some("cierr"));
        assert_eq!(
            (find(&forms, "tranca"), find(&forms, "trancamos")),
            (vec!["cierra".into()], vec!["cerramos".into()])
        );
        assert_eq!(find(&verb("tossir", "toser", None), "tossiu"), ["tosió"]);
    }

    #[test]
    fn nouns_and_adjectives_keep_number_and_gender() {
        assert_eq!(find(&noun("amendoim", "cacahuete"), "amendoins"), ["cacahuetes"]);
        assert_eq!(find(&noun("galão", "galón"), "galões"), ["galones"]);
        assert_eq!(find(&adjective("zangado", "enfadado"), "zangadas"), ["enfadadas"]);
        assert_eq!(find(&adjective("amigável", "amistoso"), "amigáveis"), ["amistosos"]);
    }
}
