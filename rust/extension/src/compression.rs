//! What both classes have to say of compression, in the transport's terms.

use rust_websocket_transport::config::{Compression, CompressionLevel, CompressionMode};

/// The number of a mode that nobody has chosen: each role has its own.
pub(crate) const NOT_CHOSEN: i32 = -1;

/// The level of this number.
pub(crate) fn level(number: i32) -> Option<CompressionLevel> {
    u8::try_from(number).ok().and_then(CompressionLevel::new)
}

/// All of it, as a connection is made with it. Without a mode each role has its own.
pub(crate) fn settings(mode: Option<CompressionMode>, threshold: i32, number: i32) -> Compression {
    Compression {
        mode: mode.unwrap_or(CompressionMode::ByRole),
        threshold: usize::try_from(threshold).unwrap_or_default(),
        level: level(number).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_transports() {
        assert_eq!(settings(None, 256, 1), Compression::default());
    }
}
