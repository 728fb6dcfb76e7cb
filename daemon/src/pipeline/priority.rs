//! Which worker gives way where there is more work than cores.
//!
//! Decoding a growing segment is long work: every chunk takes all the recogniser's threads for a tenth of a second and more. The
//! work behind it is short, and somebody waits for it: the translation of a clause, and the first sound of it.

/// By how much nicer recognition is than the rest (sched(7)): of a core that both want, it gets a quarter.
const NICENESS: libc::c_int = 5;

/// Lets the other workers' threads go first from now on, where this one and those that it starts compete with them for a core.
pub(super) fn give_way() {
    // SAFETY: the call takes a number alone. On Linux it is about the calling thread, and threads to come inherit the value.
    unsafe { libc::nice(NICENESS) };
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Of the calling thread.
    fn niceness() -> libc::c_int {
        // SAFETY: the call takes numbers alone.
        unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }
    }

    #[test]
    fn a_thread_that_gives_way_takes_those_it_starts_with_it_and_no_others() {
        let own = niceness();
        let started = thread::spawn(|| {
            give_way();
            thread::spawn(niceness).join()
        });
        assert_eq!(started.join().unwrap().unwrap(), (own + NICENESS).min(19));
        assert_eq!((niceness(), thread::spawn(niceness).join().unwrap()), (own, own));
    }
}
