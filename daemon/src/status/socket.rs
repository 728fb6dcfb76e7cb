//! The socket's place in the file system: who may stand there, and leaving it clean.

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

use super::StatusError;

/// Owner and group may call, nobody else: `/events` carries what people say.
const MODE: u32 = 0o660;

/// A socket that listens. Its file goes when this is dropped, if it is still the same file.
#[derive(Debug)]
pub(super) struct Claim {
    path: PathBuf,
    device: u64,
    inode: u64,
}

/// Listens at `path`. A socket that a dead daemon left there is replaced. Needs a runtime around it.
pub(super) async fn claim(path: &Path) -> Result<(UnixListener, Claim), StatusError> {
    let listener = match UnixListener::bind(path) {
        Err(refusal) if refusal.kind() == io::ErrorKind::AddrInUse => {
            clear(path).await?;
            UnixListener::bind(path)
        }
        other => other,
    };
    let listener = listener.map_err(|source| StatusError::creating(path, source))?;
    let about = fs::symlink_metadata(path).map_err(|source| StatusError::creating(path, source))?;
    let claim = Claim { path: path.to_owned(), device: about.dev(), inode: about.ino() };
    fs::set_permissions(path, fs::Permissions::from_mode(MODE))
        .map_err(|source| StatusError::creating(path, source))?;
    Ok((listener, claim))
}

/// Removes the socket of a dead daemon, and nothing else.
async fn clear(path: &Path) -> Result<(), StatusError> {
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(StatusError::creating(path, source)),
    };
    let kind = about.file_type();
    if !kind.is_socket() {
        let what = match kind {
            k if k.is_dir() => "a directory",
            k if k.is_symlink() => "a symbolic link",
            k if k.is_file() => "a file",
            _ => "a device or pipe",
        };
        return Err(StatusError::NotASocket { path: path.to_owned(), what });
    }
    match UnixStream::connect(path).await.map_err(|refusal| (refusal.kind(), refusal)) {
        // A full backlog is a living daemon's.
        Ok(_) | Err((io::ErrorKind::WouldBlock, _)) => Err(StatusError::Taken(path.to_owned())),
        Err((io::ErrorKind::ConnectionRefused, _)) => {
            fs::remove_file(path).map_err(|source| StatusError::creating(path, source))
        }
        Err((io::ErrorKind::NotFound, _)) => Ok(()),
        Err((_, source)) => Err(StatusError::creating(path, source)),
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let ours =
            fs::symlink_metadata(&self.path).is_ok_and(|about| (about.dev(), about.ino()) == (self.device, self.inode));
        if ours {
            // Where it cannot be removed, the next start replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}
