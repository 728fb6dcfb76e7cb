//! Whether two texts say the same, whatever their spelling.

/// Words too common to tell one sentence from another.
const COMMON: &[&str] = &[
    "the", "and", "for", "you", "your", "that", "this", "with", "was", "were", "have", "has", "had", "are", "not",
    "but", "him", "his", "her", "from", "which", "they", "what", "who", "que", "los", "las", "una", "uno", "unos",
    "por", "para", "con", "del", "este", "esta", "esto", "eso", "esa", "ese", "mas", "pero", "como", "sus", "les",
    "ser", "fue", "era", "han", "hay", "lo", "la", "el",
];

/// Lower-case words without accents and punctuation.
pub fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let folded = lower.chars().filter_map(|c| match c {
        'á' | 'à' => Some('a'),
        'é' | 'è' => Some('e'),
        'í' => Some('i'),
        'ó' => Some('o'),
        'ú' | 'ü' => Some('u'),
        'ñ' => Some('n'),
        '\'' | '’' => None,
        c if c.is_alphanumeric() => Some(c),
        _ => Some(' '),
    });
    folded.collect::<String>().split_whitespace().map(str::to_owned).collect()
}

/// The words that carry the meaning, each once.
pub fn content_words(text: &str) -> Vec<String> {
    let mut content: Vec<String> = Vec::new();
    for word in words(text) {
        let says_something = word.len() > 2 && !COMMON.contains(&word.as_str());
        if says_something && !content.contains(&word) {
            content.push(word);
        }
    }
    content
}

/// The share of the content words of `wanted` that `got` has too; 1 where nothing is wanted. Two words count as the
/// same where a listener would take them for the same: equal but for one letter in four.
pub fn share_of(wanted: &str, got: &str) -> f32 {
    let (wanted, got) = (content_words(wanted), words(got));
    // A word may be written as two, or two as one.
    let joined: Vec<String> = got.windows(2).map(|two| two.concat()).collect();
    let found = wanted.iter().filter(|w| got.iter().chain(&joined).any(|g| sounds_like(w, g))).count();
    if wanted.is_empty() { 1.0 } else { found as f32 / wanted.len() as f32 }
}

/// Whether `text` has one of `alternatives`, which may be several words, or the beginning of one, ending in `*`.
pub fn says(text: &str, alternatives: &str) -> bool {
    let text = format!(" {} ", words(text).join(" "));
    alternatives.split('|').any(|alternative| {
        let (stem, open) = alternative.strip_suffix('*').map_or((alternative, false), |stem| (stem, true));
        let wanted = format!(" {}{}", words(stem).join(" "), if open { "" } else { " " });
        text.contains(&wanted)
    })
}

fn sounds_like(a: &str, b: &str) -> bool {
    edits(a, b) * 4 <= a.len().max(b.len())
}

/// Letters to insert, delete or replace to turn one word into the other.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let cost = (diagonal + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}
