//! What stands for what in French.

use super::count::Gender::{self, Feminine, Masculine};

pub(super) const DIGITS: [&str; 10] = ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"];

pub(super) const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// Abbreviations that end in a dot, and what they stand for.
pub(super) const ABBREVIATIONS: [(&str, &str); 26] = [
    ("MM", "messieurs"),
    ("Mme", "madame"),
    ("Mmes", "mesdames"),
    ("Mlle", "mademoiselle"),
    ("Mlles", "mesdemoiselles"),
    ("Dr", "docteur"),
    ("Dre", "docteure"),
    ("Pr", "professeur"),
    ("Prof", "professeur"),
    ("St", "saint"),
    ("Ste", "sainte"),
    ("av", "avenue"),
    ("bd", "boulevard"),
    ("boul", "boulevard"),
    ("tél", "téléphone"),
    ("Tél", "téléphone"),
    ("etc", "et cetera"),
    ("env", "environ"),
    ("max", "maximum"),
    ("num", "numéro"),
    ("janv", "janvier"),
    ("févr", "février"),
    ("juil", "juillet"),
    ("oct", "octobre"),
    ("nov", "novembre"),
    ("déc", "décembre"),
];

/// Titles that are written without a dot.
pub(super) const TITLES: [(&str, &str); 10] = [
    ("Mme", "madame"),
    ("Mmes", "mesdames"),
    ("Mlle", "mademoiselle"),
    ("Mlles", "mesdemoiselles"),
    ("MM", "messieurs"),
    ("Mr", "monsieur"),
    ("Dr", "docteur"),
    ("Pr", "professeur"),
    ("St", "saint"),
    ("Ste", "sainte"),
];

/// Unit, one of it, several of it, and its gender.
pub(super) const UNITS: [(&str, &str, &str, Gender); 29] = [
    ("km/h", "kilomètre par heure", "kilomètres par heure", Masculine),
    ("km²", "kilomètre carré", "kilomètres carrés", Masculine),
    ("m²", "mètre carré", "mètres carrés", Masculine),
    ("m³", "mètre cube", "mètres cubes", Masculine),
    ("km", "kilomètre", "kilomètres", Masculine),
    ("cm", "centimètre", "centimètres", Masculine),
    ("mm", "millimètre", "millimètres", Masculine),
    ("m", "mètre", "mètres", Masculine),
    ("kg", "kilo", "kilos", Masculine),
    ("mg", "milligramme", "milligrammes", Masculine),
    ("g", "gramme", "grammes", Masculine),
    ("cl", "centilitre", "centilitres", Masculine),
    ("ml", "millilitre", "millilitres", Masculine),
    ("l", "litre", "litres", Masculine),
    ("L", "litre", "litres", Masculine),
    ("h", "heure", "heures", Feminine),
    ("min", "minute", "minutes", Feminine),
    ("mn", "minute", "minutes", Feminine),
    ("s", "seconde", "secondes", Feminine),
    ("ms", "milliseconde", "millisecondes", Feminine),
    ("kWh", "kilowatt-heure", "kilowatt-heures", Masculine),
    ("kW", "kilowatt", "kilowatts", Masculine),
    ("Go", "giga-octet", "giga-octets", Masculine),
    ("Mo", "méga-octet", "méga-octets", Masculine),
    ("ha", "hectare", "hectares", Masculine),
    ("°C", "degré", "degrés", Masculine),
    ("°F", "degré Fahrenheit", "degrés Fahrenheit", Masculine),
    ("°", "degré", "degrés", Masculine),
    ("%", "pour cent", "pour cent", Masculine),
];

/// Sign or code, one, several, one hundredth, several hundredths, gender.
pub(super) const CURRENCIES: [(&str, [&str; 4], Gender); 9] = [
    ("€", ["euro", "euros", "centime", "centimes"], Masculine),
    ("EUR", ["euro", "euros", "centime", "centimes"], Masculine),
    ("$", ["dollar", "dollars", "cent", "cents"], Masculine),
    ("USD", ["dollar", "dollars", "cent", "cents"], Masculine),
    ("£", ["livre", "livres", "penny", "pence"], Feminine),
    ("GBP", ["livre", "livres", "penny", "pence"], Feminine),
    ("CHF", ["franc", "francs", "centime", "centimes"], Masculine),
    ("¥", ["yen", "yens", "sen", "sens"], Masculine),
    ("JPY", ["yen", "yens", "sen", "sens"], Masculine),
];

/// The letters' names, spelled so that every voice says them right.
pub(super) const LETTERS: [(char, &str); 28] = [
    ('a', "a"),
    ('b', "bé"),
    ('c', "cé"),
    ('d', "dé"),
    ('e', "eu"),
    ('é', "é"),
    ('è', "è"),
    ('f', "effe"),
    ('g', "gé"),
    ('h', "hache"),
    ('i', "i"),
    ('j', "ji"),
    ('k', "ka"),
    ('l', "elle"),
    ('m', "emme"),
    ('n', "enne"),
    ('o', "o"),
    ('p', "pé"),
    ('q', "ku"),
    ('r', "erre"),
    ('s', "esse"),
    ('t', "té"),
    ('u', "u"),
    ('v', "vé"),
    ('w', "double vé"),
    ('x', "ixe"),
    ('y', "i grec"),
    ('z', "zède"),
];

/// Short words in capitals that are read and not spelled: acronyms, and what is written so for emphasis.
pub(super) const READ: [&str; 16] = [
    "ONU", "NASA", "OPEP", "SIDA", "SMIC", "UEFA", "PACS", "CAF", "NON", "OUI", "STOP", "PAS", "TRÈS", "TOUT", "RIEN",
    "NE",
];

/// Nouns that are feminine though their end does not say so, in the singular.
pub(super) const FEMININE: [&str; 47] = [
    "heure", "minute", "seconde", "semaine", "nuit", "fois", "personne", "chambre", "table", "place", "femme", "page",
    "carte", "lettre", "ligne", "tasse", "chose", "question", "route", "pièce", "porte", "photo", "valise", "banane",
    "dose", "goutte", "pilule", "gélule", "tonne", "livre", "rue", "pomme", "orange", "tranche", "part", "main",
    "dent", "voix", "mère", "sœur", "étoile", "marche", "couronne", "voiture", "clé", "tomate", "église",
];

/// Ends of nouns that are nearly always feminine, in the singular.
pub(super) const FEMININE_ENDS: [&str; 16] = [
    "tion", "sion", "aison", "ette", "elle", "ille", "ance", "ence", "ure", "ée", "ade", "ude", "euse", "trice",
    "esse", "enne",
];

/// Exceptions to these ends.
pub(super) const MASCULINE: [&str; 11] = [
    "lycée",
    "musée",
    "trophée",
    "mausolée",
    "silence",
    "squelette",
    "stade",
    "grade",
    "gorille",
    "mille",
    "quadrille",
];
