//! [`MemoryMultiplayerPeer`]: what a multiplayer peer costs the engine when there is no network at all.

#![expect(unsafe_code, reason = "the engine hands over places and packets as raw pointers")]

use godot::classes::multiplayer_peer::{ConnectionStatus, TransferMode};
use godot::classes::{IMultiplayerPeerExtension, MultiplayerPeerExtension};
use godot::global::Error;
use godot::init::{ExtensionLibrary, gdextension};
use godot::meta::conv::RawPtr;
use godot::obj::Base;
use godot::register::{GodotClass, godot_api};

struct MemoryPeer;

// SAFETY: what gdext asks of an entry point; there is nothing else in it.
#[gdextension(entry_symbol = memory_peer_init)]
unsafe impl ExtensionLibrary for MemoryPeer {}

/// A multiplayer peer without a network: it hands out the same packet as often as its method `fill` says, and throws away
/// what is put into it.
#[derive(GodotClass)]
#[class(tool, init, base = MultiplayerPeerExtension)]
pub struct MemoryMultiplayerPeer {
    packet: Vec<u8>,
    available: i32,
    target: i32,
    base: Base<MultiplayerPeerExtension>,
}

#[godot_api]
impl MemoryMultiplayerPeer {
    /// There are `count` packets of `size` bytes to get.
    #[func]
    fn fill(&mut self, count: i32, size: i32) {
        self.packet.resize(usize::try_from(size).unwrap_or(0), 7);
        self.available = count;
    }
}

#[godot_api]
impl IMultiplayerPeerExtension for MemoryMultiplayerPeer {
    fn poll(&mut self) {}

    unsafe fn get_packet_rawptr(
        &mut self,
        r_buffer: RawPtr<*mut RawPtr<*const u8>>,
        r_buffer_size: RawPtr<*mut i32>,
    ) -> Error {
        self.available -= 1;
        // SAFETY: both places are the engine's, of this very call; the packet lives as long as this object.
        unsafe {
            r_buffer.ptr().write(RawPtr::new(self.packet.as_ptr()));
            r_buffer_size.ptr().write(i32::try_from(self.packet.len()).unwrap_or(0));
        }
        Error::OK
    }

    unsafe fn put_packet_rawptr(&mut self, _p_buffer: RawPtr<*const u8>, _p_buffer_size: i32) -> Error {
        Error::OK
    }

    fn get_available_packet_count(&self) -> i32 {
        self.available
    }

    fn get_max_packet_size(&self) -> i32 {
        i32::MAX
    }

    fn get_packet_channel(&self) -> i32 {
        0
    }

    fn get_packet_mode(&self) -> TransferMode {
        TransferMode::RELIABLE
    }

    fn get_packet_peer(&self) -> i32 {
        2
    }

    fn set_transfer_channel(&mut self, _p_channel: i32) {}

    fn get_transfer_channel(&self) -> i32 {
        0
    }

    fn set_transfer_mode(&mut self, _p_mode: TransferMode) {}

    fn get_transfer_mode(&self) -> TransferMode {
        TransferMode::RELIABLE
    }

    fn set_target_peer(&mut self, p_peer: i32) {
        self.target = p_peer;
    }

    fn is_server(&self) -> bool {
        true
    }

    fn close(&mut self) {}

    fn disconnect_peer(&mut self, _p_peer: i32, _p_force: bool) {}

    fn get_unique_id(&self) -> i32 {
        1
    }

    fn set_refuse_new_connections(&mut self, _p_enable: bool) {}

    fn is_refusing_new_connections(&self) -> bool {
        false
    }

    fn is_server_relay_supported(&self) -> bool {
        true
    }

    fn get_connection_status(&self) -> ConnectionStatus {
        ConnectionStatus::CONNECTED
    }
}
