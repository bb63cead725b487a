//! Frames to messages (RFC 6455 section 5.4): the decoder takes bytes in any portions and yields what they mean.
//!
//! A message that lies whole in what was read, and is not compressed, leaves as a slice of it, unmasked in place, without a
//! copy. Bytes are held back only while a frame or a fragmented message is incomplete.

use bytes::{Buf, Bytes, BytesMut};
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::close::Close;
use super::deflate::inflate::{self, Inflated, Inflating, Inflation};
use super::deflate::{Agreement, Inflaters};
use super::frame::{self, Header, MAX_CONTROL, MAX_HEADER};
use super::utf8::Utf8Validator;
use super::{Role, mask};
use crate::error::ProtocolError;

/// The kind of a message, as its sender marked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// UTF-8 text; checked on arrival.
    Text,
    /// Bytes.
    Binary,
}

impl MessageKind {
    pub(crate) fn opcode(self) -> OpCode {
        OpCode::Data(match self {
            Self::Text => Data::Text,
            Self::Binary => Data::Binary,
        })
    }
}

/// One message of a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Text or binary.
    pub kind: MessageKind,
    /// The payload, without frame headers and unmasked.
    pub payload: Bytes,
}

/// What a peer's frames say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    Message(Message),
    Ping(Bytes),
    Pong(Bytes),
    Close(Close),
    /// Nothing yet: part of a compressed message was inflated, and there is more of it.
    Unfinished,
}

/// The most that is set aside for a payload before it has arrived. A header's word alone is no reason to allocate.
const MAX_ADVANCE: usize = 64 * 1024;

/// A data message whose last byte has not arrived.
#[derive(Debug)]
struct Assembly {
    kind: MessageKind,
    payload: BytesMut,
    utf8: Utf8Validator,
    /// If it is compressed.
    inflating: Option<Inflating>,
}

impl Assembly {
    fn new(kind: MessageKind, inflating: Option<Inflating>) -> Box<Self> {
        Box::new(Self { kind, payload: BytesMut::new(), utf8: Utf8Validator::default(), inflating })
    }

    /// Adds a piece that was inflated.
    fn push_inflated(&mut self, bytes: &[u8], limit: usize) -> Result<(), ProtocolError> {
        // What is within the limit is looked at first, so that the same bytes get the same verdict in any portions.
        let room = limit.saturating_sub(self.payload.len());
        let within = bytes.get(..room).unwrap_or(bytes);
        self.push(within, within.len() as u64)?;
        if within.len() < bytes.len() { Err(ProtocolError::MessageTooBig { limit }) } else { Ok(()) }
    }

    fn push(&mut self, bytes: &[u8], expected: u64) -> Result<(), ProtocolError> {
        if self.kind == MessageKind::Text {
            self.utf8.feed(bytes)?;
        }
        if self.payload.capacity() - self.payload.len() < bytes.len() {
            let expected = usize::try_from(expected).unwrap_or(MAX_ADVANCE).min(MAX_ADVANCE);
            self.payload.reserve(expected.max(bytes.len()));
        }
        self.payload.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(mut self) -> Result<Message, ProtocolError> {
        self.utf8.finish()?;
        Ok(Message { kind: self.kind, payload: self.payload.freeze() })
    }
}

/// Where in the stream of frames the next byte belongs.
#[derive(Debug)]
enum Position {
    /// Within a header of which these bytes have arrived.
    Header { bytes: [u8; MAX_HEADER], length: usize },
    /// Within a payload.
    Payload { header: Header, received: u64, control: BytesMut },
}

const BETWEEN_FRAMES: Position = Position::Header { bytes: [0; MAX_HEADER], length: 0 };

/// The reading half of a connection after its handshake.
#[derive(Debug)]
pub(crate) struct Decoder {
    role: Role,
    /// The largest message that is taken, in bytes.
    limit: usize,
    position: Position,
    assembly: Option<Box<Assembly>>,
    /// If messages may be compressed.
    inflation: Option<Box<Inflation>>,
}

impl Decoder {
    /// A decoder for what arrives at an end with this `role`.
    pub(crate) fn new(role: Role, limit: usize) -> Self {
        Self { role, limit, position: BETWEEN_FRAMES, assembly: None, inflation: None }
    }

    /// The same, for messages that may be compressed, as was agreed.
    pub(crate) fn inflating(self, agreement: Option<&Agreement>) -> Self {
        Self { inflation: agreement.map(|agreement| Inflation::new(agreement.takes_over)), ..self }
    }

