//! Servers behind proxies: whose a connection is, and that nobody is believed who is not trusted. The first tests play the
//! proxy; the others start real ones with the configurations that users copy.

use anyhow::{Context as _, Result, ensure};
use integration_tests::{
    Scenario, Stage,
    certificates::{Authority, Server, trust},
    proxy::{Configuration, PROXY, Proxy},
    raw::{RawSocket, request},
};

mod kept_back;

/// What somebody says who comes by a proxy, below HTTP and in it, and whom the server takes it for: address, port (`*` for any)
/// and scheme.
type Visitor = (&'static [u8], &'static [&'static str], &'static str);

/// A head of version 2: 192.0.2.7 with port 4660.
const VERSION_2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\x7f\0\0\x01\x12\x34\x23\x78";

/// A head of version 1, of the same.
const VERSION_1: &[u8] = b"PROXY TCP4 192.0.2.7 127.0.0.1 4660 9080\r\n";

/// How a server answers those whom it does not let in.
const CLOSED: &str = "closed";
const BAD_REQUEST: &str = "HTTP/1.1 400 ";

fn who(trusted: &str, protocol: &str, visitors: &'static [Visitor]) -> Scenario {
    Scenario::new("proxies/who", &["server"])
        .incomparable("the built-in class knows of no proxies")
        .option("trusted", trusted)
        .option("protocol", protocol)
        .with("proxy", move |stage| visit(stage, visitors))
}

fn visit(stage: &Stage, visitors: &[Visitor]) -> Result<()> {
    let mut number = 0;
    for (first, lines, expected) in visitors {
        let mut client = RawSocket::connect(stage)?;
        client.send(first)?;
        client.send(request(lines).as_bytes())?;
        if matches!(*expected, CLOSED | BAD_REQUEST) {
            let answer = client.read_to_end()?;
            let is_as_expected =
                if *expected == CLOSED { answer.is_empty() } else { answer.starts_with(expected.as_bytes()) };
            ensure!(is_as_expected, "{lines:?}: {}", String::from_utf8_lossy(&answer));
            continue;
        }
        client.read_id()?;
        let told = stage.wait_for(&format!("visitor.{number}"))?;
        let is_expected =
            expected.split(' ').zip(told.split(' ')).all(|(expected, told)| expected == "*" || expected == told);
        ensure!(is_expected, "{lines:?}: expected {expected}, got {told}");
        number += 1;
    }
    stage.leave("done", "")
}

scenario!(
    /// The headers of a proxy that is trusted.
    headers,
    ours,
    who("127.0.0.0/8,10.0.0.1", "0", &[
        (b"", &["Forwarded: for=1.1.1.1, for=\"[2001:db8::7]:4711\";proto=https"], "2001:db8:0:0:0:0:0:7 4711 wss"),
        (b"", &["X-Forwarded-For: 1.1.1.1, 192.0.2.7, 10.0.0.1", "X-Forwarded-Proto: https"], "192.0.2.7 0 wss"),
        (b"", &["X-Real-IP: 192.0.2.7"], "192.0.2.7 0 ws"),
        // Who hides a player is one itself.
        (b"", &["Forwarded: for=unknown"], "127.0.0.1 * ws"),
    ])
);

scenario!(
    /// The same from whoever likes to say so.
    headers_of_a_stranger,
    ours,
    who("10.0.0.1", "1", &[
        (b"", &["Forwarded: for=1.1.1.1;proto=https"], "127.0.0.1 * ws"),
        (VERSION_1, &[], BAD_REQUEST),
        (VERSION_2, &[], BAD_REQUEST),
    ])
);

scenario!(
    /// The PROXY protocol of a proxy that may speak it.
    protocol_optional,
    ours,
    who("127.0.0.1", "1", &[
        (VERSION_1, &[], "192.0.2.7 4660 ws"),
        (VERSION_2, &[], "192.0.2.7 4660 ws"),
        // The player may say what it likes.
        (VERSION_2, &["X-Forwarded-For: 1.1.1.1"], "192.0.2.7 4660 ws"),
        (b"", &["X-Forwarded-For: 192.0.2.8"], "192.0.2.8 0 ws"),
        (b"PROXY nonsense\r\n", &[], CLOSED),
    ])
);

scenario!(
    /// The PROXY protocol of a proxy that has to speak it.
    protocol_required,
    ours,
    who("", "2", &[(VERSION_1, &[], "192.0.2.7 4660 ws"), (b"", &[], CLOSED), (VERSION_2, &[], "192.0.2.7 4660 ws")])
);

scenario!(
    /// The PROXY protocol of somebody who is not the proxy.
    protocol_of_a_stranger,
    ours,
    who("10.0.0.1", "2", &[(VERSION_1, &[], CLOSED)])
);

fn through(url: &str) -> Scenario {
    Scenario::solo("proxies/through").incomparable("the built-in class knows of no proxies").option("url", url).files(
        |files| {
            let root = Authority::root("The Root")?;
            let identity = root.issue(Server::default())?;
            identity.write(files)?;
            std::fs::write(files.join("game.pem"), format!("{}{}", identity.certificates, identity.key))?;
            trust(files, &root.pem())
        },
    )
}

/// A path among the files of a run.
fn path(stage: &Stage, file: &str) -> Result<String> {
    Ok(stage.files().join(file).to_str().context("an odd path")?.to_owned())
}

mod needs_haproxy {
    use super::*;

    /// The door that is tried is `with`; the other one gets no port.
    fn haproxy(stage: &Stage, with: &str, without: &str) -> Result<()> {
        let server = stage.wait_for_port("server")?;
        let pem = path(stage, "game.pem")?;
        let _proxy = Proxy::haproxy(stage, |port| {
            Configuration::read("haproxy/haproxy.cfg")?
                .change(&format!("bind {with}"), &format!("bind 127.0.0.1:{port}"))?
                .change(&format!("bind {without}"), &format!("bind abns@unused.{port}"))?
                .change("/etc/haproxy/game.pem", &pem)?
                .change("127.0.0.1:9080", &format!("127.0.0.1:{server} source {PROXY}"))
        })?;
        stage.wait_for("done").map(drop)
    }

    #[test]
    #[ignore = "needs HAProxy"]
    fn plain() -> Result<(), integration_tests::Failure> {
        let scenario = through("ws://127.0.0.1:%d/game").with("proxy", |stage| haproxy(stage, ":80", ":443"));
        scenario.check(module_path!(), integration_tests::Cast::OURS).map(drop)
    }

    #[test]
    #[ignore = "needs HAProxy"]
    fn tls_ends_there() -> Result<(), integration_tests::Failure> {
        let scenario = through("wss://localhost:%d/game").with("proxy", |stage| haproxy(stage, ":443", ":80"));
        scenario.check(module_path!(), integration_tests::Cast::OURS).map(drop)
    }

    /// Through the configuration of many matches, by one of its doors.
    fn one_of_many(door: &str) -> Result<(), integration_tests::Failure> {
        let scenario = through(&format!("ws://127.0.0.1:%d/{door}")).with("proxy", |stage| {
            let server = format!("127.0.0.1:{} source {PROXY}", stage.wait_for_port("server")?);
            let _proxy = Proxy::haproxy(stage, |port| {
                Configuration::read("haproxy/matches.cfg")?
                    .change("\"${PLAYERS}\"", &format!("127.0.0.1:{port}"))?
                    .change("\"${LOBBY}\"", &server)?
                    .change("\"${MATCH_1}\"", &server)?
                    .change("\"${MATCH_2}\"", &server)?
                    .change("\"${MATCH_3}\"", &server)
            })?;
            stage.wait_for("done").map(drop)
        });
        scenario.check(module_path!(), integration_tests::Cast::OURS).map(drop)
    }

    #[test]
    #[ignore = "needs HAProxy"]
    fn lobby() -> Result<(), integration_tests::Failure> {
        one_of_many("lobby")
    }

    #[test]
    #[ignore = "needs HAProxy"]
    fn one_match() -> Result<(), integration_tests::Failure> {
        one_of_many("match/2")
    }

    #[test]
    #[ignore = "needs HAProxy"]
    fn tls_passes_through() -> Result<(), integration_tests::Failure> {
        let scenario = through("wss://localhost:%d")
            .option("tls", "own")
            .option("protocol", "2")
            .option("port", "told")
            .with("proxy", |stage| {
                let server = stage.wait_for_port("server")?;
                let _proxy = Proxy::haproxy(stage, |port| {
                    Configuration::read("haproxy/passthrough.cfg")?
                        .change("bind :443", &format!("bind 127.0.0.1:{port}"))?
                        .change("127.0.0.1:9080", &format!("127.0.0.1:{server} source {PROXY}"))
                })?;
                stage.wait_for("done").map(drop)
            });
        scenario.check(module_path!(), integration_tests::Cast::OURS).map(drop)
    }
}

mod needs_nginx {
    use super::*;

    fn nginx(stage: &Stage, plain: bool) -> Result<()> {
        let server = stage.wait_for_port("server")?;
        let (certificate, key) = (path(stage, "server.crt")?, path(stage, "server.key")?);
        let _proxy = Proxy::nginx(stage, |port| {
            let (of_plain, of_tls) = if plain { (port, 0) } else { (0, port) };
            let door =
                |port, kind: &str| if port == 0 { String::new() } else { format!("listen 127.0.0.1:{port}{kind};") };
            Configuration::read("nginx/game.conf")?
                .change("listen 80;", &door(of_plain, ""))?
                .change("listen 443 ssl;", &door(of_tls, " ssl"))?
                .change("/etc/letsencrypt/live/play.example.com/fullchain.pem", &certificate)?
                .change("/etc/letsencrypt/live/play.example.com/privkey.pem", &key)?
                .change(
                    "proxy_pass http://127.0.0.1:9080;",
                    &format!("proxy_pass http://127.0.0.1:{server}; proxy_bind {PROXY};"),
                )
        })?;
        stage.wait_for("done").map(drop)
    }

    #[test]
    #[ignore = "needs nginx"]
    fn plain() -> Result<(), integration_tests::Failure> {
        let scenario = through("ws://127.0.0.1:%d/game").with("proxy", |stage| nginx(stage, true));
        scenario.check(module_path!(), integration_tests::Cast::OURS).map(drop)
    }

    #[test]
    #[ignore = "needs nginx"]
    fn tls_ends_there() -> Result<(), integration_tests::Failure> {
        let scenario = through("wss://localhost:%d/game").with("proxy", |stage| nginx(stage, false));
        scenario.check(module_path!(), integration_tests::Cast::OURS).map(drop)
    }
}
