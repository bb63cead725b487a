//! What fuzzers found worth keeping, checked again by an ordinary test: no nightly toolchain, no fuzzer.

use std::path::Path;
use std::{fs, io};

use rust_websocket_transport::fuzzing;

/// Checks every file of a target's corpus; libFuzzer's own run would stop at the first failure too.
fn replay(target: &str, check: fn(&[u8])) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let data = fs::read(&path)?;
        // A test's output shows only when it fails: then the last line names the file.
        println!("{}", path.display());
        check(&data);
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
    Ok(())
}

#[test]
fn request_heads() -> io::Result<()> {
    replay("request_head", fuzzing::request_head)
}

#[test]
fn response_heads() -> io::Result<()> {
    replay("response_head", fuzzing::response_head)
}

#[test]
fn frames() -> io::Result<()> {
    replay("frames", fuzzing::frames)
}

#[test]
fn compressed() -> io::Result<()> {
    replay("compressed", fuzzing::compressed)
}

#[test]
fn connections() -> io::Result<()> {
    replay("connection", fuzzing::connection)
}

#[test]
fn proxies() -> io::Result<()> {
    replay("proxy", fuzzing::proxy)
}
