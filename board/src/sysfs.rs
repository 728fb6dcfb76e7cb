//! The kernel's files, below a root: the same code runs on a board, in a virtual one and on a tree of plain files.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

/// What `/` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root(PathBuf);

impl Default for Root {
    fn default() -> Self {
        Self::new("/")
    }
}

impl Root {
    /// A root.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where an absolute path lies.
    #[must_use]
    pub fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.0.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The first of some absolute paths that exists.
    #[must_use]
    pub fn first(&self, paths: &[String]) -> Option<PathBuf> {
        paths.iter().map(|path| self.at(path)).find(|path| path.exists())
    }

    /// The directories of the hwmon devices of a name; of an absolute path, that directory.
    #[must_use]
    pub fn hwmon(&self, name: &str) -> Vec<PathBuf> {
        if name.starts_with('/') {
            return vec![self.at(name)];
        }
        self.named("/sys/class/hwmon", "name", name)
    }

    /// The directory of the thermal zone of a type.
    #[must_use]
    pub fn zone(&self, kind: &str) -> Option<PathBuf> {
        self.named("/sys/class/thermal", "type", kind).into_iter().find(|path| path.join("temp").exists())
    }

    /// The entries of a directory whose file `key` says `value`, in order.
    fn named(&self, directory: &str, key: &str, value: &str) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.at(directory)) else { return Vec::new() };
        let mut found: Vec<PathBuf> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| text(&path.join(key)).is_ok_and(|text| text == value))
            .collect();
        found.sort();
        found
    }

    /// What the device tree says that the machine is compatible with, the most particular first.
    #[must_use]
    pub fn compatible(&self) -> Vec<String> {
        // `/proc/device-tree` is a link to it that a service which may see processes only does not have.
        let bytes = fs::read(self.at("/sys/firmware/devicetree/base/compatible")).unwrap_or_default();
        let names = bytes.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }
}

/// The text of an attribute, without the line's end.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    Ok(fs::read_to_string(path)?.trim().to_owned())
}

/// The number that an attribute says.
pub(crate) fn number<N: FromStr>(path: &Path) -> Option<N> {
    text(path).ok()?.parse().ok()
}

/// Sets an attribute. It is not made where it does not exist.
pub(crate) fn set(path: &Path, value: &str) -> io::Result<()> {
    OpenOptions::new().write(true).truncate(true).open(path)?.write_all(value.as_bytes())
}