    /// What was inflated since this was asked last.
    pub(crate) fn take_inflated(&mut self) -> Inflated {
        self.inflation.as_mut().map(|inflation| std::mem::take(&mut inflation.inflated)).unwrap_or_default()
    }

    /// Takes bytes off `input` until they mean something, or until it has inflated for a while. `None`: all of `input` is
    /// taken and more is needed.
    ///
    /// After an error the stream has no meaning any more; the decoder must not be asked again.
    pub(crate) fn next(
        &mut self,
        input: &mut BytesMut,
        inflaters: &mut Inflaters,
    ) -> Result<Option<Incoming>, ProtocolError> {
        loop {
            match std::mem::replace(&mut self.position, BETWEEN_FRAMES) {
                Position::Header { bytes, length } => {
                    let Some(header) = self.take_header(bytes, length, input)? else { return Ok(None) };
                    self.check(&header)?;
                    if let Some(message) = self.whole_message(&header, input)? {
                        return Ok(Some(Incoming::Message(message)));
                    }
                    self.start(&header, inflaters);
                    self.position = Position::Payload { header, received: 0, control: BytesMut::new() };
                }
                Position::Payload { header, received, control } => {
                    if let Some(incoming) = self.take_payload(header, received, control, input, inflaters)? {
                        return Ok(Some(incoming));
                    }
                    if input.is_empty() {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Completes a header, or remembers the part that is there.
    fn take_header(
        &mut self,
        mut bytes: [u8; MAX_HEADER],
        mut length: usize,
        input: &mut BytesMut,
    ) -> Result<Option<Header>, ProtocolError> {
        let deflates = self.inflation.is_some();
        if length == 0
            && let Some(header) = frame::parse_header(input, self.role, deflates)?
        {
            input.advance(header.header_length);
            return Ok(Some(header));
        }
        while !input.is_empty() {
            let next = input.split_to(1);
            let (Some(place), Some(&byte)) = (bytes.get_mut(length), next.first()) else {
                return Err(ProtocolError::Length);
            };
            *place = byte;
            length += 1;
            if let Some(header) = frame::parse_header(bytes.get(..length).unwrap_or_default(), self.role, deflates)? {
                return Ok(Some(header));
            }
        }
        self.position = Position::Header { bytes, length };
        Ok(None)
    }

    /// The rules for a frame that depend on what came before it.
    fn check(&self, header: &Header) -> Result<(), ProtocolError> {
        match header.opcode {
            OpCode::Control(_) => return Ok(()),
            OpCode::Data(Data::Continue) if self.assembly.is_none() => {
                return Err(ProtocolError::UnexpectedContinuation);
            }
            OpCode::Data(Data::Text | Data::Binary) if self.assembly.is_some() => {
                return Err(ProtocolError::ExpectedContinuation);
            }
            OpCode::Data(_) => {}
        }
        let is_compressed = match &self.assembly {
            Some(assembly) => assembly.inflating.is_some(),
            None => header.is_compressed,
        };
        if is_compressed {
            // Its size is what is inflated, and checked as it grows.
            return Ok(());
        }
        let before = self.assembly.as_ref().map_or(0, |assembly| assembly.payload.len());
        let room = self.limit.saturating_sub(before);
        if usize::try_from(header.length).map_or(true, |length| length > room) {
            return Err(ProtocolError::MessageTooBig { limit: self.limit });
        }
        Ok(())
    }

    /// The short way: an unfragmented message, all of it in `input`.
    fn whole_message(&self, header: &Header, input: &mut BytesMut) -> Result<Option<Message>, ProtocolError> {
        let kind = match header.opcode {
            OpCode::Data(Data::Text) => MessageKind::Text,
            OpCode::Data(Data::Binary) => MessageKind::Binary,
            _ => return Ok(None),
        };
        let Ok(length) = usize::try_from(header.length) else { return Ok(None) };
        if !header.is_final || header.is_compressed || input.len() < length {
            return Ok(None);
        }
        let mut payload = input.split_to(length);
        if let Some(mask) = header.mask {
            mask::apply(&mut payload, mask, 0);
        }
        if kind == MessageKind::Text && std::str::from_utf8(&payload).is_err() {
            return Err(ProtocolError::Utf8);
        }
        Ok(Some(Message { kind, payload: payload.freeze() }))
    }

    fn start(&mut self, header: &Header, inflaters: &mut Inflaters) {
        let kind = match header.opcode {
            OpCode::Data(Data::Text) => MessageKind::Text,
            OpCode::Data(Data::Binary) => MessageKind::Binary,
            _ => return,
        };
        let inflation = self.inflation.as_mut().filter(|_| header.is_compressed);
        self.assembly = Some(Assembly::new(kind, inflation.map(|inflation| inflation.begin(inflaters))));
    }

    /// Takes what `input` has of a payload; at its end, says what the frame means.
    fn take_payload(
        &mut self,
        header: Header,
        received: u64,
        mut control: BytesMut,
        input: &mut BytesMut,
        inflaters: &mut Inflaters,
    ) -> Result<Option<Incoming>, ProtocolError> {
        let is_data = matches!(header.opcode, OpCode::Data(_));
        let is_inflating = is_data && self.assembly.as_ref().is_some_and(|assembly| assembly.inflating.is_some());
        let most = if is_inflating { inflate::STEP } else { usize::MAX };
        let missing = header.length - received;
        let taken = usize::try_from(missing).unwrap_or(usize::MAX).min(input.len()).min(most);
        let mut portion = input.split_to(taken);
        if let Some(mask) = header.mask {
            // Only the lowest two bits of the phase matter.
            mask::apply(&mut portion, mask, usize::try_from(received % 4).unwrap_or(0));
        }
        if !is_data {
            control.reserve(MAX_CONTROL);
            control.extend_from_slice(&portion);
        } else if is_inflating {
            self.inflate(&portion, inflaters)?;
        } else if let Some(assembly) = &mut self.assembly {
            assembly.push(&portion, missing)?;
        }
        let received = received + portion.len() as u64;
        if received < header.length {
            self.position = Position::Payload { header, received, control };
            return Ok((!input.is_empty()).then_some(Incoming::Unfinished));
        }
        match header.opcode {
            OpCode::Control(Control::Ping) => Ok(Some(Incoming::Ping(control.freeze()))),
            OpCode::Control(Control::Pong) => Ok(Some(Incoming::Pong(control.freeze()))),
            OpCode::Control(_) => Ok(Some(Incoming::Close(Close::parse(&control)?))),
            OpCode::Data(_) if header.is_final => match self.assembly.take() {
                Some(assembly) => Ok(Some(Incoming::Message(self.finish(*assembly, inflaters)?))),
                None => Ok(None),
            },
            OpCode::Data(_) => Ok(None),
        }
    }

    /// Adds compressed bytes to the message.
    fn inflate(&mut self, bytes: &[u8], inflaters: &mut Inflaters) -> Result<(), ProtocolError> {
        let (Some(inflation), Some(assembly)) = (&mut self.inflation, &mut self.assembly) else { return Ok(()) };
        let Some(mut inflating) = assembly.inflating.take() else { return Ok(()) };
        inflating.push(bytes, inflaters, inflation, |piece| assembly.push_inflated(piece, self.limit))?;
        assembly.inflating = Some(inflating);
        Ok(())
    }

    /// The message is whole.
    fn finish(&mut self, mut assembly: Assembly, inflaters: &mut Inflaters) -> Result<Message, ProtocolError> {
        if let (Some(inflation), Some(inflating)) = (&mut self.inflation, assembly.inflating.take()) {
            inflation.finish(inflating, inflaters, |piece| assembly.push_inflated(piece, self.limit))?;
        }
        assembly.finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 1000;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        assert!(payload.len() < 126);
        let mut frame = vec![first, 0x80 | u8::try_from(payload.len()).unwrap(), 1, 2, 3, 4];
        frame.extend(payload.iter().zip([1, 2, 3, 4].iter().cycle()).map(|(byte, key)| byte ^ key));
        frame
    }

    /// What a server makes of these bytes when they arrive in portions of `step`.
    fn decode(bytes: &[u8], step: usize) -> (Vec<Incoming>, Option<ProtocolError>) {
        let mut decoder = Decoder::new(Role::Server, LIMIT);
        let mut seen = Vec::new();
        for portion in bytes.chunks(step) {
            let mut input = BytesMut::from(portion);
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

    fn binary(payload: &[u8]) -> Incoming {
        Incoming::Message(Message { kind: MessageKind::Binary, payload: Bytes::copy_from_slice(payload) })
    }

    #[test]
    fn control_frames_leave_a_fragmented_message_alone() {
        let mut bytes = frame(0x01, "hé".as_bytes().split_at(2).0);
        bytes.extend(frame(0x89, b"still there?"));
        bytes.extend(frame(0x80, "hé".as_bytes().split_at(2).1));
        bytes.extend(frame(0x82, b""));
        for step in 1..bytes.len() {
            let (seen, error) = decode(&bytes, step);
            assert_eq!(error, None);
            let text = Message { kind: MessageKind::Text, payload: Bytes::from_static("hé".as_bytes()) };
            let ping = Incoming::Ping(Bytes::from_static(b"still there?"));
            assert_eq!(seen, [ping, Incoming::Message(text), binary(b"")], "step {step}");
        }
    }

    #[test]
    fn every_fault_has_its_name() {
        let mut too_big = frame(0x02, &[0; 100]).repeat(1);
        for _ in 0..10 {
            too_big.extend(frame(0x00, &[0; 100]));
        }
        let cases: Vec<(Vec<u8>, ProtocolError)> = vec![
            (frame(0xC2, b"a"), ProtocolError::ReservedBits),
            (frame(0xA2, b"a"), ProtocolError::ReservedBits),
            (frame(0x92, b"a"), ProtocolError::ReservedBits),
            (frame(0x83, b"a"), ProtocolError::ReservedOpcode(3)),
            (frame(0x8B, b"a"), ProtocolError::ReservedOpcode(11)),
            (vec![0x82, 0x01, 0x61], ProtocolError::Unmasked),
            (vec![0x82, 0xFE, 0x00, 0x7D, 0, 0, 0, 0], ProtocolError::Length),
            (vec![0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], ProtocolError::Length),
            (vec![0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0], ProtocolError::Length),
            (frame(0x09, b"a"), ProtocolError::FragmentedControl),
            (vec![0x89, 0xFE, 0x00, 0x7E, 0, 0, 0, 0], ProtocolError::ControlTooLong),
            (frame(0x80, b"a"), ProtocolError::UnexpectedContinuation),
            ([frame(0x01, b"a"), frame(0x81, b"b")].concat(), ProtocolError::ExpectedContinuation),
            (frame(0x81, b"\xff"), ProtocolError::Utf8),
            // Fail fast: the fragment that is wrong, not the end of the message.
            (frame(0x01, b"\xce\xba\xff"), ProtocolError::Utf8),
            (frame(0x88, &[3]), ProtocolError::CloseCode),
            (frame(0x88, &[3, 237]), ProtocolError::CloseCode),
            (vec![0x82, 0xFE, 0x03, 0xE9, 0, 0, 0, 0], ProtocolError::MessageTooBig { limit: LIMIT }),
            (too_big, ProtocolError::MessageTooBig { limit: LIMIT }),
        ];
        for (bytes, expected) in cases {
            for step in [1, 2, 7, bytes.len()] {
                let (_, error) = decode(&bytes, step);
                assert_eq!(error, Some(expected), "{bytes:x?} in portions of {step}");
            }
        }
    }

    #[test]
    fn a_client_takes_no_masked_frame() {
        let mut decoder = Decoder::new(Role::Client, LIMIT);
        let result = decoder.next(&mut BytesMut::from(&frame(0x82, b"a")[..]), &mut Inflaters::default());
        assert_eq!(result, Err(ProtocolError::Masked));
    }

    #[test]
    fn a_long_message_is_masked_to_its_end() {
        let payload: Vec<u8> = (0..20_003_u32).map(|number| number.to_le_bytes()[0]).collect();
        let frame = frame::encode(OpCode::Data(Data::Binary), &payload, Some([1, 2, 3, 4]));
        let mut decoder = Decoder::new(Role::Server, payload.len());
        let seen = decoder.next(&mut BytesMut::from(&frame[..]), &mut Inflaters::default()).unwrap();
        assert_eq!(seen, Some(binary(&payload)));
    }

    #[test]
    fn a_length_alone_allocates_little() {
        let mut decoder = Decoder::new(Role::Server, usize::MAX);
        let mut input = BytesMut::from(&[0x82, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7][..]);
        assert_eq!(decoder.next(&mut input, &mut Inflaters::default()), Ok(None));
        assert!(decoder.assembly.unwrap().payload.capacity() <= MAX_ADVANCE);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..8),
            step in 1usize..700,
        ) {
            let bytes: Vec<u8> = payloads
                .iter()
                .flat_map(|payload| frame::encode(OpCode::Data(Data::Binary), payload, Some([1, 2, 3, 4])))
                .collect();
            let (seen, error) = decode(&bytes, step);
            prop_assert_eq!(error, None);
            prop_assert_eq!(seen, payloads.iter().map(|payload| binary(payload)).collect::<Vec<_>>());
        }

        #[test]
        fn no_bytes_make_it_panic_and_portions_change_nothing(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x82), Just(0x80), Just(0x01)], 0..300),
            step in 1usize..50,
        ) {
            prop_assert_eq!(decode(&bytes, step), decode(&bytes, bytes.len().max(1)));
        }
    }
}
