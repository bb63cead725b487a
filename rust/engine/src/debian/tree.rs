//! The unpacked packages, and what a program among them needs to run from there, since the machine's own loader and
//! libraries may be older.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use walkdir::WalkDir;

use crate::process;
use crate::progress::Progress;

/// The folder of programs, inside that of the packages.
pub(super) const PROGRAMS: &str = "root/usr/bin";
const ROOT: &str = "root";
const PATCH_LIMIT: Duration = Duration::from_secs(60);
const UNPACK_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Packages, unpacked below a folder.
pub(super) struct Tree<'a> {
    dir: &'a Path,
    /// The dynamic loader.
    loader: PathBuf,
    /// Where the libraries are, the private ones of PulseAudio's client library included.
    libraries: Vec<PathBuf>,
}

impl<'a> Tree<'a> {
    /// Unpacks every archive below `dir`, as files only: no maintainer script runs.
    pub(super) fn unpack(archives: &[PathBuf], dir: &'a Path) -> Result<Self> {
        let root = dir.join(ROOT);
        fs::create_dir(&root)?;
        let mut progress = Progress::with_total("unpacking", archives.len() as u64);
        for archive in archives {
            let mut command = Command::new("dpkg-deb");
            command.arg("--extract").arg(archive).arg(&root);
            process::answer_within(&mut command, UNPACK_LIMIT)?;
            progress.advance(1);
        }
        progress.finish();
        let tree = Self::of(dir)?;
        tree.unify()?;
        Ok(tree)
    }

    /// Finds loader and libraries, which every architecture has in another folder: the loader is itself the first library.
    fn of(dir: &'a Path) -> Result<Self> {
        let is_loader = |name: &OsStr| name.as_encoded_bytes().starts_with(b"ld-linux");
        let mut files = WalkDir::new(dir.join(ROOT).join("usr")).into_iter().filter_map(Result::ok);
        let loader = files
            .find(|entry| entry.file_type().is_file() && is_loader(entry.file_name()))
            .context("the packages hold no dynamic loader")?
            .into_path();
        let folder = loader.parent().unwrap_or(dir).to_path_buf();
        let libraries = [folder.clone(), folder.join("pulseaudio")].into_iter().filter(|dir| dir.is_dir()).collect();
        Ok(Self { dir, loader, libraries })
    }

    /// Tells a program where its loader and libraries are, so that it can be started as any other: what it finds as its own
    /// path is the program's, and not the loader's. `home` is where the folder of the packages will be.
    pub(super) fn adopt(&self, program: &str, home: &Path) -> Result<()> {
        let at_home = |path: &PathBuf| Ok(home.join(path.strip_prefix(self.dir)?));
        let libraries = env::join_paths(self.libraries.iter().map(at_home).collect::<Result<Vec<_>>>()?)?;
        let loader = at_home(&self.loader)?;
        let program = [self.dir.join(PROGRAMS).join(program)];
        self.patch(&["--set-interpreter".as_ref(), loader.as_os_str()], &program)?;
        self.patch(&["--force-rpath".as_ref(), "--set-rpath".as_ref(), &libraries], &program)
    }

    /// Lets all libraries look for others where the program says: a library with places of its own looks nowhere else.
    fn unify(&self) -> Result<()> {
        for dir in &self.libraries {
            let mut libraries = Vec::new();
            for entry in fs::read_dir(dir)? {
                let entry = entry?;
                if entry.file_type()?.is_file() && entry.file_name().to_string_lossy().contains(".so") {
                    libraries.push(entry.path());
                }
            }
            self.patch(&["--remove-rpath".as_ref()], &libraries)?;
        }
        Ok(())
    }

    fn patch(&self, arguments: &[&OsStr], files: &[PathBuf]) -> Result<()> {
        let mut patch = Command::new(&self.loader);
        patch.arg("--library-path").arg(env::join_paths(&self.libraries)?);
        patch.arg(self.dir.join(PROGRAMS).join(super::PATCHER)).args(arguments).args(files);
        process::answer_within(&mut patch, PATCH_LIMIT).map(drop).context("patchelf")
    }
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
        for (loader, triplet) in
            [("ld-linux-x86-64.so.2", "x86_64-linux-gnu"), ("ld-linux-aarch64.so.1", "aarch64-linux-gnu")]
        {
            let folder = format!("usr/lib/{triplet}");
            let dir = tree(&[&format!("{folder}/{loader}"), &format!("{folder}/pulseaudio/libpulsecommon.so")]);
            let (libraries, tree) = (dir.path().join(ROOT).join(folder), Tree::of(dir.path()).unwrap());
            assert_eq!(tree.loader, libraries.join(loader));
            assert_eq!(tree.libraries, [libraries.clone(), libraries.join("pulseaudio")]);
        }
        assert!(Tree::of(tree(&["usr/lib/x86_64-linux-gnu/libc.so.6"]).path()).is_err());
    }
}
