//! The lobby and its matches: started by the lobby itself, and behind HAProxy with what can happen to one of many.

use super::*;

const SECRET: (&str, &str) = ("MATCH_SECRET", "a secret of the tests");

/// Opens a process of the example, as what `role` says, until it is closed.
fn open(example: &Example, role: &str, arguments: &[&str]) -> Result<Scene> {
    example.open("main.tscn", &[&[format!("--role={role}").as_str()], arguments].concat())
}

fn example() -> Result<Example> {
    Ok(Example::new("matches")?.with_variable(SECRET.0, SECRET.1))
}

/// A lobby, and the argument by which others find it.
fn open_lobby(example: &Example, arguments: &[&str]) -> Result<(Scene, String)> {
    let lobby = open(example, "lobby", &[&["--port=0"], arguments].concat())?;
    let url = format!("--lobby=ws://127.0.0.1:{}", lobby.says("listens on port ([0-9]+)")?);
    Ok((lobby, url))
}

/// Two players are sent to one match, which the lobby starts, and which ends when both have left.
#[test]
fn matches() -> Result<(), Failure> {
    let example = example()?;
    let (lobby, url) = open_lobby(&example, &[])?;
    let ada = open(&example, "player", &[&url, "--name=ada"])?;
    ada.says("^ada says hello$")?;
    let grace = open(&example, "player", &[&url, "--name=grace"])?;
    grace.says("^sent to match 1$")?;
    ada.says("^grace says hello$")?;
    ada.close()?;
    grace.says("^ada has left match 1$")?;
    grace.close()?;
    lobby.says("^match 1 is over$")?;
    lobby.close()?;
    Ok(())
}

/// When all places of all matches that there may be are taken, a player waits until one is free.
#[test]
fn only_so_many_matches() -> Result<(), Failure> {
    let example = example()?;
    let (lobby, url) = open_lobby(&example, &["--max-matches=1"])?;
    let mut players = Vec::new();
    for name in ["ada", "bob", "carl", "dora"] {
        players.push(open(&example, "player", &[&url, &format!("--name={name}")])?);
        players[players.len() - 1].says(&format!("^{name} says hello$"))?;
    }
    let late = open(&example, "player", &[&url, "--name=emmy"])?;
    late.says("^waiting: no match has a place yet$")?;
    players.remove(1).close()?;
    late.says("^sent to match 1$")?;
    players[0].says("^emmy says hello$")?;
    late.close()?;
    players.into_iter().try_for_each(|player| player.close().map(drop))?;
    let lines = lobby.close()?;
    ensure_equal(lines.iter().filter(|line| line.ends_with(" listens")).count(), 1)?;
    Ok(())
}

/// A player whom no match lets in gives up, and the lobby has not started matches without end for it.
#[test]
fn nobody_gets_through() -> Result<(), Failure> {
    let example = example()?;
    let nowhere = format!("--match-url=ws://127.0.0.1:{}/match/{{id}}", free_port()?);
    let (lobby, url) = open_lobby(&example, &["--max-matches=2", &nowhere])?;
    let (status, lines) = example.start_main(&[&url, "--name=ada"])?.end()?;
    ensure_equal(status.code(), Some(2))?;
    ensure_equal(lines.iter().filter(|line| line.starts_with("sent to match ")).count(), 3)?;
    let lines = lobby.close()?;
    ensure_equal(lines.iter().filter(|line| line.ends_with(" listens")).count(), 2)?;
    Ok(())
}

/// A match whose process ends before it has registered is tried again, and then the players are told.
#[cfg(unix)]
#[test]
fn no_match_can_be_started() -> Result<(), Failure> {
    let example = example()?;
    let (lobby, url) = open_lobby(&example, &["--match-program=false"])?;
    for name in ["ada", "grace"] {
        let (status, lines) = example.start_main(&[&url, &format!("--name={name}")])?.end()?;
        ensure_equal(status.code(), Some(2))?;
        expect_line(&lines, "not let in: no match can be started; try again later")?;
    }
    let lines = lobby.close()?;
    for number in 1..=3 {
        let line = format!("match {number} has ended before it could be played (try {number} of 3)");
        expect_line(&lines, &line)?;
    }
    Ok(())
}

