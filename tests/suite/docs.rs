//! What is written for readers agrees with what it is about: the class reference with the classes, the list of error
//! messages with the messages, links with the files they lead to.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use integration_tests::{Failure, engine, project};
use regex::Regex;
use rust_websocket_engine::workspace;
use rust_websocket_transport::config::{CONDITION_KEYS, PRESETS};
use walkdir::WalkDir;
use xtask::reference;

/// `docs/reference/` is what `cargo xtask reference` would write.
#[test]
fn the_class_reference_is_up_to_date() -> Result<(), Failure> {
    let stale = reference::stale(&engine::path()?, &project::with_addon()?)?;
    let places: Vec<_> = stale.iter().map(|page| page.place.display().to_string()).collect();
    if places.is_empty() {
        return Ok(());
    }
    Err(anyhow::anyhow!("run `cargo xtask reference`, these are not up to date:\n  {}", places.join("\n  ")).into())
}

/// Every sentence that a player or a log may get to see is in `docs/troubleshooting.md`, and nothing else is.
#[test]
fn every_error_message_is_explained() -> Result<(), Failure> {
    Ok(check_messages()?)
}

/// Whoever offers or explains simulated conditions knows all of them, and the browser's stand-in has the same ready-made links.
#[test]
fn simulated_conditions_are_the_same_everywhere() -> Result<(), Failure> {
    Ok(check_conditions()?)
}

