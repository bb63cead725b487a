//! A display without a screen, so that what is drawn can be looked at where there is none: Xvfb, the machine's own or
//! Debian's package, unpacked like the engine.
//!
//! An X server compiles its keymap when it starts, by a program it expects in `/usr/bin`. Unpacked, there is none
//! there, and no option says where else to look. So the folder's name in the program is made empty, upon which it
//! asks the `PATH`, on which the folder of the program is.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Contents, PATCHER, Package, SUITE};
use crate::cache::Cache;
use crate::program::Program;

const NAME: &str = "Xvfb";
const KEYMAP_FOLDER: &[u8] = b"\0/usr/bin\0";
const ANY_FOLDER: &[u8] = b"\0\0usr/bin\0";
const START_LIMIT: Duration = Duration::from_secs(30);

/// The display, and the compiler of its keymap.
const DISPLAY: Contents = Contents {
    kind: "debian-xvfb",
    packages: &["xvfb", PATCHER],
    programs: &[NAME, "xkbcomp"],
    amend: |program| {
        let bytes = fs::read(program).with_context(|| format!("the packages hold no {NAME}"))?;
        Ok(fs::write(program, ask_path_for_compiler(&bytes)?)?)
    },
    check: |program| Display::start(program).map(drop),
};

/// Finds Xvfb on the `PATH` or in the cache; fetches it if there is none.
/// Fails if there is none and none can be had, which is so wherever there is no apt with a Debian mirror.
fn locate_or_fetch() -> Result<PathBuf> {
    which::which(NAME).or_else(|_| Package::of(&DISPLAY, SUITE)?.find_or_fetch(&Cache::open()?))
}

/// Empties the one place that names the folder of the keymap compiler.
fn ask_path_for_compiler(program: &[u8]) -> Result<Vec<u8>> {
    let names = |window: &[u8]| window == KEYMAP_FOLDER;
    let mut places = program.windows(KEYMAP_FOLDER.len()).enumerate().filter(|(_, window)| names(window));
    let (Some((place, _)), None) = (places.next(), places.next()) else {
        bail!("{NAME} does not name the folder of its keymap compiler exactly once");
    };
    let mut changed = program.to_vec();
    if let Some(name) = changed.get_mut(place..place + ANY_FOLDER.len()) {
        name.copy_from_slice(ANY_FOLDER);
    }
    Ok(changed)
}

/// A running display; it ends with its owner.
pub struct Display {
    _server: Program,
    name: String,
}

impl Display {
    /// A display of our own where there is Xvfb; elsewhere none, for the machine's will do.
    ///
    /// # Errors
    ///
    /// If there is no Xvfb on Linux, and none can be fetched.
    pub fn open() -> Result<Option<Self>> {
        if !cfg!(target_os = "linux") {
            return Ok(None);
        }
        let program = locate_or_fetch().context("there is no Xvfb, and none could be fetched")?;
        Self::start(&program).map(Some)
    }

    /// Starts `program` on a free display of 1366 by 768.
    /// Fails if it cannot be started, or says no display within its time.
    fn start(program: &Path) -> Result<Self> {
        let folder = program.parent().unwrap_or(program);
        let mut path = vec![folder.to_path_buf()];
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let mut command = Command::new(program);
        command.env("PATH", env::join_paths(path)?);
        let keymaps = folder.with_file_name("share").join("X11/xkb");
        if keymaps.is_dir() {
            command.arg("-xkbdir").arg(keymaps);
        }
        // Whoever has the display may draw on it: it listens on a local socket only, and lives for a moment.
        command.args(["-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp", "-noreset"]);
        let server = Program::beside_us(NAME, command, Instant::now() + START_LIMIT)?;
        let number = server.says("^[0-9]+$")?;
        Ok(Self { _server: server, name: format!(":{number}") })
    }

    /// What programs find in the variable `DISPLAY`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_folder_is_emptied() {
        let changed = ask_path_for_compiler(b"a\0/usr/bin\0/usr/bin/other\0").unwrap();
        assert_eq!(changed, b"a\0\0usr/bin\0/usr/bin/other\0");
    }

    #[test]
    fn another_program_is_left_alone() {
        assert!(ask_path_for_compiler(b"nothing of the kind").is_err());
        assert!(ask_path_for_compiler(b"\0/usr/bin\0 \0/usr/bin\0").is_err());
    }
}
