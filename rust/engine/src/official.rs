//! The official build from the engine's release page, for any desktop that has no Debian mirror.
//!
//! One version is pinned, others are fetched when they are asked for. What was downloaded counts only if its SHA-512 is the one the release lists.

use std::env::consts;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha512};
use ureq::Agent;
use ureq::http::Response;

use super::cache::{Cache, Install};
use super::version;
use crate::process::hex;
use crate::progress::Progress;

/// The pinned release.
const VERSION: &str = "4.6.3";
const RELEASES: &str = "https://github.com/godotengine/godot/releases/download";
const CHECKSUMS: &str = "SHA512-SUMS.txt";

const CONNECT_LIMIT: Duration = Duration::from_secs(20);
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
const BODY_LIMIT: Duration = Duration::from_secs(30 * 60);

/// One file of a release, and what is in it.
pub(crate) struct Build {
    /// The address of the release's folder, without a slash at the end.
    base_url: String,
    /// The archive's file name in that folder.
    archive: String,
    /// The program inside the archive.
    program: PathBuf,
}

impl Build {
    /// The pinned release's build for this system.
    /// Fails if the release has none.
    pub(crate) fn for_machine() -> Result<Self> {
        Self::of_version(VERSION)
    }

    /// The build of another release for this system.
    /// Fails if no release has one.
    pub(crate) fn of_version(version: &str) -> Result<Self> {
        Self::of(version, consts::OS, consts::ARCH)
    }

    fn of(version: &str, os: &str, arch: &str) -> Result<Self> {
        // The console programs of Windows write to the pipes they are given; the others open windows of their own.
        let (archive, program) = match (os, arch) {
            ("linux", "x86_64") => ("linux.x86_64", "linux.x86_64"),
            ("linux", "aarch64") => ("linux.arm64", "linux.arm64"),
            ("macos", _) => ("macos.universal", "Godot.app/Contents/MacOS/Godot"),
            ("windows", "x86_64") => ("win64.exe", "win64_console.exe"),
            ("windows", "aarch64") => ("windows_arm64.exe", "windows_arm64_console.exe"),
            _ => bail!("there is none for {os} on {arch}"),
        };
        let stem = format!("Godot_v{version}-stable_");
        let program = if os == "macos" { program.to_owned() } else { format!("{stem}{program}") };
        Ok(Self {
            base_url: format!("{RELEASES}/{version}-stable"),
            archive: format!("{stem}{archive}.zip"),
            program: program.into(),
        })
    }

    /// Where this build goes in the cache.
    pub(crate) fn install(&self) -> Install {
        let folder = self.archive.trim_end_matches(".zip").to_owned();
        Install { folder, program: self.program.clone() }
    }

    /// Its program: out of the cache, or downloaded, checked and installed there.
    /// Fails if the release cannot be had, does not list the archive, or lists another checksum; or if the program inside
    /// does not run here.
    pub(crate) fn find_or_fetch(&self, cache: &Cache) -> Result<PathBuf> {
        cache.find_or_install(&self.install(), version::check, |partial, _| {
            let list = get(&self.url_of(CHECKSUMS))?.body_mut().read_to_string()?;
            let expected = listed_checksum(&list, &self.archive)
                .with_context(|| format!("{CHECKSUMS} does not list {}", self.archive))?;
            let archive = partial.join(&self.archive);
            download(&self.url_of(&self.archive), &archive)?;
            let actual = hex(&Sha512::digest(fs::read(&archive)?));
            ensure!(actual == expected, "{} has SHA-512 {actual}, the release lists {expected}", self.archive);
            unpack(&archive, partial)?;
            fs::remove_file(&archive)?;
            let program = partial.join(&self.program);
            ensure!(program.exists(), "the archive has no {}", self.program.display());
            make_executable(&program)
        })
    }

    fn url_of(&self, file: &str) -> String {
        format!("{}/{file}", self.base_url)
    }
}

fn get(url: &str) -> Result<Response<ureq::Body>> {
    let agent: Agent = Agent::config_builder()
        .timeout_connect(Some(CONNECT_LIMIT))
        .timeout_recv_response(Some(ANSWER_LIMIT))
        .timeout_recv_body(Some(BODY_LIMIT))
        .build()
        .into();
    agent.get(url).call().with_context(|| format!("cannot get {url}"))
}

fn download(url: &str, target: &Path) -> Result<()> {
    let mut response = get(url)?;
    let total = response.body().content_length().unwrap_or(0);
    let mut progress = Progress::with_total(format!("downloading {}", url.rsplit('/').next().unwrap_or(url)), total);
    let mut body = Watched { body: response.body_mut().as_reader(), progress: &mut progress };
    io::copy(&mut body, &mut File::create(target)?).with_context(|| format!("{url} broke off"))?;
    progress.finish();
    Ok(())
}

/// Moves on by what is read.
struct Watched<'a, R> {
    body: R,
    progress: &'a mut Progress,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.body.read(buffer)?;
        self.progress.advance(count as u64);
        Ok(count)
    }
}

