//! The board's own power modes. To set one needs root: the daemon leaves a request, and a helper unit that does nothing else
//! carries it out (`systemd/dragoman-mode.service`).

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    definition::{Board, Mode, Modes},
    error::BoardError,
    sysfs::{Root, text},
};

/// Where a request is left: the name of a mode.
pub const REQUEST: &str = "/run/dragoman-mode/request";

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

/// Asks the helper unit for a mode, and waits until it is in force; gives the one that was before, where it changed.
///
/// # Errors
/// [`BoardError::Mode`]: unknown, wants the board started again, or did not come into force.
pub fn request(root: &Root, modes: &Modes, name: &str) -> Result<Option<String>, BoardError> {
    let wanted = by_name(modes, name)?;
    let before = present(root, modes)?;
    if before == wanted {
        return Ok(None);
    }
    refuse_reboot(modes, before, wanted)?;
    let path = root.at(REQUEST);
    leave(&path, name).map_err(|e| {
        error(name, format!("the request {} cannot be left: {e}; {}", path.display(), crate::check::GRANT))
    })?;
    let began = Instant::now();
    while began.elapsed() < LONGEST {
        if present(root, modes).is_ok_and(|mode| mode == wanted) {
            return Ok(Some(before.name.clone()));
        }
        thread::sleep(Duration::from_millis(50));
    }
    let helper = "is dragoman-mode.path running? `systemctl status dragoman-mode.path dragoman-mode.service`";
    Err(error(name, format!("it did not come into force within {} s; {helper}", LONGEST.as_secs())))
}

/// Leaves a request that the helper, root without the power to pass over permissions, can read.
fn leave(path: &Path, name: &str) -> io::Result<()> {
    fs::write(path, format!("{name}\n"))?;
    fs::set_permissions(path, Permissions::from_mode(0o644))
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

/// Carries a request out, as root. What the file says is only ever compared with the names of the board's modes.
///
/// # Errors
/// [`BoardError::Mode`].
pub fn carry_out(root: &Root, board: &Board, file: &Path) -> Result<String, BoardError> {
    let name = text(file).map_err(|e| error("requested", format!("{}: {e}", file.display())))?;
    let modes = board.modes.as_ref().ok_or_else(|| error(&name, format!("the board {} has no modes", board.name)))?;
    let wanted = by_name(modes, &name)?;
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
