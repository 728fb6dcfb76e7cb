//! When the translation is spoken.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor, value::SeqAccessDeserializer, value::StrDeserializer},
};

/// When the translation of one direction is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Clause by clause, while the button is still held.
    Simultaneous,
    /// After the button's release.
    Consecutive,
    /// Simultaneous where recognition keeps up with the speaker on this machine, else consecutive.
    Auto,
}

impl Mode {
    /// As it is written in a configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Simultaneous => "simultaneous",
            Self::Consecutive => "consecutive",
            Self::Auto => "auto",
        }
    }
}

/// The mode of every direction of a conversation: one for all, or one each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Modes {
    /// The same for all.
    All(Mode),
    /// In the order of the directions.
    Each(Vec<Mode>),
}

impl Modes {
    /// The mode of the direction that stands at place `at`.
    #[must_use]
    pub fn of(&self, at: usize) -> Mode {
        match self {
            Self::All(mode) => *mode,
            // A configuration with too few is refused.
            Self::Each(modes) => modes.get(at).or(modes.first()).copied().unwrap_or(Mode::Simultaneous),
        }
    }

    /// Whether there is one for each of so many directions.
    pub(super) fn fits(&self, directions: usize) -> bool {
        match self {
            Self::All(_) => true,
            Self::Each(modes) => modes.len() == directions,
        }
    }
}

impl From<Mode> for Modes {
    fn from(mode: Mode) -> Self {
        Self::All(mode)
    }
}

// Written out, because what serde derives for alternatives does not say which word was wrong.
impl<'de> Deserialize<'de> for Modes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrEach;
        impl<'de> Visitor<'de> for OneOrEach {
            type Value = Modes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mode, or a list with one for each direction")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Modes, E> {
                Mode::deserialize(StrDeserializer::new(name)).map(Modes::All)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Modes, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(names)).map(Modes::Each)
            }
        }
        deserializer.deserialize_any(OneOrEach)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn parse(mode: &str) -> Result<Config, String> {
        let text = format!("[conversation]\ndirections = ['en-es', 'es-en']\nmode = {mode}\n");
        Config::parse(&text, Path::new("box.toml")).map_err(|e| e.to_string())
    }

    #[test]
    fn one_for_all_or_one_for_each_direction() {
        let one = parse("'auto'").unwrap().conversation.mode;
        assert_eq!((one.of(0), one.of(1)), (Mode::Auto, Mode::Auto));
        let each = parse("['simultaneous', 'consecutive']").unwrap();
        assert_eq!(
            (each.conversation.mode.of(0), each.conversation.mode.of(1)),
            (Mode::Simultaneous, Mode::Consecutive)
        );
        let written = toml::to_string(&each).unwrap();
        assert_eq!(Config::parse(&written, Path::new("written")).unwrap(), each);
        // Whoever names a direction gets its mode, at whatever place it stands.
        let (there, back) = (each.conversation.directions[0], each.conversation.directions[1]);
        let mut turned = each.conversation;
        turned.set_direction(back, Some(there));
        assert_eq!((turned.mode.of(0), turned.mode.of(1)), (Mode::Consecutive, Mode::Simultaneous));
        assert_eq!((turned.mode_of(there), turned.mode_of(there.reversed())), (Mode::Simultaneous, Mode::Consecutive));
        turned.set_direction(there, None);
        assert_eq!((turned.directions, turned.mode), (vec![there], Modes::Each(vec![Mode::Simultaneous])));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (mode, words) in [
            ("'parallel'", &["box.toml:3", "parallel", "consecutive"][..]),
            ("['auto', 'parallel']", &["box.toml:3", "parallel"]),
            ("['auto']", &["box.toml:3", "conversation.mode", "one for each direction"]),
            ("3", &["box.toml:3", "a mode, or a list"]),
        ] {
            let error = parse(mode).unwrap_err();
            assert!(words.iter().all(|word| error.contains(word)), "{mode}: {error}");
        }
    }
}
