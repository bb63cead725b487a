//! The peer that our ends have to cope with, on a blocking socket.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use tungstenite::handshake::derive_accept_key;

use super::frame::Frame;

/// Long enough for the busiest machine; nothing that works takes it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The example of RFC 6455 section 1.3, and the answer to it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// How the bytes of what is said are cut into writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chops {
    /// All at once.
    None,
    /// A write for each frame.
    Frames,
    /// A write for every so many bytes.
    Bytes(usize),
}

/// One connection to one of our ends.
pub(crate) struct Peer {
    /// The case and the end it is run against, for messages.
    pub(crate) name: String,
    stream: BufReader<TcpStream>,
    is_client: bool,
    frames_said: u32,
}

impl Peer {
    /// Plays the client for our server.
    pub(crate) fn connect(port: u16, name: String) -> Self {
        Self::connect_offering(port, name, "").0
    }

    /// With further lines in the request. What the server answers of extensions.
    pub(crate) fn connect_offering(port: u16, name: String, lines: &str) -> (Self, String) {
        let mut peer = Self::new(TcpStream::connect(("127.0.0.1", port)).unwrap(), true, name);
        let request = format!(
            "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n{lines}\r\n"
        );
        peer.write(request.as_bytes());
        let head = peer.read_head();
        assert!(head[0].starts_with("HTTP/1.1 101 "), "{}: {head:?}", peer.name);
        assert_eq!(value_of(&head, "sec-websocket-accept"), ACCEPT, "{}", peer.name);
        let extensions =
            if lines.is_empty() { String::new() } else { value_of(&head, "sec-websocket-extensions").to_owned() };
        (peer, extensions)
    }

    /// Plays the server for our client.
    pub(crate) fn accept(stream: TcpStream, name: String) -> Self {
        Self::accept_agreeing(stream, name, "").0
    }

    /// With further lines in the answer. What the client has offered of extensions.
    pub(crate) fn accept_agreeing(stream: TcpStream, name: String, lines: &str) -> (Self, String) {
        let mut peer = Self::new(stream, false, name);
        let head = peer.read_head();
        let accept = derive_accept_key(value_of(&head, "sec-websocket-key").as_bytes());
        let response = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n{lines}\r\n"
        );
        peer.write(response.as_bytes());
        let extensions = value_of(&head, "sec-websocket-extensions").to_owned();
        (peer, extensions)
    }

    fn new(stream: TcpStream, is_client: bool, name: String) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { name, stream: BufReader::new(stream), is_client, frames_said: 0 }
    }

    /// The lines of an HTTP head.
    fn read_head(&mut self) -> Vec<String> {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            let count = self.stream.read_line(&mut line).unwrap();
            assert_ne!(count, 0, "{}: the stream ended within a head: {head:?}", self.name);
            match line.trim_end() {
                "" => return head,
                line => head.push(line.to_owned()),
            }
        }
    }

    pub(crate) fn say(&mut self, frames: &[Frame], chops: Chops) {
        let mut bytes = Vec::new();
        for frame in frames {
            self.frames_said = self.frames_said.wrapping_add(0x9E37_79B9);
            let mask = self.is_client.then(|| self.frames_said.to_be_bytes());
            bytes.push(frame.encode(mask));
        }
        match chops {
            Chops::None => self.write(&bytes.concat()),
            Chops::Frames => bytes.iter().for_each(|frame| self.write(frame)),
            Chops::Bytes(size) => bytes.concat().chunks(size).for_each(|chop| self.write(chop)),
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Err(error) = self.stream.get_mut().write_all(bytes) {
            panic!("{}: nothing more can be said: {error}", self.name);
        }
    }

    /// The next frame; the end of the stream where one should be fails the test.
    pub(crate) fn hear(&mut self) -> Frame {
        match Frame::read(&mut self.stream) {
            Ok(Some((frame, is_masked))) => {
                assert_ne!(is_masked, self.is_client, "{}: a client masks, a server does not: {frame:?}", self.name);
                frame
            }
            Ok(None) => panic!("{}: the stream ended without a close frame", self.name),
            Err(error) => panic!("{}: {}", self.name, in_words(&error)),
        }
    }

    /// Waits for the other end to say that it is through, in an orderly way.
    pub(crate) fn hear_the_end(&mut self) {
        match Frame::read(&mut self.stream) {
            Ok(None) => {}
            Ok(Some((frame, _))) => panic!("{}: there was more to hear: {frame:?}", self.name),
            Err(error) => panic!("{}: instead of the end: {}", self.name, in_words(&error)),
        }
    }

    /// Ends our half of the stream.
    pub(crate) fn end(&mut self) {
        self.stream.get_ref().shutdown(Shutdown::Write).unwrap();
    }
}

fn value_of<'a>(head: &'a [String], name: &str) -> &'a str {
    let mut fields = head.iter().filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).unwrap().1.trim()
}

fn in_words(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "waited in vain for the other end".to_owned(),
        _ => error.to_string(),
    }
}
