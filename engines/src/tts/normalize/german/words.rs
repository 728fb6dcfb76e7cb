//! What stands for what in German.

use super::count::One::{self, Before, Feminine};
pub(super) use crate::sentences::GERMAN_MONTHS as MONTHS;

pub(super) const DIGITS: [&str; 10] =
    ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"];

/// Abbreviations that end in a dot, and what they stand for.
pub(super) const ABBREVIATIONS: [(&str, &str); 50] = [
    ("Dr", "Doktor"),
    ("Prof", "Professor"),
    ("Hr", "Herr"),
    ("Hrn", "Herrn"),
    ("Fr", "Frau"),
    ("St", "Sankt"),
    ("Str", "Straße"),
    ("Pl", "Platz"),
    ("Nr", "Nummer"),
    ("Tel", "Telefon"),
    ("usw", "und so weiter"),
    ("usf", "und so fort"),
    ("etc", "et cetera"),
    ("bzw", "beziehungsweise"),
    ("ca", "circa"),
    ("evtl", "eventuell"),
    ("ggf", "gegebenenfalls"),
    ("inkl", "inklusive"),
    ("exkl", "exklusive"),
    ("zzgl", "zuzüglich"),
    ("abzgl", "abzüglich"),
    ("vgl", "vergleiche"),
    ("max", "maximal"),
    ("min", "mindestens"),
    ("mind", "mindestens"),
    ("sog", "sogenannte"),
    ("geb", "geboren"),
    ("gest", "gestorben"),
    ("Abb", "Abbildung"),
    ("Abs", "Absatz"),
    ("Art", "Artikel"),
    ("Bd", "Band"),
    ("Kap", "Kapitel"),
    ("Jh", "Jahrhundert"),
    ("Std", "Stunden"),
    ("Min", "Minuten"),
    ("Sek", "Sekunden"),
    ("Stk", "Stück"),
    ("MwSt", "Mehrwertsteuer"),
    ("Mio", "Millionen"),
    ("Mrd", "Milliarden"),
    ("Tsd", "Tausend"),
    ("Jan", "Januar"),
    ("Feb", "Februar"),
    ("Apr", "April"),
    ("Aug", "August"),
    ("Sept", "September"),
    ("Okt", "Oktober"),
    ("Nov", "November"),
    ("Dez", "Dezember"),
];

/// Abbreviations of two letters with a dot each.
pub(super) const PAIRS: [(&str, &str); 10] = [
    ("z. B.", "zum Beispiel"),
    ("d. h.", "das heißt"),
    ("u. a.", "unter anderem"),
    ("o. Ä.", "oder Ähnliches"),
    ("u. Ä.", "und Ähnliches"),
    ("i. d. R.", "in der Regel"),
    ("z. T.", "zum Teil"),
    ("v. a.", "vor allem"),
    ("v. Chr.", "vor Christus"),
    ("n. Chr.", "nach Christus"),
];

/// Unit, one of it, several of it, and how one is said before it.
pub(super) const UNITS: [(&str, &str, &str, One); 32] = [
    ("km/h", "Kilometer pro Stunde", "Kilometer pro Stunde", Before),
    ("km²", "Quadratkilometer", "Quadratkilometer", Before),
    ("m²", "Quadratmeter", "Quadratmeter", Before),
    ("qm", "Quadratmeter", "Quadratmeter", Before),
    ("m³", "Kubikmeter", "Kubikmeter", Before),
    ("km", "Kilometer", "Kilometer", Before),
    ("cm", "Zentimeter", "Zentimeter", Before),
    ("mm", "Millimeter", "Millimeter", Before),
    ("m", "Meter", "Meter", Before),
    ("kg", "Kilogramm", "Kilogramm", Before),
    ("mg", "Milligramm", "Milligramm", Before),
    ("g", "Gramm", "Gramm", Before),
    ("cl", "Zentiliter", "Zentiliter", Before),
    ("ml", "Milliliter", "Milliliter", Before),
    ("l", "Liter", "Liter", Before),
    ("L", "Liter", "Liter", Before),
    ("h", "Stunde", "Stunden", Feminine),
    ("Std.", "Stunde", "Stunden", Feminine),
    ("Min.", "Minute", "Minuten", Feminine),
    ("min", "Minute", "Minuten", Feminine),
    ("s", "Sekunde", "Sekunden", Feminine),
    ("ms", "Millisekunde", "Millisekunden", Feminine),
    ("kWh", "Kilowattstunde", "Kilowattstunden", Feminine),
    ("kW", "Kilowatt", "Kilowatt", Before),
    ("PS", "PS", "PS", Before),
    ("GB", "Gigabyte", "Gigabyte", Before),
    ("MB", "Megabyte", "Megabyte", Before),
    ("ha", "Hektar", "Hektar", Before),
    ("°C", "Grad", "Grad", Before),
    ("°F", "Grad Fahrenheit", "Grad Fahrenheit", Before),
    ("°", "Grad", "Grad", Before),
    ("%", "Prozent", "Prozent", Before),
];

/// Sign or code, the whole, the hundredth.
pub(super) const CURRENCIES: [(&str, &str, &str); 9] = [
    ("€", "Euro", "Cent"),
    ("EUR", "Euro", "Cent"),
    ("$", "Dollar", "Cent"),
    ("USD", "Dollar", "Cent"),
    ("£", "Pfund", "Pence"),
    ("GBP", "Pfund", "Pence"),
    ("CHF", "Franken", "Rappen"),
    ("¥", "Yen", "Sen"),
    ("JPY", "Yen", "Sen"),
];

