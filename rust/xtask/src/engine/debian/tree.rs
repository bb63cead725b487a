//! The unpacked packages, the launchers that start their programs, and what such a program needs to run.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::process;
use crate::progress::Progress;

const ROOT: &str = "root";
const PROGRAMS: &str = "usr/bin";
const PATCH_LIMIT: Duration = Duration::from_secs(60);
const UNPACK_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Unpacks every archive below `dir`, as files only: no maintainer script runs.
pub(super) fn unpack(archives: &[PathBuf], dir: &Path) -> Result<()> {
    let root = dir.join(ROOT);
    fs::create_dir(&root)?;
    let mut progress = Progress::with_total("unpacking", archives.len() as u64);
    for archive in archives {
        let mut command = Command::new("dpkg-deb");
        command.arg("--extract").arg(archive).arg(&root);
        let finished = process::run_within(&mut command, UNPACK_LIMIT)?;
        if !finished.status.success() {
            bail!("cannot unpack {}: {}", archive.display(), finished.output());
        }
        progress.advance(1);
    }
    progress.finish();
    Runtime::of(dir)?.unify()
}

/// What the unpacked programs run with: not the machine's own loader and libraries, which may be older.
pub(crate) struct Runtime {
    root: PathBuf,
    /// The dynamic loader.
    interpreter: PathBuf,
    /// Where the libraries are, the private ones of PulseAudio's client library included.
    libraries: Vec<PathBuf>,
}

impl Runtime {
    /// Finds it in a folder that packages were unpacked into.
    pub(crate) fn of(dir: &Path) -> Result<Self> {
        let root = dir.join(ROOT);
        let mut libraries = architecture_dirs(&root)?;
        let private: Vec<_> = libraries.iter().map(|dir| dir.join("pulseaudio")).filter(|dir| dir.is_dir()).collect();
        libraries.extend(private);
        Ok(Self { interpreter: find_loader(&root)?, libraries, root })
    }

    /// The unpacked program of this name itself, which the launcher starts.
    pub(crate) fn program(dir: &Path, name: &str) -> PathBuf {
        dir.join(ROOT).join(PROGRAMS).join(name)
    }

    /// Tells a program where its loader and libraries are, so that it can be started as any other: what it finds as its own
    /// path is the program's, and not the loader's. `home` is where the folder of the packages will be.
    pub(crate) fn adopt(&self, program: &Path, home: &Path) -> Result<()> {
        let at_home = |path: &PathBuf| Ok(home.join(ROOT).join(path.strip_prefix(&self.root)?));
        let libraries = self.libraries.iter().map(at_home).collect::<Result<Vec<_>>>()?;
        let (interpreter, libraries) = (at_home(&self.interpreter)?, env::join_paths(libraries)?);
        self.patch(&[OsStr::new("--set-interpreter"), interpreter.as_os_str()], &[program])?;
        self.patch(&[OsStr::new("--force-rpath"), OsStr::new("--set-rpath"), &libraries], &[program])
    }

    /// Lets all libraries look for others where the program says: a library with places of its own looks nowhere else.
    fn unify(&self) -> Result<()> {
        let is_library =
            |path: &PathBuf| path.is_file() && !path.is_symlink() && path.to_string_lossy().contains(".so");
        for dir in &self.libraries {
            let libraries: Vec<PathBuf> = entries(dir)?.into_iter().filter(is_library).collect();
            self.patch(&[OsStr::new("--remove-rpath")], &libraries)?;
        }
        Ok(())
    }

    fn patch(&self, arguments: &[&OsStr], files: &[impl AsRef<OsStr>]) -> Result<()> {
        let mut patch = Command::new(&self.interpreter);
        patch.arg("--library-path").arg(env::join_paths(&self.libraries)?);
        patch.arg(self.root.join(PROGRAMS).join("patchelf")).args(arguments).args(files);
        let finished = process::run_within(&mut patch, PATCH_LIMIT)?;
        if !finished.status.success() {
            bail!("patchelf failed: {}", finished.output());
        }
        Ok(())
    }
}

/// Makes a program ready to run from `home`, where `dir` will be, and writes the script that starts it. `setup` is run
/// before, and knows the script's folder as `$here` and that of the packages as `$root`.
pub(super) fn write_launcher(dir: &Path, home: &Path, program: &str, setup: &str) -> Result<()> {
    Runtime::of(dir)?.adopt(&Runtime::program(dir, program), home)?;
    let path = dir.join(program);
    fs::write(&path, launcher(program, setup))?;
    make_executable(&path)
}

fn launcher(program: &str, setup: &str) -> String {
    format!(
        r#"#!/bin/sh
# Starts the unpacked program.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
root=$here/{ROOT}
{setup}
exec "$root/{PROGRAMS}/{program}" "$@"
"#
    )
}

/// Finds the dynamic loader: its name and folder differ between architectures.
fn find_loader(root: &Path) -> Result<PathBuf> {
    let mut places = vec![root.join("usr/lib64"), root.join("usr/lib"), root.join("lib64"), root.join("lib")];
    places.extend(architecture_dirs(root)?);
    for place in places.iter().filter(|place| place.is_dir()) {
        for entry in entries(place)? {
            let is_loader = entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"ld-linux"));
            if is_loader && entry.exists() {
                return Ok(entry);
            }
        }
    }
    bail!("the packages hold no dynamic loader")
}

/// `usr/lib/<triplet>` and `lib/<triplet>`, as far as they are there.
fn architecture_dirs(root: &Path) -> Result<Vec<PathBuf>> {
    let mut dirs = Vec::new();
    for parent in [root.join("usr/lib"), root.join("lib")].iter().filter(|parent| parent.is_dir()) {
        let is_triplet = |name: &OsStr| name.to_string_lossy().contains("-linux-gnu");
        dirs.extend(entries(parent)?.into_iter().filter(|dir| dir.is_dir() && dir.file_name().is_some_and(is_triplet)));
    }
    Ok(dirs)
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(ROOT).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        dir
    }

    #[test]
    fn the_loader_and_the_libraries_of_an_architecture_are_found() {
        for (loader, triplet) in [
            ("usr/lib64/ld-linux-x86-64.so.2", "x86_64-linux-gnu"),
            ("usr/lib/ld-linux-aarch64.so.1", "aarch64-linux-gnu"),
            ("usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1", "aarch64-linux-gnu"),
        ] {
            let private = format!("usr/lib/{triplet}/pulseaudio/libpulsecommon.so");
            let dir = tree(&[loader, &private]);
            let (root, runtime) = (dir.path().join(ROOT), Runtime::of(dir.path()).unwrap());
            let libraries = root.join("usr/lib").join(triplet);
            assert_eq!(runtime.interpreter, root.join(loader));
            assert_eq!(runtime.libraries, [libraries.clone(), libraries.join("pulseaudio")]);
        }
    }

    #[test]
    fn what_is_to_be_set_up_comes_before_the_program() {
        let script = launcher("godot", "PATH=$here:$PATH");
        let lines: Vec<&str> = script.lines().collect();
        let place = |start: &str| lines.iter().position(|line| line.starts_with(start)).unwrap();
        assert!(place("here=") < place("PATH=$here:$PATH"), "{script}");
        assert!(place("PATH=$here:$PATH") < place(r#"exec "$root/usr/bin/godot" "$@""#), "{script}");
    }

    #[test]
    fn a_tree_without_a_loader_is_refused() {
        assert!(Runtime::of(tree(&["usr/bin/godot", "usr/lib/x86_64-linux-gnu/libc.so.6"]).path()).is_err());
    }
}
