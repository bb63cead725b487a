//! The projects in `examples/`, each run as its README says.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener},
    process::Command,
    thread,
};

use anyhow::{Context as _, Result, anyhow, ensure};
use integration_tests::{
    Failure,
    browser::Browser,
    example::{Example, Scene, expect_line},
    program::Program,
};
use rust_websocket_engine::{needs, workspace};
use xtask::web::server::WebServer;

mod agones;
mod by_hand;
#[cfg(target_os = "linux")]
mod exported;
mod json_api;
mod matches;

/// A port that nobody listens on at this moment.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Two people talk in a room; one leaves, and the next finds the door closed.
#[test]
fn chat() -> Result<(), Failure> {
    let example = Example::new("chat")?;
    let host = example.open_with_person(
        "chat.tscn",
        &[
            "type:Nickname=Ada",
            "type:Address=127.0.0.1:0",
            "press:Host",
            "see:Grace: [b]hello[/b]",
            "say:hello, Grace",
            "see:(somebody has left)",
        ],
    )?;
    let port = host.says("Others can join at port ([0-9]+)")?;
    let address = format!("type:Address=127.0.0.1:{port}");
    let guest = example.open_with_person(
        "chat.tscn",
        &[
            "closed:Line",
            "type:Nickname=Grace",
            &address,
            "press:Join",
            "see:You are in.",
            "say:[b]hello[/b]",
            "see:Ada: hello, Grace",
            "press:Leave",
            "closed:Line",
        ],
    )?;
    guest.says("^DONE")?;
    host.says("^DONE")?;
    guest.close()?;
    host.close()?;

    let late = example.open_with_person("chat.tscn", &[&address, "press:Join", "see:Could not join", "press:Join"])?;
    late.says("^HISTORY - Could not join: no connection to 127.0.0.1:[0-9]+: connection refused")?;
    late.says("^DONE")?;
    late.close()?;
    Ok(())
}

/// Who knows the secret is let in; who does not, whoever nobody knows, and who says nothing, is not.
#[test]
fn login_server() -> Result<(), Failure> {
    const NOT_LET_IN: i32 = 2;
    const REFUSED: &str = "not let in: closed by the other side with code 4001: wrong name or secret";
    let example = Example::new("login_server")?;
    let server = example.open("server.tscn", &["--port=0"])?;
    let url = format!("--url=ws://127.0.0.1:{}", server.says("listening on port ([0-9]+)")?);
    let log_in = |name: &str, secret: &str| {
        example.run("client.tscn", &[&url, &format!("--name={name}"), &format!("--secret={secret}")])
    };

    let (code, lines) = log_in("ada", "difference engine")?;
    expect_line(&lines, "the server says: Welcome, ada.")?;
    ensure_equal(code, 0)?;
    for (name, secret) in [("ada", "nanosecond"), ("charles", ""), ("", ""), ("grace", "")] {
        let (code, lines) = log_in(name, secret)?;
        expect_line(&lines, REFUSED)?;
        ensure_equal(code, NOT_LET_IN)?;
    }
    let port = server.says("listening on port ([0-9]+)")?.parse()?;
    for answer in [&[0xff; 4000][..], b"", b"short"] {
        let mut stranger = by_hand::Client::join(port, example.deadline())?;
        stranger.packet_of_kind(7)?;
        // Whoever tries again is not asked again.
        stranger.send(&[b"\x07\x00x", answer].concat())?;
        stranger.send(&[b"\x07\x00y", answer].concat())?;
        stranger.send(b"\x07\x00")?;
        ensure_equal(stranger.end()?, Some(4001))?;
    }
    let (code, lines) = log_in("grace", "nanosecond")?;
    expect_line(&lines, "the server says: Welcome, grace.")?;
    ensure_equal(code, 0)?;

    server.says("grace has left")?;
    let lines = server.close()?;
    expect_line(&lines, "ada is in")?;
    ensure_equal(lines.iter().filter(|line| *line == "somebody was not let in").count(), 7)?;
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "so that tests need no ampersands")]
fn ensure_equal<T: PartialEq + std::fmt::Debug>(actual: T, wanted: T) -> Result<()> {
    ensure!(actual == wanted, "expected {wanted:?}, got {actual:?}");
    Ok(())
}

