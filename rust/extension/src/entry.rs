//! The way in: what the engine calls when it loads and unloads this library.

#![expect(unsafe_code, reason = "gdext's entry point is an unsafe trait")]

use godot::init::{ExtensionLibrary, InitStage, gdextension};

/// The addon's entry point, `rust_websocket_init`.
struct RustWebSocket;

// SAFETY: gdext asks whoever names the entry point to vouch for it. The symbol is this addon's own, and no other code
// of it runs before the engine calls it.
#[gdextension(entry_symbol = rust_websocket_init)]
unsafe impl ExtensionLibrary for RustWebSocket {
    fn on_stage_init(stage: InitStage) {
        if stage == InitStage::Scene {
            crate::main_thread::enter();
            crate::logging::install();
            crate::multiplayer_peer::enums::register();
            crate::web_socket_peer::enums::register();
        }
    }

    fn on_stage_deinit(stage: InitStage) {
        if stage == InitStage::Scene {
            crate::multiplayer_peer::debugger::leave();
            crate::main_thread::leave();
            crate::mapping::prepare_unload();
            crate::logging::print_waiting();
        }
    }
}
