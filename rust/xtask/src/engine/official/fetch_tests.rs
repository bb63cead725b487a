//! Fetching an official build, tried against a release page served from this process.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use sha2::{Digest, Sha512};
use zip::write::SimpleFileOptions;

use super::{Build, CHECKSUMS};
use crate::engine::cache::Cache;
use crate::engine::probe;

const ARCHIVE: &str = "Godot_test.zip";
const PROGRAM: &str = "Godot_test";

/// A file as the page serves it.
struct Served {
    announced: usize,
    body: Vec<u8>,
}

impl Served {
    fn whole(body: Vec<u8>) -> Self {
        Self { announced: body.len(), body }
    }

    /// Announces the whole file, and ends the connection half way.
    fn cut_short(mut body: Vec<u8>) -> Self {
        let announced = body.len();
        body.truncate(announced / 2);
        Self { announced, body }
    }
}

/// Serves the files on a port of the system's choice; answers the address. The thread ends with the test process.
fn serve(files: HashMap<String, Served>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &files);
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: TcpStream, files: &HashMap<String, Served>) {
    let mut head = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
    let request = head.next().unwrap();
    let path = request.split(' ').nth(1).unwrap().trim_start_matches('/').to_owned();
    head.find(String::is_empty).unwrap();
    match files.get(&path) {
        Some(file) => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", file.announced)
                .unwrap();
            stream.write_all(&file.body).unwrap();
        }
        None => write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap(),
    }
}

fn archive_with(script: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(PROGRAM, SimpleFileOptions::default()).unwrap();
    writeln!(zip, "#!/bin/sh\n{script}").unwrap();
    zip.finish().unwrap().into_inner()
}

fn checksums_of(archive: &[u8]) -> Served {
    let checksum: String = Sha512::digest(archive).iter().map(|byte| format!("{byte:02x}")).collect();
    Served::whole(format!("{checksum}  {ARCHIVE}\n").into_bytes())
}

fn build_at(base_url: String) -> Build {
    Build { base_url, archive: ARCHIVE.to_owned(), program: PROGRAM.into() }
}

/// Fetches from a page with these files; answers the outcome and what the cache holds afterwards.
fn fetch(dir: &Path, archive: Served, checksums: Served) -> (anyhow::Result<std::path::PathBuf>, Vec<String>) {
    let base_url = serve(HashMap::from([(ARCHIVE.to_owned(), archive), (CHECKSUMS.to_owned(), checksums)]));
    let cache = Cache::at(dir).unwrap();
    let outcome = build_at(base_url).find_or_fetch(&cache);
    let mut held: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    held.retain(|name| name != ".lock");
    (outcome, held)
}

#[test]
fn a_build_with_the_right_checksum_is_installed() {
    let dir = tempfile::tempdir().unwrap();
    let archive = archive_with("echo 4.6.3.stable.official");
    let checksums = checksums_of(&archive);
    let (outcome, held) = fetch(dir.path(), Served::whole(archive), checksums);
    let engine = outcome.unwrap();
    assert_eq!(engine, dir.path().join("Godot_test").join(PROGRAM));
    assert_eq!(held, ["Godot_test"]);
    let found = Cache::at(dir.path()).unwrap().find(&build_at(String::new()).install(), probe::check);
    assert_eq!(found, Some(engine));
}

#[test]
fn a_wrong_checksum_installs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let archive = archive_with("echo 4.6.3.stable.official");
    let checksums = checksums_of(b"another archive");
    let (outcome, held) = fetch(dir.path(), Served::whole(archive), checksums);
    let error = format!("{:#}", outcome.unwrap_err());
    assert!(error.contains("SHA-512"), "{error}");
    assert_eq!(held, [""; 0]);
}

#[test]
fn a_truncated_download_installs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let archive = archive_with("echo 4.6.3.stable.official");
    let checksums = checksums_of(&archive);
    let (outcome, held) = fetch(dir.path(), Served::cut_short(archive), checksums);
    let error = format!("{:#}", outcome.unwrap_err());
    assert!(error.contains("broke off"), "{error}");
    assert_eq!(held, [""; 0]);
}

#[test]
fn an_unlisted_archive_installs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let archive = archive_with("echo 4.6.3.stable.official");
    let (outcome, held) = fetch(dir.path(), Served::whole(archive), Served::whole(b"00  Other.zip\n".to_vec()));
    let error = format!("{:#}", outcome.unwrap_err());
    assert!(error.contains("does not list"), "{error}");
    assert_eq!(held, [""; 0]);
}

#[test]
fn an_archive_without_the_program_installs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("README", SimpleFileOptions::default()).unwrap();
    let archive = zip.finish().unwrap().into_inner();
    let checksums = checksums_of(&archive);
    let (outcome, held) = fetch(dir.path(), Served::whole(archive), checksums);
    let error = format!("{:#}", outcome.unwrap_err());
    assert!(error.contains("the archive has no"), "{error}");
    assert_eq!(held, [""; 0]);
}

#[test]
fn an_engine_that_does_not_run_is_not_installed() {
    let dir = tempfile::tempdir().unwrap();
    let archive = archive_with("echo 4.1.stable.official");
    let checksums = checksums_of(&archive);
    let (outcome, held) = fetch(dir.path(), Served::whole(archive), checksums);
    let error = format!("{:#}", outcome.unwrap_err());
    assert!(error.contains("older than"), "{error}");
    assert_eq!(held, [""; 0]);
}

#[test]
fn a_page_that_is_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::at(dir.path()).unwrap();
    let error = build_at(serve(HashMap::new())).find_or_fetch(&cache).unwrap_err();
    assert!(format!("{error:#}").contains(CHECKSUMS), "{error:#}");
}
