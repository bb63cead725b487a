//! A browser without a window, since web exports run nowhere else. It opens one page; what the page says on its console is
//! its output.

use std::{ffi::OsString, process::Command, time::Instant};

use anyhow::{Context as _, Result};
use rust_websocket_engine::needs;
use tempfile::TempDir;

use crate::program::Program;

/// What Chromium writes before a line of a console.
const CONSOLE: &str = ":CONSOLE:";

/// A Chromium that runs, with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    program: Program,
    _profile: TempDir,
}

impl Browser {
    /// Opens a page. The browser has to be done by `deadline`.
    pub fn open(url: &str, deadline: Instant) -> Result<Self> {
        let browser = needs::chromium().context("this test needs Chromium (Debian: apt-get install chromium)")?;
        let profile = tempfile::Builder::new().prefix("chromium-").tempdir()?;
        let mut user_data = OsString::from("--user-data-dir=");
        user_data.push(profile.path());
        let mut command = Command::new(browser);
        command
            .args(["--headless", "--no-sandbox", "--disable-background-networking", "--no-first-run"])
            .args(["--disable-component-update", "--disable-sync", "--no-proxy-server"])
            // It draws, but without a graphics card.
            .args(["--use-angle=swiftshader", "--enable-unsafe-swiftshader"])
            // It may look for whatever it likes, and finds this machine alone.
            .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
            .arg(user_data)
            .args(["--remote-debugging-port=0", "--enable-logging=stderr"])
            .arg(url)
            .env("HOME", profile.path());
        Ok(Self { program: Program::start("the browser", command, deadline)?, _profile: profile })
    }

    /// Waits for a line of the page's console that matches, and answers what the pattern's first group holds.
    pub fn says(&self, pattern: &str) -> Result<String> {
        self.program.says(&format!("{CONSOLE}.*\"{pattern}\", source: "))
    }

    /// Ends it, and answers all that it said.
    pub fn stop(&mut self) -> Vec<String> {
        self.program.stop()
    }
}

/// Of what a browser said, the lines of its console, each as the page wrote it.
pub fn console(lines: &[String]) -> Vec<&str> {
    let texts = lines.iter().filter(|line| line.contains(CONSOLE)).filter_map(|line| {
        let (_, text) = line.split_once("] \"")?;
        Some(text.split("\", source: ").next().unwrap_or(text))
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_told_from_the_rest() {
        let lines = [
            "[1:1:0101/1.1:ERROR:dbus/bus.cc:408] Failed to connect".to_owned(),
            r#"[2:2:0101/1.2:INFO:CONSOLE:3] "SUMMARY {"who":"Ada"}", source: http://127.0.0.1/ (3)"#.to_owned(),
        ];
        assert_eq!(console(&lines), [r#"SUMMARY {"who":"Ada"}"#]);
    }
}
