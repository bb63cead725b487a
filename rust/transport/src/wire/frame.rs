//! One frame on its way out, and the header of one on its way in (RFC 6455 section 5.2).

use std::io::Cursor;

use bytes::Bytes;
use tungstenite::error::{Error, ProtocolError as TungsteniteProtocolError};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::{Role, mask};
use crate::error::ProtocolError;

/// The longest header: two bytes, eight of length, four of mask.
pub(crate) const MAX_HEADER: usize = 14;

/// The longest payload of a control frame (section 5.5).
pub(crate) const MAX_CONTROL: usize = 125;

/// A header that was read, checked against the rules that need no context.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) is_final: bool,
    /// The first frame of a message whose payload is compressed (RFC 7692 section 6).
    pub(crate) is_compressed: bool,
    pub(crate) opcode: OpCode,
    pub(crate) mask: Option<[u8; 4]>,
    /// Bytes of payload.
    pub(crate) length: u64,
    /// Bytes of the header itself.
    pub(crate) header_length: usize,
}

/// Reads a header off the start of `bytes`; `None` if there is more to come. `role` is ours, `deflates` whether messages may
/// be compressed.
pub(crate) fn parse_header(bytes: &[u8], role: Role, deflates: bool) -> Result<Option<Header>, ProtocolError> {
    let mut cursor = Cursor::new(bytes);
    let (header, length) = match FrameHeader::parse(&mut cursor) {
        Ok(None) => return Ok(None),
        Ok(Some(parsed)) => parsed,
        Err(Error::Protocol(TungsteniteProtocolError::InvalidOpcode(opcode))) => {
            return Err(ProtocolError::ReservedOpcode(opcode));
        }
        Err(_) => return Err(ProtocolError::Length),
    };
    let header_length = usize::try_from(cursor.position()).unwrap_or(MAX_HEADER);
    let may_be_compressed = deflates && matches!(header.opcode, OpCode::Data(Data::Text | Data::Binary));
    if (header.rsv1 && !may_be_compressed) || header.rsv2 || header.rsv3 {
        return Err(ProtocolError::ReservedBits);
    }
    if let OpCode::Control(_) = header.opcode {
        if !header.is_final {
            return Err(ProtocolError::FragmentedControl);
        }
        if length > MAX_CONTROL as u64 {
            return Err(ProtocolError::ControlTooLong);
        }
    }
    match (role, header.mask) {
        (Role::Server, None) => return Err(ProtocolError::Unmasked),
        (Role::Client, Some(_)) => return Err(ProtocolError::Masked),
        _ => {}
    }
    if length > i64::MAX as u64 || header.len(length) != header_length {
        return Err(ProtocolError::Length);
    }
    Ok(Some(Header {
        is_final: header.is_final,
        is_compressed: header.rsv1,
        opcode: header.opcode,
        mask: header.mask,
        length,
        header_length,
    }))
}

/// A whole frame, ready to be written as it is.
pub(crate) fn encode(opcode: OpCode, payload: &[u8], mask: Option<[u8; 4]>) -> Bytes {
    let mut bytes = format(opcode, payload, mask, Compressed::No);
    if let Some(key) = mask {
        apply_mask(&mut bytes, payload.len(), key);
    }
    bytes.into()
}

/// A client's frame that is whole but for its mask, see [`apply_mask`].
pub(crate) fn encode_unmasked(opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    format(opcode, payload, Some([0; 4]), Compressed::No)
}

/// A frame with a payload that is compressed, but for its mask if it is a client's.
pub(crate) fn encode_compressed(opcode: OpCode, payload: &[u8], role: Role) -> Vec<u8> {
    format(opcode, payload, (role == Role::Client).then_some([0; 4]), Compressed::Yes)
}

/// Whether a payload is compressed, as the first of the reserved bits says (RFC 7692 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compressed {
    Yes,
    No,
}

/// Masks a frame whose header has room for the key: the key is what stands before the payload.
pub(crate) fn apply_mask(frame: &mut [u8], payload: usize, key: [u8; 4]) {
    let start = frame.len().saturating_sub(payload);
    let (header, payload) = frame.split_at_mut(start);
    if let Some(place) = header.last_chunk_mut::<4>() {
        *place = key;
        mask::apply(payload, key, 0);
    }
}

fn format(opcode: OpCode, payload: &[u8], mask: Option<[u8; 4]>, compressed: Compressed) -> Vec<u8> {
    let rsv1 = compressed == Compressed::Yes;
    let header = FrameHeader { is_final: true, rsv1, opcode, mask, ..FrameHeader::default() };
    let length = payload.len() as u64;
    let mut frame = Vec::with_capacity(header.len(length) + payload.len());
    if header.format(length, &mut frame).is_err() {
        // Writing to memory does not fail; an empty frame here would be refused by the peer, not misread.
        debug_assert!(false, "a frame header could not be written");
    }
    frame.extend_from_slice(payload);
    frame
}

/// A control frame; a payload that is too long is cut.
pub(crate) fn encode_control(control: Control, payload: &[u8], mask: Option<[u8; 4]>) -> Bytes {
    encode(OpCode::Control(control), payload.get(..MAX_CONTROL).unwrap_or(payload), mask)
}
