//! Ends of connections that only a bare socket on the other side can see.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::Instant;

use rust_websocket_transport::config::Settings;
use rust_websocket_transport::connection::ReadyState;
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Client, Endpoint, SERVER_ID};
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::wire::url::Url;

use self::support::{ID, REQUEST, Table, accept, connect, is_across, let_in, wait_for};

/// A client, and the bare socket of the server that it asks, which has read this request.
fn asking_client() -> (Client, TcpStream, Vec<u8>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = Url::parse(&format!("ws://{}", listener.local_addr().unwrap())).unwrap();
    let mut client = connect(url, Settings::default(), ClientTls::default(), Instant::now());
    let mut stream = listener.accept().unwrap().0;
    stream.set_nonblocking(true).unwrap();
    let mut request = Vec::new();
    wait_for("the request", || {
        client.poll(Instant::now());
        // What has not come yet comes later.
        let _ = stream.read_to_end(&mut request);
        request.ends_with(b"\r\n\r\n").then_some(())
    });
    (client, stream, request)
}

/// A client, and the bare socket of the server that has let it in.
fn joined_client() -> (Client, TcpStream) {
    let (mut client, mut stream, request) = asking_client();
    let_in(&mut stream, &request);
    wait_for("the client to join", || {
        client.poll(Instant::now());
        client.next_event()
    });
    (client, stream)
}

#[test]
fn a_client_that_was_told_of_the_end_lets_the_other_side_go() {
    let (mut client, mut stream) = joined_client();
    stream.shutdown(Shutdown::Write).unwrap();
    let event = wait_for("the end", || {
        client.poll(Instant::now());
        client.next_event()
    });
    assert_eq!(event, Event::Disconnected { id: SERVER_ID, cause: CloseCause::EndOfStream });
    wait_for("the other side's end of stream", || match stream.read(&mut [0; 64]) {
        Ok(count) => (count == 0).then_some(()),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            None
        }
    });
    // The game may hold on to it for as long as it likes.
    drop(client);
}

#[test]
fn a_client_that_its_game_has_called_off_does_not_join() {
    let (mut client, mut stream, request) = asking_client();
    accept(&mut stream, &request);
    wait_for("the connection", || {
        client.poll(Instant::now());
        (client.socket().ready_state() == ReadyState::Open).then_some(())
    });
    let before = client.statistics().wire.received;
    stream.write_all(ID).unwrap();
    if is_across() {
        // The network thread reads it, although nobody polls.
        wait_for("the id", || (client.statistics().wire.received > before).then_some(()));
    }
    client.close_peer(SERVER_ID, None, "", Instant::now());
    stream.shutdown(Shutdown::Write).unwrap();
    let event = wait_for("the end", || {
        client.poll(Instant::now());
        client.next_event()
    });
    assert!(matches!(event, Event::Failed { cause: CloseCause::ByUs { .. } }), "{event:?}");
}

#[test]
fn whoever_went_before_the_first_poll_is_no_peer() {
    let mut table = Table::new();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap();
    stream.write_all(REQUEST).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let cause = wait_for("the end of the handshake", || {
        let event = table.turn();
        assert!(event.is_none(), "the game hears of a peer that is gone: {event:?}");
        table.next_failure()
    });
    assert_eq!(cause, CloseCause::EndOfStream);
}

#[test]
fn nothing_is_left_in_a_client_that_was_shut_down() {
    let (mut client, mut stream) = joined_client();
    stream.write_all(b"\x82\x05hello\x82\x05world").unwrap();
    wait_for("both packets", || {
        client.poll(Instant::now());
        (client.available() == 2).then_some(())
    });
    let census = client.census();
    // What is on a thread of its own is not counted.
    let connections = usize::from(!is_across());
    assert_eq!((census.connections, census.packets, census.bytes), (connections, 2, 10));
    client.shut_down();
    assert_eq!(client.pop(), None);
    client.poll(Instant::now());
    let census = client.census();
    assert!(census.is_empty(), "the game may hold on to it for long: {census:?}");
}
