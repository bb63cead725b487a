//! What a server's log says of those who come: requests that it refuses, frames that break the protocol, and ends.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use integration_tests::raw::{request, wire};
use rust_websocket_transport::{
    config::{
        Admission, AllowedOrigins, Answer, Handshake, HeaderLines, Limits, PagePath, Proxies, ProxyProtocol, Reception,
        Rejection, Settings, Subprotocols, TrustedProxies,
    },
    error::{QueueLimit, SendError},
    event::{Event, Ticket},
    game::{DrainPlan, Endpoint, Server},
    network::BindAddress,
};

/// Far beyond need.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A server on a free port of this machine.
pub(super) fn listen(settings: Settings) -> Result<(Server, u16)> {
    let server = Server::listen(BindAddress::Ip(Ipv4Addr::LOCALHOST.into()), 0, settings, None)?;
    let port = server.local_port().context("no port")?;
    Ok((server, port))
}

/// Polls until there is something to take.
pub(super) fn wait<T>(server: &mut Server, mut take: impl FnMut(&mut Server) -> Option<T>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        server.poll(Instant::now());
        if let Some(taken) = take(server) {
            return Ok(taken);
        }
        if Instant::now() > deadline {
            bail!("waited in vain for the server");
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// The sentence of the next end, of a handshake or of a peer.
pub(super) fn end(server: &mut Server) -> Result<String> {
    wait(server, |server| match server.next_event()? {
        Event::HandshakeFailed { cause, .. } | Event::Disconnected { cause, .. } => Some(cause.to_string()),
        _ => None,
    })
}

fn connect(port: u16) -> Result<TcpStream> {
    Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port))?)
}

/// Requests that are none, or not as they must be.
pub(super) fn requests() -> Result<Vec<String>> {
    let handshake = Handshake { supported_protocols: Subprotocols::parse(["game"])?, ..Handshake::default() };
    let (mut server, port) = listen(Settings { handshake, ..Settings::default() })?;
    let right = request(&[]);
    let mut said = Vec::new();
    let long = request(&[&format!("Cookie: {}", "c".repeat(20_000))]);
    for wrong in [
        "\u{1}\u{2}\u{3}".to_owned(),
        "\u{16}\u{3}\u{1}".to_owned(),
        long,
        right.replacen("GET", "POST", 1),
        right.replacen("HTTP/1.1", "HTTP/1.0", 1),
        right.replacen("Host: ", "X-Host: ", 1),
        right.replacen("GET /", "GET nowhere", 1),
        right.replacen("Upgrade: websocket", "Upgrade: h2c", 1),
        right.replacen("Version: 13", "Version: 8", 1),
        right.replacen(wire::KEY, "short", 1),
        request(&["Sec-WebSocket-Protocol: chat"]),
    ] {
        connect(port)?.write_all(wrong.as_bytes())?;
        said.push(end(&mut server)?);
    }
    said.extend(doors()?);
    Ok(said)
}

/// A server that lets nobody in, or nobody more.
fn doors() -> Result<Vec<String>> {
    let mut said = Vec::new();
    let (mut server, port) = listen(admitting(Admission { max_peers: 1, ..Admission::default() }))?;
    let mut first = connect(port)?;
    wait(&mut server, |server| (server.statistics().handshakes.started == 1).then_some(()))?;
    server.refuse_new_connections(true, Instant::now());
    first.write_all(request(&[]).as_bytes())?;
    said.push(end(&mut server)?);
    server.refuse_new_connections(false, Instant::now());
    let mut peers = [connect(port)?, connect(port)?];
    for peer in &mut peers {
        peer.write_all(request(&[]).as_bytes())?;
    }
    said.push(end(&mut server)?);
    let (mut server, port) = listen(admitting(Admission { max_handshakes_per_minute: 1, ..Admission::default() }))?;
    for peer in &mut peers {
        *peer = connect(port)?;
        peer.write_all(request(&[]).as_bytes())?;
    }
    said.push(end(&mut server)?);
    // No room for the id.
    let limits = Limits { outbound_buffer_size: 1, ..Limits::default() };
    let (mut server, port) = listen(Settings { limits, ..Settings::default() })?;
    connect(port)?.write_all(request(&[]).as_bytes())?;
    said.push(end(&mut server)?);
    // Those who come past a proxy, and proxies that talk nonsense.
    for (trusted, words) in [
        ("127.0.0.1", request(&[])),
        ("10.0.0.1", request(&[])),
        ("127.0.0.1", "PROXY ".repeat(30)),
        ("127.0.0.1", "PROXY TCP9 a b c d\r\n".to_owned()),
    ] {
        let proxies = Proxies { trusted: TrustedProxies::parse([trusted])?, protocol: ProxyProtocol::Required };
        let (mut server, port) = listen(Settings { proxies, ..Settings::default() })?;
        connect(port)?.write_all(words.as_bytes())?;
        said.push(end(&mut server)?);
    }
    // One that says nothing, and one too many.
    let (mut server, port) = listen(admitting(Admission { max_handshakes_per_address: 1, ..Admission::default() }))?;
    let _silent = [connect(port)?, connect(port)?];
    said.push(end(&mut server)?);
    said.extend(decisions()?);
    Ok(said)
}

