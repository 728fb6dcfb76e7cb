//! What the box shows: which diodes are lit when.

use std::time::Duration;

use crate::{
    definition::{Indicator, Light},
    error::BoardError,
};

/// Light-emitting diodes.
pub trait Leds: Send {
    /// Lights those named and no others; gives what could not be.
    fn light(&mut self, lit: &[String]) -> Vec<BoardError>;
}

impl Indicator {
    /// The diodes that are lit when a light has been shown for so long, and how long they stay as they are; a pattern of one
    /// step for ever.
    #[must_use]
    pub fn lit(&self, light: Light, shown_for: Duration) -> (&[String], Duration) {
        let steps = self.patterns.get(&light).map_or(&[][..], Vec::as_slice);
        if let [step] = steps {
            return (&step.lit, Duration::MAX);
        }
        let length = |ms: u32| Duration::from_millis(ms.into());
        let round: Duration = steps.iter().map(|step| length(step.ms)).sum();
        let nanos = u64::try_from(shown_for.as_nanos() % round.as_nanos().max(1)).unwrap_or(0);
        let mut into = Duration::from_nanos(nanos);
        for step in steps {
            if into < length(step.ms) {
                return (&step.lit, length(step.ms) - into);
            }
            into -= length(step.ms);
        }
        (&[], Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{Board, LIGHTS};

    #[test]
    fn a_pattern_goes_round() {
        let ms = Duration::from_millis;
        let text = "inherits = 'virt'\n[indicator.patterns]\nidle = [{ lit = ['idle'], ms = 100 }]\n\
                    thinking = [{ lit = ['listening'], ms = 200 }, { lit = [], ms = 300 }]\n";
        let indicator = Board::parse(text, "box").unwrap().indicator.unwrap();
        let lit = |light, at| indicator.lit(light, at);
        assert_eq!(lit(Light::Idle, ms(12_345)), (&["idle".to_owned()][..], Duration::MAX));
        assert_eq!(lit(Light::Thinking, ms(150)), (&["listening".to_owned()][..], ms(50)));
        assert_eq!(lit(Light::Thinking, ms(200)), (&[][..], ms(300)));
        assert_eq!(lit(Light::Thinking, ms(1_600)), (&["listening".to_owned()][..], ms(100)));
    }

    #[test]
    fn every_board_tells_its_lights_apart() {
        for name in Board::known() {
            let Some(indicator) = Board::load(name).unwrap().indicator else { continue };
            let patterns: Vec<_> = LIGHTS.iter().map(|light| &indicator.patterns[light]).collect();
            let same = (0..patterns.len()).any(|a| (0..a).any(|b| patterns[a] == patterns[b]));
            assert!(!same, "{name}: two lights look the same");
        }
    }
}
