//! Everything that can go wrong, as data. The one place where a cause gets its sentence, its HTTP status and its
//! close code; the layers that detect a fault only name it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::{fmt, io};

use http::StatusCode;
use thiserror::Error;

use crate::close_code::{self, CloseCode};
use crate::excerpt::Excerpt;

/// Why a server answers a request with something else than `101 Switching Protocols`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The bytes are no HTTP request at all.
    #[error("the request is not HTTP ({0})")]
    NotHttp(String),
    /// The first bytes are those of a TLS handshake, on a port that speaks plain HTTP.
    #[error("the client speaks TLS (wss://), this port does not (ws://)")]
    TlsOnPlainPort,
    /// The head is longer than [`crate::config::MAX_HEAD_SIZE`] or has too many headers.
    #[error("the request head is larger than {} bytes or has too many headers", crate::config::MAX_HEAD_SIZE)]
    HeadTooLarge,
    /// A method other than `GET` (RFC 6455 section 4.1).
    #[error("the method is {0}, a WebSocket handshake uses GET")]
    Method(Excerpt),
    /// Older than HTTP/1.1 (RFC 6455 section 4.1).
    #[error("the request is HTTP/1.0, a WebSocket handshake needs HTTP/1.1")]
    HttpVersion,
    /// No `Host` header, or more than one (RFC 9112 section 3.2).
    #[error("the request has no single Host header")]
    Host,
    /// The request's target is neither a path nor a whole URL (RFC 9112 section 3.2).
    #[error("the request's target is neither a path nor a URL")]
    Target,
    /// An ordinary request: no `Upgrade: websocket`, or no `Connection: Upgrade`.
    #[error("the request does not ask for an upgrade to WebSocket")]
    NotAnUpgrade,
    /// `Sec-WebSocket-Version` is not 13.
    #[error("the WebSocket version is not 13")]
    WebSocketVersion,
    /// `Sec-WebSocket-Key` is missing or is not the base64 form of 16 bytes.
    #[error("Sec-WebSocket-Key is not 16 bytes in base64")]
    Key,
    /// Client and server have no subprotocol in common, as Godot's server asks for.
    #[error("client and server share no subprotocol (the client offers {})", or_none(.offered))]
    NoCommonProtocol {
        /// What the client offered, in its order of preference.
        offered: Excerpt,
    },
}

impl RequestError {
    /// The status line this fault is answered with (RFC 9110, RFC 6455 section 4.2.2).
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::HttpVersion => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::NotAnUpgrade | Self::WebSocketVersion => StatusCode::UPGRADE_REQUIRED,
            Self::NotHttp(_)
            | Self::TlsOnPlainPort
            | Self::Host
            | Self::Target
            | Self::Key
            | Self::NoCommonProtocol { .. } => StatusCode::BAD_REQUEST,
        }
    }
}

/// Why a client does not take a server's answer for a WebSocket handshake.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The bytes are no HTTP response.
    #[error("the answer is not HTTP ({0})")]
    NotHttp(String),
    /// The head is longer than [`crate::config::MAX_HEAD_SIZE`] or has too many headers.
    #[error("the response head is larger than {} bytes or has too many headers", crate::config::MAX_HEAD_SIZE)]
    HeadTooLarge,
    /// Any status but 101: the server refused, redirected, or is no WebSocket server.
    #[error("{}", answered(*.status, .reason, .text))]
    Status {
        /// The status code.
        status: u16,
        /// The reason phrase.
        reason: Excerpt,
        /// The start of the body, if it is text: the server's own words.
        text: Excerpt,
    },
    /// More interim answers (RFC 9110 section 15.2) than any server has a reason for.
    #[error("the server sends one interim answer after another (HTTP {status}), and none to the handshake")]
    InterimOnly {
        /// The status of the last one.
        status: u16,
    },
    /// 101, but not to WebSocket.
    #[error("the server's answer lacks '{0}'")]
    MissingHeader(&'static str),
    /// `Sec-WebSocket-Accept` is not derived from our key: no WebSocket server, or a cache between.
    #[error("Sec-WebSocket-Accept does not match the key that was sent")]
    Accept,
    /// A subprotocol that was not offered.
    #[error("the server chose the subprotocol '{0}', which was not offered")]
    UnrequestedProtocol(Excerpt),
    /// Subprotocols were offered and the server chose none.
    #[error("the server chose none of the offered subprotocols")]
    NoProtocol,
    /// An extension that was not offered.
    #[error("the server chose the extension '{0}', which was not offered")]
    UnrequestedExtension(Excerpt),
    /// Compression was offered, and answered with parameters that are no answer to it (RFC 7692 section 7.1).
    #[error("the server's answer to the offer of compression is not legal: '{0}'")]
    ExtensionParameters(Excerpt),
}

