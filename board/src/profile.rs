//! A power profile: the envelope a board is kept in, and the ladder of rungs by which the governor keeps it there.

use serde::{Deserialize, Serialize};

use crate::{definition::described, error::BoardError, governor::MARGIN};

/// No profile may allow more than this, in watts: the box's case and battery are built for it.
pub const MOST_WATTS: f32 = 50.0;

/// The files of `power-profiles`, by name.
const KNOWN: [(&str, &str); 7] = [
    ("orin-nano-15w", include_str!("../../power-profiles/orin-nano-15w.toml")),
    ("orin-nano-25w", include_str!("../../power-profiles/orin-nano-25w.toml")),
    ("orin-nx-25w", include_str!("../../power-profiles/orin-nx-25w.toml")),
    ("agx-orin-30w", include_str!("../../power-profiles/agx-orin-30w.toml")),
    ("agx-orin-50w", include_str!("../../power-profiles/agx-orin-50w.toml")),
    ("thor-40w", include_str!("../../power-profiles/thor-40w.toml")),
    ("battery-saver", include_str!("../../power-profiles/battery-saver.toml")),
];

/// What errors call the file.
const KIND: &str = "power profile";

/// What an engine is asked to do without while the board is on a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// Speak with the light voice.
    LightVoice,
    /// Recognise only what is final.
    NoPartials,
}

/// Upper bounds of a rung; what is not named is left as the board's own settings have it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Caps {
    /// GPU clock, in MHz.
    pub gpu_max_mhz: Option<u32>,
    /// Clock of every CPU core, in MHz.
    pub cpu_max_mhz: Option<u32>,
    /// CPU cores that stay on.
    pub cores: Option<u32>,
    /// Memory controller clock, in MHz.
    pub emc_max_mhz: Option<u32>,
}

/// A step of the ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// What it is called in the status.
    pub name: String,
    /// The most that the board draws on it, whatever it has to do, in watts.
    pub peak_w: f32,
    /// Its caps.
    #[serde(default)]
    pub caps: Caps,
    /// What the engines are asked to do without.
    #[serde(default)]
    pub hints: Vec<Hint>,
}

/// An envelope and its ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What it is called in commands, or the file it comes from.
    #[serde(skip)]
    pub name: String,
    /// The boards that its figures are of, by name.
    pub boards: Vec<String>,
    /// What the mean power of any second stays below, in watts.
    pub budget_w: f32,
    /// From this temperature on the ladder is climbed down, in degrees Celsius.
    pub soft_c: f32,
    /// From this temperature on the board is on its lowest rung, in degrees Celsius.
    pub hard_c: f32,
    /// The board's own power mode (nvpmodel's) that the profile needs; set once, before the ladder.
    #[serde(default)]
    pub mode: Option<String>,
    /// What was measured, and what the peaks are derived from.
    #[serde(default)]
    pub figures: Option<Figures>,
    /// From the most power to the least.
    pub rungs: Vec<Rung>,
}

/// What a board was measured to draw, in watts, split into what grows with the cores' clock, with the GPU's, and the rest.
///
/// A unit's power is at most proportional to its clock: at a lower one it needs no more volts. So
/// `margin * (idle_w + cpu_w * clock / cpu_mhz * cores / all + gpu_w * clock / gpu_mhz)` bounds what a rung draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// With nothing to do.
    pub idle_w: f32,
    /// What all cores at full load add ...
    pub cpu_w: f32,
    /// ... at this clock ...
    pub cpu_mhz: f32,
    /// ... where there are so many.
    pub cores: f32,
    /// What the GPU at full load adds, with the memory it keeps busy ...
    pub gpu_w: f32,
    /// ... at this clock.
    pub gpu_mhz: f32,
    /// By how many times a board may draw more than the one that was measured.
    pub margin: f32,
}

impl Figures {
    /// The most that a board draws under some caps, in watts.
    #[must_use]
    pub fn bound(&self, caps: &Caps) -> f32 {
        let share = |cap: Option<u32>, full: f32| cap.map_or(1.0, |cap| (cap as f32 / full).min(1.0));
        let cpu = self.cpu_w * share(caps.cpu_max_mhz, self.cpu_mhz) * share(caps.cores, self.cores);
        self.margin * (self.idle_w + cpu + self.gpu_w * share(caps.gpu_max_mhz, self.gpu_mhz))
    }
}

impl Profile {
    /// The names of the profiles that are known.
    #[must_use]
    pub fn known() -> Vec<&'static str> {
        KNOWN.iter().map(|(name, _)| *name).collect()
    }

    /// A profile by name, or by the path of its file.
    ///
    /// # Errors
    /// [`BoardError`]: unknown, not readable, not TOML, an unknown key, a value that cannot be.
    pub fn load(name: &str) -> Result<Self, BoardError> {
        Self::parse(&described(KIND, name, &KNOWN)?, name)
    }

    /// A profile from the text of its file.
    ///
    /// # Errors
    /// As [`Profile::load`].
    pub fn parse(text: &str, name: &str) -> Result<Self, BoardError> {
        let mut profile: Self = toml::from_str(text).map_err(|problem| BoardError::Syntax {
            kind: KIND,
            name: name.to_owned(),
            problem: problem.to_string().trim().to_owned(),
        })?;
        name.clone_into(&mut profile.name);
        match profile.problem() {
            Some(what) => Err(BoardError::Value { kind: KIND, name: name.to_owned(), what }),
            None => Ok(profile),
        }
    }

    fn problem(&self) -> Option<String> {
        let Self { budget_w, soft_c, hard_c, rungs, boards, figures, .. } = self;
        if boards.is_empty() {
            return Some("boards = []: name the boards that its figures are of".into());
        }
        if !(*budget_w > 0.0 && *budget_w <= MOST_WATTS) {
            return Some(format!("budget_w = {budget_w}: use above 0 and at most {MOST_WATTS}"));
        }
        if !(*soft_c > 0.0 && soft_c < hard_c && *hard_c <= 120.0) {
            return Some(format!("soft_c = {soft_c}, hard_c = {hard_c}: the first must be lower, and both 0 to 120"));
        }
        let Some(floor) = rungs.last() else {
            return Some("it has no rung: name at least two".into());
        };
        if rungs.len() < 2 {
            return Some("it has one rung: with nothing below it the governor cannot do anything".into());
        }
        if floor.peak_w > budget_w * MARGIN {
            return Some(format!(
                "the lowest rung, \"{}\", may draw {} W: nothing keeps the board below {budget_w} W; add a lower rung",
                floor.name, floor.peak_w
            ));
        }
        if let Some((rung, bound)) = figures.and_then(|figures| {
            // A tenth of a watt is rounding.
            rungs.iter().map(|r| (r, figures.bound(&r.caps))).find(|(r, bound)| r.peak_w + 0.1 < *bound)
        }) {
            return Some(format!(
                "rung \"{}\" may draw {bound:.1} W by the figures, and its peak_w is {}; raise it or lower a cap",
                rung.name, rung.peak_w
            ));
        }
        rungs.windows(2).find_map(|pair| not_below(&pair[0], &pair[1]))
    }
}

