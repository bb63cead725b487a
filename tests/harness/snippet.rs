//! The pieces of GDScript in what is written for readers, who copy them: found, made into scripts, and run.
//!
//! A fenced block marked `gdscript` is a snippet. It is a whole script if it starts with `extends` or `class_name`, the
//! functions of one if it starts with `func`; otherwise it is what one would write inside a function. It is run unless the line before says
//! `<!-- snippet: parse -->`. The other half is `tests/snippets/`, the project that runs them.

use std::{
    ffi::OsString,
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{engine, log, program::Program, project};

/// The hard end of a run.
const DEADLINE: Duration = Duration::from_secs(120);

/// The port that the documentation uses.
const PORT: &str = "9080";

/// What stands before a snippet that is not to be run.
const ONLY_PARSE: &str = "<!-- snippet: parse -->";

/// What every mark starts with.
const MARK: &str = "<!-- snippet:";

/// A piece of GDScript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Where it was found: the file and the line.
    pub place: String,
    code: String,
    is_run: bool,
}

impl Snippet {
    /// Finds all snippets of a page. `name` is what the page is called.
    pub fn find(name: &str, text: &str) -> Result<Vec<Self>> {
        let mut snippets = Vec::new();
        let mut last_words = "";
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let Some(language) = line.trim_start().strip_prefix("```") else {
                if !line.trim().is_empty() {
                    last_words = line.trim();
                }
                continue;
            };
            // A block inside a list is indented as a whole.
            let indent = line.len() - line.trim_start().len();
            let place = format!("{name}:{}", number + 1);
            let mut code = String::new();
            loop {
                let (_, line) = lines.next().with_context(|| format!("{place}: the block has no end"))?;
                if line.trim() == "```" {
                    break;
                }
                code.push_str(line.get(indent..).unwrap_or_else(|| line.trim_start()));
                code.push('\n');
            }
            if last_words.starts_with(MARK) && last_words != ONLY_PARSE && last_words != "<!-- snippet: run -->" {
                bail!("{place}: there is no such mark: {last_words}");
            }
            if language.trim() == "gdscript" {
                snippets.push(Self { place, code, is_run: last_words != ONLY_PARSE });
            }
            last_words = "";
        }
        Ok(snippets)
    }

    /// Whether it has a function of this name.
    pub fn has_function(&self, name: &str) -> bool {
        self.code.lines().any(|line| line.starts_with(&format!("func {name}(")))
    }

    /// The name of its script.
    fn file_name(&self) -> String {
        let name: String =
            self.place.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect();
        format!("{name}{}.gd", if self.is_run { "" } else { ".parse" })
    }

    /// The whole script.
    fn script(&self, port: u16) -> String {
        let code = self.code.replace(PORT, &port.to_string());
        if code.starts_with("extends ") || code.starts_with("class_name ") {
            return code;
        }
        if code.starts_with("func ") {
            return format!("extends Node\n\n\n{code}");
        }
        let body: String = code.lines().map(|line| format!("\t{line}\n")).collect();
        format!("extends Node\n\n\nfunc run() -> void:\n{body}")
    }
}

/// Runs all of them in one engine. `paired` are those that host and join, on this port; all others may take any port.
pub fn run(snippets: &[Snippet], paired: &[&Snippet], port: u16) -> Result<Vec<String>> {
    project::ensure_library()?;
    let project = project::fresh("snippets")?;
    project::install_addon(project.path())?;
    let folder = project.path().join("snippets");
    fs::create_dir(&folder)?;
    for snippet in snippets {
        let port = if paired.contains(&snippet) { port } else { 0 };
        fs::write(folder.join(snippet.file_name()), snippet.script(port))?;
    }

    let pairs: Vec<String> = paired.iter().map(|snippet| snippet.file_name()).collect();
    let mut command = engine::command(project.path(), &project.path().join(".home"))?;
    command
        // One of the snippets is for a program that is told to be a server.
        .args(["--", "--server"])
        .arg(OsString::from(format!("--pairs={}", pairs.join(","))))
        .env("GAME_PORT", "0");
    let (status, lines) = Program::start("the engine", command, Instant::now() + DEADLINE)?.end()?;
    let said = lines.join("\n");
    let problems = log::judge(&lines, &[])?;
    ensure!(problems.is_empty(), "a snippet is not well:\n  {}\n{said}", problems.join("\n  "));
    ensure!(status.success(), "the engine ended with {status}:\n{said}");
    for snippet in snippets {
        let ran = format!("RAN {}", snippet.file_name());
        ensure!(lines.contains(&ran), "the snippet at {} did not run:\n{said}", snippet.place);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_are_found_with_their_places_and_marks() {
        let page = "# A\n\n```gdscript\nextends Node\n```\n\n- b:\n\n  ```gdscript\n  var a := 1\n  if a:\n  \tpass\n  ```\n\n\
                    ```sh\nnot this\n```\n<!-- snippet: parse -->\n```gdscript\npass\n```\n";
        let found = Snippet::find("A.md", page).unwrap();
        let places: Vec<_> = found.iter().map(|snippet| (snippet.place.as_str(), snippet.is_run)).collect();
        assert_eq!(places, [("A.md:3", true), ("A.md:9", true), ("A.md:19", false)]);
        assert_eq!(found[0].script(0), "extends Node\n");
        assert_eq!(found[1].script(0), "extends Node\n\n\nfunc run() -> void:\n\tvar a := 1\n\tif a:\n\t\tpass\n");
        assert_eq!(found[2].file_name(), "A_md_19.parse.gd");
    }

    #[test]
    fn a_mark_that_means_nothing_is_an_error() {
        assert!(Snippet::find("A.md", "<!-- snippet: skip -->\n```gdscript\npass\n```\n").is_err());
        assert!(Snippet::find("A.md", "```gdscript\npass\n").is_err());
    }
}
