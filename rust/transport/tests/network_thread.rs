//! What a network on a thread of its own is for, and how it ends: games that stand still, panics, quick ends.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rust_websocket_transport::clock::Clock;
use rust_websocket_transport::config::{Limits, Settings};
use rust_websocket_transport::connection::EmptyMessages;
use rust_websocket_transport::entropy::Entropy;
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Client, Endpoint, Recipients, SERVER_ID, Server, WebSocket};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::network::mio::Mio;
use rust_websocket_transport::network::resolve::join_lookups;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::stream::tls::server::ServerTls;
use rust_websocket_transport::wire::url::Url;

use self::support::{REQUEST, let_in, wait_for};

/// What an end may take.
const SOON: Duration = Duration::from_millis(100);

fn settings() -> Settings {
    Settings { network_thread: true, ..Settings::default() }
}

fn server(settings: Settings) -> Server {
    Server::listen(BindAddress::Any, 0, settings, None).unwrap()
}

fn client(server: &Server, settings: Settings) -> Client {
    let url = Url::parse(&format!("ws://127.0.0.1:{}", server.local_port().unwrap())).unwrap();
    Client::connect(url, settings, ClientTls::default(), Instant::now()).unwrap()
}

/// A bare connection with its answer and its id read; the game polls nothing for that.
fn bare_peer(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.local_port().unwrap())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(REQUEST).unwrap();
    let mut bytes = Vec::new();
    while bytes.windows(4).position(|window| window == b"\r\n\r\n").is_none_or(|head| bytes.len() < head + 4 + 6) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        bytes.extend(byte);
    }
    stream
}

fn connected(server: &mut Server) -> i32 {
    wait_for("a peer", || {
        server.poll(Instant::now());
        match server.next_event() {
            Some(Event::Connected { id }) => Some(id),
            _ => None,
        }
    })
}

#[test]
fn a_game_that_stands_still_answers_handshakes_and_pings() {
    let mut server = server(settings());
    let mut stream = bare_peer(&server);
    stream.write_all(&[0x89, 0x81, 0, 0, 0, 0, 7]).unwrap();
    let mut pong = [0; 3];
    stream.read_exact(&mut pong).unwrap();
    assert_eq!(pong, [0x8a, 1, 7]);
    connected(&mut server);
}

#[test]
fn nobody_is_lost_to_heartbeats_while_the_game_stands_still() {
    let interval = Duration::from_millis(100);
    let limits = Limits { heartbeat_interval: Some(interval), ..Limits::default() };
    let settings = Settings { limits, ..settings() };
    let mut server = server(settings.clone());
    let mut client = client(&server, settings);
    let id = connected(&mut server);
    std::thread::sleep(interval * 10);
    client.poll(Instant::now());
    server.poll(Instant::now());
    assert_eq!(server.next_event(), None);
    assert!(client.socket().cause().is_none());
    let round_trip = server.peer(id).unwrap().round_trip_time().unwrap();
    assert!(round_trip < interval, "{round_trip:?}");
}

#[test]
fn whoever_is_not_read_from_by_the_game_is_not_read_from() {
    let limits = Limits { inbound_buffer_size: 1000, ..Limits::default() };
    let mut server = server(Settings { limits, ..settings() });
    let mut stream = bare_peer(&server);
    let id = connected(&mut server);
    stream.set_nonblocking(true).unwrap();
    let frame = [&[0x82, 0x80 | 100, 0, 0, 0, 0][..], &[7; 100]].concat();
    let many = frame.repeat(200_000);
    let written = stream.write(&many).unwrap();
    assert!(written > 10_000);
    let unread = |server: &mut Server| {
        server.poll(Instant::now());
        server.peer(id).unwrap().statistics().queues.inbound_bytes
    };
    wait_for("the room to be used up", || (unread(&mut server) >= 1000).then_some(()));
    // Whatever is read, no more comes than there is room for.
    let mut taken = 0;
    wait_for("all of it", || {
        assert!(unread(&mut server) < 1000 + 65_536 + 100);
        while let Some(packet) = server.pop() {
            assert_eq!(packet.payload, vec![7; 100]);
            taken += 1;
        }
        (taken == written / frame.len()).then_some(())
    });
}

