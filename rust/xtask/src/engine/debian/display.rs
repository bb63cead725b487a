//! A display without a screen: Xvfb, the machine's own or Debian's package, unpacked like the engine.
//!
//! An X server compiles its keymap when it starts, by a program it expects in `/usr/bin`. Unpacked, there is none
//! there, and no option says where else to look. So the folder's name in the program is made empty, upon which it
//! asks the `PATH`, and the launcher puts the unpacked one there.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use super::apt::AptRoot;
use super::mirror::Mirror;
use super::tree;
use super::{Package, SUITE};
use crate::engine::cache::{Cache, Install};
use crate::process::Reaped;
use walkdir::WalkDir;

const NAME: &str = "Xvfb";
const PACKAGES: [&str; 1] = ["xvfb"];
/// Part of the folder's name, as with the engine.
const RECIPE: u32 = 1;

/// Where the packages are unpacked, relative to the folder, and where the programs are in them.
const ROOT: &str = "root";
const PROGRAMS: &str = "usr/bin";
/// Where the launchers of the unpacked programs are, relative to the folder.
const TOOLS: &str = "tools";
const KEYMAP_COMPILER: &str = "xkbcomp";
const KEYMAP_FOLDER: &[u8] = b"\0/usr/bin\0";
const ANY_FOLDER: &[u8] = b"\0\0usr/bin\0";
const START_LIMIT: Duration = Duration::from_secs(30);

/// Finds Xvfb on the `PATH` or in the cache; fetches it if there is none.
///
/// # Errors
///
/// If there is none and none can be had, which is so wherever there is no apt with a Debian mirror.
pub(crate) fn locate_or_fetch() -> Result<PathBuf> {
    if let Ok(found) = which::which(NAME) {
        return Ok(found);
    }
    let package = Package::for_machine()?;
    let install = Install {
        folder: format!("debian-{SUITE}-{}-xvfb-{RECIPE}", package.architecture),
        program: Path::new(TOOLS).join(NAME),
    };
    let cache = Cache::open()?;
    if let Some(found) = cache.find_unchecked(&install) {
        return Ok(found);
    }
    let locked = cache.lock()?;
    // Waiting for the lock may mean that somebody else fetched.
    if let Some(found) = cache.find_unchecked(&install) {
        return Ok(found);
    }
    let mut last_error = anyhow!("no mirror was tried");
    for mirror in &package.mirrors {
        let fill = |partial: &Path| fill(mirror, &package.architecture, partial);
        match locked.install_checked(&install, fill, |program| Display::start(program).map(drop)) {
            Ok(program) => return Ok(program),
            Err(error) => last_error = error.context(mirror.uri.clone()),
        }
    }
    Err(last_error)
}

fn fill(mirror: &Mirror, architecture: &str, partial: &Path) -> Result<()> {
    let apt_dir = partial.join("apt");
    let apt = AptRoot::create(&apt_dir, mirror, SUITE, architecture)?;
    apt.update()?;
    let archives = apt.download(&PACKAGES)?;
    tree::unpack(&archives, partial)?;
    fs::remove_dir_all(&apt_dir)?;

    let root = partial.join(ROOT);
    let program = root.join(PROGRAMS).join(NAME);
    let bytes = fs::read(&program).with_context(|| format!("the packages hold no {PROGRAMS}/{NAME}"))?;
    fs::write(&program, ask_path_for_compiler(&bytes)?)?;

    let tools = partial.join(TOOLS);
    fs::create_dir(&tools)?;
    let keymaps = r#"set -- -xkbdir "$root/usr/share/X11/xkb" "$@""#;
    write_script(&tools.join(NAME), &launcher(&root, NAME, keymaps)?)?;
    write_script(&tools.join(KEYMAP_COMPILER), &launcher(&root, KEYMAP_COMPILER, "")?)
}