/// The letters' names, spelled so that every voice says them right.
pub(super) const LETTERS: [(char, &str); 30] = [
    ('a', "ah"),
    ('ä', "äh"),
    ('b', "beh"),
    ('c', "zeh"),
    ('d', "deh"),
    ('e', "eh"),
    ('f', "eff"),
    ('g', "geh"),
    ('h', "hah"),
    ('i', "ih"),
    ('j', "jott"),
    ('k', "kah"),
    ('l', "ell"),
    ('m', "emm"),
    ('n', "enn"),
    ('o', "oh"),
    ('ö', "öh"),
    ('p', "peh"),
    ('q', "kuh"),
    ('r', "err"),
    ('s', "ess"),
    ('ß', "eszett"),
    ('t', "teh"),
    ('u', "uh"),
    ('ü', "üh"),
    ('v', "fau"),
    ('w', "weh"),
    ('x', "ix"),
    ('y', "üpsilon"),
    ('z', "zett"),
];

/// Short words in capitals that are read and not spelled: acronyms, and what is written so for emphasis.
pub(super) const READ: [&str; 20] = [
    "UNO", "TÜV", "AIDS", "BILD", "NEIN", "JA", "NIE", "NUR", "KEIN", "SEHR", "STOP", "HALT", "ALLE", "VIEL", "DAS",
    "DER", "DIE", "SIE", "ICH", "WAS",
];

/// Words without a vowel that are said as they are.
pub(super) const SOUNDS: [&str; 8] = ["hm", "hmm", "mhm", "pst", "psst", "brr", "tss", "sch"];

/// What an ordinal ends in behind these words; behind all others that end in "en" or "em", and behind prepositions, in "en".
pub(super) const ENDINGS: [(&str, &str); 24] = [
    ("der", "e"),
    ("die", "e"),
    ("das", "e"),
    ("ins", "e"),
    ("eine", "e"),
    ("meine", "e"),
    ("deine", "e"),
    ("seine", "e"),
    ("ihre", "e"),
    ("unsere", "e"),
    ("keine", "e"),
    ("diese", "e"),
    ("dieser", "e"),
    ("dieses", "e"),
    ("jede", "e"),
    ("jeder", "e"),
    ("jedes", "e"),
    ("ein", "er"),
    ("mein", "er"),
    ("dein", "er"),
    ("sein", "er"),
    ("unser", "er"),
    ("ihr", "er"),
    ("kein", "er"),
];

/// Words before a date or a place in a row that make its ordinal end in "en".
pub(super) const OBLIQUE: [&str; 19] = [
    "am", "im", "vom", "zum", "zur", "beim", "den", "dem", "des", "ab", "bis", "seit", "vor", "nach", "und", "unterm",
    "fürs", "aufs", "überm",
];

/// Prepositions that make a following "der" a dative: in der zweiten Klasse.
pub(super) const DATIVE: [&str; 14] =
    ["in", "an", "auf", "aus", "bei", "mit", "nach", "seit", "von", "zu", "vor", "hinter", "unter", "neben"];

/// What is numbered: the number is not one of what follows (Gleis eins), and its dot ends a sentence.
pub(super) const NUMBERED: [&str; 17] = [
    "Nummer",
    "Zimmer",
    "Gleis",
    "Seite",
    "Kapitel",
    "Linie",
    "Bus",
    "Hausnummer",
    "Raum",
    "Tor",
    "Platz",
    "Punkt",
    "Halle",
    "Terminal",
    "Schalter",
    "Tisch",
    "Band",
];

/// More words behind which the dot after a number ends a sentence.
pub(super) const COUNTED: [&str; 4] = ["Nr.", "sind", "ist", "sie"];

/// Words with which sentences begin, so that the number before them was the end of one.
pub(super) const OPENERS: [&str; 56] = [
    "Ich", "Du", "Er", "Sie", "Es", "Wir", "Ihr", "Der", "Die", "Das", "Den", "Dem", "Ein", "Eine", "Mein", "Meine",
    "Dein", "Deine", "Unser", "Unsere", "Und", "Aber", "Oder", "Denn", "Dann", "Da", "Dort", "Hier", "Danach", "Wenn",
    "Weil", "Wo", "Wie", "Was", "Wer", "Wann", "Warum", "Bitte", "Danke", "Ja", "Nein", "Nicht", "Im", "In", "Am",
    "An", "Auf", "Bei", "Mit", "Nach", "Vor", "Heute", "Morgen", "Gestern", "Jetzt", "Können",
];

/// Nouns before which one is "eine".
pub(super) const FEMININE: [&str; 40] = [
    "Stunde",
    "Minute",
    "Sekunde",
    "Woche",
    "Nacht",
    "Person",
    "Frau",
    "Tablette",
    "Tasse",
    "Flasche",
    "Karte",
    "Seite",
    "Straße",
    "Station",
    "Haltestelle",
    "Million",
    "Milliarde",
    "Portion",
    "Scheibe",
    "Dose",
    "Kugel",
    "Packung",
    "Schachtel",
    "Kapsel",
    "Etage",
    "Klasse",
    "Nummer",
    "Frage",
    "Tochter",
    "Schwester",
    "Katze",
    "Reise",
    "Fahrt",
    "Tonne",
    "Meile",
    "Krone",
    "Rupie",
    "Übernachtung",
    "Tafel",
    "Tüte",
];

/// Female rulers, who are "die".
pub(super) const QUEENS: [&str; 8] =
    ["Elisabeth", "Elizabeth", "Katharina", "Margarethe", "Beatrix", "Victoria", "Viktoria", "Maria"];
