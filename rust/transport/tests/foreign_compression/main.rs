//! Compression opposite libraries that others wrote and many use: Python's `websockets` and npm's `ws`, each as client and as
//! server, with every combination of parameters that it can ask for. They talk, this side echoes; they check what comes back.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod foreign;

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use rust_websocket_transport::config::{Compression, CompressionMode, Handshake, Limits, Settings};
use rust_websocket_transport::connection::EmptyMessages;
use rust_websocket_transport::entropy::Entropy;
use rust_websocket_transport::game::WebSocket;
use rust_websocket_transport::network::mio::Mio;
use rust_websocket_transport::statistics::Compressed;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::wire::url::Url;

use self::foreign::{Foreign, Library};

/// Both contexts kept or not, nine windows of the server's or none asked for, seven of the client's, none or any.
const AS_CLIENT: usize = 2 * 2 * 9 * 9;

/// Likewise; here the server's window is one that it can make itself, and the client's one that it can read.
const AS_SERVER: usize = 2 * 2 * 8 * 9;

/// How long an end that has nothing to do leaves its socket alone.
const PAUSE: Duration = Duration::from_micros(100);

/// Far more than a conversation takes.
const PATIENCE: Duration = Duration::from_secs(120);

const EVENTS: usize = 4;

/// Whatever is put has room, and all of it is compressed, if that makes it smaller.
fn settings() -> Settings {
    let limits = Limits {
        inbound_buffer_size: 4 << 20,
        outbound_buffer_size: 0,
        handshake_timeout: PATIENCE,
        close_timeout: PATIENCE,
        ..Limits::default()
    };
    let compression = Compression { mode: CompressionMode::Auto, threshold: 0, ..Compression::default() };
    Settings { limits, handshake: Handshake { compression, ..Handshake::default() }, ..Settings::default() }
}

/// Echoes until the other side closes. What compression came to.
fn echo(mut socket: WebSocket) -> Compressed {
    let deadline = Instant::now() + PATIENCE;
    loop {
        socket.poll(Instant::now());
        let mut is_idle = true;
        while let Some(message) = socket.pop() {
            socket.send(message.kind, &message.payload).unwrap();
            is_idle = false;
        }
        if socket.is_finished() {
            let cause = socket.cause().unwrap();
            assert!(matches!(cause.close_code(), Some(1000 | 1005)), "{cause:?}");
            return socket.compressed();
        }
        assert!(Instant::now() < deadline, "the other side has gone quiet");
        if is_idle {
            thread::sleep(PAUSE);
        }
    }
}

/// What has to hold of a conversation whatever was agreed on. All that the other side said was compressed, `messages` of them;
/// of ours only noise, and what is nearly nothing, was not.
fn check(compressed: &Compressed, messages: u64) {
    assert_eq!(compressed.packets_received, messages, "{compressed:?}");
    assert!(compressed.packets_sent + 8 >= messages && compressed.packets_sent < messages, "{compressed:?}");
    assert!(compressed.bytes_sent * 3 < compressed.bytes_before_sending, "{compressed:?}");
    assert!(compressed.bytes_after_receiving > 2 << 20, "{compressed:?}");
}

fn as_our_clients(library: Library) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let mut clients = Foreign::start(library, &["client", &port]);
    for _ in 0..AS_CLIENT {
        let stream = clients.until("it connects", || listener.accept().ok()).0;
        stream.set_nonblocking(true).unwrap();
        stream.set_nodelay(true).unwrap();
        let stream = Mio::adopt(mio::net::TcpStream::from_std(stream));
        let (network, entropy) = (Mio::new(EVENTS).unwrap(), Entropy::from_system().unwrap());
        let socket =
            WebSocket::adopt(network, entropy, stream, settings(), EmptyMessages::Keep, Instant::now()).unwrap();
        let compressed = echo(socket);
        let talked = clients.says("TALKED ");
        check(&compressed, talked.split(' ').next().unwrap().parse().unwrap());
    }
    clients.says("DONE");
}

fn as_our_servers(library: Library) {
    let mut servers = Foreign::start(library, &["server"]);
    // The bytes that came for the same conversation, where messages refer to those before them, and where not.
    let (mut on, mut anew) = (0, 0);
    for _ in 0..AS_SERVER {
        let url = Url::parse(&format!("ws://127.0.0.1:{}/", servers.says("PORT "))).unwrap();
        let tls = ClientTls::default();
        let socket = WebSocket::connect(url, settings(), tls, EmptyMessages::Keep, Instant::now()).unwrap();
        let compressed = echo(socket);
        let talked = servers.says("TALKED ");
        let (messages, context) = talked.split_once(' ').unwrap();
        check(&compressed, messages.parse().unwrap());
        *(if context == "on" { &mut on } else { &mut anew }) += compressed.bytes_received;
    }
    servers.says("DONE");
    assert!(0 < on && on < anew, "nothing is won by what is kept: {on} and {anew} bytes");
}

mod needs_node_ws {
    use super::*;

    #[test]
    #[ignore = "needs npm's ws"]
    fn ws_as_our_client() {
        as_our_clients(Library::Ws);
    }

    #[test]
    #[ignore = "needs npm's ws"]
    fn ws_as_our_server() {
        as_our_servers(Library::Ws);
    }
}

mod needs_python_websockets {
    use super::*;

    #[test]
    #[ignore = "needs Python's websockets"]
    fn websockets_as_our_client() {
        as_our_clients(Library::Websockets);
    }

    #[test]
    #[ignore = "needs Python's websockets"]
    fn websockets_as_our_server() {
        as_our_servers(Library::Websockets);
    }
}
