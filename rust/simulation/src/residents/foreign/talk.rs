//! One open connection of tungstenite's, and what it must see.

use std::io;

use rust_websocket_transport::error::CloseCause;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame};
use tungstenite::{Error, Message, WebSocket};

use crate::ledger::{Ledger, Side};
use crate::network::SimulatedSocket;
use crate::packet::Parcel;
use crate::residents::Context;

/// Without the 128 KiB that each would have.
pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0)
}

/// How many bytes it has under way at the most. tungstenite itself knows no limit.
const ENOUGH: usize = 65_536;

/// An open connection.
#[derive(Debug)]
pub(super) struct Talk {
    socket: WebSocket<SimulatedSocket>,
    side: Side,
    /// A client's is not known before its first message.
    id: Option<i32>,
    /// What we said when we closed.
    goodbye: Option<(u16, String)>,
    /// The ledger knows of the end.
    is_told: bool,
    /// There is nothing more to do.
    is_over: bool,
    /// Nothing waits in it to be written.
    is_flushed: bool,
    /// The ping that has no answer yet.
    pinged: Option<Vec<u8>>,
    pings: u32,
}

impl Talk {
    pub(super) fn new(socket: WebSocket<SimulatedSocket>, side: Side) -> Self {
        Self {
            socket,
            side,
            id: None,
            goodbye: None,
            is_told: false,
            is_over: false,
            is_flushed: true,
            pinged: None,
            pings: 0,
        }
    }

    pub(super) fn id(&self) -> Option<i32> {
        self.id
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether nothing is missing that should come.
    pub(super) fn is_settled(&self) -> bool {
        let is_at_rest = self.is_flushed && self.id.is_some();
        self.is_over || (is_at_rest && (self.pinged.is_none() || self.goodbye.is_some() || self.is_told))
    }

    /// A server gives an id.
    pub(super) fn give_id(&mut self, id: i32, context: &mut Context<'_>) {
        self.id = Some(id);
        context.ledger.opened(id, self.side, false);
        self.write(Message::binary(id.to_le_bytes().to_vec()), context.ledger);
    }

    /// Reads what there is, up to so many messages.
    pub(super) fn read(&mut self, most: usize, context: &mut Context<'_>) {
        for _ in 0..most {
            if self.is_over {
                return;
            }
            match self.socket.read() {
                Ok(message) => self.take(message, context),
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    self.fail(&error, context.ledger);
                    return;
                }
            }
        }
        self.flush(context.ledger);
    }

    fn take(&mut self, message: Message, context: &mut Context<'_>) {
        context.say(|| format!("foreign {:?} {:?} reads {} bytes", self.side, self.id, message.len()));
        match message {
            Message::Binary(bytes) if self.id.is_none() => {
                let id = <[u8; 4]>::try_from(bytes.as_ref()).map(i32::from_le_bytes).unwrap_or_default();
                context.ledger.check(id >= 2, || format!("a client is given the id {bytes:?}"));
                self.id = Some(id);
                context.ledger.opened(id, self.side, false);
            }
            // No packet of a game is empty.
            Message::Binary(bytes) if bytes.is_empty() => {}
            Message::Binary(bytes) => context.ledger.received(self.id.unwrap_or_default(), self.side, &bytes),
            Message::Text(text) if text.is_empty() => {}
            Message::Text(text) => context.ledger.received(self.id.unwrap_or_default(), self.side, text.as_bytes()),
            Message::Pong(payload) => {
                if self.pinged.as_deref() == Some(payload.as_ref()) {
                    self.pinged = None;
                }
            }
            Message::Close(frame) => {
                let (code, reason) = frame.map_or((None, String::new()), |frame| {
                    (Some(u16::from(frame.code)), frame.reason.as_str().to_owned())
                });
                let cause = match &self.goodbye {
                    Some(_) => CloseCause::ByUs { code: code.unwrap_or(1005), reason, was_answered: true },
                    None => CloseCause::ByPeer { code, reason },
                };
                self.tell(&cause, context.ledger);
            }
            Message::Ping(_) | Message::Frame(_) => {}
        }
    }

