//! Latency percentiles over the last calls of one stage.

use std::{collections::VecDeque, time::Duration};

use serde::Serialize;

/// How many of the most recent measurements are kept.
const WINDOW: usize = 1024;

/// Percentiles in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct LatencyStats {
    /// Median.
    pub p50: f32,
    /// 95th percentile.
    pub p95: f32,
    /// 99th percentile.
    pub p99: f32,
    /// Number of measurements behind them.
    pub count: usize,
}

impl LatencyStats {
    /// Percentiles of `milliseconds` by the nearest-rank method; all zero where there are none.
    #[must_use]
    pub fn of(mut milliseconds: Vec<f32>) -> Self {
        milliseconds.sort_by(f32::total_cmp);
        let rank = |q: f32| -> f32 {
            let n = milliseconds.len();
            let at = ((q * n as f32).ceil() as usize).clamp(1, n.max(1)) - 1;
            milliseconds.get(at).copied().unwrap_or(0.0)
        };
        Self { p50: rank(0.50), p95: rank(0.95), p99: rank(0.99), count: milliseconds.len() }
    }
}

/// A sliding window of measurements.
#[derive(Debug, Clone, Default)]
pub struct LatencyWindow(VecDeque<f32>);

impl LatencyWindow {
    /// Adds one measurement and returns it in milliseconds.
    pub fn record(&mut self, spent: Duration) -> f32 {
        if self.0.len() == WINDOW {
            self.0.pop_front();
        }
        let milliseconds = spent.as_secs_f32() * 1000.0;
        self.0.push_back(milliseconds);
        milliseconds
    }

    /// The percentiles of what is in the window.
    #[must_use]
    pub fn stats(&self) -> LatencyStats {
        LatencyStats::of(self.0.iter().copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let stats = LatencyStats::of((1..=100).map(|n| n as f32).collect());
        assert_eq!((stats.p50, stats.p95, stats.p99, stats.count), (50.0, 95.0, 99.0, 100));
        assert_eq!(LatencyStats::of(vec![]), LatencyStats::default());
        assert_eq!(LatencyStats::of(vec![7.0]).p99, 7.0);
    }

    #[test]
    fn the_window_forgets_the_oldest() {
        let mut window = LatencyWindow::default();
        for n in 0..WINDOW + 10 {
            window.record(Duration::from_millis(if n < 10 { 10_000 } else { 1 }));
        }
        assert_eq!(window.stats().p99, 1.0);
    }
}
