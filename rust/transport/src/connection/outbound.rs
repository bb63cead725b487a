//! What waits to be written to one peer: a chain of shared pieces, written together.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::Bytes;
use tungstenite::protocol::frame::coding::Control;

use super::socket::Socket;
use crate::close_code::CloseCode;
use crate::wire::frame;
use crate::wire::message::MessageKind;
use crate::wire::{Role, close};

/// The most pieces that one system call takes.
const MAX_SLICES: usize = 64;

/// A message as it goes over the wire. Cloning shares the bytes, so a broadcast is framed once.
#[derive(Debug, Clone)]
pub struct Frame {
    bytes: Bytes,
    payload: usize,
}

impl Frame {
    /// Frames one unfragmented message. `role` is the sender's.
    #[must_use]
    pub fn message(kind: MessageKind, payload: &[u8], role: Role) -> Self {
        Self { bytes: frame::encode(kind.opcode(), payload, role), payload: payload.len() }
    }

    /// The size of the message without its frame header, in bytes.
    #[must_use]
    pub fn payload_size(&self) -> usize {
        self.payload
    }

    /// The frame itself.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    /// The payload's size for a message; `None` for what is ours: heads and control frames.
    message: Option<usize>,
}

/// The sending half of a connection.
#[derive(Debug, Default)]
pub(crate) struct Outbound {
    pieces: VecDeque<Piece>,
    /// How much of the first piece the system has.
    written: usize,
    /// How much of what follows the socket has taken and withholds.
    withheld: usize,
    /// Payload bytes of the messages that wait.
    message_bytes: usize,
    messages: usize,
    /// The socket took no more; only its next event can change that.
    blocked: bool,
    /// The socket took bytes that it has not passed on.
    unflushed: bool,
    /// Writing failed for good.
    failed: Option<io::ErrorKind>,
    /// Messages whose last byte was written, and their payload bytes.
    sent: (u64, u64),
    /// Messages that were queued and forgotten.
    dropped: u64,
}

impl Outbound {
    /// Payload bytes that wait.
    pub(crate) fn message_bytes(&self) -> usize {
        self.message_bytes
    }

    /// Messages that wait.
    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    /// Messages that have been written to the end, and their payload bytes.
    pub(crate) fn sent(&self) -> (u64, u64) {
        self.sent
    }

    /// Messages that were queued, and never written to the end.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Heads and control frames that wait.
    pub(crate) fn control_pieces(&self) -> usize {
        self.pieces.len() - self.messages
    }

    /// Whether all has left.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty() && !self.unflushed
    }

    /// Whether a flush now could do something.
    pub(crate) fn is_due(&self) -> bool {
        !self.blocked && !self.is_empty()
    }

    /// Why nothing can be written any more.
    pub(crate) fn failure(&self) -> Option<io::ErrorKind> {
        self.failed
    }

    /// The socket says that it takes bytes again.
    pub(crate) fn unblock(&mut self) {
        self.blocked = false;
        // TLS may hold bytes of its own (a handshake's answer, say) that only a flush moves.
        self.unflushed = true;
    }

    /// Queues a message.
    pub(crate) fn push_message(&mut self, frame: Frame) {
        self.message_bytes += frame.payload;
        self.messages += 1;
        self.push(Piece { bytes: frame.bytes, message: Some(frame.payload) });
    }

    /// Queues a message that is ours and not the game's: it takes no room, and does not count.
    pub(crate) fn push_own(&mut self, frame: Frame) {
        self.push_head(frame.bytes);
    }

    /// Queues the head of an HTTP message.
    pub(crate) fn push_head(&mut self, head: Bytes) {
        self.push(Piece { bytes: head, message: None });
    }

    /// Queues a ping.
    pub(crate) fn push_ping(&mut self, payload: &[u8], role: Role) {
        self.push_head(frame::encode_control(Control::Ping, payload, role));
    }

    /// Queues a pong.
    pub(crate) fn push_pong(&mut self, payload: &[u8], role: Role) {
        self.push_head(frame::encode_control(Control::Pong, payload, role));
    }

    /// Queues a close frame; without a code it is empty.
    pub(crate) fn push_close(&mut self, code: Option<CloseCode>, reason: &str, role: Role) {
        let payload = code.map(|code| close::payload(code, reason)).unwrap_or_default();
        self.push_head(frame::encode_control(Control::Close, &payload, role));
    }

    fn push(&mut self, piece: Piece) {
        if self.failed.is_none() {
            self.pieces.push_back(piece);
        } else if piece.message.is_some() {
            self.forget();
        }
    }

    /// Writes until all is out or the socket takes no more. A failure is remembered, and empties the queue.
    pub(crate) fn flush(&mut self, socket: &mut impl Socket) {
        if !self.is_due() || self.failed.is_some() {
            return;
        }
        if let Err(error) = self.try_flush(socket) {
            if error.kind() == io::ErrorKind::WouldBlock {
                self.blocked = true;
            } else {
                self.failed = Some(error.kind());
                self.forget();
            }
        }
    }

    /// Nothing of what waits will be written.
    pub(crate) fn forget(&mut self) {
        self.dropped += self.messages as u64;
        self.pieces = VecDeque::new();
        self.written = 0;
        self.withheld = 0;
        self.message_bytes = 0;
        self.messages = 0;
        self.unflushed = false;
    }

    fn try_flush(&mut self, socket: &mut impl Socket) -> io::Result<()> {
        loop {
            self.settle(socket);
            let mut slices = [IoSlice::new(&[]); MAX_SLICES];
            let mut count = 0;
            let mut skip = self.written + self.withheld;
            for piece in &self.pieces {
                if skip >= piece.bytes.len() {
                    skip -= piece.bytes.len();
                    continue;
                }
                let Some(slice) = slices.get_mut(count) else { break };
                *slice = IoSlice::new(piece.bytes.get(skip..).unwrap_or_default());
                skip = 0;
                count += 1;
            }
            if count == 0 {
                break;
            }
            match socket.write_vectored(slices.get(..count).unwrap_or_default()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => self.withheld += taken,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.settle(socket);
                    return Err(error);
                }
            }
            self.unflushed = true;
        }
        if self.unflushed {
            let flushed = socket.flush();
            self.settle(socket);
            flushed?;
            self.unflushed = false;
        }
        Ok(())
    }

    /// Takes note of what has left since it was handed to the socket.
    fn settle(&mut self, socket: &impl Socket) {
        let withheld = socket.withheld().min(self.withheld);
        let left = self.withheld - withheld;
        self.withheld = withheld;
        if left > 0 {
            self.advance(left);
        }
    }

    fn advance(&mut self, count: usize) {
        self.written += count;
        while let Some(first) = self.pieces.front() {
            if self.written < first.bytes.len() {
                return;
            }
            self.written -= first.bytes.len();
            if let Some(payload) = first.message {
                self.message_bytes -= payload;
                self.messages -= 1;
                self.sent.0 += 1;
                self.sent.1 += payload as u64;
            }
            self.pieces.pop_front();
        }
        // A burst must not hold its memory for the rest of the connection's life.
        if self.pieces.capacity() > MAX_SLICES {
            self.pieces = VecDeque::new();
        }
    }
}