/// The game before and after the change, on either end.
#[test]
fn migration() -> Result<(), Failure> {
    let example = Example::new("migration")?;
    for (server, client) in [("before", "before"), ("before", "after"), ("after", "before"), ("after", "after")] {
        let (host, port) = hosting(&example, server)?;
        let guest = example.open(&format!("{client}.tscn"), &[&format!("--join=ws://127.0.0.1:{port}")])?;
        guest.says("^the server says: hello")?;
        host.says("^a client says: hello")?;
        guest.close()?;
        host.close()?;
    }
    Ok(())
}

/// A server on a port that is known beforehand, as the built-in class needs it: between finding it free and listening
/// on it, another process may take it.
fn hosting(example: &Example, server: &str) -> Result<(Scene, u16)> {
    for _attempt in 0..8 {
        let port = free_port()?;
        let host = example.open(&format!("{server}.tscn"), &[&format!("--host={port}")])?;
        if host.says("^(hosting|cannot host)")? == "hosting" {
            return Ok((host, port));
        }
    }
    Err(anyhow::anyhow!("no port to host on"))
}

/// The RPC that `docs/protocol.md` shows, by a client without an engine; and the one that comes back.
#[test]
fn rpc_by_hand() -> Result<(), Failure> {
    let page = fs::read_to_string(workspace::root().join("docs/protocol.md"))?;
    let example = Example::new("migration")?;
    let (host, port) = hosting(&example, "after")?;
    let mut client = by_hand::Client::join(port, example.deadline())?;
    client.send(&by_hand::bytes_of(&page, "<!-- test: rpc -->")?)?;
    host.says("^a client says: hi$")?;
    // The server greets whoever comes, by path as long as nobody has agreed on a number.
    let proposal = client.packet_of_kind(1)?;
    ensure_equal(proposal.get(33), Some(&0))?;
    ensure_equal(proposal.get(38..), Some(&b"Game\0"[..]))?;
    let call = client.packet_of_kind(0)?;
    ensure_equal(call.first(), Some(&0x20))?;
    let offset = call.get(1..5).and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?) & !(1 << 31)));
    let offset = usize::try_from(offset.context("no node")?)?;
    ensure_equal(call.get(offset..), Some(&b"Game\0"[..]))?;
    ensure_equal(call.get(5..offset), Some(&b"\x00\x01\x04\0\0\0\x05\0\0\0hello\0\0\0"[..]))?;
    client.leave()?;
    host.close()?;
    Ok(())
}

/// What the README says: two lines, and only the class in them.
#[test]
fn migration_changes_two_lines() -> Result<(), Failure> {
    let folder = workspace::root().join("examples/migration");
    let before = fs::read_to_string(folder.join("before.gd"))?;
    let after = fs::read_to_string(folder.join("after.gd"))?;
    let changed: Vec<_> = before.lines().zip(after.lines()).filter(|(before, after)| before != after).collect();
    ensure_equal(changed.len(), 2)?;
    ensure_equal(before.lines().count(), after.lines().count())?;
    for (before, after) in changed {
        ensure_equal(before.replace("WebSocket", "RustWebSocket"), after.to_owned())?;
    }
    Ok(())
}

