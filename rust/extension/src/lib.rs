//! The Godot classes of the addon `rust_websocket`: a thin skin over `rust_websocket_transport`.
//!
//! This crate converts between the engine's types and the transport's, delegates, and emits signals. What a
//! connection does is decided in the transport.

#![allow(rustdoc::bare_urls, reason = "doc comments of classes are the editor's help, in its own markup")]
#![allow(rustdoc::broken_intra_doc_links, reason = "the classes are documented in the markup of the editor's help")]

mod accessors;
mod bond;
mod class_enum;
mod compression;
mod convert;
mod endpoint;
mod entry;
mod frame_end;
mod gate;
mod logging;
mod main_thread;
mod mapping;
pub mod multiplayer_peer;
mod packet;
mod tls_options;
pub mod web_socket_peer;
pub mod web_socket_request;
