//! What some tests need that not every machine has, so that no test is left out without a word.
//!
//! Such a test is marked `#[ignore = "needs …"]`, which every run counts as not run, and lies in a module named after its need,
//! by which `cargo xtask test` finds those that it can run here after all. Run without what it needs, it fails and says how
//! to get that.

use crate::Display;
use crate::process::ask;

/// Something that a machine has or has not.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// The module that such tests are in.
    pub module: &'static str,
    /// What they are marked with.
    pub reason: &'static str,
    /// How to get it.
    pub advice: &'static str,
    /// What the machine says of it, or why it has not got it.
    pub probe: fn() -> Result<String, String>,
}

/// All of them.
pub const NEEDS: [Need; 10] = [
    Need {
        module: "needs_chromium",
        reason: "needs Chromium",
        advice: "Debian: apt-get install chromium",
        probe: || chromium().map(str::to_owned).ok_or_else(|| "none of its names is on the path".to_owned()),
    },
    Need {
        module: "needs_display",
        reason: "needs a display",
        advice: "Debian and Ubuntu: apt-get install xvfb",
        probe: find_display,
    },
    Need {
        module: "needs_haproxy",
        reason: "needs HAProxy",
        advice: "Debian and Ubuntu: apt-get install haproxy",
        probe: || ask("haproxy", &["-v"]),
    },
    Need {
        module: "needs_loss",
        reason: "needs a network that loses packets",
        advice: "on Linux, as root, with iproute2 and a kernel with netem, or with nftables",
        probe: loss,
    },
    Need {
        module: "needs_namespaces",
        reason: "needs network namespaces",
        advice: "on Linux, as root, with iproute2 (Debian and Ubuntu: apt-get install iproute2)",
        probe: || in_namespace(|_| Ok(String::new())),
    },
    Need {
        module: "needs_nginx",
        reason: "needs nginx",
        advice: "Debian and Ubuntu: apt-get install nginx-light",
        probe: || ask("nginx", &["-v"]),
    },
    Need {
        module: "needs_node",
        reason: "needs Node with a WebSocket client",
        advice: "22 or newer from https://nodejs.org; 20.10 will do",
        probe: || node().map(<[&str]>::concat).ok_or_else(|| "there is none".to_owned()),
    },
    Need {
        module: "needs_node_ws",
        reason: "needs npm's ws",
        advice: "npm install --prefix target ws",
        probe: || ask("node", &["-e", "require('ws')"]),
    },
    Need {
        module: "needs_openssl",
        reason: "needs openssl",
        advice: "Debian and Ubuntu: apt-get install openssl",
        probe: || ask("openssl", &["version"]),
    },
    Need {
        module: "needs_python_websockets",
        reason: "needs Python's websockets",
        advice: "pip install --target target/python websockets",
        probe: || ask("python3", &["-c", "import websockets.sync.server"]),
    },
];

impl Need {
    /// What this machine says of it.
    ///
    /// # Errors
    ///
    /// If it has not got it; the words say why, and how to get it.
    pub fn look(&self) -> Result<String, String> {
        (self.probe)().map_err(|why| format!("this test {}: {why} ({})", self.reason, self.advice))
    }

    /// Whether a test of this name has this need.
    #[must_use]
    pub fn is_of(&self, test: &str) -> bool {
        test.split("::").any(|part| part == self.module)
    }
}

/// The name of a Chromium that is here.
#[must_use]
pub fn chromium() -> Option<&'static str> {
    const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    NAMES.into_iter().find(|name| ask(name, &["--version"]).is_ok())
}

/// The flags with which the Node that is here has a WebSocket client.
#[must_use]
pub fn node() -> Option<&'static [&'static str]> {
    const HAS_WEB_SOCKET: &str = "process.exit(typeof WebSocket === 'function' ? 0 : 1)";
    // Node has it since 22, and since 20.10 when asked.
    const FLAGS: [&[&str]; 2] = [&[], &["--experimental-websocket"]];
    FLAGS.into_iter().find(|flags| ask("node", &[flags, &["-e", HAS_WEB_SOCKET][..]].concat()).is_ok())
}

fn find_display() -> Result<String, String> {
    let display = Display::open().map_err(|error| format!("{error:#}"))?;
    Ok(display.map_or_else(|| "the machine's own", |_| "Xvfb").to_owned())
}

fn loss() -> Result<String, String> {
    in_namespace(|name| {
        ask("tc", &["-n", name, "qdisc", "add", "dev", "lo", "root", "netem", "loss", "5%"]).or_else(|why| {
            let rules = "table netdev probe { chain lose { type filter hook ingress device lo priority 0; \
                         numgen random mod 100 < 5 drop; }; }";
            ask("ip", &["netns", "exec", name, "nft", rules]).map_err(|other| format!("{why}; {other}"))
        })
    })
}

/// Does this with the name of a network namespace, which is gone afterwards.
fn in_namespace(act: impl FnOnce(&str) -> Result<String, String>) -> Result<String, String> {
    let name = format!("probe-{}", std::process::id());
    ask("ip", &["netns", "add", &name])?;
    let outcome = act(&name);
    ask("ip", &["netns", "del", &name])?;
    outcome
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use walkdir::{DirEntry, WalkDir};

    use super::*;
    use crate::workspace;

    /// What may be ignored besides what has a need.
    const OTHER_REASONS: [&str; 3] = [
        "a part that the other tests play in processes of their own",
        "only Linux",
        "the workload asks Linux for the memory of its process",
    ];

    #[test]
    fn whatever_is_ignored_has_a_need_that_is_looked_for() {
        let mut seen = [false; NEEDS.len()];
        let folders = ["rust", "tests"].map(|folder| WalkDir::new(workspace::root().join(folder)));
        let entries = folders.into_iter().flat_map(|folder| {
            folder.into_iter().filter_entry(|entry| entry.file_name() != "target").map(Result::unwrap)
        });
        let is_source = |file: &Path| file.extension().is_some_and(|extension| extension == "rs");
        for file in entries.map(DirEntry::into_path).filter(|file| is_source(file) && !file.ends_with("needs.rs")) {
            let text = fs::read_to_string(&file).unwrap();
            for after in text.split("ignore = \"").skip(1) {
                let reason = after.split('"').next().unwrap();
                let need = NEEDS.iter().position(|need| need.reason == reason);
                assert!(
                    need.is_some() || OTHER_REASONS.iter().any(|other| reason.starts_with(other)),
                    "{}: nobody looks for what '{reason}' asks for",
                    file.display()
                );
                if let Some(need) = need {
                    let is_in_module = text.contains(&format!("mod {} {{", NEEDS[need].module));
                    assert!(is_in_module, "{}: '{reason}' is not in {}", file.display(), NEEDS[need].module);
                    seen[need] = true;
                }
            }
        }
        assert_eq!(seen, [true; NEEDS.len()], "a need that no test has");
    }

    #[test]
    fn tests_are_known_by_their_module() {
        assert!(NEEDS[0].is_of("examples::needs_chromium::web_page"));
        assert!(!NEEDS[0].is_of("examples::needs_node::web_page"));
    }
}
