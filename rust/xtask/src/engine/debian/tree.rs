//! The unpacked packages, the launchers that start their programs, and what such a program needs to run.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::Progress;

const ROOT: &str = "root";
const PROGRAMS: &str = "usr/bin";
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
    Ok(())
}

/// What the unpacked programs run with: not the machine's own loader and libraries, which may be older.
pub(crate) struct Runtime {
    /// The dynamic loader.
    pub(crate) interpreter: PathBuf,
    /// Where the libraries are.
    pub(crate) libraries: Vec<PathBuf>,
    /// Where those are that only PulseAudio's client library asks for.
    pub(crate) private_libraries: Vec<PathBuf>,
}

impl Runtime {
    /// Finds it in a folder that packages were unpacked into.
    pub(crate) fn of(dir: &Path) -> Result<Self> {
        let root = dir.join(ROOT);
        let libraries = architecture_dirs(&root)?;
        let private = libraries.iter().map(|dir| dir.join("pulseaudio")).filter(|dir| dir.is_dir());
        Ok(Self { interpreter: find_loader(&root)?, private_libraries: private.collect(), libraries })
    }

    /// The unpacked program of this name itself, which the launcher starts.
    pub(crate) fn program(dir: &Path, name: &str) -> PathBuf {
        dir.join(ROOT).join(PROGRAMS).join(name)
    }
}

/// Writes the script that starts a program with the unpacked loader and libraries, wherever the folder is moved. `setup`
/// is run before, and knows the script's folder as `$here` and that of the packages as `$root`.
pub(super) fn write_launcher(dir: &Path, program: &str, setup: &str) -> Result<()> {
    let script = launcher(dir, program, setup)?;
    let path = dir.join(program);
    fs::write(&path, script)?;
    make_executable(&path)
}

fn launcher(dir: &Path, program: &str, setup: &str) -> Result<String> {
    let unpacked = Runtime::program(dir, program);
    if !unpacked.exists() {
        bail!("the packages hold no {PROGRAMS}/{program}");
    }
    let root = dir.join(ROOT);
    let runtime = Runtime::of(dir)?;
    let loader = relative(&root, &runtime.interpreter)?;
    let libraries: Vec<String> = runtime
        .libraries
        .iter()
        .chain(&runtime.private_libraries)
        .map(|dir| Ok(format!("$root/{}", relative(&root, dir)?)))
        .collect::<Result<_>>()?;
    Ok(format!(
        r#"#!/bin/sh
# Starts the unpacked program with the libraries it was unpacked with.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
root=$here/{ROOT}
{setup}
exec "$root/{loader}" --library-path "{libraries}" "$root/{PROGRAMS}/{program}" "$@"
"#,
        libraries = libraries.join(":")
    ))
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

fn relative(root: &Path, path: &Path) -> Result<String> {
    let relative = path.strip_prefix(root)?.to_str().context("a package's path is not Unicode")?;
    Ok(relative.to_owned())
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
    fn amd64_is_started_through_its_loader() {
        let root = tree(&[
            "usr/bin/godot",
            "usr/lib64/ld-linux-x86-64.so.2",
            "usr/lib/x86_64-linux-gnu/libc.so.6",
            "usr/lib/x86_64-linux-gnu/pulseaudio/libpulsecommon.so",
        ]);
        let script = launcher(root.path(), "godot", "").unwrap();
        assert!(script.contains(
            r#"exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu/pulseaudio" "$root/usr/bin/godot" "$@""#
        ), "{script}");
    }

    #[test]
    fn arm64_is_started_through_its_loader() {
        let root = tree(&["usr/bin/godot", "usr/lib/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu/libc.so.6"]);
        let script = launcher(root.path(), "godot", "").unwrap();
        assert!(script.contains(
            r#"exec "$root/usr/lib/ld-linux-aarch64.so.1" --library-path "$root/usr/lib/aarch64-linux-gnu" "$root/usr/bin/godot" "$@""#
        ), "{script}");
    }

    #[test]
    fn the_libraries_of_pulseaudio_are_kept_apart() {
        let root = tree(&["usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/pulseaudio/libpulsecommon.so"]);
        let runtime = Runtime::of(root.path()).unwrap();
        let libraries = root.path().join("root/usr/lib/x86_64-linux-gnu");
        assert_eq!(runtime.interpreter, root.path().join("root/usr/lib64/ld-linux-x86-64.so.2"));
        assert_eq!(runtime.private_libraries, [libraries.join("pulseaudio")]);
        assert_eq!(runtime.libraries, [libraries]);
    }

    #[test]
    fn a_loader_that_is_only_among_the_libraries_is_found() {
        let root = tree(&["usr/bin/godot", "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"]);
        assert!(
            launcher(root.path(), "godot", "").unwrap().contains("usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1")
        );
    }

    #[test]
    fn what_is_to_be_set_up_comes_before_the_program() {
        let root = tree(&["usr/bin/godot", "usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/libc.so.6"]);
        let script = launcher(root.path(), "godot", "PATH=$here:$PATH").unwrap();
        let lines: Vec<&str> = script.lines().collect();
        let place = |start: &str| lines.iter().position(|line| line.starts_with(start)).unwrap();
        assert!(place("here=") < place("PATH=$here:$PATH"), "{script}");
        assert!(place("PATH=$here:$PATH") < place("exec "), "{script}");
    }

    #[test]
    fn a_tree_without_engine_or_loader_is_refused() {
        assert!(launcher(tree(&["usr/lib64/ld-linux-x86-64.so.2"]).path(), "godot", "").is_err());
        assert!(launcher(tree(&["usr/bin/godot", "usr/lib/x86_64-linux-gnu/libc.so.6"]).path(), "godot", "").is_err());
    }
}