/// Why `lower` is no rung below `upper`.
fn not_below(upper: &Rung, lower: &Rung) -> Option<String> {
    let raises = |what: &str| Some(format!("rung \"{}\" has {what} than \"{}\" above it", lower.name, upper.name));
    if !(lower.peak_w > 0.0 && lower.peak_w < upper.peak_w) {
        return raises("a peak_w that is not lower");
    }
    // What an upper rung leaves alone a lower one may bound; the reverse would lift a bound.
    let higher = |upper: Option<u32>, lower: Option<u32>| upper.is_some_and(|u| lower.is_none_or(|l| l > u));
    let (u, l) = (&upper.caps, &lower.caps);
    if higher(u.gpu_max_mhz, l.gpu_max_mhz) {
        return raises("a higher gpu_max_mhz");
    }
    if higher(u.cpu_max_mhz, l.cpu_max_mhz) {
        return raises("a higher cpu_max_mhz");
    }
    if higher(u.cores, l.cores) || l.cores == Some(0) {
        return raises("more cores, or none,");
    }
    if higher(u.emc_max_mhz, l.emc_max_mhz) {
        return raises("a higher emc_max_mhz");
    }
    let missing = upper.hints.iter().any(|hint| !lower.hints.contains(hint));
    if missing { raises("fewer hints") } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
boards = ["orin-nano"]
budget_w = 15.0
soft_c = 80.0
hard_c = 90.0
mode = "15W"
[[rungs]]
name = "full"
peak_w = 18.0
caps = { gpu_max_mhz = 612 }
[[rungs]]
name = "low"
peak_w = 9.0
caps = { gpu_max_mhz = 306, cores = 4 }
hints = ["light-voice"]
"#;

    fn problem(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from));
        Profile::parse(&GOOD.replacen(from, to, 1), "p.toml").unwrap_err().to_string()
    }

    #[test]
    fn every_known_profile_is_good_and_of_a_known_board() {
        for name in Profile::known() {
            let profile = Profile::load(name).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(profile.name, name);
            assert!(!profile.boards.is_empty());
            for board in &profile.boards {
                let board = crate::definition::Board::load(board).unwrap_or_else(|e| panic!("{name}: {e}"));
                let needs = profile.mode.as_ref().filter(|_| !board.simulated);
                if let Some(mode) = needs {
                    let modes = board.modes.unwrap_or_else(|| panic!("{name}: {} has no power modes", board.name));
                    assert!(modes.known.iter().any(|m| m.name == *mode), "{name}: {} has no mode {mode}", board.name);
                }
            }
        }
        assert!(Profile::load("orin-nano-15").unwrap_err().to_string().contains("did you mean \"orin-nano-15w\""));
    }

    #[test]
    fn a_good_profile_is_read() {
        let profile = Profile::parse(GOOD, "p.toml").unwrap();
        assert_eq!(profile.rungs[1].hints, [Hint::LightVoice]);
        assert_eq!(profile.rungs[0].caps.cores, None);
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_to_do() {
        assert!(problem("15.0", "60.0").contains("at most 50"));
        assert!(problem("15.0", "nan").contains("above 0"));
        assert!(problem("hard_c = 90.0", "hard_c = 70.0").contains("must be lower"));
        assert!(problem("peak_w = 9.0", "peak_w = 15.0").contains("add a lower rung"));
        assert!(problem("peak_w = 9.0", "peak_w = -1.0").contains("not lower"));
        assert!(problem("306", "700").contains("higher gpu_max_mhz"));
        assert!(problem("gpu_max_mhz = 306, ", "").contains("higher gpu_max_mhz"), "leaving a bound out lifts it");
        assert!(problem("cores = 4", "cores = 0").contains("none"));
        assert!(problem("light-voice", "no-voice").contains("no-voice"));
        assert!(problem("mode", "mood").contains("mood"));
        let figures = "[figures]\nidle_w = 5\ncpu_w = 2\ncpu_mhz = 1000\ncores = 6\ngpu_w = 8\ngpu_mhz = 612\nmargin = 1.1\n[[rungs]]";
        assert!(problem("[[rungs]]", figures).contains("\"low\" may draw 11.4 W"));
        let (first, _) = GOOD.rsplit_once("[[rungs]]").unwrap();
        assert!(Profile::parse(first, "p.toml").unwrap_err().to_string().contains("one rung"));
    }
}
