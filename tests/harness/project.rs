//! The project that an engine runs, made once for all tests that share it: the scenarios, with the addon as a user would
//! have it, or plain; or the ones in which an editor is asked for its help, or reloads the addon.
//!
//! A made project is named after the hash of what is in it and kept under the build directory, so a
//! second run finds it ready.

use std::{
    collections::HashMap,
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, PoisonError},
};

use anyhow::{Context as _, Result, anyhow};
use rust_websocket_engine::{addon, project::write_extension_list, workspace};
use tempfile::TempDir;
use walkdir::{DirEntry, WalkDir};

/// Where the addon stands inside a project.
const ADDON: &str = "addons/rust_websocket";

/// The scenarios alone: what the built-in class is proved in, whatever state the addon is in.
pub fn plain() -> Result<PathBuf> {
    ready("plain", "project", |_project| Ok(()))
}

/// The scenarios and the addon.
pub fn with_addon() -> Result<PathBuf> {
    ready("with-addon", "project", add_addon)
}

/// The addon, and what `cargo xtask bench` runs in the engine.
pub fn bench() -> Result<PathBuf> {
    ready("bench", "../rust/bench/project", add_addon)
}

/// The addon, and a plugin that reads the editor's help.
pub fn help() -> Result<PathBuf> {
    ready("help", "help", add_addon)
}

/// The addon, and a plugin that reloads it.
pub fn reload() -> Result<PathBuf> {
    ready("reload", "reload", add_addon)
}

/// The addon, and a script that takes its peers from the helper for native games and the web.
pub fn web_helper() -> Result<PathBuf> {
    ready("web-helper", "web_helper", add_addon)
}

/// What became of the projects that were asked for so far.
type Ready = Mutex<HashMap<&'static str, std::result::Result<PathBuf, String>>>;

/// Prepares a project once per test program; who comes meanwhile waits.
fn ready(kind: &'static str, source: &str, finish: fn(&Path) -> Result<()>) -> Result<PathBuf> {
    static READY: LazyLock<Ready> = LazyLock::new(Mutex::default);
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let made = ready.entry(kind).or_insert_with(|| prepare(kind, source, finish).map_err(|error| format!("{error:#}")));
    made.clone().map_err(|error| anyhow!(error))
}

fn prepare(kind: &str, source: &str, finish: fn(&Path) -> Result<()>) -> Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    let home = build_directory()?.join("integration-tests");
    let project = home.join(format!("{kind}-{:016x}", hash_of(&source)?));
    if project.exists() {
        return Ok(project);
    }
    fs::create_dir_all(&home)?;
    // Made beside its place and renamed into it: another test run may be at the same work.
    let draft = tempfile::Builder::new().prefix("draft-").tempdir_in(&home)?;
    copy(&source, draft.path())?;
    finish(draft.path())?;
    let draft = draft.keep();
    if fs::rename(&draft, &project).is_err() {
        fs::remove_dir_all(&draft)?;
    }
    project.exists().then_some(project).context("could not put the project in its place")
}

/// A project that nobody else has open, made of a folder of `tests/`; it vanishes with its owner.
pub fn fresh(source: &str) -> Result<TempDir> {
    let project = tempfile::Builder::new().prefix("project-").tempdir()?;
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(source), project.path())?;
    fs::create_dir_all(project.path().join(".godot"))?;
    Ok(project)
}

/// Puts the addon where a user would put it, and lists it as the editor would.
///
/// The list is what the editor's first import writes. That import ends in a crash of the engine's own
/// when it meets a new extension without a display, so nobody starts from there.
pub fn install_addon(project: &Path) -> Result<()> {
    fs::create_dir_all(project.join("addons"))?;
    link(&workspace::addon_dir(), &project.join(ADDON))?;
    write_extension_list(project)
}

fn add_addon(project: &Path) -> Result<()> {
    ensure_library()?;
    install_addon(project)
}

/// Builds the addon's library if there is none for this system.
pub fn ensure_library() -> Result<()> {
    if !workspace::addon_dir().join(addon::own_place()?).exists() {
        addon::build()?;
    }
    Ok(())
}

/// The directory that cargo builds in: this very program lies in it.
fn build_directory() -> Result<PathBuf> {
    let program = env::current_exe()?;
    // target/debug/deps/scenarios-0123456789abcdef
    program.ancestors().nth(3).map(Path::to_path_buf).context("the test program is in no build directory")
}

fn hash_of(directory: &Path) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for path in files_below(directory)? {
        path.strip_prefix(directory)?.hash(&mut hasher);
        fs::read(&path)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for path in files_below(from)? {
        let target = to.join(path.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&path, &target).with_context(|| format!("copying {}", path.display()))?;
    }
    Ok(())
}

/// All files below a directory in a fixed order, without what an engine has written there, and without links.
fn files_below(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let is_ours = |entry: &DirEntry| entry.file_name() != ".godot";
    for entry in WalkDir::new(directory).sort_by_file_name().into_iter().filter_entry(is_ours) {
        let entry = entry?;
        let ending = entry.path().extension().unwrap_or_default();
        if entry.file_type().is_file() && ending != "uid" && ending != "import" {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

#[cfg(unix)]
fn link(target: &Path, place: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(target, place)?)
}

#[cfg(not(unix))]
fn link(target: &Path, place: &Path) -> Result<()> {
    copy(target, place)
}
