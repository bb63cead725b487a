//! The little of WebSocket that a bare socket needs, written out plainly so that it can be written wrongly.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

/// The longest that a bare socket waits for the other side. It only ever passes when a test fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The longest head that is read here.
const HEAD_LIMIT: usize = 64 * 1024;

/// A key as good as any: the answer to it is what counts.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A frame with these first bits, masked or not, and this payload.
pub fn frame(first_byte: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mask_bit = if mask.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![first_byte];
    match payload.len() {
        length @ 0..=125 => bytes.push(mask_bit | u8::try_from(length).unwrap_or_default()),
        length @ 126..=0xffff => {
            bytes.push(mask_bit | 126);
            bytes.extend(u16::try_from(length).unwrap_or_default().to_be_bytes());
        }
        length => {
            bytes.push(mask_bit | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    match mask {
        Some(mask) => {
            bytes.extend(mask);
            bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        }
        None => bytes.extend(payload),
    }
    bytes
}

/// First byte of a whole binary message.
pub const BINARY: u8 = 0x82;
/// First byte of a message's beginning.
pub const BEGINNING: u8 = 0x02;
/// First byte of a message's end.
pub const END: u8 = 0x80;
/// First byte of a ping.
pub const PING: u8 = 0x89;
/// First byte of a pong.
pub const PONG: u8 = 0x8a;
/// First byte of a close frame.
pub const CLOSE: u8 = 0x88;
/// First byte of a whole text message.
pub const TEXT: u8 = 0x81;
/// A mask, as every frame of a client must have one.
pub const MASK: Option<[u8; 4]> = Some([0x12, 0x34, 0x56, 0x78]);

/// The payload of a close frame.
pub fn close(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

/// Reads up to and with the empty line that ends a head.
pub fn read_head(stream: &mut TcpStream) -> Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        ensure!(head.len() < HEAD_LIMIT, "the head does not end");
        stream.read_exact(&mut byte).context("reading a head")?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Reads one short, whole frame: its first byte, and its payload without the mask.
pub fn read_frame(stream: &mut TcpStream) -> Result<(u8, Vec<u8>)> {
    let mut start = [0; 2];
    stream.read_exact(&mut start).context("reading a frame")?;
    let length = match start[1] & 0x7f {
        126 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length)?;
            u16::from_be_bytes(length)
        }
        short => {
            ensure!(short <= 125, "a long frame: {start:02x?}");
            u16::from(short)
        }
    };
    let mut mask = [0; 4];
    if start[1] & 0x80 != 0 {
        stream.read_exact(&mut mask)?;
    }
    let mut payload = vec![0; usize::from(length)];
    stream.read_exact(&mut payload)?;
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    Ok((start[0], payload))
}

/// Ends a connection by a reset.
pub fn reset(stream: TcpStream) -> Result<()> {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    drop(stream);
    Ok(())
}

/// Reads whatever comes until the other side has ended the connection, however it did so.
pub fn read_to_end(stream: &mut TcpStream) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) if is_end(&error) => Ok(bytes),
        Err(error) => Err(error).context("the other side does not end the connection"),
    }
}

/// Writes as much as the other side takes: it may have had enough already.
pub fn write(stream: &mut TcpStream, bytes: &[u8]) -> Result<()> {
    match stream.write_all(bytes) {
        Err(error) if !is_end(&error) => Err(error).context("writing"),
        _ => Ok(()),
    }
}

/// Sets the patience of a socket.
pub fn prepare(stream: TcpStream) -> Result<TcpStream> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Whether an error means that the other side has ended the connection.
pub fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_three_lengths() {
        assert_eq!(frame(BINARY, None, &[7; 4]), [0x82, 4, 7, 7, 7, 7]);
        assert_eq!(frame(BINARY, None, &[0; 126])[..4], [0x82, 126, 0, 126]);
        assert_eq!(frame(BINARY, None, &[0; 65536])[..10], [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_close_has_its_code_first() {
        assert_eq!(close(1000, "bye"), [3, 0xe8, b'b', b'y', b'e']);
    }

    #[test]
    fn a_mask_is_laid_over_the_payload() {
        assert_eq!(frame(BINARY, Some([1, 2, 3, 4]), &[0; 5]), [0x82, 0x85, 1, 2, 3, 4, 1, 2, 3, 4, 1]);
    }
}
