//! What a board is made of: one TOML file a board, which may inherit another. `boards/README.md` explains every key.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use toml::{Table, Value};

use crate::error::BoardError;

/// The files of `board/boards`, by name.
const KNOWN: [(&str, &str); 8] = [
    ("base", include_str!("../boards/base.toml")),
    ("orin", include_str!("../boards/orin.toml")),
    ("orin-nano", include_str!("../boards/orin-nano.toml")),
    ("orin-nx", include_str!("../boards/orin-nx.toml")),
    ("agx-orin", include_str!("../boards/agx-orin.toml")),
    ("agx-thor", include_str!("../boards/agx-thor.toml")),
    ("bench", include_str!("../boards/bench.toml")),
    ("virt", include_str!("../boards/virt.toml")),
];

/// Those that are only there to be inherited.
const ABSTRACT: [&str; 2] = ["base", "orin"];

/// How deep boards may inherit each other.
const DEEPEST: usize = 8;

/// A board.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// What it is called in commands, or the file it comes from.
    #[serde(skip)]
    pub name: String,
    /// What it is, in words.
    pub title: String,
    /// The device-tree `compatible` strings by which it is known; the most particular board that has one of the machine's wins.
    #[serde(default)]
    pub compatible: Vec<String>,
    /// It has neither sensors nor actuators: both are computed by a model of a board.
    #[serde(default)]
    pub simulated: bool,
    /// The profile used where the configuration names none.
    #[serde(default)]
    pub profile: Option<String>,
    /// The devices of GPIO chips by their labels, such as `2200000.gpio`: what the permission to use them is tied to.
    #[serde(default)]
    pub gpio_devices: BTreeMap<String, String>,
    /// Push-to-talk buttons, one a direction, in the order of the directions.
    #[serde(default)]
    pub buttons: Vec<Button>,
    /// A button that is held for longer than this is taken for stuck, in seconds.
    pub stuck_after_s: u32,
    /// The lights.
    #[serde(default)]
    pub indicator: Option<Indicator>,
    /// The sound card.
    pub audio: Audio,
    /// What can be measured.
    pub sensors: Sensors,
    /// What can be turned down.
    pub actuators: Actuators,
    /// The board's own power modes.
    #[serde(default)]
    pub modes: Option<Modes>,
}

/// A GPIO line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The label of its chip, as `gpiodetect` shows it in brackets; without one, whichever chip has a line of the name.
    #[serde(default)]
    pub chip: Option<String>,
    /// Its name, as `gpioinfo` shows it.
    pub name: String,
    /// The level that means "pressed", or "lit".
    pub active: Level,
    /// The resistor that holds it when nothing drives it.
    #[serde(default)]
    pub bias: Bias,
}

/// A level of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The supply's.
    High,
    /// Ground.
    Low,
}

/// What holds a line that nothing drives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bias {
    /// Whatever the board's pin control has set.
    #[default]
    AsIs,
    /// A resistor to the supply.
    PullUp,
    /// A resistor to ground.
    PullDown,
}

/// A push-to-talk button.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Button {
    /// Its line.
    pub line: Line,
    /// The kernel reports a level only once it has stood for so long.
    pub debounce_ms: u32,
    /// With one button for two directions: a press that is shorter switches to the other direction.
    #[serde(default)]
    pub tap_ms: Option<u32>,
}

/// What the box shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Light {
    /// Nothing is going on.
    Idle,
    /// A button is held.
    Listening,
    /// It was released; the translation is being made.
    Thinking,
    /// The translation is heard.
    Speaking,
    /// Something is broken: the sound card is gone.
    Fault,
}

/// All lights.
pub const LIGHTS: [Light; 5] = [Light::Idle, Light::Listening, Light::Thinking, Light::Speaking, Light::Fault];

/// The box's lights and what they do.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Light-emitting diodes by name.
    pub leds: BTreeMap<String, Line>,
    /// What is lit when, over and over.
    pub patterns: BTreeMap<Light, Vec<Step>>,
}

/// A step of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The names of those that are lit.
    pub lit: Vec<String>,
    /// For how long; a pattern of one step stays as it is.
    pub ms: u32,
}

/// ALSA devices, the first that opens is used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audio {
    /// Microphones.
    pub capture_devices: Vec<String>,
    /// Loudspeakers.
    pub playback_devices: Vec<String>,
}

