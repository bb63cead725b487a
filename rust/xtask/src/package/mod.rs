//! The package, which is all that users get: the addon, written as a zip archive, and tried as a user would try it.
//!
//! This file owns the order of things. `contents` gathers what goes in, with the notices that `third_party` writes;
//! `build` compiles the library of this machine, `library` looks at every library, `archive` writes and unpacks the
//! zip, `store` what stores ask for beside it; `trial` plays in a project that has only the archive, `export` with the game
//! that is exported from it.

pub(crate) mod archive;
mod build;
mod contents;
mod export;
mod library;
mod store;
mod third_party;
pub(crate) mod trial;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::progress::Progress;
use crate::workspace;
use crate::{addon, engine};
pub use export::export_project;

use contents::Contents;
use library::Library;

/// The most that the archive may have for each library in it, in bytes: players download it with the game.
const ARCHIVE_LIMIT: u64 = 2_560 * 1024;

/// What the command line can choose.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// Do not export a game with it
    #[arg(long)]
    pub no_export: bool,
    /// Build the library for machines with this glibc or newer, as in 2.28; needs cargo-zigbuild
    #[arg(long)]
    pub glibc: Option<String>,
    /// Write metadata, icon and pictures for the Asset Store to target/package/store/, and check them by its rules
    #[arg(long)]
    pub store: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The archive.
    pub package: PathBuf,
    /// Whether an exported game was tried, too.
    pub has_played_exported: bool,
}

/// Writes the package and tries it; prints what is in it.
///
/// # Errors
///
/// If something does not build or is missing, a library is not fit to be shipped, or the trial fails.
pub fn run(options: &Options) -> Result<Outcome> {
    // Compiling, writing, importing and playing; exporting and playing again.
    Progress::plan(if options.no_export { 4 } else { 6 });
    let version = env!("CARGO_PKG_VERSION");
    let libraries = gather_libraries(options)?;
    let contents = Contents::gather(version, &libraries)?;
    let package = folder().join(format!("rust_websocket-{version}.zip"));
    let progress = Progress::start("writing the archive");
    archive::write(&package, contents.files())?;
    progress.finish();
    println!("{}", library::table(&libraries));
    let size = fs::metadata(&package)?.len();
    println!("{} ({} KiB)", package.display(), size.div_ceil(1024));
    let limit = ARCHIVE_LIMIT * u64::try_from(libraries.len())?.max(1);
    ensure!(size <= limit, "the archive has {} KiB, more than {}", size.div_ceil(1024), limit / 1024);
    if options.store {
        let folder = store::write(version, &package, contents.files())?;
        println!("{}: what the stores ask for; docs/releasing.md says what goes where", folder.display());
    }
    let has_played_exported = check(&package, options)?;
    Ok(Outcome { package, has_played_exported })
}

/// Where packages are written, and where libraries from elsewhere are found.
fn folder() -> PathBuf {
    workspace::target_dir().join("package")
}

/// The library of this machine, unless a finished one is there, and those that were built elsewhere.
fn gather_libraries(options: &Options) -> Result<Vec<Library>> {
    let description = fs::read_to_string(workspace::addon_dir().join(addon::GDEXTENSION))?;
    let own_place = addon::own_place()?;
    let mut libraries = Vec::new();
    let mut problems = Vec::new();
    for (platform, place) in addon::entries(&description, "libraries") {
        let finished = folder().join(&place);
        let path = if finished.exists() {
            eprintln!("{}: taken as it is", finished.display());
            finished
        } else if place == own_place {
            build::library(options.glibc.as_deref())?
        } else {
            continue;
        };
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let library = Library::parse(&platform, &place, bytes)?;
        problems.extend(library.problems(options.glibc.as_deref().filter(|_| place == own_place)));
        libraries.push(library);
    }
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok(libraries)
}

/// Tries the package: in a new project, and in a game that is exported from it. Answers whether there was one.
fn check(package: &Path, options: &Options) -> Result<bool> {
    let engine = engine::locate_or_fetch()?;
    // Asked for first: who waits for a trial should not learn at its end that half of it cannot be done.
    let template = if options.no_export {
        eprintln!("the export is left out, as asked for");
        None
    } else {
        engine::template_for(&engine)
            .inspect_err(|error| {
                eprintln!("NOT CHECKED: no game was exported and played with this package.\n  {error:#}");
            })
            .ok()
    };
    let trial = trial::Project::unpack(package)?;
    trial.import(&engine)?;
    trial::play("playing in the project", || trial.engine(&engine))?;
    println!("tried in a new project: imported, both classes made, one round trip between two processes");
    let Some(template) = template else {
        return Ok(false);
    };
    export::export_and_play(&trial, &engine, &template)?;
    println!("tried as an exported game: it found its library, one round trip between two processes");
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_builds_a_library_for_every_platform() {
        let description = fs::read_to_string(workspace::addon_dir().join(addon::GDEXTENSION)).unwrap();
        let workflow = fs::read_to_string(workspace::root().join(".github/workflows/release.yml")).unwrap();
        let libraries = addon::entries(&description, "libraries");
        assert_eq!(libraries.len(), 8);
        for (platform, place) in libraries {
            let folder = place.split('/').nth(1).unwrap();
            assert!(workflow.contains(folder), "nothing is built for {platform}");
        }
    }
}
