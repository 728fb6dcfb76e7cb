//! The languages of a conversation and the direction between two of them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::EngineError;

/// A language that some engine may offer, named by its ISO 639-1 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// German.
    De,
    /// Mandarin Chinese.
    Zh,
    /// Portuguese: a pivot.
    Pt,
    /// Catalan: a pivot.
    Ca,
}

impl Language {
    /// Every language, in the order they are listed to people.
    pub const ALL: [Self; 7] = [Self::En, Self::Es, Self::Fr, Self::De, Self::Zh, Self::Pt, Self::Ca];

    /// Whether it is never spoken by the box, but stands in the middle of a translation chain.
    #[must_use]
    pub const fn is_pivot(self) -> bool {
        matches!(self, Self::Pt | Self::Ca)
    }

    /// The ISO 639-1 code, lower case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::De => "de",
            Self::Zh => "zh",
            Self::Pt => "pt",
            Self::Ca => "ca",
        }
    }

    /// The English name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Spanish",
            Self::Fr => "French",
            Self::De => "German",
            Self::Zh => "Mandarin",
            Self::Pt => "Portuguese",
            Self::Ca => "Catalan",
        }
    }

    /// What stands between two words, and between two sentences.
    #[must_use]
    pub const fn gap(self) -> &'static str {
        match self {
            Self::Zh => "",
            _ => " ",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = EngineError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|l| l.code() == wanted || l.name().eq_ignore_ascii_case(&wanted))
            .ok_or_else(|| EngineError::UnknownLanguage(text.to_owned()))
    }
}

/// Who is being interpreted for whom: the language spoken and the language it is said in. Written `en-es`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Direction {
    /// The speaker's language.
    pub source: Language,
    /// The listener's language.
    pub target: Language,
}

impl Direction {
    /// The direction from `source` to `target`.
    #[must_use]
    pub const fn new(source: Language, target: Language) -> Self {
        Self { source, target }
    }

    /// The same conversation, spoken from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self { source: self.target, target: self.source }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.source, self.target)
    }
}

impl From<Direction> for String {
    fn from(direction: Direction) -> Self {
        direction.to_string()
    }
}

impl TryFrom<String> for Direction {
    type Error = EngineError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Direction {
    type Err = EngineError;

    /// Reads `en-es`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (source, target) = text.split_once('-').ok_or_else(|| EngineError::UnknownLanguage(text.to_owned()))?;
        Ok(Self { source: source.parse()?, target: target.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direction_reads_what_it_prints() {
        for source in Language::ALL {
            for target in Language::ALL {
                let direction = Direction::new(source, target);
                assert_eq!(direction.to_string().parse::<Direction>().unwrap(), direction);
                assert_eq!(direction.reversed().reversed(), direction);
            }
        }
    }

    #[test]
    fn an_unknown_language_is_refused_with_the_list() {
        let message = "klingon".parse::<Language>().unwrap_err().to_string();
        assert!(message.contains("klingon") && message.contains("en, es, fr, de, zh"), "{message}");
    }
}