/// What can be measured.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sensors {
    /// Supply rails.
    pub rails: Vec<Rail>,
    /// The names of those whose sum is all that the board draws.
    pub total: Vec<String>,
    /// Thermal zones by type.
    pub zones: Vec<String>,
    /// Zones that give no value while what they measure is switched off.
    pub optional_zones: Vec<String>,
    /// Counters that grow when the board throttles itself, such as over-current alarms.
    pub throttling: Vec<HwmonFile>,
    /// Load and clock of its units.
    pub units: BTreeMap<String, Unit>,
    /// The fan's tachometer.
    pub fan_rpm: Option<HwmonFile>,
    /// The battery's name below `/sys/class/power_supply`.
    pub battery: Option<String>,
}

/// A supply rail, measured by a power monitor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rail {
    /// Its name.
    pub name: String,
    /// The monitor's hwmon name.
    pub hwmon: String,
    /// The channel, where the monitor does not give it the rail's name as a label.
    #[serde(default)]
    pub channel: Option<u32>,
}

/// A file of a hwmon device, which is found by name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HwmonFile {
    /// The device's name.
    pub hwmon: String,
    /// The file.
    pub file: String,
}

/// A unit whose load and clock can be read. The first path that exists is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Unit {
    /// Files that tell the load ...
    pub load: Vec<String>,
    /// ... and what they say at full load, such as 1000.
    pub full_load: u32,
    /// Files that tell the clock ...
    pub clock: Vec<String>,
    /// ... and how many of their units make a megahertz.
    pub per_mhz: u64,
}

/// What can be turned down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Actuators {
    /// The GPU's clock.
    pub gpu: Option<Clock>,
    /// The cores' clock.
    pub cpu: Option<Clock>,
    /// The memory controller's clock.
    pub emc: Option<Clock>,
    /// The `online` files of the cores that can be switched off, in the order in which they are the last to go; core 0 is not
    /// among them.
    pub cores: Vec<String>,
    /// Attributes that are set to a value while the daemon runs, such as how long a power monitor averages.
    pub settings: Vec<Setting>,
}

impl Actuators {
    /// The clocks, by name.
    #[must_use]
    pub fn clocks(&self) -> [(&'static str, Option<&Clock>); 3] {
        [("gpu", self.gpu.as_ref()), ("cpu", self.cpu.as_ref()), ("emc", self.emc.as_ref())]
    }
}

/// An attribute of every hwmon device of a name, and the value that it has while the daemon runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The devices' name.
    pub hwmon: String,
    /// The file.
    pub file: String,
    /// What it is to say.
    pub value: String,
}

/// A clock with an upper bound.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Where the bound is written: the first that exists, or all of them.
    pub max: Vec<String>,
    /// Where a lower bound may stand in its way, likewise; lowered with it.
    #[serde(default)]
    pub min: Vec<String>,
    /// All of `max` and not one of them.
    #[serde(default)]
    pub all: bool,
    /// How many of the file's units make a megahertz.
    pub per_mhz: u64,
}

/// The board's own power modes, which need root.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modes {
    /// The program that sets one: `PROGRAM -m ID`.
    pub program: String,
    /// The file that says `pmode:ID` of the present one.
    pub status: String,
    /// Them.
    pub known: Vec<Mode>,
}

/// A power mode.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: u32,
    /// What it is named after, in watts; none for one without a limit.
    #[serde(default)]
    pub watts: Option<u32>,
    /// To change to it or from it the board must be started again.
    #[serde(default)]
    pub needs_reboot: bool,
}

