//! Whole connections, driven by a list of operations.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_websocket_transport::fuzzing;

fuzz_target!(|data: &[u8]| fuzzing::connection(data));