/// How a peer broke RFC 6455 after the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A reserved bit is set and no extension gave it a meaning (section 5.2).
    #[error("a frame has a reserved bit set")]
    ReservedBits,
    /// An opcode without a meaning (section 5.2).
    #[error("a frame has the reserved opcode {0:#x}")]
    ReservedOpcode(u8),
    /// A client must mask (section 5.1).
    #[error("a client's frame is not masked")]
    Unmasked,
    /// A server must not mask (section 5.1).
    #[error("a server's frame is masked")]
    Masked,
    /// A length that is not in its shortest form, or over 2^63 (section 5.2).
    #[error("a frame's length is not in its shortest form")]
    Length,
    /// Control frames are never fragmented (section 5.5).
    #[error("a control frame is fragmented")]
    FragmentedControl,
    /// Control frames carry at most 125 bytes (section 5.5).
    #[error("a control frame is longer than 125 bytes")]
    ControlTooLong,
    /// A continuation without a message to continue (section 5.4).
    #[error("a continuation frame continues nothing")]
    UnexpectedContinuation,
    /// A new message inside an unfinished one (section 5.4).
    #[error("a message starts before the last one has ended")]
    ExpectedContinuation,
    /// Text that is not UTF-8 (section 8.1).
    #[error("a text message or close reason is not UTF-8")]
    Utf8,
    /// A close frame with one byte, or with a code nobody may send (section 7.4).
    #[error("a close frame has an illegal code")]
    CloseCode,
    /// A compressed message that cannot be inflated (RFC 7692 section 7.2.2).
    #[error("a compressed message cannot be inflated")]
    Deflate,
    /// More bytes than `inbound_buffer_size` allows for one message.
    #[error("a message is larger than inbound_buffer_size ({limit} bytes)")]
    MessageTooBig {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl ProtocolError {
    /// The code our close frame names (RFC 6455 section 7.4.1).
    #[must_use]
    pub fn close_code(&self) -> CloseCode {
        match self {
            Self::Utf8 | Self::Deflate => close_code::INVALID_PAYLOAD,
            Self::MessageTooBig { .. } => close_code::MESSAGE_TOO_BIG,
            _ => close_code::PROTOCOL_ERROR,
        }
    }
}

/// Why no TCP connection to the server came about.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DialError {
    /// The name has no address.
    #[error("the name '{host}' was not found ({detail})")]
    NameNotFound {
        /// The name that was looked up.
        host: String,
        /// What the system's resolver said.
        detail: String,
    },
    /// Every address of the host failed; this is what the last one said.
    #[error("no connection to {host}: {}", describe(*.kind))]
    Failed {
        /// Host and port.
        host: String,
        /// The system's reason.
        kind: io::ErrorKind,
    },
}

