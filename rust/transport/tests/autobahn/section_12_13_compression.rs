//! 12 and 13: compression. What is said is compressed by a library of its own, every size of message whole and in fragments,
//! of five kinds of payload (12), and with every combination of parameters (13). What comes back has to be the same.

use std::net::TcpListener;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use super::ends::{ClientEnd, ServerEnd};
use super::frame::{BINARY, CONTINUATION, Frame, TEXT};
use super::peer::{Chops, Peer};

/// The sizes of messages of the suite's 18 cases, and of their fragments; 0 is no fragments.
const SIZES: [(usize, usize); 18] = [
    (16, 0),
    (64, 0),
    (256, 0),
    (1024, 0),
    (4096, 0),
    (8192, 0),
    (16_384, 0),
    (32_768, 0),
    (65_536, 0),
    (131_072, 0),
    (8192, 256),
    (16_384, 256),
    (32_768, 256),
    (65_536, 256),
    (131_072, 256),
    (131_072, 1024),
    (131_072, 4096),
    (131_072, 32_768),
];

/// How many messages each of these cases has. The suite has a thousand.
const MESSAGES: usize = 4;

/// What a message is cut out of.
#[derive(Clone, Copy)]
enum Kind {
    Json,
    Picture,
    Words,
    Markup,
    Noise,
}

/// What is agreed on: whether each side begins anew with every message, and the windows, 0 for any.
#[derive(Clone, Copy, Default)]
struct Parameters {
    server_no_context: bool,
    client_no_context: bool,
    server_bits: u8,
    client_bits: u8,
}

impl Parameters {
    fn line(self, of_server: bool) -> String {
        let mut line = "Sec-WebSocket-Extensions: permessage-deflate".to_owned();
        for (holds, name) in [
            (self.server_no_context, "server_no_context_takeover"),
            (self.client_no_context, "client_no_context_takeover"),
        ] {
            line.push_str(if holds { "; " } else { "" });
            line.push_str(if holds { name } else { "" });
        }
        for (bits, name) in [(self.server_bits, "server_max_window_bits"), (self.client_bits, "client_max_window_bits")]
        {
            if bits > 0 {
                line.push_str(&format!("; {name}={bits}"));
            }
        }
        if self.client_bits == 0 && !of_server {
            line.push_str("; client_max_window_bits");
        }
        line + "\r\n"
    }
}

/// The peer's own compression.
struct Deflation {
    compress: Compress,
    begins_anew: bool,
    inflate: Decompress,
    hears_anew: bool,
}

impl Deflation {
    fn new(bits: u8, begins_anew: bool, heard_bits: u8, hears_anew: bool) -> Self {
        let window = |bits: u8| if bits == 0 { 15 } else { bits };
        Self {
            compress: Compress::new_with_window_bits(Compression::new(6), false, window(bits)),
            begins_anew,
            inflate: Decompress::new_with_window_bits(false, window(heard_bits)),
            hears_anew,
        }
    }

    fn frames(&mut self, opcode: u8, payload: &[u8], fragment: usize) -> Vec<Frame> {
        if self.begins_anew {
            self.compress.reset();
        }
        let mut made = Vec::with_capacity(payload.len() * 2 + 100);
        self.compress.compress_vec(payload, &mut made, FlushCompress::Sync).unwrap();
        made.truncate(made.len() - 4);
        let size = if fragment == 0 { made.len() } else { fragment };
        let mut frames = Frame::fragments(opcode, &made, size);
        frames[0] = frames[0].clone().reserved(4);
        frames
    }

    fn payload(&mut self, frames: &[Frame], size: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.payload.clone()).collect();
        if frames[0].reserved_bits() == 0 {
            return bytes;
        }
        assert_eq!(frames[0].reserved_bits(), 4);
        if self.hears_anew {
            self.inflate.reset(false);
        }
        bytes.extend([0, 0, 0xFF, 0xFF]);
        let mut payload = Vec::with_capacity(size + 64);
        self.inflate.decompress_vec(&bytes, &mut payload, FlushDecompress::Sync).unwrap();
        payload
    }
}

