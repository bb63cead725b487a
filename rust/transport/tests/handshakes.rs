//! Who is let in: what the game is asked, what its answers lead to, and which pages of the web may ask at all.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::io::Write;
use std::net::Shutdown;
use std::time::Duration;

use rust_websocket_transport::config::{
    Acceptance, Admission, AllowedOrigins, Answer, Handshake, HeaderLines, Limits, Reception, Rejection, Settings,
    Subprotocols,
};
use rust_websocket_transport::error::{CloseCause, Phase, ResponseError};
use rust_websocket_transport::event::{Event, Ticket};
use rust_websocket_transport::game::Endpoint;

use self::support::{Asker, Table, request, wait_for};

/// Settings of a server that asks.
fn asking() -> Settings {
    let reception = Reception { asks_game: true, ..Reception::default() };
    Settings { reception, ..Settings::default() }
}

fn asking_table() -> Table {
    Table::with_settings(asking(), None)
}

fn next_request(table: &mut Table) -> Ticket {
    wait_for("a request", || match table.turn() {
        Some(Event::Requested { ticket }) => Some(ticket),
        Some(other) => panic!("no request, but {other:?}"),
        None => None,
    })
}

fn say(table: &mut Table, ticket: Ticket, answer: Answer) -> bool {
    let now = table.now();
    table.server.answer(ticket, answer, now)
}

fn yes() -> Answer {
    Answer::Accept(Acceptance::default())
}

fn no(status: i64, reason: &str) -> Answer {
    Answer::Reject(Rejection::new(status, reason, HeaderLines::default(), String::new()).unwrap())
}

#[test]
fn the_game_reads_a_request_and_lets_it_in() {
    let mut table = asking_table();
    let mut asker = Asker::connect(&table);
    asker.say(&request("/match/7?token=a%2Bb", &["Cookie: session=x", "Sec-WebSocket-Protocol: a, b"]));
    let ticket = next_request(&mut table);
    let requested = table.server.request(ticket).unwrap().clone();
    assert_eq!((requested.head.path(), requested.tls), ("/match/7", false));
    assert_eq!(requested.head.query().next().unwrap(), ("token".into(), "a+b".into()));
    assert_eq!(requested.head.cookies().collect::<Vec<_>>(), [("session", "x")]);
    assert_eq!(requested.address.unwrap().port(), asker.port());
    let headers = HeaderLines::parse(["X-Match: 7"]).unwrap();
    let acceptance = Acceptance::new(requested.head.protocols(), "b", headers).unwrap();
    assert!(say(&mut table, ticket, Answer::Accept(acceptance)));
    assert!(!say(&mut table, ticket, yes()), "one answer is enough");
    assert!(table.server.request(ticket).is_none());
    let head = asker.read_head(&mut table);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains("\r\nX-Match: 7\r\n") && head.contains("\r\nSec-WebSocket-Protocol: b\r\n"), "{head}");
    let id = wait_for("the peer", || match table.turn() {
        Some(Event::Connected { id }) => Some(id),
        _ => None,
    });
    let peer = table.server.peer(id).unwrap();
    assert_eq!((peer.request(), peer.ticket()), (Some(&requested.head), Some(ticket)));
    assert_eq!(peer.protocol(), Some("b"));
}

#[test]
fn a_refusal_says_what_the_game_says() {
    let mut table = asking_table();
    let client = table.join();
    let ticket = next_request(&mut table);
    assert!(say(&mut table, ticket, no(403, "Banned till Sunday")));
    let gone = wait_for("the end of the request", || table.turn());
    assert_eq!(gone, Event::Withdrawn { ticket });
    let Err(CloseCause::Response(ResponseError::Status { status, reason, .. })) = table.outcome(client) else {
        panic!("not refused");
    };
    assert_eq!((status, reason.to_string().as_str()), (403, "Banned till Sunday"));
    let cause = table.failed_handshake();
    assert_eq!(cause.to_string(), "the game refused it with HTTP 403: Banned till Sunday");
    let handshakes = table.server.statistics().handshakes;
    assert_eq!((handshakes.refused, handshakes.pending()), (1, 0));
}

