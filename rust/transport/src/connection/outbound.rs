//! The sending half of a connection: what waits is written together, as far as the socket takes it, and what is too old by then
//! is not.

use std::io::{self, IoSlice};
use std::time::{Duration, Instant};

use arrayvec::ArrayVec;
use bytes::Bytes;
use tungstenite::protocol::frame::coding::Control;

use super::pace::Pace;
use super::queue::{Kind, Queue};
use super::{Delivery, Meter, Tally};
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
    kind: MessageKind,
    bytes: FrameBytes,
    /// The size of the message.
    payload: usize,
    delivery: Delivery,
    /// That of the payload as it is in the frame.
    framed: usize,
}

#[derive(Debug, Clone)]
enum FrameBytes {
    /// A server's: they leave as they are.
    Ready(Bytes),
    /// A client's, which are masked when they are queued (RFC 6455 section 5.3).
    Unmasked(Vec<u8>),
}

impl Frame {
    /// Frames one unfragmented message, which is to be delivered reliably. `role` is the sender's.
    #[must_use]
    pub fn message(kind: MessageKind, payload: &[u8], role: Role) -> Self {
        let bytes = match role {
            Role::Server => FrameBytes::Ready(frame::encode(kind.opcode(), payload, None)),
            Role::Client => FrameBytes::Unmasked(frame::encode_unmasked(kind.opcode(), payload)),
        };
        Self { kind, bytes, payload: payload.len(), delivery: Delivery::Reliable, framed: payload.len() }
    }

    /// The same, to be delivered like this.
    #[must_use]
    pub fn delivered(self, delivery: Delivery) -> Self {
        Self { delivery, ..self }
    }

    /// The same message with its payload compressed, for those with whom that is agreed.
    #[must_use]
    pub(crate) fn compressed(&self, deflated: &[u8]) -> Self {
        let (kind, payload, delivery, framed) = (self.kind, self.payload, self.delivery, deflated.len());
        let bytes = match &self.bytes {
            FrameBytes::Ready(_) => {
                FrameBytes::Ready(frame::encode_compressed(kind.opcode(), deflated, Role::Server).into())
            }
            FrameBytes::Unmasked(_) => {
                FrameBytes::Unmasked(frame::encode_compressed(kind.opcode(), deflated, Role::Client))
            }
        };
        Self { kind, bytes, payload, delivery, framed }
    }

    /// The payload as it is in the frame.
    pub(crate) fn framed_payload(&self) -> &[u8] {
        let bytes: &[u8] = match &self.bytes {
            FrameBytes::Ready(bytes) => bytes,
            FrameBytes::Unmasked(bytes) => bytes,
        };
        bytes.get(bytes.len().saturating_sub(self.framed)..).unwrap_or_default()
    }

    /// The size of the message without its frame header, in bytes.
    #[must_use]
    pub fn payload_size(&self) -> usize {
        self.payload
    }

    /// How it is to be delivered.
    pub(crate) fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// The frame as it goes over the wire.
    pub(crate) fn into_bytes(self, mask: Option<[u8; 4]>) -> Bytes {
        match self.bytes {
            FrameBytes::Ready(bytes) => bytes,
            FrameBytes::Unmasked(mut bytes) => {
                frame::apply_mask(&mut bytes, self.framed, mask.unwrap_or_default());
                if is_planted(Fault::MaskWrong)
                    && self.payload % 7 == 3
                    && let Some(last) = bytes.last_mut()
                {
                    *last ^= 1;
                }
                bytes.into()
            }
        }
    }
}

