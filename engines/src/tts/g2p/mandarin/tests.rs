//! What is said, by the table that says so.

use proptest::prelude::*;

use super::*;
use crate::{Language, tts::normalize::normalize};

fn said(text: &str) -> String {
    let spoken = normalize(text, Language::Zh, true);
    pinyin(&spoken.text).chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect()
}

#[test]
fn texts_are_said_as_the_table_has_them() {
    let table = include_str!("../../../../tests/data/pinyin.zh.tsv");
    let rows: Vec<(&str, &str)> =
        table.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')).collect();
    assert!(rows.len() >= 120, "{}", rows.len());
    let wrong: Vec<String> = rows
        .iter()
        .map(|(text, wanted)| (text, wanted, said(text)))
        .filter(|(_, wanted, got)| wanted != &got)
        .map(|(text, wanted, got)| format!("{text}\n  wanted {wanted}\n  got    {got}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

proptest! {
    /// Whatever characters come in: each gives a syllable that the voices have symbols for.
    #[test]
    fn anything_can_be_said(text in "[\u{4e00}-\u{9fff}的一不了儿子 ,.?!A-Za-z\"(-]{0,40}") {
        let symbols = phonemes(&text);
        let known = "abcdefghijklmnopqrstuvwxyzꭧʂʨɕɻʦʰɤəɚɛɨɔʊɥŋ→↗↓↘ ,.?!()AIOWβðɣɡɪɾʎʝɲθʃʧˈˌː";
        prop_assert!(symbols.chars().all(|c| known.contains(c)), "{text}: {symbols}");
    }
}
