//! One peer of a server, looked at and dealt with alone.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use rust_websocket_transport::close_code::CloseCode;
use rust_websocket_transport::config::{Limits, Settings};
use rust_websocket_transport::connection::ReadyState;
use rust_websocket_transport::error::{CloseCause, Phase, SendError};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Endpoint, Recipients, SERVER_ID};
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::wire::message::MessageKind;

use self::support::{REQUEST, Table, is_across, wait_for};

/// A server with one client, and the client's id.
fn table_of_two() -> (Table, i32) {
    let mut table = Table::new();
    let url = format!("ws://127.0.0.1:{}/path?query", table.port());
    let client = table.join_with(&url, ClientTls::default());
    let id = joined(&mut table);
    wait_for("the client to know", || {
        table.turn();
        table.client(client).id()
    });
    (table, id)
}

fn joined(table: &mut Table) -> i32 {
    wait_for("a peer", || match table.turn() {
        Some(Event::Connected { id }) => Some(id),
        _ => None,
    })
}

fn left(table: &mut Table) -> (i32, CloseCause) {
    wait_for("a peer to go", || match table.turn() {
        Some(Event::Disconnected { id, cause }) => Some((id, cause)),
        _ => None,
    })
}

#[test]
fn a_peer_tells_of_itself() {
    let (mut table, id) = table_of_two();
    let port = table.port();
    let peer = table.server.peer(id).unwrap();
    assert_eq!(peer.ready_state(), ReadyState::Open);
    assert_eq!(peer.address().unwrap().ip().to_canonical(), IpAddr::from([127, 0, 0, 1]));
    let target = peer.target().unwrap();
    assert_eq!((target.host.as_str(), target.path.as_str()), (format!("127.0.0.1:{port}").as_str(), "/path?query"));
    assert!(!peer.uses_tls());
    assert_eq!((peer.protocol(), peer.cause(), peer.buffered_amount()), (None, None, 0));
    assert_eq!(peer.round_trip_time(), None);
    table.server.set_peer_no_delay(id, false, Instant::now());
    assert!(table.server.peer(1).is_none() && table.server.peer(id.wrapping_add(1)).is_none());
}

#[test]
fn text_goes_to_one_peer() {
    let (mut table, id) = table_of_two();
    table.server.send_message(id, MessageKind::Text, "grüße".as_bytes()).unwrap();
    assert_eq!(table.server.send_message(7, MessageKind::Text, b"?"), Err(SendError::UnknownPeer(7)));
    let packet = wait_for("the text", || {
        table.turn();
        table.client_mut(0).pop()
    });
    assert_eq!(packet.payload, "grüße".as_bytes());
}

/// In the frame in which the game reads a peer's last words it may answer them, and the peer is gone already.
#[test]
fn what_is_put_for_a_peer_that_left_unheard_is_dropped_and_counted() {
    let (mut table, id) = table_of_two();
    table.client_mut(0).send(b"last words").unwrap();
    table.client_mut(0).close_peer(SERVER_ID, Some(CloseCode::new(4001).unwrap()), "", Instant::now());
    wait_for("the server to see the end", || {
        assert_eq!(table.turn(), None, "there is a packet to be read before");
        (table.server.peer(id)?.ready_state() != ReadyState::Open).then_some(())
    });
    table.server.send(Recipients::One(id), b"an answer").unwrap();
    table.server.send(Recipients::All, b"news").unwrap();
    table.server.send(Recipients::AllExcept(id), b"news of it").unwrap();
    assert_eq!(table.server.send_message(id, MessageKind::Text, b"?"), Err(SendError::NotOpen), "a handle is told");
    let traffic = table.server.peer(id).unwrap().statistics().traffic;
    assert_eq!((traffic.packets_dropped, traffic.packets_sent, traffic.packets_refused), (2, 0, 0));
    assert_eq!(table.server.pop().unwrap().payload, b"last words".as_slice());
    assert_eq!(left(&mut table).0, id);
    assert_eq!(table.server.next_event(), None);
    assert_eq!(table.server.send(Recipients::One(id), b"?"), Err(SendError::UnknownPeer(id)));
    assert_eq!(table.server.statistics().traffic.packets_dropped, 2);
}

#[test]
fn what_a_client_puts_for_a_server_that_left_unheard_is_dropped_and_counted() {
    let (mut table, id) = table_of_two();
    table.server.send(Recipients::One(id), b"last words").unwrap();
    table.server.close_peer(id, Some(CloseCode::new(4001).unwrap()), "", Instant::now());
    wait_for("the client to see the end", || {
        table.turn();
        (table.client(0).socket().ready_state() != ReadyState::Open).then_some(())
    });
    table.client_mut(0).send(b"an answer").unwrap();
    let sent = table.client_mut(0).send_message(SERVER_ID, MessageKind::Text, b"?");
    assert_eq!(sent, Err(SendError::NotOpen), "a handle is told");
    let traffic = Endpoint::statistics(table.client(0)).traffic;
    assert_eq!((traffic.packets_dropped, traffic.packets_sent), (1, 0));
    assert_eq!(table.client_mut(0).pop().unwrap().payload, b"last words".as_slice());
    assert_eq!(table.outcome(0).unwrap_err().close_code(), Some(4001));
    assert_eq!(table.client_mut(0).send(b"?"), Err(SendError::NotOpen));
}

