//! What can go wrong on the status socket, at either end.

use std::{
    io,
    path::{Path, PathBuf},
};

/// An error of the status socket: what was wrong, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// Somebody answers on the socket already.
    #[error("another dragomand listens on {0}; stop it or set system.socket to another path")]
    Taken(PathBuf),

    /// Something that is no socket stands where the socket should be. It is left as it is.
    #[error("{path} is {what}, not a socket; move it away or set system.socket to another path")]
    NotASocket {
        /// The socket's path.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },

    /// The socket's directory is not there.
    #[error(
        "the directory of the status socket {0} does not exist; create it (systemd does, by RuntimeDirectory=) or set system.socket to another path"
    )]
    NoDirectory(PathBuf),

    /// The system forbids the socket at this path.
    #[error(
        "may not create the status socket {0}; give its directory to the user the daemon runs as, or set system.socket to another path"
    )]
    MayNotCreate(PathBuf),

    /// The path does not fit into a socket address.
    #[error("the path of the status socket is too long ({} bytes, at most 107 fit): {}; set system.socket to a shorter one", .0.as_os_str().len(), .0.display())]
    TooLong(PathBuf),

    /// The system failed on the socket.
    #[error("the status socket {path} failed: {source}")]
    Socket {
        /// The socket's path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The system gives no thread or no event loop to serve or to ask with.
    #[error("cannot start the status socket's thread: {0}; the system is out of threads or file descriptors")]
    Thread(io::Error),

    /// Nobody answers.
    #[error(
        "no dragomand listens on {0}; start it (`systemctl start dragoman`, or `dragomand --config FILE`) or name the socket it was given as system.socket"
    )]
    NotRunning(PathBuf),

    /// The socket belongs to others.
    #[error(
        "may not open {path}; join the group \"{group}\" (`sudo usermod -aG {group} $USER`, then log in again) or use sudo"
    )]
    MayNotOpen {
        /// The socket's path.
        path: PathBuf,
        /// The group whose members may.
        group: String,
    },

    /// The daemon has more callers than it takes.
    #[error("dragomand on {0} has too many callers; close some (`dragoman top`, event readers) and try again")]
    Busy(PathBuf),

    /// The daemon did not answer in time.
    #[error("dragomand on {0} gave no answer in time; look at its log (`journalctl -u dragoman`)")]
    NoAnswer(PathBuf),

    /// The daemon answered with an error.
    #[error("dragomand refused {request} ({code}): {message}")]
    Refused {
        /// Method and path.
        request: String,
        /// HTTP status code.
        code: u16,
        /// The daemon's own words.
        message: String,
    },

    /// What answers does not speak as dragomand does.
    #[error(
        "what listens on {path} answered {request} in a way dragomand does not ({problem}); is it dragomand, and of this version?"
    )]
    Protocol {
        /// The socket's path.
        path: PathBuf,
        /// Method and path.
        request: String,
        /// What was seen.
        problem: String,
    },
}

impl StatusError {
    /// The system's error on creating the socket.
    pub(super) fn creating(path: &Path, source: io::Error) -> Self {
        let owned = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NoDirectory(owned),
            io::ErrorKind::PermissionDenied => Self::MayNotCreate(owned),
            io::ErrorKind::InvalidInput => Self::TooLong(owned),
            _ => Self::Socket { path: owned, source },
        }
    }

    /// The system's error on calling the socket.
    pub(super) fn calling(path: &Path, source: io::Error) -> Self {
        let owned = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Self::NotRunning(owned),
            io::ErrorKind::PermissionDenied => Self::MayNotOpen { group: group_of(path), path: owned },
            io::ErrorKind::InvalidInput => Self::TooLong(owned),
            io::ErrorKind::WouldBlock => Self::Busy(owned),
            _ => Self::Socket { path: owned, source },
        }
    }
}

/// The name of the group a file belongs to, its number where it has no name, the service's own where nothing is known.
fn group_of(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    let Ok(about) = std::fs::metadata(path) else { return "dragoman".to_owned() };
    match nix::unistd::Group::from_gid(nix::unistd::Gid::from_raw(about.gid())) {
        Ok(Some(group)) => group.name,
        Ok(None) | Err(_) => about.gid().to_string(),
    }
}
