//! What the Asset Store and the old Asset Library ask for beside the archive, so that no listing is typed by hand: gathered
//! from where it already stands, held against their written rules, and put where a person can upload it from.
//! docs/releasing.md has the rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use serde::Deserialize;
use serde_json::json;

use super::contents::ROOT;
use crate::{addon, workspace};

/// A version in the store may have this many bytes.
const LARGEST: u64 = 1_000_000_000;
/// The least that a picture has in the store, which also wants it in this shape.
const PICTURE: (u32, u32) = (1280, 720);
/// Each side of the icon in pixels; the library wants a square of 64 or more.
const ICON_SIDE: u16 = 256;
/// The library shows no more pictures than these.
const PREVIEWS: usize = 3;
/// The icon's place in the repository: the library shows it from there.
const ICON: &str = "docs/icon.png";
const PICTURES: &str = "docs/screenshots";

/// What only these listings need to know, as `[workspace.metadata.store]` has it in `Cargo.toml`.
#[derive(Deserialize)]
struct Listing {
    name: String,
    summary: String,
    tags: Vec<String>,
    /// Names of files among the screenshots; the first is the thumbnail, too.
    pictures: Vec<String>,
}

/// Writes everything to `target/package/store/`; answers that folder.
///
/// # Errors
///
/// If something is missing, or breaks a rule; all that do are named.
pub(super) fn write(version: &str, archive: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<PathBuf> {
    let listing = listing()?;
    let icon = icon()?;
    let text = |name: &str| fs::read_to_string(workspace::root().join(name)).with_context(|| format!("no {name}"));
    let (readme, changes) = (text("README.md")?, text("CHANGELOG.md")?);
    let description = introduction(&readme).context("README.md has no introduction")?;
    let changelog = section(&changes, version).context("CHANGELOG.md has nothing about this version")?;
    let gdextension = addon::entries(&text("addons/rust_websocket/rust_websocket.gdextension")?, "configuration");
    let engine = |bound: &str| gdextension.iter().find_map(|(name, value)| (name == bound).then_some(value));
    let minimum = engine("compatibility_minimum").context("the .gdextension names no oldest engine")?;

    let mut problems = problems_of_files(version, archive, files)?;
    problems.extend(problems_of_words(&listing, &description));
    for name in &listing.pictures {
        let path = workspace::root().join(PICTURES).join(name);
        problems.extend(problem_of_picture(&path)?.map(|problem| format!("{name}: {problem}")));
    }
    if fs::read(workspace::root().join(ICON)).ok().as_ref() != Some(&icon) {
        problems.push(format!(
            "{ICON} is not what godot_project/icon.svg looks like; take the one in target/package/store/"
        ));
    }

    let folder = super::folder().join("store");
    // What an earlier version had should not be uploaded with this one.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("icon.png"), icon)?;
    fs::write(folder.join("changelog.md"), changelog)?;
    for name in &listing.pictures {
        fs::copy(workspace::root().join(PICTURES).join(name), folder.join(name))?;
    }
    ensure!(problems.is_empty(), "the stores would not take this:\n  {}", problems.join("\n  "));

    let repository = env::var("GITHUB_REPOSITORY").unwrap_or_else(|_| "OWNER/REPOSITORY".to_owned());
    let source = format!("https://github.com/{repository}");
    let raw = |place: &str| format!("https://raw.githubusercontent.com/{repository}/v{version}/{place}");
    let file = archive.file_name().context("the archive has no name")?.to_string_lossy();
    let previews = listing.pictures.iter().take(PREVIEWS).map(|name| {
        let link = raw(&format!("{PICTURES}/{name}"));
        json!({ "type": "image", "link": link, "thumbnail": link })
    });
    let metadata = json!({
        "asset_store": {
            "name": listing.name, "url_slug": "rust-websocket", "summary": listing.summary, "description": description,
            "tags": listing.tags, "type": "Addon", "license": env!("CARGO_PKG_LICENSE"), "source": source,
            "thumbnail": listing.pictures.first(), "screenshots": listing.pictures,
            "version": {
                "name": version, "file": file, "changelog": "changelog.md",
                "minimum_godot_version": minimum, "maximum_godot_version": engine("compatibility_maximum"),
            },
        },
        "asset_library": {
            "title": listing.name, "category": "Misc", "godot_version": minimum, "version_string": version,
            "license": env!("CARGO_PKG_LICENSE"), "description": description.replace('`', ""),
            "repository_host": "Custom", "download_url": format!("{source}/releases/download/v{version}/{file}"),
            "repository_url": source, "issues_url": format!("{source}/issues"), "icon_url": raw(ICON),
            "previews": previews.collect::<Vec<_>>(),
        },
    });
    fs::write(folder.join("metadata.json"), serde_json::to_string_pretty(&metadata)? + "\n")?;
    Ok(folder)
}

fn listing() -> Result<Listing> {
    let metadata = MetadataCommand::new().manifest_path(workspace::root().join("Cargo.toml")).no_deps().exec()?;
    let store = metadata.workspace_metadata.get("store").context("Cargo.toml has no [workspace.metadata.store]")?;
    Ok(Listing::deserialize(store)?)
}

/// The project's icon as a PNG, which both want.
fn icon() -> Result<Vec<u8>> {
    let drawing = fs::read(workspace::demo_project().join("icon.svg"))?;
    let drawing = Tree::from_data(&drawing, &Options::default())?;
    let mut picture = Pixmap::new(ICON_SIDE.into(), ICON_SIDE.into()).context("the icon has no size")?;
    let (width, height) = (drawing.size().width(), drawing.size().height());
    ensure!(width == height, "icon.svg is not a square, it has {width} by {height}");
    let scale = f32::from(ICON_SIDE) / width;
    resvg::render(&drawing, Transform::from_scale(scale, scale), &mut picture.as_mut());
    Ok(picture.encode_png()?)
}

/// The paragraph of the README that says what this is.
fn introduction(readme: &str) -> Option<String> {
    let paragraph = readme.split("\n\n").find(|paragraph| paragraph.starts_with(char::is_alphabetic))?;
    Some(paragraph.lines().collect::<Vec<_>>().join(" "))
}

/// What the changelog says about a version, or, before there is one, about what is not released.
fn section<'a>(changelog: &'a str, version: &str) -> Option<&'a str> {
    let of = |title: &str| {
        let heading = format!("[{title}]");
        changelog.split("\n## ").find(|part| part.starts_with(&heading)).and_then(|part| part.split_once('\n'))
    };
    let (_, text) = of(version).or_else(|| of("Unreleased"))?;
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn problems_of_files(version: &str, archive: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<String>> {
    let text =
        |name: &str| files.get(&format!("{ROOT}/{name}")).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let license = text("LICENSE").unwrap_or_default();
    let has_year = license.lines().any(|line| line.starts_with("Copyright (c) 2") && line.split(' ').count() > 3);
    let plugin = text("plugin.cfg").unwrap_or_default();
    let rules = [
        (fs::metadata(archive)?.len() <= LARGEST, "the archive is larger than 1 GB"),
        (files.keys().all(|name| name.starts_with(ROOT)), "something lies outside of the addon's folder"),
        (text("README.md").is_some(), "the addon has no README.md of its own"),
        (has_year, "the addon's LICENSE has no year or no holder"),
        (fs::read_to_string(workspace::root().join("LICENSE"))? == license, "the addon's LICENSE is not the project's"),
        (plugin.contains(&format!("version=\"{version}\"")), "plugin.cfg has another version"),
        (workspace::root().join(".gitignore").exists(), "there is no .gitignore"),
        (!workspace::root().join(".gitmodules").exists(), "there are submodules, which no archive has"),
        (workspace::root().join(PICTURES).join(".gdignore").exists(), "the pictures have no .gdignore beside them"),
    ];
    Ok(rules.into_iter().filter(|(holds, _)| !holds).map(|(_, problem)| problem.to_owned()).collect())
}

/// Full sentences with capitals, in what reviewers read.
fn problems_of_words(listing: &Listing, description: &str) -> Vec<String> {
    let is_sentence = |text: &str| text.starts_with(char::is_uppercase) && text.ends_with('.');
    let texts = [("summary", listing.summary.as_str()), ("description", description)];
    texts
        .iter()
        .filter(|(_, text)| !is_sentence(text))
        .map(|(name, _)| format!("the {name} is not a sentence"))
        .collect()
}

fn problem_of_picture(path: &Path) -> Result<Option<String>> {
    let file = fs::File::open(path).with_context(|| format!("there is no {}", path.display()))?;
    let (width, height) = png::Decoder::new(std::io::BufReader::new(file)).read_info()?.info().size();
    let fits = width >= PICTURE.0 && height >= PICTURE.1 && width * PICTURE.1 == height * PICTURE.0;
    Ok((!fits).then(|| {
        format!("it has {width} by {height} pixels, not {} by {} or more of that shape", PICTURE.0, PICTURE.1)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addon(license: &str) -> BTreeMap<String, Vec<u8>> {
        [("LICENSE", license), ("README.md", "# It"), ("plugin.cfg", "[plugin]\nversion=\"0.1.0\"\n")]
            .map(|(name, text)| (format!("{ROOT}/{name}"), text.as_bytes().to_vec()))
            .into()
    }

    #[test]
    fn the_repository_has_everything_that_is_asked_for() {
        let archive = tempfile::NamedTempFile::new().unwrap();
        let license = fs::read_to_string(workspace::root().join("LICENSE")).unwrap();
        let folder = write("0.1.0", archive.path(), &addon(&license)).unwrap();
        let metadata: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(folder.join("metadata.json")).unwrap()).unwrap();
        assert_eq!(metadata["asset_store"]["version"]["minimum_godot_version"], "4.3");
        assert!(metadata["asset_store"]["version"]["maximum_godot_version"].is_null());
        assert_eq!(metadata["asset_library"]["previews"].as_array().unwrap().len(), PREVIEWS);
        assert!(fs::read_to_string(folder.join("changelog.md")).unwrap().contains("- `RustWebSocketMultiplayerPeer`"));
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        let archive = tempfile::NamedTempFile::new().unwrap();
        let problems = problems_of_files("0.2.0", archive.path(), &addon("MIT, more or less")).unwrap();
        assert_eq!(problems.len(), 3, "{problems:?}");
        let listing = Listing { name: "X".into(), summary: "no sentence".into(), tags: vec![], pictures: vec![] };
        assert_eq!(problems_of_words(&listing, "A sentence."), ["the summary is not a sentence"]);
        let small = workspace::root().join(ICON);
        assert!(problem_of_picture(&small).unwrap().unwrap().contains("256 by 256"));
    }

    #[test]
    fn the_changelog_is_cut_at_the_next_version() {
        let text =
            "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-01-02\n\n### Added\n\n- B\n\n## [1.0.0]\n\n- A\n";
        assert_eq!(section(text, "1.1.0"), Some("### Added\n\n- B"));
        assert_eq!(section(text, "1.0.0"), Some("- A"));
        assert_eq!(section(text, "2.0.0"), None);
    }
}
