//! A server reads a client's request.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_websocket_transport::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::request_head(data));