fn payload(kind: Kind, size: usize, number: usize) -> Vec<u8> {
    let number = u32::try_from(number).unwrap();
    let mut state = number.wrapping_mul(0x9E37_79B9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut bytes = Vec::new();
    while bytes.len() < size {
        match kind {
            Kind::Json => {
                bytes.extend(format!("{{\"id\":{},\"x\":{}.5,\"ok\":true}},", next() % 1000, next() % 100).bytes());
            }
            Kind::Picture => bytes.extend([(next() >> 24) as u8; 12]),
            Kind::Words => {
                bytes.extend(["Habe ", "nun, ", "ach! ", "Philosophie, ", "Juristerei "][next() as usize % 5].bytes());
            }
            Kind::Markup => bytes.extend(format!("<li class=\"item\">{}</li>\n", next() % 50).bytes()),
            Kind::Noise => bytes.extend(next().to_be_bytes()),
        }
    }
    bytes.truncate(size);
    bytes
}

fn talk(peer: &mut Peer, deflation: &mut Deflation, kind: Kind) {
    let opcode = if matches!(kind, Kind::Picture | Kind::Noise) { BINARY } else { TEXT };
    for (size, fragment) in SIZES {
        for number in 0..MESSAGES {
            let said = payload(kind, size, size + number);
            let mut frames = deflation.frames(opcode, &said, fragment);
            // A ping between the fragments, now and then.
            if number == 1 && frames.len() > 1 {
                frames.insert(1, Frame::ping("between"));
            }
            peer.say(&frames, Chops::None);
            let mut heard: Vec<Frame> = Vec::new();
            while heard.last().is_none_or(|last| !last.is_final()) {
                let frame = peer.hear();
                if frame.opcode() == opcode || frame.opcode() == CONTINUATION {
                    heard.push(frame);
                } else {
                    assert_eq!(frame, Frame::pong("between"), "{}", peer.name);
                }
            }
            assert!(deflation.payload(&heard, size) == said, "{}: {size} in fragments of {fragment}", peer.name);
        }
    }
    peer.say(&[Frame::close(1000, "")], Chops::None);
    peer.hear();
}

fn against_both(number: &str, kind: Kind, parameters: Parameters) {
    let server = ServerEnd::start();
    let name = format!("{number} against our server");
    let (mut peer, answer) = Peer::connect_offering(server.port, name, &parameters.line(false));
    assert!(
        answer.starts_with("permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
        "{answer}"
    );
    assert_eq!(answer.contains("server_max_window_bits"), parameters.server_bits > 0, "{answer}");
    talk(&mut peer, &mut Deflation::new(parameters.client_bits, true, parameters.server_bits, true), kind);
    peer.hear_the_end();

    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let client = ClientEnd::start(listener.local_addr().unwrap().port());
    let name = format!("{number} against our client");
    let (mut peer, offer) = Peer::accept_agreeing(listener.accept().unwrap().0, name, &parameters.line(true));
    assert_eq!(offer, "permessage-deflate; client_no_context_takeover; client_max_window_bits");
    let (said, heard) = (parameters.server_no_context, parameters.client_no_context);
    talk(&mut peer, &mut Deflation::new(parameters.server_bits, said, parameters.client_bits, heard), kind);
    peer.end();
    peer.hear_the_end();
    assert_eq!(client.cause().close_code(), Some(1000));
}

#[test]
fn every_kind_of_payload() {
    let kinds = [Kind::Json, Kind::Picture, Kind::Words, Kind::Markup, Kind::Noise];
    for (kind, number) in kinds.into_iter().zip(1..) {
        against_both(&format!("12.{number}"), kind, Parameters::default());
    }
}

#[test]
fn every_combination_of_parameters() {
    let mut number = 0;
    for server_no_context in [false, true] {
        for client_no_context in [false, true] {
            for server_bits in [0, 9, 12, 15] {
                for client_bits in [0, 9, 15] {
                    number += 1;
                    let parameters = Parameters { server_no_context, client_no_context, server_bits, client_bits };
                    against_both(&format!("13.{number}"), Kind::Json, parameters);
                }
            }
        }
    }
}
