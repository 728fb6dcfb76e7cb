//! What the unprivileged daemon is given: exactly the attributes that its board's file names, and the GPIO chips of its lines
//! (the kernel gives chips and not lines), written as udev rules, tmpfiles and a drop-in of the unit.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::Path,
};

use crate::{
    definition::{Board, Line},
    modes::REQUEST,
};

/// The daemon's group (`systemd/dragoman.sysusers.conf`).
const GROUP: &str = "dragoman";

/// A file to install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Where it belongs.
    pub path: &'static str,
    /// What it says.
    pub text: String,
}

/// The files that give the daemon's group what a board's file names.
#[must_use]
pub fn permissions(board: &Board) -> Vec<Installed> {
    let head = format!("# Written by `dragoman board permissions` for the board {}. Do not edit.\n", board.name);
    vec![
        Installed { path: "/etc/udev/rules.d/70-dragoman-board.rules", text: head.clone() + &udev(board) },
        Installed { path: "/etc/tmpfiles.d/dragoman-board.conf", text: head.clone() + &tmpfiles(board) },
        Installed { path: "/etc/systemd/system/dragoman.service.d/board.conf", text: head + &drop_in(board) },
    ]
}

/// Every attribute that is written, as the board's file names it.
fn attributes(board: &Board) -> BTreeSet<&str> {
    let actuators = &board.actuators;
    let clocks = actuators.clocks().into_iter().filter_map(|(_, clock)| clock);
    let files = clocks.flat_map(|clock| clock.max.iter().chain(&clock.min));
    files.chain(&actuators.cores).map(String::as_str).collect()
}

