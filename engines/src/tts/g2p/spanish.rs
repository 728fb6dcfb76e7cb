//! Spanish spelling to phonemes, in the symbols that Kokoro was trained on.
//!
//! Spanish spelling fixes the pronunciation, so rules do what a dictionary does elsewhere. Kokoro's Spanish voices
//! learned from the transcriptions of espeak-ng (voice `es`, Castilian), and these rules follow its habits: where the
//! stress marks stand, which diphthongs are one symbol, where `b d g` soften, where `n` takes the place of what
//! follows. `tests/data/espeak.es.tsv` holds them to it.

/// Words that carry no stress within a sentence: articles, clitics, prepositions, conjunctions.
const UNSTRESSED: &[&str] = &[
    "a", "al", "con", "de", "del", "e", "el", "en", "la", "las", "le", "les", "lo", "los", "me", "mi", "mis", "nos",
    "o", "os", "por", "que", "quien", "se", "si", "sin", "su", "sus", "te", "tras", "tu", "tus", "u", "y",
];

/// Words of two syllables and more that are only lightly stressed within a sentence.
const LIGHT: &[&str] = &[
    "ante", "aunque", "bajo", "como", "cuando", "cuanto", "desde", "donde", "entre", "hacia", "hasta", "mientras",
    "nuestra", "nuestras", "nuestro", "nuestros", "para", "pero", "porque", "sobre", "vuestra", "vuestras", "vuestro",
    "vuestros",
];

/// A sound within a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    /// A consonant or semivowel, by its symbol.
    Consonant(char),
    /// The middle of a syllable; `accent` where the spelling marks it.
    Nucleus { vowel: char, accent: bool },
    /// An `i` or `u` that spelling counts as a semivowel but that the sounds before it make a syllable (cliente).
    Loosened(char),
    /// The weak end of a diphthong: `i` or `u`.
    Offglide(char),
}
use Sound::{Consonant, Loosened, Nucleus, Offglide};

/// A letter on its way to a sound: consonants are already symbols, vowels still wait for their neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    Consonant(char),
    Vowel {
        vowel: char,
        accent: bool,
    },
    /// The silent `h`, which keeps two vowels apart.
    Silent,
}

/// Where a word stands: what its first and last sounds lean on.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// Last symbol spoken before it without a pause.
    before: Option<char>,
    /// First symbol of what follows without a pause.
    after: Option<char>,
    /// Whether a word of [`UNSTRESSED`] or [`LIGHT`] keeps its full stress: the only or last word before a pause.
    prominent: bool,
}

/// Phonemes of `text`, which is plain words and punctuation (see [`super::super::normalize`]). Characters that Spanish
/// cannot pronounce are left out.
#[must_use]
pub fn phonemes(text: &str) -> String {
    let mut output = String::new();
    let mut before = None;
    let tokens: Vec<&str> = tokens(text);
    for (at, token) in tokens.iter().enumerate() {
        let first = token.chars().next().unwrap_or(' ');
        if !first.is_alphabetic() {
            if first != ' ' {
                before = None;
            }
            // The voices never learned the marks that open a question or an exclamation.
            if !matches!(first, '¿' | '¡') {
                output.push_str(token);
            }
            continue;
        }
        let next_word = match (tokens.get(at + 1), tokens.get(at + 2)) {
            (Some(&" "), Some(word)) if word.chars().next().is_some_and(char::is_alphabetic) => Some(*word),
            _ => None,
        };
        let place = Place {
            before,
            after: next_word.and_then(|w| initial(&letters(&w.to_lowercase()))),
            prominent: next_word.is_none(),
        };
        let spoken = word_phonemes(&token.to_lowercase(), place);
        before = spoken.chars().next_back();
        output.push_str(&spoken);
    }
    output
}

/// Splits into words, single spaces and punctuation marks.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut previous = None;
    for (at, c) in text.char_indices() {
        let class = if c.is_alphabetic() {
            0
        } else if c.is_whitespace() {
            1
        } else {
            2
        };
        if previous.is_some_and(|p| p != class || class == 2) {
            tokens.push(&text[start..at]);
            start = at;
        }
        previous = Some(class);
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens.into_iter().map(|t| if t.trim().is_empty() { " " } else { t }).collect()
}

