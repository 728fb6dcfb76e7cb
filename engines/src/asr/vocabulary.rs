//! Moonshine's `tokenizer.bin`: the bytes of each token, one after the other, each behind its length. Lengths from
//! 128 take two bytes: the low seven bits with the high bit set, then the rest. A length of 0 is a token without text.

use std::path::Path;

use crate::EngineError;

/// The word boundary in SentencePiece vocabularies.
const BOUNDARY: char = '\u{2581}';

/// Tokens and their bytes.
#[derive(Debug)]
pub(super) struct Vocabulary(Vec<Vec<u8>>);

impl Vocabulary {
    /// Reads the bytes of the file at `path`, which is only named in errors.
    pub(super) fn parse(mut bytes: &[u8], path: &Path) -> Result<Self, EngineError> {
        let total = bytes.len();
        let mut tokens = Vec::new();
        while let [low, rest @ ..] = bytes {
            let (length, rest) = match (usize::from(*low), rest) {
                (short @ 0..128, _) => (short, rest),
                (low, [high, rest @ ..]) => (usize::from(*high) * 128 + low - 128, rest),
                (low, []) => (low, rest),
            };
            let Some((token, rest)) = rest.split_at_checked(length) else {
                let problem = format!("token {} at byte {} is cut short", tokens.len(), total - bytes.len());
                return Err(EngineError::ModelContent { path: path.to_owned(), problem });
            };
            tokens.push(if CONTROL.contains(&token) { Vec::new() } else { token.to_vec() });
            bytes = rest;
        }
        Ok(Self(tokens))
    }

    /// The text of `tokens`; control tokens and numbers out of range have none.
    pub(super) fn text(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens.iter().filter_map(|t| self.0.get(*t as usize)).flatten().copied().collect();
        String::from_utf8_lossy(&bytes).replace(BOUNDARY, " ").trim().to_owned()
    }
}

/// Tokens that steer the decoder and are never text.
const CONTROL: [&[u8]; 3] = [b"<unk>", b"<s>", b"</s>"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(tokens: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for token in tokens {
            match token.len() {
                short @ 0..128 => bytes.push(short as u8),
                long => bytes.extend([(long % 128 + 128) as u8, (long / 128) as u8]),
            }
            bytes.extend(token);
        }
        bytes
    }

    #[test]
    fn words_split_letters_and_control_tokens() {
        let tokens = [&b"<s>"[..], "\u{2581}Se\u{f1}or".as_bytes(), b"\xC2", b"\xA1", "\u{2581}s\u{ed}".as_bytes()]
            .map(<[u8]>::to_vec);
        let vocabulary = Vocabulary::parse(&written(&tokens), Path::new("t")).unwrap();
        assert_eq!(vocabulary.text(&[0, 1, 2, 3, 4, 99]), "Señor¡ sí");
    }

    proptest! {
        #[test]
        fn it_reads_what_is_written(tokens in proptest::collection::vec(proptest::collection::vec(b'a'..=b'z', 0..300), 0..20)) {
            let vocabulary = Vocabulary::parse(&written(&tokens), Path::new("t")).unwrap();
            prop_assert_eq!(vocabulary.0, tokens);
        }

        #[test]
        fn any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(vocabulary) = Vocabulary::parse(&bytes, Path::new("t")) {
                vocabulary.text(&[0, 1, 2, u32::MAX]);
            }
        }
    }
}
