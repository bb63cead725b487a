//! A JSON API by another implementation of WebSocket: it checks what a client sends, answers once, and goes away.

use std::{
    io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::{Value, json};
use tungstenite::{
    ClientRequestBuilder, Message, WebSocket,
    handshake::server::{ErrorResponse, Request, Response},
    http::HeaderValue,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

/// How often the server looks whether a client has come.
const LOOK: Duration = Duration::from_millis(5);

/// The server, on a thread of its own.
pub(super) struct Server {
    port: u16,
    thread: JoinHandle<Result<()>>,
}

impl Server {
    /// Waits for one client until the deadline.
    pub(super) fn start(deadline: Instant) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        Ok(Self { port, thread: thread::spawn(move || serve(accept(&listener, deadline)?)) })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// What the server has to say about its client.
    pub(super) fn end(self) -> Result<()> {
        self.thread.join().map_err(|_| anyhow!("the server panicked"))?
    }
}

/// Sends what is no JSON object, and answers the codes with which the server closes.
pub(super) fn offend(port: u16, deadline: Instant) -> Result<Vec<u16>> {
    let offences = [Message::text("not JSON"), Message::text("[1]"), Message::binary(vec![0xff; 1000])];
    let mut codes = Vec::new();
    for offence in offences {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(deadline.saturating_duration_since(Instant::now())))?;
        let request =
            ClientRequestBuilder::new(format!("ws://127.0.0.1:{port}/api").parse()?).with_sub_protocol("example.json");
        let (mut socket, _) = tungstenite::client(request, stream)?;
        socket.send(offence)?;
        loop {
            if let Message::Close(close) = socket.read()? {
                codes.push(close.context("a close frame without a code")?.code.into());
                break;
            }
        }
    }
    Ok(codes)
}

fn accept(listener: &TcpListener, deadline: Instant) -> Result<TcpStream> {
    listener.set_nonblocking(true)?;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                stream.set_read_timeout(Some(deadline.saturating_duration_since(Instant::now())))?;
                return Ok(stream);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < deadline => thread::sleep(LOOK),
            Err(error) => return Err(error).context("no client came"),
        }
    }
}

fn serve(stream: TcpStream) -> Result<()> {
    let mut socket = tungstenite::accept_hdr(stream, admit)?;
    say(&mut socket, &json!({"event": "welcome"}))?;

    let question = hear(&mut socket)?;
    ensure!(question["method"] == "add" && question["params"] == json!([2, 40]), "an odd question: {question}");
    // Numbers of other shapes are the same in JSON.
    let id = question["id"].as_f64().context("a question without a number")?;
    say(&mut socket, &json!({"id": id, "result": 42}))?;

    hear(&mut socket)?;
    socket.close(Some(CloseFrame { code: CloseCode::Away, reason: "gone".into() }))?;
    while socket.read().is_ok() {}
    Ok(())
}

#[expect(clippy::result_large_err, reason = "the signature is the library's")]
fn admit(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    if request.headers().get("Authorization").is_none_or(|token| token != "Bearer example-token") {
        return Err(ErrorResponse::new(Some("the request has no token".to_owned())));
    }
    response.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("example.json"));
    Ok(response)
}

fn say(socket: &mut WebSocket<TcpStream>, value: &Value) -> Result<()> {
    Ok(socket.send(Message::text(value.to_string()))?)
}

fn hear(socket: &mut WebSocket<TcpStream>) -> Result<Value> {
    loop {
        match socket.read()? {
            Message::Text(text) => return Ok(serde_json::from_str(&text)?),
            Message::Ping(_) | Message::Pong(_) => {}
            other => bail!("not text: {other:?}"),
        }
    }
}
