//! A client reads a server's answer.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_websocket_transport::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::response_head(data));
