//! Sensors, actuators and the loop around them on a tree of plain files that stands for an Orin Nano's `/sys`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use board::{
    BoardError,
    actuators::{Actuators, SysActuators},
    check::{State, check},
    definition::Board,
    governor::Why,
    keeper::{Keeper, READING},
    modes,
    profile::Profile,
    saved::restore_saved,
    sensors::{Sensors, SysSensors},
    sysfs::Root,
};

struct Tree {
    directory: tempfile::TempDir,
    root: Root,
    board: Board,
}

const GPU: &str = "/sys/class/devfreq/17000000.gpu";
const POLICY: &str = "/sys/devices/system/cpu/cpufreq/policy0";
const HWMON: &str = "/sys/class/hwmon/hwmon3";

impl Tree {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Root::new(directory.path());
        let tree = Self { directory, root, board: Board::load("orin-nano").unwrap() };
        tree.set(
            "/sys/firmware/devicetree/base/compatible",
            "nvidia,p3768-0000+p3767-0005\0nvidia,p3767-0005\0nvidia,tegra234\0",
        );
        tree.set("/sys/class/hwmon/hwmon0/name", "pwmfan");
        tree.set(&format!("{HWMON}/name"), "ina3221");
        tree.set(&format!("{HWMON}/samples"), "512");
        for (n, label) in [(1, "VDD_IN"), (2, "VDD_CPU_GPU_CV"), (3, "VDD_SOC")] {
            tree.set(&format!("{HWMON}/in{n}_label"), label);
            tree.set(&format!("{HWMON}/in{n}_input"), "5000");
            tree.set(&format!("{HWMON}/curr{n}_input"), "1000");
        }
        tree.set("/sys/class/hwmon/hwmon1/name", "soctherm_oc");
        for n in 1..=3 {
            tree.set(&format!("/sys/class/hwmon/hwmon1/oc{n}_event_cnt"), "0");
        }
        tree.set("/sys/class/hwmon/hwmon2/name", "pwm_tach");
        tree.set("/sys/class/hwmon/hwmon2/rpm", "1500");
        for (n, zone) in ["cpu-thermal", "tj-thermal"].iter().enumerate() {
            tree.set(&format!("/sys/class/thermal/thermal_zone{n}/type"), zone);
            tree.set(&format!("/sys/class/thermal/thermal_zone{n}/temp"), "48500");
        }
        tree.set(&format!("{GPU}/max_freq"), "1020000000");
        tree.set(&format!("{GPU}/min_freq"), "306000000");
        tree.set(&format!("{GPU}/cur_freq"), "612000000");
        tree.set(&format!("{GPU}/device/load"), "250");
        tree.set("/sys/kernel/nvpmodel_clk_cap/emc", "3199000000");
        for policy in ["policy0", "policy4"] {
            for (file, khz) in
                [("scaling_max_freq", "1728000"), ("scaling_min_freq", "729600"), ("scaling_cur_freq", "1344000")]
            {
                tree.set(&format!("/sys/devices/system/cpu/cpufreq/{policy}/{file}"), khz);
            }
        }
        for n in 1..=5 {
            tree.set(&format!("/sys/devices/system/cpu/cpu{n}/online"), "1");
        }
        tree.set("/usr/sbin/nvpmodel", "");
        tree.set("/var/lib/nvpmodel/status", "pmode:0000");
        fs::create_dir_all(tree.at("/run/dragoman-mode")).unwrap();
        tree
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.at(path)
    }

    fn set(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{text}\n")).unwrap();
    }

    fn get(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap().trim().to_owned()
    }

    fn sensors(&self) -> SysSensors {
        SysSensors::new(self.root.clone(), &self.board)
    }

    fn saved(&self) -> PathBuf {
        self.directory.path().join("saved.json")
    }

    fn actuators(&self) -> SysActuators {
        let (actuators, failed) = SysActuators::new(self.root.clone(), &self.board, self.saved());
        assert!(failed.is_none(), "{failed:?}");
        actuators
    }

    /// Every file and what it says.
    fn whole(&self) -> Vec<(PathBuf, String)> {
        fn walk(directory: &Path, into: &mut Vec<(PathBuf, String)>) {
            for entry in fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()) {
                if entry.is_dir() {
                    walk(&entry, into)
                } else {
                    into.push((entry.clone(), fs::read_to_string(entry).unwrap().trim().into()))
                }
            }
        }
        let mut files = Vec::new();
        walk(self.directory.path(), &mut files);
        files.sort();
        files
    }
}

