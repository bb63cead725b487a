//! Every piece of GDScript that a reader may copy: extracted, parsed and run.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
};

use anyhow::{Result, ensure};
use integration_tests::{
    Failure,
    snippet::{self, Snippet},
};
use rust_websocket_engine::workspace;
use walkdir::WalkDir;

/// What readers read.
const PAGES: &[&str] = &["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs", "examples"];

/// Those that host and join do: a server and a client, in one engine.
#[test]
fn all_run() -> Result<(), Failure> {
    Ok(check()?)
}

fn check() -> Result<()> {
    let root = workspace::root();
    let mut snippets = Vec::new();
    let mut fences = 0;
    for place in PAGES {
        for entry in WalkDir::new(root.join(place)).sort_by_file_name() {
            let path = entry?.into_path();
            if path.extension().is_none_or(|ending| ending != "md") {
                continue;
            }
            let text = fs::read_to_string(&path)?;
            fences += text.matches("```gdscript").count();
            snippets.extend(Snippet::find(&path.strip_prefix(&root)?.to_string_lossy(), &text)?);
        }
    }
    // Whatever else may be wrong with the search, no block is left out.
    ensure!(snippets.len() == fences, "{} snippets were found, and there are {fences}", snippets.len());
    ensure!(snippets.len() >= 15, "only {} snippets were found", snippets.len());

    let paired: Vec<&Snippet> =
        snippets.iter().filter(|snippet| snippet.has_function("host") && snippet.has_function("join")).collect();
    let of_readme = paired.iter().filter(|snippet| snippet.place.starts_with("README.md")).count();
    ensure!(of_readme == 1, "README.md has {of_readme} snippets that host and join");
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let lines = snippet::run(&snippets, &paired, port)?;
    let joined = lines.iter().filter(|line| line.starts_with("JOINED 1 and ")).count();
    ensure!(joined == paired.len(), "{joined} of {} pairs got together:\n{}", paired.len(), lines.join("\n"));
    println!("{} snippets, {} of them pairs that host and join", snippets.len(), paired.len());
    Ok(())
}
