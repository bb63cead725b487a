//! What waits to be written to one peer: a chain of shared pieces, written together.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Bytes, BytesMut};
use tungstenite::protocol::frame::coding::Control;

use super::Meter;
use crate::close_code::CloseCode;
use crate::fault::{Fault, is_planted};
use crate::stream::Socket;
use crate::wire::frame;
use crate::wire::message::MessageKind;
use crate::wire::{Role, close};

/// The most pieces that one system call takes.
const MAX_SLICES: usize = 64;

/// A message in its frame. Cloning that of a server shares the bytes, so a broadcast is framed once.
#[derive(Debug, Clone)]
pub struct Frame {
    bytes: FrameBytes,
    payload: usize,
}

#[derive(Debug, Clone)]
enum FrameBytes {
    /// A server's: they leave as they are.
    Ready(Bytes),
    /// A client's, which are masked when they are queued (RFC 6455 section 5.3).
    Unmasked(BytesMut),
}

impl Frame {
    /// Frames one unfragmented message. `role` is the sender's.
    #[must_use]
    pub fn message(kind: MessageKind, payload: &[u8], role: Role) -> Self {
        let bytes = match role {
            Role::Server => FrameBytes::Ready(frame::encode(kind.opcode(), payload, None)),
            Role::Client => FrameBytes::Unmasked(frame::encode_unmasked(kind.opcode(), payload)),
        };
        Self { bytes, payload: payload.len() }
    }

    /// The size of the message without its frame header, in bytes.
    #[must_use]
    pub fn payload_size(&self) -> usize {
        self.payload
    }

    /// The frame as it goes over the wire.
    pub(crate) fn into_bytes(self, mask: Option<[u8; 4]>) -> Bytes {
        match self.bytes {
            FrameBytes::Ready(bytes) => bytes,
            FrameBytes::Unmasked(mut bytes) => {
                frame::apply_mask(&mut bytes, self.payload, mask.unwrap_or_default());
                if is_planted(Fault::MaskWrong)
                    && self.payload % 7 == 3
                    && let Some(last) = bytes.last_mut()
                {
                    *last ^= 1;
                }
                bytes.freeze()
            }
        }
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
    /// Messages among the pieces.
    messages: usize,
    /// The socket took no more; only its next event can change that.
    blocked: bool,
    /// The socket took bytes that it has not passed on.
    unflushed: bool,
    /// Writing failed for good.
    failed: Option<io::ErrorKind>,
}

impl Outbound {
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
    pub(crate) fn push_message(&mut self, frame: Frame, mask: Option<[u8; 4]>, meter: &Meter) {
        let payload = frame.payload_size();
        if self.failed.is_some() {
            meter.dropped.add(payload);
            return;
        }
        self.messages += 1;
        self.pieces.push_back(Piece { bytes: frame.into_bytes(mask), message: Some(payload) });
    }

    /// Queues a message that is ours and not the game's: it takes no room, and does not count.
    pub(crate) fn push_own(&mut self, frame: Frame, mask: Option<[u8; 4]>) {
        self.push_head(frame.into_bytes(mask));
    }

    /// Queues the head of an HTTP message.
    pub(crate) fn push_head(&mut self, head: Bytes) {
        if self.failed.is_none() {
            self.pieces.push_back(Piece { bytes: head, message: None });
        }
    }

    /// Queues a ping.
    pub(crate) fn push_ping(&mut self, payload: &[u8], mask: Option<[u8; 4]>) {
        self.push_head(frame::encode_control(Control::Ping, payload, mask));
    }

    /// Queues a pong.
    pub(crate) fn push_pong(&mut self, payload: &[u8], mask: Option<[u8; 4]>) {
        self.push_head(frame::encode_control(Control::Pong, payload, mask));
    }

    /// Queues a close frame; without a code it is empty.
    pub(crate) fn push_close(&mut self, code: Option<CloseCode>, reason: &str, mask: Option<[u8; 4]>) {
        let code = code.filter(|_| !is_planted(Fault::CloseCodeLost));
        let payload = code.map(|code| close::payload(code, reason)).unwrap_or_default();
        self.push_head(frame::encode_control(Control::Close, &payload, mask));
    }

    /// See [`Fault::LastFragmentLostAtClose`].
    pub(crate) fn lose_last(&mut self, meter: &Meter) {
        if self.pieces.len() > 1
            && let Some(Piece { message: Some(payload), .. }) = self.pieces.pop_back()
        {
            self.messages -= 1;
            meter.dropped.add(payload);
        }
    }

    /// Writes until all is out or the socket takes no more. A failure is remembered, and empties the queue.
    pub(crate) fn flush(&mut self, socket: &mut impl Socket, meter: &Meter) {
        if !self.is_due() || self.failed.is_some() {
            return;
        }
        if let Err(error) = self.try_flush(socket, meter) {
            if error.kind() == io::ErrorKind::WouldBlock {
                self.blocked = true;
            } else {
                self.failed = Some(error.kind());
                self.forget(meter);
            }
        }
    }

    /// Nothing of what waits will be written.
    pub(crate) fn forget(&mut self, meter: &Meter) {
        for payload in self.pieces.iter().filter_map(|piece| piece.message) {
            meter.dropped.add(payload);
        }
        self.pieces = VecDeque::new();
        self.written = 0;
        self.withheld = 0;
        self.messages = 0;
        self.unflushed = false;
    }

    fn try_flush(&mut self, socket: &mut impl Socket, meter: &Meter) -> io::Result<()> {
        loop {
            self.settle(socket, meter);
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
                    self.settle(socket, meter);
                    return Err(error);
                }
            }
            self.unflushed = true;
        }
        if self.unflushed {
            let flushed = socket.flush();
            self.settle(socket, meter);
            flushed?;
            self.unflushed = false;
        }
        Ok(())
    }

    /// Takes note of what has left since it was handed to the socket.
    fn settle(&mut self, socket: &impl Socket, meter: &Meter) {
        let withheld = socket.withheld().min(self.withheld);
        let left = self.withheld - withheld;
        self.withheld = withheld;
        if left > 0 {
            self.advance(left, meter);
        }
    }

    fn advance(&mut self, count: usize, meter: &Meter) {
        self.written += count;
        while let Some(first) = self.pieces.front() {
            if self.written < first.bytes.len() {
                return;
            }
            self.written -= first.bytes.len();
            if let Some(payload) = first.message {
                self.messages -= 1;
                meter.sent.add(payload);
            }
            self.pieces.pop_front();
        }
        // A burst must not hold its memory for the rest of the connection's life.
        if self.pieces.capacity() > MAX_SLICES {
            self.pieces = VecDeque::new();
        }
    }
}
