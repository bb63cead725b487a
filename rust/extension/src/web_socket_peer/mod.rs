//! [`RustWebSocketPeer`], one WebSocket connection: of its own, or one of a multiplayer peer's.

mod backend;
pub(crate) mod enums;
mod link;
mod methods;
mod stream;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use godot::builtin::PackedStringArray;
use godot::classes::{IPacketPeerExtension, PacketPeerExtension};
use godot::global::Error;
use godot::meta::conv::RawPtr;
use godot::obj::{Base, Gd, NewGd};
use godot::register::{GodotClass, godot_api};
use rust_websocket_transport::config::{Handshake, Limits, Settings};
use rust_websocket_transport::connection::ReadyState;
use rust_websocket_transport::error::{HandshakeError, SendError};
use rust_websocket_transport::wire::message::MessageKind;

use self::backend::{Backend, Origin};
use self::enums::Compression;
use self::link::Link;
use crate::bond::Bond;
use crate::compression::{self, NOT_CHOSEN};
use crate::convert;
use crate::frame_end::{FlushAtFrameEnd, FrameEnd};
use crate::logging;
use crate::packet::{self, Lent};

/// How long a connection may take to open. The engine gives TCP alone as much by default.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// Who speaks in the log.
const CLASS: &str = "RustWebSocketPeer";

/// One WebSocket connection: a drop-in replacement for [WebSocketPeer].
///
/// As a client, call [method connect_to_url]; as a server, give [method accept_stream] what [method
/// TCPServer.take_connection] returned, or a [StreamPeerTLS] on it. Then call [method poll] once per frame, and look at
/// [method get_ready_state] and [method PacketPeer.get_available_packet_count].
///
/// It is also what [method RustWebSocketMultiplayerPeer.get_peer] returns. Such a peer needs no polling and has no
/// packets of its own, but it can be asked, closed and sent messages.
///
/// Messages leave in the frame in which they were put. What arrived before the connection ended can be read after it.
/// It may be used on any thread, by one at a time. On other threads than the main thread no frame ends, so each message is
/// written when it is put.
///
/// A connection that takes longer than 30 seconds to open, or 3 seconds to answer a close frame, is ended. Freeing the
/// object closes the connection with code 1001.
#[derive(GodotClass)]
#[class(tool, init, base = PacketPeerExtension)]
pub struct RustWebSocketPeer {
    /// Subprotocols: what a client offers, in its order of preference, or what a server supports. If either side names
    /// any, both must share one. Spaces around a name are dropped, and so are empty and double ones. A name is ASCII without
    /// spaces, commas, slashes, quotes or brackets. Any other is an error when it is set, and [method connect_to_url] and
    /// [method accept_stream] return [constant ERR_INVALID_PARAMETER]. Default: none. Applies to connections made
    /// afterwards.
    #[var(get = get_supported_protocols, set = set_supported_protocols, usage_flags = [DEFAULT])]
    supported_protocols: PackedStringArray,
    /// Further HTTP header lines for the handshake, each [code]"Name: value"[/code] without a line break. A line that is
    /// none, or a header that the handshake itself has ([code]Host[/code], [code]Upgrade[/code], [code]Connection[/code],
    /// [code]Content-Length[/code], [code]Transfer-Encoding[/code], [code]Sec-WebSocket-*[/code]), is an error as in [member
    /// supported_protocols]. Default: none. Applies to connections made afterwards.
    #[var(get = get_handshake_headers, set = set_handshake_headers, usage_flags = [DEFAULT])]
    handshake_headers: PackedStringArray,
    /// The largest message that is taken, in bytes; also how many unread bytes stop the reading. Greater than 0.
    /// Default: 65535. Applies to connections made afterwards.
    #[var(get = get_inbound_buffer_size, set = set_inbound_buffer_size, usage_flags = [DEFAULT])]
    #[init(val = 65_535)]
    inbound_buffer_size: i32,
    /// The most payload bytes that wait to be sent; 0 is no limit. Default: 65535.
    #[var(get = get_outbound_buffer_size, set = set_outbound_buffer_size, usage_flags = [DEFAULT])]
    #[init(val = 65_535)]
    outbound_buffer_size: i32,
    /// The most messages that wait, each way. Greater than 0. Default: 4096.
    #[var(get = get_max_queued_packets, set = set_max_queued_packets, usage_flags = [DEFAULT])]
    #[init(val = 4096)]
    max_queued_packets: i32,
    /// How many seconds pass between two pings, 0 for none. An open connection on which nothing arrives for two
    /// intervals, not even the answer to a ping, is ended. A large message may take longer, as long as 256 bytes of it
    /// come in every interval. Not negative. Default: 0.0.
    #[var(get = get_heartbeat_interval, set = set_heartbeat_interval, usage_flags = [DEFAULT])]
    heartbeat_interval: f64,
    /// Whether packets are compressed ([code]permessage-deflate[/code], RFC 7692) where the other side can do it too: one of
    /// [enum Compression]. A client offers it, [method accept_stream] agrees to
    /// it. Until it is set, it is
    /// [constant COMPRESSION_AUTO] on a server and [constant COMPRESSION_OFF] otherwise. Applies to connections made
    /// afterwards.
    ///
    /// Browsers offer it, so the clients of a web export gain at once; the built-in class of other platforms does not.
    /// Every packet is compressed by itself, and nothing is kept for a peer between two packets.
    /// [member inbound_buffer_size] is a limit of what a packet is after it was inflated.
    #[var(get = get_compression, set = set_compression, hint = ENUM, hint_string = "Off,Auto", usage_flags = [DEFAULT])]
    #[init(val = NOT_CHOSEN)]
    compression: i32,
    /// The least payload of a packet, in bytes, for which it is tried to compress it; a smaller one leaves as it is, and costs
    /// nothing more. What would not get smaller leaves as it is as well. Not negative. Default: 256. Applies to
    /// connections made afterwards.
    #[var(get = get_compression_threshold, set = set_compression_threshold, usage_flags = [DEFAULT])]
    #[init(val = 256)]
    compression_threshold: i32,
    /// How hard packets are compressed, from 1, the fastest, to 9, which makes the fewest bytes. Default: 1. Applies to
    /// connections made afterwards.
    #[var(get = get_compression_level, set = set_compression_level, usage_flags = [DEFAULT])]
    #[init(val = 1)]
    compression_level: i32,

