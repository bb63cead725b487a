//! The server's process: servers by `ws://` and `wss://` that echo what they hear and now and then speak to all, of either
//! policy for those who do not read.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::ThreadRng;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rust_websocket_transport::close_code;
use rust_websocket_transport::config::{Limits, OverflowPolicy, Settings};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Endpoint, Recipients, Server};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::stream::tls::server::ServerTls;

use super::crowd::Counts;
use super::lives::TO_ALL;
use super::report::{Report, Side};
use super::watch::{Holdings, descriptors};

/// How often the servers are polled.
const FRAME: Duration = Duration::from_micros(16_667);

/// How long the load runs before what it holds counts as the beginning: every cache and buffer has its size by then.
const WARM_UP: Duration = Duration::from_secs(60);

/// How long the servers may take to let go of the last connection. Far more than their timeouts.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often there is word of progress.
const PROGRESS: Duration = Duration::from_secs(10);

/// A kind of server.
pub(crate) struct Kind {
    pub(crate) uses_tls: bool,
    pub(crate) policy: OverflowPolicy,
}

/// The servers there are.
pub(crate) const HOUSES: [Kind; 4] = [
    Kind { uses_tls: false, policy: OverflowPolicy::Disconnect },
    Kind { uses_tls: false, policy: OverflowPolicy::Report },
    Kind { uses_tls: true, policy: OverflowPolicy::Disconnect },
    Kind { uses_tls: true, policy: OverflowPolicy::Report },
];

/// One of them that speaks no TLS.
pub(crate) const PLAIN: usize = 0;

/// What the servers have seen.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) joined: u64,
    pub(crate) left: u64,
    pub(crate) failed: u64,
    pub(crate) echoed: u64,
    /// Packets that found no room, by the server they were missed at.
    pub(crate) overflowed: [u64; HOUSES.len()],
    /// Peers that were disconnected for it.
    pub(crate) sent_away: [u64; HOUSES.len()],
    pub(crate) polls: u64,
    pub(crate) longest_poll: Duration,
}

struct House {
    servers: [Server; HOUSES.len()],
    peers: [Vec<i32>; HOUSES.len()],
    tally: Tally,
    rng: ThreadRng,
}

