//! The stages of a connection; each holds what only it needs, and moving on consumes it.

use std::time::Instant;

use crate::wire::head::HeadReader;
use crate::wire::message::Decoder;
use crate::wire::request::Asked;
use crate::wire::response::{Expectation, ResponseReader};

#[derive(Debug)]
pub(super) enum State {
    /// Server: the request's head arrives.
    AwaitingRequest { reader: Box<HeadReader>, deadline: Instant },
    /// Server: the request is whole and legal, and not answered.
    Requested { asked: Box<Asked>, deadline: Instant },
    /// Client: the request is sent, the answer's head arrives.
    AwaitingResponse { reader: Box<ResponseReader>, expectation: Box<Expectation>, deadline: Instant },
    /// Messages go both ways.
    Open { decoder: Decoder },
    /// Our close frame is sent or queued, the other side's has not come.
    Closing { decoder: Decoder, code: u16, reason: String, deadline: Instant },
    /// Over for the game; the last bytes leave, and what still arrives is thrown away. `shut`: all is written. `ended`: the
    /// other side will send nothing more, but it may still read.
    Lingering { deadline: Instant, shut: bool, ended: bool },
    /// To be dropped.
    Finished,
}

impl State {
    pub(super) fn awaiting_request(deadline: Instant) -> Self {
        Self::AwaitingRequest { reader: Box::default(), deadline }
    }

    pub(super) fn awaiting_response(expectation: Expectation, deadline: Instant) -> Self {
        Self::AwaitingResponse { reader: Box::default(), expectation: Box::new(expectation), deadline }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::AwaitingRequest { deadline, .. }
            | Self::Requested { deadline, .. }
            | Self::AwaitingResponse { deadline, .. }
            | Self::Closing { deadline, .. }
            | Self::Lingering { deadline, .. } => Some(*deadline),
            Self::Open { .. } | Self::Finished => None,
        }
    }
}
