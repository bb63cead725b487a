//! What a client is told: by names and addresses, and by servers that are none or say something else.

use std::{
    io::Write as _,
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use integration_tests::raw::wire;
use rust_websocket_transport::{
    close_code::CloseCode,
    config::{Compression, CompressionMode, Handshake, Limits, Settings, Subprotocols},
    event::Event,
    game::{Client, Endpoint, SERVER_ID},
    stream::tls::client::ClientTls,
    wire::url::Url,
};
use tungstenite::handshake::derive_accept_key;

use super::servers::PATIENCE;

/// A client's end in words.
pub(super) fn outcome(client: &mut Client) -> Result<String> {
    outcome_with(client, |_client| {})
}

/// The same, of a client that does this once it is in.
fn outcome_with(client: &mut Client, mut once_in: impl FnMut(&mut Client)) -> Result<String> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        client.poll(Instant::now());
        match client.next_event() {
            Some(Event::Failed { cause } | Event::Disconnected { cause, .. }) => return Ok(cause.to_string()),
            Some(Event::Joined { .. }) => once_in(client),
            Some(_) | None => thread::sleep(Duration::from_millis(1)),
        }
    }
    bail!("the client has no end")
}

fn settings(timeout: Duration) -> Result<Settings> {
    let limits = Limits { handshake_timeout: timeout, close_timeout: Duration::from_millis(50), ..Limits::default() };
    let compression = Compression { mode: CompressionMode::Auto, ..Compression::default() };
    let supported_protocols = Subprotocols::parse(["game"])?;
    let handshake = Handshake { supported_protocols, compression, ..Handshake::default() };
    Ok(Settings { limits, handshake, ..Settings::default() })
}

fn connect(url: &str, timeout: Duration) -> Result<Result<Client, String>> {
    let url = Url::parse(url)?;
    Ok(Client::connect(url, settings(timeout)?, ClientTls::default(), Instant::now())
        .map_err(|cause| cause.to_string()))
}

/// Ways that lead nowhere.
pub(super) fn dialing() -> Result<Vec<String>> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut said = Vec::new();
    for (url, timeout) in [
        ("ws://no-such-host.invalid:9080".to_owned(), PATIENCE),
        (format!("ws://127.0.0.1:{free}"), PATIENCE),
        (format!("ws://127.0.0.1:{}", silent.local_addr()?.port()), Duration::from_millis(50)),
    ] {
        said.push(match connect(&url, timeout)? {
            Ok(mut client) => outcome(&mut client)?,
            Err(message) => message,
        });
    }
    Ok(said)
}

/// Answers that a client does not take, each by a server of its own.
pub(super) fn answers() -> Result<Vec<String>> {
    let right = |accept: &str| {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: game\r\n"
        )
    };
    let id = wire::frame(wire::BINARY, None, &7_i32.to_le_bytes());
    let joined = move |accept: &str| [format!("{}\r\n", right(accept)).as_bytes(), &id].concat();
    type Answer = Box<dyn Fn(&str) -> Vec<u8> + Send>;
    let text = |text: &'static str| -> Answer { Box::new(move |_accept| text.as_bytes().to_vec()) };
    let changed = |from: &'static str, to: &'static str| -> Answer {
        Box::new(move |accept| format!("{}\r\n", right(accept)).replace(from, to).into_bytes())
    };
    let after = |bytes: Vec<u8>| -> Answer {
        let joined = joined.clone();
        Box::new(move |accept| [joined(accept), bytes.clone()].concat())
    };
    let answers: Vec<Answer> = vec![
        text("220 mail.example ESMTP\r\n\r\n"),
        Box::new(|_accept| format!("HTTP/1.1 101 Switching\r\nX: {}", "x".repeat(20_000)).into_bytes()),
        Box::new(|_accept| "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(9).into_bytes()),
        text("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
        text("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 8\r\n\r\ntoo busy"),
        changed("Upgrade: websocket\r\n", ""),
        changed("Accept: ", "Accept: A"),
        changed("Protocol: game", "Protocol: chat"),
        changed("Sec-WebSocket-Protocol: game\r\n", ""),
        changed("Protocol: game", "Extensions: x-webkit-deflate-frame"),
        changed("Protocol: game", "Extensions: permessage-deflate; window=9"),
        Box::new(move |accept| {
            [format!("{}\r\n", right(accept)).as_bytes(), &wire::frame(wire::BINARY, None, b"hello")].concat()
        }),
        after(wire::frame(wire::BINARY, wire::MASK, b"masked")),
        // Nothing more, not even an answer to the close frame.
        after(Vec::new()),
    ];
    let mut said = Vec::new();
    let farewell = Some(CloseCode::new(4000)?);
    for answer in answers {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("ws://127.0.0.1:{}", listener.local_addr()?.port());
        let server = thread::spawn(move || serve(&listener, &answer));
        let mut client = connect(&url, PATIENCE)?.map_err(anyhow::Error::msg)?;
        said.push(outcome_with(&mut client, |client| client.close_peer(SERVER_ID, farewell, "bye", Instant::now()))?);
        drop(client);
        server.join().ok().context("the server panicked")??;
    }
    Ok(said)
}

/// Answers one request so, and waits for the client to go.
fn serve(listener: &TcpListener, answer: &dyn Fn(&str) -> Vec<u8>) -> Result<()> {
    let (stream, _address) = listener.accept()?;
    let mut stream: TcpStream = wire::prepare(stream)?;
    let head = wire::read_head(&mut stream)?;
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).context("no key")?;
    stream.write_all(&answer(&derive_accept_key(key.as_bytes())))?;
    wire::read_to_end(&mut stream).map(drop)
}
