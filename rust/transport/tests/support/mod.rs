//! A server and its clients in one thread, polled in turn until what a test waits for has come.
//!
//! In test programs whose name ends in `across`, each of them has its network on a thread of its own: see `across.rs`.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rust_websocket_transport::clock::Clock;
use rust_websocket_transport::config::Settings;
use rust_websocket_transport::entropy::Entropy;
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Client, Endpoint};
use rust_websocket_transport::game::{Recipients, Server};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::network::mio::Mio;
use rust_websocket_transport::network::resolve::join_lookups;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::stream::tls::server::ServerTls;
use rust_websocket_transport::wire::url::Url;
use tungstenite::handshake::derive_accept_key;

/// Long enough for the busiest machine; nothing that works takes it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a client asks for by hand.
pub(crate) const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// The message that gives a client the id 7.
pub(crate) const ID: &[u8] = &[0x82, 4, 7, 0, 0, 0];

/// Answers a client's request by hand, and gives it the id 7.
pub(crate) fn let_in(stream: &mut TcpStream, request: &[u8]) {
    accept(stream, request);
    stream.write_all(ID).unwrap();
}

/// Answers a client's request by hand. It has no id yet.
pub(crate) fn accept(stream: &mut TcpStream, request: &[u8]) {
    let request = str::from_utf8(request).unwrap();
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .unwrap();
}

/// What a client asks for by hand, with these lines more.
pub(crate) fn request(target: &str, lines: &[&str]) -> Vec<u8> {
    let lines: String = lines.iter().map(|line| format!("\r\n{line}")).collect();
    let request = str::from_utf8(REQUEST).unwrap().replacen("GET /", &format!("GET {target}"), 1);
    request.replacen("\r\n\r\n", &format!("{lines}\r\n\r\n"), 1).into_bytes()
}

/// A bare socket that asks a table's server, and waits while everybody is polled.
pub(crate) struct Asker {
    pub(crate) stream: TcpStream,
    heard: Vec<u8>,
}

impl Asker {
    pub(crate) fn connect(table: &Table) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self { stream, heard: Vec::new() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.stream.local_addr().unwrap().port()
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Reads what is there. Whether the other side has ended the stream.
    fn hear(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => true,
            Ok(count) => {
                self.heard.extend_from_slice(&buffer[..count]);
                false
            }
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        }
    }

    /// Reads up to the end of the next head, and takes that. Events of the server are left alone.
    pub(crate) fn read_head(&mut self, table: &mut Table) -> String {
        let end = wait_for("a head", || {
            table.poll_server();
            self.hear();
            self.heard.windows(4).position(|window| window == b"\r\n\r\n")
        });
        String::from_utf8(self.heard.drain(..end + 4).collect()).unwrap()
    }

    /// Reads until the other side ends the stream.
    pub(crate) fn read_to_end(&mut self, table: &mut Table) -> Vec<u8> {
        wait_for("the end of the stream", || {
            table.poll_server();
            self.hear().then(|| std::mem::take(&mut self.heard))
        })
    }

