//! The official build from the engine's release page, for any desktop that has no Debian mirror.
//!
//! One version is pinned. What was downloaded counts only if its SHA-512 is the one the release lists.

mod download;

use std::env::consts;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::cache::{Cache, Install};
use super::probe;
use crate::progress::Progress;

/// The pinned release.
const VERSION: &str = "4.6.3";
const RELEASES: &str = "https://github.com/godotengine/godot/releases/download";
const CHECKSUMS: &str = "SHA512-SUMS.txt";

/// One file of a release, and what is in it.
pub(crate) struct Build {
    /// The address of the release's folder, without a slash at the end.
    pub(crate) base_url: String,
    /// The archive's file name in that folder.
    pub(crate) archive: String,
    /// The program inside the archive.
    pub(crate) program: PathBuf,
}

impl Build {
    /// The pinned release's build for this system.
    ///
    /// # Errors
    ///
    /// If the release has none.
    pub(crate) fn for_machine() -> Result<Self> {
        Self::of(consts::OS, consts::ARCH)
    }

    fn of(os: &str, arch: &str) -> Result<Self> {
        let stem = format!("Godot_v{VERSION}-stable");
        let (archive, program) = match (os, arch) {
            ("linux", "x86_64") => (format!("{stem}_linux.x86_64.zip"), format!("{stem}_linux.x86_64")),
            ("linux", "aarch64") => (format!("{stem}_linux.arm64.zip"), format!("{stem}_linux.arm64")),
            ("macos", _) => (format!("{stem}_macos.universal.zip"), "Godot.app/Contents/MacOS/Godot".to_owned()),
            // The console program writes to the pipes it is given; the other one opens a window of its own.
            ("windows", "x86_64") => (format!("{stem}_win64.exe.zip"), format!("{stem}_win64_console.exe")),
            ("windows", "aarch64") => {
                (format!("{stem}_windows_arm64.exe.zip"), format!("{stem}_windows_arm64_console.exe"))
            }
            _ => bail!("there is none for {os} on {arch}"),
        };
        Ok(Self { base_url: format!("{RELEASES}/{VERSION}-stable"), archive, program: program.into() })
    }

    /// Where this build goes in the cache.
    pub(crate) fn install(&self) -> Install {
        let folder = self.archive.trim_end_matches(".zip").to_owned();
        Install { folder, program: self.program.clone() }
    }

    /// Its program: out of the cache, or downloaded, checked and installed there.
    ///
    /// # Errors
    ///
    /// If the release cannot be had, does not list the archive, or lists another checksum; or if the program inside
    /// does not run here.
    pub(crate) fn find_or_fetch(&self, cache: &Cache) -> Result<PathBuf> {
        cache.find_or_install(&self.install(), probe::check, |partial, _| {
            let expected = self.expected_checksum()?;
            let archive = partial.join(&self.archive);
            let actual = download::to_file(&self.url_of(&self.archive), &archive)?;
            if actual != expected {
                bail!("{} has SHA-512 {actual}, the release lists {expected}", self.archive);
            }
            unpack(&archive, partial)?;
            fs::remove_file(&archive)?;
            make_executable(&partial.join(&self.program))
        })
    }

    fn url_of(&self, file: &str) -> String {
        format!("{}/{file}", self.base_url)
    }

    fn expected_checksum(&self) -> Result<String> {
        let list = download::to_text(&self.url_of(CHECKSUMS))?;
        listed_checksum(&list, &self.archive).with_context(|| format!("{CHECKSUMS} does not list {}", self.archive))
    }
}

/// Finds a file's checksum in lines of `<hex>  <name>`, where `*` before the name marks binary mode.
fn listed_checksum(list: &str, file: &str) -> Option<String> {
    list.lines().find_map(|line| {
        let (checksum, name) = line.split_once(char::is_whitespace)?;
        (name.trim_start().trim_start_matches('*').trim_end() == file).then(|| checksum.to_ascii_lowercase())
    })
}

fn unpack(archive: &Path, target: &Path) -> Result<()> {
    let progress = Progress::start("unpacking Godot");
    let mut zip = zip::ZipArchive::new(File::open(archive)?)?;
    zip.extract(target)?;
    progress.finish();
    Ok(())
}

#[cfg(unix)]
fn make_executable(program: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("the archive has no {}", program.display()))
}

#[cfg(not(unix))]
fn make_executable(_program: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod fetch_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_desktop_has_a_build() {
        for (os, arch, archive) in [
            ("linux", "x86_64", "Godot_v4.6.3-stable_linux.x86_64.zip"),
            ("linux", "aarch64", "Godot_v4.6.3-stable_linux.arm64.zip"),
            ("macos", "aarch64", "Godot_v4.6.3-stable_macos.universal.zip"),
            ("windows", "x86_64", "Godot_v4.6.3-stable_win64.exe.zip"),
            ("windows", "aarch64", "Godot_v4.6.3-stable_windows_arm64.exe.zip"),
        ] {
            assert_eq!(Build::of(os, arch).unwrap().archive, archive);
        }
        assert!(Build::of("freebsd", "x86_64").is_err());
    }

    #[test]
    fn checksums_are_found_by_whole_name() {
        let list = "AA11  Godot.zip.sig\nbb22  Godot.zip\ncc33 *Other.zip\n";
        assert_eq!(listed_checksum(list, "Godot.zip").as_deref(), Some("bb22"));
        assert_eq!(listed_checksum(list, "Other.zip").as_deref(), Some("cc33"));
        assert_eq!(listed_checksum(list, "Godot.zip.sig").as_deref(), Some("aa11"));
        assert_eq!(listed_checksum(list, "dot.zip"), None);
    }
}
