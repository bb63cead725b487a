//! A game that was away for long, loading a map, say: whoever spoke meanwhile is heard before its time is up. The time is
//! a number here, and goes where the tests want it.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rust_websocket_transport::config::{Limits, Settings};
use rust_websocket_transport::error::{CloseCause, Phase};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::Server;
use rust_websocket_transport::game::{Client, Endpoint};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::stream::tls::server::ServerTls;
use rust_websocket_transport::wire::url::Url;

use self::support::{REQUEST, let_in, wait_for};

/// A masked binary frame of one byte.
const FRAME: &[u8] = &[0x82, 0x81, 0, 0, 0, 0, 7];

const HITCH: Duration = Duration::from_secs(60);

fn server(limits: Limits) -> Server {
    Server::listen(BindAddress::Any, 0, Settings { limits, ..Settings::default() }, None).unwrap()
}

/// A bare connection that the server has accepted, and not heard.
fn accepted(server: &mut Server, now: Instant) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.local_port().unwrap())).unwrap();
    wait_for("the server to accept", || {
        server.poll(now);
        (server.statistics().handshakes.started == 1).then_some(())
    });
    stream
}

#[test]
fn a_request_that_came_meanwhile_is_answered() {
    let now = Instant::now();
    let mut server = server(Limits::default());
    let mut stream = accepted(&mut server, now);
    stream.write_all(REQUEST).unwrap();
    server.poll(now + HITCH);
    assert!(matches!(server.next_event(), Some(Event::Connected { .. })));
}

#[test]
fn whoever_said_nothing_has_had_its_time() {
    let now = Instant::now();
    let mut server = server(Limits::default());
    let _stream = accepted(&mut server, now);
    server.poll(now + HITCH);
    let Some(Event::HandshakeFailed { cause, .. }) = server.next_event() else { panic!("it is still here") };
    assert_eq!(cause, CloseCause::TimedOut(Phase::Handshake));
}

#[test]
fn a_peer_that_spoke_meanwhile_is_not_lost() {
    let now = Instant::now();
    let interval = Duration::from_secs(10);
    let mut server = server(Limits { heartbeat_interval: Some(interval), ..Limits::default() });
    let mut stream = accepted(&mut server, now);
    stream.write_all(REQUEST).unwrap();
    wait_for("the peer", || {
        server.poll(now);
        server.next_event()
    });
    server.poll(now + interval);
    // Its second interval of silence is over, and it has one last moment.
    server.poll(now + 2 * interval);
    stream.write_all(FRAME).unwrap();
    server.poll(now + 2 * interval + HITCH);
    assert_eq!(server.next_event(), None);
    assert_eq!(server.pop().unwrap().payload.as_ref(), [7]);
}

/// A client that was connected by the system while nobody polled it, and the server's socket.
fn connected_meanwhile(now: Instant) -> (Client, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("ws://{}", listener.local_addr().unwrap())).unwrap();
    let client = Client::connect(url, Settings::default(), ClientTls::default(), now).unwrap();
    let stream = listener.accept().unwrap().0;
    stream.set_nonblocking(true).unwrap();
    (client, stream)
}

#[test]
fn a_client_that_was_away_while_it_was_connected_still_asks() {
    let now = Instant::now() + HITCH;
    let (mut client, mut stream) = connected_meanwhile(now - HITCH);
    let mut request = Vec::new();
    wait_for("the request", || {
        client.poll(now);
        assert_eq!(client.next_event(), None);
        match stream.read_to_end(&mut request) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => request.ends_with(b"\r\n\r\n").then_some(()),
            end => panic!("{end:?}"),
        }
    });
    let_in(&mut stream, &request);
    // It is away once more.
    client.poll(now + HITCH);
    assert_eq!(client.next_event(), Some(Event::Joined { id: 7 }));
}

#[test]
fn a_client_that_gets_no_answer_has_had_its_time_in_the_end() {
    let now = Instant::now() + HITCH;
    let (mut client, _stream) = connected_meanwhile(now - HITCH);
    client.poll(now);
    assert_eq!(client.next_event(), None);
    client.poll(now + Duration::from_secs(5));
    assert_eq!(client.next_event(), Some(Event::Failed { cause: CloseCause::TimedOut(Phase::Handshake) }));
}

#[test]
fn a_tls_handshake_that_began_meanwhile_may_go_on() {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let tls = ServerTls::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap();
    let mut server = Server::listen(BindAddress::Any, 0, Settings::default(), Some(tls)).unwrap();
    let url = Url::parse(&format!("wss://127.0.0.1:{}", server.local_port().unwrap())).unwrap();
    let trusting = ClientTls { roots: None, ..ClientTls::default() };
    let mut now = Instant::now();
    let mut client = Client::connect(url, Settings::default(), trusting, now).unwrap();
    wait_for("the server to accept", || {
        server.poll(now);
        (server.statistics().handshakes.started == 1).then_some(())
    });
    wait_for("the client to begin", || {
        client.poll(now);
        (client.statistics().wire.sent > 100).then_some(())
    });
    now += HITCH;
    let event = wait_for("the peer", || {
        server.poll(now);
        client.poll(now - HITCH);
        server.next_event()
    });
    assert!(matches!(event, Event::Connected { .. }), "{event:?}");
}
