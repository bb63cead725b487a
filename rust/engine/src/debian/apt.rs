//! apt with folders of its own, so that it needs no root and leaves the machine's packages alone: lists, cache and an empty
//! package database, and all else the machine's.
//!
//! The machine's own configuration holds, since it says how to reach a mirror: proxies, certificates, retries. What follows it
//! takes out hooks, which are about the machine's own packages, and whatever would relax a check of signatures.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{self, Reaped};
use crate::progress::Progress;

/// How many mirrors are worth a try.
const MAX_MIRRORS: usize = 3;
/// What every suite of every mirror is signed with; without the file apt asks the machine's other keys.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const QUESTION_LIMIT: Duration = Duration::from_secs(60);

/// A folder apt works in as if it were the whole machine.
pub(super) struct AptRoot {
    dir: PathBuf,
}

impl AptRoot {
    /// Lays out the folder.
    pub(super) fn create(dir: &Path) -> Result<Self> {
        for part in ["cache/archives/partial", "sources.list.d", "state/lists/partial"] {
            fs::create_dir_all(dir.join(part))?;
        }
        fs::write(dir.join("status"), "")?;
        fs::write(dir.join("apt.conf"), configuration(dir))?;
        Ok(Self { dir: dir.to_path_buf() })
    }

    /// The Debian mirrors among the machine's own sources, as their signed lists say it. A mirror carries every suite, so the
    /// one that serves the machine's release serves ours too.
    pub(super) fn mirrors(&self) -> Result<Vec<String>> {
        self.apt_get("reading this machine's package lists", &["update"])?;
        let mut ask = self.command();
        ask.args(["indextargets", "--format", "$(ORIGIN) $(LABEL) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]);
        Ok(debian_mirrors(&process::answer_within(&mut ask, QUESTION_LIMIT)?))
    }

    /// Reads the lists of one suite of a mirror instead of the machine's, and checks their signature.
    pub(super) fn turn_to(&self, mirror: &str, suite: &str) -> Result<()> {
        let signed_by = if Path::new(KEYRING).exists() { format!("Signed-By: {KEYRING}\n") } else { String::new() };
        let stanza = format!("Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: main\n{signed_by}");
        fs::write(self.dir.join("sources.list.d/engine.sources"), stanza)?;
        let own_sources = format!(
            "Dir::Etc::sourcelist \"/dev/null\";\nDir::Etc::sourceparts \"{}/sources.list.d/\";\n",
            self.dir.display()
        );
        fs::write(self.dir.join("apt.conf"), configuration(&self.dir) + &own_sources)?;
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

    fn command(&self) -> Command {
        let mut command = Command::new("apt-get");
        command.arg("--config-file").arg(self.dir.join("apt.conf")).env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    fn apt_get(&self, label: &str, arguments: &[&str]) -> Result<()> {
        let mut progress = Progress::with_total(label, 100);
        let mut command = self.command();
        command
            .args(["-q", "-o", "APT::Status-Fd=1"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
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

/// The mirrors among lines of origin, label, component and address. Updates and third parties have other labels.
fn debian_mirrors(lines: &str) -> Vec<String> {
    let mut mirrors: Vec<String> =
        lines.lines().filter_map(|line| line.strip_prefix("Debian Debian main ")).map(str::to_owned).collect();
    mirrors.dedup();
    mirrors.truncate(MAX_MIRRORS);
    mirrors
}

fn configuration(dir: &Path) -> String {
    let dir = dir.display();
    format!(
        r#"#clear APT::Update;
#clear DPkg;
#clear Acquire::IndexTargets::deb::DEP-11;
Dir::State "{dir}/state/";
Dir::State::status "{dir}/status";
Dir::Cache "{dir}/cache/";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Get::AllowUnauthenticated "false";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::Languages "none";
Debug::NoLocking "true";
"#
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
    fn mirrors_are_what_says_so_in_its_signed_lists() {
        let lines = "\
tool tool main https://tool.example/debian/
Debian Debian main http://mirror.example/debian/
Debian Debian contrib http://mirror.example/debian/
Debian Debian main http://mirror.example/debian/
Debian Debian-Security main http://mirror.example/debian-security/
Ubuntu Ubuntu main http://mirror.example/ubuntu/
";
        assert_eq!(debian_mirrors(lines), ["http://mirror.example/debian/"]);
    }
}
