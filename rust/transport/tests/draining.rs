//! What a server answers beside WebSocket, and how it comes to its end.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::time::Duration;

use rust_websocket_transport::close_code::CloseCode;
use rust_websocket_transport::config::{Acceptance, Answer, Limits, PagePath, Reception, Settings};
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{DrainPlan, Endpoint};

use self::support::{Asker, Table, request, wait_for};

fn with_pages(asks_game: bool) -> Table {
    let path = |path| PagePath::parse(path).unwrap();
    let reception =
        Reception { asks_game, health_path: path("/health"), metrics_path: path("/metrics"), ..Reception::default() };
    Table::with_settings(Settings { reception, ..Settings::default() }, None)
}

fn ask(table: &mut Table, words: &str) -> String {
    let mut asker = Asker::connect(table);
    asker.say(words.as_bytes());
    String::from_utf8(asker.read_to_end(table)).unwrap()
}

fn drain(table: &mut Table, grace: Duration) {
    let now = table.now();
    let plan = DrainPlan { deadline: now + grace, code: Some(CloseCode::new(1012).unwrap()), reason: "bye".to_owned() };
    table.server.drain(plan, now);
}

fn next_event(table: &mut Table) -> Event {
    wait_for("an event", || table.turn())
}

#[test]
fn pages_are_answered_and_are_no_handshakes() {
    let mut table = with_pages(false);
    for asked in
        ["GET /health HTTP/1.1\r\nHost: a", "GET /health?probe HTTP/1.0", "GET http://b/health HTTP/1.1\r\nHost: a"]
    {
        let answer = ask(&mut table, &format!("{asked}\r\n\r\n"));
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\nConnection: close\r\n") && answer.ends_with("\r\n\r\nok\n"),
            "{answer}"
        );
    }
    let head = ask(&mut table, "HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("Content-Length: 3\r\n\r\n"), "{head}");
    let posted = ask(&mut table, "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    assert!(posted.starts_with("HTTP/1.1 405 ") && posted.contains("\r\nAllow: GET, HEAD\r\n"), "{posted}");
    // No connection is kept: what is asked beyond the first question is not heard.
    let two = ask(&mut table, &"GET /health HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2));
    assert_eq!(two.matches("HTTP/1.1").count(), 1);
    assert_eq!(table.next_failure(), None);
    let handshakes = table.server.statistics().handshakes;
    assert_eq!((handshakes.pages, handshakes.refused, handshakes.failed, handshakes.pending()), (6, 0, 0, 0));
}

#[test]
fn all_else_is_told_that_websocket_is_spoken_here() {
    let mut table = with_pages(false);
    for asked in [
        "GET / HTTP/1.1\r\nHost: a",
        "POST /rpc HTTP/1.1\r\nHost: a",
        "OPTIONS / HTTP/1.0",
        "GET /healthy HTTP/1.1\r\nHost: a",
    ] {
        let answer = ask(&mut table, &format!("{asked}\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{answer}");
        assert!(answer.contains("\r\nUpgrade: websocket\r\n"), "{answer}");
        assert!(answer.ends_with("the request does not ask for an upgrade to WebSocket\n"), "{answer}");
        assert!(matches!(table.failed_handshake(), CloseCause::Request(_)));
    }
    // A client that asks for the page's path by WebSocket is a client like any other.
    let mut asker = Asker::connect(&table);
    asker.say(&request("/health", &[]));
    assert!(asker.read_head(&mut table).starts_with("HTTP/1.1 101 "));
}

#[test]
fn the_statistics_are_what_prometheus_reads() {
    let mut table = with_pages(false);
    let client = table.join();
    assert_eq!(table.outcome(client), Ok(()));
    table.round_trip(client, b"twelve bytes");
    let answer = ask(&mut table, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
    assert!(head.contains(&format!("\r\nContent-Length: {}", body.len())), "{head}");
    let scrape = prometheus_parse::Scrape::parse(body.lines().map(|line| Ok(line.to_owned()))).unwrap();
    let value = |name: &str, outcome: Option<&str>| {
        let name = format!("rust_websocket_{name}");
        let sample =
            scrape.samples.iter().find(|sample| sample.metric == name && sample.labels.get("outcome") == outcome);
        match &sample.unwrap_or_else(|| panic!("no {name} in\n{body}")).value {
            prometheus_parse::Value::Counter(value) if name.ends_with("_total") => *value,
            prometheus_parse::Value::Gauge(value) if !name.ends_with("_total") => *value,
            other => panic!("{name} is {other:?}"),
        }
    };
    assert_eq!(value("peers", None), 1.0);
    assert_eq!(value("handshakes_total", Some("succeeded")), 1.0);
    assert_eq!(value("handshakes_total", Some("timed_out")), 0.0);
    assert_eq!(value("packets_received_bytes_total", None), 12.0);
    assert_eq!(value("packets_sent_total", None), 1.0);
    assert_eq!(value("before_compression_bytes_total", None), 0.0);
    assert_eq!(value("draining", None), 0.0);
    assert_eq!(value("pages_total", None), 1.0);
    let lines = body.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(scrape.samples.len(), lines, "every line is understood");
    assert_eq!(scrape.docs.len(), body.lines().filter(|line| line.starts_with("# HELP")).count());
    let head = ask(&mut table, "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn whoever_asks_for_statistics_and_goes_holds_up_nobody() {
    let mut table = with_pages(false);
    for _ in 0..1500 {
        let mut asker = Asker::connect(&table);
        asker.say(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        asker.reset();
        table.turn();
    }
    let answer = wait_for("statistics", || {
        Some(ask(&mut table, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"))
            .filter(|answer| answer.starts_with("HTTP/1.1 200 "))
    });
    assert!(answer.contains("\nrust_websocket_peers 0\n"), "{answer}");
}

#[test]
fn a_server_with_nobody_is_drained_at_once() {
    let mut table = Table::new();
    assert!(!table.server.is_draining());
    drain(&mut table, Duration::from_secs(30));
    assert!(table.server.is_draining());
    assert_eq!(next_event(&mut table), Event::Drained);
    drain(&mut table, Duration::from_secs(30));
    for _ in 0..100 {
        assert_eq!(table.turn(), None, "it is told once");
    }
    let port = table.port();
    wait_for("the port to be given back", || std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).ok());
}

#[test]
fn a_server_that_is_shut_down_while_it_drains_says_no_more() {
    let mut table = Table::new();
    let client = table.join();
    assert_eq!(table.outcome(client), Ok(()));
    drain(&mut table, Duration::from_secs(600));
    for _ in 0..100 {
        assert_eq!(table.turn(), None);
    }
    table.server.shut_down();
    assert_eq!((table.server.next_event(), table.server.is_draining()), (None, false));
    table.server.poll(table.now());
    assert_eq!(table.server.next_event(), None);
}

#[test]
fn those_who_are_here_may_finish_and_the_rest_is_closed() {
    let mut table = Table::new();
    let [first, second] = [(); 2].map(|()| {
        let client = table.join();
        assert_eq!(table.outcome(client), Ok(()));
        client
    });
    drain(&mut table, Duration::from_secs(600));
    assert_eq!(table.round_trip(first, b"still here"), b"still here");
    table.client_mut(first).shut_down();
    assert!(matches!(next_event(&mut table), Event::Disconnected { .. }));
    for _ in 0..100 {
        assert_eq!(table.turn(), None);
    }
    // Later still, and then sooner after all.
    drain(&mut table, Duration::from_secs(6000));
    drain(&mut table, Duration::from_secs(60));
    table.advance(Duration::from_secs(61));
    assert!(matches!(next_event(&mut table), Event::Disconnected { .. }));
    assert_eq!(next_event(&mut table), Event::Drained);
    let end = table.outcome(second).unwrap_err();
    assert_eq!(end, CloseCause::ByPeer { code: Some(1012), reason: "bye".to_owned() });
}

#[test]
fn nobody_gets_in_while_it_drains_and_balancers_are_told() {
    let mut table = with_pages(true);
    let mut early = Asker::connect(&table);
    early.say(&request("/", &[]));
    let ticket = wait_for("the question", || match table.turn() {
        Some(Event::Requested { ticket }) => Some(ticket),
        _ => None,
    });
    let mut half = Asker::connect(&table);
    half.say(b"GET / HTTP/1.1\r\n");
    table.turn();
    drain(&mut table, Duration::from_secs(600));
    // Whoever waited for the game hears at once that it will not be.
    let undecided = early.read_head(&mut table);
    let now = table.now();
    assert!(!table.server.answer(ticket, Answer::Accept(Acceptance::default()), now), "it was answered");
    assert_eq!(next_event(&mut table), Event::Withdrawn { ticket });
    assert_eq!(next_event(&mut table), Event::Drained);
    let refused = |head: &str| {
        head.starts_with("HTTP/1.1 503 ")
            && head.lines().any(|line| {
                line.strip_prefix("Retry-After: ")
                    .is_some_and(|seconds| (1..=600).contains(&seconds.parse::<u32>().unwrap()))
            })
    };
    let heads = [
        undecided,
        {
            half.say(&request("/", &[])[16..]);
            half.read_head(&mut table)
        },
        {
            let mut late = Asker::connect(&table);
            late.say(&request("/", &[]));
            late.read_head(&mut table)
        },
    ];
    assert!(heads.iter().all(|head| refused(head)), "{heads:?}");
    let health = ask(&mut table, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(health.starts_with("HTTP/1.1 503 ") && health.ends_with("\r\n\r\ndraining\n"), "{health}");
    assert!(ask(&mut table, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").contains("\nrust_websocket_draining 1\n"));
}

#[test]
fn the_game_is_not_asked_about_somebody_who_was_turned_down_unheard() {
    let mut table = with_pages(true);
    let mut askers = [(); 2].map(|()| Asker::connect(&table));
    for asker in &mut askers {
        asker.say(&request("/", &[]));
    }
    wait_for("two questions", || {
        table.poll_server();
        (table.server.census().announcements == 2).then_some(())
    });
    let Some(Event::Requested { ticket }) = table.server.next_event() else { panic!("nobody asks") };
    // From the handler of the first.
    drain(&mut table, Duration::from_secs(600));
    assert_eq!(table.server.next_event(), None, "there is nothing left to decide");
    assert_eq!(next_event(&mut table), Event::Withdrawn { ticket });
    assert_eq!(next_event(&mut table), Event::Drained);
    for asker in &mut askers {
        assert!(asker.read_head(&mut table).starts_with("HTTP/1.1 503 "));
    }
}

#[test]
fn pages_are_answered_while_nobody_is_let_in() {
    let mut table = with_pages(false);
    let now = table.now();
    table.server.refuse_new_connections(true, now);
    let health = ask(&mut table, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(health.starts_with("HTTP/1.1 200 OK\r\n"), "{health}");
    let mut late = Asker::connect(&table);
    late.say(&request("/", &[]));
    let refused = late.read_head(&mut table);
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
}

#[test]
fn who_does_not_answer_the_close_frame_holds_it_up_for_a_moment_only() {
    let limits = Limits { close_timeout: Duration::from_secs(500), ..Limits::default() };
    let mut table = Table::with_settings(Settings { limits, ..Settings::default() }, None);
    let mut stuck = Asker::connect(&table);
    stuck.say(&request("/", &[]));
    assert!(matches!(next_event(&mut table), Event::Connected { .. }));
    drain(&mut table, Duration::ZERO);
    assert!(matches!(next_event(&mut table), Event::Disconnected { .. }));
    for _ in 0..100 {
        assert_eq!(table.turn(), None, "its last bytes may be on their way");
    }
    table.advance(Duration::from_secs(501));
    table.hasten(Duration::from_millis(50));
    assert_eq!(next_event(&mut table), Event::Drained);
}