fn check_conditions() -> Result<()> {
    let read =
        |path: &str| fs::read_to_string(workspace::root().join(path)).with_context(|| format!("cannot read {path}"));
    let editor = read("addons/rust_websocket/editor/conditions_bar.gd")?;
    let guide = read("docs/guide.md")?;
    for key in CONDITION_KEYS {
        ensure!(editor.contains(&format!("[\"{key}\", ")), "the editor's bar does not offer {key}");
        let has_row = guide.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{key}`")));
        ensure!(has_row, "the guide has no row for {key}");
    }
    let stand_in = read("addons/rust_websocket/classes/rust_websocket_multiplayer_peer.gd.txt")?;
    let stand_in: String = stand_in.split_whitespace().collect();
    for (name, numbers) in PRESETS {
        let numbers: Vec<String> = numbers.iter().map(|(key, number)| format!("\"{key}\":{number:?}")).collect();
        let entry = format!("\"{name}\":{{{}", numbers.join(","));
        ensure!(stand_in.contains(&entry), "the browser's stand-in does not have {entry}");
    }
    Ok(())
}

/// Files that say what went wrong.
const SOURCES: &[&str] = &[
    "rust/transport/src/error.rs",
    "rust/transport/src/wire/url.rs",
    "rust/transport/src/network/door.rs",
    "rust/transport/src/network/commands.rs",
    "rust/transport/src/network/activation.rs",
    "rust/transport/src/network/unix_socket.rs",
    "rust/transport/src/stream/tls/pem.rs",
    "rust/extension/src",
];

fn check_messages() -> Result<()> {
    let page = page()?;
    let explained = explained(&page);
    ensure!(explained.len() > 60, "only {} messages are explained", explained.len());
    let said = messages()?;
    ensure!(said.len() > 60, "only {} messages were found in the sources", said.len());

    let missing: Vec<&str> = said.iter().map(String::as_str).filter(|message| !explained.contains(message)).collect();
    let outdated: Vec<&str> =
        explained.iter().copied().filter(|message| !said.iter().any(|other| other == message)).collect();
    ensure!(missing.is_empty(), "docs/troubleshooting.md does not explain\n  {}", missing.join("\n  "));
    ensure!(outdated.is_empty(), "docs/troubleshooting.md explains what nobody says:\n  {}", outdated.join("\n  "));
    Ok(())
}

/// The page with the messages.
pub(crate) fn page() -> Result<String> {
    Ok(fs::read_to_string(workspace::root().join("docs/troubleshooting.md"))?)
}

/// The messages of the page: the rows whose first cell is one piece of code, and nothing else.
pub(crate) fn explained(page: &str) -> Vec<&str> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .filter(|(_, rest)| rest.starts_with(" |"))
        .map(|(message, _)| message)
        .collect()
}

/// Every message of the sources, with `…` for what is filled in.
fn messages() -> Result<Vec<String>> {
    // Where a message starts: an error's own words, a call that refuses, and those of `describe`, `timed_out`, `closed_by`.
    let starts = [
        r#"#\[error\(\s*""#,
        r#"refuse\(\s*Error::[A-Z_]+,\s*(?:&format!\(\s*)?""#,
        r#"fail\(\s*Error::[A-Z_]+,\s*(?:&format!\(\s*)?""#,
        r#"let reason = (?:format!\(\s*)?""#,
        r#"(?:Phase|ErrorKind)::[A-Za-z]+ => ""#,
        r#"\((?:None|Some\(code\)), [a-z_"]+\)(?: if [^{}]+)? => format!\(""#,
        r#"(?:""|text) => format!\(""#,
        r#"log::(?:warn|error)!\(\s*""#,
        r#"logging::warning\(CLASS, ""#,
        r#"let line = format!\(\s*""#,
        r#"\n    \}\n    format!\(""#,
        r#"TlsConfigError::Other\(format!\(""#,
    ];
    let message = Regex::new(&format!(r#"(?:{})((?:[^"\\]|\\.|\\\n)*)""#, starts.join("|")))?;
    let continuation = Regex::new(r"\\\n\s*")?;
    let hole = Regex::new(r"\{[^}]*\}")?;
    let mut messages = Vec::new();
    for source in SOURCES {
        for entry in WalkDir::new(workspace::root().join(source)).sort_by_file_name() {
            let entry = entry?;
            if !entry.file_type().is_file() {
                continue;
            }
            let text = fs::read_to_string(entry.path())?;
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for found in message.captures_iter(text) {
                let words = found.get(1).context("no words")?.as_str();
                let words = continuation.replace_all(words, "").replace("\\\"", "\"");
                let words = hole.replace_all(&words, "…").into_owned();
                // Those that are nothing but another message.
                if words != "…" && !messages.contains(&words) {
                    messages.push(words);
                }
            }
        }
    }
    Ok(messages)
}

/// Links between the files of the repository lead somewhere, headings included.
#[test]
fn links_lead_somewhere() -> Result<(), Failure> {
    Ok(check_links()?)
}

fn check_links() -> Result<()> {
    let link = Regex::new(r"\]\(([^)\s]+)\)")?;
    let root = workspace::root();
    let mut broken = Vec::new();
    let mut count = 0;
    for page in pages()? {
        let text = fs::read_to_string(&page)?;
        for found in link.captures_iter(&without_code(&text)) {
            let target = found.get(1).context("no target")?.as_str();
            // Those that start with `../../` from the root lead to the repository's own pages on its host.
            let is_elsewhere = target.contains("://") || (page.parent() == Some(&root) && target.starts_with("../../"));
            if is_elsewhere {
                continue;
            }
            count += 1;
            let (file, heading) =
                target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
            let place = if file.is_empty() { page.clone() } else { page.with_file_name("").join(file) };
            let leads = place.exists()
                && heading.is_none_or(|heading| {
                    fs::read_to_string(&place).is_ok_and(|text| headings(&text).iter().any(|other| other == heading))
                });
            if !leads {
                broken.push(format!("{}: {target}", page.strip_prefix(&root).unwrap_or(&page).display()));
            }
        }
    }
    ensure!(count > 20, "only {count} links were found");
    ensure!(broken.is_empty(), "these links lead nowhere:\n  {}", broken.join("\n  "));
    Ok(())
}

/// Every page that is written for readers.
fn pages() -> Result<Vec<std::path::PathBuf>> {
    let root = workspace::root();
    let mut pages = Vec::new();
    for place in
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "docs", "examples"]
    {
        // `examples` has links to the addon, which are not followed.
        for entry in WalkDir::new(root.join(place)).sort_by_file_name() {
            let path = entry?.into_path();
            if path.extension().is_some_and(|ending| ending == "md") {
                pages.push(path);
            }
        }
    }
    Ok(pages)
}

/// A text without its fenced blocks and its code.
fn without_code(text: &str) -> String {
    let mut is_fenced = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        !is_fenced && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The names by which a page's headings can be linked to.
fn headings(text: &str) -> Vec<String> {
    without_code(text)
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
            kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
        })
        .collect()
}
