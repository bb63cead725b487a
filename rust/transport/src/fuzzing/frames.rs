//! Streams of frames.

use bytes::{Bytes, BytesMut};
use tungstenite::protocol::frame::coding::Control;

use super::portions::{Portions, variants};
use crate::close_code::CloseCode;
use crate::connection::Frame;
use crate::error::ProtocolError;
use crate::wire::close::{self, Close};
use crate::wire::deflate::Inflaters;
use crate::wire::message::{Decoder, Incoming, Message, MessageKind};
use crate::wire::{Role, frame};

/// How large a message may be: nothing at all, small enough to be met by what a fuzzer writes, and no limit.
const LIMITS: [usize; 4] = [0, 20, 300, usize::MAX];

/// What a stream meant, and the close code of the fault that ended it.
type Meaning = (Vec<Incoming>, Option<u16>);

/// Either end decodes `data` as what follows the handshake.
///
/// # Panics
/// When the meaning depends on the portions, is not what RFC 6455 says, or does not survive being written again.
pub fn frames(data: &[u8]) {
    for role in [Role::Server, Role::Client] {
        for limit in LIMITS {
            let (seen, error) = decode(data, Portions::Whole, role, limit);
            for portions in variants(data) {
                let (other_seen, other_error) = decode(data, portions, role, limit);
                assert_eq!((&other_seen, other_error), (&seen, error), "{role:?} {limit} {portions:?}");
            }
            let meaning = (seen, error.map(|error| error.close_code().get()));
            assert_eq!(meaning, reference(data, role, limit), "{role:?} {limit}: {error:?}");
            survives_being_written(&meaning.0, role);
        }
    }
}

fn decode(data: &[u8], portions: Portions, role: Role, limit: usize) -> (Vec<Incoming>, Option<ProtocolError>) {
    let mut decoder = Decoder::new(role, limit);
    let mut seen = Vec::new();
    for portion in portions.cut(data.len()) {
        let mut input = BytesMut::from(&data[portion]);
        loop {
            match decoder.next(&mut input, &mut Inflaters::default()) {
                Ok(Some(incoming)) => seen.push(incoming),
                Ok(None) => break,
                Err(error) => return (seen, Some(error)),
            }
        }
        assert!(input.is_empty(), "a decoder that wants more has taken all there is");
    }
    (seen, None)
}

/// The other end writes the same messages, and they arrive as the same.
fn survives_being_written(seen: &[Incoming], role: Role) {
    let writer = match role {
        Role::Server => Role::Client,
        Role::Client => Role::Server,
    };
    let mask = (writer == Role::Client).then_some([1, 2, 3, 4]);
    let mut bytes = Vec::new();
    for incoming in seen {
        let frame = match incoming {
            Incoming::Message(message) => Frame::message(message.kind, &message.payload, writer).into_bytes(mask),
            Incoming::Ping(payload) => frame::encode_control(Control::Ping, payload, mask),
            Incoming::Pong(payload) => frame::encode_control(Control::Pong, payload, mask),
            Incoming::Unfinished => continue,
            Incoming::Close(close) => {
                let payload = close.code.map(|code| close::payload(code, &close.reason)).unwrap_or_default();
                frame::encode_control(Control::Close, &payload, mask)
            }
        };
        bytes.extend_from_slice(&frame);
    }
    let (again, error) = decode(&bytes, Portions::Whole, role, usize::MAX);
    assert_eq!((again.as_slice(), error), (seen, None));
}

/// The header of a frame at the start of `rest`, as the figure in section 5.2 draws it.
struct Header {
    is_final: bool,
    reserved: u8,
    opcode: u8,
    mask: Option<[u8; 4]>,
    length: u64,
    is_shortest: bool,
    size: usize,
}

impl Header {
    fn read(rest: &[u8]) -> Option<Self> {
        let (&[first, second], _) = rest.split_first_chunk::<2>()?;
        let (length, is_shortest, mut size) = match second & 0x7F {
            126 => {
                let length = u16::from_be_bytes(*rest[2..].first_chunk()?);
                (u64::from(length), length > 125, 4)
            }
            127 => {
                let length = u64::from_be_bytes(*rest[2..].first_chunk()?);
                (length, length > 0xFFFF && length < 1 << 63, 10)
            }
            short => (u64::from(short), true, 2),
        };
        let mut mask = None;
        if second & 0x80 != 0 {
            mask = Some(*rest[size..].first_chunk()?);
            size += 4;
        }
        let (is_final, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0F);
        Some(Self { is_final, reserved, opcode, mask, length, is_shortest, size })
    }
}

/// The same as [`decode`], written from the RFC for a stream that is all there, with no thought of speed.
fn reference(data: &[u8], role: Role, limit: usize) -> Meaning {
    let mut seen = Vec::new();
    let mut message: Option<(MessageKind, Vec<u8>)> = None;
    let mut rest = data;
    while let Some(header) = Header::read(rest) {
        let is_control = header.opcode >= 8;
        let is_illegal = header.reserved != 0
            || matches!(header.opcode, 3..=7 | 11..=15)
            || header.mask.is_some() != (role == Role::Server)
            || !header.is_shortest
            || (is_control && (!header.is_final || header.length > 125))
            || (header.opcode == 0 && message.is_none())
            || (matches!(header.opcode, 1 | 2) && message.is_some());
        if is_illegal {
            return (seen, Some(1002));
        }
        let before = message.as_ref().map_or(0, |(_, payload)| payload.len() as u64);
        if !is_control && before + header.length > limit as u64 {
            return (seen, Some(1009));
        }
        rest = &rest[header.size..];
        let here = usize::try_from(header.length).unwrap_or(usize::MAX).min(rest.len());
        let is_whole = here as u64 == header.length;
        let mask = header.mask.unwrap_or_default();
        let payload: Vec<u8> = rest[..here].iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        rest = &rest[here..];
        if is_control {
            if !is_whole {
                break;
            }
            match (header.opcode, Bytes::from(payload)) {
                (9, payload) => seen.push(Incoming::Ping(payload)),
                (10, payload) => seen.push(Incoming::Pong(payload)),
                (_, payload) => match reference_close(&payload) {
                    Ok(close) => seen.push(Incoming::Close(close)),
                    Err(code) => return (seen, Some(code)),
                },
            }
            continue;
        }
        let kind = if header.opcode == 1 { MessageKind::Text } else { MessageKind::Binary };
        let (kind, mut so_far) = message.take().unwrap_or((kind, Vec::new()));
        so_far.extend(payload);
        let is_done = is_whole && header.is_final;
        if kind == MessageKind::Text
            && let Err(error) = std::str::from_utf8(&so_far)
            && (is_done || error.error_len().is_some())
        {
            return (seen, Some(1007));
        }
        if is_done {
            seen.push(Incoming::Message(Message { kind, payload: Bytes::from(so_far) }));
        } else {
            message = Some((kind, so_far));
        }
    }
    (seen, None)
}

fn reference_close(payload: &[u8]) -> Result<Close, u16> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        let nothing = Close { code: None, reason: String::new() };
        return if payload.is_empty() { Ok(nothing) } else { Err(1002) };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(1002);
    }
    let reason = std::str::from_utf8(reason).map_err(|_| 1007u16)?.to_owned();
    Ok(Close { code: Some(CloseCode::new(code).expect("a code that may be sent")), reason })
}
