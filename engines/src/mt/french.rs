//! What is put right in Apertium's French.
//!
//! Portuguese and Catalan address somebody politely in the third person ("você pode", "vostè pot"), and that is how Apertium leaves the verb:
//! "vous peut". French has the second of many. And of a Catalan time of day, "les 7:30", it makes "7 heures:30", of a lone "I" (and) a numeral.

use super::token::{Token, capitalise};

/// Words before which "vous" begins what is said of it; before it anything else is taken for the subject: "je vous prie".
const JOINTS: [&str; 15] = [
    "que", "qu'", "si", "quand", "où", "et", "mais", "ou", "comme", "lorsque", "car", "dont", "donc", "puisque",
    "pourtant",
];

/// What may stand between the subject and its verb.
const BETWEEN: [&str; 17] = [
    "ne", "me", "nous", "le", "la", "les", "lui", "leur", "y", "en", "se", "aussi", "encore", "déjà", "toujours",
    "souvent", "jamais",
];

/// Verbs, third person and second of many, that follow no rule of [`ENDINGS`].
const VERBS: [(&str, &str); 42] = [
    ("a", "avez"),
    ("ait", "ayez"),
    ("apprend", "apprenez"),
    ("attend", "attendez"),
    ("boit", "buvez"),
    ("choisit", "choisissez"),
    ("comprend", "comprenez"),
    ("connaît", "connaissez"),
    ("conduit", "conduisez"),
    ("croit", "croyez"),
    ("descend", "descendez"),
    ("devient", "devenez"),
    ("dit", "dites"),
    ("doit", "devez"),
    ("dort", "dormez"),
    ("écrit", "écrivez"),
    ("entend", "entendez"),
    ("est", "êtes"),
    ("fait", "faites"),
    ("finit", "finissez"),
    ("lit", "lisez"),
    ("met", "mettez"),
    ("part", "partez"),
    ("perd", "perdez"),
    ("permet", "permettez"),
    ("peut", "pouvez"),
    ("prend", "prenez"),
    ("reçoit", "recevez"),
    ("rend", "rendez"),
    ("répond", "répondez"),
    ("revient", "revenez"),
    ("sait", "savez"),
    ("sent", "sentez"),
    ("soit", "soyez"),
    ("sort", "sortez"),
    ("suit", "suivez"),
    ("tient", "tenez"),
    ("va", "allez"),
    ("veuille", "vouliez"),
    ("veut", "voulez"),
    ("vient", "venez"),
    ("voit", "voyez"),
];

/// Words that end like verbs, and may follow a "vous" of which nothing is said.
const NO_VERBS: [&str; 22] = [
    "autre", "ce", "cette", "chaque", "comme", "contre", "de", "elle", "encore", "entre", "ensemble", "je", "me",
    "même", "notre", "parce", "que", "quelque", "sous", "te", "une", "votre",
];

/// Endings of regular forms: future, conditional and imperfect, present of the first conjugation.
const ENDINGS: [(&str, &str); 4] = [("era", "erez"), ("ra", "rez"), ("ait", "iez"), ("e", "ez")];

/// Puts right what is known of it.
pub(super) fn finish(sentence: &mut Vec<Token>) {
    agree(sentence);
    tell_the_time(sentence);
    // A Catalan "and" of which no more is known yet is taken for a numeral.
    if let [only] = &mut sentence[..]
        && only.text == "Ier"
    {
        "Et".clone_into(&mut only.text);
    }
}

/// Gives each verb whose subject is "vous" the form that goes with it.
fn agree(sentence: &mut [Token]) {
    for at in 0..sentence.len() {
        let before = at.checked_sub(1).map(|before| sentence[before].text.to_lowercase());
        let is_subject = before.is_none_or(|b| !b.starts_with(char::is_alphanumeric) || JOINTS.contains(&&*b));
        let (elided, word) = apart(&sentence[at].text);
        if word.to_lowercase() != "vous" || !(is_subject || JOINTS.contains(&&*elided.to_lowercase())) {
            continue;
        }
        for token in &mut sentence[at + 1..] {
            if token.text == "se" {
                "vous".clone_into(&mut token.text);
            } else if !BETWEEN.contains(&&*token.text) {
                if let Some(verb) = second(&token.text) {
                    token.text = verb;
                }
                break;
            }
        }
    }
}

/// Writes times of day as French does: "7 heures 30".
fn tell_the_time(sentence: &mut Vec<Token>) {
    let is_minutes = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    let colon = |three: &[Token]| {
        matches!(&*three[0].text, "heure" | "heures") && three[1].text == ":" && is_minutes(&three[2].text)
    };
    while let Some(at) = sentence.windows(3).position(colon) {
        sentence.remove(at + 1);
        sentence[at + 1].spaced = true;
    }
}

/// The second person of many of a verb in the third of one; none where it has another form.
fn second(text: &str) -> Option<String> {
    let (elided, verb) = apart(text);
    let lower = verb.to_lowercase();
    if NO_VERBS.contains(&&*lower) {
        return None;
    }
    let irregular = VERBS.iter().find(|(third, _)| *third == lower).map(|(_, second)| (*second).to_owned());
    let regular = || ENDINGS.iter().find_map(|(third, second)| Some(format!("{}{second}", lower.strip_suffix(third)?)));
    let verb = irregular.or_else(regular)?;
    // "s'est" goes with "vous" too.
    let elided = if elided == "s'" { "vous " } else { elided };
    Some(if text.starts_with(char::is_uppercase) { capitalise(&verb) } else { format!("{elided}{verb}") })
}

/// A word and what is elided before it, with the apostrophe: "n'" and "est".
fn apart(text: &str) -> (&str, &str) {
    text.split_at(text.rfind('\'').map_or(0, |at| at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mt::token::{join, tokens};

    #[test]
    fn a_verb_goes_with_its_polite_subject_and_no_other() {
        for (said, wanted) in [
            ("Vous a installé le programme.", "Vous avez installé le programme."),
            ("Quand vous est ici, vous ne peut pas sortir.", "Quand vous êtes ici, vous ne pouvez pas sortir."),
            ("Vous n'est pas seul.", "Vous n'êtes pas seul."),
            ("Vous s'est trompé.", "Vous vous êtes trompé."),
            ("Vous se trompe.", "Vous vous trompez."),
            ("Vous pourrait me dire si vous encore l'écoutera ?", "Vous pourriez me dire si vous encore l'écouterez ?"),
            ("Je crois qu'vous doit partir.", "Je crois qu'vous devez partir."),
            ("Je vous prie de marquer.", "Je vous prie de marquer."),
            ("Cela vous aide.", "Cela vous aide."),
            ("Vous avez raison.", "Vous avez raison."),
            ("Pour vous", "Pour vous"),
            ("Il vient avec elle et vous parce qu'il pleut.", "Il vient avec elle et vous parce qu'il pleut."),
        ] {
            let mut sentence = tokens(said);
            agree(&mut sentence);
            assert_eq!(join(&sentence), wanted);
        }
    }

    #[test]
    fn times_and_a_lone_and_are_french() {
        for (said, wanted) in [
            ("Le train part à 8 heures:45.", "Le train part à 8 heures 45."),
            ("De 1 heure:05 à 2 heures:10.", "De 1 heure 05 à 2 heures 10."),
            ("Les heures: 7 et 8.", "Les heures: 7 et 8."),
            ("Ier", "Et"),
            ("François Ier", "François Ier"),
        ] {
            let mut sentence = tokens(said);
            finish(&mut sentence);
            assert_eq!(join(&sentence), wanted);
        }
    }
}
