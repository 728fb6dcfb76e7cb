//! How much processor time a process and its descendants have spent.

use std::{fs, io};

use nix::unistd::{SysconfVar, sysconf};

use super::memory::children;

/// Processor time of `process` and its descendants until now, user and system, in seconds; that of children which have
/// ended and were waited for is in it (`utime` to `cstime` of proc(5), in ticks of a hundredth of a second as a rule).
///
/// # Errors
/// Where `/proc` does not tell about `process` itself. Descendants that end meanwhile are left out.
pub fn processor_seconds(process: u32) -> io::Result<f64> {
    let unknown = || io::Error::other("the system does not say how long its ticks are");
    let ticks_a_second = sysconf(SysconfVar::CLK_TCK)?.ok_or_else(unknown)?;
    Ok(ticks(process)? as f64 / ticks_a_second as f64)
}

fn ticks(process: u32) -> io::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let own = spent(&stat).ok_or_else(|| io::Error::other(format!("/proc/{process}/stat is not as proc(5) has it")))?;
    let family: u64 = children(process)?.into_iter().map(|child| ticks(child).unwrap_or(0)).sum();
    Ok(own + family)
}

/// The sum of the fields 14 to 17 of `/proc/PID/stat`.
fn spent(stat: &str) -> Option<u64> {
    // The name, field 2, stands in brackets and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<u64> = rest.split_whitespace().skip(11).take(4).map_while(|f| f.parse().ok()).collect();
    (fields.len() == 4).then(|| fields.iter().sum())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_fields_are_found_behind_any_name() {
        let stat = "7 (a) b) c) S 1 7 7 0 -1 4194304 100 0 0 0 10 20 3 4 20 0 1 0 100 0 0";
        assert_eq!(spent(stat), Some(37));
        assert_eq!(spent("7 (x) S 1"), None);
    }

    #[test]
    fn a_child_that_works_is_counted_while_it_lives_and_afterwards() {
        let before = processor_seconds(std::process::id()).unwrap();
        let script = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done; cat";
        let mut child =
            Command::new("sh").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0; 5]).unwrap();
        let its_own = processor_seconds(child.id()).unwrap();
        assert!(its_own > 0.0);
        assert!(processor_seconds(std::process::id()).unwrap() >= before + its_own);
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(processor_seconds(std::process::id()).unwrap() >= before + its_own);
        assert!(processor_seconds(u32::MAX).is_err());
    }
}
