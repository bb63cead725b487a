//! What goes into the package, so that it is the whole addon and nothing else: the addon's own files, every library there
//! is, and what is said about both.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

use super::library::Library;
use super::third_party;
use crate::{addon, workspace};

/// The folder that the archive begins with, as a project has it.
pub(super) const ROOT: &str = "addons/rust_websocket";

/// The folder of the libraries, which come from elsewhere as well.
const LIBRARIES: &str = "bin";

/// What the other files of the addon's folder end with. Among them are those that the engine writes beside a file: what is
/// not there turns up in the version control of whoever uses the addon.
const KINDS: [&str; 9] = ["LICENSE", "cfg", "gd", "gdextension", "import", "md", "svg", "txt", "uid"];

/// The files of the package, by their names in the archive.
pub(super) struct Contents(BTreeMap<String, Vec<u8>>);

impl Contents {
    /// Gathers them.
    /// Fails if a file is missing, or an icon that the `.gdextension` names is none.
    pub(super) fn gather(version: &str, libraries: &[Library]) -> Result<Self> {
        if libraries.is_empty() {
            bail!("there is no library to pack");
        }
        let addon = workspace::addon_dir();
        let mut contents = Self(BTreeMap::new());
        for name in own_files()? {
            contents.add(&name, read(&addon.join(&name))?);
        }
        for library in libraries {
            contents.add(&library.place, library.bytes.clone());
        }
        contents.add("THIRD_PARTY.md", third_party::notices()?.into_bytes());
        contents.add("version.txt", format!("{version}\n").into_bytes());
        contents.check_companions()?;
        contents.check_icons()?;
        Ok(contents)
    }

    /// All files, in the order of their names.
    pub(super) fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.0
    }

    fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.0.insert(format!("{ROOT}/{name}"), bytes);
    }

    /// Sees that nothing is left for the engine to write, and that what it wrote beside a file has that file.
    fn check_companions(&self) -> Result<()> {
        for name in self.0.keys() {
            if let Some(original) = name.strip_suffix(".uid").or_else(|| name.strip_suffix(".import")) {
                self.text(original).with_context(|| format!("{name} belongs to nothing"))?;
            }
            let companion = match name.rsplit('.').next() {
                Some("gd" | "gdextension") => format!("{name}.uid"),
                Some("svg") => format!("{name}.import"),
                _ => continue,
            };
            self.text(&companion).context("open a project with the addon in the editor, which writes it")?;
        }
        Ok(())
    }

    /// Sees that every icon which the `.gdextension` names is in the package and has the size of the editor's own.
    fn check_icons(&self) -> Result<()> {
        let description = self.text(&format!("{ROOT}/{}", addon::GDEXTENSION))?;
        let icons = addon::entries(description, "icons");
        for class in ["RustWebSocketMultiplayerPeer", "RustWebSocketPeer"] {
            let path = icons.iter().find_map(|(name, path)| (name == class).then_some(path));
            let path = path.with_context(|| format!("{} names no icon for {class}", addon::GDEXTENSION))?;
            let icon = self.text(path.strip_prefix("res://").unwrap_or(path))?;
            if !icon.contains(r#"width="16""#) || !icon.contains(r#"height="16""#) {
                bail!("{path} is not 16 by 16, as the editor's icons are");
            }
        }
        Ok(())
    }

    fn text(&self, name: &str) -> Result<&str> {
        let bytes = self.0.get(name).with_context(|| format!("the package has no {name}"))?;
        Ok(std::str::from_utf8(bytes)?)
    }
}

/// The files of the addon's folder that are the same for every version and system, by their names in it.
fn own_files() -> Result<Vec<String>> {
    let addon = workspace::addon_dir();
    let mut names = Vec::new();
    for entry in WalkDir::new(&addon).into_iter().filter_entry(|entry| entry.file_name() != LIBRARIES) {
        let entry = entry.with_context(|| format!("cannot read {}", addon.display()))?;
        let name = entry.path().strip_prefix(&addon)?.to_string_lossy().replace('\\', "/");
        if entry.file_type().is_file() && name.rsplit(['.', '/']).next().is_some_and(|kind| KINDS.contains(&kind)) {
            names.push(name);
        }
    }
    Ok(names)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(files: &[(&str, &str)]) -> Contents {
        let mut contents = Contents(BTreeMap::new());
        for (name, text) in files {
            contents.add(name, text.as_bytes().to_vec());
        }
        contents
    }

    const DESCRIPTION: &str = "[icons]\nRustWebSocketMultiplayerPeer = \"res://addons/rust_websocket/icons/a.svg\"\n\
        RustWebSocketPeer = \"res://addons/rust_websocket/icons/b.svg\"\n";
    const ICON: &str = r#"<svg width="16" height="16"/>"#;

    #[test]
    fn every_icon_that_is_named_has_to_be_there() {
        let files = [(addon::GDEXTENSION, DESCRIPTION), ("icons/a.svg", ICON), ("icons/b.svg", ICON)];
        with(&files).check_icons().unwrap();
        let error = with(&files[..2]).check_icons().unwrap_err();
        assert_eq!(error.to_string(), "the package has no addons/rust_websocket/icons/b.svg");
    }

    #[test]
    fn what_the_engine_writes_beside_a_file_is_there_and_nothing_more_of_it() {
        let whole = [("a.gd", ""), ("a.gd.uid", ""), ("b.svg", ""), ("b.svg.import", ""), ("classes/c.gd.txt", "")];
        with(&whole).check_companions().unwrap();
        let missing = with(&whole[..3]).check_companions().unwrap_err();
        assert!(
            format!("{missing:#}").contains("the package has no addons/rust_websocket/b.svg.import"),
            "{missing:#}"
        );
        let orphaned = with(&[("gone.gd.uid", "")]).check_companions().unwrap_err();
        assert!(orphaned.to_string().ends_with("gone.gd.uid belongs to nothing"), "{orphaned}");
    }

    #[test]
    fn a_class_without_an_icon_and_an_icon_of_another_size_are_told() {
        let nameless = with(&[(addon::GDEXTENSION, "[icons]\n")]).check_icons().unwrap_err();
        assert!(nameless.to_string().contains("no icon for RustWebSocketMultiplayerPeer"), "{nameless}");
        let large = with(&[(addon::GDEXTENSION, DESCRIPTION), ("icons/a.svg", r#"<svg width="64" height="64"/>"#)]);
        assert!(large.check_icons().unwrap_err().to_string().contains("not 16 by 16"));
    }

    #[test]
    fn the_shipped_icons_are_there() {
        let addon = workspace::addon_dir();
        let description = fs::read_to_string(addon.join(addon::GDEXTENSION)).unwrap();
        let icons = addon::entries(&description, "icons");
        assert_eq!(icons.len(), 2);
        for (class, path) in icons {
            let path = path.strip_prefix("res://addons/rust_websocket/").unwrap();
            assert!(addon.join(path).is_file(), "{class}: {path}");
        }
    }
}