    backend: Backend,
    /// Whether the message that was read last was text.
    was_string: bool,
    lent: Lent,
    frame_end: FrameEnd,
    base: Base<PacketPeerExtension>,
}

#[godot_api]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketPeer {
    /// Returns [member supported_protocols].
    #[func]
    fn get_supported_protocols(&self) -> PackedStringArray {
        self.supported_protocols.clone()
    }

    /// Sets [member supported_protocols].
    #[func]
    fn set_supported_protocols(&mut self, protocols: PackedStringArray) {
        self.supported_protocols = convert::stripped(&protocols);
        if let Err(error) = convert::subprotocols(&self.supported_protocols) {
            refuse(Error::ERR_INVALID_PARAMETER, &error.to_string());
        }
    }

    /// Returns [member handshake_headers].
    #[func]
    fn get_handshake_headers(&self) -> PackedStringArray {
        self.handshake_headers.clone()
    }

    /// Sets [member handshake_headers].
    #[func]
    fn set_handshake_headers(&mut self, protocols: PackedStringArray) {
        self.handshake_headers = protocols;
        if let Err(error) = convert::header_lines(&self.handshake_headers) {
            refuse(Error::ERR_INVALID_PARAMETER, &error.to_string());
        }
    }

    /// Returns [member inbound_buffer_size].
    #[func]
    fn get_inbound_buffer_size(&self) -> i32 {
        self.inbound_buffer_size
    }

    /// Sets [member inbound_buffer_size].
    #[func]
    fn set_inbound_buffer_size(&mut self, buffer_size: i32) {
        if convert::is_positive(buffer_size) {
            self.inbound_buffer_size = buffer_size;
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "inbound_buffer_size must be greater than 0");
        }
    }

    /// Returns [member outbound_buffer_size].
    #[func]
    fn get_outbound_buffer_size(&self) -> i32 {
        self.outbound_buffer_size
    }

    /// Sets [member outbound_buffer_size].
    #[func]
    fn set_outbound_buffer_size(&mut self, buffer_size: i32) {
        if buffer_size < 0 {
            // The built-in class takes it so, and games may count on it.
            logging::warning(CLASS, "outbound_buffer_size is negative, which is no limit; 0 says so");
        }
        self.outbound_buffer_size = buffer_size;
        self.apply_limits();
    }

    /// Returns [member max_queued_packets].
    #[func]
    fn get_max_queued_packets(&self) -> i32 {
        self.max_queued_packets
    }

    /// Sets [member max_queued_packets].
    #[func]
    fn set_max_queued_packets(&mut self, buffer_size: i32) {
        if convert::is_positive(buffer_size) {
            self.max_queued_packets = buffer_size;
            self.apply_limits();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "max_queued_packets must be greater than 0");
        }
    }

    /// Returns [member heartbeat_interval].
    #[func]
    fn get_heartbeat_interval(&self) -> f64 {
        self.heartbeat_interval
    }

    /// Sets [member heartbeat_interval].
    #[func]
    fn set_heartbeat_interval(&mut self, interval: f64) {
        if interval >= 0.0 && interval.is_finite() {
            self.heartbeat_interval = interval;
            self.apply_limits();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "heartbeat_interval must not be negative, infinite or NAN");
        }
    }

    /// Returns [member compression].
    #[func]
    fn get_compression(&self) -> i32 {
        let by_role = if self.is_server_side() { Compression::Auto } else { Compression::Off };
        Compression::from_number(self.compression).unwrap_or(by_role) as i32
    }

    /// Sets [member compression].
    #[func]
    fn set_compression(&mut self, mode: i32) {
        if Compression::from_number(mode).is_some() {
            self.compression = mode;
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "compression must be COMPRESSION_OFF or COMPRESSION_AUTO");
        }
    }

    /// Returns [member compression_threshold].
    #[func]
    fn get_compression_threshold(&self) -> i32 {
        self.compression_threshold
    }

    /// Sets [member compression_threshold].
    #[func]
    fn set_compression_threshold(&mut self, threshold: i32) {
        if threshold >= 0 {
            self.compression_threshold = threshold;
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "compression_threshold must not be negative");
        }
    }

    /// Returns [member compression_level].
    #[func]
    fn get_compression_level(&self) -> i32 {
        self.compression_level
    }

    /// Sets [member compression_level].
    #[func]
    fn set_compression_level(&mut self, level: i32) {
        if compression::level(level).is_some() {
            self.compression_level = level;
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "compression_level must be from 1 to 9");
        }
    }
}