#[test]
fn what_was_sent_leaves_before_the_end_and_the_end_is_soon() {
    let mut server = server(settings());
    let mut reader = client(&server, settings());
    let reader_id = connected(&mut server);
    // One that reads nothing, so that its socket takes no more.
    let _stuck = bare_peer(&server);
    let stuck_id = connected(&mut server);
    while server.send(Recipients::One(stuck_id), &[0; 30_000]).is_ok() {
        server.flush(Instant::now());
    }
    server.send(Recipients::One(reader_id), b"last words").unwrap();
    let began = Instant::now();
    drop(server);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    let cause = wait_for("the end", || {
        reader.poll(Instant::now());
        reader.socket().cause().cloned()
    });
    assert_eq!(cause.close_code(), Some(1001));
    assert_eq!(reader.pop().unwrap().payload, b"last words".as_slice());
}

#[test]
fn what_is_sent_leaves_with_the_flush_and_needs_no_poll() {
    let mut server = server(settings());
    let mut stream = bare_peer(&server);
    let id = connected(&mut server);
    assert!(!server.needs_flush());
    server.send(Recipients::One(id), b"now").unwrap();
    assert!(server.needs_flush());
    server.flush(Instant::now());
    assert!(!server.needs_flush());
    let mut frame = [0; 5];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(&frame, b"\x82\x03now");
}

#[test]
fn the_thread_of_a_connection_that_is_over_ends_with_its_owner() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("ws://{}", listener.local_addr().unwrap())).unwrap();
    let (network, lives) = fragile();
    let (entropy, tls, now) = (Entropy::from_system().unwrap(), ClientTls::default(), Instant::now());
    let mut socket = WebSocket::connect_on(network, entropy, url, settings(), tls, EmptyMessages::Keep, now).unwrap();
    drop(listener.accept().unwrap());
    wait_for("the end", || {
        socket.poll(Instant::now());
        socket.is_finished().then_some(())
    });
    assert!(Arc::strong_count(&lives) > 1);
    drop(socket);
    assert_eq!(Arc::strong_count(&lives), 1, "nothing of the network is left");
}

#[test]
fn a_client_that_dials_ends_soon() {
    // An address from which nothing comes back.
    let url = Url::parse("ws://192.0.2.1:9").unwrap();
    if let Ok(client) = Client::connect(url, settings(), ClientTls::default(), Instant::now()) {
        let began = Instant::now();
        drop(client);
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    }
}

