//! apt in a private root: its own lists, cache and empty package database, the machine's way to the network and
//! the machine's trust.
//!
//! The private configuration is passed by `APT_CONFIG` and takes the place of the machine's, hooks included: those
//! are about the machine's own packages. Of the machine's settings only those of the `Acquire` group are carried
//! over, because they say how to reach a mirror: proxies, certificates, retries, clocks.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::mirror::Mirror;
use crate::process::{self, Reaped};
use crate::progress::Progress;

/// Settings of the `Acquire` group that are not about the way to a mirror, or that would relax a signature check.
const NOT_CARRIED_OVER: [&str; 7] = [
    "Acquire::AllowDowngradeToInsecureRepositories",
    "Acquire::AllowInsecureRepositories",
    "Acquire::AllowWeakRepositories",
    "Acquire::Changelogs",
    "Acquire::CompressionTypes",
    "Acquire::IndexTargets",
    "Acquire::Languages",
];

/// A folder apt works in as if it were the whole machine.
pub(super) struct AptRoot {
    dir: PathBuf,
}

impl AptRoot {
    /// Lays out the folder for one suite of one mirror.
    pub(super) fn create(dir: &Path, mirror: &Mirror, suite: &str, architecture: &str) -> Result<Self> {
        for part in ["cache/archives/partial", "empty", "sources.list.d", "state/lists/partial"] {
            fs::create_dir_all(dir.join(part))?;
        }
        fs::write(dir.join("status"), "")?;
        fs::write(dir.join("sources.list.d/engine.sources"), source_stanza(mirror, suite, architecture))?;
        fs::write(dir.join("apt.conf"), configuration(dir, architecture, &machine_settings()?))?;
        Ok(Self { dir: dir.to_path_buf() })
    }

    /// Fetches the suite's package lists, and checks their signature.
    pub(super) fn update(&self) -> Result<()> {
        self.apt_get("reading the package lists", &["update"])
    }

    /// Downloads packages and all they depend on; answers the archives' paths.
    pub(super) fn download(&self, packages: &[&str]) -> Result<Vec<PathBuf>> {
        let arguments = [&["install", "--yes", "--download-only"], packages].concat();
        self.apt_get("downloading Godot and its libraries", &arguments)?;
        let mut archives = Vec::new();
        for entry in fs::read_dir(self.dir.join("cache/archives"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "deb") {
                archives.push(path);
            }
        }
        archives.sort();
        Ok(archives)
    }

    fn apt_get(&self, label: &str, arguments: &[&str]) -> Result<()> {
        let mut progress = Progress::with_total(label, 100);
        let mut command = Command::new("apt-get");
        command
            .args(["-q", "-o", "APT::Status-Fd=1"])
            .args(arguments)
            .env("APT_CONFIG", self.dir.join("apt.conf"))
            .env("LC_ALL", "C")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut apt = Reaped::spawn(&mut command)?;
        let stderr = process::collect(apt.child().stderr.take());
        let stdout = apt.child().stdout.take().context("apt-get has no output")?;
        for line in BufReader::new(stdout).lines() {
            if let Some(percent) = download_percent(&line?) {
                progress.set(percent);
            }
        }
        let status = apt.child().wait()?;
        let words = process::join(stderr)?;
        if !status.success() {
            bail!("apt-get {} failed: {}", arguments.join(" "), words.trim_end());
        }
        progress.finish();
        Ok(())
    }
}

/// Reads apt's status line `dlstatus:<count>:<percent>:<text>`.
fn download_percent(line: &str) -> Option<u64> {
    let whole = line.strip_prefix("dlstatus:")?.split(':').nth(1)?.split('.').next()?;
    whole.parse().ok()
}

fn source_stanza(mirror: &Mirror, suite: &str, architecture: &str) -> String {
    let mut stanza =
        format!("Types: deb\nURIs: {}\nSuites: {suite}\nComponents: main\nArchitectures: {architecture}\n", mirror.uri);
    if let Some(signed_by) = &mirror.signed_by {
        // Writing to a string cannot fail.
        let _ = writeln!(stanza, "Signed-By: {signed_by}");
    }
    stanza
}

/// The machine's `Acquire` settings, as `apt-config dump` writes them.
fn machine_settings() -> Result<String> {
    let dump = process::run_within(Command::new("apt-config").arg("dump"), Duration::from_secs(30))?;
    if !dump.status.success() {
        bail!("apt-config dump failed: {}", dump.output());
    }
    Ok(carried_over(&dump.stdout))
}

fn carried_over(dump: &str) -> String {
    let is_below = |name: &str, group: &str| {
        name.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    dump.lines()
        .filter(|line| {
            let name = line.split_whitespace().next().unwrap_or_default();
            name.starts_with("Acquire::") && !NOT_CARRIED_OVER.iter().any(|group| is_below(name, group))
        })
        .fold(String::new(), |settings, line| settings + line + "\n")
}

fn configuration(dir: &Path, architecture: &str, machine_settings: &str) -> String {
    let dir = dir.display();
    format!(
        r#"Dir::State "{dir}/state/";
Dir::State::status "{dir}/status";
Dir::Cache "{dir}/cache/";
Dir::Etc::main "{dir}/empty/apt.conf";
Dir::Etc::parts "{dir}/empty/";
Dir::Etc::preferences "{dir}/empty/preferences";
Dir::Etc::preferencesparts "{dir}/empty/";
Dir::Etc::sourcelist "{dir}/empty/sources.list";
Dir::Etc::sourceparts "{dir}/sources.list.d/";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Get::AllowUnauthenticated "false";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::Languages "none";
Debug::NoLocking "true";
{machine_settings}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_lines_tell_the_percent() {
        assert_eq!(download_percent("dlstatus:12:43.7:Retrieving file 13 of 90"), Some(43));
        assert_eq!(download_percent("Get:1 http://mirror.example/debian forky InRelease"), None);
    }

    #[test]
    fn the_way_to_the_network_is_carried_over_and_nothing_else() {
        let dump = r#"APT::Architecture "amd64";
APT::Update::Post-Invoke:: "rm -rf /";
Acquire "";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::https::CAInfo "/etc/ssl/own.pem";
Acquire::AllowInsecureRepositories "1";
Acquire::IndexTargets::deb::DEP-11::MetaKey "x";
Acquire::Languages:: "de";
Acquire::Retries "3";
"#;
        assert_eq!(
            carried_over(dump),
            "Acquire::http::Proxy \"http://proxy.example:3128\";\n\
             Acquire::https::CAInfo \"/etc/ssl/own.pem\";\n\
             Acquire::Retries \"3\";\n"
        );
    }

    #[test]
    fn the_source_keeps_its_keyring() {
        let mirror = Mirror { uri: "http://mirror.example/debian".to_owned(), signed_by: Some("/k.gpg".to_owned()) };
        assert_eq!(
            source_stanza(&mirror, "forky", "arm64"),
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: forky\nComponents: main\n\
             Architectures: arm64\nSigned-By: /k.gpg\n"
        );
    }
}
