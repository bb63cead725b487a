//! Other doors than a port: a Unix socket, and sockets that were there when the process began.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::env;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rust_websocket_transport::config::{Proxies, ProxyProtocol, Settings, TrustedProxies};
use rust_websocket_transport::error::{CloseCause, ListenError};
use rust_websocket_transport::event::Event;
use rust_websocket_transport::game::{Endpoint as _, Server};
use rust_websocket_transport::network::BindAddress;
use rust_websocket_transport::stream::tls::client::ClientTls;

use self::support::{REQUEST, Table, placed, wait_for};

/// A path that no other test has.
fn path(name: &str) -> PathBuf {
    env::temp_dir().join(format!("{name}-{}-{}.sock", std::process::id(), env!("CARGO_CRATE_NAME")))
}

fn listen(address: BindAddress, settings: Settings) -> Result<Server, ListenError> {
    Server::listen(address, 0, placed(settings), None)
}

#[test]
fn packets_pass_by_a_unix_socket() {
    let path = path("packets");
    let mut table = Table::of(listen(BindAddress::Unix(path.clone()), Settings::default()).unwrap());
    assert_eq!(table.server.local_port(), None);
    let client = table.join_with(&format!("ws+unix://{}:/match?a=b", path.display()), ClientTls::default());
    assert_eq!(table.outcome(client), Ok(()));
    let payload: Vec<u8> = (0..60_000u32).map(|number| (number % 251) as u8).collect();
    for _ in 0..20 {
        assert_eq!(table.round_trip(client, &payload), payload);
    }
    drop(table);
    assert!(!path.exists());
}

#[test]
fn a_proxy_by_a_unix_socket_may_be_believed() {
    for (trusted, address) in [("unix:", Some("192.0.2.7:0".parse().unwrap())), ("192.0.2.1", None)] {
        let path = path(&format!("proxy-{}", trusted.len()));
        let proxies = Proxies { trusted: TrustedProxies::parse([trusted]).unwrap(), protocol: ProxyProtocol::Off };
        let settings = Settings { proxies, ..Settings::default() };
        let mut table = Table::of(listen(BindAddress::Unix(path.clone()), settings).unwrap());
        let mut stream = UnixStream::connect(&path).unwrap();
        let request = String::from_utf8(REQUEST.to_vec()).unwrap();
        let request = request.replacen("\r\n", "\r\nX-Forwarded-For: 192.0.2.7\r\n", 1);
        stream.write_all(request.as_bytes()).unwrap();
        let id = wait_for("the peer to join", || match table.turn() {
            Some(Event::Connected { id }) => Some(id),
            _ => None,
        });
        assert_eq!(table.server.peer(id).unwrap().address(), address);
    }
}

#[test]
fn nobody_is_behind_a_path_without_a_server() {
    let mut table = Table::new();
    let result = rust_websocket_transport::wire::url::Url::parse("ws+unix:///nowhere/at/all.sock");
    let outcome = rust_websocket_transport::game::Client::connect(
        result.unwrap(),
        placed(Settings::default()),
        ClientTls::default(),
        table.now(),
    );
    assert!(matches!(outcome, Err(CloseCause::Dial(_))), "{outcome:?}");
    assert_eq!(table.turn(), None);
}

/// The test of this name in a process of its own, which has been given this socket as its first one.
fn started_with(socket: impl Into<OwnedFd>, part: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", part])
        .envs([("LISTEN_FDS", "1"), ("LISTEN_FDNAMES", "game"), ("LISTEN_FDS_FIRST_FD", "0")])
        .env_remove("LISTEN_PID")
        .stdin(Stdio::from(socket.into()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Asks to be let in, and waits for the answer. Whoever goes at once was never a peer, so the stream stays.
fn join<S: std::io::Read + std::io::Write>(mut stream: S) -> S {
    stream.write_all(REQUEST).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 101");
    stream
}

#[test]
fn a_socket_that_was_passed_on_is_listened_on() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    // Whoever comes early waits.
    let early = TcpStream::connect(address).unwrap();
    let mut child = started_with(listener, "part_by_name");
    let _peers = [join(early), join(TcpStream::connect(address).unwrap())];
    assert!(child.wait().unwrap().success());

    let path = path("passed");
    let mut child = started_with(UnixListener::bind(&path).unwrap(), "part_without_a_name");
    let _peers = [(); 2].map(|()| join(UnixStream::connect(&path).unwrap()));
    assert!(child.wait().unwrap().success());
    assert!(path.exists(), "it is systemd's to remove");
    std::fs::remove_file(&path).unwrap();
}

/// Serves two clients, with a new server for each: the socket is there for the next one.
fn serve(name: Option<&str>) {
    for _ in 0..2 {
        let address = BindAddress::Activated(name.map(ToOwned::to_owned));
        let mut table = Table::of(listen(address, Settings::default()).unwrap());
        wait_for("a peer", || matches!(table.turn(), Some(Event::Connected { .. })).then_some(()));
    }
}

#[test]
#[ignore = "a part that the other tests play in processes of their own"]
fn part_by_name() {
    let other = listen(BindAddress::Activated(Some("another".to_owned())), Settings::default());
    assert!(matches!(other, Err(ListenError::NotActivated { .. })));
    serve(Some("game"));
}

#[test]
#[ignore = "a part that the other tests play in processes of their own"]
fn part_without_a_name() {
    serve(None);
}

#[test]
fn without_such_a_socket_there_is_no_server() {
    let error = listen(BindAddress::Activated(None), Settings::default()).unwrap_err();
    assert!(error.to_string().contains("LISTEN_FDS"), "{error}");
}