    /// Ends as a system does whose process has crashed.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

/// Asks again and again until there is an answer.
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Whether this test program is one in which networks are on threads of their own.
pub(crate) fn is_across() -> bool {
    env!("CARGO_CRATE_NAME").ends_with("across")
}

/// These settings, for the place where this test program has its networks.
pub(crate) fn placed(settings: Settings) -> Settings {
    Settings { network_thread: is_across(), ..settings }
}

/// The server of a table, or of a test that has none.
pub(crate) fn listen(settings: Settings, tls: Option<ServerTls>) -> Server {
    Server::listen(BindAddress::Any, 0, placed(settings), tls).unwrap()
}

/// A client of it.
pub(crate) fn connect(url: Url, settings: Settings, tls: ClientTls, now: Instant) -> Client {
    Client::connect(url, placed(settings), tls, now).unwrap()
}

/// By how much a clock is ahead of the system's.
#[derive(Clone, Default)]
struct Ahead(Arc<AtomicU64>);

impl Ahead {
    fn add(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_nanos()).unwrap(), Ordering::Relaxed);
    }

    fn now(&self) -> Instant {
        Instant::now() + Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// A server and its clients.
pub(crate) struct Table {
    pub(crate) server: Server,
    clients: Vec<Client>,
    outcomes: Vec<Option<Result<(), CloseCause>>>,
    failed: VecDeque<CloseCause>,
    ahead: Ahead,
    /// By how much more it is ahead after every turn.
    haste: Duration,
}

impl Drop for Table {
    /// To a sanitizer, a thread that nobody has joined is a leak.
    fn drop(&mut self) {
        assert!(join_lookups(PATIENCE) || std::thread::panicking(), "a lookup of `localhost` hangs");
    }
}

impl Table {
    pub(crate) fn new() -> Self {
        Self::with_settings(Settings::default(), None)
    }

    pub(crate) fn with_tls(tls: ServerTls) -> Self {
        Self::with_settings(Settings::default(), Some(tls))
    }

    pub(crate) fn with_settings(settings: Settings, tls: Option<ServerTls>) -> Self {
        // A network thread has to see the time of this table.
        let ahead = Ahead::default();
        let clock = ahead.clone();
        let network = Mio::with_clock(1024, Clock::new(move || clock.now())).unwrap();
        let entropy = Entropy::from_system().unwrap();
        let server = Server::listen_on(network, entropy, BindAddress::Any, 0, placed(settings), tls).unwrap();
        let mut table = Self::of(server);
        table.ahead = ahead;
        table
    }

    pub(crate) fn of(server: Server) -> Self {
        Self {
            server,
            clients: Vec::new(),
            outcomes: Vec::new(),
            failed: VecDeque::new(),
            ahead: Ahead::default(),
            haste: Duration::ZERO,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.local_port().unwrap()
    }

    /// What this table takes for the time. A deadline is long, so that nobody misses it on a busy machine, and passes
    /// when the test says so.
    pub(crate) fn now(&self) -> Instant {
        self.ahead.now()
    }

    /// Lets so much time pass at once.
    pub(crate) fn advance(&mut self, time: Duration) {
        self.pass(time);
    }

    /// Whoever sleeps is woken, for the time of its sleep is over sooner than it thinks.
    fn pass(&mut self, time: Duration) {
        if !time.is_zero() {
            self.ahead.add(time);
            self.server.refuse_new_connections(false, self.now());
        }
    }

    /// Lets so much time pass with every turn from now on.
    pub(crate) fn hasten(&mut self, time: Duration) {
        self.haste = time;
    }

    /// A client that comes from where the bare sockets of the tests come from, whatever `localhost` is here.
    pub(crate) fn join(&mut self) -> usize {
        let url = format!("ws://127.0.0.1:{}", self.port());
        self.join_with(&url, ClientTls::default())
    }

    pub(crate) fn join_with(&mut self, url: &str, tls: ClientTls) -> usize {
        let url = Url::parse(url).unwrap();
        self.clients.push(connect(url, Settings::default(), tls, self.now()));
        self.outcomes.push(None);
        self.clients.len() - 1
    }

    pub(crate) fn client(&self, client: usize) -> &Client {
        &self.clients[client]
    }

    pub(crate) fn client_mut(&mut self, client: usize) -> &mut Client {
        &mut self.clients[client]
    }

    /// One poll of everybody. The server's events come back one at a time, failed handshakes excepted.
    pub(crate) fn turn(&mut self) -> Option<Event> {
        self.pass(self.haste);
        let now = self.now();
        for (client, outcome) in self.clients.iter_mut().zip(&mut self.outcomes) {
            client.poll(now);
            match client.next_event() {
                Some(Event::Joined { .. }) => *outcome = Some(Ok(())),
                Some(Event::Failed { cause } | Event::Disconnected { cause, .. }) => {
                    *outcome = Some(Err(cause));
                }
                Some(Event::Overflowed { .. }) | None => {}
                Some(event) => panic!("no event of a client's: {event:?}"),
            }
        }
        self.server.poll(now);
        loop {
            match self.server.next_event()? {
                Event::HandshakeFailed { cause, .. } => self.failed.push_back(cause),
                event => return Some(event),
            }
        }
    }

    /// One poll of the server alone, whose events wait.
    pub(crate) fn poll_server(&mut self) {
        let now = self.now();
        self.server.poll(now);
    }

    /// Whether a client got in, or why not.
    pub(crate) fn outcome(&mut self, client: usize) -> Result<(), CloseCause> {
        wait_for("a client's outcome", || {
            self.turn();
            self.outcomes[client].clone()
        })
    }

    /// Why a handshake failed, if one did.
    pub(crate) fn next_failure(&mut self) -> Option<CloseCause> {
        self.failed.pop_front()
    }

    /// Why the next failed handshake failed.
    pub(crate) fn failed_handshake(&mut self) -> CloseCause {
        wait_for("a failed handshake", || {
            self.turn();
            self.next_failure()
        })
    }

    /// Sends from a client to the server and back.
    pub(crate) fn round_trip(&mut self, client: usize, payload: &[u8]) -> Vec<u8> {
        self.clients[client].send(payload).unwrap();
        wait_for("an echo", || {
            self.turn();
            if let Some(packet) = self.server.pop() {
                self.server.send(Recipients::One(packet.source), &packet.payload).unwrap();
            }
            self.clients[client].pop().map(|packet| packet.payload.to_vec())
        })
    }
}