impl RustWebSocketPeer {
    fn is_server_side(&self) -> bool {
        matches!(self.backend, Backend::Own { origin: Origin::Accepted { .. }, .. })
    }

    /// What can change on a connection that there is, does.
    fn apply_limits(&mut self) {
        if let Some(limits) = self.backend.limits() {
            self.backend.set_limits(self.changeable(limits), Instant::now());
        }
    }

    /// Makes room for another connection, unless there is one.
    fn clear(&mut self) -> Result<(), Error> {
        if matches!(self.backend.ready_state(), ReadyState::Connecting | ReadyState::Open) {
            let reason = "there is a connection already, or one is being made; close() it first";
            return Err(refuse(Error::ERR_ALREADY_IN_USE, reason));
        }
        self.backend = Backend::Idle;
        self.was_string = false;
        Ok(())
    }

    /// What a new connection is made with.
    fn settings(&self) -> Result<Settings, HandshakeError> {
        Ok(Settings {
            limits: self.changeable(Limits {
                inbound_buffer_size: convert::limit(self.inbound_buffer_size),
                handshake_timeout: HANDSHAKE_TIMEOUT,
                ..Limits::default()
            }),
            handshake: Handshake {
                compression: compression::settings(
                    Compression::from_number(self.compression).map(Into::into),
                    self.compression_threshold,
                    self.compression_level,
                ),
                ..convert::handshake(&self.supported_protocols, &self.handshake_headers)?
            },
            ..Settings::default()
        })
    }