#[test]
fn whoever_waits_for_an_answer_is_timed_out_like_anybody() {
    let limits = Limits { handshake_timeout: Duration::from_secs(600), ..Limits::default() };
    let mut table = Table::with_settings(Settings { limits, ..asking() }, None);
    let mut asker = Asker::connect(&table);
    asker.say(&request("/", &[]));
    let ticket = next_request(&mut table);
    for _ in 0..100 {
        assert_eq!(table.turn(), None);
    }
    table.advance(Duration::from_secs(601));
    assert_eq!(wait_for("the end", || table.turn()), Event::Withdrawn { ticket });
    assert_eq!(table.failed_handshake(), CloseCause::TimedOut(Phase::Handshake));
    assert!(!say(&mut table, ticket, yes()), "too late");
    assert_eq!(asker.read_to_end(&mut table), b"");
}

#[test]
fn whoever_goes_while_the_game_thinks_is_missed_at_once() {
    for is_reset in [false, true] {
        let mut table = asking_table();
        let mut asker = Asker::connect(&table);
        asker.say(&request("/", &[]));
        let ticket = next_request(&mut table);
        if is_reset {
            asker.reset();
        } else {
            asker.stream.shutdown(Shutdown::Both).unwrap();
        }
        assert_eq!(wait_for("the end", || table.turn()), Event::Withdrawn { ticket });
        assert!(!say(&mut table, ticket, yes()));
    }
}

#[test]
fn whoever_was_let_in_and_is_gone_before_the_game_hears_of_it_is_withdrawn() {
    let mut table = asking_table();
    let mut asker = Asker::connect(&table);
    asker.say(&request("/", &[]));
    let ticket = next_request(&mut table);
    assert!(say(&mut table, ticket, yes()));
    asker.stream.shutdown(Shutdown::Both).unwrap();
    wait_for("the server to see the end", || {
        table.poll_server();
        // Its coming, and its going.
        (table.server.census().announcements == 2).then_some(())
    });
    assert_eq!(table.turn(), Some(Event::Withdrawn { ticket }));
    table.failed_handshake();
    assert_eq!(table.turn(), None);
}

#[test]
fn what_is_said_too_early_waits_for_the_answer() {
    let mut table = asking_table();
    let mut asker = Asker::connect(&table);
    // A whole frame behind the request, and another one once the game thinks.
    let frame = [0x82, 0x81, 0, 0, 0, 0, b'!'];
    asker.say(&[request("/", &[]).as_slice(), &frame].concat());
    let ticket = next_request(&mut table);
    asker.say(&frame);
    for _ in 0..100 {
        assert_eq!(table.turn(), None);
    }
    assert!(say(&mut table, ticket, yes()));
    let packets = wait_for("two packets", || {
        table.turn();
        (table.server.available() == 2).then(|| [table.server.pop().unwrap(), table.server.pop().unwrap()])
    });
    assert!(packets.iter().all(|packet| *packet.payload == *b"!"));
}

#[test]
fn the_game_is_asked_no_more_than_it_can_be() {
    const MOST: usize = 1024;
    let admission = Admission { max_handshakes_per_address: 4096, ..Admission::default() };
    let mut table = Table::with_settings(Settings { admission, ..asking() }, None);
    let mut askers = Vec::new();
    let mut tickets = Vec::new();
    while askers.len() < MOST {
        let mut asker = Asker::connect(&table);
        asker.say(&request("/", &[]));
        askers.push(asker);
        tickets.push(next_request(&mut table));
    }
    let mut late = Asker::connect(&table);
    late.say(&request("/", &[]));
    assert!(late.read_head(&mut table).starts_with("HTTP/1.1 503 "));
    assert_eq!(table.failed_handshake(), CloseCause::Undecided);
    // One answer makes room for one question, and so does one who goes.
    assert!(say(&mut table, tickets.pop().unwrap(), yes()));
    askers.swap_remove(0).reset();
    for _ in 0..2 {
        wait_for("room for one more", || {
            let mut next = Asker::connect(&table);
            next.say(&request("/", &[]));
            wait_for("a question or a refusal", || match table.turn() {
                Some(Event::Requested { .. }) => Some(Some(())),
                _ => table.next_failure().map(|_| None),
            })
        });
    }
}