/// Why a TLS session failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The server's certificate is past its last day.
    #[error("the server's certificate has expired")]
    Expired,
    /// The server's certificate is before its first day; or this machine's clock is wrong.
    #[error("the server's certificate is not valid yet (is the clock right?)")]
    NotValidYet,
    /// Nobody who is trusted has issued the server's certificate.
    #[error("the server's certificate is not from a trusted issuer")]
    UnknownIssuer,
    /// The server's certificate is for another name.
    #[error("the server's certificate is for another host name")]
    WrongName,
    /// Another fault of the server's certificate.
    #[error("the server's certificate is not valid ({0})")]
    Certificate(String),
    /// The other side's bytes are no TLS.
    #[error("the other side does not speak TLS on this port (wss:// where ws:// is meant?)")]
    NotTls,
    /// A client sent plain bytes to a TLS port.
    #[error("the client does not speak TLS (ws:// where wss:// is meant?)")]
    PlainClient,
    /// The other side broke off, and said why.
    #[error("the other side broke off the TLS handshake ({0})")]
    Alert(String),
    /// No version or algorithm in common.
    #[error("no TLS version or cipher in common ({0})")]
    Incompatible(String),
    /// The stream ended within the handshake.
    #[error("the other side ended the connection during the TLS handshake")]
    Ended,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// Why TLS cannot even be set up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// A certificate that cannot be read.
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
    /// There is no certificate at all.
    #[error("the certificate cannot be used: there is none in it")]
    NoCertificate,
    /// A chain that the engine does not give out.
    #[error(
        "the certificate cannot be used: the engine does not show the {0} certificates of its chain, for the first is not \
         for servers, or all of them have more than 16 KiB"
    )]
    HiddenChain(usize),
    /// A certificate without the extensions that clients look for.
    #[error(
        "the certificate cannot be used: it is of version 1, and clients need version 3, as 'openssl req -x509' makes it"
    )]
    Version,
    /// A key of a kind that cannot be served.
    #[error("the private key cannot be used: it is {0}; use RSA with 2048 to 4096 bits, or EC on P-256 or P-384")]
    KeyKind(String),
    /// No key at all.
    #[error("the private key cannot be used: there is none in it")]
    NoPrivateKey,
    /// A key that nobody can read who does not know the passphrase.
    #[error("the private key cannot be used: it has a passphrase; 'openssl pkey -in OLD -out NEW' writes it without")]
    EncryptedKey,
    /// A key that cannot be read.
    #[error("the private key cannot be used: {0}")]
    PrivateKey(String),
    /// The key is another certificate's.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    /// A name to be found in the certificate that none can have.
    #[error(
        "the common name override '{0}' is neither a host name nor an address, nor is a trusted certificate called so"
    )]
    NameOverride(String),
    /// A host name that no certificate can have.
    #[error("'{0}' is neither a host name nor an address that a certificate could name")]
    Name(String),
    /// Anything else.
    #[error("TLS cannot be set up: {0}")]
    Other(String),
}

/// A part of a connection's life that has a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// From the first packet of TCP to the end of the handshake.
    Handshake,
    /// From our close frame to the other side's.
    Close,
    /// From a ping to any sign of life.
    Heartbeat,
}

