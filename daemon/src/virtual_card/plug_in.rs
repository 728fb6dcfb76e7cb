//! Compiles the ALSA plug-in of the virtual card and writes the configuration that makes ALSA find it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::VirtualCardError;

const SOURCE: &str = include_str!("../../virtual-card/pcm_dragoman.c");
const LIBRARY: &str = "libasound_module_pcm_dragoman.so";
/// ALSA's own configuration; it defines `plug`, `hw` and the rest, and ours is read after it.
const ALSA_CONFIGURATION: &str = "/usr/share/alsa/alsa.conf";

/// The compiled plug-in and its ALSA configuration, usable by any number of cards.
#[derive(Clone, Debug)]
pub struct PlugIn {
    configuration: PathBuf,
}

impl PlugIn {
    /// Compiles the plug-in with `$CC` (else `cc`) into `dir`, which must exist, and writes `dir/asound.conf`.
    ///
    /// Takes about half a second. `dir` must be writable by nobody else: programs load code from it.
    pub fn build(dir: &Path) -> Result<Self, VirtualCardError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| VirtualCardError::File { path, source }
        };
        let dir = fs::canonicalize(dir).map_err(at(dir))?;
        let quotable = |path: &Path| path.to_str().is_some_and(|p| !p.contains(['"', '\\', '\'', ',', ':', '\n']));
        if !quotable(&dir) {
            return Err(VirtualCardError::Path(dir));
        }
        // Each file is made under a name of this process and renamed: others may be reading the one that is there.
        let fresh = |name: &str| dir.join(format!("{}.{name}", std::process::id()));
        let (source, library) = (fresh("pcm_dragoman.c"), fresh(LIBRARY));
        fs::write(&source, SOURCE).map_err(at(&source))?;
        compile(&source, &library)?;
        fs::remove_file(&source).map_err(at(&source))?;
        fs::rename(&library, dir.join(LIBRARY)).map_err(at(&library))?;
        let (unnamed, configuration) = (fresh("asound.conf"), dir.join("asound.conf"));
        fs::write(&unnamed, asound_conf(&dir)).map_err(at(&unnamed))?;
        fs::rename(&unnamed, &configuration).map_err(at(&unnamed))?;
        Ok(Self { configuration })
    }

    /// The environment variable that a program needs to see virtual cards.
    ///
    /// For this process, it must be set before its first use of ALSA, while no other thread reads the environment.
    pub fn environment(&self) -> (&'static str, OsString) {
        let mut paths = OsString::from(ALSA_CONFIGURATION);
        paths.push(":");
        paths.push(&self.configuration);
        ("ALSA_CONFIG_PATH", paths)
    }
}

fn compile(source: &Path, library: &Path) -> Result<(), VirtualCardError> {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let output = Command::new(&compiler)
        .args(["-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-DPIC", "-o"])
        .arg(library)
        .arg(source)
        .args(["-lasound", "-lm"])
        .output();
    let why = match output {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    Err(VirtualCardError::Compile { compiler: compiler.to_string_lossy().into_owned(), why })
}

/// `virtual` is the card of this directory, `virtual:DIR=/path` any other.
fn asound_conf(dir: &Path) -> String {
    let dir = dir.display();
    format!(
        r#"pcm_type.dragoman {{ lib "{dir}/{LIBRARY}" }}
pcm.virtual {{
    @args [ DIR ]
    @args.DIR {{ type string default "{dir}" }}
    type dragoman
    directory $DIR
    hint {{ show on description "A sound card that is not there" }}
}}
"#
    )
}
