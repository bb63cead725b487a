//! The class reference in `docs/reference/`, for readers without an editor: what the engine says the classes are, with the
//! doc comments that the editor's help shows.
//!
//! This file asks the engine for every member, its types and defaults, and owns the files; `source` reads the doc comments,
//! `markup` turns their markup into Markdown, `page` makes a page of it all.

mod markup;
mod page;
mod source;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use roxmltree::{Document, Node};

use crate::engine::headless::headless;
use crate::{addon, engine, process, project, workspace};

/// Where the pages are.
const FOLDER: &str = "docs/reference";

/// The engine takes a second.
const LIMIT: Duration = Duration::from_secs(60);

/// Writes the class reference, or, if `check` is set, only says whether it is up to date.
///
/// # Errors
///
/// If the addon does not build, there is no engine, a member has no description, or a page is not up to date.
pub fn run(check: bool) -> Result<()> {
    let engine = engine::locate_or_fetch()?;
    addon::build()?;
    let project = workspace::demo_project();
    project::prepare(&engine, &project)?;
    let stale = stale(&engine, &project)?;
    if stale.is_empty() {
        eprintln!("{FOLDER} is up to date");
        return Ok(());
    }
    if check {
        let names: Vec<_> = stale.iter().map(|page| page.place.display().to_string()).collect();
        bail!("not up to date, run `cargo xtask reference`: {}", names.join(", "));
    }
    for Stale { place, wanted } in stale {
        match wanted {
            Some(text) => fs::write(&place, text).with_context(|| format!("cannot write {}", place.display()))?,
            None => fs::remove_file(&place).with_context(|| format!("cannot remove {}", place.display()))?,
        }
        eprintln!("changed {}", place.display());
    }
    Ok(())
}

/// A page that is not as it should be.
#[derive(Debug)]
pub struct Stale {
    /// Its file.
    pub place: PathBuf,
    /// What it should be; nothing if it should not be there.
    wanted: Option<String>,
}

/// Compares the pages in the repository with what this engine makes of the addon in `project`.
///
/// # Errors
///
/// If the engine does not describe the classes, the sources cannot be read, or a member has no description.
pub fn stale(engine: &Path, project: &Path) -> Result<Vec<Stale>> {
    let folder = workspace::root().join(FOLDER);
    let mut wanted = pages(engine, project)?;
    let mut stale = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let place = entry?.path();
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = wanted.remove(&name);
        if text.is_none() || fs::read_to_string(&place).ok() != text {
            stale.push(Stale { place, wanted: text });
        }
    }
    stale.extend(wanted.into_iter().map(|(name, text)| Stale { place: folder.join(name), wanted: Some(text) }));
    Ok(stale)
}

/// Every page by its file name.
fn pages(engine: &Path, project: &Path) -> Result<BTreeMap<String, String>> {
    let texts = describe(engine, project)?;
    let documents = texts.iter().map(|text| Document::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let mut classes: Vec<Node<'_, '_>> = documents.iter().map(Document::root_element).collect();
    classes.sort_by_key(|class| class.attribute("name"));
    let comments = source::comments(&workspace::root().join("rust/extension/src"))?;
    let mut pages = BTreeMap::from([("README.md".to_owned(), page::index(&classes, &comments))]);
    for class in &classes {
        let text = page::of_class(*class, &classes, &comments)?;
        pages.insert(format!("{}.md", page::attribute(*class, "name")), text);
    }
    Ok(pages)
}

/// Has the engine describe the classes of all extensions of the project: as XML, and without a word of ours, for it reads
/// the addon's own help only into an editor's.
fn describe(engine: &Path, project: &Path) -> Result<Vec<String>> {
    let folder = tempfile::Builder::new().prefix("doctool-").tempdir()?;
    // It keeps a cache of the editor's help where its user's home is, and deletes it here.
    let mut command = headless(engine, folder.path());
    command.arg("--path").arg(project).arg("--doctool").arg(folder.path()).arg("--gdextension-docs");
    let finished = process::run_within(&mut command, LIMIT)?;
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder.path().join("doc_classes")).into_iter().flatten() {
        texts.push(fs::read_to_string(entry?.path())?);
    }
    let is_well = finished.status.success() && !texts.is_empty();
    ensure!(is_well, "the engine does not describe the classes ({}):\n{}", finished.status, finished.output());
    Ok(texts)
}
