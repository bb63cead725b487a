//! The exported game: made of the trial's project for this machine, and played.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::trial::{self, Project};
use crate::addon;

const PRESET: &str = "Linux";
const GAME: &str = "game";
const EXPORT_LIMIT: Duration = Duration::from_secs(300);

/// Exports the project with the template, sees that the game has its library beside it, and plays.
///
/// # Errors
///
/// If the export fails or complains, the library is missing, or the game does not play.
pub(super) fn export_and_play(project: &Project, engine: &Path, template: &Path) -> Result<()> {
    let presets = project.path().join("export_presets.cfg");
    fs::write(presets, preset(template)?)?;
    let folder = project.beside("exported")?;
    let game = folder.join(GAME);
    let mut command = project.engine(engine);
    command.args(["--export-release", PRESET]).arg(&game);
    trial::run_silently("exporting the project", &mut command, EXPORT_LIMIT)?;
    let place = addon::own_place()?;
    let library = Path::new(&place).file_name().context("the library has no name")?;
    if !folder.join(library).exists() {
        bail!("the exported game has no {} beside it", library.display());
    }
    // The project must not help: a game that found its library there would find it on no other machine.
    fs::rename(project.path(), project.beside("hidden")?.join("project"))?;
    trial::play("playing the exported game", || project.headless(Command::new(&game)))
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