#[test]
fn bounds_hold_when_the_answer_comes_too() {
    let admission = Admission { max_peers: 1, ..Admission::default() };
    let mut table = Table::with_settings(Settings { admission, ..asking() }, None);
    let [mut first, mut second] = [(); 2].map(|()| Asker::connect(&table));
    first.say(&request("/", &[]));
    let first_ticket = next_request(&mut table);
    second.say(&request("/", &[]));
    let second_ticket = next_request(&mut table);
    assert!(say(&mut table, second_ticket, yes()));
    assert!(second.read_head(&mut table).starts_with("HTTP/1.1 101 "));
    assert!(say(&mut table, first_ticket, yes()));
    assert!(first.read_head(&mut table).starts_with("HTTP/1.1 503 "));
    assert_eq!(table.failed_handshake(), CloseCause::ServerFull);
}

#[test]
fn a_crowd_takes_no_room_from_whom_the_game_thinks_about() {
    let admission = Admission { max_handshakes: 2, ..Admission::default() };
    let mut table = Table::with_settings(Settings { admission, ..asking() }, None);
    let mut asker = Asker::connect(&table);
    asker.say(&request("/", &[]));
    let ticket = next_request(&mut table);
    let _silent: Vec<Asker> = (0..4).map(|_| Asker::connect(&table)).collect();
    table.advance(Duration::from_secs(1));
    assert_eq!(table.failed_handshake(), CloseCause::Crowded);
    assert!(say(&mut table, ticket, yes()));
    assert!(asker.read_head(&mut table).starts_with("HTTP/1.1 101 "));
}

#[test]
fn subprotocols_of_the_server_hold_where_the_game_chooses_none() {
    let supported_protocols = Subprotocols::parse(["game.v2"]).unwrap();
    let handshake = Handshake { supported_protocols, ..Handshake::default() };
    let mut table = Table::with_settings(Settings { handshake, ..asking() }, None);
    let mut asker = Asker::connect(&table);
    asker.say(&request("/", &["Sec-WebSocket-Protocol: other"]));
    let ticket = next_request(&mut table);
    assert!(say(&mut table, ticket, yes()));
    assert!(asker.read_head(&mut table).starts_with("HTTP/1.1 400 "));
}

#[test]
fn pages_from_elsewhere_are_refused_before_the_game_is_asked() {
    let allowed_origins = AllowedOrigins::parse(["https://*.example.com"]).unwrap();
    let reception = Reception { asks_game: true, allowed_origins, ..Reception::default() };
    let mut table = Table::with_settings(Settings { reception, ..Settings::default() }, None);
    for (origin, is_allowed) in [
        ("Origin: https://play.example.com", true),
        ("Origin: https://example.com", false),
        ("origin: null", false),
        ("Origin: https://play.example.com\r\nOrigin: https://play.example.com", false),
        ("X: y", true),
    ] {
        let mut asker = Asker::connect(&table);
        asker.say(&request("/", &[origin]));
        if is_allowed {
            let ticket = next_request(&mut table);
            assert!(say(&mut table, ticket, yes()));
            assert!(asker.read_head(&mut table).starts_with("HTTP/1.1 101 "), "{origin}");
            wait_for("the peer", || table.turn());
        } else {
            assert!(asker.read_head(&mut table).starts_with("HTTP/1.1 403 "), "{origin}");
            assert!(matches!(table.failed_handshake(), CloseCause::ForeignOrigin(_)), "{origin}");
        }
    }
}

#[test]
fn a_server_that_is_closed_answers_nobody_any_more() {
    let mut table = asking_table();
    let mut asker = Asker::connect(&table);
    asker.stream.write_all(&request("/", &[])).unwrap();
    let ticket = next_request(&mut table);
    table.server.shut_down();
    say(&mut table, ticket, yes());
    assert_eq!(asker.read_to_end(&mut table), b"");
}
