//! What users get: the package, and the archive of the repository that the Asset Library makes.

use std::{
    fs::File,
    io::{Cursor, Read as _},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use integration_tests::Failure;
use rust_websocket_engine::workspace;
use xtask::package;
use zip::ZipArchive;

const ROOT: &str = "addons/rust_websocket/";

/// Writing the package ends with its trial, in a new project and in an exported game.
#[test]
fn is_complete_and_plays() -> Result<(), Failure> {
    Ok(check_package()?)
}

#[test]
fn an_archive_of_the_repository_holds_the_addon_alone() -> Result<(), Failure> {
    Ok(check_archive()?)
}

fn check_package() -> Result<()> {
    let outcome = package::run(&package::Options::default())?;
    let mut archive = ZipArchive::new(File::open(&outcome.package)?)?;
    let names = names(&mut archive)?;
    ensure!(names.iter().all(|name| name.starts_with(ROOT)), "something lies outside of {ROOT}: {names:?}");
    for name in ["LICENSE", "README.md", "THIRD_PARTY.md", "rust_websocket.gdextension", "websocket_multiplayer.gd"] {
        ensure!(names.contains(&format!("{ROOT}{name}")), "there is no {name}: {names:?}");
    }
    ensure!(names.iter().any(|name| name.starts_with(&format!("{ROOT}bin/"))), "there is no library: {names:?}");
    let mut version = String::new();
    archive.by_name(&format!("{ROOT}version.txt"))?.read_to_string(&mut version)?;
    let named = outcome.package.file_name().context("the package has no name")?.to_string_lossy().into_owned();
    ensure!(named == format!("rust_websocket-{}.zip", version.trim()), "{named} holds version {version}");
    // Where templates of the engine's version can be had differs between machines; the command says why there are none.
    println!("an exported game was tried: {}", outcome.has_played_exported);
    Ok(())
}

fn check_archive() -> Result<()> {
    let made = Command::new("git")
        .args(["archive", "--format=zip", "--worktree-attributes", "HEAD"])
        .current_dir(workspace::root())
        .output()
        .context("cannot call git")?;
    ensure!(made.status.success(), "git archive failed: {}", String::from_utf8_lossy(&made.stderr));
    let names = names(&mut ZipArchive::new(Cursor::new(made.stdout))?)?;
    for name in ["LICENSE", "README.md", "rust_websocket.gdextension", "websocket_multiplayer.gd"] {
        ensure!(names.contains(&format!("{ROOT}{name}")), "there is no {name}: {names:?}");
    }
    let strangers: Vec<&String> = names.iter().filter(|name| !name.starts_with(ROOT) && *name != "addons/").collect();
    ensure!(strangers.is_empty(), "it also holds {strangers:?}");
    Ok(())
}

fn names<R: std::io::Read + std::io::Seek>(archive: &mut ZipArchive<R>) -> Result<Vec<String>> {
    (0..archive.len()).map(|index| Ok(archive.by_index(index)?.name()?.into_owned())).collect()
}
