//! The editor's help: all classes and every member of theirs are described there.

use anyhow::{Result, ensure};
use integration_tests::{Failure, help::Page};

#[test]
fn everything_is_described() -> Result<(), Failure> {
    Ok(check()?)
}

fn check() -> Result<()> {
    let mut silent = Vec::new();
    for page in Page::read(&["RustWebSocketMultiplayerPeer", "RustWebSocketPeer", "RustWebSocketRequest"])? {
        ensure!(page.members.len() >= 12, "{} has only {} members", page.class, page.members.len());
        if page.description().is_none() {
            silent.push(page.class.clone());
        }
        for (kind, name) in &page.members {
            if page.description_of(kind, name).is_none() {
                silent.push(format!("{} {kind} {name}", page.class));
            }
        }
    }
    ensure!(silent.is_empty(), "the editor has no description of\n  {}", silent.join("\n  "));
    Ok(())
}
