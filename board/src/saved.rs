//! The board's own settings, kept in a file that outlives the process, and given back.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use nix::{libc, unistd::geteuid};
use serde::{Deserialize, Serialize};

use crate::{
    definition::Modes,
    error::BoardError,
    modes,
    sysfs::{Root, set, text},
};

/// An attribute and what it said before anything was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Own {
    path: PathBuf,
    value: String,
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    own: Vec<Own>,
    /// The name of the power mode.
    mode: Option<String>,
}

/// The board's own settings.
#[derive(Debug)]
pub struct Saved {
    file: PathBuf,
    kept: Kept,
}

impl Saved {
    /// Those that a file has kept, where there is one: a daemon has died.
    ///
    /// # Errors
    /// [`BoardError::Saved`]: it cannot be read, is somebody else's, or is not what was written; then it is put aside.
    pub fn open(file: PathBuf) -> Result<Self, BoardError> {
        let mut saved = Self { file, kept: Kept::default() };
        let text = match read_own(&saved.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(saved),
            Err(error) => return Err(saved.error(error)),
        };
        match serde_json::from_slice(&text) {
            Ok(kept) => saved.kept = kept,
            Err(error) => {
                // Out of the way, so that it is told once, and there for whoever wants to know.
                let aside = saved.file.with_extension("bad");
                fs::rename(&saved.file, &aside).map_err(|e| saved.error(e))?;
                let what = format!("not what was written ({error}); it is now {}", aside.display());
                return Err(saved.error(format!("{what}; to be safe, start the board again")));
            }
        }
        Ok(saved)
    }

    /// None yet.
    #[must_use]
    pub fn empty(file: PathBuf) -> Self {
        Self { file, kept: Kept::default() }
    }

    fn error(&self, problem: impl ToString) -> BoardError {
        BoardError::Saved { path: self.file.clone(), problem: problem.to_string() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.own.len() + usize::from(self.kept.mode.is_some())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether an attribute has been kept.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        self.kept.own.iter().any(|own| own.path == path)
    }

    /// What an attribute said before anything was changed; kept, in the file too, before it is.
    ///
    /// # Errors
    /// [`BoardError::Saved`]; then the attribute must not be changed.
    pub fn own(&mut self, path: &Path) -> Result<String, BoardError> {
        if let Some(known) = self.kept.own.iter().find(|own| own.path == path) {
            return Ok(known.value.clone());
        }
        let value = text(path).map_err(|e| self.error(format!("{} cannot be read: {e}", path.display())))?;
        self.kept.own.push(Own { path: path.to_owned(), value: value.clone() });
        if let Err(error) = self.write() {
            self.kept.own.pop();
            return Err(error);
        }
        Ok(value)
    }

    /// The power mode that the board was in before anything was changed: the one kept, else `present`, which is kept.
    ///
    /// # Errors
    /// [`BoardError::Saved`]; then the mode must not be changed.
    pub fn own_mode(&mut self, present: &str) -> Result<String, BoardError> {
        let before = self.kept.mode.clone();
        let own = before.clone().unwrap_or_else(|| present.to_owned());
        self.kept.mode = Some(own.clone());
        if let Err(error) = self.write() {
            self.kept.mode = before;
            return Err(error);
        }
        Ok(own)
    }

    /// Gives an attribute its own value back, where it was changed; it stays kept.
    ///
    /// # Errors
    /// [`BoardError::Write`].
    pub fn give_back(&self, path: &Path) -> Result<(), BoardError> {
        match self.kept.own.iter().find(|own| own.path == path) {
            Some(own) => give_back(own),
            None => Ok(()),
        }
    }

    /// Gives everything back, and asks for the power mode where it was another. What does not take its value stays in the file,
    /// for the next who tries; what is no longer there is told and forgotten.
    pub fn give_all_back(&mut self, root: &Root, modes: Option<&Modes>) -> Vec<BoardError> {
        let mut failed = Vec::new();
        let mut left = Vec::new();
        // As they came, from the last to the first: what was lowered first, to make way, is raised last.
        for own in self.kept.own.drain(..).rev() {
            if let Err(error) = give_back(&own) {
                failed.push(error);
                if own.path.exists() {
                    left.insert(0, own);
                }
            }
        }
        self.kept.own = left;
        if let (Some(mode), Some(modes)) = (self.kept.mode.take(), modes) {
            failed.extend(modes::leave_request(root, modes, &mode).err());
        }
        failed.extend(self.write().err());
        failed
    }

    /// Written beside the file and put in its place, so that whoever reads it finds all or nothing new.
    fn write(&self) -> Result<(), BoardError> {
        if self.is_empty() {
            return match fs::remove_file(&self.file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.error(error)),
                _ => Ok(()),
            };
        }
        let json = serde_json::to_vec_pretty(&self.kept).map_err(|e| self.error(e))?;
        let beside = self.file.with_extension("new");
        // Whoever may write into the directory could have put a link there.
        let _ = fs::remove_file(&beside);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let written = options.open(&beside).and_then(|mut file| file.write_all(&json));
        written.and_then(|()| fs::rename(&beside, &self.file)).map_err(|e| self.error(e))
    }
}

/// The text of a file of one's own: what stands in it is written to attributes, so nobody else may have written it.
fn read_own(file: &Path) -> io::Result<Vec<u8>> {
    let mut opened = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(file)?;
    let owner = opened.metadata()?.uid();
    if owner != geteuid().as_raw() {
        let who = format!("it is user {owner}'s; run this as that user: sudo -u '#{owner}' dragoman board restore");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, who));
    }
    let mut text = Vec::new();
    opened.read_to_end(&mut text)?;
    Ok(text)
}

fn give_back(Own { path, value }: &Own) -> Result<(), BoardError> {
    if text(path).is_ok_and(|now| now == *value) {
        return Ok(());
    }
    set(path, value).map_err(|problem| BoardError::Write {
        path: path.clone(),
        value: value.clone(),
        problem: problem.to_string(),
    })
}

/// Gives a board the settings back that a file kept; gives how many those were. Without the file there is nothing to do.
///
/// # Errors
/// [`BoardError::Saved`]: the file cannot be used, or some attributes do not take their values, which are named.
pub fn restore_saved(root: &Root, file: &Path, modes: Option<&Modes>) -> Result<usize, BoardError> {
    let mut saved = Saved::open(file.to_owned())?;
    let count = saved.len();
    let failed = saved.give_all_back(root, modes);
    if failed.is_empty() {
        return Ok(count);
    }
    Err(saved.error(failed.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}