    fn tell(&mut self, cause: &CloseCause, ledger: &mut Ledger) {
        if let (Some(id), false) = (self.id, std::mem::replace(&mut self.is_told, true)) {
            ledger.ended(id, self.side, cause);
        }
    }

    fn fail(&mut self, error: &Error, ledger: &mut Ledger) {
        self.is_over = true;
        let cause = match error {
            Error::ConnectionClosed | Error::AlreadyClosed => CloseCause::EndOfStream,
            Error::Io(error) => CloseCause::Io(error.kind()),
            Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => CloseCause::EndOfStream,
            other => {
                ledger.fail(|| format!("tungstenite finds fault with what we send: {other}"));
                CloseCause::EndOfStream
            }
        };
        let cause = match &self.goodbye {
            Some((code, reason)) => CloseCause::ByUs { code: *code, reason: reason.clone(), was_answered: false },
            None => cause,
        };
        self.tell(&cause, ledger);
    }

    fn write(&mut self, message: Message, ledger: &mut Ledger) -> bool {
        match self.socket.write(message) {
            Ok(()) => true,
            // It keeps what does not fit.
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => true,
            Err(error) => {
                if !self.is_told && self.goodbye.is_none() {
                    self.fail(&error, ledger);
                }
                false
            }
        }
    }

    fn flush(&mut self, ledger: &mut Ledger) {
        match self.socket.flush() {
            Ok(()) => self.is_flushed = true,
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => self.is_flushed = false,
            Err(error) => {
                // What came before is read first.
                if matches!(error, Error::ConnectionClosed | Error::AlreadyClosed) {
                    self.fail(&error, ledger);
                }
            }
        }
    }

    /// Sends a packet: whole, or in fragments.
    pub(super) fn send(&mut self, size: usize, context: &mut Context<'_>) {
        let Some(id) = self.id else { return };
        if self.is_over || self.is_told || self.goodbye.is_some() || !self.socket.can_write() {
            return;
        }
        if context.ledger.under_way(id, self.side) > ENOUGH {
            return;
        }
        let parcel: Parcel = context.ledger.parcel(size);
        let payload = parcel.payload();
        context.ledger.sent(id, self.side, parcel);
        let messages = if context.dice.chance(300) {
            let (first, rest) = payload.split_at(context.dice.size(0, payload.len()));
            let part = |bytes: &[u8], code, is_last| {
                Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(code), is_last))
            };
            self.pings += 1;
            let ping = self.pings.to_le_bytes().to_vec();
            self.pinged = Some(ping.clone());
            vec![part(first, Data::Binary, false), Message::Ping(ping.into()), part(rest, Data::Continue, true)]
        } else {
            vec![Message::binary(payload)]
        };
        for message in messages {
            if !self.write(message, context.ledger) {
                return;
            }
        }
    }

    /// Starts the closing handshake.
    pub(super) fn close(&mut self, context: &mut Context<'_>) {
        let Some(id) = self.id else { return };
        if self.is_over || self.is_told || self.goodbye.is_some() {
            return;
        }
        let (code, reason) = context.dice.one_of([(1000, ""), (3001, "enough"), (4000, "good night")]);
        self.goodbye = Some((code, reason.to_owned()));
        context.ledger.says_goodbye(id, self.side, code, reason);
        match self.socket.close(Some(CloseFrame { code: code.into(), reason: reason.into() })) {
            Ok(()) => {}
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => self.fail(&error, context.ledger),
        }
    }

    /// Is dropped without a word.
    pub(super) fn let_go(self, ledger: &mut Ledger) {
        if let (Some(id), false) = (self.id, self.is_told) {
            ledger.lets_go(id, self.side);
        }
    }

    /// Its machine vanishes.
    pub(super) fn vanish(&self, ledger: &mut Ledger) {
        if let (Some(id), false) = (self.id, self.is_told) {
            ledger.vanishes(id, self.side);
        }
    }
}