#[test]
fn the_board_is_known_by_its_device_tree() {
    let tree = Tree::new();
    assert_eq!(Board::detect(&tree.root.compatible()).unwrap().name, "orin-nano");
    assert!(Root::new("/nowhere").compatible().is_empty());
}

#[test]
fn what_the_board_measures_is_read() {
    let tree = Tree::new();
    let mut sensors = tree.sensors();
    assert_eq!(sensors.power(), Some(5.0));
    let readings = sensors.read();
    assert_eq!((readings.rails.len(), readings.hottest_c(), readings.fan_rpm), (3, Some(48.5), Some(1500)));
    assert_eq!(readings.units["gpu"].load, Some(0.25));
    assert_eq!((readings.units["gpu"].mhz, readings.units["cpu"].mhz), (Some(612.0), Some(1344.0)));
    assert_eq!(readings.stale, Vec::<String>::new());
}

#[test]
fn a_sensor_that_dies_or_talks_rubbish_is_stale() {
    let tree = Tree::new();
    let mut sensors = tree.sensors();
    for rubbish in ["", "-5", "x", "99999999999", "0"] {
        tree.set(&format!("{HWMON}/in1_input"), rubbish);
        assert_eq!(sensors.power(), None, "{rubbish:?}");
        assert!(sensors.read().stale.contains(&"rail VDD_IN".to_owned()));
    }
    // Its driver was bound again, under another number.
    fs::rename(tree.at(HWMON), tree.at("/sys/class/hwmon/hwmon7")).unwrap();
    tree.set("/sys/class/hwmon/hwmon7/in1_input", "5000");
    assert_eq!(sensors.power(), Some(5.0));
    for rubbish in ["-256000", "", "999999"] {
        tree.set("/sys/class/thermal/thermal_zone1/temp", rubbish);
        let readings = sensors.read();
        assert_eq!(readings.hottest_c(), None, "{rubbish:?}: one that is not seen may be the hottest");
        assert_eq!(readings.stale, ["zone tj-thermal"]);
    }
    tree.set("/sys/class/thermal/thermal_zone1/temp", "91000");
    tree.set("/sys/class/hwmon/hwmon1/oc2_event_cnt", "7");
    let readings = sensors.read();
    assert_eq!((readings.hottest_c(), readings.throttled), (Some(91.0), 7));
}

#[test]
fn caps_are_put_into_effect_and_the_boards_own_come_back() {
    let tree = Tree::new();
    // As somebody has set it who wants it quick.
    tree.set(&format!("{POLICY}/scaling_min_freq"), "1190400");
    let before = tree.whole();
    let profile = Profile::load("orin-nano-15w").unwrap();
    let mut actuators = tree.actuators();
    assert!(actuators.settle().is_empty());
    assert_eq!(tree.get(&format!("{HWMON}/samples")), "4");
    let failed = actuators.apply(&profile.rungs[4]);
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(tree.get(&format!("{GPU}/max_freq")), "306000000");
    assert_eq!(tree.get(&format!("{POLICY}/scaling_max_freq")), "730000");
    assert_eq!(
        tree.get(&format!("{POLICY}/scaling_min_freq")),
        "730000",
        "a lower bound above the upper one goes with it"
    );
    assert_eq!(tree.get("/sys/kernel/nvpmodel_clk_cap/emc"), "2133000000");
    let cores = || (1..=5).map(|n| tree.get(&format!("/sys/devices/system/cpu/cpu{n}/online"))).collect::<String>();
    assert_eq!(cores(), "11100", "four of six");
    // Up again: all cores, higher clocks.
    assert!(actuators.apply(&profile.rungs[0]).is_empty());
    assert_eq!((cores().as_str(), tree.get(&format!("{GPU}/max_freq")).as_str()), ("11111", "612000000"));
    assert!(actuators.restore().is_empty());
    assert_eq!(tree.whole(), before);
}