impl Board {
    /// The names of the boards that are known.
    #[must_use]
    pub fn known() -> Vec<&'static str> {
        KNOWN.iter().map(|(name, _)| *name).filter(|name| !ABSTRACT.contains(name)).collect()
    }

    /// A board by name, or by the path of its file.
    ///
    /// # Errors
    /// [`BoardError`]: unknown, not readable, not TOML, an unknown key, a value that cannot be.
    pub fn load(name: &str) -> Result<Self, BoardError> {
        let real: Vec<_> = KNOWN.into_iter().filter(|(known, _)| !ABSTRACT.contains(known)).collect();
        Self::parse(&described(KIND, name, &real)?, name)
    }

    /// A board from the text of its file.
    ///
    /// # Errors
    /// As [`Board::load`].
    pub fn parse(text: &str, name: &str) -> Result<Self, BoardError> {
        let table = inherited(text, name, DEEPEST)?;
        let mut board: Self = table.try_into().map_err(|problem| syntax(name, &problem))?;
        name.clone_into(&mut board.name);
        match board.problem() {
            Some(what) => Err(BoardError::Value { kind: KIND, name: name.to_owned(), what }),
            None => Ok(board),
        }
    }

    /// The board that this machine says it is, of `compatible` strings from the most particular to the least.
    ///
    /// # Errors
    /// [`BoardError::NotDetected`], and what is wrong with a known board.
    pub fn detect(machine: &[String]) -> Result<Self, BoardError> {
        for wanted in machine {
            for name in Self::known() {
                let board = Self::load(name)?;
                if board.compatible.contains(wanted) {
                    return Ok(board);
                }
            }
        }
        let found = if machine.is_empty() { "nothing (it has none)".to_owned() } else { machine.join(", ") };
        Err(BoardError::NotDetected { found, known: Self::known().join(", ") })
    }

    fn problem(&self) -> Option<String> {
        let Self { buttons, indicator, sensors, audio, .. } = self;
        if self.stuck_after_s == 0 {
            return Some("stuck_after_s = 0: use at least 1".into());
        }
        if buttons.len() > 1 && buttons.iter().any(|b| b.tap_ms.is_some()) {
            return Some("tap_ms: only a board with one button switches directions with it; remove the key".into());
        }
        if let Some(button) = buttons.iter().find(|b| b.debounce_ms > 15) {
            return Some(format!(
                "debounce_ms = {}: a press must be heard within 20 ms, use at most 15",
                button.debounce_ms
            ));
        }
        if let Some(missing) = sensors.total.iter().find(|name| !sensors.rails.iter().any(|rail| rail.name == **name)) {
            return Some(format!("sensors.total names \"{missing}\", which is none of sensors.rails"));
        }
        if !self.simulated && (sensors.total.is_empty() || sensors.zones.is_empty()) {
            return Some("sensors.total and sensors.zones must name what the governor is to watch".into());
        }
        if audio.capture_devices.is_empty() || audio.playback_devices.is_empty() {
            return Some("audio.capture_devices and audio.playback_devices must name at least one ALSA device".into());
        }
        indicator.as_ref().and_then(Indicator::problem)
    }
}

impl Indicator {
    fn problem(&self) -> Option<String> {
        for light in LIGHTS {
            let Some(steps) = self.patterns.get(&light).filter(|steps| !steps.is_empty()) else {
                return Some(format!("indicator.patterns has none for {light:?}").to_lowercase());
            };
            for step in steps {
                if let Some(name) = step.lit.iter().find(|name| !self.leds.contains_key(*name)) {
                    return Some(format!("indicator.patterns names \"{name}\", which is none of indicator.leds"));
                }
                if step.ms < 20 {
                    return Some(format!("indicator.patterns: a step of {} ms; use at least 20", step.ms));
                }
            }
        }
        None
    }
}

/// What errors call the file.
const KIND: &str = "board";

/// The description of something by its name, of those that are known, or by the path of its file.
pub(crate) fn described(kind: &'static str, name: &str, known: &[(&str, &str)]) -> Result<String, BoardError> {
    let path = Path::new(name);
    if name.contains('/') || path.extension().is_some_and(|e| e == "toml") {
        return fs::read_to_string(path).map_err(|problem| BoardError::Read { kind, path: path.into(), problem });
    }
    let found = known.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    found.ok_or_else(|| unknown(kind, name, &known.iter().map(|(name, _)| *name).collect::<Vec<_>>()))
}

/// Something was asked for that nobody has described.
fn unknown(kind: &'static str, name: &str, known: &[&str]) -> BoardError {
    let near = known.iter().map(|k| (strsim::jaro_winkler(k, name), *k)).filter(|(score, _)| *score > 0.75);
    let suggestion = near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, k)| k.to_owned());
    BoardError::Unknown { kind, name: name.to_owned(), suggestion, known: known.join(", ") }
}

