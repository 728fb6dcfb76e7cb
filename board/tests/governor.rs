//! The governor on a model of a board: whatever the load, the weather and the sensors do, no second exceeds the budget.

use std::time::Duration;

use board::{
    chart::chart,
    governor::{Decision, Governor, Sample, Why},
    plant::Nature,
    profile::Profile,
    replay::{Naive, Reading, Record, World, replay},
    trace::Trace,
};
use proptest::prelude::*;

/// A board of 15 W whose highest rungs may draw much more.
const PROFILE: &str = r#"
boards = ["bench"]
budget_w = 15.0
soft_c = 80.0
hard_c = 92.0
rungs = [
    { name = "full", peak_w = 24.0, caps = { gpu_max_mhz = 918 } },
    { name = "high", peak_w = 19.0, caps = { gpu_max_mhz = 612 } },
    { name = "middle", peak_w = 14.0, caps = { gpu_max_mhz = 510 } },
    { name = "low", peak_w = 10.0, caps = { gpu_max_mhz = 408 } },
    { name = "floor", peak_w = 6.0, caps = { gpu_max_mhz = 306 } },
]
"#;

const BUDGET: f32 = 15.0;

fn profile() -> Profile {
    Profile::parse(PROFILE, "test").unwrap()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The board under the governor.
fn run(profile: &Profile, seconds: u64, ambient_c: f32, world: &mut dyn FnMut(Duration) -> World) -> Record {
    let nature = Nature { ambient_c, ..Nature::default() };
    replay(profile, &mut Governor::new(profile.clone()), nature, Duration::from_secs(seconds), world)
}

/// A load that jumps.
fn load() -> impl Strategy<Value = Vec<(u64, f32)>> {
    let level = prop_oneof![Just(0.0_f32), Just(1.0), 0.0_f32..1.0];
    proptest::collection::vec((20_u64..3_000, level), 5..60)
}

/// What a power monitor does for a while.
fn readings() -> impl Strategy<Value = Vec<(u64, Reading)>> {
    let garbage = prop_oneof![Just(f32::NAN), Just(-3.0), Just(f32::INFINITY), Just(1e9)];
    let kind = prop_oneof![
        6 => (-0.02_f32..0.02).prop_map(Reading::OffBy),
        1 => Just(Reading::Nothing),
        1 => garbage.prop_map(Reading::Garbage),
    ];
    proptest::collection::vec((50_u64..4_000, kind), 1..60)
}

/// What applies at a time, of stretches one after another, over and over.
fn at<T: Copy>(stretches: &[(u64, T)], time: Duration) -> T {
    let whole: u64 = stretches.iter().map(|(length, _)| length).sum();
    let mut left = time.as_millis() as u64 % whole.max(1);
    for (length, what) in stretches {
        if left < *length {
            return *what;
        }
        left -= length;
    }
    stretches[0].1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// The promise.
    #[test]
    fn no_second_exceeds_the_budget(
        load in load(),
        ambient in -10.0_f32..50.0,
        readings in readings(),
        blind in proptest::collection::vec((100_u64..6_000, any::<bool>()), 1..20),
    ) {
        let record = run(&profile(), 60, ambient, &mut |time| World {
            load: at(&load, time),
            power: at(&readings, time),
            sees_heat: at(&blind, time),
            obeys: true,
        });
        let worst = record.worst_second();
        prop_assert!(worst <= BUDGET, "{worst} W in a second");
    }

    /// The same of every profile that is shipped, on its own peaks.
    #[test]
    fn no_shipped_profile_exceeds_its_budget(load in load(), which in 0..Profile::known().len(), ambient in -10.0_f32..50.0) {
        let profile = Profile::load(Profile::known()[which]).unwrap();
        let floor = profile.rungs[profile.rungs.len() - 1].peak_w;
        let nature = Nature { idle_w: floor * 0.7, ambient_c: ambient, resistance: 30.0 / profile.budget_w, ..Nature::default() };
        let mut governor = Governor::new(profile.clone());
        let record = replay(&profile, &mut governor, nature, Duration::from_secs(60), &mut |time| World::busy(at(&load, time)));
        let worst = record.worst_second();
        prop_assert!(worst <= profile.budget_w, "{}: {worst} W in a second", profile.name);
    }

    /// A profile whose peaks are too low is found out: what is above the budget does not come again and again.
    #[test]
    fn peaks_that_are_too_low_are_learned(load in load(), too_low in 1.05_f32..1.4) {
        let mut told = profile();
        told.rungs.iter_mut().for_each(|rung| rung.peak_w /= too_low);
        let mut governor = Governor::new(told);
        let mut busy = |time: Duration| World::busy(if time < ms(20_000) { 1.0 } else { at(&load, time) });
        let record = replay(&profile(), &mut governor, Nature::default(), Duration::from_secs(120), &mut busy);
        let late = Record(record.0[2_000..].to_vec());
        prop_assert!(late.worst_second() <= BUDGET * 1.02, "{} W in a second", late.worst_second());
    }

    /// Where an actuator is stuck the board is told to be on the floor for as long as it draws too much.
    #[test]
    fn a_stuck_actuator_is_told_the_right_thing(load in load(), ambient in -10.0_f32..50.0) {
        let record = run(&profile(), 40, ambient, &mut |time| World { obeys: time < ms(5_000), ..World::busy(at(&load, time)) });
        let means: Vec<f32> = record.seconds().collect();
        // Nothing above the budget for a second and a decision more without the floor being asked for.
        for (point, mean) in record.0[99..].iter().zip(means).filter(|(p, _)| p.at >= ms(7_000)) {
            prop_assert!(mean <= BUDGET || point.decision.rung == 4, "{point:?}, {mean} W");
        }
    }

}

proptest! {
    // Half an hour each.
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// A load that comes and goes ends on one rung; one that is away for minutes is followed, some rungs down and up each time.
    #[test]
    fn it_does_not_oscillate(
        which in 0..=Profile::known().len(),
        periods in (1_u64..200_000, 1_u64..200_000),
        loads in (0.0_f32..1.0, 0.0_f32..1.0),
    ) {
        let profile = Profile::known().get(which).map_or_else(profile, |name| Profile::load(name).unwrap());
        let nature = Nature { idle_w: profile.rungs.last().unwrap().peak_w * 0.5, resistance: 20.0 / profile.budget_w, ..Nature::default() };
        let mut governor = Governor::new(profile.clone());
        let stretches = [(periods.0, loads.0), (periods.1, loads.1)];
        let record = replay(&profile, &mut governor, nature, Duration::from_secs(1800), &mut |time| World::busy(at(&stretches, time)));
        let late = record.changes(ms(1_200_000), ms(1_800_000));
        prop_assert!(late <= 20, "{}: {late} changes in ten minutes", profile.name);
    }
}

#[test]
fn a_steady_load_ends_on_one_rung() {
    let shipped = Profile::known().into_iter().map(|name| Profile::load(name).unwrap());
    for profile in shipped.chain([profile()]) {
        for step in 0..=10 {
            let load = step as f32 / 10.0;
            let mut noise = [0.01, -0.01, 0.0].iter().cycle();
            let mut world = |_| World { power: Reading::OffBy(*noise.next().unwrap()), ..World::busy(load) };
            let nature = Nature {
                idle_w: profile.rungs.last().unwrap().peak_w * 0.5,
                resistance: 20.0 / profile.budget_w,
                ..Nature::default()
            };
            let mut governor = Governor::new(profile.clone());
            let record = replay(&profile, &mut governor, nature, Duration::from_secs(900), &mut world);
            assert_eq!(record.changes(ms(300_000), ms(900_000)), 0, "{}: load {load}", profile.name);
        }
    }
    // With nothing to do it is on the highest, at full load on one that fits.
    for (load, rungs) in [(0.0, 0..=0), (1.0, 2..=2)] {
        let last = run(&profile(), 300, 25.0, &mut |_| World::busy(load)).0.last().unwrap().decision;
        assert!(rungs.contains(&last.rung), "load {load}: {last:?}");
    }
}

#[test]
fn one_reading_that_cannot_be_true_costs_little() {
    let mut garbage = |time: Duration| World {
        power: if time.as_millis() / 100 == 200 { Reading::Garbage(60.0) } else { Reading::OffBy(0.0) },
        ..World::busy(0.0)
    };
    let record = run(&profile(), 120, 25.0, &mut garbage);
    let rung_at = |seconds: usize| record.0[seconds * 100 - 1].decision.rung;
    assert_eq!((rung_at(20), rung_at(60)), (0, 0));
}

#[test]
fn who_may_be_late_climbs_no_higher_than_is_safe() {
    let mut governor = Governor::new(profile());
    governor.expect_delays();
    let sample = |n: u64| Sample { at: ms(n * 100), power_w: Some(3.0), hottest_c: Some(40.0), throttled: false };
    assert!((0..3000).all(|n| governor.decide(&sample(n)).rung >= 2));
}

#[test]
fn a_burst_may_draw_more_than_the_budget_for_a_moment() {
    let record = run(&profile(), 120, 25.0, &mut |time| World::busy(at(&[(10_000, 0.0), (150, 1.0)], time)));
    let most = record.0.iter().map(|p| p.power_w).fold(0.0, f32::max);
    assert!(most > BUDGET, "{most} W at most: the budget is of a second, not of an instant");
    assert!(record.worst_second() <= BUDGET);
}

/// What makes all this worth its lines.
#[test]
fn a_naive_governor_exceeds_the_budget_and_oscillates() {
    let busy = |time| World::busy(at(&[(3_000, 0.2), (4_000, 1.0)], time));
    let length = Duration::from_secs(300);
    let naive = replay(&profile(), &mut Naive::new(profile()), Nature::default(), length, &mut |time| busy(time));
    let ours = run(&profile(), 300, 25.0, &mut |time| busy(time));
    let late = (ms(150_000), ms(300_000));
    assert!(naive.over(BUDGET) > Duration::from_secs(5) && ours.over(BUDGET) == Duration::ZERO);
    assert!(naive.changes(late.0, late.1) > 10 * ours.changes(late.0, late.1).max(1));
}

#[test]
fn heat_is_answered() {
    let governor = || Governor::new(profile());
    let sample =
        |at: u64, hottest: f32| Sample { at: ms(at), power_w: Some(5.0), hottest_c: Some(hottest), throttled: false };
    // Hot: the floor at once.
    let mut hot = governor();
    assert_eq!(hot.decide(&sample(0, 50.0)).rung, 2);
    assert_eq!(hot.decide(&sample(100, 92.0)), Decision { rung: 4, why: Why::Hot });
    assert_eq!(hot.decide(&sample(200, 92.0)), Decision { rung: 4, why: Why::Hot }, "it says what holds it");
    // Warm: a rung every four seconds.
    let mut warm = governor();
    let rungs: Vec<usize> = (0..100).map(|n| warm.decide(&sample(n * 100, 85.0)).rung).collect();
    assert_eq!((rungs[0], rungs[41], rungs[82]), (2, 3, 4));
    // Not up again before it is cool.
    assert!((100..400).all(|n| warm.decide(&sample(n * 100, 78.0)).rung == 4));
    let up = (400..600).map(|n| warm.decide(&sample(n * 100, 70.0))).find(|d| d.why == Why::Room);
    assert_eq!(up.map(|d| d.rung), Some(3));
}

#[test]
fn a_board_in_the_sun_stays_below_the_hard_limit() {
    // At 50 degrees, with a heat sink that does not carry what the budget allows.
    let nature = Nature { ambient_c: 50.0, resistance: 4.0, ..Nature::default() };
    let mut governor = Governor::new(profile());
    let record = replay(&profile(), &mut governor, nature, Duration::from_secs(900), &mut |_| World::busy(1.0));
    let hottest = record.0.iter().map(|p| p.temperature_c).fold(0.0, f32::max);
    assert!((80.0..92.0).contains(&hottest), "{hottest} C");
}

#[test]
fn who_cannot_see_assumes_the_worst() {
    let mut governor = Governor::new(profile());
    let blind = |at, power_w, hottest_c| Sample { at: ms(at), power_w, hottest_c, throttled: false };
    let up = (0..200).map(|n| governor.decide(&blind(n * 100, Some(3.0), Some(40.0)))).last();
    assert_eq!(up.map(|d| d.rung), Some(0), "with nothing to do it is on the highest");
    // A reading or two are bridged by what the second before has left of the budget.
    assert_eq!(governor.decide(&blind(20_000, None, Some(40.0))).rung, 0);
    let down = (1..10).map(|n| governor.decide(&blind(20_000 + n * 100, None, Some(40.0)))).find(|d| d.rung >= 2);
    assert_eq!(down.map(|d| d.why), Some(Why::PowerUnknown));
    let mut governor = Governor::new(profile());
    assert_ne!(governor.decide(&blind(0, Some(3.0), Some(40.0))).rung, 4);
    assert_ne!(governor.decide(&blind(1_900, Some(3.0), None)).rung, 4, "a heat sink is slow");
    assert_eq!(governor.decide(&blind(2_100, Some(3.0), None)), Decision { rung: 4, why: Why::TemperatureUnknown });
}

#[test]
fn an_over_current_alarm_costs_a_rung() {
    let mut governor = Governor::new(profile());
    let sample = |at, throttled| Sample { at: ms(at), power_w: Some(5.0), hottest_c: Some(40.0), throttled };
    assert!((0..20).all(|n| governor.decide(&sample(n * 100, false)).rung == 2));
    assert_eq!(governor.decide(&sample(2_000, true)), Decision { rung: 3, why: Why::Throttled });
    assert_eq!(governor.decide(&sample(2_100, true)).rung, 3, "it is given a second to help");
}

/// What is drawn in docs/governor.md.
#[test]
fn recorded_and_made_up_traces_stay_below_the_budget_and_are_drawn() {
    let profile = Profile::load("orin-nano-15w").unwrap();
    for (name, ambient_c, resistance) in [("conversation", 25.0, 2.2), ("bursts", 25.0, 2.2), ("sun", 45.0, 4.0)] {
        let path = format!("{}/traces/{name}.csv", env!("CARGO_MANIFEST_DIR"));
        let trace = Trace::parse(&std::fs::read_to_string(path).unwrap(), name).unwrap();
        let nature = Nature { ambient_c, resistance, ..Nature::default() };
        let mut busy = |at| World::busy(trace.load(at, &profile));
        let governed = replay(&profile, &mut Governor::new(profile.clone()), nature, trace.length(), &mut busy);
        let naive = replay(&profile, &mut Naive::new(profile.clone()), nature, trace.length(), &mut busy);
        assert_eq!(governed.over(profile.budget_w), Duration::ZERO, "{name}: {} W", governed.worst_second());
        assert!(governed.0.iter().all(|p| p.temperature_c < profile.hard_c), "{name}");
        // What people say keeps a board busy for moments only.
        assert_eq!(naive.over(profile.budget_w) > Duration::ZERO, name != "conversation", "{name}");
        let svg = chart(name, &profile, &[("naive", "#bbb", &naive), ("governor", "#1b7f79", &governed)]);
        // Three limits, two curves in each of three panels, and their legend.
        assert_eq!(
            (svg.matches("stroke-dasharray").count(), svg.matches("stroke=\"#1b7f79\"").count()),
            (3, 4),
            "{name}"
        );
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"), "{name}");
    }
}
