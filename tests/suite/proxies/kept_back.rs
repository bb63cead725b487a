//! What the proxies of `deploy/` keep back, and when they send nobody more: asked by hand, with a stand-in for the game, which answers
//! everything that reaches it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use integration_tests::{
    Stage,
    proxy::{Configuration, Proxy},
    raw::RawSocket,
};
use tiny_http::{Response, Server};

const DEADLINE: Duration = Duration::from_secs(60);

/// What is not for players, in every way that it can be asked for.
const KEPT_BACK: [&str; 8] = [
    "/metrics",
    "/health",
    "/metrics?a=b",
    "//metrics",
    "/%6detrics",
    "http://play.example.com/metrics",
    "/game/../metrics",
    "/",
];

/// A game as a proxy sees it.
struct Game {
    server: Arc<Server>,
    health: Arc<AtomicU16>,
    checks: Arc<AtomicUsize>,
}

impl Game {
    fn start() -> Result<Self> {
        let server = Server::http("127.0.0.1:0").map_err(|error| anyhow::anyhow!("no stand-in: {error}"))?;
        let game = Self { server: Arc::new(server), health: Arc::new(AtomicU16::new(200)), checks: Arc::default() };
        let (server, health, checks) = (Arc::clone(&game.server), Arc::clone(&game.health), Arc::clone(&game.checks));
        thread::spawn(move || {
            for request in server.incoming_requests() {
                let is_check = request.url() == "/health";
                let status = if is_check { health.load(Ordering::SeqCst) } else { 200 };
                // An asker who has gone hears nothing.
                let _ = request.respond(Response::from_string("the game").with_status_code(status));
                if is_check {
                    checks.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Ok(game)
    }

    fn address(&self) -> Result<String> {
        Ok(self.server.server_addr().to_ip().context("the stand-in has no port")?.to_string())
    }

    /// From now on the health check is answered so; waits until the proxy has asked a few times.
    fn is_seen_with(&self, stage: &Stage, status: u16) -> Result<()> {
        self.health.store(status, Ordering::SeqCst);
        let before = self.checks.load(Ordering::SeqCst);
        stage.wait_until("the proxy's checks", || Ok(self.checks.load(Ordering::SeqCst) >= before + 3))
    }
}

impl Drop for Game {
    fn drop(&mut self) {
        self.server.unblock();
    }
}

/// Asks the proxy, and answers the status.
fn ask(stage: &Stage, target: &str) -> Result<u16> {
    let mut client = RawSocket::connect_to(stage.wait_for_port("proxy")?)?;
    client.send(format!("GET {target} HTTP/1.1\r\nHost: play.example.com\r\nConnection: close\r\n\r\n").as_bytes())?;
    let answer = String::from_utf8(client.read_to_end()?)?;
    let status = answer.split(' ').nth(1).with_context(|| format!("{target} was answered with {answer:?}"))?;
    Ok(status.parse()?)
}

fn expect(stage: &Stage, target: &str, wanted: u16) -> Result<()> {
    let status = ask(stage, target)?;
    ensure!(status == wanted, "{target} was answered with {status}, not {wanted}");
    Ok(())
}

/// Players get through; nobody gets at the pages.
fn keeps_back(stage: &Stage, for_players: &[&str]) -> Result<()> {
    for_players.iter().try_for_each(|target| expect(stage, target, 200))?;
    KEPT_BACK.iter().try_for_each(|target| expect(stage, target, 404))
}

fn stage() -> Result<Stage> {
    Stage::new(Instant::now() + DEADLINE)
}

mod needs_haproxy {
    use super::*;

    fn one_game(stage: &Stage, game: &Game) -> Result<Proxy> {
        let address = game.address()?;
        Proxy::haproxy(stage, |port| {
            Configuration::read("haproxy/haproxy.cfg")?
                .change("bind :80", &format!("bind 127.0.0.1:{port}"))?
                .change("bind :443 ssl crt /etc/haproxy/game.pem alpn http/1.1", &format!("bind abns@unused.{port}"))?
                .change("127.0.0.1:9080", &address)?
                .change("inter 1s", "inter 20ms")
        })
    }

    fn matches(stage: &Stage, lobby: &Game, game: &Game) -> Result<Proxy> {
        let (lobby, address) = (lobby.address()?, game.address()?);
        Proxy::haproxy(stage, |port| {
            Configuration::read("haproxy/matches.cfg")?
                .change("\"${PLAYERS}\"", &format!("127.0.0.1:{port}"))?
                .change("\"${LOBBY}\"", &lobby)?
                .change("\"${MATCH_1}\"", &address)?
                .change("\"${MATCH_2}\"", &address)?
                .change("\"${MATCH_3}\"", &address)?
                .change("inter 1s", "inter 20ms")
        })
    }

    #[test]
    #[ignore = "needs HAProxy"]
    fn pages_of_one_game() -> Result<(), integration_tests::Failure> {
        let (stage, game) = (stage()?, Game::start()?);
        let _proxy = one_game(&stage, &game)?;
        keeps_back(&stage, &["/game", "/game?ticket=a"])?;
        // A game that drains, one without a health path, and one with it.
        for (health, wanted) in [(503, 503), (426, 200), (503, 503), (200, 200)] {
            game.is_seen_with(&stage, health)?;
            expect(&stage, "/game", wanted)?;
        }
        Ok(())
    }

    #[test]
    #[ignore = "needs HAProxy"]
    fn pages_of_matches() -> Result<(), integration_tests::Failure> {
        let (stage, lobby, game) = (stage()?, Game::start()?, Game::start()?);
        let _proxy = matches(&stage, &lobby, &game)?;
        keeps_back(&stage, &["/lobby?name=ada", "/match/1?ticket=a", "/match/3"])?;
        for target in ["/match/1/../../metrics", "/match/1/metrics", "/lobby/../health", "/register", "/match/"] {
            expect(&stage, target, 404)?;
        }
        game.is_seen_with(&stage, 503)?;
        expect(&stage, "/match/2", 503)?;
        expect(&stage, "/lobby", 200)?;
        Ok(())
    }
}

mod needs_nginx {
    use super::*;

    #[test]
    #[ignore = "needs nginx"]
    fn pages_of_one_game() -> Result<(), integration_tests::Failure> {
        let (stage, game) = (stage()?, Game::start()?);
        let address = game.address()?;
        let _proxy = Proxy::nginx(&stage, |port| {
            Configuration::read("nginx/game.conf")?
                .change("listen 80;", &format!("listen 127.0.0.1:{port};"))?
                .change("listen 443 ssl;", "")?
                .change("ssl_certificate     /etc/letsencrypt/live/play.example.com/fullchain.pem;", "")?
                .change("ssl_certificate_key /etc/letsencrypt/live/play.example.com/privkey.pem;", "")?
                .change("http://127.0.0.1:9080", &format!("http://{address}"))
        })?;
        keeps_back(&stage, &["/game", "/game?ticket=a"])?;
        Ok(())
    }
}
