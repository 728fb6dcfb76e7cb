//! Room for the model, and who goes when there is none.

use std::{fs, path::Path};

/// What a model needs beside its weights: the conversations it keeps and the work on a token.
const BESIDE_WEIGHTS: u64 = 600 << 20;

/// Asks the kernel to end this program, and not the daemon or another, when memory runs out. It is the fallback of others.
pub fn end_me_first() {
    // Where it cannot be asked, it decides by itself.
    let _ = fs::write("/proc/self/oom_score_adj", "900");
}

/// Refuses a model that does not fit into the memory that is free, before the machine is slowed down by trying.
///
/// # Errors
/// How much is needed, and how much is there.
pub fn room_for(model: &Path) -> Result<(), String> {
    let weights = fs::metadata(model).map_err(|e| format!("{}: {e}", model.display()))?.len();
    let information = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    enough(weights + BESIDE_WEIGHTS, available(&information))
}

fn enough(needed: u64, available: Option<u64>) -> Result<(), String> {
    let megabytes = |bytes: u64| bytes >> 20;
    match available {
        Some(available) if available < needed => Err(format!(
            "out of memory: the model needs {} MB, {} MB are free; remove it or give the machine more",
            megabytes(needed),
            megabytes(available)
        )),
        _ => Ok(()),
    }
}

/// Bytes that can be had without swapping, of `/proc/meminfo`.
fn available(information: &str) -> Option<u64> {
    let line = information.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_does_not_fit_is_refused_with_both_sizes() {
        let free = available("MemTotal:  8 kB\nMemAvailable:    1048576 kB\n");
        assert_eq!(free, Some(1 << 30));
        assert_eq!(enough(1 << 30, free), Ok(()));
        let error = enough(3 << 30, free).unwrap_err();
        assert!(error.contains("out of memory") && error.contains("3072") && error.contains("1024"), "{error}");
        assert_eq!(enough(3 << 30, available("")), Ok(()), "where nobody knows, it is tried");
    }
}
