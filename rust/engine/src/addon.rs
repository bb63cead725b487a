//! The addon's library: built by cargo, and installed where the `.gdextension` names it, since cargo puts it where no
//! engine looks.
//!
//! That file is the only list of library names; this one reads it instead of keeping another.

use std::collections::HashSet;
use std::env::consts;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cargo_metadata::{Message, TargetKind};

use crate::process::{self, Reaped};
use crate::progress::Progress;
use crate::workspace;

/// The addon's description for the engine.
pub const GDEXTENSION: &str = "rust_websocket.gdextension";

/// The name of the crate that is the library.
pub const PACKAGE: &str = "rust-websocket";

/// It may have to read the whole index first.
const QUESTION_LIMIT: Duration = Duration::from_secs(300);

/// How the library is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Without optimisation, with debug assertions.
    Debug,
    /// As users get it.
    Release,
}

/// Builds the addon's library as users get it, and installs it; answers its path.
///
/// # Errors
///
/// If it does not compile, the `.gdextension` has no place for this platform, or that place cannot be written.
pub fn build() -> Result<PathBuf> {
    build_with(Profile::Release)
}

/// Builds the addon's library with the given profile, and installs it; answers its path.
///
/// Both profiles go to the same place: the engine loads the one that was built last.
///
/// # Errors
///
/// As for [`build`].
pub fn build_with(profile: Profile) -> Result<PathBuf> {
    let installed = workspace::addon_dir().join(own_place()?);
    let built = compile(PACKAGE, profile)?;
    install(&built, &installed)?;
    Ok(installed)
}

/// Has cargo build the library of a package; answers its path.
///
/// # Errors
///
/// If it does not compile.
pub fn compile(package: &str, profile: Profile) -> Result<PathBuf> {
    let mut command = workspace::cargo();
    command.arg("build");
    if profile == Profile::Release {
        command.arg("--release");
    }
    compile_with(command, package)
}

/// Has a command of cargo's that is told no more than how to compile do it for the library; answers where that is, as cargo's
/// messages say it, whatever the target folder.
///
/// # Errors
///
/// If it does not compile.
pub fn compile_with(mut command: Command, package: &str) -> Result<PathBuf> {
    command.args(["--quiet", "--package", package, "--lib", "--message-format", "json-render-diagnostics"]);
    let mut progress = Progress::with_total(format!("compiling {package}"), count_crates(package)?);
    let mut crates = HashSet::new();
    let mut cargo = Reaped::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let messages = cargo.child().stdout.take().context("cargo has no output")?;
    let mut library = None;
    for message in Message::parse_stream(BufReader::new(messages)) {
        let Message::CompilerArtifact(artifact) = message? else { continue };
        crates.insert(artifact.package_id);
        progress.set(crates.len() as u64);
        if artifact.target.kind.contains(&TargetKind::CDyLib) && artifact.target.name == package.replace('-', "_") {
            library = artifact.filenames.into_iter().find(|file| is_library(file.as_str()));
        }
    }
    let status = cargo.child().wait()?;
    if !status.success() {
        bail!("{package} does not build ({status})");
    }
    progress.finish();
    library.map(Into::into).context("cargo built no library")
}

/// How many crates a package is compiled from, itself included.
fn count_crates(package: &str) -> Result<u64> {
    let mut ask = workspace::cargo();
    ask.args(["tree", "--package", package, "--edges", "normal,build", "--prefix", "none", "--no-dedupe"]);
    let tree = process::answer_within(&mut ask, QUESTION_LIMIT)?;
    Ok(tree.lines().collect::<HashSet<_>>().len() as u64)
}

fn is_library(file: &str) -> bool {
    [".so", ".dll", ".dylib"].iter().any(|ending| file.ends_with(ending))
}

/// Puts the library in its place by a rename: an engine that has the old one open keeps it whole.
///
/// # Errors
///
/// If it cannot be read, or its place cannot be written.
pub fn install(built: &Path, installed: &Path) -> Result<()> {
    let bytes = fs::read(built).with_context(|| format!("cannot read {}", built.display()))?;
    if fs::read(installed).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    let dir = installed.parent().context("the library's place has no folder")?;
    fs::create_dir_all(dir)?;
    let partial = tempfile::Builder::new().prefix(".partial-").tempfile_in(dir)?;
    fs::write(partial.path(), &bytes)?;
    fs::set_permissions(partial.path(), fs::metadata(built)?.permissions())?;
    partial.persist(installed).with_context(|| format!("cannot install {}", installed.display()))?;
    eprintln!("installed {}", installed.display());
    Ok(())
}

/// The engine's name for this machine's architecture.
///
/// # Errors
///
/// If the addon is not built for it.
pub fn architecture() -> Result<&'static str> {
    engine_name(consts::ARCH)
}

fn engine_name(arch: &str) -> Result<&'static str> {
    match arch {
        "x86_64" => Ok("x86_64"),
        "aarch64" => Ok("arm64"),
        _ => bail!("the addon is not built for {arch}"),
    }
}

/// Where the library of this machine goes, relative to the addon's folder.
///
/// # Errors
///
/// If the `.gdextension` has no place for this platform.
pub fn own_place() -> Result<String> {
    place_for(consts::OS, consts::ARCH)
}

fn place_for(os: &str, arch: &str) -> Result<String> {
    let description = workspace::addon_dir().join(GDEXTENSION);
    let text = fs::read_to_string(&description).with_context(|| format!("cannot read {}", description.display()))?;
    // One file serves both architectures of a Mac; a build on this machine holds its own.
    let platform = if os == "macos" { os.to_owned() } else { format!("{os}.{}", engine_name(arch)?) };
    let place = entries(&text, "libraries").into_iter().find_map(|(name, place)| (name == platform).then_some(place));
    place.with_context(|| format!("{} lists no library for {platform}", description.display()))
}

/// The entries `key = "value"` of one section of a `.gdextension`, in their order.
#[must_use]
pub fn entries(gdextension: &str, section: &str) -> Vec<(String, String)> {
    let heading = format!("[{section}]");
    let lines = gdextension.lines().map(str::trim).skip_while(|line| *line != heading).skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with(';'))
        .filter_map(|line| {
            let (name, value) = line.split_once('=')?;
            Some((name.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_description_has_a_place_for_every_desktop() {
        for (os, arch, place) in [
            ("linux", "x86_64", "bin/linux-x86_64/librust_websocket.so"),
            ("linux", "aarch64", "bin/linux-arm64/librust_websocket.so"),
            ("windows", "x86_64", "bin/windows-x86_64/rust_websocket.dll"),
            ("macos", "aarch64", "bin/macos-universal/librust_websocket.dylib"),
        ] {
            assert_eq!(place_for(os, arch).unwrap(), place);
        }
        assert!(place_for("freebsd", "x86_64").is_err());
    }

    #[test]
    fn other_sections_do_not_count() {
        let text =
            "[icons]\nlinux.x86_64 = \"icon\"\n[libraries]\n; a remark\nmacos=\"m\"\n[dependencies]\nx = \"y\"\n";
        assert_eq!(entries(text, "libraries"), [("macos".to_owned(), "m".to_owned())]);
    }

    #[test]
    fn installing_replaces_the_file_and_keeps_one_that_is_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let built = dir.path().join("built");
        let installed = dir.path().join("bin/linux/lib.so");
        for content in ["old", "new", "new"] {
            fs::write(&built, content).unwrap();
            install(&built, &installed).unwrap();
            assert_eq!(fs::read_to_string(&installed).unwrap(), content);
        }
        assert_eq!(fs::read_dir(installed.parent().unwrap()).unwrap().count(), 1);
    }
}
