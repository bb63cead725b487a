//! Where things are in this repository, and how to call cargo from inside cargo without building anew.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root folder.
pub fn root() -> PathBuf {
    let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_dir.ancestors().nth(2).unwrap_or(manifest_dir).to_path_buf()
}

/// The folder that cargo builds into.
pub fn target_dir() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from))
}

/// The folder a user copies into a game: `addons/rust_websocket`.
pub fn addon_dir() -> PathBuf {
    root().join("addons").join("rust_websocket")
}

/// The demo game's project folder.
pub fn demo_project() -> PathBuf {
    root().join("godot_project")
}

/// The cargo that runs us, in the repository's root, without the variables it set for this package.
///
/// Build scripts may ask to run again when `CARGO_PKG_*` or `CARGO_MANIFEST_DIR` change, and several do: left
/// in place, every switch between `cargo build` and `cargo xtask build` would compile them anew.
pub fn cargo() -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let mut command = Command::new(program);
    command.current_dir(root());
    for (key, _) in env::vars_os() {
        if is_set_per_package(&key) {
            command.env_remove(key);
        }
    }
    command
}

fn is_set_per_package(key: &OsStr) -> bool {
    let Some(key) = key.to_str() else {
        return false;
    };
    key.starts_with("CARGO_PKG_")
        || matches!(
            key,
            "CARGO_BIN_NAME"
                | "CARGO_CRATE_NAME"
                | "CARGO_MANIFEST_DIR"
                | "CARGO_MANIFEST_PATH"
                | "CARGO_PRIMARY_PACKAGE"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_holds_the_workspace_manifest() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.starts_with("[workspace]"));
    }

    #[test]
    fn only_per_package_variables_are_dropped() {
        assert!(is_set_per_package("CARGO_PKG_NAME".as_ref()));
        assert!(is_set_per_package("CARGO_MANIFEST_DIR".as_ref()));
        assert!(!is_set_per_package("CARGO_TARGET_DIR".as_ref()));
        assert!(!is_set_per_package("CARGO_HOME".as_ref()));
    }
}