/// Finds a file's checksum in lines of `<hex>  <name>`, where `*` before the name marks binary mode.
fn listed_checksum(list: &str, file: &str) -> Option<String> {
    list.lines().find_map(|line| {
        let (checksum, name) = line.split_once(char::is_whitespace)?;
        (name.trim_start().trim_start_matches('*').trim_end() == file).then(|| checksum.to_ascii_lowercase())
    })
}

fn unpack(archive: &Path, target: &Path) -> Result<()> {
    let progress = Progress::start("unpacking Godot");
    zip::ZipArchive::new(File::open(archive)?)?.extract(target)?;
    progress.finish();
    Ok(())
}

#[cfg(unix)]
fn make_executable(program: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(program, fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn make_executable(_program: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::Write as _;
    use std::thread;

    use tiny_http::{Response, Server};
    use zip::write::SimpleFileOptions;

    use super::*;

    const ARCHIVE: &str = "Godot_test.zip";
    const SCRIPT: &str = "#!/bin/sh\necho 4.6.3.stable.official\n";

    #[test]
    fn every_desktop_has_a_build() {
        for (version, os, arch, archive) in [
            ("4.6.3", "linux", "x86_64", "Godot_v4.6.3-stable_linux.x86_64.zip"),
            ("4.6.3", "linux", "aarch64", "Godot_v4.6.3-stable_linux.arm64.zip"),
            ("4.3", "macos", "aarch64", "Godot_v4.3-stable_macos.universal.zip"),
            ("4.3", "windows", "x86_64", "Godot_v4.3-stable_win64.exe.zip"),
            ("4.6.3", "windows", "aarch64", "Godot_v4.6.3-stable_windows_arm64.exe.zip"),
        ] {
            let build = Build::of(version, os, arch).unwrap();
            assert_eq!(build.archive, archive);
            assert!(build.base_url.ends_with(&format!("/{version}-stable")));
        }
        assert!(Build::of("4.6.3", "freebsd", "x86_64").is_err());
    }

    #[test]
    fn checksums_are_found_by_whole_name() {
        let list = "AA11  Godot.zip.sig\nbb22  Godot.zip\ncc33 *Other.zip\n";
        assert_eq!(listed_checksum(list, "Godot.zip").as_deref(), Some("bb22"));
        assert_eq!(listed_checksum(list, "Other.zip").as_deref(), Some("cc33"));
        assert_eq!(listed_checksum(list, "dot.zip"), None);
    }

    /// A page with the files of a folder; answers the build there.
    fn publish(folder: &Path) -> Build {
        let (server, folder) = (Server::http("127.0.0.1:0").unwrap(), folder.to_owned());
        let base_url = format!("http://{}", server.server_addr());
        thread::spawn(move || {
            for request in server.incoming_requests() {
                match File::open(folder.join(request.url().trim_start_matches('/'))) {
                    Ok(file) => request.respond(Response::from_file(file)).unwrap(),
                    Err(_) => request.respond(Response::empty(404)).unwrap(),
                }
            }
        });
        Build { base_url, archive: ARCHIVE.to_owned(), program: "godot".into() }
    }

    /// Fetches from a page with an archive of one file and this list of checksums, in which `{}` stands for the right one;
    /// answers the outcome and what the cache holds afterwards.
    fn fetch(program: &str, script: &str, list: &str) -> (Result<PathBuf>, Vec<String>) {
        let (page, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let archive = page.path().join(ARCHIVE);
        let mut zip = zip::ZipWriter::new(File::create(&archive).unwrap());
        zip.start_file(program, SimpleFileOptions::default()).unwrap();
        zip.write_all(script.as_bytes()).unwrap();
        zip.finish().unwrap();
        let checksum = hex(&Sha512::digest(fs::read(&archive).unwrap()));
        fs::write(page.path().join(CHECKSUMS), list.replace("{}", &checksum)).unwrap();
        let outcome = publish(page.path()).find_or_fetch(&Cache::at(cache.path()).unwrap());
        let names = fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        (outcome, names.filter(|name| name != ".lock").collect())
    }

    #[test]
    fn a_build_with_the_right_checksum_is_installed() {
        let (outcome, held) = fetch("godot", SCRIPT, "{}  Godot_test.zip\n");
        assert!(outcome.unwrap().ends_with("Godot_test/godot"));
        assert_eq!(held, ["Godot_test"]);
    }

    #[test]
    fn anything_else_installs_nothing() {
        for (program, script, list, problem) in [
            ("godot", SCRIPT, "00  Godot_test.zip\n", "SHA-512"),
            ("godot", SCRIPT, "{}  Other.zip\n", "does not list"),
            ("README", SCRIPT, "{}  Godot_test.zip\n", "the archive has no"),
            ("godot", "#!/bin/sh\necho 4.1.stable\n", "{}  Godot_test.zip\n", "older than"),
        ] {
            let (outcome, held) = fetch(program, script, list);
            let error = format!("{:#}", outcome.unwrap_err());
            assert!(error.contains(problem), "{error}");
            assert_eq!(held, [""; 0]);
        }
    }

    #[test]
    fn a_page_that_is_not_there_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = publish(dir.path()).find_or_fetch(&Cache::at(dir.path()).unwrap()).unwrap_err();
        assert!(format!("{error:#}").contains(CHECKSUMS), "{error:#}");
    }
}