fn syntax(name: &str, problem: &toml::de::Error) -> BoardError {
    BoardError::Syntax { kind: KIND, name: name.to_owned(), problem: problem.to_string().trim().to_owned() }
}

/// The table of a file, laid over that of the one it inherits.
fn inherited(text: &str, name: &str, deepest: usize) -> Result<Table, BoardError> {
    let mut table: Table = text.parse().map_err(|problem| syntax(name, &problem))?;
    let parent = match table.remove("inherits") {
        None => return Ok(table),
        Some(Value::String(parent)) => parent,
        Some(other) => {
            let what = format!("inherits = {other}: use the name of a board");
            return Err(BoardError::Value { kind: KIND, name: name.to_owned(), what });
        }
    };
    if deepest == 0 {
        let what = "it inherits itself, through others".to_owned();
        return Err(BoardError::Value { kind: KIND, name: name.to_owned(), what });
    }
    let known: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
    let below = KNOWN.iter().find(|(known, _)| *known == parent).ok_or_else(|| unknown(KIND, &parent, &known))?;
    let mut whole = inherited(below.1, &parent, deepest - 1)?;
    lay_over(&mut whole, table);
    Ok(whole)
}

/// Tables are joined key by key; anything else is replaced.
fn lay_over(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => drop(below.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        Board::parse(text, "box").unwrap_err().to_string()
    }

    #[test]
    fn every_known_board_is_good() {
        for name in Board::known() {
            let board = Board::load(name).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(board.name, name);
            assert!(!board.title.is_empty());
            if let Some(profile) = &board.profile {
                crate::profile::Profile::load(profile).unwrap_or_else(|e| panic!("{name}: {e}"));
            }
        }
    }

    #[test]
    fn an_unknown_board_is_refused_with_those_there_are() {
        let error = Board::load("orin-nan").unwrap_err().to_string();
        assert!(error.contains("did you mean \"orin-nano\"") && error.contains("agx-thor"), "{error}");
        assert!(Board::load("base").is_err(), "nobody has a box that is a base");
        assert!(matches!(Board::load("/nowhere/box.toml"), Err(BoardError::Read { .. })));
        let error = Board::detect(&["acme,toaster".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("acme,toaster") && error.contains("orin-nx"), "{error}");
    }

    #[test]
    fn a_board_is_known_by_the_most_particular_of_its_names() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let nano = names(&["nvidia,p3768-0000+p3767-0005-super", "nvidia,p3767-0005", "nvidia,tegra234"]);
        assert_eq!(Board::detect(&nano).unwrap().name, "orin-nano");
        let agx = names(&["nvidia,p3737-0000+p3701-0005", "nvidia,p3701-0005", "nvidia,tegra234"]);
        assert_eq!(Board::detect(&agx).unwrap().name, "agx-orin");
    }

    #[test]
    fn a_file_says_only_what_differs_from_the_one_it_inherits() {
        let board =
            Board::parse("inherits = 'virt'\ntitle = 'mine'\n[audio]\nplayback_devices = ['hw:9']\n", "box").unwrap();
        let virt = Board::load("virt").unwrap();
        assert_eq!((board.title.as_str(), board.audio.playback_devices.as_slice()), ("mine", &["hw:9".to_owned()][..]));
        assert_eq!((board.audio.capture_devices, board.sensors), (virt.audio.capture_devices, virt.sensors));
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_to_do() {
        assert!(problem("inherits = 'virt'\ntitel = 'x'").contains("titel"));
        assert!(problem("inherits = 'viert'").contains("did you mean \"virt\""));
        assert!(problem("inherits = 3").contains("name of a board"));
        assert!(problem("inherits = 'virt'\n[sensors]\ntotal = ['VDD_X']").contains("VDD_X"));
        assert!(problem("inherits = 'virt'\nstuck_after_s = 0").contains("at least 1"));
        let slow =
            "inherits = 'virt'\n[[buttons]]\nline = { chip = 'c', name = 'n', active = 'low' }\ndebounce_ms = 50";
        assert!(problem(slow).contains("within 20 ms"));
        let dark = "inherits = 'virt'\n[indicator.patterns]\nidle = [{ lit = ['purple'], ms = 100 }]";
        assert!(problem(dark).contains("purple"));
    }
}