fn word_phonemes(word: &str, place: Place) -> String {
    let letters = letters(word);
    let sounds = sounds(&letters);
    let nuclei: Vec<usize> = (0..sounds.len()).filter(|&i| matches!(sounds[i], Nucleus { .. } | Loosened(_))).collect();
    let stresses = stresses(word, &sounds, &nuclei, place.prominent);
    render(&sounds, &stresses, adverb(word), place)
}

/// Whether the word is an adverb in -mente, which is stressed twice.
fn adverb(word: &str) -> bool {
    word.strip_suffix("mente").is_some_and(|base| base.chars().filter(|c| vowel(*c).is_some()).count() >= 2)
}

/// The plain vowel of a letter and whether it bears an accent.
fn vowel(letter: char) -> Option<(char, bool)> {
    Some(match letter {
        'a' | 'e' | 'i' | 'o' | 'u' => (letter, false),
        'á' => ('a', true),
        'é' => ('e', true),
        'í' => ('i', true),
        'ó' => ('o', true),
        'ú' => ('u', true),
        'ü' => ('u', false),
        'à' | 'â' | 'ä' | 'ã' | 'å' => ('a', false),
        'è' | 'ê' | 'ë' => ('e', false),
        'ì' | 'î' | 'ï' => ('i', false),
        'ò' | 'ô' | 'ö' | 'õ' | 'ø' => ('o', false),
        'ù' | 'û' => ('u', false),
        _ => return None,
    })
}

fn letters(word: &str) -> Vec<Letter> {
    let word: Vec<char> = word.chars().collect();
    let at = |i: usize| word.get(i).copied().unwrap_or(' ');
    let front = |c: char| matches!(vowel(c), Some(('e' | 'i', _)));
    let mut letters = Vec::with_capacity(word.len());
    let mut i = 0;
    while i < word.len() {
        let (here, next) = (word[i], at(i + 1));
        let previous = if i == 0 { ' ' } else { word[i - 1] };
        let (symbols, used): (&[char], usize) = match here {
            _ if let Some((vowel, accent)) = vowel(here) => {
                letters.push(Letter::Vowel { vowel, accent });
                i += 1;
                continue;
            }
            'h' => {
                letters.push(Letter::Silent);
                i += 1;
                continue;
            }
            'y' if i + 1 == word.len()
                || (vowel(next).is_none() && vowel(previous).is_some())
                || vowel(next).is_none() =>
            {
                letters.push(Letter::Vowel { vowel: 'i', accent: false });
                i += 1;
                continue;
            }
            'y' => (&['ʝ'], 1),
            'c' if next == 'h' => (&['ʧ'], 2),
            'c' if front(next) => (&['θ'], 1),
            'c' => (&['k'], if next == 'k' { 2 } else { 1 }),
            'ç' => (&['s'], 1),
            'z' => (&['θ'], if next == 'z' { 2 } else { 1 }),
            'q' if next == 'u' && front(at(i + 2)) => (&['k'], 2),
            'q' | 'k' => (&['k'], 1),
            'g' if next == 'u' && front(at(i + 2)) => (&['ɡ'], 2),
            'g' if front(next) => (&['x'], 1),
            'g' => (&['ɡ'], 1),
            'j' => (&['x'], 1),
            'x' => (&['k', 's'], 1),
            'l' if next == 'l' && i + 2 < word.len() => (&['ʎ'], 2),
            'l' => (&['l'], if next == 'l' { 2 } else { 1 }),
            'ñ' => (&['ɲ'], 1),
            'r' if next == 'r' => (&['r'], 2),
            'r' if i == 0 || matches!(previous, 'n' | 'l' | 's') => (&['r'], 1),
            'r' => (&['ɾ'], 1),
            'p' if next == 't' => (&['p', 'ː'], 1),
            'p' if next == 'h' => (&['f'], 2),
            't' if next == 'h' => (&['t'], 2),
            's' if next == 'h' && i == 0 => (&['ʃ'], 2),
            'b' | 'v' => (&['b'], 1),
            'd' => (&['d'], 1),
            'f' => (&['f'], if next == 'f' { 2 } else { 1 }),
            'm' => (&['m'], 1),
            'n' => (&['n'], 1),
            'p' => (&['p'], if next == 'p' { 2 } else { 1 }),
            's' => (&['s'], if next == 's' { 2 } else { 1 }),
            't' => (&['t'], if next == 't' { 2 } else { 1 }),
            'w' => (&['w'], 1),
            _ => (&[], 1),
        };
        letters.extend(symbols.iter().map(|s| Letter::Consonant(*s)));
        i += used;
    }
    letters
}