/// Why a connection is no more, or never came to be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CloseCause {
    /// The peer sent a close frame.
    #[error("{}", closed_by("the other side", *.code, .reason))]
    ByPeer {
        /// The peer's code, if its close frame had one.
        code: Option<u16>,
        /// The peer's reason, often empty.
        reason: String,
    },
    /// We sent a close frame, and the peer answered or was not waited for.
    #[error("{}", closed_by("this side", Some(*.code), .reason))]
    ByUs {
        /// Our code; once it was answered the answer's (RFC 6455 section 7.1.5), which is the same as a rule.
        code: u16,
        /// The reason that belongs to the code, often empty.
        reason: String,
        /// Whether the peer sent a close frame back.
        was_answered: bool,
    },
    /// The peer broke the protocol; it was told so in a close frame.
    #[error("protocol error: {0}")]
    Protocol(#[from] ProtocolError),
    /// The stream ended without a close frame.
    #[error("the connection was lost: the other side ended it without a close frame")]
    EndOfStream,
    /// The operating system ended the connection.
    #[error("the connection was lost: {}", describe(*.0))]
    Io(io::ErrorKind),
    /// What a proxy has to say before a connection is missing or wrong.
    #[error("PROXY protocol: {0}")]
    Proxy(#[from] ProxyError),
    /// TLS failed.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// TLS could not be set up.
    #[error("{0}")]
    TlsConfig(#[from] TlsConfigError),
    /// A client's request was refused.
    #[error("handshake refused: {0}")]
    Request(#[from] RequestError),
    /// A server's answer was not taken.
    #[error("handshake failed: {0}")]
    Response(#[from] ResponseError),
    /// No TCP connection came about.
    #[error("{0}")]
    Dial(#[from] DialError),
    /// A deadline passed.
    #[error("{}", timed_out(*.0))]
    TimedOut(Phase),
    /// The first message of a multiplayer server was not an id of 2 or more in 4 bytes.
    #[error("the server did not send a valid peer id; it is no Godot multiplayer server")]
    InvalidId,
    /// The id that makes a connection a peer found no room in the outbound queue.
    #[error("the peer id could not be sent: {0}")]
    IdUnsent(SendError),
    /// New connections are refused at the moment.
    #[error("the server refuses new connections")]
    Refused,
    /// As many peers as `max_peers` allows are here.
    #[error("the server is full")]
    ServerFull,
    /// This address asks more often than `max_handshakes_per_minute` allows.
    #[error("too many connections from this address within a minute")]
    TooManyHandshakes,
    /// The server is draining.
    #[error("the server takes no new peers, for it is about to end")]
    Draining,
    /// A page of the web that [`crate::config::Reception::allowed_origins`] does not name.
    #[error("pages from '{0}' may not connect: they are not among allowed_origins")]
    ForeignOrigin(Excerpt),
    /// The game did not want it.
    #[error("{}", rejected(*.status, .reason))]
    Rejected {
        /// The HTTP status it was answered with.
        status: u16,
        /// The game's reason, often empty.
        reason: Excerpt,
    },
    /// As many requests as there may be wait for the game's decision.
    #[error("too many connections are waiting for the game's decision")]
    Undecided,
    /// Too many handshakes are under way, and this one has had its chance.
    #[error("too many connections are waiting to become peers")]
    Crowded,
    /// Cut at once, without a close frame, as asked for.
    #[error("the connection was cut")]
    Cut,
    /// The network thread of this side came upon a mistake in this library, and is no more.
    #[error("the network thread has failed, which is a bug in Rust WebSocket: {detail}")]
    Broken {
        /// What it said.
        detail: String,
    },
}

impl CloseCause {
    /// Server: the HTTP status that answers a request which comes to nothing for this cause (RFC 9110, RFC 6585 section 4);
    /// `None` if nobody is left to answer, or nobody has asked.
    #[must_use]
    pub fn answer_status(&self) -> Option<StatusCode> {
        match self {
            Self::Request(error) => Some(error.status()),
            Self::Rejected { status, .. } => StatusCode::from_u16(*status).ok(),
            Self::ForeignOrigin(_) => Some(StatusCode::FORBIDDEN),
            Self::TooManyHandshakes => Some(StatusCode::TOO_MANY_REQUESTS),
            // Not now, but maybe later.
            Self::Refused | Self::ServerFull | Self::Draining | Self::Undecided => {
                Some(StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::ByPeer { .. }
            | Self::ByUs { .. }
            | Self::Protocol(_)
            | Self::EndOfStream
            | Self::Io(_)
            | Self::Proxy(_)
            | Self::Tls(_)
            | Self::TlsConfig(_)
            | Self::Response(_)
            | Self::Dial(_)
            | Self::TimedOut(_)
            | Self::InvalidId
            | Self::IdUnsent(_)
            | Self::Crowded
            | Self::Cut
            | Self::Broken { .. } => None,
        }
    }

    /// The HTTP status with which the server refused our handshake (RFC 6455 section 4.2.2), if it did.
    #[must_use]
    pub fn refusal_status(&self) -> Option<u16> {
        match self {
            Self::Response(ResponseError::Status { status, .. }) => Some(*status),
            _ => None,
        }
    }

    /// The close code of RFC 6455 section 7.4 that stands for this cause, if a WebSocket connection was open:
    /// what the close frame said, 1005 for an empty one, 1006 for none.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        match self {
            Self::ByPeer { code, .. } => Some(code.unwrap_or(close_code::NONE_RECEIVED)),
            Self::ByUs { code, .. } => Some(*code),
            Self::Protocol(error) => Some(error.close_code().get()),
            Self::EndOfStream | Self::Io(_) | Self::TimedOut(_) | Self::Cut | Self::Broken { .. } => {
                Some(close_code::ABNORMAL)
            }
            Self::Proxy(_)
            | Self::Tls(_)
            | Self::TlsConfig(_)
            | Self::Request(_)
            | Self::Response(_)
            | Self::Dial(_)
            | Self::InvalidId
            | Self::IdUnsent(_)
            | Self::Refused
            | Self::ServerFull
            | Self::TooManyHandshakes
            | Self::Draining
            | Self::ForeignOrigin(_)
            | Self::Rejected { .. }
            | Self::Undecided
            | Self::Crowded => None,
        }
    }

    /// The close code and reason of a closing handshake that took place, as Godot's `WebSocketPeer` tells them;
    /// `None` if the connection ended without one.
    #[must_use]
    pub fn clean_close(&self) -> Option<(u16, String)> {
        match self {
            Self::ByPeer { code, reason } => Some((code.unwrap_or(close_code::NONE_RECEIVED), reason.clone())),
            Self::ByUs { code, reason, was_answered: true } => Some((*code, reason.clone())),
            // The peer was told; what it would answer is not read any more.
            Self::Protocol(error) => Some((error.close_code().get(), error.to_string())),
            _ => None,
        }
    }

    /// The reason in the close frame that ended the connection; empty if there was none.
    #[must_use]
    pub fn close_reason(&self) -> String {
        match self {
            Self::ByPeer { reason, .. } | Self::ByUs { reason, .. } => reason.clone(),
            Self::Protocol(error) => error.to_string(),
            _ => String::new(),
        }
    }
}

/// What is wrong with the head that a proxy puts before a connection.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// There is none, where there has to be one.
    #[error("the connection does not begin with it, as proxy_protocol asks for")]
    Missing,
    /// It comes from an address that speaks for nobody.
    #[error("the connection comes from an address that is not in trusted_proxies")]
    Untrusted,
    /// It has no end where it must have one.
    #[error("its head is too long")]
    TooLong,
    /// It cannot be read.
    #[error("its head cannot be read ({0})")]
    Malformed(String),
}

/// An entry of the list of proxies that is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' in trusted_proxies is neither an address nor a range of them such as 10.0.0.0/8, nor unix:")]
pub struct TrustedProxyError(pub Excerpt);

/// Why a setting of the handshake cannot be sent. A header's value is never repeated: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// A subprotocol that is no token (RFC 6455 section 4.1).
    #[error("'{0}' cannot be a subprotocol: no spaces, commas, slashes, quotes or brackets, and ASCII only")]
    Subprotocol(Excerpt),
    /// A line without a colon, or with something before it that cannot be a header's name.
    #[error("handshake header {number} is not of the form \"Name: value\"")]
    HeaderLine {
        /// Which line it is, from 1 on.
        number: usize,
    },
    /// A header that the handshake sets itself.
    #[error("the handshake header '{0}' cannot be set, it is the handshake's own")]
    ReservedHeader(Excerpt),
    /// A value that would end its line early, or that no parser lets through.
    #[error("the handshake header '{name}' has a line break or another control character in its value")]
    HeaderValue {
        /// The header's name.
        name: Excerpt,
    },
}

/// Why no link can have these conditions, see [`crate::config::Conditions`].
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ConditionsError {
    /// A name that is none.
    #[error("'{0}' is no condition of a link: these are {keys}", keys = crate::config::CONDITION_KEYS.join(", "))]
    UnknownKey(Excerpt),
    /// What has this name is no number.
    #[error("the condition '{0}' is not a number")]
    NotANumber(Excerpt),
    /// A time that makes no sense.
    #[error("the condition '{key}' must be between 0 and {most} seconds")]
    Time {
        /// Its name.
        key: &'static str,
        /// The longest there is.
        most: f64,
    },
    /// A bandwidth that makes no sense.
    #[error("the condition 'bandwidth' must be 1 byte per second or more, or 0 for no limit")]
    Bandwidth,
    /// A loss that makes no sense.
    #[error("the condition 'loss' must be a share from 0.0 to less than 1.0")]
    Loss,
    /// Pauses without a length or without an interval, or longer than the interval.
    #[error("the condition 'stall_for' must be less than 'stall_every', and one needs the other")]
    Stall,
}

/// Why an entry of `allowed_origins` is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "'{0}' is no origin: \"https://play.example.com\", \"http://localhost:8060\", \"https://*.example.com\" or \"null\" are, \
     without a path and without a slash at the end"
)]
pub struct OriginError(pub Excerpt);

/// Why a page cannot stand there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is no path: it starts with a slash, and has neither a query nor characters that a URL would encode")]
pub struct PathError(pub Excerpt);

/// Why a game's answer to a request cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// No status of a refusal.
    #[error("{0} is no status to refuse a connection with: 400 to 599 are")]
    Status(i64),
    /// A reason that is more than one line.
    #[error("the reason of a refusal has a line break or another control character in it")]
    Reason,
    /// A subprotocol that the client does not offer.
    #[error("'{chosen}' is no subprotocol to choose: the client offers {}", or_none(.offered))]
    Protocol {
        /// What was chosen.
        chosen: Excerpt,
        /// What there is to choose from.
        offered: Excerpt,
    },
    /// A header that cannot be sent.
    #[error("{0}")]
    Header(#[from] HandshakeError),
    /// What was to be asked has gone.
    #[error("handshake_callback cannot be called: its object is gone, or has no such method")]
    NobodyToAsk,
    /// Neither yes nor no.
    #[error(
        "handshake_callback returned '{0}', which is no answer: true, false, a status from 400 to 599 or a Dictionary are, and \
         whoever answers later calls defer() first"
    )]
    Nonsense(Excerpt),
    /// A key that no answer has.
    #[error(
        "handshake_callback returned a Dictionary with '{0}': it may have status, reason, headers, body and protocol"
    )]
    Key(Excerpt),
    /// A value of the wrong kind.
    #[error("handshake_callback returned a Dictionary whose '{key}' is not {expected}")]
    Value {
        /// The key.
        key: Excerpt,
        /// What its value should be.
        expected: &'static str,
    },
    /// A key that only a refusal has.
    #[error("handshake_callback returned a Dictionary that lets the client in, and a '{0}', which only a refusal has")]
    OfRefusal(&'static str),
    /// A key that no refusal has.
    #[error("handshake_callback returned a Dictionary that refuses the client, and a '{0}', which no refusal has")]
    OfAcceptance(&'static str),
}

/// A number that no close frame may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no close code {code} to be sent: 1000 to 1003, 1007 to 1014 and 3000 to 4999 may be, and 0 for none")]
pub struct CloseCodeError {
    /// The number.
    pub code: i32,
}

/// What bounds an outbound queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueLimit {
    /// [`crate::config::Limits::outbound_buffer_size`].
    Bytes,
    /// [`crate::config::Limits::max_queued_packets`].
    Packets,
}

