//! The methods of the class.

use std::time::Instant;

use godot::builtin::{GString, PackedByteArray};
use godot::classes::StreamPeer;
use godot::global::Error;
use godot::obj::Gd;
use godot::register::godot_api;
use rust_websocket_transport::clock::Clock;
use rust_websocket_transport::close_code::{self, CloseCode};
use rust_websocket_transport::connection::{EmptyMessages, ReadyState};
use rust_websocket_transport::entropy::Entropy;
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::game::WebSocket;
use rust_websocket_transport::network::polled::Polled;
use rust_websocket_transport::stream::Socket as _;
use rust_websocket_transport::wire::message::MessageKind;
use rust_websocket_transport::wire::url::Url;

use super::backend::{Backend, Origin, Remote};
use super::enums::{State, WriteMode};
use super::stream::GodotStream;
use super::{RustWebSocketPeer, refuse};
use crate::endpoint::Farewell;
use crate::frame_end::FlushAtFrameEnd;
use crate::tls_options::{self, OptionalTlsOptions};

#[godot_api(secondary)]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketPeer {
    /// Starts to connect to a server, as in [code]ws://example.com:9080/path[/code] or [code]wss://example.com[/code].
    /// Keep polling until [method get_ready_state] says [constant STATE_OPEN] or [constant STATE_CLOSED].
    ///
    /// Names are looked up in the background, and all addresses of a name are tried. [param tls_client_options] are for
    /// [code]wss://[/code], made by [method TLSOptions.client] or [method TLSOptions.client_unsafe].
    ///
    /// Returns [constant OK]; [constant ERR_INVALID_PARAMETER] for a URL that is none, for TLS options of a server, or for
    /// [member supported_protocols] or [member handshake_headers] that cannot be sent; [constant ERR_ALREADY_IN_USE] if there is a connection or one is being made; [constant FAILED] if the network says
    /// at once that there is no way.
    #[func]
    fn connect_to_url(
        &mut self,
        url: GString,
        #[opt(default = OptionalTlsOptions(None))] tls_client_options: OptionalTlsOptions,
    ) -> Error {
        if url.is_empty() {
            return refuse(Error::ERR_INVALID_PARAMETER, "the URL is empty");
        }
        if tls_client_options.0.as_ref().is_some_and(|options| options.is_server()) {
            return refuse(
                Error::ERR_INVALID_PARAMETER,
                "these TLS options are a server's, make them with TLSOptions.client()",
            );
        }
        if let Err(error) = self.clear() {
            return error;
        }
        let parsed = match Url::parse(&url.to_string()) {
            Ok(parsed) => parsed,
            Err(error) => return refuse(Error::ERR_INVALID_PARAMETER, &error.to_string()),
        };
        let settings = match self.settings() {
            Ok(settings) => settings,
            Err(error) => return refuse(Error::ERR_INVALID_PARAMETER, &error.to_string()),
        };
        let tls = tls_options::client(tls_client_options.0.as_ref());
        match WebSocket::connect(parsed, settings, tls, EmptyMessages::Keep, Instant::now()) {
            Ok(socket) => {
                self.backend = Backend::Own { socket: Box::new(socket), origin: Origin::Dialed { url } };
                Error::OK
            }
            Err(CloseCause::TlsConfig(error)) => refuse(Error::ERR_INVALID_PARAMETER, &error.to_string()),
            Err(cause) => refuse(Error::FAILED, &cause.to_string()),
        }
    }

    /// Takes a stream on which a client asks for a WebSocket connection: a [StreamPeerTCP] from [method
    /// TCPServer.take_connection], or a [StreamPeerTLS] on one, whose handshake may still be under way. From then on the
    /// stream belongs to this object.
    ///
    /// Returns [constant OK]; [constant ERR_INVALID_PARAMETER] for no stream or another kind of one, or for [member
    /// supported_protocols] or [member handshake_headers] that cannot be sent; [constant ERR_ALREADY_IN_USE] if there is a connection or one is being made.
    #[func]
    fn accept_stream(&mut self, stream: Option<Gd<StreamPeer>>) -> Error {
        let Some(stream) = stream else {
            return refuse(Error::ERR_INVALID_PARAMETER, "there is no stream");
        };
        if let Err(error) = self.clear() {
            return error;
        }
        let settings = match self.settings() {
            Ok(settings) => settings,
            Err(error) => return refuse(Error::ERR_INVALID_PARAMETER, &error.to_string()),
        };
        let Some(mut stream) = GodotStream::new(stream) else {
            return refuse(
                Error::ERR_INVALID_PARAMETER,
                "the stream is neither a StreamPeerTCP nor a StreamPeerTLS on one",
            );
        };
        // A stream that is not connected has no such thing to set.
        let _ = stream.set_no_delay(true);
        let remote = Remote { host: stream.host(), port: stream.port() };
        let origin = Origin::Accepted { uses_tls: stream.uses_tls(), remote };
        let adopted = Entropy::from_system().and_then(|entropy| {
            let network = Polled::new(Clock::default());
            WebSocket::adopt(network, entropy, stream, settings, EmptyMessages::Keep, Instant::now())
        });
        match adopted {
            Ok(socket) => {
                self.backend = Backend::Own { socket: Box::new(socket), origin };
                Error::OK
            }
            Err(error) => refuse(Error::ERR_CANT_CREATE, &format!("the stream cannot be used: {error}")),
        }
    }

    /// Sends a message, marked as [param write_mode] says: [constant WRITE_MODE_TEXT] is for UTF-8 only.
    ///
    /// Returns [constant OK]; [constant FAILED] if the connection is not open; [constant ERR_OUT_OF_MEMORY] if the
    /// message does not fit into [member outbound_buffer_size] or [member max_queued_packets], and it is not sent then.
    #[func]
    fn send(&mut self, message: PackedByteArray, #[opt(default = WriteMode::Binary)] write_mode: WriteMode) -> Error {
        self.send_message(write_mode.into(), message.as_slice())
    }

    /// Sends a text message. Returns what [method send] returns.
    #[func]
    fn send_text(&mut self, message: GString) -> Error {
        self.send_message(MessageKind::Text, message.to_string().as_bytes())
    }

    /// Whether the message that [method PacketPeer.get_packet] gave last was text.
    #[func]
    fn was_string_packet(&self) -> bool {
        self.was_string
    }

    /// Connects, reads and writes. To be called once per frame, until [constant STATE_CLOSED] is reached.
    #[func]
    fn poll(&mut self) {
        self.backend.poll(Instant::now());
    }

    /// Closes the connection: what is queued goes out, then a close frame with this [param code] and [param reason], and
    /// [method poll] waits for the answer until [constant STATE_CLOSED]. Before the connection is open it ends at once.
    ///
    /// [param code] is 1000 as a rule, or one of your own from 3000 to 4999; the other codes that may be sent are 1001 to
    /// 1003 and 1007 to 1014 (RFC 6455 section 7.4). 0 sends none. For any other, 1000 is sent, with an error. A negative
    /// one ends the connection at once, and the other side is not told. [param reason] is cut between characters after 123
    /// bytes of UTF-8 at the most.
    #[func]
    fn close(&mut self, #[opt(default = 1000)] code: i32, #[opt(default = "")] reason: GString) {
        let farewell = if code < 0 {
            Farewell::Cut
        } else {
            // Whoever waits for the end of the connection gets it all the same.
            Farewell::CloseFrame(CloseCode::asked_for(code).unwrap_or_else(|error| {
                refuse(Error::ERR_INVALID_PARAMETER, &format!("{error}. 1000 is sent"));
                Some(close_code::NORMAL)
            }))
        };
        self.backend.close(farewell, &reason.to_string(), Instant::now());
    }

    /// The other side's IP address. Empty, with an error, without a connection; empty while the address is not known.
    #[func]
    fn get_connected_host(&self) -> GString {
        self.backend.remote().map_or_else(
            || {
                refuse(Error::ERR_UNCONFIGURED, "there is no connection to have a host");
                GString::new()
            },
            |remote| remote.host,
        )
    }

    /// The other side's port. 0, with an error, without a connection; 0 while the port is not known.
    #[func]
    fn get_connected_port(&self) -> i32 {
        self.backend.remote().map_or_else(
            || {
                refuse(Error::ERR_UNCONFIGURED, "there is no connection to have a port");
                0
            },
            |remote| remote.port,
        )
    }

    /// The subprotocol both sides agreed on. Empty if there is none, or not yet.
    #[func]
    fn get_selected_protocol(&self) -> GString {
        self.backend.protocol()
    }

    /// The URL of the connection: the one passed to [method connect_to_url], or on a server what the client's request
    /// asks for. Kept after the end.
    #[func]
    fn get_requested_url(&self) -> GString {
        self.backend.requested_url()
    }

    /// Sets whether small messages leave at once, without waiting for an acknowledgement of the last (Nagle's algorithm
    /// off). On by default. An error without a connection.
    #[func]
    fn set_no_delay(&mut self, enabled: bool) {
        if !self.backend.set_no_delay(enabled, Instant::now()) {
            refuse(Error::ERR_UNCONFIGURED, "there is no connection to be without delay");
        }
    }

    /// How many payload bytes wait to be sent. 0 unless the connection is open.
    #[func]
    fn get_current_outbound_buffered_amount(&self) -> i32 {
        if self.backend.ready_state() == ReadyState::Open {
            i32::try_from(self.backend.buffered_amount()).unwrap_or(i32::MAX)
        } else {
            0
        }
    }

    /// How far the connection is.
    #[func]
    fn get_ready_state(&self) -> State {
        self.backend.ready_state().into()
    }

    /// The code of the close frame that ended the connection (RFC 6455 section 7.4); 0 for a close frame without a code.
    /// If the other side broke the protocol, the code it was told: 1002, 1007 or 1009.
    ///
    /// -1 before the end, and if it came without a close frame from the other side: lost, cut by a negative [method
    /// close], never opened, or our close frame not answered. Of the peer of a multiplayer peer that was sent away it is
    /// our own code, answered or not. Kept until the next connection.
    #[func]
    fn get_close_code(&self) -> i32 {
        self.backend.close_frame().code
    }

    /// The reason that came with [method get_close_code], often empty.
    #[func]
    fn get_close_reason(&self) -> GString {
        GString::from(self.backend.close_frame().reason.as_str())
    }

    /// Sends what this frame has queued, now instead of at its end. No need to call it.
    #[func(rename = _flush_outbound)]
    pub(super) fn flush_outbound(&mut self) {
        self.flush_now();
    }
}
