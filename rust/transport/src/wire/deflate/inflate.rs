//! The way in: compressed payloads in portions become messages (RFC 7692 section 7.2.2).
//!
//! A few compressed bytes can stand for a thousand times as many. So nothing is set aside on their word, the size of a message
//! is checked as it grows, and whoever asks for more of it sees after each step how much work that was.

use std::mem::take;
use std::ops::AddAssign;

use flate2::{Decompress, FlushDecompress, Status};

use super::TAIL;
use crate::error::ProtocolError;

/// How many compressed bytes are inflated in one step: they make 2 MiB at the most, in less than a millisecond.
pub(crate) const STEP: usize = 2048;

/// How many bytes are inflated at once, before it is seen whether there may be so many.
const PIECE: usize = 16 * 1024;

/// What a call of the inflater costs beside its bytes, in bytes: more than most, if all it does is to start anew.
const CALL: usize = 128;

/// An empty block that is not compressed, and the last of its stream, or not. Behind the end of a message nothing comes of
/// it, unless that end was none.
const LAST_PROBE: [u8; 5] = [0x01, 0x00, 0x00, 0xFF, 0xFF];
const PROBE: [u8; 5] = [0x00, 0x00, 0x00, 0xFF, 0xFF];

/// What connections inflate with, one after the other: those that keep nothing between two messages, which are all of a
/// server's.
#[derive(Debug, Default)]
pub struct Inflaters {
    /// One that nobody uses. They are 48 KiB each, so there is one for all who are through with their message.
    idle: Option<Box<Decompress>>,
    /// Room for a [`PIECE`].
    piece: Vec<u8>,
}

/// What was inflated, and what that cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Inflated {
    /// Messages.
    pub(crate) messages: u64,
    /// Their payload as it came, in bytes.
    pub(crate) before: u64,
    /// And as it is.
    pub(crate) after: u64,
    /// Bytes that there are more of than came.
    pub(crate) added: u64,
    /// Work, in bytes.
    pub(crate) work: usize,
}

impl AddAssign for Inflated {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.before += other.before;
        self.after += other.after;
        self.added += other.added;
        self.work = self.work.saturating_add(other.work);
    }
}

/// The way in of one connection on which messages may be compressed.
#[derive(Debug)]
pub(crate) struct Inflation {
    takes_over: bool,
    /// What the next message may refer to; only if it `takes_over`.
    context: Option<Box<Decompress>>,
    /// Since it was asked last.
    pub(crate) inflated: Inflated,
}

impl Inflation {
    /// `takes_over`: messages may refer to those before them.
    pub(crate) fn new(takes_over: bool) -> Box<Self> {
        Box::new(Self { takes_over, context: None, inflated: Inflated::default() })
    }

    /// Starts with a message.
    pub(crate) fn begin(&mut self, inflaters: &mut Inflaters) -> Inflating {
        let kept = if self.takes_over { self.context.take() } else { inflaters.idle.take() };
        let inflater = kept.unwrap_or_else(|| Box::new(Decompress::new(false)));
        Inflating { inflater, compressed: 0, has_ended: false }
    }

    /// The end of a message: what is still missing of it goes to `hear`, as in [`Inflating::push`].
    pub(crate) fn finish(
        &mut self,
        mut message: Inflating,
        inflaters: &mut Inflaters,
        mut hear: impl FnMut(&[u8]) -> Result<(), ProtocolError>,
    ) -> Result<(), ProtocolError> {
        self.inflated.messages += 1;
        self.inflated.before += message.compressed;
        // Some send nothing at all for an empty message; and behind the end of a stream there is nothing to be put back.
        if message.compressed > 0 && !message.has_ended {
            message.inflate(&TAIL, inflaters, &mut self.inflated, &mut hear)?;
            let probe = if self.takes_over { PROBE } else { LAST_PROBE };
            message.inflate(&probe, inflaters, &mut self.inflated, |_| Err(ProtocolError::Deflate))?;
            if !self.takes_over && !message.has_ended {
                return Err(ProtocolError::Deflate);
            }
        }
        if message.has_ended {
            message.inflater.reset(false);
        }
        if self.takes_over {
            self.context = Some(message.inflater);
        } else if inflaters.idle.is_none() {
            inflaters.idle = Some(message.inflater);
        }
        Ok(())
    }
}

/// A compressed message whose end has not come.
#[derive(Debug)]
pub(crate) struct Inflating {
    inflater: Box<Decompress>,
    /// Bytes of it that have come.
    compressed: u64,
    /// The last byte that has come was the last of a stream (section 7.2.3.4); another may follow.
    has_ended: bool,
}

impl Inflating {
    /// Inflates what has come, no more than [`STEP`] bytes at once. `hear` gets it in pieces, and may break it off.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        inflaters: &mut Inflaters,
        inflation: &mut Inflation,
        hear: impl FnMut(&[u8]) -> Result<(), ProtocolError>,
    ) -> Result<(), ProtocolError> {
        self.compressed += bytes.len() as u64;
        self.inflate(bytes, inflaters, &mut inflation.inflated, hear)
    }

    fn inflate(
        &mut self,
        mut bytes: &[u8],
        inflaters: &mut Inflaters,
        inflated: &mut Inflated,
        mut hear: impl FnMut(&[u8]) -> Result<(), ProtocolError>,
    ) -> Result<(), ProtocolError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut piece = take(&mut inflaters.piece);
        piece.resize(PIECE, 0);
        let result = loop {
            if take(&mut self.has_ended) {
                self.inflater.reset(false);
            }
            let (before_in, before_out) = (self.inflater.total_in(), self.inflater.total_out());
            let status = self.inflater.decompress(bytes, &mut piece, FlushDecompress::Sync);
            let taken = usize::try_from(self.inflater.total_in() - before_in).unwrap_or(usize::MAX);
            let made = usize::try_from(self.inflater.total_out() - before_out).unwrap_or(usize::MAX);
            bytes = bytes.get(taken..).unwrap_or_default();
            inflated.after += made as u64;
            inflated.added += made.saturating_sub(taken) as u64;
            inflated.work += taken + made + CALL;
            if let Some(made) = piece.get(..made).filter(|made| !made.is_empty())
                && let Err(error) = hear(made)
            {
                break Err(error);
            }
            self.has_ended = matches!(status, Ok(Status::StreamEnd));
            // In a piece that is full there was no room for all of what was taken.
            let is_through = self.has_ended || made < PIECE;
            if status.is_err() || (is_through && !bytes.is_empty() && taken + made == 0) {
                break Err(ProtocolError::Deflate);
            }
            if is_through && bytes.is_empty() {
                break Ok(());
            }
        };
        inflaters.piece = piece;
        result
    }
}
