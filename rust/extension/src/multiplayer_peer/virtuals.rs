//! What the engine calls: the methods of [MultiplayerPeerExtension].

use std::time::Instant;

use bytes::Bytes;
use godot::classes::IMultiplayerPeerExtension;
use godot::classes::multiplayer_peer::{ConnectionStatus, TransferMode};
use godot::global::Error;
use godot::meta::conv::RawPtr;
use godot::obj::Gd;
use godot::register::godot_api;
use rust_websocket_transport::close_code;
use rust_websocket_transport::error::SendError;
use rust_websocket_transport::game::SERVER_ID;

use super::events::Signal;
use super::{CLASS, RustWebSocketMultiplayerPeer, peers, refuse};
use crate::convert;
use crate::endpoint;
use crate::frame_end::{FlushAtFrameEnd, FrameEnd};
use crate::logging;
use crate::packet;

/// What the built-in class sets aside in every packet for a header it no longer sends.
const PACKET_OVERHEAD: i32 = 9;

#[godot_api]
impl IMultiplayerPeerExtension for RustWebSocketMultiplayerPeer {
    #[func(gd_self)]
    fn poll(mut this: Gd<Self>) {
        // A handler may do anything with this object, so nothing of it is borrowed while one runs. `this` keeps the
        // object itself alive.
        let mut has_missed = false;
        let mut taken = this.bind_mut().poll_and_take_event();
        logging::print_waiting();
        while let Some((signal, generation)) = taken {
            if let Signal::Overflowed(id, size, limit) = signal
                && this.get_signal_connection_list("peer_overflowed").is_empty()
            {
                this.bind_mut().missed.note(id, size, limit);
                has_missed = true;
            }
            signal.emit(&mut this);
            taken = this.bind_mut().finish_and_take_event(signal, generation);
        }
        if has_missed {
            let lines = this.bind_mut().lines_of_missed(Instant::now());
            for line in lines {
                logging::warning(CLASS, &line);
            }
        }
    }

    // Required by the trait; the engine calls the one above.
    fn poll(&mut self) {}

    #[expect(unsafe_code, reason = "the engine's own form of this virtual, which spares a copy")]
    unsafe fn get_packet_rawptr(
        &mut self,
        r_buffer: RawPtr<*mut RawPtr<*const u8>>,
        r_buffer_size: RawPtr<*mut i32>,
    ) -> Error {
        let packet = if self.status != ConnectionStatus::CONNECTED {
            Err(refuse(Error::ERR_UNCONFIGURED, "not connected, there are no packets to get"))
        } else {
            let packet = self.endpoint.as_mut().and_then(|endpoint| endpoint.pop());
            packet.map(|packet| packet.payload).ok_or(Error::ERR_UNAVAILABLE)
        };
        let (packet, error) = match packet {
            Ok(packet) => (packet, Error::OK),
            Err(error) => (Bytes::new(), error),
        };
        // SAFETY: both places are the engine's, of this very call.
        unsafe { self.lent.lend(packet, r_buffer, r_buffer_size) };
        error
    }

    #[expect(unsafe_code, reason = "the engine's own form of this virtual, which spares a copy")]
    unsafe fn put_packet_rawptr(&mut self, p_buffer: RawPtr<*const u8>, p_buffer_size: i32) -> Error {
        if self.status != ConnectionStatus::CONNECTED {
            return refuse(Error::ERR_UNCONFIGURED, "not connected, no packet can be put");
        }
        // SAFETY: both are the engine's, of this very call.
        let payload = unsafe { packet::passed(p_buffer, p_buffer_size) };
        let recipients = endpoint::recipients(self.target_peer);
        let delivery = convert::delivery(self.transfer_mode);
        let sent = self
            .endpoint
            .as_mut()
            .map_or(Err(SendError::NotOpen), |endpoint| endpoint.send(recipients, payload, delivery));
        match sent {
            Ok(()) => {
                self.schedule_flush();
                Error::OK
            }
            Err(error) => {
                self.schedule_flush();
                // A full queue is what the return value and the signal tell; a line of the log for each would be a flood.
                if !matches!(error, SendError::NotOpen | SendError::Full { .. }) {
                    logging::error(CLASS, &format!("{error}."));
                }
                convert::send_error(error)
            }
        }
    }

    fn get_available_packet_count(&self) -> i32 {
        let available = self.endpoint.as_ref().map_or(0, |endpoint| endpoint.available());
        i32::try_from(available).unwrap_or(i32::MAX)
    }

    fn get_max_packet_size(&self) -> i32 {
        self.outbound_buffer_size.saturating_sub(PACKET_OVERHEAD)
    }

    fn get_packet_channel(&self) -> i32 {
        0
    }

    fn get_packet_mode(&self) -> TransferMode {
        TransferMode::RELIABLE
    }

    fn get_packet_peer(&self) -> i32 {
        self.endpoint.as_ref().and_then(|endpoint| endpoint.next_source()).unwrap_or_else(|| {
            refuse(Error::ERR_UNAVAILABLE, "there is no packet to have come from a peer");
            SERVER_ID
        })
    }

    fn set_transfer_channel(&mut self, p_channel: i32) {
        self.transfer_channel = p_channel;
    }

    fn get_transfer_channel(&self) -> i32 {
        self.transfer_channel
    }

    fn set_transfer_mode(&mut self, p_mode: TransferMode) {
        self.transfer_mode = p_mode;
    }

    fn get_transfer_mode(&self) -> TransferMode {
        self.transfer_mode
    }

    fn set_target_peer(&mut self, p_peer: i32) {
        self.target_peer = p_peer;
    }

    fn is_server(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_server())
    }

    fn close(&mut self) {
        self.clear();
    }

    fn disconnect_peer(&mut self, p_peer: i32, p_force: bool) {
        if self.peer_view(p_peer).is_none() {
            refuse(Error::ERR_INVALID_PARAMETER, &format!("there is no peer {p_peer} to disconnect"));
            return;
        }
        let now = Instant::now();
        if p_force {
            self.end_handle(p_peer, &peers::sent_away());
            self.forget_handle(p_peer);
            self.forget_request_of(p_peer);
        }
        if p_force && self.is_client() {
            self.clear();
        } else if let Some(endpoint) = &mut self.endpoint {
            if p_force {
                endpoint.abandon_peer(p_peer, now);
            } else {
                endpoint.close_peer(p_peer, Some(close_code::NORMAL), "", now);
            }
        }
    }

    fn get_unique_id(&self) -> i32 {
        self.unique_id
    }

    fn set_refuse_new_connections(&mut self, p_enable: bool) {
        self.refuse_new_connections = p_enable;
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.refuse_new_connections(p_enable, Instant::now());
        }
    }

    fn is_refusing_new_connections(&self) -> bool {
        self.refuse_new_connections
    }

    fn is_server_relay_supported(&self) -> bool {
        true
    }

    fn get_connection_status(&self) -> ConnectionStatus {
        self.status
    }
}

impl FlushAtFrameEnd for RustWebSocketMultiplayerPeer {
    fn frame_end(&mut self) -> &mut FrameEnd {
        &mut self.frame_end
    }

    fn needs_flush(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.needs_flush())
    }

    fn flush(&mut self, now: Instant) {
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.flush(now);
        }
    }
}
