//! What makes a thread's loop real-time: memory that stays, a priority, and a guard against what may not happen inside.

use std::sync::Once;

use super::{AudioError, Realtime};

/// As the global allocator of a debug build, it aborts the program when a real-time loop allocates or frees.
///
/// ```
/// #[cfg(debug_assertions)]
/// #[global_allocator]
/// static GUARD: daemon::audio::AllocationGuard = daemon::audio::AllocationGuard;
/// # fn main() {}
/// ```
#[cfg(debug_assertions)]
pub use assert_no_alloc::AllocDisabler as AllocationGuard;

/// Pages of its stack that a loop has touched, and so locked, before it begins.
const STACK_BYTES: usize = 64 * 1024;

/// CAP_IPC_LOCK, as a bit of `CapEff` in `/proc/self/status` (capabilities(7)).
const CAP_IPC_LOCK: u32 = 14;

/// Keeps the process's memory from being paged out, from now on and as it is first touched. To be called once, at start.
///
/// # Errors
/// [`AudioError::MemoryNotLocked`] says why the system refused and what would allow it. Without the privilege nothing is locked at all: under a limit
/// that is reached later, every further allocation would fail.
pub fn lock_memory() -> Result<(), AudioError> {
    if !has_capability(CAP_IPC_LOCK) && memory_limit() != libc::RLIM_INFINITY {
        return Err(AudioError::MemoryNotLocked { why: format!("the limit is {} KiB", memory_limit() / 1024) });
    }
    // SAFETY: the call takes flags alone and changes no memory's content.
    if unsafe { libc::mlockall(libc::MCL_CURRENT | libc::MCL_FUTURE | libc::MCL_ONFAULT) } == 0 {
        return Ok(());
    }
    Err(AudioError::MemoryNotLocked { why: std::io::Error::last_os_error().to_string() })
}

fn has_capability(bit: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    effective.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).is_some_and(|set| set >> bit & 1 == 1)
}

fn memory_limit() -> libc::rlim_t {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the call writes one rlimit, to the one it is given.
    unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) };
    limit.rlim_cur
}

/// Gives the calling thread SCHED_FIFO at a priority of 1..=99, and touches its stack. A refusal is logged once a process.
pub(crate) fn enter(priority: Option<u8>) -> Realtime {
    touch_stack();
    let Some(priority) = priority else { return Realtime::Off };
    let parameters = libc::sched_param { sched_priority: priority.into() };
    // SAFETY: the thread is the calling one, and the parameters are read during the call only.
    let error = unsafe { libc::pthread_setschedparam(libc::pthread_self(), libc::SCHED_FIFO, &raw const parameters) };
    if error == 0 {
        return Realtime::Granted;
    }
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        tracing::warn!(
            event = "realtime_refused",
            priority,
            error = %std::io::Error::from_raw_os_error(error),
            "sound runs without real-time priority and may break up under load; give the service \
             `AmbientCapabilities=CAP_SYS_NICE` or `LimitRTPRIO={priority}`"
        );
    });
    Realtime::Refused
}

#[inline(never)]
fn touch_stack() {
    std::hint::black_box([1_u8; STACK_BYTES]);
}

/// Writes every free slot of a ring once without committing it, so that its memory is there when the loop comes to it.
pub(super) fn touch_ring<T: Copy>(ring: &mut rtrb::Producer<T>, value: T) {
    let free = ring.slots();
    if let Ok(mut chunk) = ring.write_chunk_uninit(free) {
        let (front, back) = chunk.as_mut_slices();
        for slot in front.iter_mut().chain(back) {
            slot.write(value);
        }
    }
}

/// Runs a real-time loop: in a debug build under the guard of [`AllocationGuard`].
pub(super) fn section<T>(body: impl FnOnce() -> T) -> T {
    assert_no_alloc::assert_no_alloc(body)
}

#[cfg(rtsan)]
unsafe extern "C" {
    fn __rtsan_disable();
    fn __rtsan_enable();
}

/// Runs a call into ALSA, which alone may enter the system from a real-time loop.
#[inline]
pub(super) fn alsa_call<T>(body: impl FnOnce() -> T) -> T {
    // SAFETY: the pair of the real-time sanitizer's runtime; each is called on this thread, in order.
    #[cfg(rtsan)]
    unsafe {
        __rtsan_disable();
    }
    let result = body();
    #[cfg(rtsan)]
    unsafe {
        __rtsan_enable();
    }
    result
}
