//! What is compressed, and how hard.

/// What becomes of compression (RFC 7692, `permessage-deflate`). It is used on a connection if both ends want it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CompressionMode {
    /// It is neither offered nor accepted.
    Off,
    /// A client offers it, a server accepts it from whoever offers it.
    Auto,
    /// A server accepts it, as [`CompressionMode::Auto`]; a client does not offer it. The default.
    #[default]
    ByRole,
}

/// How hard a message is compressed: from 1, the fastest, to 9, which makes the fewest bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompressionLevel(u8);

impl CompressionLevel {
    /// `None` for what is no level.
    #[must_use]
    pub fn new(level: u8) -> Option<Self> {
        (1..=9).contains(&level).then_some(Self(level))
    }

    /// The level as a number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl Default for CompressionLevel {
    /// 1: two to four times as fast as the next, for some bytes more. docs/tuning.md has the figures.
    fn default() -> Self {
        Self(1)
    }
}

/// What is compressed, and how hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compression {
    /// Whether it is agreed on in the opening handshake.
    pub mode: CompressionMode,
    /// Messages with a payload of fewer bytes leave as they are. Default 256.
    pub threshold: usize,
    /// How hard. Default 1.
    pub level: CompressionLevel,
}

impl Compression {
    /// Whether a client offers it.
    pub(crate) fn is_offered(&self) -> bool {
        self.mode == CompressionMode::Auto
    }

    /// Whether a server accepts it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.mode != CompressionMode::Off
    }
}

impl Default for Compression {
    fn default() -> Self {
        Self { mode: CompressionMode::default(), threshold: 256, level: CompressionLevel::default() }
    }
}