/// The crowd's process, which ends with its owner.
struct Crowd {
    child: Child,
    lines: Receiver<String>,
    counts: Counts,
    holdings: Holdings,
    rested: Option<Holdings>,
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and been waited for, which is the aim.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the soak, and says how it went.
pub(crate) fn run(minutes: f64, clients: usize) -> ExitCode {
    if descriptors() == 0 {
        eprintln!("soak needs /proc, which this system does not have: nothing was run");
        return ExitCode::FAILURE;
    }
    let mut house = House::open();
    let mut crowd = Crowd::start(house.servers.each_ref().map(|server| server.local_port().unwrap()), clients);
    let empty = descriptors();
    let length = Duration::from_secs_f64(minutes * 60.0);
    let warm_up = WARM_UP.min(length / 4);

    eprintln!("warming up for {} s", warm_up.as_secs());
    house.load(&mut crowd, warm_up);
    let Some(begin) = house.rest(&mut crowd, empty) else { return ExitCode::FAILURE };
    eprintln!("soaking for {} s with {clients} clients", length.as_secs());
    house.load(&mut crowd, length);
    let Some(end) = house.rest(&mut crowd, empty) else { return ExitCode::FAILURE };
    crowd.order("end");

    let statistics = house.servers.each_ref().map(Server::statistics);
    let report = Report { begin, end, tally: house.tally, counts: crowd.counts, statistics };
    report.print();
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl House {
    fn open() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let tls = ServerTls::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap();
        let limits = Limits { heartbeat_interval: Some(Duration::from_secs(2)), ..Limits::default() };
        let listen = |kind: Kind| {
            let settings = Settings { limits, overflow_policy: kind.policy, ..Settings::default() };
            Server::listen(BindAddress::Any, 0, settings, kind.uses_tls.then(|| tls.clone())).unwrap()
        };
        Self { servers: HOUSES.map(listen), peers: Default::default(), tally: Tally::default(), rng: rand::rng() }
    }

    /// Lets the crowd in for so long.
    fn load(&mut self, crowd: &mut Crowd, length: Duration) {
        crowd.order("go");
        let started = Instant::now();
        let mut told = started;
        while started.elapsed() < length {
            self.frame();
            crowd.listen();
            if told.elapsed() >= PROGRESS {
                told = Instant::now();
                eprintln!(
                    "{:4} s: {} alive, {} joined, {} echoes; server {}; crowd {} (descriptors, KiB)",
                    started.elapsed().as_secs(),
                    crowd.counts.alive,
                    self.tally.joined,
                    crowd.counts.echoes,
                    Holdings::now(),
                    crowd.holdings,
                );
            }
        }
    }

    /// Waits until everybody has gone, and says what both processes hold then.
    fn rest(&mut self, crowd: &mut Crowd, empty: usize) -> Option<[Side; 2]> {
        crowd.rested = None;
        crowd.order("rest");
        let started = Instant::now();
        while crowd.rested.is_none() || descriptors() != empty || self.peers.iter().any(|peers| !peers.is_empty()) {
            self.frame();
            crowd.listen();
            if started.elapsed() > PATIENCE {
                eprintln!(
                    "the house does not get empty: {} descriptors instead of {empty}, peers {:?}, crowd at rest: {}",
                    descriptors(),
                    self.peers,
                    crowd.rested.is_some(),
                );
                return None;
            }
        }
        Some([Side { name: "server", holdings: Holdings::now() }, Side { name: "crowd", holdings: crowd.rested? }])
    }

    fn frame(&mut self) {
        let started = Instant::now();
        for which in 0..self.servers.len() {
            self.serve(which, started);
        }
        self.tally.polls += 1;
        let took = started.elapsed();
        self.tally.longest_poll = self.tally.longest_poll.max(took);
        thread::sleep(FRAME.saturating_sub(took));
    }

    fn serve(&mut self, which: usize, now: Instant) {
        let server = &mut self.servers[which];
        let peers = &mut self.peers[which];
        server.poll(now);
        while let Some(event) = server.next_event() {
            match event {
                Event::Connected { id } => {
                    self.tally.joined += 1;
                    peers.push(id);
                }
                Event::Disconnected { id, cause } => {
                    self.tally.left += 1;
                    if cause.close_code() == Some(close_code::TRY_AGAIN_LATER.get()) {
                        self.tally.sent_away[which] += 1;
                    }
                    peers.retain(|&peer| peer != id);
                }
                Event::Overflowed { .. } => self.tally.overflowed[which] += 1,
                Event::HandshakeFailed { .. } => self.tally.failed += 1,
                _ => {}
            }
        }
        while let Some(packet) = server.pop() {
            if server.send(Recipients::One(packet.source), &packet.payload).is_ok() {
                self.tally.echoed += 1;
            }
        }
        if self.rng.random_ratio(1, 6) {
            // Whoever has no room for it misses it, and is disconnected where the policy says so.
            let _ = server.send(Recipients::All, &[TO_ALL; 100]);
        }
        if self.rng.random_ratio(1, 30) && !peers.is_empty() {
            let index = self.rng.random_range(0..peers.len());
            if self.rng.random_ratio(1, 2) {
                server.close_peer(peers[index], close_code::NORMAL.into(), "enough", now);
            } else {
                server.abandon_peer(peers.swap_remove(index), Instant::now());
                self.tally.left += 1;
            }
        }
        server.flush(now);
    }
}

impl Crowd {
    fn start(ports: [u16; HOUSES.len()], clients: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([super::CROWD, &clients.to_string()])
            .args(ports.map(|port| port.to_string()))
            // Each of its clients has a buffer to read into. Those go back to the system when they are dropped, instead of
            // staying in the heap as high as the crowd's peak was, if glibc is told not to learn from their size.
            .env("MALLOC_MMAP_THRESHOLD_", "65536")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, counts: Counts::default(), holdings: Holdings::default(), rested: None }
    }

    fn order(&mut self, word: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{word}").and_then(|()| stdin.flush()).unwrap();
    }

    /// Takes what it has said.
    fn listen(&mut self) {
        while let Ok(line) = self.lines.try_recv() {
            if let Some(rest) = line.strip_prefix("rested ") {
                self.rested = rest.parse().ok();
            } else if let Some(rest) = line.strip_prefix("count ") {
                let mut words = rest.splitn(3, ' ');
                let (descriptors, memory) = (words.next().unwrap(), words.next().unwrap());
                self.holdings = format!("{descriptors} {memory}").parse().unwrap();
                self.counts = Counts::parse(words.next().unwrap()).unwrap();
            }
        }
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("the crowd's process has ended ({status})");
        }
    }
}
