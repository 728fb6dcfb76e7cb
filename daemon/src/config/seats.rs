//! Several conversations in one process: the first stands in `[conversation]` and `[audio]`, each further one in a table
//! of `[[seats]]`.

use std::ops::Range;

use engines::Direction;
use serde::{Deserialize, Serialize};

use super::{Audio, Config, Conversation, Modes, Speaker};

/// The most conversations beside the first.
pub(super) const MOST: usize = 63;

/// `[[seats]]`: a conversation beside the first. What it does not say is as in `[conversation]` and `[audio]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// ALSA capture devices, the first that opens is used.
    pub capture_devices: Vec<String>,
    /// ALSA playback devices, the first that opens is used.
    pub playback_devices: Vec<String>,
    /// One direction a button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directions: Option<Vec<Direction>>,
    /// When the translation is spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Modes>,
    /// What tells who speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Speaker>,
}

/// Everything that one conversation is to be, whatever it has from the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its buttons, counted through all conversations: one a direction.
    pub buttons: Range<usize>,
    /// Who talks to whom.
    pub conversation: Conversation,
    /// Its sound card.
    pub audio: Audio,
}

impl Config {
    /// All conversations, the first first.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let first = (self.conversation.clone(), self.audio.clone());
        let others = self.seats.iter().map(|seat| (seat.conversation(self), seat.audio(self)));
        let mut buttons = 0..0;
        std::iter::once(first)
            .chain(others)
            .map(|(conversation, audio)| {
                buttons = buttons.end..buttons.end + conversation.directions.len();
                Place { buttons: buttons.clone(), conversation, audio }
            })
            .collect()
    }
}

impl Seat {
    fn conversation(&self, config: &Config) -> Conversation {
        let first = &config.conversation;
        Conversation {
            directions: self.directions.clone().unwrap_or_else(|| first.directions.clone()),
            mode: self.mode.clone().unwrap_or_else(|| first.mode.clone()),
            speaker: self.speaker.unwrap_or(first.speaker),
        }
    }

    fn audio(&self, config: &Config) -> Audio {
        Audio {
            capture_devices: self.capture_devices.clone(),
            playback_devices: self.playback_devices.clone(),
            ..config.audio.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_seat_has_its_own_devices_and_buttons_and_the_rest_from_the_first() {
        let text = "[conversation]\ndirections = ['en-es']\n[audio]\nperiod_ms = 10\n\
                    [[seats]]\ncapture_devices = ['hw:1']\nplayback_devices = ['hw:2']\n\
                    [[seats]]\ncapture_devices = ['hw:3']\nplayback_devices = ['hw:3']\n\
                    directions = ['es-en', 'en-es']\nmode = 'consecutive'\n";
        let config = Config::parse(text, Path::new("box.toml")).unwrap();
        let [first, second, third] = &config.places()[..] else { panic!("{config:?}") };
        assert_eq!((&first.conversation, &first.audio), (&config.conversation, &config.audio));
        assert_eq!([&first.buttons, &second.buttons, &third.buttons], [&(0..1), &(1..2), &(2..4)]);
        assert_eq!(second.conversation, config.conversation);
        assert_eq!((&second.audio.capture_devices[..], second.audio.period_ms), (&["hw:1".to_owned()][..], 10));
        assert_eq!(second.audio.playback_devices, ["hw:2"]);
        assert_eq!(
            (third.conversation.directions.len(), third.conversation.mode.of(1)),
            (2, crate::config::Mode::Consecutive)
        );
        let written = toml::to_string(&config).unwrap();
        assert_eq!(Config::parse(&written, Path::new("written")).unwrap(), config);
    }
}
