//! Bytes to meaning and back: HTTP heads ([`request`], [`response`]), frames, the messages they make ([`message`]), and
//! how those are compressed ([`deflate`]). Knows neither sockets nor time; whatever a peer sends ends as a value of this layer or as an error
//! that names the fault.

pub(crate) mod answer;
pub(crate) mod close;
pub mod deflate;
pub(crate) mod forwarded;
pub(crate) mod frame;
pub(crate) mod head;
pub(crate) mod mask;
pub mod message;
pub(crate) mod proxy_protocol;
pub mod request;
pub mod request_head;
pub mod response;
pub mod url;
pub(crate) mod utf8;

/// Which end of a connection we are: it decides who masks (RFC 6455 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// We accepted the connection: frames come in masked and leave unmasked.
    Server,
    /// We opened the connection: frames come in unmasked and leave masked.
    Client,
}
