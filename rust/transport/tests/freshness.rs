//! State over a link that is too slow for it: how old it is when it arrives, and that nothing else suffers.
//!
//! The link is a proxy in this process that passes so many bytes per second and holds little itself.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rust_websocket_transport::config::{Limits, Settings};
use rust_websocket_transport::connection::Delivery;
use rust_websocket_transport::error::SendError;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Client, Endpoint, Recipients, Server};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::statistics::Traffic;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::stream::tls::server::ServerTls;
use rust_websocket_transport::wire::url::Url;
use socket2::{Domain, Socket, Type};

use self::support::wait_for;

/// What the link carries, in bytes per second.
const BANDWIDTH: u32 = 125_000;

/// What the proxy's own sockets hold, in bytes.
const WINDOW: usize = 8 * 1024;

/// In each of these, 4 KiB of state are put: twice what the link carries.
const FRAME: Duration = Duration::from_nanos(16_666_667);

/// How many frames state is put. Without an age, half of it would be a second old or older on arrival.
const FRAMES: u32 = 240;

const STATE: usize = 4096;

/// One reliable packet in so many frames.
const RELIABLE_EVERY: u32 = 6;

const AGE: Duration = Duration::from_millis(100);

/// A busy machine takes its time as well.
const YOUNG: Duration = Duration::from_millis(600);

/// Which side puts state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Server,
    Client,
}

/// A socket that holds little of what arrives.
fn narrow() -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(WINDOW).unwrap();
    socket
}

/// A link to this port of our own: the port at its other end.
fn link(port: u16) -> u16 {
    let listener = narrow();
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    listener.listen(1).unwrap();
    let listener = TcpListener::from(listener);
    let end = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (near, _) = listener.accept().unwrap();
        let far = narrow();
        far.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).unwrap();
        let far = TcpStream::from(far);
        let (from, to) = (far.try_clone().unwrap(), near.try_clone().unwrap());
        thread::spawn(move || carry(from, to));
        carry(near, far);
    });
    end
}