/// Groups vowels into syllables: `i` and `u` lean on a neighbouring vowel unless they bear the accent.
fn sounds(letters: &[Letter]) -> Vec<Sound> {
    let vowel_at = |i: usize| match letters.get(i) {
        Some(Letter::Vowel { vowel, accent }) => Some((*vowel, *accent)),
        _ => None,
    };
    let weak = |i: usize| matches!(vowel_at(i), Some(('i' | 'u', false)));
    let mut sounds: Vec<Sound> = Vec::with_capacity(letters.len());
    let mut i = 0;
    while i < letters.len() {
        match letters[i] {
            Letter::Silent => {}
            Letter::Consonant(symbol) => sounds.push(Consonant(symbol)),
            Letter::Vowel { vowel, accent } => {
                let leans = weak(i) && vowel_at(i + 1).is_some_and(|(next, _)| next != vowel);
                // muy, and nothing else, is said with the u full and the i weak.
                let falling = leans
                    && i + 2 == letters.len()
                    && vowel == 'u'
                    && weak(i + 1)
                    && sounds.len() == 1
                    && sounds[0] == Consonant('m');
                if leans && !falling {
                    sounds.push(if blocked(&sounds, vowel) {
                        Loosened(vowel)
                    } else {
                        Consonant(if vowel == 'i' { 'j' } else { 'w' })
                    });
                } else {
                    sounds.push(Nucleus { vowel, accent });
                    let offglide = weak(i + 1)
                        && vowel_at(i + 2).is_none()
                        && vowel_at(i + 1).is_some_and(|(next, _)| next != vowel)
                        && (!matches!(vowel, 'i' | 'u') || falling);
                    if offglide && let Some((weak, _)) = vowel_at(i + 1) {
                        sounds.push(if falling { Consonant('j') } else { Offglide(weak) });
                        i += 1;
                    }
                }
            }
        }
        i += 1;
    }
    sounds
}

/// Whether the sounds before a semivowel make it a syllable of its own: `r` or `l` after another consonant (cliente),
/// the trilled `r` (ruido), and for `u` any `l` or `r` (luego).
fn blocked(before: &[Sound], semivowel: char) -> bool {
    let Some(Consonant(last)) = before.last() else { return false };
    let after_consonant = matches!(before.len().checked_sub(2).map(|i| before[i]), Some(Consonant(_)));
    match last {
        'r' => true,
        'ɾ' | 'l' => {
            (after_consonant && !matches!(before[before.len() - 2], Consonant('j' | 'w'))) || semivowel == 'u'
        }
        'ʎ' => semivowel == 'u',
        _ => false,
    }
}

/// The stress mark before each nucleus that has one, by index into the sounds.
fn stresses(word: &str, sounds: &[Sound], nuclei: &[usize], prominent: bool) -> Vec<(usize, char)> {
    const PRIMARY: char = 'ˈ';
    const SECONDARY: char = 'ˌ';
    if nuclei.is_empty() || (!prominent && UNSTRESSED.contains(&word)) {
        return Vec::new();
    }
    // Position among the nuclei of the stress that the spelling gives to the word whose last nucleus is `end - 1`.
    let spelled = |end: usize, ending: Option<char>| -> usize {
        let full: Vec<usize> = (0..end).filter(|&n| matches!(sounds[nuclei[n]], Nucleus { .. })).collect();
        let accent = full.iter().rev().find(|&&n| matches!(sounds[nuclei[n]], Nucleus { accent: true, .. }));
        let open = ending.is_some_and(|c| matches!(c, 'n' | 's') || vowel(c).is_some());
        let usual = if open { full.len().saturating_sub(2) } else { full.len().saturating_sub(1) };
        accent.copied().or_else(|| full.get(usual).copied()).unwrap_or(0)
    };
    let mut marks = Vec::new();
    let primary = if adverb(word) {
        marks.push((nuclei[nuclei.len() - 2], PRIMARY));
        spelled(nuclei.len() - 2, word.strip_suffix("mente").and_then(|base| base.chars().next_back()))
    } else {
        spelled(nuclei.len(), word.chars().next_back())
    };
    let light = !prominent && LIGHT.contains(&word);
    marks.push((nuclei[primary], if light { SECONDARY } else { PRIMARY }));
    marks.extend((0..primary.saturating_sub(1)).step_by(2).map(|n| (nuclei[n], SECONDARY)));
    if !adverb(word) {
        marks.extend((primary + 2..nuclei.len() - 1).step_by(2).map(|n| (nuclei[n], SECONDARY)));
    }
    marks
}