#[test]
fn caps_that_somebody_lifts_are_put_back_and_what_does_not_stay_is_told() {
    let tree = Tree::new();
    let profile = Profile::load("orin-nano-15w").unwrap();
    let rung = &profile.rungs[4];
    let mut actuators = tree.actuators();
    assert!(actuators.apply(rung).is_empty());
    tree.set(&format!("{GPU}/max_freq"), "1020000000");
    tree.set("/sys/devices/system/cpu/cpu5/online", "1");
    assert!(actuators.check(rung).is_empty(), "it is mended first");
    assert_eq!(tree.get(&format!("{GPU}/max_freq")), "306000000");
    assert_eq!(tree.get("/sys/devices/system/cpu/cpu5/online"), "0");
    assert!(actuators.check(rung).is_empty());
    // Somebody who does it again and again.
    tree.set(&format!("{GPU}/max_freq"), "1020000000");
    assert!(actuators.check(rung).is_empty());
    tree.set(&format!("{GPU}/max_freq"), "1020000000");
    let told: Vec<String> = actuators.check(rung).iter().map(ToString::to_string).collect();
    assert!(told.len() == 1 && told[0].contains("it says 1020000000 instead"), "{told:?}");
    // The kernel's own next step below is as good.
    tree.set(&format!("{POLICY}/scaling_max_freq"), "729600");
    assert!(actuators.check(rung).iter().all(|e| !e.to_string().contains("scaling")));
    assert_eq!(tree.get(&format!("{POLICY}/scaling_max_freq")), "729600");
}

#[test]
fn clocks_of_cores_that_are_off_are_left_alone() {
    let tree = Tree::new();
    tree.set("/sys/devices/system/cpu/cpufreq/policy4/affected_cpus", "");
    let profile = Profile::load("orin-nano-15w").unwrap();
    assert!(tree.actuators().apply(&profile.rungs[4]).is_empty());
    assert_eq!(tree.get("/sys/devices/system/cpu/cpufreq/policy4/scaling_max_freq"), "1728000");
    assert!(!fs::read_to_string(tree.saved()).unwrap_or_default().contains("policy4"));
}

#[test]
fn the_mode_is_given_back_by_whoever_comes_next() {
    let tree = Tree::new();
    let modes = tree.board.modes.clone().unwrap();
    let mut died = tree.actuators();
    // Nobody carries it out here: it takes the helper.
    let asked = std::thread::spawn({
        let status = tree.at("/var/lib/nvpmodel/status");
        let request = tree.at(modes::REQUEST);
        move || {
            while fs::read_to_string(&request).unwrap_or_default().trim() != "25W" {
                std::thread::sleep(Duration::from_millis(5));
            }
            fs::write(status, "pmode:0001\n").unwrap();
        }
    });
    died.set_mode("25W").unwrap();
    asked.join().unwrap();
    std::mem::forget(died);
    // The next one finds it in force, and knows all the same what was before.
    let mut next = tree.actuators();
    next.set_mode("25W").unwrap();
    std::mem::forget(next);
    fs::remove_file(tree.at(modes::REQUEST)).unwrap();
    assert_eq!(restore_saved(&tree.root, &tree.saved(), Some(&modes)).unwrap(), 1);
    assert_eq!(tree.get(modes::REQUEST), "15W");
}

