//! What a board had to do, moment by moment, as a text: recorded on one, and run through the governor again.

use std::{fmt::Write, time::Duration};

use crate::{error::BoardError, profile::Profile};

/// A line of a trace.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moment {
    /// Since the beginning.
    pub at: Duration,
    /// What the board drew, in watts.
    pub watts: Option<f32>,
    /// Its hottest zone, in degrees Celsius.
    pub celsius: Option<f32>,
    /// How busy its cores were, 0 to 1.
    pub load: Option<f32>,
}

/// What a board had to do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace(pub Vec<Moment>);

/// The columns of the text.
const HEAD: &str = "seconds,watts,celsius,load";

impl Trace {
    /// The first line of the text.
    #[must_use]
    pub fn head() -> String {
        format!("{HEAD}\n")
    }

    /// Reads a trace: a line with the columns' names, of which `seconds` and one of `watts` and `load` must be there, and then a
    /// line a moment. Lines that begin with `#` are comments; a value that is not known is empty.
    ///
    /// # Errors
    /// [`BoardError::Value`]: a column is missing, a value is no number, time goes back.
    pub fn parse(text: &str, name: &str) -> Result<Self, BoardError> {
        let wrong = |what: String| BoardError::Value { kind: "trace", name: name.to_owned(), what };
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let (_, head) = lines.next().ok_or_else(|| wrong(format!("it is empty; its first line is {HEAD}")))?;
        let columns: Vec<&str> = head.split(',').map(str::trim).collect();
        let column = |name: &str| columns.iter().position(|column| *column == name);
        let (seconds, watts, celsius, load) = (column("seconds"), column("watts"), column("celsius"), column("load"));
        let Some(seconds) = seconds.filter(|_| watts.is_some() || load.is_some()) else {
            return Err(wrong(format!("its first line is \"{head}\"; write {HEAD}, or seconds,load")));
        };
        let mut moments: Vec<Moment> = Vec::new();
        for (number, line) in lines {
            let values: Vec<&str> = line.split(',').map(str::trim).collect();
            let value = |at: Option<usize>| match at.and_then(|at| values.get(at)).filter(|text| !text.is_empty()) {
                None => Ok(None),
                Some(text) => match text.parse::<f32>() {
                    Ok(value) if value.is_finite() => Ok(Some(value)),
                    _ => Err(wrong(format!("line {}: \"{text}\" is not a number", number + 1))),
                },
            };
            let at = value(Some(seconds))?
                .filter(|s| *s >= 0.0)
                .map(|s| Duration::from_millis((f64::from(s) * 1e3).round() as u64));
            let at = at.filter(|at| moments.last().is_none_or(|last| *at >= last.at));
            let at = at.ok_or_else(|| wrong(format!("line {}: its time is missing or goes back", number + 1)))?;
            moments.push(Moment { at, watts: value(watts)?, celsius: value(celsius)?, load: value(load)? });
        }
        if moments.is_empty() {
            return Err(wrong("it has no moment".into()));
        }
        Ok(Self(moments))
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.0.last().map_or(Duration::ZERO, |last| last.at)
    }

    /// How busy the board was at a time, 0 to 1: of the highest rung's most, by what it drew where that was recorded, else by
    /// its cores' load.
    #[must_use]
    pub fn load(&self, at: Duration, profile: &Profile) -> f32 {
        let index = self.0.partition_point(|moment| moment.at <= at).saturating_sub(1);
        let Some(moment) = self.0.get(index) else { return 0.0 };
        let idle = profile.figures.map_or(0.0, |figures| figures.idle_w);
        let span = (profile.rungs[0].peak_w - idle).max(f32::EPSILON);
        moment.watts.map(|watts| (watts - idle) / span).or(moment.load).unwrap_or(0.0).clamp(0.0, 1.0)
    }
}

impl Moment {
    /// Its line of the text.
    #[must_use]
    pub fn line(&self) -> String {
        let value = |value: Option<f32>| value.map(|v| format!("{v:.3}")).unwrap_or_default();
        let mut line = format!("{:.3}", self.at.as_secs_f32());
        for value in [value(self.watts), value(self.celsius), value(self.load)] {
            // Writing to a string cannot fail.
            let _ = write!(line, ",{value}");
        }
        line + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let moment = |ms, watts| Moment { at: Duration::from_millis(ms), watts, celsius: Some(48.0), load: Some(0.25) };
        let trace = Trace(vec![moment(0, Some(5.5)), moment(100, None)]);
        let text: String = std::iter::once(Trace::head()).chain(trace.0.iter().map(Moment::line)).collect();
        assert_eq!(Trace::parse(&text, "t").unwrap(), trace);
        let profile = Profile::load("orin-nano-15w").unwrap();
        assert!((trace.load(Duration::from_millis(50), &profile) - 0.3 / 12.8).abs() < 1e-3);
        assert_eq!(trace.load(Duration::from_secs(9), &profile), 0.25);
    }

    #[test]
    fn rubbish_is_refused_with_its_line() {
        let problem = |text| Trace::parse(text, "t").unwrap_err().to_string();
        assert!(problem("").contains("empty"));
        assert!(problem("time,load\n1,2\n").contains("seconds,load"));
        assert!(problem("seconds,load\n").contains("no moment"));
        assert!(problem("seconds,load\n0,0\n1,x\n").contains("line 3: \"x\""));
        assert!(problem("seconds,load\n1,0\n0,0\n").contains("line 3"));
        assert!(problem("seconds,load\n-1,0\n").contains("line 2"));
        assert!(problem("seconds,load\nnan,0\n").contains("nan"));
    }
}
