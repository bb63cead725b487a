//! Codes of close frames that we send by ourselves, or stand in for one (RFC 6455 section 7.4.1 and its registry).

/// The purpose of the connection is fulfilled.
pub const NORMAL: u16 = 1000;
/// The server is going down.
pub const GOING_AWAY: u16 = 1001;
/// The other side broke the protocol.
pub const PROTOCOL_ERROR: u16 = 1002;
/// A close frame had no code. Never sent.
pub const NONE_RECEIVED: u16 = 1005;
/// There was no close frame. Never sent.
pub const ABNORMAL: u16 = 1006;
/// A text or reason was not UTF-8.
pub const INVALID_PAYLOAD: u16 = 1007;
/// A message was too large.
pub const MESSAGE_TOO_BIG: u16 = 1009;
/// The server cannot do what it should.
pub const INTERNAL_ERROR: u16 = 1011;
/// The other side is too slow, or comes at a bad time.
pub const TRY_AGAIN_LATER: u16 = 1013;
