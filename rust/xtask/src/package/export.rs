//! The exported game, since what plays in the editor may not in a game: made of the trial's project for this machine, and
//! played; or of any other project.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::trial::{self, Project};
use crate::{addon, engine, project};

const PRESET: &str = "Linux";
const GAME: &str = "game";
const EXPORT_LIMIT: Duration = Duration::from_secs(300);

/// Exports a copy of a project with the addon for this machine, below this folder, and answers where the game is.
///
/// # Errors
///
/// If there is no engine or no template for it, or the export fails or complains.
pub fn export_project(source: &Path, folder: &Path) -> Result<PathBuf> {
    let engine = engine::locate_or_fetch()?;
    let template = engine::template_for(&engine)?;
    let copy = folder.join("project");
    project::copy(source, &copy)?;
    project::prepare(&engine, &copy)?;
    let exported = folder.join("exported");
    fs::create_dir_all(&exported)?;
    let mut command = Command::new(&engine);
    command.args(["--headless", "--path"]).arg(&copy);
    export(command, &copy, &template, &exported)
}

/// Exports the project with the template, sees that the game has its library beside it, and plays.
/// Fails if the export fails or complains, the library is missing, or the game does not play.
pub(super) fn export_and_play(trial: &Project, engine: &Path, template: &Path) -> Result<()> {
    let folder = trial.beside("exported")?;
    let game = export(trial.engine(engine)?, &trial.path(), template, &folder)?;
    // The project must not help: a game that found its library there would find it on no other machine.
    fs::rename(trial.path(), trial.beside("hidden")?.join("project"))?;
    trial::play("playing the exported game", || trial.headless(&game))
}

/// Exports by the engine that the command starts on the project.
fn export(mut command: Command, project: &Path, template: &Path, folder: &Path) -> Result<PathBuf> {
    fs::write(project.join("export_presets.cfg"), preset(template)?)?;
    let game = folder.join(GAME);
    command.env("LC_ALL", "C").args(["--export-release", PRESET]).arg(&game);
    trial::run_silently("exporting the project", command, EXPORT_LIMIT)?;
    let place = addon::own_place()?;
    let library = Path::new(&place).file_name().context("the library has no name")?;
    if !folder.join(library).exists() {
        bail!("the exported game has no {} beside it", library.display());
    }
    Ok(game)
}

fn preset(template: &Path) -> Result<String> {
    let architecture = addon::architecture()?;
    let template = template.to_str().context("the template's path is not Unicode")?;
    Ok(format!(
        r#"[preset.0]

name="{PRESET}"
platform="Linux"
runnable=true
export_filter="all_resources"
include_filter=""
exclude_filter=""
export_path=""

[preset.0.options]

custom_template/release="{template}"
binary_format/embed_pck=false
binary_format/architecture="{architecture}"
"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preset_names_the_template() {
        let text = preset(Path::new("/templates/linux")).unwrap();
        assert!(text.contains("custom_template/release=\"/templates/linux\""), "{text}");
    }
}