/// The script that starts an unpacked program with what it was unpacked with; `setup` is run before, and knows `$root`.
fn launcher(root: &Path, program: &str, setup: &str) -> Result<String> {
    let loader = find_file(root, |name| name.starts_with("ld-linux")).context("the packages hold no dynamic loader")?;
    let library = find_file(root, |name| name == "libc.so.6").context("the packages hold no libc")?;
    let libraries = library.parent().unwrap_or(&library);
    Ok(format!(
        r#"#!/bin/sh
# Starts the unpacked program with the libraries it was unpacked with.
set -eu
tools=$(dirname -- "$(readlink -f -- "$0")")
root=$tools/../{ROOT}
PATH=$tools:$PATH
{setup}
exec "$root/{loader}" --library-path "$root/{libraries}" "$root/{PROGRAMS}/{program}" "$@"
"#,
        loader = loader.display(),
        libraries = libraries.display(),
    ))
}

/// The first file of such a name, relative to `root`.
fn find_file(root: &Path, is_wanted: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let entries = WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    // A link whose target is elsewhere is of no use.
    let mut files = entries.filter(|entry| !entry.file_type().is_dir() && entry.path().exists());
    let found = files.find(|entry| entry.file_name().to_str().is_some_and(&is_wanted))?;
    found.path().strip_prefix(root).ok().map(Path::to_path_buf)
}

#[cfg(unix)]
fn write_script(path: &Path, script: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, script)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn write_script(_path: &Path, _script: &str) -> Result<()> {
    bail!("{NAME} is for Unix")
}

/// Empties the one place that names the folder of the keymap compiler.
fn ask_path_for_compiler(program: &[u8]) -> Result<Vec<u8>> {
    let places: Vec<usize> = program
        .windows(KEYMAP_FOLDER.len())
        .enumerate()
        .filter(|(_, window)| *window == KEYMAP_FOLDER)
        .map(|(place, _)| place)
        .collect();
    let [place] = places[..] else {
        bail!("{NAME} names the folder of its keymap compiler {} times, not once", places.len());
    };
    let mut changed = program.to_vec();
    if let Some(name) = changed.get_mut(place..place + ANY_FOLDER.len()) {
        name.copy_from_slice(ANY_FOLDER);
    }
    Ok(changed)
}

/// A running display; it ends with its owner.
pub(crate) struct Display {
    _server: Reaped,
    name: String,
}

impl Display {
    /// Starts `program` on a free display of 1280 by 720.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or says no display within its time.
    pub(crate) fn start(program: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command
            // Whoever has the display may draw on it: it listens on a local socket only, and lives for a moment.
            .args(["-displayfd", "1", "-screen", "0", "1280x720x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = Reaped::spawn(&mut command)?;
        let output = server.child().stdout.take().context("the display has no output")?;
        let (sender, answer) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            // An output that breaks says nothing, and nothing is no number.
            let _ = BufReader::new(output).read_line(&mut line);
            // Nobody listens any more once the time is over.
            let _ = sender.send(line);
        });
        let number = answer.recv_timeout(START_LIMIT).context("the display did not start in time")?;
        let number: u32 = number.trim().parse().with_context(|| format!("{} opened no display", program.display()))?;
        Ok(Self { _server: server, name: format!(":{number}") })
    }

    /// What programs find in the variable `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
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
    #[cfg(unix)]
    fn programs_are_started_through_their_loader() {
        let root = tempfile::tempdir().unwrap();
        for file in ["usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/libc.so.6"] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let script = launcher(root.path(), "xkbcomp", "").unwrap();
        let line = r#"exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/xkbcomp" "$@""#;
        assert!(script.contains(line), "{script}");
        assert!(launcher(&root.path().join("usr/lib64"), "xkbcomp", "").is_err());
    }

    #[test]
    fn another_program_is_left_alone() {
        assert!(ask_path_for_compiler(b"nothing of the kind").is_err());
        assert!(ask_path_for_compiler(b"\0/usr/bin\0 \0/usr/bin\0").is_err());
    }
}
