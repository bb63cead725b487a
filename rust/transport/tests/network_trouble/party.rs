//! The part that a process plays at one end of a cable: a server or a client that does as it is told.

use std::io::BufRead;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rust_websocket_transport::config::{Limits, Settings};
use rust_websocket_transport::connection::Delivery;
use rust_websocket_transport::error::SendError;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Client, Endpoint, Recipients, SERVER_ID, Server};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::stream::tls::server::ServerTls;
use rust_websocket_transport::wire::url::Url;

/// What a line begins with that is meant for the owner of this process: the test harness prints as well.
pub(crate) const SAYS: &str = "@ ";

/// No part takes this long, whoever forgot it.
const LIFETIME: Duration = Duration::from_secs(150);

struct Party {
    endpoint: Box<dyn Endpoint>,
    /// The other end.
    peer: i32,
}

/// Plays the part that the environment names, until there are no more orders.
pub(crate) fn play() {
    let word = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: this is no test"));
    let heartbeat = Duration::from_millis(word("PARTY_HEARTBEAT").parse().unwrap());
    let limits = Limits {
        handshake_timeout: Duration::from_secs(30),
        heartbeat_interval: Some(heartbeat),
        outbound_buffer_size: 20_000,
        ..Limits::default()
    };
    let settings = Settings { limits, ..Settings::default() };
    let tls = word("PARTY_TLS") == "1";
    let mut party = match word("PARTY").as_str() {
        "server" => Party::listen(settings, tls),
        _ => Party::connect(settings, tls, &word("PARTY_ADDRESS")),
    };
    let orders = orders();
    let started = Instant::now();
    let (mut to_send, mut sent, mut received, mut told) = (0, 0, 0, 0);
    while started.elapsed() < LIFETIME {
        match orders.try_recv() {
            Ok(order) => {
                to_send += order.strip_prefix("send ").unwrap().parse::<u32>().unwrap();
                say("sending");
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return,
        }
        while sent < to_send && party.send(&packet(sent)) {
            sent += 1;
        }
        party.poll();
        while let Some(payload) = party.pop() {
            assert_eq!(payload, packet(received), "packet {received} is not the next");
            received += 1;
        }
        // The other end sends as many as this one.
        if received == to_send && told != received {
            told = received;
            say(&format!("received {received}"));
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// A packet that is known by its number.
fn packet(number: u32) -> Vec<u8> {
    let mut bytes = vec![(number % 251) as u8; 4 + number as usize * 37 % 1200];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    bytes
}

fn say(what: &str) {
    println!("\n{SAYS}{what}");
}

/// The lines on stdin, read on a thread of its own.
fn orders() -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Party {
    fn listen(settings: Settings, tls: bool) -> Self {
        let tls = tls.then(|| {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
            let certificate = CertificateParams::new(vec!["server".to_owned()]).unwrap().self_signed(&key).unwrap();
            ServerTls::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap()
        });
        let server = Server::listen(BindAddress::Any, 0, settings, tls).unwrap();
        say(&format!("port {}", server.local_port().unwrap()));
        Self { endpoint: Box::new(server), peer: 0 }
    }

    fn connect(settings: Settings, tls: bool, address: &str) -> Self {
        let scheme = if tls { "wss" } else { "ws" };
        let url = Url::parse(&format!("{scheme}://{address}")).unwrap();
        let trust = ClientTls { roots: None, ..ClientTls::default() };
        let client = Client::connect(url, settings, trust, Instant::now()).unwrap();
        Self { endpoint: Box::new(client), peer: SERVER_ID }
    }

    fn poll(&mut self) {
        let now = Instant::now();
        self.endpoint.flush(now);
        self.endpoint.poll(now);
        while let Some(event) = self.endpoint.next_event() {
            match event {
                Event::Connected { id } => {
                    self.peer = id;
                    say("joined");
                }
                Event::Joined { .. } => say("joined"),
                Event::Disconnected { cause, .. } => say(&format!("ended {cause:?}")),
                Event::HandshakeFailed { cause, .. } | Event::Failed { cause } => say(&format!("failed {cause:?}")),
                _ => {}
            }
        }
    }

    /// Whether there was room for it.
    fn send(&mut self, payload: &[u8]) -> bool {
        match self.endpoint.send(Recipients::One(self.peer), payload, Delivery::Reliable) {
            Ok(()) => true,
            Err(SendError::Full { .. }) => false,
            Err(error) => panic!("{error}"),
        }
    }

    fn pop(&mut self) -> Option<Vec<u8>> {
        self.endpoint.pop().map(|packet| packet.payload.to_vec())
    }
}
