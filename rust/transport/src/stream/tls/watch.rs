//! Files that are read again when they change: a certificate that was renewed, and its key.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(60);

/// When a file was written, and how long it is; `None` if it is not there, or not on a disk.
type Stamp = Option<(SystemTime, u64)>;

/// Files that are looked at once in a while.
#[derive(Debug)]
pub struct Watch {
    files: Vec<PathBuf>,
    stamps: Vec<Stamp>,
    next: Instant,
}

impl Watch {
    /// Watches files that are about to be read. Links are followed.
    #[must_use]
    pub fn start(files: Vec<PathBuf>, now: Instant) -> Self {
        let stamps = stamps(&files);
        Self { files, stamps, next: now + INTERVAL }
    }

    /// Whether it is time to look, and something has changed since the last look. Told once for each change: what was written
    /// after this is the next one.
    pub fn has_changed(&mut self, now: Instant) -> bool {
        if now < self.next {
            return false;
        }
        self.next = now + INTERVAL;
        let stamps = stamps(&self.files);
        let has_changed = stamps != self.stamps;
        self.stamps = stamps;
        has_changed
    }
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |file: &PathBuf| fs::metadata(file).and_then(|data| Ok((data.modified()?, data.len()))).ok();
    files.iter().map(stamp).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_within_a_minute_and_told_once() {
        let folder = std::env::temp_dir().join(format!("watch-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let files = ["certificate.pem", "key.pem"].map(|name| folder.join(name));
        for file in &files {
            fs::write(file, "old").unwrap();
        }
        let start = Instant::now();
        let mut watch = Watch::start(files.to_vec(), start);
        assert!(!watch.has_changed(start + INTERVAL), "nothing has changed");
        fs::write(&files[1], "renewed").unwrap();
        assert!(!watch.has_changed(start + INTERVAL + Duration::from_secs(59)), "it is not looked at all the time");
        assert!(watch.has_changed(start + 2 * INTERVAL));
        assert!(!watch.has_changed(start + 3 * INTERVAL));
        fs::remove_file(&files[0]).unwrap();
        assert!(watch.has_changed(start + 4 * INTERVAL), "a file that is gone is a change, too");
        fs::remove_dir_all(&folder).unwrap();
        assert!(watch.has_changed(start + 5 * INTERVAL));
        assert!(!watch.has_changed(start + 6 * INTERVAL), "what is gone for long is not");
    }
}
