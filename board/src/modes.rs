//! The board's own power modes. To set one needs root: the daemon leaves a request, and a helper unit that does nothing else
//! carries it out (`systemd/dragoman-mode.service`).

use std::{
    fs::{self, OpenOptions, Permissions},
    io::Read,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::libc;

use crate::{
    definition::{Board, Mode, Modes},
    error::BoardError,
    sysfs::{Root, text},
};

/// Where a request is left: the name of a mode.
pub const REQUEST: &str = "/run/dragoman-mode/request";

/// No mode's name is longer, in bytes.
const LONGEST_NAME: u64 = 64;

/// How long a change may take.
const LONGEST: Duration = Duration::from_secs(10);

fn error(mode: &str, problem: impl Into<String>) -> BoardError {
    BoardError::Mode { mode: mode.to_owned(), problem: problem.into() }
}

fn by_name<'m>(modes: &'m Modes, name: &str) -> Result<&'m Mode, BoardError> {
    let known = || modes.known.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
    modes.known.iter().find(|m| m.name == name).ok_or_else(|| error(name, format!("the board has only {}", known())))
}

/// The mode in force.
///
/// # Errors
/// [`BoardError::Mode`]: the board does not say, or names one that its file does not.
pub fn present<'m>(root: &Root, modes: &'m Modes) -> Result<&'m Mode, BoardError> {
    let path = root.at(&modes.status);
    let said = text(&path).map_err(|e| error("in force", format!("{}: {e}", path.display())))?;
    // "pmode:0002", and in older releases "pmode:2 fmode:cool".
    let id = said.split_whitespace().find_map(|word| word.strip_prefix("pmode:")?.parse::<u32>().ok());
    let known = id.and_then(|id| modes.known.iter().find(|m| m.id == id));
    known.ok_or_else(|| {
        error("in force", format!("{} says \"{said}\", which the board's file does not know", path.display()))
    })
}

/// Asks the helper unit for a mode, and waits until it is in force.
///
/// # Errors
/// [`BoardError::Mode`]: unknown, wants the board started again, or did not come into force.
pub fn request(root: &Root, modes: &Modes, name: &str) -> Result<(), BoardError> {
    let wanted = by_name(modes, name)?;
    leave_request(root, modes, name)?;
    let began = Instant::now();
    while began.elapsed() < LONGEST {
        if present(root, modes).is_ok_and(|mode| mode == wanted) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    let helper = "is dragoman-mode.path running? `systemctl status dragoman-mode.path dragoman-mode.service`";
    Err(error(name, format!("it did not come into force within {} s; {helper}", LONGEST.as_secs())))
}

/// Asks the helper unit for a mode where another is in force, and does not wait for it.
///
/// # Errors
/// [`BoardError::Mode`]: unknown, wants the board started again, or the request cannot be left.
pub fn leave_request(root: &Root, modes: &Modes, name: &str) -> Result<(), BoardError> {
    let (wanted, before) = (by_name(modes, name)?, present(root, modes)?);
    if before == wanted {
        return Ok(());
    }
    refuse_reboot(modes, before, wanted)?;
    let path = root.at(REQUEST);
    // Readable for the helper, which is root without the power to pass over permissions.
    let left =
        fs::write(&path, format!("{name}\n")).and_then(|()| fs::set_permissions(&path, Permissions::from_mode(0o644)));
    left.map_err(|e| {
        error(name, format!("the request {} cannot be left: {e}; {}", path.display(), crate::check::GRANT))
    })
}

fn refuse_reboot(modes: &Modes, before: &Mode, wanted: &Mode) -> Result<(), BoardError> {
    if before.needs_reboot || wanted.needs_reboot {
        let by_hand = format!(
            "the board is in {}, and must be started again to change; set it once by hand: sudo {} -m {}",
            before.name, modes.program, wanted.id
        );
        return Err(error(&wanted.name, by_hand));
    }
    Ok(())
}

/// Reads a request, which the daemon's user may have made anything of: a link, a pipe, a book.
fn read_request(file: &Path) -> Result<String, BoardError> {
    let refuse = |why: String| error("requested", format!("{}: {why}", file.display()));
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(file).map_err(|e| refuse(e.to_string()))?;
    if !opened.metadata().is_ok_and(|file| file.is_file()) {
        return Err(refuse("it is no plain file".to_owned()));
    }
    let mut name = String::new();
    opened.take(LONGEST_NAME).read_to_string(&mut name).map_err(|e| refuse(e.to_string()))?;
    Ok(name.trim().to_owned())
}

/// Carries a request out, as root. What the file says is only ever compared with the names of the board's modes.
///
/// # Errors
/// [`BoardError::Mode`].
pub fn carry_out(root: &Root, board: &Board, file: &Path) -> Result<String, BoardError> {
    let name = read_request(file)?;
    let modes =
        board.modes.as_ref().ok_or_else(|| error("requested", format!("the board {} has no modes", board.name)))?;
    // What it says otherwise is nobody's to see.
    let wanted = by_name(modes, &name).map_err(|_| error("requested", "it is none of the board's modes"))?;
    let before = present(root, modes)?;
    if before == wanted {
        return Ok(name);
    }
    refuse_reboot(modes, before, wanted)?;
    // Without a terminal it takes a question for a refusal and may still say that all is well: what counts is what is in force.
    let ran = Command::new(root.at(&modes.program)).args(["-m", &wanted.id.to_string()]).stdin(Stdio::null()).status();
    let said = match ran {
        Ok(status) => format!("{} ended with {status}", modes.program),
        Err(problem) => format!("{} does not run: {problem}", modes.program),
    };
    match present(root, modes) {
        Ok(mode) if mode == wanted => Ok(name),
        _ => Err(error(&name, format!("{said}, and it is not in force"))),
    }
}