/// Why a message was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// No peer has that id.
    #[error("peer not found: {0}")]
    UnknownPeer(i32),
    /// The connection is not open (yet, or any more).
    #[error("the connection is not open")]
    NotOpen,
    /// The queue is full: the network is slower than the game.
    #[error("the outbound queue is full ({queued} bytes wait)")]
    Full {
        /// Bytes that wait already.
        queued: usize,
        /// What they have come to.
        limit: QueueLimit,
    },
    /// The message alone is larger than the whole queue may be.
    #[error("the message has {size} bytes, more than outbound_buffer_size ({limit} bytes)")]
    TooLarge {
        /// The message's size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
}

/// Why a server does not listen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The address cannot be listened on: in use, not ours, or not permitted.
    #[error("cannot listen on {}: {}", place(address), why_not(source))]
    Bind {
        /// The address and port.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// A Unix socket cannot be had.
    #[error("cannot listen on the Unix socket {}: {}", .path.display(), why_not(source))]
    Path {
        /// Its path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Something else is where a Unix socket should be.
    #[error("cannot listen on the Unix socket {}: a file that is no socket is in its place", .path.display())]
    NoSocket {
        /// Its path.
        path: PathBuf,
    },
    /// Whoever started the process has opened no such socket for it.
    #[error(
        "this process was given no listening socket{}: it has to be started by a socket unit of systemd's (LISTEN_FDS)",
        named(.name.as_deref())
    )]
    NotActivated {
        /// The name that was asked for.
        name: Option<String>,
    },
    /// The system has no such doors.
    #[error("Unix sockets and socket activation are only for Unix systems")]
    NotHere,
    /// The system has no means left for another server.
    #[error("cannot create a server: {}", technical(.0))]
    System(#[from] io::Error),
}

