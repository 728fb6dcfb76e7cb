//! What this process uses of the machine.
//!
//! Read from the kernel's own record of the process (`/proc/self/status`, proc(5)) and `getrusage(2)`: two calls a
//! scrape, and correct in a sandbox that hides every other process. `sysinfo` walks process tables to say the same.

use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

/// Memory and processor time of this process. Its children are not in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Bytes now in memory.
    pub resident_bytes: u64,
    /// Most bytes in memory at any time so far.
    pub peak_resident_bytes: u64,
    /// Processor time so far, user and system, in seconds.
    pub cpu_seconds: f64,
}

/// The usage now; zero for what the system does not tell.
#[must_use]
pub fn usage() -> Usage {
    let record = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let cpu_seconds = getrusage(UsageWho::RUSAGE_SELF).map_or(0.0, |spent| {
        [spent.user_time(), spent.system_time()].iter().map(|t| t.tv_sec() as f64 + t.tv_usec() as f64 / 1e6).sum()
    });
    Usage {
        resident_bytes: kilobytes(&record, "VmRSS:") * 1024,
        peak_resident_bytes: kilobytes(&record, "VmHWM:") * 1024,
        cpu_seconds,
    }
}

/// The number of kibibytes that stands behind `key`.
fn kilobytes(record: &str, key: &str) -> u64 {
    record
        .lines()
        .find_map(|line| line.strip_prefix(key)?.trim().strip_suffix("kB")?.trim().parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_taken_and_work_that_is_done_show() {
        let before = usage();
        let block = vec![1_u8; 64 << 20];
        let mut sum = 0_u64;
        let start = std::time::Instant::now();
        while start.elapsed().as_millis() < 50 {
            sum += block.iter().map(|b| u64::from(*b)).sum::<u64>();
        }
        let during = usage();
        assert!(std::hint::black_box(sum) > 0);
        assert!(during.resident_bytes >= before.resident_bytes + (60 << 20), "{before:?} {during:?}");
        assert!(during.peak_resident_bytes >= during.resident_bytes - (1 << 20), "{during:?}");
        assert!(during.cpu_seconds > before.cpu_seconds, "{before:?} {during:?}");
    }

    #[test]
    fn a_record_without_the_line_gives_zero() {
        assert_eq!(kilobytes("VmRSS:\t  12 kB\nVmHWM: x kB\n", "VmRSS:"), 12);
        assert_eq!(kilobytes("VmRSS:\t  12 kB\nVmHWM: x kB\n", "VmHWM:"), 0);
        assert_eq!(kilobytes("", "VmRSS:"), 0);
    }
}
