//! The machine's apt sources, in both forms: deb822 (`.sources`) and one line each (`.list`).
//!
//! Only binary sources count, and of their options only the keyring: everything else (`trusted=yes` above all) is
//! a choice for the machine's own packages, not for what we fetch.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// One entry of the apt sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) uris: Vec<String>,
    pub(super) suites: Vec<String>,
    pub(super) components: Vec<String>,
    /// The value of `Signed-By` as it stands there: paths of keyrings, or a key with its line breaks.
    pub(super) signed_by: Option<String>,
}

/// Reads all sources of this machine.
pub(super) fn of_machine() -> Result<Vec<Source>> {
    below(Path::new("/etc/apt"))
}

fn below(apt: &Path) -> Result<Vec<Source>> {
    let mut files = vec![apt.join("sources.list")];
    files.extend(files_in(&apt.join("sources.list.d"))?);
    let mut sources = Vec::new();
    for file in files.iter().filter(|file| file.exists()) {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => sources.extend(parse_list(&text)),
            Some("sources") => sources.extend(parse_deb822(&text)),
            // apt ignores other names too: backups, disabled entries.
            _ => {}
        }
    }
    Ok(sources)
}

fn files_in(dir: &Path) -> Result<Vec<PathBuf>> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// Parses lines of the form `deb [options] uri suite component...`.
fn parse_list(text: &str) -> Vec<Source> {
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<Source> {
    let line = line.split('#').next()?.trim();
    let rest = line.strip_prefix("deb")?;
    // `deb-src` ends here: what follows `deb` must be blank.
    let rest = rest.strip_prefix(char::is_whitespace)?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace().map(str::to_owned);
    Some(Source {
        uris: vec![words.next()?],
        suites: vec![words.next()?],
        components: words.collect(),
        signed_by: options.split_whitespace().find_map(|option| {
            let (name, value) = option.split_once('=')?;
            name.eq_ignore_ascii_case("signed-by").then(|| value.to_owned())
        }),
    })
}

/// Parses stanzas of `Name: value` lines, separated by blank lines.
fn parse_deb822(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut stanza = Stanza::default();
    for line in text.lines().chain([""]) {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            sources.extend(std::mem::take(&mut stanza).into_source());
        } else {
            stanza.add(line);
        }
    }
    sources
}

/// The fields of one deb822 stanza, names in lower case.
#[derive(Default)]
struct Stanza(Vec<(String, String)>);

impl Stanza {
    fn add(&mut self, line: &str) {
        if line.starts_with(char::is_whitespace) {
            if let Some((_, value)) = self.0.last_mut() {
                value.push('\n');
                value.push_str(line.trim_end());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            self.0.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    fn words(&self, name: &str) -> Vec<String> {
        self.value(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }

    fn into_source(self) -> Option<Source> {
        let is_binary = self.words("types").iter().any(|word| word == "deb");
        let is_disabled = self.value("enabled").is_some_and(is_no);
        let source = Source {
            uris: self.words("uris"),
            suites: self.words("suites"),
            components: self.words("components"),
            signed_by: self.value("signed-by").map(str::to_owned),
        };
        (is_binary && !is_disabled && !source.uris.is_empty()).then_some(source)
    }
}

fn is_no(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "no" | "false" | "without" | "off" | "disable" | "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(uris: &[&str], suites: &[&str], components: &[&str], signed_by: Option<&str>) -> Source {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Source {
            uris: owned(uris),
            suites: owned(suites),
            components: owned(components),
            signed_by: signed_by.map(str::to_owned),
        }
    }

    #[test]
    fn one_line_sources() {
        let text = "\
# deb http://old.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # a word
deb\t[arch=amd64 signed-by=/usr/share/keyrings/a.gpg]  https://mirror.example/debian bookworm-updates main
deb [ Signed-By=/k/b.gpg trusted=yes ] http://mirror.example/debian sid main

deb-src http://mirror.example/debian bookworm main
deb http://incomplete.example
";
        assert_eq!(
            parse_list(text),
            [
                source(&["http://mirror.example/debian"], &["bookworm"], &["main", "contrib"], None),
                source(
                    &["https://mirror.example/debian"],
                    &["bookworm-updates"],
                    &["main"],
                    Some("/usr/share/keyrings/a.gpg")
                ),
                source(&["http://mirror.example/debian"], &["sid"], &["main"], Some("/k/b.gpg")),
            ]
        );
    }

    #[test]
    fn deb822_sources() {
        let text = "\
# The mirror.
Types: deb deb-src
URIs: http://mirror.example/debian http://second.example/debian
# A remark inside a stanza.
Suites: bookworm
 bookworm-updates
components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main


Enabled: no
Types: deb
URIs: http://disabled.example/debian
Suites: bookworm
Components: main
";
        assert_eq!(
            parse_deb822(text),
            [source(
                &["http://mirror.example/debian", "http://second.example/debian"],
                &["bookworm", "bookworm-updates"],
                &["main", "contrib"],
                Some("/usr/share/keyrings/debian-archive-keyring.gpg")
            )]
        );
    }

    #[test]
    fn an_embedded_key_keeps_its_lines() {
        let text = "\
Types: deb
URIs: https://mirror.example/debian
Suites: stable
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
";
        let key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----";
        assert_eq!(parse_deb822(text)[0].signed_by.as_deref(), Some(key));
    }

    #[test]
    fn only_the_files_apt_reads_count() {
        let apt = tempfile::tempdir().unwrap();
        let parts = apt.path().join("sources.list.d");
        fs::create_dir(&parts).unwrap();
        fs::write(apt.path().join("sources.list"), "deb http://a.example/debian bookworm main\n").unwrap();
        fs::write(parts.join("b.list"), "deb http://b.example/debian bookworm main\n").unwrap();
        fs::write(parts.join("c.list.disabled"), "deb http://c.example/debian bookworm main\n").unwrap();
        fs::write(
            parts.join("d.sources"),
            "Types: deb\nURIs: http://d.example/debian\nSuites: sid\nComponents: main\n",
        )
        .unwrap();
        let uris: Vec<_> = below(apt.path()).unwrap().into_iter().flat_map(|source| source.uris).collect();
        assert_eq!(uris, ["http://a.example/debian", "http://b.example/debian", "http://d.example/debian"]);
    }

    #[test]
    fn a_machine_without_sources_has_none() {
        let apt = tempfile::tempdir().unwrap();
        assert_eq!(below(apt.path()).unwrap(), []);
    }
}
