//! What the README says in its comparison is true as far as somebody checks it: each row names its tests or rows of the
//! benchmark, and these exist.

use std::{collections::BTreeSet, fs};

use anyhow::{Context as _, Result, ensure};
use integration_tests::Failure;
use regex::Regex;
use rust_websocket_engine::workspace;
use walkdir::WalkDir;

#[test]
fn every_claim_names_what_checks_it() -> Result<(), Failure> {
    Ok(check()?)
}

fn check() -> Result<()> {
    let readme = fs::read_to_string(workspace::root().join("README.md"))?;
    let (_, table) = readme.split_once("| comes with the engine").context("the comparison is gone")?;
    let claims = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let proof = Regex::new(r"<!-- (.+) -->$")?;
    let tests = tests()?;
    ensure!(tests.len() > 500, "only {} tests were found", tests.len());
    let bench = fs::read_to_string(workspace::root().join("docs/bench/README.md"))?;
    let mut count = 0;
    let mut problems = Vec::new();
    // Headings within the table have nothing but their first cell.
    for claim in claims.filter(|line| !line.starts_with("| **")) {
        count += 1;
        let Some(proof) = proof.captures(claim).and_then(|found| found.get(1)) else {
            problems.push(format!("nothing is named for: {claim}"));
            continue;
        };
        for part in proof.as_str().split("; ") {
            match part.split_once(": ") {
                Some(("test", names)) => {
                    let strangers = names.split(", ").filter(|name| !tests.contains(*name));
                    problems.extend(strangers.map(|name| format!("there is no test {name}, for: {claim}")));
                }
                Some(("bench", row)) if bench.contains(&format!("| {row} |")) => {}
                None if part == "engine" => {}
                _ => problems.push(format!("'{part}' names nothing, for: {claim}")),
            }
        }
    }
    ensure!(count > 25, "only {count} claims were found");
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// The names of all tests with those of their files, scenarios included.
fn tests() -> Result<BTreeSet<String>> {
    // Functions after `#[test]`, and the first argument of the macros that declare tests.
    let declared = Regex::new(r"(?m)^\s*(?:fn ([a-z0-9_]+)\(\)|([a-z0-9_]+),$|[a-z]+!\(([a-z0-9_]+),)")?;
    let mut names = BTreeSet::new();
    for place in ["tests/suite", "rust/transport/tests", "rust/simulation/tests"] {
        for entry in WalkDir::new(workspace::root().join(place)) {
            let entry = entry?;
            if entry.path().extension().is_some_and(|ending| ending == "rs") {
                let file = entry.path().file_stem().unwrap_or_default().to_string_lossy();
                let text = fs::read_to_string(entry.path())?;
                let found =
                    declared.captures_iter(&text).flat_map(|found| found.iter().skip(1).flatten().collect::<Vec<_>>());
                names.extend(found.map(|name| format!("{file}::{}", name.as_str())));
            }
        }
    }
    Ok(names)
}
