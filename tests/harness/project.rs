//! The project that an engine runs: the scenarios, with the addon as a user would have it, or plain; or the ones in
//! which an editor is asked for its help, or reloads the addon.
//!
//! A made project is named after the hash of what is in it and kept under the build directory, so a
//! second run finds it ready.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use anyhow::{Context as _, Result, anyhow};
use xtask::workspace;

/// Where the addon stands inside a project.
const ADDON: &str = "addons/rust_websocket";

static PLAIN: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
static WITH_ADDON: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
static WEB_HELPER: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
static BENCH: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
static HELP: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
static RELOAD: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();

/// The scenarios alone: what the built-in class is proved in, whatever state the addon is in.
pub fn plain() -> Result<PathBuf> {
    ready(&PLAIN, || prepare("plain", "project", |_project| Ok(())))
}

/// The scenarios and the addon.
pub fn with_addon() -> Result<PathBuf> {
    ready(&WITH_ADDON, || {
        ensure_library()?;
        prepare("with-addon", "project", install_addon)
    })
}

/// The addon, and what `cargo xtask bench` runs in the engine.
pub fn bench() -> Result<PathBuf> {
    ready(&BENCH, || {
        ensure_library()?;
        prepare("bench", "../rust/bench/project", install_addon)
    })
}

/// The addon, and a plugin that reads the editor's help.
pub fn help() -> Result<PathBuf> {
    ready(&HELP, || {
        ensure_library()?;
        prepare("help", "help", install_addon)
    })
}

/// The addon, and a plugin that reloads it.
pub fn reload() -> Result<PathBuf> {
    ready(&RELOAD, || {
        ensure_library()?;
        prepare("reload", "reload", install_addon)
    })
}

/// The addon, and a script that takes its peers from the helper for native games and the web.
pub fn web_helper() -> Result<PathBuf> {
    ready(&WEB_HELPER, || {
        ensure_library()?;
        prepare("web-helper", "web_helper", install_addon)
    })
}

fn ready(
    slot: &OnceLock<std::result::Result<PathBuf, String>>,
    make: impl FnOnce() -> Result<PathBuf>,
) -> Result<PathBuf> {
    slot.get_or_init(|| make().map_err(|error| format!("{error:#}"))).clone().map_err(|error| anyhow!(error))
}

fn prepare(kind: &str, source: &str, finish: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
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
    fs::create_dir_all(draft.path().join(".godot"))?;
    finish(draft.path())?;
    let draft = draft.keep();
    if fs::rename(&draft, &project).is_err() {
        fs::remove_dir_all(&draft)?;
    }
    project.exists().then_some(project).context("could not put the project in its place")
}

/// Puts the addon where a user would put it, and lists it as the editor would.
///
/// The list is what the editor's first import writes. That import ends in a crash of the engine's own
/// when it meets a new extension without a display, so nobody starts from there.
pub fn install_addon(project: &Path) -> Result<()> {
    fs::create_dir_all(project.join("addons"))?;
    link(&workspace::addon_dir(), &project.join(ADDON))?;
    let list = format!("res://{ADDON}/{}\n", xtask::addon::GDEXTENSION);
    fs::write(project.join(".godot/extension_list.cfg"), list)?;
    Ok(())
}

/// Builds the addon's library if there is none for this system.
pub fn ensure_library() -> Result<()> {
    let name = format!("{}rust_websocket{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let platforms = fs::read_dir(workspace::addon_dir().join("bin")).into_iter().flatten().flatten();
    let is_there = platforms
        .filter(|platform| platform.file_name().to_string_lossy().starts_with(env::consts::OS))
        .any(|platform| platform.path().join(&name).exists());
    if !is_there {
        xtask::addon::build()?;
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
    let mut entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let is_written_by_engine =
            path.extension().is_some_and(|extension| extension == "uid" || extension == "import");
        if entry.file_name() == ".godot" || is_written_by_engine || entry.file_type()?.is_symlink() {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
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
