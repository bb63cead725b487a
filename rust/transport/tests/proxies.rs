//! Servers behind proxies: whose a connection is, whom it counts as, and who is not believed.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use rust_websocket_transport::config::{Admission, Proxies, ProxyProtocol, Settings, TrustedProxies};
use rust_websocket_transport::error::{CloseCause, ProxyError, RequestError};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::Endpoint as _;

use self::support::{REQUEST, Table, wait_for};

const HERE: &str = "127.0.0.0/8";

/// A head of the PROXY protocol for a player at this address.
fn head(address: &str) -> Vec<u8> {
    format!("PROXY TCP4 {address} 127.0.0.1 4660 9080\r\n").into_bytes()
}

fn behind(trusted: &[&str], protocol: ProxyProtocol, admission: Admission) -> Table {
    let proxies = Proxies { trusted: TrustedProxies::parse(trusted).unwrap(), protocol };
    Table::with_settings(Settings { proxies, admission, ..Settings::default() }, None)
}

fn connect(table: &Table) -> TcpStream {
    TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())).unwrap()
}

/// The request with one more line.
fn request(line: &str) -> Vec<u8> {
    String::from_utf8(REQUEST.to_vec()).unwrap().replacen("\r\n", &format!("\r\n{line}\r\n"), 1).into_bytes()
}

/// A peer that begins so, and where the server takes it to be.
fn join(table: &mut Table, words: &[&[u8]]) -> (TcpStream, String) {
    let mut stream = connect(table);
    for (number, words) in words.iter().enumerate() {
        if number > 0 {
            // Whatever is told now is of others: not all is said yet.
            table.turn();
        }
        stream.write_all(words).unwrap();
    }
    let id = wait_for("the peer to join", || match table.turn() {
        Some(Event::Connected { id }) => Some(id),
        _ => None,
    });
    let address = table.server.peer(id).unwrap().address().unwrap();
    (stream, address.to_string())
}

#[test]
fn a_trusted_proxy_says_whose_a_connection_is() {
    let mut table = behind(&[HERE], ProxyProtocol::Optional, Admission::default());
    let forwarded = request("Forwarded: for=1.1.1.1, for=\"192.0.2.7:4711\";proto=https");
    for (words, address) in [
        (vec![&head("192.0.2.7")[..], REQUEST], "192.0.2.7:4660"),
        // What the player says of itself.
        (vec![&head("192.0.2.7")[..], &request("X-Forwarded-For: 1.1.1.1")], "192.0.2.7:4660"),
        (vec![&forwarded], "192.0.2.7:4711"),
        (vec![&request("X-Real-IP: 192.0.2.7")], "192.0.2.7:0"),
        // Another proxy, which speaks for a player.
        (vec![&head("127.0.0.9"), &request("X-Forwarded-For: 192.0.2.7")], "192.0.2.7:0"),
    ] {
        assert_eq!(join(&mut table, &words).1, address);
    }
    let (stream, address) = join(&mut table, &[b"PROXY UNKNOWN\r\n", REQUEST]);
    assert_eq!(address, stream.local_addr().unwrap().to_string(), "the proxy speaks for itself");
}

#[test]
fn what_tls_it_is_is_told_too() {
    let mut table = behind(&[HERE], ProxyProtocol::Off, Admission::default());
    let mut stream = connect(&table);
    stream.write_all(&request("X-Forwarded-Proto: https")).unwrap();
    let id = wait_for("the peer to join", || match table.turn() {
        Some(Event::Connected { id }) => Some(id),
        _ => None,
    });
    assert!(table.server.peer(id).unwrap().uses_tls());
}

#[test]
fn a_stranger_is_believed_nothing() {
    let mut table = behind(&["10.0.0.1"], ProxyProtocol::Optional, Admission::default());
    let (stream, address) = join(&mut table, &[&request("Forwarded: for=1.1.1.1")]);
    assert_eq!(address, stream.local_addr().unwrap().to_string());
    let mut liar = connect(&table);
    liar.write_all(&head("192.0.2.7")).unwrap();
    liar.write_all(REQUEST).unwrap();
    assert!(matches!(table.failed_handshake(), CloseCause::Request(RequestError::NotHttp(_))));
}

#[test]
fn a_head_that_has_to_be_there_is_waited_for() {
    for (trusted, words, error) in [
        (&[HERE][..], REQUEST, ProxyError::Missing),
        (&["10.0.0.1"], &head("192.0.2.7"), ProxyError::Untrusted),
        (&[], &b"PROXY UNKNOWN ".repeat(20), ProxyError::TooLong),
    ] {
        let mut table = behind(trusted, ProxyProtocol::Required, Admission::default());
        let mut stream = connect(&table);
        stream.write_all(words).unwrap();
        assert_eq!(table.failed_handshake(), CloseCause::Proxy(error));
        let answered = stream.read(&mut [0; 64]);
        assert!(matches!(answered, Ok(0) | Err(_)), "nobody is answered: {answered:?}");
    }
    let mut table = behind(&[], ProxyProtocol::Required, Admission::default());
    assert_eq!(
        join(&mut table, &[&head("192.0.2.7"), REQUEST]).1,
        "192.0.2.7:4660",
        "who reaches the port is the proxy"
    );
}

#[test]
fn bounds_are_the_players_and_not_the_proxys() {
    let admission = Admission { max_handshakes_per_address: 2, max_handshakes_per_minute: 3, ..Admission::default() };
    let mut table = behind(&[HERE], ProxyProtocol::Optional, admission);
    // Ten players at once, who have said who they are and not what they want.
    let mut waiting: Vec<TcpStream> = (1..=10).map(|_| connect(&table)).collect();
    for (stream, number) in waiting.iter_mut().zip(1..) {
        stream.write_all(&head(&format!("192.0.2.{number}"))).unwrap();
    }
    wait_for("all to be taken in", || {
        table.turn();
        (table.server.statistics().handshakes.pending() == 10).then_some(())
    });
    // One player who opens three at once.
    let mut greedy = [connect(&table), connect(&table), connect(&table)];
    for stream in &mut greedy {
        stream.write_all(&head("192.0.2.99")).unwrap();
    }
    assert_eq!(table.failed_handshake(), CloseCause::Crowded);
    // And one who comes again and again, by a header.
    let again = request("X-Forwarded-For: 192.0.2.50");
    let _peers = [(); 3].map(|()| join(&mut table, &[&again]));
    let mut fourth = connect(&table);
    fourth.write_all(&again).unwrap();
    assert_eq!(table.failed_handshake(), CloseCause::TooManyHandshakes);
    assert_eq!(join(&mut table, &[&request("X-Forwarded-For: 192.0.2.51")]).1, "192.0.2.51:0");
}
