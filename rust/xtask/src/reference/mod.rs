//! The class reference in `docs/reference/`: what the engine says the classes are, with the doc comments that the
//! editor's help shows.
//!
//! This file owns the order of things and the files. `api` asks the engine for every member, its types and defaults;
//! `source` reads the doc comments; `markup` turns their markup into Markdown, `page` makes a page of it all.

mod api;
mod markup;
mod page;
mod source;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{addon, engine, project, workspace};

/// Where the pages are.
const FOLDER: &str = "docs/reference";

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
    for page in stale {
        page.write()?;
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

impl Stale {
    fn write(&self) -> Result<()> {
        match &self.wanted {
            Some(text) => {
                let folder = self.place.parent().context("the page has no folder")?;
                fs::create_dir_all(folder)?;
                fs::write(&self.place, text).with_context(|| format!("cannot write {}", self.place.display()))?;
                eprintln!("wrote {}", self.place.display());
            }
            None => {
                fs::remove_file(&self.place).with_context(|| format!("cannot remove {}", self.place.display()))?;
                eprintln!("removed {}", self.place.display());
            }
        }
        Ok(())
    }
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
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        let place = entry?.path();
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if wanted.get(&name).is_some_and(|text| fs::read_to_string(&place).is_ok_and(|present| present == *text)) {
            wanted.remove(&name);
        } else if !wanted.contains_key(&name) {
            stale.push(Stale { place, wanted: None });
        }
    }
    stale.extend(wanted.into_iter().map(|(name, text)| Stale { place: folder.join(name), wanted: Some(text) }));
    Ok(stale)
}

/// Every page by its file name.
fn pages(engine: &Path, project: &Path) -> Result<BTreeMap<String, String>> {
    let classes = api::classes(engine, project)?;
    let comments = source::comments(&workspace::root().join("rust/extension/src"))?;
    let mut pages = BTreeMap::from([("README.md".to_owned(), page::index(&classes, &comments))]);
    for class in &classes {
        let text = page::of_class(class, &classes, &comments)?;
        pages.insert(format!("{}.md", class.name), text);
    }
    Ok(pages)
}
