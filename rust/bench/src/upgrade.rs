//! The opening handshake of a server, for those libraries that start after it.

use std::io;

use anyhow::{Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tungstenite::handshake::derive_accept_key;

/// The largest request that is read.
const MAX_HEAD: usize = 4096;

/// Reads a request and answers it with 101.
///
/// # Errors
/// When the connection breaks, or the request is none.
pub async fn accept(stream: &mut TcpStream) -> Result<()> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.ends_with(b"\r\n\r\n") {
        let count = stream.read(&mut buffer).await?;
        if count == 0 || head.len() > MAX_HEAD {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        head.extend_from_slice(buffer.get(..count).unwrap_or_default());
    }
    let text = String::from_utf8_lossy(&head);
    let Some(key) = text.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")) else {
        bail!("a request without a key");
    };
    let accept = derive_accept_key(key.trim().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    Ok(())
}
