//! How much memory a process and its descendants hold.

use std::{fs, io};

use serde::Serialize;

/// Memory of a process and its descendants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Resident set size, in bytes: what is shared is counted in each of them.
    pub resident_bytes: u64,
    /// Proportional set size, in bytes: what is shared is counted once, a part in each who shares it.
    pub proportional_bytes: u64,
}

impl Memory {
    /// What `process` and its descendants hold now. Descendants that end meanwhile are left out.
    ///
    /// # Errors
    /// Where `/proc` does not tell about `process` itself.
    pub fn of(process: u32) -> io::Result<Self> {
        Ok(Self::read(process)?.and(Self::of_children(process)?))
    }

    /// What the descendants of `process` hold now, likewise.
    ///
    /// # Errors
    /// Where `/proc` does not tell about `process` itself.
    pub fn of_children(process: u32) -> io::Result<Self> {
        let held = children(process)?.into_iter().map(|child| Self::of(child).unwrap_or_default());
        Ok(held.fold(Self::default(), Self::and))
    }

    fn and(self, other: Self) -> Self {
        Self {
            resident_bytes: self.resident_bytes + other.resident_bytes,
            proportional_bytes: self.proportional_bytes + other.proportional_bytes,
        }
    }

    fn read(process: u32) -> io::Result<Self> {
        let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
        let bytes = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kilo| kilo * 1024)
        };
        Ok(Self { resident_bytes: bytes("Rss:"), proportional_bytes: bytes("Pss:") })
    }
}

/// The processes that the threads of `process` have started.
pub(super) fn children(process: u32) -> io::Result<Vec<u32>> {
    let mut all = Vec::new();
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end while it is asked.
        let Ok(list) = fs::read_to_string(thread?.path().join("children")) else { continue };
        all.extend(list.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_child_is_counted_and_one_that_is_not_there_is_an_error() {
        let alone = Memory::of(std::process::id()).unwrap();
        assert!(alone.proportional_bytes > 0 && alone.resident_bytes >= alone.proportional_bytes, "{alone:?}");
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        assert_eq!(children(std::process::id()).unwrap().iter().filter(|id| **id == child.id()).count(), 1);
        let its = Memory::of(child.id()).unwrap().resident_bytes;
        assert!(its > 0 && Memory::of_children(std::process::id()).unwrap().resident_bytes >= its);
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(Memory::of(u32::MAX).is_err());
    }
}