fn render(sounds: &[Sound], stresses: &[(usize, char)], adverb: bool, place: Place) -> String {
    let mut output = String::new();
    let mark = |i: usize| stresses.iter().find(|(at, _)| *at == i).map(|(_, mark)| *mark);
    let consonant = |i: usize| match sounds.get(i) {
        Some(Consonant(symbol)) => Some(*symbol),
        _ => None,
    };
    for (i, sound) in sounds.iter().enumerate() {
        let last = i + 1 == sounds.len();
        let before = if i == 0 { place.before } else { output.chars().next_back() };
        match *sound {
            Nucleus { vowel, accent } => {
                output.extend(mark(i));
                let closed = consonant(i + 1) == Some('n') && consonant(i + 2).is_some_and(|c| !matches!(c, 'j' | 'w'));
                let ending = adverb && stresses.first().is_some_and(|(at, _)| *at == i);
                let open_e = vowel == 'e' && !accent && mark(i) == Some('ˈ') && closed && !ending;
                match (vowel, sounds.get(i + 1)) {
                    _ if accent => output.push(vowel),
                    ('a', Some(Offglide('i'))) => output.push('I'),
                    ('a', Some(Offglide('u'))) => output.push('W'),
                    ('e', Some(Offglide('i'))) => output.push('A'),
                    ('o', Some(Offglide('u'))) => output.push('O'),
                    _ => output.push(if open_e { 'ɛ' } else { vowel }),
                }
            }
            Loosened(vowel) => {
                output.extend(mark(i));
                output.push(vowel);
            }
            // The other diphthongs are one symbol, written at their nucleus.
            Offglide(weak) => match (sounds.get(i.wrapping_sub(1)), weak) {
                (Some(Nucleus { accent: true, .. }), _) => output.push(weak),
                (Some(Nucleus { vowel: 'a', .. }), _) | (Some(Nucleus { vowel: 'e', .. }), 'i') => {}
                (Some(Nucleus { vowel: 'o', .. }), 'u') => {}
                (_, 'i') => output.push('ɪ'),
                _ => output.push('ʊ'),
            },
            Consonant('n') => {
                let next = if last { place.after } else { consonant(i + 1) };
                output.push(match next {
                    Some('b' | 'p') => 'm',
                    Some('f') => 'm',
                    Some('ɡ') => 'ŋ',
                    Some('x') if !last => 'ŋ',
                    Some('ʝ') if !last => 'ɲ',
                    _ => 'n',
                });
            }
            Consonant('ʝ') if before == Some('ɲ') => {}
            Consonant(symbol @ ('b' | 'd' | 'ɡ')) => {
                let next = if last { place.after } else { consonant(i + 1) };
                output.push(soften(symbol, before, next, last));
            }
            Consonant(symbol) => output.push(symbol),
        }
    }
    output
}

/// The first sound of a word.
fn initial(letters: &[Letter]) -> Option<char> {
    letters.iter().find_map(|letter| match letter {
        Letter::Consonant(symbol) => Some(*symbol),
        Letter::Vowel { vowel, .. } => Some(*vowel),
        Letter::Silent => None,
    })
}

/// `b d g` are stops after a pause and after a nasal, and soft elsewhere.
fn soften(symbol: char, before: Option<char>, next: Option<char>, last: bool) -> char {
    let stop = match symbol {
        'b' => matches!(before, None | Some('m' | 'n')) || last || matches!(next, Some('t' | 'b' | 'm')),
        'd' if last => !matches!(next, Some('a' | 'e' | 'i' | 'o' | 'u')),
        'd' => matches!(before, None | Some('m' | 'n')) || next == Some('m'),
        _ => matches!(before, None | Some('ŋ' | 'n')) || last || matches!(next, Some('n' | 'm')),
    };
    match symbol {
        _ if stop => symbol,
        'b' => 'β',
        'd' => 'ð',
        _ => 'ɣ',
    }
}
