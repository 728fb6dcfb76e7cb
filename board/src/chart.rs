//! What governors made of a load, drawn as SVG: power, rung and temperature over time.

use std::fmt::Write;

use crate::{
    profile::Profile,
    replay::{Point, Record},
};

const WIDTH: f32 = 900.0;
const LEFT: f32 = 60.0;
const RIGHT: f32 = 20.0;
/// Of each panel, and between two.
const PANEL: f32 = 170.0;
const GAP: f32 = 46.0;
const TOP: f32 = 70.0;

/// Seconds between two marks of the time: the least that are not too many.
const STEPS: [f32; 9] = [1.0, 5.0, 10.0, 30.0, 60.0, 180.0, 300.0, 600.0, 3600.0];

/// A run to be drawn: its name, its colour, what happened.
pub type Run<'r> = (&'r str, &'r str, &'r Record);

/// A picture of some runs of the same load.
#[must_use]
pub fn chart(title: &str, profile: &Profile, runs: &[Run<'_>]) -> String {
    let seconds =
        runs.iter().filter_map(|(_, _, record)| record.0.last()).map(|p| p.at.as_secs_f32()).fold(1.0, f32::max);
    let step = STEPS.into_iter().find(|step| seconds / step <= 8.0).unwrap_or(seconds);
    let height = TOP + 3.0 * (PANEL + GAP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\" fill=\"none\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    text(&mut svg, LEFT, 24.0, "start", title);
    for (n, (name, colour, _)) in runs.iter().enumerate() {
        let x = LEFT + 200.0 * n as f32;
        line(&mut svg, &[(x, 44.0), (x + 24.0, 44.0)], colour, 2.0, "");
        text(&mut svg, x + 30.0, 48.0, "start", name);
    }
    let mut top = TOP;
    let mut panel =
        |label: &str, (low, high): (f32, f32), limits: &[f32], value: &dyn Fn(&Record) -> Vec<(f32, f32)>| {
            let x = |s: f32| LEFT + (WIDTH - LEFT - RIGHT) * s / seconds;
            let y = |v: f32| top + PANEL * (1.0 - (v - low) / (high - low));
            text(&mut svg, LEFT, top - 6.0, "start", label);
            for tick in 0..=4 {
                let v = low + (high - low) * tick as f32 / 4.0;
                line(&mut svg, &[(LEFT, y(v)), (WIDTH - RIGHT, y(v))], "#ddd", 1.0, "");
                text(&mut svg, LEFT - 8.0, y(v) + 4.0, "end", &format!("{v:.0}"));
            }
            for s in (0..).map(|tick| step * tick as f32).take_while(|s| *s <= seconds) {
                text(&mut svg, x(s), top + PANEL + 18.0, "middle", &format!("{s:.0} s"));
            }
            for limit in limits {
                line(&mut svg, &[(LEFT, y(*limit)), (WIDTH - RIGHT, y(*limit))], "#b3432b", 1.5, "6 4");
            }
            for (_, colour, record) in runs {
                let points: Vec<(f32, f32)> =
                    value(record).into_iter().map(|(s, v)| (x(s), y(v.clamp(low.min(high), low.max(high))))).collect();
                line(&mut svg, &points, colour, 1.5, "");
            }
            top += PANEL + GAP;
        };
    let most = runs.iter().map(|(_, _, record)| record.worst_second()).fold(profile.budget_w, f32::max);
    let ceiling = (most / 4.0).ceil() * 4.0;
    panel("power, mean of a second, in watts; the budget", (0.0, ceiling), &[profile.budget_w], &|record| {
        let ends = record.0.iter().skip(99).map(|p| p.at.as_secs_f32());
        thinned(&ends.zip(record.seconds()).collect::<Vec<_>>())
    });
    let lowest = (profile.rungs.len() - 1) as f32;
    panel("rung, 0 the highest", (lowest.max(4.0), 0.0), &[], &|record| steps(record, |p| p.rung as f32));
    let warmest = runs.iter().flat_map(|(_, _, r)| &r.0).map(|p| p.temperature_c).fold(profile.hard_c, f32::max);
    let limits = [profile.soft_c, profile.hard_c];
    panel(
        "temperature, in degrees Celsius; the soft and the hard limit",
        (0.0, (warmest / 20.0).ceil() * 20.0),
        &limits,
        &|record| thinned(&record.0.iter().map(|p| (p.at.as_secs_f32(), p.temperature_c)).collect::<Vec<_>>()),
    );
    svg + "</svg>\n"
}

/// As many points as a picture shows: of each stretch its least and its most.
fn thinned(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    let length = points.len().div_ceil(WIDTH as usize / 2).max(1);
    let extremes = |stretch: &[(f32, f32)]| {
        let least = stretch.iter().copied().reduce(|a, b| if b.1 < a.1 { b } else { a });
        let most = stretch.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a });
        let mut both: Vec<_> = least.into_iter().chain(most).collect();
        both.sort_by(|a, b| a.0.total_cmp(&b.0));
        both
    };
    points.chunks(length).flat_map(extremes).collect()
}

/// A value that jumps: only where it does.
fn steps(record: &Record, value: impl Fn(&Point) -> f32) -> Vec<(f32, f32)> {
    let mut points: Vec<(f32, f32)> = Vec::new();
    for point in &record.0 {
        let (at, now) = (point.at.as_secs_f32(), value(point));
        match points.last().copied() {
            Some((_, before)) if before == now => {}
            Some((_, before)) => points.extend([(at, before), (at, now)]),
            None => points.push((at, now)),
        }
    }
    points.extend(record.0.last().map(|p| (p.at.as_secs_f32(), value(p))));
    points
}

// Writing to a string cannot fail.

fn line(svg: &mut String, points: &[(f32, f32)], colour: &str, width: f32, dashes: &str) {
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    let dashed = if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
    let _ = writeln!(svg, "<path d=\"M{}\" stroke=\"{colour}\" stroke-width=\"{width}\"{dashed}/>", path.join("L"));
}

fn text(svg: &mut String, x: f32, y: f32, anchor: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"#222\">{words}</text>");
}
