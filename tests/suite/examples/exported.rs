//! The matches as an exported game, which takes no scene on its command line, started as the files of `deploy/` start it.

use integration_tests::program::Program;

use super::*;

const GAME: &str = "/opt/game/game.x86_64";

/// The rest of the line that begins so in a file of `deploy/`, with other values in it.
fn line(file: &str, begins: &str, changes: &[(&str, &str)]) -> Result<String> {
    let text = fs::read_to_string(workspace::root().join("deploy").join(file))?;
    let mut lines = text.lines().filter_map(|line| line.trim_start().strip_prefix(begins));
    let mut line = lines.next().with_context(|| format!("{file} has no line with {begins}"))?.to_owned();
    for (from, to) in changes {
        ensure!(line.contains(from), "{file} has no {from} in: {line}");
        line = line.replace(from, to);
    }
    Ok(line)
}

/// A lobby and its port.
fn lobby(example: &Example, arguments: &[&str]) -> Result<(Program, String)> {
    let lobby = example.start_main(&[&["--role=lobby", "--port=0"], arguments].concat())?;
    let url = format!("ws://127.0.0.1:{}", lobby.says("listens on port ([0-9]+)")?);
    Ok((lobby, url))
}

/// A player is sent to this match, and heard there.
fn play(example: &Example, lobby: &str, number: &str) -> Result<()> {
    let player = example.start_main(&[&format!("--lobby={lobby}"), "--name=ada"])?;
    player.says(&format!("^sent to match {number}$"))?;
    player.says("^ada says hello$")?;
    Ok(())
}

#[test]
fn exported_matches() -> Result<(), Failure> {
    let example = Example::exported("matches", xtask::package::export_project)?
        .with_variable("MATCH_SECRET", "a secret of the tests");
    let (_lobby, url) = lobby(&example, &[])?;
    play(&example, &url, "1")?;

    let changes = |url| [("--port=9080", "--port=0"), ("ws://lobby:9080", url)];
    let (pods, url) = lobby(&example, &["--start=no"])?;
    let pod = line("kubernetes/match.yaml", "- exec ", &changes(&url))?;
    let pod = example.start_lines(&format!("HOSTNAME=match-0\nexec {pod}"), GAME)?;
    pods.says("^match 0 listens$")?;
    play(&example, &url, "0")?;
    ensure_equal(pod.end()?.0.code(), Some(0))?;

    // Without the socket that systemd would hand over.
    let changes = [("%i", "7"), ("--bind=systemd", "--port=0"), ("ws://127.0.0.1:9080", url.as_str())];
    let unit = line("systemd/match@.service", "ExecStart=", &changes)?;
    let unit = example.start_lines(&format!("exec {unit}"), GAME)?;
    pods.says("^match 7 listens$")?;
    play(&example, &url, "7")?;
    ensure_equal(unit.end()?.0.code(), Some(0))?;
    Ok(())
}

/// What Agones gives to the game comes after the image's `--`.
#[test]
fn agones_fits_the_image() -> Result<(), Failure> {
    let page = fs::read_to_string(workspace::root().join("docs/deploying.md"))?;
    let entry = page.lines().find_map(|line| line.strip_prefix("ENTRYPOINT ")).context("no ENTRYPOINT")?;
    ensure_equal(entry.split(", ").last(), Some("\"--\"]"))?;
    ensure_equal(line("agones/fleet.yaml", "# ENTRYPOINT ", &[])?, entry.to_owned())?;
    ensure_equal(line("agones/fleet.yaml", "args: ", &[])?, "[\"--port=7654\"]".to_owned())?;
    Ok(())
}