/// The class and name of a device and one of its attributes, where a path is one of a class.
fn of_class(path: &str) -> Option<(&str, &str, &str)> {
    let mut parts = path.strip_prefix("/sys/class/")?.splitn(3, '/');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

fn udev(board: &Board) -> String {
    let mut rules = String::new();
    let mut rule = |line: &str| writeln!(rules, "{line}").unwrap_or_default();
    let lines: Vec<&Line> = board
        .buttons
        .iter()
        .map(|button| &button.line)
        .chain(board.indicator.iter().flat_map(|indicator| indicator.leds.values()))
        .collect();
    if !lines.is_empty() {
        rule("# Buttons and lights.");
        let device = |line: &&Line| line.chip.as_ref().and_then(|chip| board.gpio_devices.get(chip));
        let named: Option<BTreeSet<&String>> = lines.iter().map(device).collect();
        // Where the file does not say which device a line's chip is of, it may be any of those it names, or any at all.
        let devices = named.unwrap_or_else(|| board.gpio_devices.values().collect());
        for device in &devices {
            rule(&format!(
                r#"SUBSYSTEM=="gpio", KERNEL=="gpiochip*", KERNELS=="{device}", GROUP="{GROUP}", MODE="0660""#
            ));
        }
        if devices.is_empty() {
            rule(&format!(r#"SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="{GROUP}", MODE="0660""#));
        }
    }
    let grant = |file: &str| format!(r#"RUN+="/bin/chgrp {GROUP} /sys%p/{file}", RUN+="/bin/chmod g+w /sys%p/{file}""#);
    let mut by_device: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (class, name, attribute) in attributes(board).into_iter().filter_map(of_class) {
        by_device.entry((class, name)).or_default().push(attribute);
    }
    if !by_device.is_empty() {
        rule("# Clocks.");
    }
    for ((class, name), attributes) in by_device {
        let granted: Vec<String> = attributes.into_iter().map(grant).collect();
        rule(&format!(r#"ACTION=="add", SUBSYSTEM=="{class}", KERNEL=="{name}", {}"#, granted.join(", ")));
    }
    if !board.actuators.settings.is_empty() {
        rule("# Power monitors.");
    }
    for setting in &board.actuators.settings {
        rule(&format!(
            r#"ACTION=="add", SUBSYSTEM=="hwmon", ATTR{{name}}=="{}", {}"#,
            setting.hwmon,
            grant(&setting.file)
        ));
    }
    if board.actuators.cores.iter().any(|path| path.starts_with("/sys/devices/system/cpu")) {
        rule("# A core that comes back brings its clock's files back as root's.");
        rule(r#"ACTION=="online", SUBSYSTEM=="cpu", RUN+="/bin/systemd-tmpfiles --create dragoman-board.conf""#);
    }
    rules
}

fn tmpfiles(board: &Board) -> String {
    let mut text = String::new();
    for path in attributes(board).into_iter().filter(|path| of_class(path).is_none()) {
        writeln!(text, "z {path} 0664 root {GROUP} -").unwrap_or_default();
    }
    if board.modes.is_some() {
        let directory = Path::new(REQUEST).parent().unwrap_or(Path::new("/")).display();
        writeln!(text, "# Requests to dragoman-mode.service.").unwrap_or_default();
        writeln!(text, "d {directory} 0770 root {GROUP} -").unwrap_or_default();
    }
    text
}

fn drop_in(board: &Board) -> String {
    let mut text = String::from("[Service]\n");
    // Drivers that are loaded after tmpfiles are done at the start bring their attributes as root's.
    text += "ExecStartPre=+-/bin/systemd-tmpfiles --create dragoman-board.conf\n";
    if !board.buttons.is_empty() || board.indicator.is_some() {
        text += "DeviceAllow=char-gpiochip rw\n";
    }
    // What of the devices may be written is for the rules and tmpfiles to say: the daemon is not root and has no capability
    // that passes over them. Named one by one they could not be: devices are numbered anew at each start, and a core takes
    // its clock's files with it when it goes. What a class names lies there too.
    let mut writable = BTreeSet::new();
    let is_device = |path: &str| path.starts_with("/sys/class/") || path.starts_with("/sys/devices/");
    if attributes(board).into_iter().any(is_device) || !board.actuators.settings.is_empty() {
        writable.insert("/sys/devices".to_owned());
    }
    for path in attributes(board).into_iter().filter(|path| !is_device(path)) {
        // A driver that is loaded later brings its directory then.
        writable.insert(if path.starts_with("/sys/kernel/") { "/sys/kernel".to_owned() } else { path.to_owned() });
    }
    if board.modes.is_some() {
        writable.insert(Path::new(REQUEST).parent().unwrap_or(Path::new("/")).display().to_string());
    }
    for path in writable {
        writeln!(text, "ReadWritePaths=-{path}").unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing that the board's file names is left out, and nothing else is in it.
    #[test]
    fn exactly_what_the_file_names_is_granted() {
        for name in Board::known() {
            let board = Board::load(name).unwrap();
            let [udev, tmpfiles, _] = &permissions(&board)[..] else { panic!("{name}") };
            let mut granted = BTreeSet::new();
            for rule in udev.text.lines().filter(|l| l.contains("SUBSYSTEM==\"devfreq\"")) {
                let name = rule.split("KERNEL==\"").nth(1).and_then(|r| r.split('"').next()).unwrap();
                let files = rule.split("/bin/chgrp dragoman /sys%p/").skip(1).map(|r| r.split('"').next().unwrap());
                granted.extend(files.map(|file| format!("/sys/class/devfreq/{name}/{file}")));
            }
            let paths = tmpfiles.text.lines().filter_map(|line| line.strip_prefix("z ")?.split(' ').next());
            granted.extend(paths.map(str::to_owned));
            let named: BTreeSet<String> = attributes(&board).into_iter().map(str::to_owned).collect();
            assert_eq!(granted, named, "{name}");
            let settings = udev.text.lines().filter(|l| l.contains("SUBSYSTEM==\"hwmon\"")).count();
            assert_eq!(settings, board.actuators.settings.len(), "{name}");
        }
    }

    #[test]
    fn what_is_written_is_not_mounted_read_only() {
        for name in Board::known() {
            let board = Board::load(name).unwrap();
            let text = permissions(&board)[2].text.clone();
            let writable: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("ReadWritePaths=-")).collect();
            for path in attributes(&board) {
                // A class's entries are links to devices.
                let path = path.replace("/sys/class/", "/sys/devices/");
                assert!(writable.iter().any(|w| Path::new(&path).starts_with(w)), "{name}: {path} in\n{text}");
            }
        }
    }

    #[test]
    fn lines_are_granted_by_their_chips_devices() {
        let rules = |name| permissions(&Board::load(name).unwrap())[0].text.clone();
        let nano = rules("orin-nano");
        assert!(nano.contains(r#"KERNELS=="2200000.gpio""#) && !nano.contains("c2f0000.gpio"), "{nano}");
        assert!(rules("agx-thor").contains(r#"KERNELS=="810c300000.gpio""#), "the file does not say which chip");
        assert!(!rules("bench").contains("gpio"));
    }
}
