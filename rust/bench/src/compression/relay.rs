//! A relay that stands between clients and a server, passes every byte on, and writes down the messages.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::Result;

use super::Stream;

/// Messages of one connection, each way.
#[derive(Debug, Default)]
pub struct Recording {
    /// What the client sent.
    pub up: Stream,
    /// What the server sent.
    pub down: Stream,
}

/// A relay. It takes clients as long as the process lives.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    recordings: Receiver<Recording>,
}

impl Relay {
    /// Listens on a port of the system's choice, for a server on this machine.
    ///
    /// # Errors
    /// When there is no port to be had.
    pub fn start(server: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (sender, recordings) = channel();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || {
                    // Who cannot be passed on has no recording, and whoever waits for it says so.
                    let _ = pass(client, server, &sender);
                });
            }
        });
        Ok(Self { port, recordings })
    }

    /// Where clients come to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What so many connections recorded, each once it has ended.
    #[must_use]
    pub fn recordings(&self, count: usize) -> Vec<Recording> {
        self.recordings.iter().take(count).collect()
    }
}

/// Both directions of one connection, until both have ended.
fn pass(client: TcpStream, server: u16, recordings: &Sender<Recording>) -> io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    let up = thread::spawn(move || copy(from_client, to_server));
    let down = copy(server, client);
    // Nobody listens any more once the owner has gone.
    let _ = recordings.send(Recording { up: up.join().unwrap_or_default(), down });
    Ok(())
}

/// One direction. An error is the end of it, as it is for whoever reads there.
fn copy(mut from: TcpStream, mut to: TcpStream) -> Stream {
    let mut tap = Tap::default();
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let portion = buffer.get(..count).unwrap_or_default();
        if to.write_all(portion).is_err() {
            break;
        }
        tap.hear(portion);
    }
    let _ = to.shutdown(Shutdown::Write);
    tap.messages
}

/// What is heard of one direction.
#[derive(Debug, Default)]
struct Tap {
    /// The head of the handshake is over.
    has_begun: bool,
    bytes: Vec<u8>,
    /// A message whose end has not come.
    unfinished: Vec<u8>,
    messages: Stream,
}

impl Tap {
    fn hear(&mut self, portion: &[u8]) {
        self.bytes.extend_from_slice(portion);
        if !self.has_begun {
            let Some(end) = self.bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return };
            self.bytes.drain(..end + 4);
            self.has_begun = true;
        }
        while let Some((size, frame)) = Frame::read(&self.bytes) {
            self.bytes.drain(..size);
            // Control frames stand between.
            if frame.opcode < 8 {
                self.unfinished.extend(frame.payload);
                if frame.is_final {
                    self.messages.push(std::mem::take(&mut self.unfinished));
                }
            }
        }
    }
}

struct Frame {
    opcode: u8,
    is_final: bool,
    payload: Vec<u8>,
}

impl Frame {
    /// The frame that these bytes begin with, and its size with its header; `None` if it is not whole.
    fn read(bytes: &[u8]) -> Option<(usize, Self)> {
        let (&[first, second], rest) = bytes.split_first_chunk()?;
        let (length, rest) = match second & 0x7F {
            126 => rest.split_first_chunk().map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest))?,
            127 => rest.split_first_chunk().map(|(length, rest)| (u64::from_be_bytes(*length), rest))?,
            length => (u64::from(length), rest),
        };
        let (mask, rest) = if second & 0x80 == 0 {
            ([0; 4], rest)
        } else {
            rest.split_first_chunk().map(|(mask, rest)| (*mask, rest))?
        };
        let (payload, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        Some((bytes.len() - rest.len(), Self { opcode: first & 0x0F, is_final: first & 0x80 != 0, payload }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_heard_in_any_portions() {
        let mut bytes = b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec();
        bytes.extend([
            0x82,
            0x83,
            1,
            2,
            3,
            4,
            b'a' ^ 1,
            b'b' ^ 2,
            b'c' ^ 3,
            0x02,
            1,
            b'd',
            0x89,
            0,
            0x80,
            1,
            b'e',
            0x82,
            0,
        ]);
        bytes.extend([0x82, 126, 1, 0]);
        bytes.extend([7; 256]);
        let expected = [b"abc".to_vec(), b"de".to_vec(), Vec::new(), vec![7; 256]];
        for step in 1..bytes.len() {
            let mut tap = Tap::default();
            bytes.chunks(step).for_each(|portion| tap.hear(portion));
            assert_eq!(tap.messages, expected, "in portions of {step}");
        }
    }
}
