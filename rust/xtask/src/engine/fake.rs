//! Programs that answer as an engine would, for tests.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes a shell script that can be run as an engine.
pub(crate) fn write_fake_engine(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