/// A server that decides about each request, and one that wants no pages from elsewhere.
fn decisions() -> Result<Vec<String>> {
    let receiving = |reception| Settings { reception, ..Settings::default() };
    let allowed_origins = AllowedOrigins::parse(["https://play.example.com"])?;
    let (mut server, port) = listen(receiving(Reception { allowed_origins, ..Reception::default() }))?;
    connect(port)?.write_all(request(&["Origin: https://evil.example"]).as_bytes())?;
    let mut said = vec![end(&mut server)?];
    let admission = Admission { max_handshakes_per_address: 4096, ..Admission::default() };
    let limits = Limits { handshake_timeout: 10 * PATIENCE, ..Limits::default() };
    let reception = Reception { asks_game: true, ..Reception::default() };
    let (mut server, port) = listen(Settings { admission, limits, reception, ..Settings::default() })?;
    for reason in ["", "banned"] {
        let mut asker = connect(port)?;
        asker.write_all(request(&[]).as_bytes())?;
        let ticket = next_request(&mut server)?;
        let rejection = Rejection::new(403, reason, HeaderLines::default(), String::new())?;
        server.answer(ticket, Answer::Reject(rejection), Instant::now());
        said.push(end(&mut server)?);
    }
    // One that is about to end, and shows who asks.
    let health_path = PagePath::parse("/health")?;
    let (mut ending, ending_port) = listen(receiving(Reception { health_path, ..Reception::default() }))?;
    let plan = DrainPlan { deadline: Instant::now() + PATIENCE, code: None, reason: String::new() };
    ending.drain(plan, Instant::now());
    connect(ending_port)?.write_all(request(&[]).as_bytes())?;
    said.push(end(&mut ending)?);
    // As many as may wait, and one more.
    let mut waiting = Vec::new();
    for _ in 0..1024 {
        let mut asker = connect(port)?;
        asker.write_all(request(&[]).as_bytes())?;
        next_request(&mut server)?;
        waiting.push(asker);
    }
    connect(port)?.write_all(request(&[]).as_bytes())?;
    said.push(end(&mut server)?);
    Ok(said)
}

fn next_request(server: &mut Server) -> Result<Ticket> {
    wait(server, |server| match server.next_event()? {
        Event::Requested { ticket } => Some(ticket),
        _ => None,
    })
}

fn admitting(admission: Admission) -> Settings {
    Settings { admission, ..Settings::default() }
}

/// A peer that has joined.
fn join(server: &mut Server, port: u16) -> Result<(TcpStream, i32)> {
    join_with(&[], server, port)
}

/// With further lines in the request.
fn join_with(lines: &[&str], server: &mut Server, port: u16) -> Result<(TcpStream, i32)> {
    let mut stream = connect(port)?;
    stream.write_all(request(lines).as_bytes())?;
    let id = wait(server, |server| match server.next_event()? {
        Event::Connected { id } => Some(id),
        _ => None,
    })?;
    Ok((stream, id))
}

/// Frames that break the protocol.
pub(super) fn frames() -> Result<Vec<String>> {
    let limits = Limits { inbound_buffer_size: 1000, ..Limits::default() };
    let (mut server, port) = listen(Settings { limits, ..Settings::default() })?;
    let frame = |first: u8, payload: &[u8]| wire::frame(first, wire::MASK, payload);
    let [beginning, binary] = [frame(wire::BEGINNING, b"a"), frame(wire::BINARY, b"b")];
    let mut said = Vec::new();
    for wrong in [
        frame(0xc2, b"a"),
        frame(0x83, b"a"),
        wire::frame(wire::BINARY, None, b"a"),
        // A length of 1 in its long form.
        vec![wire::BINARY, 0x80 | 126, 0, 1, 0, 0, 0, 0, 0],
        frame(0x09, b""),
        frame(wire::PING, &[0; 126]),
        frame(wire::END, b"a"),
        [beginning, binary].concat(),
        frame(wire::TEXT, &[0xff]),
        frame(wire::CLOSE, &wire::close(1005, "")),
        frame(wire::BINARY, &[0; 1001]),
    ] {
        let (mut peer, _id) = join(&mut server, port)?;
        peer.write_all(&wrong)?;
        said.push(end(&mut server)?);
    }
    let offer = "Sec-WebSocket-Extensions: permessage-deflate";
    let (mut peer, _id) = join_with(&[offer], &mut server, port)?;
    peer.write_all(&frame(0xc2, b"not compressed"))?;
    said.push(end(&mut server)?);
    Ok(said)
}

/// Ends of peers.
pub(super) fn endings() -> Result<Vec<String>> {
    let limits = Limits { heartbeat_interval: Some(Duration::from_millis(50)), ..Limits::default() };
    let (mut patient, port) = listen(Settings::default())?;
    let mut said = Vec::new();
    for payload in
        [vec![], wire::close(1000, ""), wire::close(1001, ""), wire::close(1012, ""), wire::close(4000, "bye")]
    {
        let (mut peer, _id) = join(&mut patient, port)?;
        peer.write_all(&wire::frame(wire::CLOSE, wire::MASK, &payload))?;
        said.push(end(&mut patient)?);
    }
    let (mut peer, _id) = join(&mut patient, port)?;
    // All of it is read, or the system ends the connection by a reset.
    peer.set_read_timeout(Some(PATIENCE))?;
    wire::read_head(&mut peer)?;
    peer.read_exact(&mut [0; 6])?;
    drop(peer);
    said.push(end(&mut patient)?);
    let (peer, _id) = join(&mut patient, port)?;
    wire::reset(peer)?;
    said.push(end(&mut patient)?);
    let (_peer, id) = join(&mut patient, port)?;
    patient.cut_peer(id, Instant::now());
    said.push(end(&mut patient)?);
    let (mut impatient, port) = listen(Settings { limits, ..Settings::default() })?;
    let (_silent, _id) = join(&mut impatient, port)?;
    said.push(end(&mut impatient)?);
    // What a caller is told; where the log would have it, it is in another row's words.
    said.extend(
        [SendError::Full { queued: 7, limit: QueueLimit::Bytes }, SendError::NotOpen].map(|error| error.to_string()),
    );
    Ok(said)
}