fn named(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(" named '{}'", Excerpt::of(name)))
}

fn answered(status: u16, reason: &Excerpt, text: &Excerpt) -> String {
    match text.to_string().as_str() {
        "" => format!("the server answered HTTP {status} {reason}"),
        text => format!("the server answered HTTP {status} {reason}: {text}"),
    }
}

fn rejected(status: u16, reason: &Excerpt) -> String {
    match reason.to_string().as_str() {
        "" => format!("the game refused it with HTTP {status}"),
        text => format!("the game refused it with HTTP {status}: {text}"),
    }
}

fn closed_by(who: &str, code: Option<u16>, reason: &str) -> String {
    match (code, reason) {
        (None, _) => format!("closed by {who}, without a code"),
        (Some(code), "") if code == close_code::GOING_AWAY.get() => format!("{who} has quit (closed with code {code})"),
        (Some(code), "") if code == close_code::RESTART.get() => format!("{who} restarts (closed with code {code})"),
        (Some(code), "") => format!("closed by {who} with code {code}"),
        (Some(code), reason) => format!("closed by {who} with code {code}: {}", Excerpt::of(reason)),
    }
}

fn or_none(list: &Excerpt) -> &dyn fmt::Display {
    if list.is_empty() { &"none" } else { list }
}

/// Where a server was to listen, as a person would say it.
fn place(address: &SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("port {}", address.port()) } else { address.to_string() }
}

