//! A client decodes what follows the handshake, on a connection whose messages may be compressed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_websocket_transport::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::compressed(data));
