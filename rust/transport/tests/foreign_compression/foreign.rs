//! A process with somebody else's library in it, which says by lines how far it is.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Instant;

use super::{PATIENCE, PAUSE};

/// A library, and the language that it is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Library {
    /// Python's `websockets`.
    Websockets,
    /// npm's `ws`.
    Ws,
}

/// A process that ends with its owner.
pub(crate) struct Foreign {
    child: Child,
    lines: Receiver<String>,
}

impl Foreign {
    pub(crate) fn start(library: Library, arguments: &[&str]) -> Self {
        let (program, script) = match library {
            Library::Websockets => ("python3", "peer.py"),
            Library::Ws => ("node", "peer.cjs"),
        };
        // Where the library may lie beside everything else that is built; see `rust/engine/src/process.rs`.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut child = Command::new(program)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign_compression").join(script))
            .args(arguments)
            .env("PYTHONPATH", target.join("python"))
            .env("NODE_PATH", target.join("node_modules"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// The rest of the next line, which has to begin with these words.
    #[track_caller]
    pub(crate) fn says(&mut self, words: &str) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => match line.strip_prefix(words) {
                Some(rest) => rest.to_owned(),
                None => panic!("it said '{line}' and not '{words}'"),
            },
            Err(RecvTimeoutError::Timeout) => panic!("it did not say '{words}'"),
            Err(RecvTimeoutError::Disconnected) => panic!("it ended with {:?}", self.child.wait()),
        }
    }

    /// Waits for something that it does.
    #[track_caller]
    pub(crate) fn until<T>(&mut self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return found;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("it ended with {status} before {what}");
            }
            assert!(Instant::now() < deadline, "it was in vain waited that {what}");
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
