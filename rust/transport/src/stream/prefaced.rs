//! A socket before whose bytes a proxy may say whose connection it is: the PROXY protocol, below TLS.

use std::io::{self, IoSlice, Read, Write};
use std::net::SocketAddr;

use bytes::{Buf, BytesMut};

use super::{Backlog, Readiness, Socket};
use crate::error::ProxyError;
use crate::statistics::WireBytes;
use crate::wire::proxy_protocol::{Progress, ProxyHeadReader};

/// How much of what follows a head is read with it.
const PORTION: usize = 512;

/// What stands before a connection's own bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preface {
    /// Nothing.
    None,
    /// A head of the PROXY protocol, or nothing.
    Optional,
    /// A head of the PROXY protocol.
    Required,
}

/// A socket that reads the preface first, and then passes on what it is told.
#[derive(Debug)]
pub struct Prefaced<S> {
    socket: S,
    /// Until it was read, and all that was read with it.
    stage: Option<Box<Stage>>,
    /// Whose connection it is, until that was asked for.
    source: Option<SocketAddr>,
}

#[derive(Debug)]
enum Stage {
    Awaiting { reader: ProxyHeadReader, is_required: bool },
    Left(BytesMut),
}

impl<S> Prefaced<S> {
    /// Puts a preface before what the socket has.
    pub(crate) fn new(socket: S, preface: Preface) -> Self {
        let awaiting =
            |is_required| Some(Box::new(Stage::Awaiting { reader: ProxyHeadReader::default(), is_required }));
        let stage = match preface {
            Preface::None => None,
            Preface::Optional => awaiting(false),
            Preface::Required => awaiting(true),
        };
        Self { socket, stage, source: None }
    }

    /// The socket below.
    pub(crate) fn socket(&self) -> &S {
        &self.socket
    }

    /// The socket below, to be told of its events.
    pub(crate) fn socket_mut(&mut self) -> &mut S {
        &mut self.socket
    }

    /// Where the connection comes from, if its preface says so. Told once.
    pub(crate) fn take_source(&mut self) -> Option<SocketAddr> {
        self.source.take()
    }
}

impl<S: Socket> Prefaced<S> {
    /// What was read with the preface and belongs to the connection; `None` for the end of the stream.
    fn left(&mut self) -> io::Result<Option<&mut BytesMut>> {
        while let Some(Stage::Awaiting { reader, is_required }) = self.stage.as_deref_mut() {
            let mut portion = [0; PORTION];
            let count = self.socket.read(&mut portion)?;
            if count == 0 {
                return Ok(None);
            }
            let left = match reader.feed(portion.get(..count).unwrap_or_default())? {
                Progress::Incomplete => continue,
                Progress::Absent(_) if *is_required => return Err(ProxyError::Missing.into()),
                Progress::Absent(left) => left,
                Progress::Complete(source, left) => {
                    self.source = source;
                    left
                }
            };
            self.stage = Some(Box::new(Stage::Left(left)));
        }
        match self.stage.as_deref_mut() {
            Some(Stage::Left(left)) => Ok(Some(left)),
            _ => Ok(None),
        }
    }
}

impl From<ProxyError> for io::Error {
    fn from(error: ProxyError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// A fault of the preface that came up through reading, if this is one.
pub(crate) fn fault_of(error: &io::Error) -> Option<ProxyError> {
    error.get_ref()?.downcast_ref::<ProxyError>().cloned()
}

impl<S: Socket> Read for Prefaced<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stage.is_none() {
            return self.socket.read(buffer);
        }
        let Some(left) = self.left()? else { return Ok(0) };
        let count = left.len().min(buffer.len());
        left.copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
        if !left.is_empty() {
            return Ok(count);
        }
        self.stage = None;
        // Nothing at all would be the end of the stream.
        if count == 0 { self.socket.read(buffer) } else { Ok(count) }
    }
}

impl<S: Socket> Write for Prefaced<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket.write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl<S: Socket> Socket for Prefaced<S> {
    fn note(&mut self, readiness: Readiness) {
        self.socket.note(readiness);
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.socket.shutdown_write()
    }

    fn discard_unread(&mut self) {
        self.socket.discard_unread();
    }

    fn withheld(&self) -> usize {
        self.socket.withheld()
    }

    fn carried(&self) -> WireBytes {
        self.socket.carried()
    }

    fn set_no_delay(&mut self, enabled: bool) -> io::Result<()> {
        self.socket.set_no_delay(enabled)
    }

    fn bound_unsent(&mut self, backlog: Option<Backlog>) -> io::Result<()> {
        self.socket.bound_unsent(backlog)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::pipe::pipe;

    const HEAD: &str = "PROXY TCP4 192.0.2.7 10.0.0.1 4660 9080\r\n";

    /// What comes through a preface before the stream ends or fails, and whose connection it is.
    fn read(preface: Preface, text: &str, throws: &[usize]) -> (io::Result<String>, Option<SocketAddr>) {
        let (mut near, far) = pipe(throws);
        let mut written = 0;
        let mut prefaced = Prefaced::new(far, preface);
        let (mut bytes, mut buffer) = (Vec::new(), [0; 7]);
        loop {
            match near.write(&text.as_bytes()[written..]) {
                Ok(count) => written += count,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
            near.outgoing.borrow_mut().is_shut = written == text.len();
            match prefaced.read(&mut buffer) {
                Ok(0) => return (Ok(String::from_utf8(bytes).unwrap()), prefaced.take_source()),
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return (Err(error), None),
            }
        }
    }

    #[test]
    fn a_preface_is_taken_off_and_nothing_else() {
        let source = Some("192.0.2.7:4660".parse().unwrap());
        let long = "x".repeat(2000);
        for throws in [&[usize::MAX][..], &[1, 0], &[5, 0, 30]] {
            for text in ["", "GET / HTTP/1.1\r\n\r\n", &long] {
                for preface in [Preface::Optional, Preface::Required] {
                    let (read, from) = read(preface, &format!("{HEAD}{text}"), throws);
                    assert_eq!((read.unwrap().as_str(), from), (text, source));
                }
                let (read, from) = read(Preface::Optional, text, throws);
                assert_eq!((read.unwrap().as_str(), from), (text, None));
            }
            let (read, from) = read(Preface::None, HEAD, throws);
            assert_eq!((read.unwrap().as_str(), from), (HEAD, None), "where none is expected, none is looked for");
        }
    }

    #[test]
    fn a_preface_that_is_missing_or_broken_is_named() {
        for (preface, text, error) in [
            (Preface::Required, "GET / HTTP/1.1\r\n\r\n", ProxyError::Missing),
            (Preface::Required, &"PROXY ".repeat(50), ProxyError::TooLong),
            (Preface::Optional, &"PROXY ".repeat(50), ProxyError::TooLong),
        ] {
            for throws in [&[usize::MAX][..], &[1, 0]] {
                assert_eq!(fault_of(&read(preface, text, throws).0.unwrap_err()), Some(error.clone()));
            }
        }
    }
}
