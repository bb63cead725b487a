//! A Godot project made ready for a headless run, which an engine does not do by itself as the editor does it for people:
//! copied, extensions listed, imported.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use walkdir::WalkDir;

use crate::progress::Progress;
use crate::{addon, process, workspace};

/// Where a project finds the addon's description.
const EXTENSION: &str = "res://addons/rust_websocket/rust_websocket.gdextension";
/// What the engine keeps for itself inside a project.
const ENGINE_DIR: &str = ".godot";
/// Written after an import; names the engine, and is as old as the import.
const STAMP: &str = "imported_by";
const IMPORT_LIMIT: Duration = Duration::from_secs(180);

/// Prepares `project` for `engine`: names the addon in the extension list, and whatever other extension lies in the
/// project's own folder, and imports unless that is done already.
///
/// Without the list, the engine meets the extension during its first headless import and aborts after the work is
/// done (godotengine/godot#111048).
///
/// # Errors
///
/// If the project cannot be read or written, or the import fails; the engine's output is in the message.
pub fn prepare(engine: &Path, project: &Path) -> Result<()> {
    write_extension_list(project)?;
    let stamp = project.join(ENGINE_DIR).join(STAMP);
    let engine_name = engine.to_string_lossy();
    if is_imported(project, &stamp, &engine_name)? {
        return Ok(());
    }
    import(engine, project)?;
    fs::write(&stamp, engine_name.as_bytes()).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Names the addon in the list of extensions that the engine reads before it scans a project.
///
/// # Errors
///
/// If the list cannot be read or written.
pub fn write_extension_list(project: &Path) -> Result<()> {
    let dir = project.join(ENGINE_DIR);
    fs::create_dir_all(&dir)?;
    let list = dir.join("extension_list.cfg");
    let present = if list.exists() { fs::read_to_string(&list)? } else { String::new() };
    let mut lines: Vec<String> = present.lines().map(str::to_owned).collect();
    let missing: Vec<_> = extensions(project)?.into_iter().filter(|extension| !lines.contains(extension)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    lines.extend(missing);
    fs::write(&list, lines.join("\n") + "\n").with_context(|| format!("cannot write {}", list.display()))
}

/// The extensions of a project, as the engine names them.
fn extensions(project: &Path) -> Result<Vec<String>> {
    let mut extensions = vec![EXTENSION.to_owned()];
    for entry in fs::read_dir(project)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".gdextension") {
            extensions.push(format!("res://{name}"));
        }
    }
    Ok(extensions)
}

/// Whether this engine has imported the project since its files last changed.
fn is_imported(project: &Path, stamp: &Path, engine_name: &str) -> Result<bool> {
    let Ok(imported_by) = fs::read_to_string(stamp) else {
        return Ok(false);
    };
    Ok(imported_by == engine_name && newest_change(project)? <= fs::metadata(stamp)?.modified()?)
}

/// When the newest file of the project was changed, leaving out what engines write, and the addon, which is linked.
fn newest_change(project: &Path) -> Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    let files = WalkDir::new(project).into_iter().filter_entry(|entry| entry.file_name() != ENGINE_DIR);
    for entry in files {
        let entry = entry?;
        let is_written_by_engine = entry.path().extension().is_some_and(|end| end == "import" || end == "uid");
        if entry.file_type().is_file() && !is_written_by_engine {
            newest = newest.max(entry.metadata()?.modified()?);
        }
    }
    Ok(newest)
}

/// Makes a project of its own, for an export changes files of the engine's while it runs, and others may play meanwhile. Of the
/// addon's libraries it has this machine's alone.
///
/// # Errors
///
/// If something cannot be copied.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let files = WalkDir::new(from).follow_links(true).into_iter().filter_entry(|entry| {
        let is_library = entry.path().ends_with("rust_websocket/bin");
        entry.file_name() != ".godot" && !is_library
    });
    for entry in files {
        let entry = entry?;
        let place = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(place)?;
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    let library = workspace::addon_dir().join(addon::own_place()?);
    let place = to.join("addons/rust_websocket").join(addon::own_place()?);
    fs::create_dir_all(place.parent().context("the library has no folder")?)?;
    fs::copy(&library, place).with_context(|| format!("cannot copy {}", library.display()))?;
    Ok(())
}

fn import(engine: &Path, project: &Path) -> Result<()> {
    let progress = Progress::start(format!("importing {}", project.display()));
    let mut command = Command::new(engine);
    command.args(["--headless", "--path"]).arg(project).arg("--import");
    process::answer_within(&mut command, IMPORT_LIMIT)
        .with_context(|| format!("cannot import {}", project.display()))?;
    progress.finish();
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::process::write_script;

    const LIST: &str = ".godot/extension_list.cfg";

    /// A project, and an engine that counts its calls.
    fn fixture() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let (engine, game) = (dir.path().join("godot"), dir.path().join("game"));
        fs::create_dir_all(game.join(ENGINE_DIR)).unwrap();
        fs::write(game.join("project.godot"), "").unwrap();
        write_script(&engine, r#"echo "$@" >> "$(dirname "$0")/calls""#).unwrap();
        (dir, engine, game)
    }

    #[test]
    fn a_project_is_imported_once_and_again_when_a_file_has_changed() {
        let (dir, engine, game) = fixture();
        let imports = || fs::read_to_string(dir.path().join("calls")).unwrap().lines().count();
        prepare(&engine, &game).unwrap();
        prepare(&engine, &game).unwrap();
        assert_eq!(imports(), 1);
        let file = fs::File::options().write(true).open(game.join("project.godot")).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(60)).unwrap();
        prepare(&engine, &game).unwrap();
        assert_eq!(imports(), 2);
    }

    #[test]
    fn other_extensions_stay_in_the_list() {
        let (_dir, engine, game) = fixture();
        fs::write(game.join(LIST), "res://other.gdextension").unwrap();
        prepare(&engine, &game).unwrap();
        let list = fs::read_to_string(game.join(LIST)).unwrap();
        assert_eq!(list, format!("res://other.gdextension\n{EXTENSION}\n"));
    }

    #[test]
    fn a_failed_import_shows_what_the_engine_said() {
        let (_dir, engine, game) = fixture();
        write_script(&engine, "echo 'ERROR: no such scene' >&2; exit 134").unwrap();
        let error = prepare(&engine, &game).unwrap_err();
        assert!(format!("{error:#}").contains("no such scene"), "{error:#}");
        assert!(!game.join(ENGINE_DIR).join(STAMP).exists());
    }
}
