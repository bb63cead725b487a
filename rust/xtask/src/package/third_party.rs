//! `THIRD_PARTY.md`, since licences want to be passed on: everything that may be compiled into a library of the package,
//! with its licence and its text.
//!
//! Whoever ships the library ships these, on whatever system; so a crate counts that any target needs. Texts that
//! several crates have in common stand there once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail};
use cargo_metadata::{MetadataCommand, Package};
use spdx::{Expression, Licensee, ParseMode};

use crate::{addon, process, workspace};

/// What the name of a file with a licence in it begins with, in any case.
const LICENSE_FILES: [&str; 6] = ["copying", "copyright", "license", "licence", "notice", "unlicense"];

/// The licences that a choice falls on, best first, where a crate leaves one and brings no text.
const PREFERRED: [&str; 8] =
    ["MIT", "Apache-2.0", "ISC", "BSD-3-Clause", "Zlib", "Unicode-3.0", "CDLA-Permissive-2.0", "MPL-2.0"];

const HEADER: &str = "\
# Third-party software

The libraries in `bin/` contain the following software, or a part of it, depending on the system. Whoever passes them on,
in a game for example, passes these notices on with them. The sources are where the links lead; nothing was changed.
";

const QUESTION_LIMIT: Duration = Duration::from_secs(120);

/// One piece of software.
struct Software {
    name: String,
    /// Its row of the table, without the texts.
    row: String,
    /// The texts of its licences.
    texts: Vec<String>,
}

/// Writes the file's text.
/// Fails if cargo cannot tell the dependencies, or the licence of one of them is not known.
pub(super) fn notices() -> Result<String> {
    let packages = MetadataCommand::new()
        .manifest_path(workspace::root().join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .context("cargo cannot tell the dependencies")?
        .packages;
    let mut contained = Vec::new();
    for (name, version) in dependencies()? {
        let package = packages.iter().find(|package| package.name == name && package.version.to_string() == version);
        let package = package.with_context(|| format!("cargo knows nothing of {name} {version}"))?;
        // Our own crates have no source but this one.
        if package.source.is_some() {
            contained.push(Software::of(package)?);
        }
    }
    if contained.is_empty() {
        bail!("the extension has no dependencies, which cannot be");
    }
    contained.push(standard_library()?);
    render(&contained)
}

/// Names and versions of everything that the extension needs at run time, on any target.
///
/// The metadata would say more: there, a feature that only a test turns on is on for everybody. And procedural macros
/// are in no library.
fn dependencies() -> Result<Vec<(String, String)>> {
    let mut command = workspace::cargo();
    command.args(["tree", "--locked", "--package", addon::PACKAGE, "--edges", "normal,no-proc-macro"]);
    command.args(["--target", "all", "--prefix", "none", "--format", "{p}", "--no-dedupe"]);
    let tree = process::answer_within(&mut command, QUESTION_LIMIT)?;
    let mut found: Vec<(String, String)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
        })
        .collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// What every program in Rust contains.
fn standard_library() -> Result<Software> {
    let version = process::ask("rustc", &["--version"]).map_err(Error::msg)?;
    let number = version.split_whitespace().nth(1).with_context(|| format!("rustc has no version: {version}"))?;
    let name = "[Rust standard library](https://github.com/rust-lang/rust)";
    Software::new(name, number, "MIT OR Apache-2.0", "The Rust Project contributors", Vec::new())
}

impl Software {
    fn of(package: &Package) -> Result<Self> {
        let sources = package.manifest_path.parent().context("a manifest is in no folder")?;
        let license = package.license.as_ref().with_context(|| format!("{} names no licence", package.name))?;
        let link = package.repository.as_ref().map(|url| format!("[{}]({url})", package.name));
        let name = link.unwrap_or_else(|| package.name.to_string());
        let texts = license_texts(sources.as_std_path())?;
        Self::new(&name, &package.version.to_string(), license, &package.authors.join(", "), texts)
    }

    /// Where its sources bring no texts, it has the published ones, and its authors are named, for those name nobody.
    fn new(name: &str, version: &str, license: &str, authors: &str, mut texts: Vec<String>) -> Result<Self> {
        let mut named = String::new();
        if texts.is_empty() {
            texts = published_texts(license).with_context(|| format!("the licence of {name}"))?;
            named = authors.replace('<', "&lt;");
        }
        let row = format!("| {name} | {version} | {license} | {named} |");
        let name = name.trim_start_matches('[').split("](").next().unwrap_or(name).to_owned();
        Ok(Self { name, row, texts })
    }
}

