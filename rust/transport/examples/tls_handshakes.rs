//! What arriving peers cost a server, with and without TLS.
//!
//! ```sh
//! cargo run --release -p rust-websocket-transport --example tls_handshakes [seconds for each line]
//! ```
//!
//! One thread polls a server and its clients in turn over loopback. Only the server's share of the time counts: from
//! accepting a connection, over TLS 1.3 and the WebSocket handshake, to the event that announces the peer. A machine
//! that does other things as well slows some rounds down, so the fastest is reported beside the median.

use std::error::Error;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use rust_websocket_transport::config::Settings;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::Server;
use rust_websocket_transport::game::{Client, Endpoint};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::stream::tls::client::{ClientTls, Roots};
use rust_websocket_transport::stream::tls::server::ServerTls;
use rust_websocket_transport::wire::url::Url;

/// How many clients arrive together. A client keeps this many TLS 1.3 tickets of one server.
const ARRIVALS: usize = 8;

/// How long one line is measured, in seconds, if the command does not say.
const SECONDS: f64 = 3.0;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A server, and clients that come and go.
struct Bench {
    server: Server,
    url: Url,
    /// The server's certificate, in PEM.
    certificate: String,
    rounds: usize,
}

impl Bench {
    /// With a key, the server speaks TLS.
    fn new(key: Option<&KeyPair>) -> Result<Self> {
        let mut certificate = String::new();
        let mut tls = None;
        if let Some(key) = key {
            certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.self_signed(key)?.pem();
            tls = Some(ServerTls::from_pem(&certificate, &key.serialize_pem())?);
        }
        let scheme = if tls.is_some() { "wss" } else { "ws" };
        let server = Server::listen(BindAddress::Any, 0, Settings::default(), tls)?;
        let url = Url::parse(&format!("{scheme}://127.0.0.1:{}", server.local_port().unwrap_or_default()))?;
        Ok(Self { server, url, certificate, rounds: 0 })
    }

    /// Whom the clients of the next round trust. Sessions are kept by the name that was asked for, so nobody resumes
    /// one under a new name.
    fn trust(&self, resumes: bool) -> ClientTls {
        let name_override = (!resumes).then(|| format!("round-{}.example", self.rounds));
        ClientTls { roots: Some(Roots::Pem(self.certificate.clone())), checks_name: false, name_override }
    }

    /// Lets clients arrive and leave again.
    ///
    /// Returns the server's time for one of them, and how many resumed a TLS session.
    fn round(&mut self, resumes: bool) -> Result<(Duration, usize)> {
        self.rounds += 1;
        let tls = self.trust(resumes);
        let connect = |_| Client::connect(self.url.clone(), Settings::default(), tls.clone(), Instant::now());
        let mut clients = (0..ARRIVALS).map(connect).collect::<std::result::Result<Vec<_>, _>>()?;
        let (mut announced, mut arrived) = (0, 0);
        let mut spent = Duration::ZERO;
        while announced < ARRIVALS || arrived < ARRIVALS {
            for client in &mut clients {
                client.poll(Instant::now());
                match client.next_event() {
                    Some(Event::Joined { .. }) => arrived += 1,
                    Some(Event::Failed { cause }) => return Err(cause.into()),
                    _ => {}
                }
            }
            let began = Instant::now();
            self.server.poll(began);
            while let Some(event) = self.server.next_event() {
                announced += usize::from(matches!(event, Event::Connected { .. }));
            }
            spent += began.elapsed();
        }
        let resumed = clients.iter().filter(|client| client.socket().tls_was_resumed() == Some(true)).count();
        drop(clients);
        self.wait_until_empty();
        Ok((spent / u32::try_from(ARRIVALS)?, resumed))
    }

    fn wait_until_empty(&mut self) {
        let mut left = 0;
        while left < ARRIVALS {
            self.server.poll(Instant::now());
            while let Some(event) = self.server.next_event() {
                left += usize::from(matches!(event, Event::Disconnected { .. }));
            }
        }
    }

    /// Prints one line of the report.
    fn report(&mut self, name: &str, resumes: bool, length: Duration) -> Result<()> {
        // The first round collects tickets.
        self.round(resumes)?;
        let began = Instant::now();
        let mut times = Vec::new();
        while began.elapsed() < length {
            let (time, resumed) = self.round(resumes)?;
            let expected = if resumes { ARRIVALS } else { 0 };
            if resumed != expected {
                return Err(format!("{resumed} sessions were resumed in a round instead of {expected}").into());
            }
            times.push(time);
        }
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let fastest = times.first().copied().unwrap_or_default();
        let per_second = |time: Duration| 1.0 / time.as_secs_f64();
        println!(
            "{name:<28} {:>9.0} µs {:>9.0} /s {:>11.0} µs {:>9.0} /s",
            median.as_secs_f64() * 1e6,
            per_second(median),
            fastest.as_secs_f64() * 1e6,
            per_second(fastest),
        );
        Ok(())
    }
}

fn main() -> Result<()> {
    let seconds = std::env::args().nth(1).map_or(Ok(SECONDS), |seconds| seconds.parse())?;
    let length = Duration::try_from_secs_f64(seconds)?;
    println!("{:<28} {:>25} {:>27}", "A server's time per peer", "median round", "fastest round");
    Bench::new(None)?.report("ws://", false, length)?;
    let ecdsa = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    for (name, key) in [("ECDSA P-256", ecdsa), ("RSA 2048", rsa)] {
        let mut bench = Bench::new(Some(&key))?;
        bench.report(&format!("wss://, {name}"), false, length)?;
        bench.report(&format!("wss://, {name}, resumed"), true, length)?;
    }
    Ok(())
}