/// What waits for the end of the frame has not been offered to the network, which is no reason to refuse what follows.
#[test]
fn one_frame_may_put_more_than_may_wait() {
    let limits = Limits { outbound_buffer_size: 1000, max_queued_packets: 8, join_room: None, ..Limits::default() };
    let little_room = Settings { limits, ..settings() };
    let mut server = server(little_room.clone());
    let mut client = client(&server, little_room);
    let id = connected(&mut server);
    wait_for("the client to join", || {
        client.poll(Instant::now());
        client.next_event()
    });
    // A thread that gets no processor for long is not waited for, so that this may take more than one frame.
    wait_for("a frame that puts all of it", || {
        server.poll(Instant::now());
        client.poll(Instant::now());
        let to_client = (0..100).all(|_| server.send(Recipients::One(id), &[7; 100]).is_ok());
        let to_server = (0..100).all(|_| client.send(&[7; 100]).is_ok());
        (to_client && to_server).then_some(())
    });
    // A socket that takes no more is a reason, and an answer that comes at once.
    let _stuck = bare_peer(&server);
    let stuck = connected(&mut server);
    while server.send(Recipients::One(stuck), &[0; 900]).is_ok() {}
    let began = Instant::now();
    for _ in 0..1000 {
        // Its socket may take a little more meanwhile.
        let _ = server.send(Recipients::One(stuck), &[0; 900]);
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn a_server_ends_soon_whatever_handshakes_are_under_way() {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let tls = ServerTls::from_pem(&key.cert.pem(), &key.signing_key.serialize_pem()).unwrap();
    let server = Server::listen(BindAddress::Any, 0, settings(), Some(tls)).unwrap();
    let port = server.local_port().unwrap();
    let mut streams = Vec::new();
    for first in [b"".as_slice(), b"\x16", b"\x16\x03\x01\x02\x00\x01"] {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.write_all(first).unwrap();
        streams.push(stream);
    }
    wait_for("the server to know of them", || (server.statistics().handshakes.started == 3).then_some(()));
    let began = Instant::now();
    drop(server);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn a_client_whose_name_is_looked_up_ends_soon() {
    // A name that exists nowhere (RFC 6761): whether that is known soon is the resolver's matter.
    let url = Url::parse("ws://nowhere.invalid:9").unwrap();
    let client = Client::connect(url, settings(), ClientTls::default(), Instant::now()).unwrap();
    let began = Instant::now();
    drop(client);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    // To a sanitizer, a thread that nobody has joined is a leak.
    assert!(join_lookups(Duration::from_secs(30)), "a lookup hangs");
}

/// A network whose clock panics once it is told to.
fn fragile() -> (Mio, Arc<AtomicBool>) {
    let breaks = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&breaks);
    let clock = Clock::new(move || {
        assert!(!flag.load(Ordering::Relaxed), "the clock has stopped");
        Instant::now()
    });
    (Mio::with_clock(64, clock).unwrap(), breaks)
}

#[test]
fn a_panic_ends_a_server_with_words() {
    let (network, breaks) = fragile();
    let entropy = Entropy::from_system().unwrap();
    let mut server = Server::listen_on(network, entropy, BindAddress::Any, 0, settings(), None).unwrap();
    let _stream = bare_peer(&server);
    let id = connected(&mut server);
    breaks.store(true, Ordering::Relaxed);
    server.send(Recipients::One(id), b"lost").unwrap();
    server.flush(Instant::now());
    let mut next = || {
        wait_for("word of it", || {
            server.poll(Instant::now());
            server.next_event()
        })
    };
    let broken = CloseCause::Broken { detail: "the clock has stopped".to_owned() };
    assert_eq!(next(), Event::Disconnected { id, cause: broken.clone() });
    assert_eq!(next(), Event::Failed { cause: broken });
    let statistics = server.statistics();
    assert_eq!((statistics.queues.outbound_packets, statistics.queues.outbound_bytes), (0, 0), "the room is back");
    assert_eq!((statistics.traffic.packets_sent, statistics.traffic.packets_dropped), (0, 1));
    assert!(server.census().is_empty(), "{:?}", server.census());
    // Whatever is asked of it now does nothing.
    assert!(server.send(Recipients::All, b"nobody").is_ok());
    server.close_peer(id, None, "", Instant::now());
    server.flush(Instant::now());
    server.poll(Instant::now());
    assert_eq!(server.next_event(), None);
    server.shut_down();
}

#[test]
fn a_panic_ends_a_client_with_words() {
    let mut server = server(settings());
    let (network, breaks) = fragile();
    let url = Url::parse(&format!("ws://127.0.0.1:{}", server.local_port().unwrap())).unwrap();
    let entropy = Entropy::from_system().unwrap();
    let now = Instant::now();
    let mut client = Client::connect_on(network, entropy, url, settings(), ClientTls::default(), now).unwrap();
    connected(&mut server);
    wait_for("the client to join", || {
        client.poll(Instant::now());
        client.next_event()
    });
    breaks.store(true, Ordering::Relaxed);
    client.send(b"boo").unwrap();
    client.flush(Instant::now());
    let event = wait_for("the end", || {
        client.poll(Instant::now());
        client.next_event()
    });
    let cause = CloseCause::Broken { detail: "the clock has stopped".to_owned() };
    assert_eq!(event, Event::Disconnected { id: SERVER_ID, cause });
    let statistics = client.statistics();
    assert_eq!((statistics.queues.outbound_packets, statistics.queues.outbound_bytes), (0, 0), "the room is back");
    assert_eq!((statistics.traffic.packets_sent, statistics.traffic.packets_dropped), (0, 1));
}

#[test]
fn nobody_joins_a_server_after_cutting_the_connection() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("ws://{}", listener.local_addr().unwrap())).unwrap();
    let mut client = Client::connect(url, settings(), ClientTls::default(), Instant::now()).unwrap();
    let mut stream = listener.accept().unwrap().0;
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.extend(byte);
    }
    wait_for("word of the connection", || {
        client.poll(Instant::now());
        (client.statistics().wire.sent > 0).then_some(())
    });
    let_in(&mut stream, &request);
    // The id is here, and the game has not heard of it.
    wait_for("the answer", || (client.statistics().wire.received > 100).then_some(()));
    client.cut_peer(SERVER_ID, Instant::now());
    let event = wait_for("the end", || {
        client.poll(Instant::now());
        client.next_event()
    });
    assert_eq!(event, Event::Failed { cause: CloseCause::Cut });
}
