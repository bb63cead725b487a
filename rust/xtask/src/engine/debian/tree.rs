//! The unpacked packages, and the launcher that starts the engine among them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::Progress;

/// The launcher's name in the engine's folder.
pub(super) const LAUNCHER: &str = "godot";

const ROOT: &str = "root";
const PROGRAM: &str = "usr/bin/godot";
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

/// Writes the script that starts the engine with the unpacked loader and libraries, wherever the folder is moved.
pub(super) fn write_launcher(dir: &Path) -> Result<()> {
    let script = launcher(&dir.join(ROOT))?;
    let path = dir.join(LAUNCHER);
    fs::write(&path, script)?;
    make_executable(&path)
}

fn launcher(root: &Path) -> Result<String> {
    if !root.join(PROGRAM).exists() {
        bail!("the packages hold no {PROGRAM}");
    }
    let loader = relative(root, &find_loader(root)?)?;
    let libraries: Vec<String> =
        library_dirs(root)?.iter().map(|dir| Ok(format!("$root/{}", relative(root, dir)?))).collect::<Result<_>>()?;
    Ok(format!(
        r#"#!/bin/sh
# Starts the unpacked engine with the libraries it was unpacked with.
set -eu
root=$(dirname -- "$(readlink -f -- "$0")")/{ROOT}
exec "$root/{loader}" --library-path "{libraries}" "$root/{PROGRAM}" "$@"
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

/// The folders libraries are in: those of the architecture, and PulseAudio's own below them.
fn library_dirs(root: &Path) -> Result<Vec<PathBuf>> {
    let mut dirs = architecture_dirs(root)?;
    let pulseaudio: Vec<_> = dirs.iter().map(|dir| dir.join("pulseaudio")).filter(|dir| dir.is_dir()).collect();
    dirs.extend(pulseaudio);
    Ok(dirs)
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
            let path = dir.path().join(file);
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
        let script = launcher(root.path()).unwrap();
        assert!(script.contains(
            r#"exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu/pulseaudio" "$root/usr/bin/godot" "$@""#
        ), "{script}");
    }

    #[test]
    fn arm64_is_started_through_its_loader() {
        let root = tree(&["usr/bin/godot", "usr/lib/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu/libc.so.6"]);
        let script = launcher(root.path()).unwrap();
        assert!(script.contains(
            r#"exec "$root/usr/lib/ld-linux-aarch64.so.1" --library-path "$root/usr/lib/aarch64-linux-gnu" "$root/usr/bin/godot" "$@""#
        ), "{script}");
    }

    #[test]
    fn a_loader_that_is_only_among_the_libraries_is_found() {
        let root = tree(&["usr/bin/godot", "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"]);
        assert!(launcher(root.path()).unwrap().contains("usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"));
    }

    #[test]
    fn a_tree_without_engine_or_loader_is_refused() {
        assert!(launcher(tree(&["usr/lib64/ld-linux-x86-64.so.2"]).path()).is_err());
        assert!(launcher(tree(&["usr/bin/godot", "usr/lib/x86_64-linux-gnu/libc.so.6"]).path()).is_err());
    }
}