/// A client that comes back after the server's restart and has its points again, and one that is not wanted and stays away.
#[test]
fn reconnect() -> Result<(), Failure> {
    let example = Example::new("reconnect")?;
    let saves = tempfile::Builder::new().prefix("reconnect-").tempdir()?;
    let save = format!("--save={}", saves.path().join("players.cfg").display());
    let server = example.open("server.tscn", &["--port=0", &save])?;
    let port = server.says("listening on port ([0-9]+)")?;
    let url = format!("--url=ws://127.0.0.1:{port}");
    let player = example.open("client.tscn", &[&url, "--token=ada"])?;
    player.says("^points: 1$")?;
    server.says("^ada is here with 0$")?;

    let (code, lines) = example.run("client.tscn", &[&url, "--token=banned"])?;
    ensure_equal(code, 2)?;
    expect_line(&lines, "not trying again: closed by the other side with code 4001: not wanted here")?;

    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a door")?;
    let refused = format!("--url=ws://{}", door.local_addr().context("its address")?);
    let answer = thread::spawn(move || -> io::Result<()> {
        let (mut peer, _) = door.accept()?;
        let mut head = BufReader::new(peer.try_clone()?).lines();
        while head.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        peer.write_all(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
    });
    let (code, lines) = example.run("client.tscn", &[&refused])?;
    ensure_equal(code, 2)?;
    expect_line(&lines, "not trying again: handshake failed: the server answered HTTP 401 Unauthorized")?;
    answer.join().map_err(|_| anyhow!("the door has panicked"))?.context("the door")?;

    server.close()?;
    player.says("^the other side has quit .*; trying again in 0\\.[2-5] s$")?;
    player.says("^no connection to .*; trying again in [0-9.]+ s$")?;
    let server = example.open("server.tscn", &[&format!("--port={port}"), &save])?;
    player.says("^points: 2$")?;
    server.says("^ada is here with 1$")?;
    player.close()?;
    server.says("^ada has gone$")?;
    server.close()?;
    Ok(())
}

/// Three players in two rooms, of whom one walks from one to the other: each sees what is in theirs.
#[test]
fn rooms() -> Result<(), Failure> {
    let example = Example::new("rooms")?;
    let host = example.open_with_person("rooms.tscn", &["type:Address=127.0.0.1:0", "press:Host"])?;
    let address = format!("type:Address=127.0.0.1:{}", host.says("Others can join at port ([0-9]+)")?);
    let person = |name: &str, steps: &[&str]| {
        let name = format!("type:Nickname={name}");
        let arrival = [name.as_str(), &address, "press:Join", "see:You are in the lobby."];
        example.open_with_person("rooms.tscn", &[&arrival, steps].concat())
    };
    let grace = person(
        "Grace",
        &[
            "press:Enter",
            "see:Grace is in kitchen",
            "see:Ada is in kitchen",
            "see:Ada is at 1 in kitchen",
            "see:Ada has left kitchen",
            "press:Walk",
            "see:Grace is at 1 in kitchen",
        ],
    )?;
    grace.says("^HISTORY Grace is in kitchen")?;
    let charles = person("Charles", &["type:Room=hall", "press:Enter", "see:Ada is in hall"])?;
    charles.says("^HISTORY Charles is in hall")?;
    let ada = person(
        "Ada",
        &[
            "press:Enter",
            "see:Ada is in kitchen",
            "see:Grace is in kitchen",
            "press:Walk",
            "see:Ada is at 1 in kitchen",
            "type:Room=hall",
            "press:Enter",
            "see:There is no room any more: kitchen",
            "see:Ada is in hall",
            "see:Charles is in hall",
        ],
    )?;
    for scene in [&ada, &grace, &charles] {
        scene.says("^DONE")?;
    }
    for (scene, stranger) in [(ada, "at 1 in hall"), (grace, "hall"), (charles, "kitchen")] {
        let lines = scene.close()?;
        ensure_equal(lines.iter().find(|line| line.contains(stranger)), None)?;
    }
    host.says("There is no room any more: hall")?;
    host.close()?;
    Ok(())
}

/// The example's client at the example's server.
#[test]
fn json_client() -> Result<(), Failure> {
    let example = Example::new("json_client")?;
    let server = example.open("server.tscn", &["--port=0"])?;
    let url = format!("--url=ws://127.0.0.1:{}/api?version=1", server.says("listening on port ([0-9]+)")?);
    let (code, lines) = example.run("client.tscn", &[&url])?;
    ensure_equal(code, 0)?;
    for wanted in ["news: welcome", "2 + 40 = 42", "1 / 0: division by zero", "closed with 1000 goodbye"] {
        expect_line(&lines, wanted)?;
    }
    server.says("a client asks for api\\?version=1")?;
    server.says("a client has gone with 1000")?;
    let port = server.says("listening on port ([0-9]+)")?.parse()?;
    ensure_equal(json_api::offend(port, example.deadline())?, vec![1007; 3])?;
    server.close()?;
    Ok(())
}

/// The example's client at a server of another make, which sees what it sends and breaks off in the middle.
#[test]
fn json_client_elsewhere() -> Result<(), Failure> {
    let example = Example::new("json_client")?;
    let server = json_api::Server::start(example.deadline())?;
    let url = format!("--url=ws://127.0.0.1:{}/api", server.port());
    let (code, lines) = example.run("client.tscn", &[&url])?;
    server.end()?;
    ensure_equal(code, 1)?;
    for wanted in ["news: welcome", "2 + 40 = 42", "1 / 0: the connection has ended", "closed with 1001 gone"] {
        expect_line(&lines, wanted)?;
    }
    Ok(())
}

mod needs_chromium {
    use super::*;

    /// The page in a real browser, with a player of the engine on the same server.
    #[test]
    #[ignore = "needs Chromium"]
    fn web_page() -> Result<(), Failure> {
        let example = Example::new("web_page")?;
        let server = example.open("server.tscn", &["--port=0"])?;
        let port = server.says("listening on port ([0-9]+)")?;
        let page = example.folder().join("page");
        let web = WebServer::start(vec![
            ("/visitor.html".to_owned(), workspace::root().join("tests/examples/visitor.html")),
            ("/page/index.html".to_owned(), page.join("index.html")),
            ("/page/godot_connection.js".to_owned(), page.join("godot_connection.js")),
        ])?;

        let mut browser =
            Browser::open(&web.url(&format!("/visitor.html?url=ws://127.0.0.1:{port}")), example.deadline())?;
        let outcome = (|| {
            ensure_equal(web.report(example.deadline())?, "talked".to_owned())?;
            server.says("^a visitor says: grüße from a page$")?;
            // A player with an engine, who speaks to all by the same server.
            let player = example.act("player.gd", &[&format!("--url=ws://127.0.0.1:{port}")])?;
            player.says("^HEARD [0-9]+: grüße from the engine")?;
            ensure_equal(web.report(example.deadline())?, "heard the engine".to_owned())?;
            player.close()?;
            server.close()?;
            ensure_equal(web.report(example.deadline())?, "ended: The connection has ended: code 1001.".to_owned())
        })();
        let lines = browser.stop();
        outcome.with_context(|| format!("the browser said:\n{}", lines.join("\n")))?;
        Ok(())
    }
}

mod needs_node {
    use super::*;

    /// The page's script in Node.
    #[test]
    #[ignore = "needs Node with a WebSocket client"]
    fn web_page() -> Result<(), Failure> {
        let flags = needs::node().context("this test needs Node with a WebSocket client (22, or 20.10 and later)")?;
        let example = Example::new("web_page")?;
        let server = example.open("server.tscn", &["--port=0"])?;
        let port = server.says("listening on port ([0-9]+)")?;
        let mut command = Command::new("node");
        command
            .args(flags)
            .arg("--no-warnings")
            .arg(workspace::root().join("tests/examples/visitor.mjs"))
            .arg(format!("ws://127.0.0.1:{port}"))
            .arg(example.folder().join("page/godot_connection.js"));
        let (status, lines) = Program::start("node", command, example.deadline())?.end()?;
        expect_line(&lines, "done")?;
        ensure_equal(status.code(), Some(0))?;
        server.says("^a visitor says: hello$")?;
        server.close()?;
        Ok(())
    }
}
