//! How tones change in running speech.
//!
//! What a syllable becomes depends on what the next one has become, so a clause is worked through from its end. Of
//! third tones in a row every one before another third tone becomes a second one, but not the one before a syllable
//! that has just become that: 我很好 is wo3 hen2 hao3. Words come first: within 展览馆 the first two give way.

use super::{
    readings::{NUMERALS, Word},
    words,
};

/// Words ending in 一 that count what comes next, so that it changes its tone across the edge of the word.
const COUNTING: &str = "另每任某这那同哪上下前后有头仅";

/// What stands behind a 一 that numbers and does not count.
const NUMBERED: [&str; 7] = ["月", "号", "日", "楼", "级", "年级", "等奖"];

/// Changes the tones of one clause.
pub(super) fn change(clause: &mut [Word]) {
    clause.iter_mut().for_each(within);
    let text: Vec<char> = clause.iter().flat_map(|word| &word.syllables).map(|syllable| syllable.character).collect();
    let mut at = text.len();
    let mut next: Option<u8> = None;
    for word in clause.iter_mut().rev() {
        let last = word.syllables.len().saturating_sub(1);
        let counts = last == 0 || COUNTING.contains(word.syllables[last - 1].character);
        for (n, syllable) in word.syllables.iter_mut().enumerate().rev() {
            at -= 1;
            let place = Place { text: &text, at, next, closed: n == last && !counts };
            syllable.tone = match (syllable.character, syllable.tone) {
                _ if place.is_echo() => 5,
                ('一', 1) => one(&place),
                ('不', 4) => not(&place),
                (_, 3) if n == last && next == Some(3) => 2,
                (_, tone) => tone,
            };
            next = Some(syllable.tone);
        }
    }
}

/// Third tones within a word: the parts of a word change before the whole.
fn within(word: &mut Word) {
    let tones: Vec<u8> = word.syllables.iter().map(|s| s.tone).collect();
    let mut changed = tones.clone();
    let pair = |changed: &mut Vec<u8>, first: usize| {
        if changed[first] == 3 && changed[first + 1] == 3 {
            changed[first] = 2;
        }
    };
    match tones.len() {
        0 | 1 => {}
        // 展览|馆 changes 展, then 览; 小|老虎 changes 老, and then 小 has nothing to give way to.
        3 if !is_one_and_two(word.text) => (0..2).for_each(|first| pair(&mut changed, first)),
        4 => [0, 2, 1].into_iter().for_each(|first| pair(&mut changed, first)),
        count => (0..count - 1).rev().for_each(|first| pair(&mut changed, first)),
    }
    for (syllable, tone) in word.syllables.iter_mut().zip(changed) {
        syllable.tone = tone;
    }
}

/// Whether a word of three characters is one before a word of two, and not the other way round.
fn is_one_and_two(word: &str) -> bool {
    let edges: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
    let [_, second, third] = edges[..] else { return false };
    words::find(&word[second..]).is_some() && words::find(&word[..third]).is_none()
}

/// A syllable among the characters of its clause.
struct Place<'a> {
    text: &'a [char],
    at: usize,
    /// The tone that the next syllable has become; `None` at the end of the clause.
    next: Option<u8>,
    /// Whether a word ends here that does not lean on the next.
    closed: bool,
}

impl Place<'_> {
    fn before(&self, back: usize) -> Option<char> {
        self.at.checked_sub(back).and_then(|at| self.text.get(at)).copied()
    }

    fn behind(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    /// 看一看, 好不好: between the same two characters, of which the first is not itself counted.
    fn is_between_twins(&self) -> bool {
        self.before(1).is_some()
            && self.before(1) == self.behind(1)
            && !self.before(2).is_some_and(is_numeral)
            && !self.before(1).is_some_and(is_numeral)
    }

    /// Whether this is the second half of a verb said twice with nothing between (洗洗手), which no word of the table is.
    fn is_echo(&self) -> bool {
        const SAID_TWICE: &str = "洗猜修读写数擦敲摸闻摇查算练唱跳学教帮弄用";
        self.before(1) == self.behind(0) && self.behind(0).is_some_and(|c| SAID_TWICE.contains(c))
    }
}

fn is_numeral(c: char) -> bool {
    NUMERALS.contains(c)
}

/// The tone of 一: its own in numbers, ordinals and at the end of a word; else the second before a fourth tone, and the
/// fourth.
fn one(place: &Place) -> u8 {
    if place.is_between_twins() && !place.closed {
        return 5;
    }
    let behind: String = place.text[place.at + 1..].iter().take(2).collect();
    let before = place.before(1);
    let is_digit = |c: char| is_numeral(c) && !"十百千万亿几".contains(c);
    let is_unit = behind.starts_with(['百', '千', '万', '亿']);
    let stays = place.closed
        || NUMBERED.iter().any(|noun| behind.starts_with(noun))
        || behind.starts_with(is_digit)
        || behind.starts_with('十')
        || (behind.starts_with('点') && place.behind(2).is_some_and(is_digit))
        || (!is_unit && before.is_some_and(|c| is_numeral(c) && c != '几'))
        || (before == Some('点') && place.before(2).is_some_and(is_numeral) && !behind.starts_with(['刻', '分']))
        || matches!(before, Some('第' | '初' | '之' | '幺'));
    match place.next {
        Some(_) if stays => 1,
        // 个 has lost the fourth tone that it had.
        Some(4) => 2,
        Some(5) if behind.starts_with('个') => 2,
        Some(_) => 4,
        None => 1,
    }
}

/// The tone of 不: the second before a fourth.
fn not(place: &Place) -> u8 {
    match place.next {
        _ if place.is_between_twins() => 5,
        Some(4) => 2,
        _ => 4,
    }
}