/// Passes bytes on in small portions, each when its time has come, until either end is gone.
fn carry(mut from: TcpStream, mut to: TcpStream) {
    to.set_nodelay(true).unwrap();
    let mut portion = [0; 1024];
    let mut next = Instant::now();
    while let Ok(count @ 1..) = from.read(&mut portion)
        && to.write_all(&portion[..count]).is_ok()
    {
        next = next.max(Instant::now()) + Duration::from_secs(1) * u32::try_from(count).unwrap() / BANDWIDTH;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// A server and a client at the two ends of a link, and the id of the client.
fn connected(scheme: &str, settings: &Settings) -> (Server, Client, i32) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let tls = (scheme == "wss").then(|| ServerTls::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap());
    let mut server = Server::listen(BindAddress::Any, 0, settings.clone(), tls).unwrap();
    let url = Url::parse(&format!("{scheme}://localhost:{}", link(server.local_port().unwrap()))).unwrap();
    let trust = ClientTls { roots: None, ..ClientTls::default() };
    let mut client = Client::connect(url, settings.clone(), trust, Instant::now()).unwrap();
    let mut id = None;
    wait_for("both to know each other", || {
        server.poll(Instant::now());
        client.poll(Instant::now());
        if let Some(Event::Connected { id: arrived }) = server.next_event() {
            id = Some(arrived);
        }
        id.filter(|_| client.id().is_some())
    });
    (server, client, id.unwrap())
}

/// What has arrived: numbers, and how old state was.
#[derive(Default)]
struct Arrived {
    states: Vec<u32>,
    ages: Vec<Duration>,
    reliable: Vec<u32>,
}

impl Arrived {
    fn take(&mut self, receiver: &mut dyn Endpoint, puts: &[Instant]) {
        receiver.poll(Instant::now());
        while let Some(packet) = receiver.pop() {
            let number = u32::from_le_bytes(packet.payload[..4].try_into().unwrap());
            if packet.payload.len() == STATE {
                self.states.push(number);
                self.ages.push(puts[number as usize].elapsed());
            } else {
                self.reliable.push(number);
            }
        }
    }
}

fn state_stays_young(scheme: &str, network_thread: bool, from: From) {
    let limits = Limits { unreliable_max_age: Some(AGE), ..Limits::default() };
    let settings = Settings { limits, network_thread, ..Settings::default() };
    let (mut server, mut client, id) = connected(scheme, &settings);
    let (sender, receiver, recipient): (&mut dyn Endpoint, &mut dyn Endpoint, _) = match from {
        From::Server => (&mut server, &mut client, id),
        From::Client => (&mut client, &mut server, 1),
    };
    let mut arrived = Arrived::default();
    let mut puts = Vec::new();
    let start = Instant::now();
    for frame in 0..FRAMES {
        while start.elapsed() < FRAME * frame {
            arrived.take(receiver, &puts);
            thread::sleep(Duration::from_micros(500));
        }
        let put_at = Instant::now();
        puts.push(put_at);
        sender.poll(put_at);
        let mut payload = vec![0; STATE];
        payload[..4].copy_from_slice(&frame.to_le_bytes());
        // A machine that was busy elsewhere makes many frames at once, for which there may be no room.
        match sender.send(Recipients::One(recipient), &payload, Delivery::Unreliable { put_at }) {
            Ok(()) | Err(SendError::Full { .. }) => {}
            Err(error) => panic!("frame {frame}: {error}"),
        }
        if frame % RELIABLE_EVERY == 0 {
            sender.send(Recipients::One(recipient), &payload[..100], Delivery::Reliable).unwrap();
        }
        sender.flush(Instant::now());
    }
    let sent_for = start.elapsed();
    wait_for("all to arrive", || {
        sender.poll(Instant::now());
        sender.flush(Instant::now());
        arrived.take(receiver, &puts);
        let sent = sender.statistics().traffic.packets_sent;
        (sender.statistics().queues.outbound_packets == 0
            && sent == (arrived.states.len() + arrived.reliable.len()) as u64)
            .then_some(())
    });

    let Arrived { states, mut ages, reliable } = arrived;
    let expected: Vec<u32> = (0..FRAMES).filter(|frame| frame % RELIABLE_EVERY == 0).collect();
    assert_eq!(reliable, expected, "reliable packets are there, in order");
    assert!(states.is_sorted(), "state arrives in order");
    let Traffic { packets_expired: expired, packets_refused: refused, .. } = sender.statistics().traffic;
    assert_eq!(states.len() as u64 + expired + refused, u64::from(FRAMES), "whatever did not arrive was counted");
    assert!(expired > 0);
    ages.sort();
    let median = ages[ages.len() / 2];
    let used = (states.len() * STATE) as f64 / (sent_for.as_secs_f64() * f64::from(BANDWIDTH));

    assert!(median < YOUNG, "half of the state was {median:?} old or older");
    assert!(used > 0.4, "only {used} of the link was used");
}

#[test]
fn a_servers_state_stays_young() {
    state_stays_young("ws", false, From::Server);
}

#[test]
fn a_servers_state_stays_young_through_tls() {
    state_stays_young("wss", false, From::Server);
}

#[test]
fn a_servers_state_stays_young_with_a_network_thread() {
    state_stays_young("ws", true, From::Server);
}

#[test]
fn a_servers_state_stays_young_with_a_network_thread_and_tls() {
    state_stays_young("wss", true, From::Server);
}

#[test]
fn a_clients_state_stays_young() {
    state_stays_young("ws", false, From::Client);
}

#[test]
fn a_clients_state_stays_young_with_a_network_thread_and_tls() {
    state_stays_young("wss", true, From::Client);
}

/// What is put for a peer that reads nothing is dropped in time, be the game at work or not, and reliable packets have its
/// place.
fn a_stuck_peer(network_thread: bool) {
    let limits = Limits { unreliable_max_age: Some(AGE), outbound_buffer_size: 50_000, ..Limits::default() };
    let settings = Settings { limits, network_thread, ..Settings::default() };
    let mut server = Server::listen(BindAddress::Any, 0, settings, None).unwrap();
    let mut stuck = narrow();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server.local_port().unwrap()));
    stuck.connect(&address.into()).unwrap();
    stuck.write_all(support::REQUEST).unwrap();
    let id = wait_for("the peer to join", || {
        server.poll(Instant::now());
        match server.next_event() {
            Some(Event::Connected { id }) => Some(id),
            _ => None,
        }
    });
    let state = |server: &mut Server| {
        let sent =
            Endpoint::send(server, Recipients::One(id), &[0; 1000], Delivery::Unreliable { put_at: Instant::now() });
        server.flush(Instant::now());
        sent
    };
    // The system is full, and the queue as well.
    wait_for("the queue to be full", || {
        server.poll(Instant::now());
        state(&mut server).is_err().then_some(())
    });
    for _ in 0..50 {
        server.send(Recipients::One(id), &[1; 900]).unwrap();
        server.flush(Instant::now());
    }
    server.send(Recipients::One(id), &[1; 6000]).unwrap_err();
    wait_for("no state to wait", || {
        server.poll(Instant::now());
        let statistics = server.statistics();
        // One may have begun to leave.
        (statistics.queues.outbound_bytes <= 50 * 900 + 1000).then_some(())
    });
    let statistics = server.peer(id).unwrap().statistics();
    let accepted = statistics.traffic.packets_sent
        + statistics.traffic.packets_expired
        + statistics.queues.outbound_packets as u64;
    assert!(statistics.traffic.packets_expired >= 40, "{statistics:?}");
    assert_eq!(statistics.traffic.packets_dropped, 0);
    drop(stuck);
    wait_for("the peer to leave", || {
        server.poll(Instant::now());
        matches!(server.next_event(), Some(Event::Disconnected { .. })).then_some(())
    });
    let traffic = server.statistics().traffic;
    assert_eq!(traffic.packets_sent + traffic.packets_expired + traffic.packets_dropped, accepted);
}

#[test]
fn a_stuck_peer_has_room_for_what_must_arrive() {
    a_stuck_peer(false);
}

#[test]
fn a_stuck_peer_has_room_for_what_must_arrive_with_a_network_thread() {
    a_stuck_peer(true);
}