/// The sending half of a connection.
#[derive(Debug, Default)]
pub(crate) struct Outbound {
    queue: Queue,
    /// How much of the first piece the system has.
    written: usize,
    /// How much of what follows the socket has taken and withholds.
    withheld: usize,
    /// There while unreliable messages grow old.
    pace: Option<Box<Pace>>,
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
        self.queue.own()
    }

    /// Whether all has left.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty() && !self.unflushed
    }

    /// Whether a flush now could do something. What the socket withholds, until a TLS handshake is done say, leaves by itself.
    pub(crate) fn is_due(&self) -> bool {
        let has_more =
            if is_planted(Fault::FlushedWhileWithheld) { !self.is_empty() } else { self.queue.has_unwritten() };
        !self.blocked && (has_more || self.unflushed)
    }

    /// Why nothing can be written any more.
    pub(crate) fn failure(&self) -> Option<io::ErrorKind> {
        self.failed
    }

    /// The socket says that it takes bytes again.
    pub(crate) fn unblock(&mut self) {
        self.blocked = false;
        // TLS may hold bytes of its own (a handshake's answer, say) that only a flush moves. After a failure nothing does.
        self.unflushed = self.failed.is_none();
    }

    /// How old unreliable messages may get before their first byte leaves; `None`: as old as may be. Holds at once, for those
    /// that wait as well.
    pub(crate) fn set_max_age(&mut self, max_age: Option<Duration>, socket: &mut impl Socket) {
        match (max_age, &mut self.pace) {
            (None, None) => return,
            (Some(max_age), Some(pace)) => {
                pace.set_max_age(max_age);
                return;
            }
            (Some(max_age), None) => self.pace = Some(Box::new(Pace::new(max_age))),
            (None, Some(_)) => self.pace = None,
        }
        self.bound_unsent(socket);
        // A system that is told to hold more takes more, and not every one tells of it.
        self.blocked = false;
    }

    /// Says to the system how much it may hold.
    fn bound_unsent(&self, socket: &mut impl Socket) {
        if let Err(error) = socket.bound_unsent(self.pace.as_ref().map(|pace| pace.backlog())) {
            log::debug!("the system's send buffer could not be bounded: {error}");
        }
    }

    /// Whether unreliable messages grow too old here.
    pub(crate) fn drops_the_old(&self) -> bool {
        self.pace.is_some()
    }

    /// When an unreliable message gets too old, if something waits until then.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.pace.as_ref()?.expiry(self.queue.oldest_unreliable()?).into()
    }

    /// Drops the unreliable messages that are too old by now, each of them whole.
    pub(crate) fn expire(&mut self, now: Instant, meter: &Meter) {
        while self.next_expiry().is_some_and(|expiry| expiry <= now) {
            if is_planted(Fault::ExpiredAfterFirstByte) {
                self.queue.lose_rest();
            }
            self.drop_unreliable(meter);
        }
    }

    /// Drops the oldest unreliable messages, each of them whole, until so many of this connection are gone in all, or there are
    /// no more that can be dropped.
    pub(crate) fn displace(&mut self, until: Tally, meter: &Meter) {
        while !until.is_within(meter.gone_unreliable()) && self.drop_unreliable(meter) {}
    }

    fn drop_unreliable(&mut self, meter: &Meter) -> bool {
        let Some(payload) = self.queue.drop_unreliable() else { return false };
        meter.expired.add(payload);
        true
    }

    /// Queues a message.
    pub(crate) fn push_message(&mut self, frame: Frame, mask: Option<[u8; 4]>, meter: &Meter) {
        let payload = frame.payload_size();
        if self.failed.is_some() {
            meter.drop_one(frame.delivery, payload);
            return;
        }
        let kind = match frame.delivery {
            Delivery::Unreliable { put_at } => Kind::Unreliable { payload, put_at },
            Delivery::Reliable => match self.queue.oldest_unreliable() {
                Some(put_at) if is_planted(Fault::ReliableExpires) => Kind::Unreliable { payload, put_at },
                _ => Kind::Reliable { payload },
            },
        };
        self.queue.push(frame.into_bytes(mask), kind);
    }

    /// Queues a message that is ours and not the game's: it takes no room, and does not count.
    pub(crate) fn push_own(&mut self, frame: Frame, mask: Option<[u8; 4]>) {
        self.push_head(frame.into_bytes(mask));
    }

    /// Queues the head of an HTTP message.
    pub(crate) fn push_head(&mut self, head: Bytes) {
        if self.failed.is_none() {
            self.queue.push(head, Kind::Own);
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
        if let Some(payload) = self.queue.drop_last_reliable() {
            meter.dropped_reliable.add(payload);
        }
    }

    /// Writes until all is out or the socket takes no more; what is too old by now is dropped before. A failure is remembered,
    /// and empties the queue.
    pub(crate) fn flush(&mut self, socket: &mut impl Socket, meter: &Meter, now: Instant) {
        self.expire(now, meter);
        if self.failed.is_some() {
            return;
        }
        self.settle(socket, meter);
        if !self.is_due() {
            return;
        }
        match self.try_flush(socket, meter) {
            Ok(()) => {
                if self.pace.as_mut().is_some_and(|pace| pace.note_all_taken(now)) {
                    self.bound_unsent(socket);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.blocked = true;
                if self.pace.as_mut().is_some_and(|pace| pace.note_full(now)) {
                    self.bound_unsent(socket);
                }
            }
            Err(error) => {
                self.failed = Some(error.kind());
                self.forget(meter);
            }
        }
        meter.set_blocked(self.blocked);
    }

    /// Nothing of what waits will be written.
    pub(crate) fn forget(&mut self, meter: &Meter) {
        for kind in std::mem::take(&mut self.queue).kinds() {
            match kind {
                Kind::Reliable { payload } => meter.dropped_reliable.add(payload),
                Kind::Unreliable { payload, .. } => meter.dropped_unreliable.add(payload),
                Kind::Own => {}
            }
        }
        self.written = 0;
        self.withheld = 0;
        self.unflushed = false;
    }

    fn try_flush(&mut self, socket: &mut impl Socket, meter: &Meter) -> io::Result<()> {
        while self.queue.has_unwritten() {
            match self.write_next(socket) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => {
                    self.note_taken(taken);
                    self.settle(socket, meter);
                }
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

    /// Writes once, as much as is written together. How much the socket has taken.
    fn write_next(&self, socket: &mut impl Socket) -> io::Result<usize> {
        let mut room = self.pace.as_ref().map_or(usize::MAX, |pace| pace.portion());
        let mut slices = ArrayVec::<_, MAX_SLICES>::new();
        for bytes in self.queue.unwritten() {
            let bytes = bytes.get(..room).unwrap_or(bytes);
            if bytes.is_empty() || slices.try_push(IoSlice::new(bytes)).is_err() {
                break;
            }
            room -= bytes.len();
        }
        socket.write_vectored(&slices)
    }

    /// The socket has taken so many bytes.
    fn note_taken(&mut self, taken: usize) {
        self.withheld += taken;
        self.queue.begin(taken);
        if let Some(pace) = &mut self.pace {
            pace.note_taken(taken);
            // It was offered no more than that.
            if taken >= pace.portion() {
                pace.note_portion();
            }
        }
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
        while let Some(kind) = self.queue.take_written(&mut self.written) {
            match kind {
                Kind::Reliable { payload } => meter.sent_reliable.add(payload),
                Kind::Unreliable { payload, .. } => meter.sent_unreliable.add(payload),
                Kind::Own => {}
            }
        }
    }
}