#[test]
fn a_peer_that_is_reset_gets_no_close_frame() {
    let (mut table, id) = table_of_two();
    table.server.cut_peer(id, Instant::now());
    assert_eq!(table.server.peer(id).unwrap().ready_state(), ReadyState::Closed);
    assert_eq!(table.server.peer(id).unwrap().cause(), Some(&CloseCause::Cut));
    assert_eq!(left(&mut table), (id, CloseCause::Cut));
    table.turn();
    assert!(table.server.peer(id).is_none());
    let cause = wait_for("the client to notice", || {
        table.turn();
        table.client(0).socket().cause().cloned()
    });
    assert_eq!(cause.clean_close(), None);
}

#[test]
fn a_peer_that_is_sent_away_learns_why() {
    let (mut table, id) = table_of_two();
    table.server.close_peer(id, Some(CloseCode::new(4000).unwrap()), "kicked", Instant::now());
    assert_eq!(table.server.peer(id).unwrap().ready_state(), ReadyState::Closing);
    assert_eq!(left(&mut table).0, id);
    let cause = wait_for("the client to hear of it", || {
        table.turn();
        table.client(0).socket().cause().cloned()
    });
    assert_eq!(cause.clean_close(), Some((4000, "kicked".to_owned())));
}

#[test]
fn heartbeats_measure_peers_and_miss_those_that_are_gone() {
    let interval = Duration::from_millis(50);
    let limits = Limits { heartbeat_interval: Some(interval), ..Limits::default() };
    let mut table = Table::with_settings(Settings { limits, ..Settings::default() }, None);
    table.join();
    let id = joined(&mut table);
    let measured = wait_for("a round trip", || {
        table.turn();
        table.server.peer(id)?.round_trip_time()
    });
    assert!(measured < Duration::from_secs(10));
    if is_across() {
        // The client answers although nobody polls it: `network_thread.rs` has what that is worth.
        return;
    }
    // From here on only the server is polled: the client is as good as gone.
    let silent_since = Instant::now();
    let cause = wait_for("the silence to be noticed", || {
        table.server.poll(Instant::now());
        match table.server.next_event() {
            Some(Event::Disconnected { cause, .. }) => Some(cause),
            _ => None,
        }
    });
    assert_eq!(cause, CloseCause::TimedOut(Phase::Heartbeat));
    assert!(silent_since.elapsed() >= interval);
}

#[test]
fn a_heartbeat_can_begin_on_a_peer_that_is_here() {
    let (mut table, id) = table_of_two();
    let limits =
        Limits { heartbeat_interval: Some(Duration::from_millis(20)), ..*table.server.peer(id).unwrap().limits() };
    table.server.set_peer_limits(id, limits, Instant::now());
    wait_for("a round trip", || {
        table.turn();
        table.server.peer(id)?.round_trip_time()
    });
}

#[test]
fn a_heartbeat_that_is_wanted_while_dialing_begins_with_the_connection() {
    let mut table = Table::new();
    let client = table.join();
    let limits = Limits { heartbeat_interval: Some(Duration::from_millis(20)), ..Limits::default() };
    table.client_mut(client).set_peer_limits(SERVER_ID, limits, Instant::now());
    table.outcome(client).unwrap();
    wait_for("a round trip", || {
        table.turn();
        table.client(client).socket().round_trip_time()
    });
}

#[test]
fn a_peer_has_the_limits_of_the_moment_in_which_it_came() {
    let mut table = Table::new();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    wait_for("the connection to be accepted", || {
        table.turn();
        (table.server.statistics().handshakes.started == 1).then_some(())
    });
    let limits = Limits { outbound_buffer_size: 10, inbound_buffer_size: 10, ..Limits::default() };
    table.server.configure(Settings { limits, ..Settings::default() }, Instant::now());
    stream.write_all(REQUEST).unwrap();
    let id = joined(&mut table);
    assert_eq!(*table.server.peer(id).unwrap().limits(), Limits::default());
    table.server.send(Recipients::One(id), &[0; 20]).unwrap();
}

#[test]
fn whoever_takes_the_place_of_one_that_was_cut_after_its_end_is_no_ghost() {
    let (mut table, id) = table_of_two();
    table.client_mut(0).shut_down();
    assert_eq!(left(&mut table).0, id);
    table.server.abandon_peer(id, Instant::now());
    // The next one comes before the game takes another event.
    let client = table.join();
    wait_for("the client to know", || {
        table.client_mut(client).poll(Instant::now());
        table.server.poll(Instant::now());
        table.client(client).id()
    });
    let next = joined(&mut table);
    assert_eq!(table.client(client).id(), Some(next));
    assert_eq!(table.round_trip(client, b"all well"), b"all well");
}

/// What becomes of a client whose id finds no room in the server's queue.
fn whose_id_finds_no_room(limits: Limits) {
    let mut table = Table::with_settings(Settings { limits, ..Settings::default() }, None);
    let client = table.join();
    let event = wait_for("the end of the handshake", || {
        let event = table.turn();
        assert_eq!(event, None, "the game hears of a peer that nobody can speak to");
        table.next_failure()
    });
    assert!(matches!(event, CloseCause::IdUnsent(_)), "{event:?}");
    assert!(table.outcome(client).is_err());
    let statistics = table.server.statistics();
    assert_eq!((statistics.peers, statistics.handshakes.succeeded, statistics.handshakes.failed), (0, 0, 1));
}

#[test]
fn a_peer_whose_id_cannot_be_sent_is_no_peer() {
    whose_id_finds_no_room(Limits { outbound_buffer_size: 1, ..Limits::default() });
    whose_id_finds_no_room(Limits { max_queued_packets: 0, ..Limits::default() });
}
