//! A server reads what a proxy says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_websocket_transport::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::proxy(data));
