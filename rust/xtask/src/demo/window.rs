//! The game in one window, for people to play.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::process::Reaped;
use crate::{engine, project, workspace};

/// Opens the game at its menu; with bots, at once in a match with them. Returns when the window is closed.
pub(super) fn open(bots: u8) -> Result<()> {
    let engine = engine::locate_or_fetch()?;
    let project = workspace::demo_project();
    project::prepare(&engine, &project)?;
    let mut command = Command::new(engine);
    command.arg("--path").arg(project).args(arguments(bots)).stdin(Stdio::null());
    let status = Reaped::spawn(&mut command)?.child().wait()?;
    if !status.success() {
        bail!("the game ended with {status}");
    }
    Ok(())
}

fn arguments(bots: u8) -> Vec<String> {
    if bots == 0 {
        return Vec::new();
    }
    ["--", "--role=host"].map(str::to_owned).into_iter().chain([format!("--bots={bots}")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_skip_the_menu() {
        assert_eq!(arguments(0), [""; 0]);
        assert_eq!(arguments(7), ["--", "--role=host", "--bots=7"]);
    }
}
