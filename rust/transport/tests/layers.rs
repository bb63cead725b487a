//! Holds the table of layers in `src/lib.rs` against what the files import: each layer knows only those below it.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The checks that fuzzers run see everything.
const ABOVE_ALL: &str = "fuzzing";

/// The modules of the table in the crate's documentation, by their rows: 0 is the top.
fn ranks() -> BTreeMap<String, usize> {
    let documentation = fs::read_to_string(source().join("lib.rs")).unwrap();
    let rows = documentation.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let mut ranks = BTreeMap::new();
    for (rank, row) in rows.enumerate() {
        let first_column = row.split(" | ").next().unwrap();
        for name in format!("[`{first_column}").split("[`").skip(1) {
            ranks.insert(name.split('`').next().unwrap().to_owned(), rank);
        }
    }
    ranks
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The top modules that a line of code names, as in `use crate::wire::message::{self, Decoder}`.
fn named(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split("//").next().unwrap_or_default();
    code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

#[test]
fn each_layer_knows_only_those_below_it() {
    let ranks = ranks();
    assert!(ranks.len() > 10 && ranks["game"] == 0, "the table is not where it was: {ranks:?}");
    let (mut arrows, mut looked_at) = (0, 0);
    for path in files(&source()) {
        let place = path.strip_prefix(source()).unwrap();
        let module =
            place.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if module == "lib" || module == ABOVE_ALL || path.file_stem().unwrap() == ABOVE_ALL {
            continue;
        }
        looked_at += 1;
        let rank = *ranks.get(&module).unwrap_or_else(|| panic!("'{module}' is not in the table of lib.rs"));
        for (number, line) in (1..).zip(fs::read_to_string(&path).unwrap().lines()) {
            assert!(!line.contains("crate::{"), "{place:?}:{number} imports several modules at once; name each");
            for other in named(line) {
                let below = *ranks.get(other).unwrap_or_else(|| panic!("{place:?}:{number} names 'crate::{other}'"));
                assert!(below >= rank, "{place:?}:{number} is in '{module}', and '{other}' is above that");
                arrows += usize::from(other != module);
            }
        }
    }
    assert!(looked_at > 50 && arrows > 100, "{arrows} imports in {looked_at} files");
}

#[test]
fn arrows_are_read_off_code_alone() {
    assert_eq!(named("use crate::wire::{Role, mask}; // crate::game").collect::<Vec<_>>(), ["wire"]);
    assert_eq!(
        named("    let a: crate::error::TlsError = crate::config::later();").collect::<Vec<_>>(),
        ["error", "config"]
    );
    assert_eq!(named("/// See [`crate::game`].").count(), 0);
}