    /// These limits, but with what the properties say of those that can change on an open connection.
    fn changeable(&self, limits: Limits) -> Limits {
        let changed = Limits {
            outbound_buffer_size: convert::limit(self.outbound_buffer_size),
            max_queued_packets: convert::limit(self.max_queued_packets),
            heartbeat_interval: convert::heartbeat(self.heartbeat_interval),
            ..limits
        };
        // A peer of a multiplayer peer has room for joining, unless it is bounded more tightly.
        if limits.join_room.is_some() { changed.with_join_room() } else { changed }
    }

    fn send_message(&mut self, kind: MessageKind, payload: &[u8]) -> Error {
        let result = self.backend.send(kind, payload);
        self.schedule_flush();
        match result {
            Ok(()) => Error::OK,
            Err(SendError::NotOpen | SendError::UnknownPeer(_)) => {
                refuse(Error::FAILED, "the connection is not open, no message can be sent")
            }
            Err(error) => refuse(convert::send_error(error), &error.to_string()),
        }
    }

    /// The handle of a multiplayer peer's connection, which has these limits, subprotocols and further header lines.
    pub(crate) fn linked(
        bond: Arc<Bond>,
        limits: &Limits,
        [supported_protocols, handshake_headers]: [&PackedStringArray; 2],
    ) -> Gd<Self> {
        let mut peer = Self::new_gd();
        {
            let mut peer = peer.bind_mut();
            peer.supported_protocols = supported_protocols.clone();
            peer.handshake_headers = handshake_headers.clone();
            let number = |limit: usize| i32::try_from(limit).unwrap_or(i32::MAX);
            peer.inbound_buffer_size = number(limits.inbound_buffer_size);
            peer.outbound_buffer_size = number(limits.outbound_buffer_size);
            peer.max_queued_packets = number(limits.max_queued_packets);
            peer.heartbeat_interval = limits.heartbeat_interval.map_or(0.0, |interval| interval.as_secs_f64());
            peer.backend = Backend::Peer(Link::new(bond));
        }
        peer
    }
}

impl FlushAtFrameEnd for RustWebSocketPeer {
    fn frame_end(&mut self) -> &mut FrameEnd {
        &mut self.frame_end
    }

    fn needs_flush(&self) -> bool {
        self.backend.needs_flush()
    }

    fn flush(&mut self, now: Instant) {
        self.backend.flush(now);
    }
}

/// Says why a call is refused, as the engine does for its own classes, and gives back the code.
fn refuse(error: Error, reason: &str) -> Error {
    logging::error(CLASS, &format!("{reason}."));
    error
}

#[godot_api]
impl IPacketPeerExtension for RustWebSocketPeer {
    #[expect(unsafe_code, reason = "the engine's own form of this virtual, which spares a copy")]
    unsafe fn get_packet_rawptr(
        &mut self,
        r_buffer: RawPtr<*mut RawPtr<*const u8>>,
        r_buffer_size: RawPtr<*mut i32>,
    ) -> Error {
        let (packet, error) = match self.backend.pop() {
            Some(message) => {
                self.was_string = message.kind == MessageKind::Text;
                (message.payload, Error::OK)
            }
            None if self.backend.ready_state() == ReadyState::Open => (Bytes::new(), Error::ERR_UNAVAILABLE),
            None => (Bytes::new(), refuse(Error::FAILED, "the connection is not open, there are no packets to get")),
        };
        // SAFETY: both places are the engine's, of this very call.
        unsafe { self.lent.lend(packet, r_buffer, r_buffer_size) };
        error
    }

    #[expect(unsafe_code, reason = "the engine's own form of this virtual, which spares a copy")]
    unsafe fn put_packet_rawptr(&mut self, p_buffer: RawPtr<*const u8>, p_buffer_size: i32) -> Error {
        // SAFETY: both are the engine's, of this very call.
        let payload = unsafe { packet::passed(p_buffer, p_buffer_size) };
        self.send_message(MessageKind::Binary, payload)
    }

    fn get_available_packet_count(&self) -> i32 {
        i32::try_from(self.backend.available()).unwrap_or(i32::MAX)
    }

    fn get_max_packet_size(&self) -> i32 {
        match self.backend.ready_state() {
            ReadyState::Open | ReadyState::Closing => {
                self.backend.limits().map_or(0, |limits| i32::try_from(limits.inbound_buffer_size).unwrap_or(i32::MAX))
            }
            ReadyState::Connecting | ReadyState::Closed => 0,
        }
    }
}