#[test]
fn what_cannot_be_given_back_is_kept_for_the_next_who_tries() {
    let tree = Tree::new();
    let profile = Profile::load("orin-nano-15w").unwrap();
    let mut died = tree.actuators();
    died.apply(&profile.rungs[4]);
    std::mem::forget(died);
    // A file that exists and cannot be written: a directory stands in its place.
    let max = tree.at(&format!("{GPU}/max_freq"));
    fs::remove_file(&max).unwrap();
    fs::create_dir(&max).unwrap();
    assert!(restore_saved(&tree.root, &tree.saved(), None).unwrap_err().to_string().contains("max_freq"));
    fs::remove_dir(&max).unwrap();
    tree.set(&format!("{GPU}/max_freq"), "306000000");
    assert_eq!(restore_saved(&tree.root, &tree.saved(), None).unwrap(), 1);
    assert_eq!(tree.get(&format!("{GPU}/max_freq")), "1020000000");
}

#[test]
fn a_lower_bound_of_the_boards_own_is_not_raised_and_an_unused_core_not_woken() {
    let tree = Tree::new();
    tree.set(&format!("{GPU}/max_freq"), "408000000");
    tree.set("/sys/devices/system/cpu/cpu5/online", "0");
    let before = tree.whole();
    let mut actuators = tree.actuators();
    let profile = Profile::load("orin-nano-15w").unwrap();
    assert!(actuators.apply(&profile.rungs[0]).is_empty());
    assert_eq!(tree.get(&format!("{GPU}/max_freq")), "408000000");
    assert_eq!(tree.get("/sys/devices/system/cpu/cpu5/online"), "0");
    drop(actuators);
    assert_eq!(tree.whole(), before, "dropping it gives back too");
}

#[test]
fn a_daemon_that_died_is_made_good_by_whoever_comes_next() {
    let tree = Tree::new();
    let before = tree.whole();
    let profile = Profile::load("orin-nano-15w").unwrap();
    let mut died = tree.actuators();
    died.apply(&profile.rungs[4]);
    std::mem::forget(died);
    // ExecStopPost.
    assert!(restore_saved(&tree.root, &tree.saved(), None).unwrap() > 5);
    assert_eq!(tree.whole(), before);
    assert_eq!(restore_saved(&tree.root, &tree.saved(), None).unwrap(), 0, "there is nothing to do any more");
    // Or the next start: what it finds is not taken for the board's own.
    let mut died = tree.actuators();
    died.apply(&profile.rungs[4]);
    std::mem::forget(died);
    drop(tree.actuators());
    assert_eq!(tree.whole(), before);
    fs::write(tree.saved(), "rubbish").unwrap();
    let (_, told) = SysActuators::new(tree.root.clone(), &tree.board, tree.saved());
    assert!(matches!(told, Some(BoardError::Saved { .. })), "{told:?}");
    assert_eq!(restore_saved(&tree.root, &tree.saved(), None).unwrap(), 0, "it is told once");
}

#[test]
fn what_is_missing_is_told_and_the_rest_done() {
    let tree = Tree::new();
    fs::remove_dir_all(tree.at(GPU)).unwrap();
    let profile = Profile::load("orin-nano-15w").unwrap();
    let failed = tree.actuators().apply(&profile.rungs[4]);
    let told: Vec<String> = failed.iter().map(ToString::to_string).collect();
    assert!(told.len() == 1 && told[0].contains("dragoman board check"), "{told:?}");
}