/// The first pod of a StatefulSet: its match has the number 0.
#[test]
fn match_number_0() -> Result<(), Failure> {
    let example = example()?;
    let (lobby, url) = open_lobby(&example, &["--start=no"])?;
    let ada = open(&example, "player", &[&url, "--name=ada"])?;
    ada.says("^waiting: no match has a place yet$")?;
    let running = example.start_main(&["--role=match", &url, "--id=0"])?;
    ada.says("^sent to match 0$")?;
    ada.says("^ada says hello$")?;
    ada.close()?;
    ensure_equal(running.end()?.0.code(), Some(0))?;
    lobby.says("^match 0 is over$")?;
    lobby.close()?;
    Ok(())
}

/// A match that waits for players in vain ends by itself.
#[test]
fn nobody_comes() -> Result<(), Failure> {
    let example = example()?;
    let (lobby, url) = open_lobby(&example, &["--start=no"])?;
    let running = example.start_main(&["--role=match", &url, "--id=7", "--empty-seconds=2"])?;
    lobby.says("^match 7 listens$")?;
    let (status, lines) = running.end()?;
    ensure_equal(status.code(), Some(0))?;
    expect_line(&lines, "nobody is in match 7")?;
    lobby.says("^match 7 is over$")?;
    lobby.close()?;
    Ok(())
}

#[test]
fn a_role_that_there_is_not() -> Result<(), Failure> {
    let (status, lines) = Example::new("matches")?.start_main(&["--role=spectator"])?.end()?;
    ensure_equal(status.code(), Some(1))?;
    expect_line(&lines, "--role=spectator is none of lobby, match, player")?;
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
    use std::time::Instant;

    use integration_tests::{proxy::listens, raw::RawSocket};

    use super::*;

    /// Three matches behind HAProxy. Players move between them; one match is told to end, one is killed; those who play in the
    /// third notice nothing.
    #[test]
    #[ignore = "needs HAProxy"]
    fn one_match_of_many() -> Result<(), Failure> {
        let example = example()?;
        let ports = [free_port()?, free_port()?, free_port()?, free_port()?];
        let [players, others @ ..] = ports;
        let match_url = format!("--match-url=ws://127.0.0.1:{players}/match/{{id}}");
        let (lobby, lobby_url) = open_lobby(&example, &["--start=no", &match_url, "--trusted-proxies=127.0.0.1"])?;
        let lobby_port = lobby.says("listens on port ([0-9]+)")?;
        let matches = (1..).zip(others).map(|(id, port)| {
            let arguments = ["--role=match", &lobby_url, &format!("--id={id}"), &format!("--port={port}")];
            let running = example.start_main(&arguments)?;
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
            open(&example, "player", &[&[url.as_str(), &format!("--name={name}")], more].concat())
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
        is_alive_while_it_drains(others[1], example.deadline())?;
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

    /// A match that drains is out of rotation, and no reason for Kubernetes to kill it; see `deploy/kubernetes/match.yaml`.
    fn is_alive_while_it_drains(port: u16, deadline: Instant) -> Result<()> {
        let page = |path: &str| -> Result<String> {
            let mut client = RawSocket::connect_to(port)?;
            client.send(format!("GET {path} HTTP/1.1\r\nHost: match\r\n\r\n").as_bytes())?;
            Ok(String::from_utf8(client.read_to_end()?)?)
        };
        while !page("/health")?.starts_with("HTTP/1.1 503 ") {
            ensure!(Instant::now() < deadline, "it never drains");
        }
        let alive = page("/metrics")?;
        ensure!(alive.starts_with("HTTP/1.1 200 "), "while it drains, it is alive: {alive}");
        Ok(())
    }
}
