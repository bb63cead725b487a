//! An echo client: connects, and sends back what it receives until the connection is over.

use std::time::{Duration, Instant};

use rust_websocket_transport::config::{Compression, CompressionMode, Handshake, Settings};
use rust_websocket_transport::connection::EmptyMessages;
use rust_websocket_transport::error::{CloseCause, SendError};
use rust_websocket_transport::game::WebSocket;
use rust_websocket_transport::stream::tls::client::ClientTls;
use rust_websocket_transport::wire::message::Message;
use rust_websocket_transport::wire::url::{Url, UrlError};

use super::limits;

/// How long a client that has nothing to do leaves its sockets alone.
const PAUSE: Duration = Duration::from_micros(200);

/// Echoes whatever the server says until the connection is over. Why it was over.
pub(crate) fn echo(url: &str) -> Result<CloseCause, UrlError> {
    let mut unsent: Option<Message> = None;
    converse(url, |socket| {
        if unsent.is_none() {
            unsent = socket.pop();
        }
        let Some(message) = &unsent else { return false };
        if let Err(SendError::Full { .. }) = socket.send(message.kind, &message.payload) {
            return false;
        }
        unsent = None;
        true
    })
}

/// Listens to the server until the connection is over. The messages that came, and why it was over.
pub(crate) fn listen(url: &str) -> Result<(Vec<Message>, CloseCause), UrlError> {
    let mut messages = Vec::new();
    let cause = converse(url, |socket| {
        let before = messages.len();
        messages.extend(socket.pop());
        messages.len() > before
    })?;
    Ok((messages, cause))
}

/// Drives a connection from beginning to end. `act` does something with it, and says whether it has.
fn converse(url: &str, mut act: impl FnMut(&mut WebSocket) -> bool) -> Result<CloseCause, UrlError> {
    let url = Url::parse(url)?;
    let compression = Compression { mode: CompressionMode::Auto, ..Compression::default() };
    let handshake = Handshake { compression, ..Handshake::default() };
    let settings = Settings { limits: limits(), handshake, ..Settings::default() };
    let mut socket = match WebSocket::connect(url, settings, ClientTls::default(), EmptyMessages::Keep, Instant::now())
    {
        Ok(socket) => socket,
        Err(cause) => return Ok(cause),
    };
    loop {
        socket.poll(Instant::now());
        if act(&mut socket) {
            continue;
        }
        if let (Some(cause), true) = (socket.cause(), socket.is_finished()) {
            return Ok(cause.clone());
        }
        std::thread::sleep(PAUSE);
    }
}