/// Why a server does not listen, in words, and then in the system's.
fn why_not(error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::AddrInUse => "the port is taken, by another program or the last run of this one",
        io::ErrorKind::PermissionDenied => "the system does not allow it; ports below 1024 need a privilege",
        io::ErrorKind::AddrNotAvailable => "this address is none of this machine's",
        _ => return technical(error),
    };
    format!("{words} ({})", technical(error))
}

/// What the system says, its number included, without brackets of its own.
fn technical(error: &io::Error) -> String {
    let text = error.to_string();
    match text.strip_suffix(')').and_then(|text| text.rsplit_once(" (os error ")) {
        Some((words, number)) => format!("{words}, system error {number}"),
        None => text,
    }
}

fn timed_out(phase: Phase) -> &'static str {
    match phase {
        Phase::Handshake => "there was no connection in time (it took longer than handshake_timeout)",
        Phase::Close => "the other side did not answer the close frame in time",
        Phase::Heartbeat => "the connection was lost: the other side was silent for two heartbeat intervals",
    }
}

/// The system's error in words a player understands, without its number.
fn describe(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::ConnectionRefused => "connection refused (is the server running on that port?)".to_owned(),
        io::ErrorKind::TimedOut => "no answer in time".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_said_cannot_write_lines_of_its_own() {
        let said = "bye\r\nERROR: all is lost\u{1b}[2J";
        let by_peer = CloseCause::ByPeer { code: Some(4000), reason: said.to_owned() };
        let shown = "closed by the other side with code 4000: bye\\r\\nERROR: all is lost\\u{1b}[2J";
        assert_eq!(by_peer.to_string(), shown);
        assert_eq!((by_peer.close_reason().as_str(), by_peer.clean_close()), (said, Some((4000, said.to_owned()))));
        let answer = CloseCause::ByUs { code: 4000, reason: said.to_owned(), was_answered: true };
        assert!(!answer.to_string().contains('\n'));
    }

    #[test]
    fn a_client_that_offers_nothing_is_told_so() {
        let error = RequestError::NoCommonProtocol { offered: Excerpt::default() };
        assert_eq!(error.to_string(), "client and server share no subprotocol (the client offers none)");
    }

    #[test]
    fn a_taken_port_reads_as_a_sentence() {
        let said = |address: &str, source: io::Error| {
            ListenError::Bind { address: address.parse().unwrap(), source }.to_string()
        };
        // The system's own words are another's on each system.
        let taken = said("[::]:45099", io::ErrorKind::AddrInUse.into());
        assert_eq!(
            taken,
            "cannot listen on port 45099: the port is taken, by another program or the last run of this one (address in use)"
        );
        assert!(
            said("[::1]:80", io::ErrorKind::PermissionDenied.into())
                .starts_with("cannot listen on [::1]:80: the system")
        );
        assert!(!technical(&io::Error::from_raw_os_error(98)).contains('('), "one pair of brackets is enough");
    }

    #[test]
    fn every_cause_reads_as_a_sentence() {
        let by_peer = CloseCause::ByPeer { code: Some(4000), reason: "kicked".to_owned() };
        assert_eq!(by_peer.to_string(), "closed by the other side with code 4000: kicked");
        assert_eq!(by_peer.close_code(), Some(4000));
        let silent = CloseCause::ByPeer { code: None, reason: String::new() };
        assert_eq!(silent.to_string(), "closed by the other side, without a code");
        assert_eq!(silent.close_code(), Some(1005));
        let reason = Excerpt::of("Service Unavailable");
        let refused = CloseCause::Response(ResponseError::Status { status: 503, reason, text: Excerpt::default() });
        assert_eq!(refused.to_string(), "handshake failed: the server answered HTTP 503 Service Unavailable");
        assert_eq!(refused.close_code(), None);
        let dial = DialError::Failed { host: "a:1".to_owned(), kind: io::ErrorKind::ConnectionRefused };
        let quit = CloseCause::ByPeer { code: Some(1001), reason: String::new() };
        assert_eq!(quit.to_string(), "the other side has quit (closed with code 1001)");
        let restart = CloseCause::ByPeer { code: Some(1012), reason: String::new() };
        assert_eq!(restart.to_string(), "the other side restarts (closed with code 1012)");
        let slow = CloseCause::TimedOut(Phase::Handshake);
        assert_eq!(slow.to_string(), "there was no connection in time (it took longer than handshake_timeout)");
        assert_eq!(dial.to_string(), "no connection to a:1: connection refused (is the server running on that port?)");
    }
}
