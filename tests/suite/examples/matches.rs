//! The lobby and its matches: started by the lobby itself, and behind HAProxy with what can happen to one of many.

use super::*;

const SECRET: (&str, &str) = ("MATCH_SECRET", "a secret of the tests");

/// Two players are sent to one match, which the lobby starts, and which ends when both have left.
#[test]
fn matches() -> Result<(), Failure> {
    let example = Example::new("matches")?.with_variable(SECRET.0, SECRET.1);
    let lobby = example.open("lobby.tscn", &["--port=0"])?;
    let url = format!("--lobby=ws://127.0.0.1:{}", lobby.says("listens on port ([0-9]+)")?);
    let ada = example.open("player.tscn", &[&url, "--name=ada"])?;
    ada.says("^ada says hello$")?;
    let grace = example.open("player.tscn", &[&url, "--name=grace"])?;
    grace.says("^sent to match 1$")?;
    ada.says("^grace says hello$")?;
    ada.close()?;
    grace.says("^ada has left match 1$")?;
    grace.close()?;
    lobby.says("^match 1 is over$")?;
    lobby.close()?;
    Ok(())
}

/// A ticket is read by whoever has the secret, and by nobody else; nor is one that was changed, or is too old.
#[test]
fn tickets() -> Result<(), Failure> {
    let example = Example::new("matches")?;
    let script = example.act("tickets.gd", &[])?;
    script.says("^DONE")?;
    script.close()?;
    Ok(())
}

#[cfg(unix)]
mod needs_haproxy {
    use integration_tests::proxy::listens;

    use super::*;

    /// Three matches behind HAProxy. Players move between them; one match is told to end, one is killed; those who play in the
    /// third notice nothing.
    #[test]
    #[ignore = "needs HAProxy"]
    fn one_match_of_many() -> Result<(), Failure> {
        let example = Example::new("matches")?.with_variable(SECRET.0, SECRET.1);
        let ports = [free_port()?, free_port()?, free_port()?, free_port()?];
        let [players, others @ ..] = ports;
        let match_url = format!("--match-url=ws://127.0.0.1:{players}/match/{{id}}");
        let lobby = example.open("lobby.tscn", &["--port=0", "--start=no", &match_url])?;
        let lobby_port = lobby.says("listens on port ([0-9]+)")?;
        let lobby_url = format!("--lobby=ws://127.0.0.1:{lobby_port}");
        let matches = (1..).zip(others).map(|(id, port)| {
            let arguments = [lobby_url.as_str(), &format!("--id={id}"), &format!("--port={port}")];
            let running = example.start_program("match.tscn", &arguments)?;
            lobby.says(&format!("^match {id} listens$"))?;
            Ok(running)
        });
        let [_first, second, mut third]: [Program; 3] =
            matches.collect::<Result<Vec<_>>>()?.try_into().map_err(|_| anyhow::anyhow!("three were started"))?;
        let mut proxy = Command::new("haproxy");
        proxy.arg("-db").arg("-f").arg(workspace::root().join("deploy/haproxy/matches.cfg"));
        proxy.env("PLAYERS", format!("127.0.0.1:{players}")).env("LOBBY", format!("127.0.0.1:{lobby_port}"));
        for (name, port) in ["MATCH_1", "MATCH_2", "MATCH_3"].into_iter().zip(others) {
            proxy.env(name, format!("127.0.0.1:{port}"));
        }
        let mut proxy = Program::start("HAProxy", proxy, example.deadline())?;
        if !listens(&mut proxy, players, example.deadline())? {
            return Err(anyhow::anyhow!("HAProxy has ended:\n{}", proxy.stop().join("\n")).into());
        }

        let url = format!("--lobby=ws://127.0.0.1:{players}");
        let player = |name: &str, more: &[&str]| {
            example.open("player.tscn", &[&[url.as_str(), &format!("--name={name}")], more].concat())
        };
        // Four fill the first match, and whoever comes then has another.
        let mut quiet = Vec::new();
        for name in ["ada", "bob", "carl", "dora"] {
            quiet.push(player(name, &[])?);
            quiet[quiet.len() - 1].says(&format!("^{name} says hello$"))?;
        }
        let stayer = player("emmy", &[])?;
        stayer.says("^sent to match 2$")?;
        stayer.says("^emmy says hello$")?;
        let mover = player("frank", &["--hellos=1"])?;
        mover.says("^sent to match 2$")?;
        mover.says("^sent to match 3$")?;
        stayer.says("^frank has left match 2$")?;

        // Asked to end, the second takes nobody any more, and lets those who play go on for a while.
        second.terminate()?;
        let latecomer = player("gina", &[])?;
        latecomer.says("^sent to match 3$")?;
        stayer.says("^the end: .*1012")?;
        stayer.says("^sent to match 3$")?;
        let (status, _) = second.end()?;
        ensure_equal(status.code(), Some(0))?;
        lobby.says("^match 2 is over$")?;
        for one in [&stayer, &mover, &latecomer] {
            one.says("^emmy plays match 3$")?;
        }

        third.stop();
        lobby.says("^match 3 is over$")?;
        for one in [stayer, mover, latecomer] {
            one.says("^the end: .*(1006|lost)")?;
            one.close()?;
        }
        for one in quiet {
            let lines = one.close()?;
            ensure_equal(lines.iter().find(|line| line.starts_with("the end")), None)?;
        }
        proxy.stop();
        lobby.close()?;
        Ok(())
    }
}
