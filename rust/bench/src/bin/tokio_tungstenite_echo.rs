//! An echo server by `tokio-tungstenite`, on one thread. Prints `LISTENING <port>`.

use std::net::Ipv4Addr;

use anyhow::Result;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("LISTENING {}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // How one connection ends is the load's to see.
        tokio::spawn(async move { drop(echo(stream).await) });
    }
}

/// Everything that has arrived is sent back together, which is the fastest way this library has.
async fn echo(stream: TcpStream) -> Result<()> {
    let mut socket = accept_async(stream).await?.ready_chunks(64);
    while let Some(messages) = socket.next().await {
        for message in messages {
            let message = message?;
            if message.is_binary() || message.is_text() {
                socket.get_mut().feed(message).await?;
            }
        }
        socket.get_mut().flush().await?;
    }
    Ok(())
}
