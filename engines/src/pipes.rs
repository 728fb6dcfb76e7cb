//! Pipes to programs, read and written under a deadline.

use std::{io, os::fd::AsFd, time::Duration};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl},
    poll::{PollFd, PollTimeout, poll},
};

/// Makes reading and writing give back at once what can be had at once.
///
/// # Errors
/// The system's.
pub(crate) fn do_not_block(pipe: impl AsFd) -> Result<(), Errno> {
    fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map(drop)
}

/// Waits until there is something to do for one of those `watched`, or for `left`, or until a signal came; gives whether the time
/// was not over.
///
/// # Errors
/// The system's.
pub(crate) fn wait(watched: &mut [PollFd<'_>], left: Duration) -> Result<bool, Errno> {
    // Never shorter than asked for.
    let timeout = PollTimeout::try_from(left.as_millis() + 1).unwrap_or(PollTimeout::MAX);
    match poll(watched, timeout) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::EINTR) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Whether it is only that nothing could be had at once.
pub(crate) fn is_momentary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
