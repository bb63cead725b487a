//! What fuzzers found worth keeping, checked again by an ordinary test: no nightly toolchain, no fuzzer.

use std::fs;
use std::path::Path;

use rust_websocket_transport::fuzzing;

/// Checks every file of a target's corpus; libFuzzer's own run would stop at the first failure too.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let data = fs::read(&path).unwrap();
        // A test's output shows only when it fails: then the last line names the file.
        println!("{}", path.display());
        check(&data);
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}

#[test]
fn request_heads() {
    replay("request_head", fuzzing::request_head);
}

#[test]
fn response_heads() {
    replay("response_head", fuzzing::response_head);
}

#[test]
fn frames() {
    replay("frames", fuzzing::frames);
}

#[test]
fn connections() {
    replay("connection", fuzzing::connection);
}
