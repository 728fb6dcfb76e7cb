//! Requests and answers: text in UTF-8, each ended by a NUL.
//!
//! ```text
//! request  SLOT LONGEST_TOKENS LONGEST_MS         answer  ok READ WRITTEN READ_MS WRITE_MS PROBABILITY end|cut
//!          ROLE<TAB>TEXT                                  TEXT
//!          ...                                    or      error WHAT
//! ```
//!
//! The messages are the whole conversation, the last one the user's; what a slot has of it already is not read again. `READ`
//! counts the tokens that were, `WRITTEN` those of the answer. The answer ends where the model ends it or a line would begin;
//! `cut` says that a limit came first.

use std::io::BufRead;

/// Ends a frame, both ways.
const NUL: u8 = 0;

/// A conversation to go on with.
#[derive(Debug, PartialEq)]
pub struct Request {
    /// Which of the conversations kept in memory it goes on from.
    pub slot: u32,
    /// Tokens after which the answer is cut.
    pub longest_tokens: usize,
    /// Milliseconds after which it is.
    pub longest_ms: u64,
    /// Roles (`system`, `user`, `assistant`) and texts.
    pub messages: Vec<(String, String)>,
}

impl Request {
    /// Reads a frame.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(frame: &str) -> Result<Self, String> {
        let mut lines = frame.lines();
        let head = lines.next().unwrap_or_default();
        let numbers: Vec<u64> = head.split(' ').map_while(|n| n.parse().ok()).collect();
        let [slot, tokens, longest_ms] = numbers[..] else {
            return Err(format!("a request begins with a slot, tokens and milliseconds, not with \"{head}\""));
        };
        let message = |line: &str| line.split_once('\t').map(|(role, text)| (role.to_owned(), text.to_owned()));
        let messages: Option<Vec<_>> = lines.map(message).collect();
        let messages = messages.filter(|m| !m.is_empty()).ok_or("a request has lines of a role, a tab and a text")?;
        let slot = u32::try_from(slot).map_err(|_| format!("there is no slot {slot}"))?;
        Ok(Self { slot, longest_tokens: usize::try_from(tokens).unwrap_or(usize::MAX), longest_ms, messages })
    }
}

/// What the model went on with.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// Its text, one line.
    pub text: String,
    /// Tokens of the conversation that were read, and how long that took.
    pub read: (usize, f64),
    /// Tokens that were written, and how long that took in milliseconds.
    pub written: (usize, f64),
    /// Geometric mean of the tokens' probabilities, 0..1.
    pub probability: f64,
    /// Whether a limit ended it.
    pub cut: bool,
}

impl Answer {
    /// As it is sent.
    pub fn frame(&self) -> Vec<u8> {
        let Self { text, read, written, probability, cut } = self;
        let end = if *cut { "cut" } else { "end" };
        let head = format!("ok {} {} {:.1} {:.1} {probability:.4} {end}", read.0, written.0, read.1, written.1);
        frame(&format!("{head}\n{text}"))
    }
}

/// An error as it is sent.
pub fn error(what: &str) -> Vec<u8> {
    frame(&format!("error {what}"))
}

fn frame(text: &str) -> Vec<u8> {
    text.bytes().filter(|b| *b != NUL).chain([NUL]).collect()
}

/// The next frame, or none where the input has ended.
///
/// # Errors
/// What is wrong with it, or with the input.
pub fn read(input: &mut impl BufRead) -> Result<Option<String>, String> {
    let mut frame = Vec::new();
    input.read_until(NUL, &mut frame).map_err(|e| format!("the request cannot be read: {e}"))?;
    match frame.pop() {
        Some(NUL) => Ok(Some(String::from_utf8_lossy(&frame).into_owned())),
        // Who asks is gone, in the middle of a request or between two.
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_or_refused_with_the_reason() {
        let request = Request::parse("3 40 1500\nsystem\tTranslate.\nuser\tA tab\tand  spaces").unwrap();
        assert_eq!((request.slot, request.longest_tokens, request.longest_ms), (3, 40, 1500));
        assert_eq!(request.messages[1], ("user".to_owned(), "A tab\tand  spaces".to_owned()));
        for (frame, reason) in [
            ("", "begins with"),
            ("1 2", "begins with"),
            ("1 x 3\nuser\ta", "begins with"),
            ("1 2 3", "a tab"),
            ("1 2 3\nuser", "a tab"),
            ("99999999999 2 3\nuser\ta", "no slot"),
        ] {
            let error = Request::parse(frame).unwrap_err();
            assert!(error.contains(reason), "{frame:?}: {error}");
        }
    }

    #[test]
    fn frames_end_at_their_nul_and_a_half_one_is_the_end() {
        let mut input = &b"one\0two\0thr"[..];
        let read: Vec<Option<String>> = (0..3).map(|_| read(&mut input).unwrap()).collect();
        assert_eq!(read, [Some("one".to_owned()), Some("two".to_owned()), None]);
    }

    #[test]
    fn an_answer_cannot_break_its_frame() {
        let answer = Answer { text: "a\0b".into(), read: (9, 12.34), written: (2, 5.0), probability: 0.5, cut: true };
        assert_eq!(answer.frame(), b"ok 9 2 12.3 5.0 0.5000 cut\nab\0");
        assert_eq!(error("no\0thing"), b"error nothing\0");
    }
}