#[test]
fn the_keeper_steps_down_when_the_readings_go_up() {
    let tree = Tree::new();
    let profile = Profile::load("orin-nano-15w").unwrap();
    let (mut keeper, failed) = Keeper::new(profile, Box::new(tree.sensors()), Box::new(tree.actuators()));
    assert!(failed.is_empty(), "{failed:?}");
    let mut now = Duration::ZERO;
    let mut go_on = |keeper: &mut Keeper, time: Duration| {
        let until = now + time;
        let mut last = None;
        while now < until {
            last = keeper.step(now).changed.or(last);
            now += READING;
        }
        last
    };
    // 5 W: up to the highest rung, one at a time.
    go_on(&mut keeper, Duration::from_secs(60));
    assert_eq!(keeper.decision().rung, 0);
    assert_eq!(tree.get(&format!("{GPU}/max_freq")), "612000000");
    assert!((keeper.energy_j() - 300.0).abs() < 5.0, "{} J", keeper.energy_j());
    // 18 W.
    tree.set(&format!("{HWMON}/curr1_input"), "3600");
    let changed = go_on(&mut keeper, Duration::from_millis(900));
    assert!(changed.is_some_and(|d| d.why == Why::Power && d.rung >= 2), "{changed:?}");
    assert_ne!(tree.get(&format!("{GPU}/max_freq")), "612000000");
    // It is told nothing any more.
    tree.set(&format!("{HWMON}/curr1_input"), "x");
    go_on(&mut keeper, Duration::from_secs(2));
    assert_eq!(keeper.power_w(), None);
    assert!(keeper.decision().rung >= 2);
    assert!(keeper.restore().is_empty());
    assert_eq!(tree.get(&format!("{GPU}/max_freq")), "1020000000");
}

#[test]
fn every_line_of_the_file_is_looked_for() {
    let tree = Tree::new();
    fs::remove_file(tree.at("/sys/class/hwmon/hwmon1/oc3_event_cnt")).unwrap();
    fs::remove_file(tree.at("/sys/class/thermal/thermal_zone0/temp")).unwrap();
    let findings = check(&tree.root, &tree.board);
    let missing: Vec<&str> = findings
        .iter()
        .filter(|f| f.state != State::Present)
        .map(|f| f.item.as_str())
        .filter(|i| !i.contains("button") && !i.contains("leds"))
        .collect();
    assert_eq!(missing, ["sensors.zones cpu-thermal", "sensors, soctherm_oc oc3_event_cnt"]);
    assert!(findings.iter().all(|f| (f.state == State::Present) == f.mend.is_none()));
    assert!(findings.iter().any(|f| f.item == "modes.status" && f.what.contains("15W")));
}

#[test]
fn a_mode_is_asked_for_and_carried_out_by_name_only() {
    let tree = Tree::new();
    let modes = tree.board.modes.clone().unwrap();
    modes::request(&tree.root, &modes, "15W").expect("it is in force");
    let error = modes::request(&tree.root, &modes, "7W").unwrap_err().to_string();
    assert!(error.contains("by hand: sudo /usr/sbin/nvpmodel -m 3"), "{error}");
    assert!(modes::request(&tree.root, &modes, "1W").unwrap_err().to_string().contains("MAXN_SUPER"));
    // The helper's half, with a program that does what nvpmodel does.
    let program = tree.at("/usr/sbin/nvpmodel");
    let status = tree.at("/var/lib/nvpmodel/status");
    fs::write(&program, format!("#!/bin/sh\n[ $1 = -m ] && echo pmode:000$2 >{}\n", status.display())).unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let request = tree.at(modes::REQUEST);
    fs::write(&request, "25W\n").unwrap();
    assert_eq!(modes::carry_out(&tree.root, &tree.board, &request).unwrap(), "25W");
    assert_eq!(modes::present(&tree.root, &modes).unwrap().name, "25W");
    fs::write(&request, "25W; reboot\n").unwrap();
    assert!(modes::carry_out(&tree.root, &tree.board, &request).is_err());
    // A link to what the helper may read and the daemon may not.
    fs::remove_file(&request).unwrap();
    std::os::unix::fs::symlink(tree.at("/sys/class/hwmon/hwmon0/name"), &request).unwrap();
    let error = modes::carry_out(&tree.root, &tree.board, &request).unwrap_err().to_string();
    assert!(!error.contains("pwmfan"), "{error}");
    fs::remove_file(&request).unwrap();
    // One that says that all is well, and does nothing.
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::write(&request, "15W\n").unwrap();
    let error = modes::carry_out(&tree.root, &tree.board, &request).unwrap_err().to_string();
    assert!(error.contains("not in force"), "{error}");
}