/// The texts of the licences that are enough for an expression.
fn published_texts(license: &str) -> Result<Vec<String>> {
    let expression =
        Expression::parse_mode(license, ParseMode::LAX).map_err(|error| anyhow!("{license} is none: {error}"))?;
    let preferred = PREFERRED.iter().map(|id| Licensee::parse(id)).collect::<Result<Vec<_>, _>>()?;
    let enough = expression
        .minimized_requirements(&preferred)
        .map_err(|error| anyhow!("{license} is not expected here: {error}"))?;
    let text = |requirement: spdx::LicenseReq| {
        Ok(tidy(requirement.license.id().with_context(|| format!("{license} is published nowhere"))?.text()))
    };
    enough.into_iter().map(text).collect()
}

/// The texts of the files beside a manifest that are named like a licence.
fn license_texts(sources: &Path) -> Result<Vec<String>> {
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(sources).with_context(|| format!("cannot read {}", sources.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if entry.path().is_file() && LICENSE_FILES.iter().any(|start| name.starts_with(start)) {
            let text =
                fs::read_to_string(entry.path()).with_context(|| format!("{} is no text", entry.path().display()))?;
            texts.insert(name, tidy(&text));
        }
    }
    Ok(texts.into_values().collect())
}

/// Lines without blanks at their ends, so that texts that differ in nothing else are one.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

fn render(contained: &[Software]) -> Result<String> {
    // Texts get their numbers in the order in which they come up first.
    let mut texts: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut rows = String::new();
    for software in contained {
        let mut numbers = Vec::new();
        for text in &software.texts {
            let position = texts.iter().position(|(known, _)| known == text).unwrap_or_else(|| {
                texts.push((text, Vec::new()));
                texts.len() - 1
            });
            if let Some((_, owners)) = texts.get_mut(position) {
                owners.push(&software.name);
            }
            numbers.push(format!("[{0}](#text-{0})", position + 1));
        }
        writeln!(rows, "{} {} |", software.row, numbers.join(", "))?;
    }
    let mut page =
        format!("{HEADER}\n| software | version | licence | authors | text |\n|---|---|---|---|---|\n{rows}");
    for (position, (text, owners)) in texts.iter().enumerate() {
        let fence = fence_for(text);
        write!(page, "\n## Text {}\n\n{}\n\n{fence}text\n{text}\n{fence}\n", position + 1, owners.join(", "))?;
    }
    Ok(page)
}

/// Backticks that no line of the text begins with.
fn fence_for(text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    fence
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, license: &str, texts: &[&str]) -> Result<Software> {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        Software::new(name, "1.0.0", license, "Ada <ada@example.com>", texts)
    }

    #[test]
    fn a_text_that_several_have_in_common_stands_there_once() {
        let contained = [one("a", "MIT", &["the MIT text"]), one("b", "MIT", &["the MIT text", "a notice"])];
        let page = render(&contained.map(Result::unwrap)).unwrap();
        assert_eq!(page.matches("the MIT text").count(), 1);
        assert!(page.contains("| a | 1.0.0 | MIT |  | [1](#text-1) |"), "{page}");
        assert!(page.contains("| b | 1.0.0 | MIT |  | [1](#text-1), [2](#text-2) |"), "{page}");
        assert!(page.contains("## Text 1\n\na, b\n\n```text\nthe MIT text\n```\n"), "{page}");
    }

    #[test]
    fn without_a_text_of_its_own_the_published_one_is_taken_and_the_authors_are_named() {
        let page = render(&[one("c", "LGPL-2.1-or-later OR MIT/Apache-2.0", &[]).unwrap()]).unwrap();
        assert!(page.contains("| Ada &lt;ada@example.com> | [1](#text-1) |"), "{page}");
        assert!(page.contains("Permission is hereby granted"), "{page}");
        assert!(!page.contains("Apache License"), "{page}");
        let error = format!("{:#}", one("d", "AGPL-3.0-only", &[]).err().unwrap());
        assert!(error.contains("AGPL-3.0-only"), "{error}");
    }

    #[test]
    fn what_players_get_is_listed_and_nothing_that_only_builds_or_tests_need() {
        let page = notices().unwrap();
        for name in ["Rust standard library", "godot", "mio", "ring", "rustls", "tungstenite", "windows-sys"] {
            assert!(page.contains(&format!("\n| [{name}](")), "{name} is missing");
        }
        for name in ["aws-lc-rs", "godot-macros", "indicatif", "proptest", "rcgen", "rust-websocket-transport", "syn"] {
            assert!(!page.contains(&format!("\n| [{name}](")), "{name} is in no library");
            assert!(!page.contains(&format!("\n| {name} ")), "{name} is in no library");
        }
        assert!(page.contains("Mozilla Public License Version 2.0"));
    }

    #[test]
    fn ends_of_lines_do_not_make_another_text() {
        assert_eq!(tidy("\u{feff}\nMIT  \r\n\r\nof me\n\n"), "MIT\n\nof me");
    }
}
