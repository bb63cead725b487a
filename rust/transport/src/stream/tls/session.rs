//! One TLS session on a socket. Reading and writing move the handshake along by themselves.

use std::io::{self, ErrorKind, IoSlice, Read, Write};

use bytes::Bytes;
use rustls::{ClientConnection, Connection, HandshakeKind, ServerConnection};

use super::tls_error;
use crate::error::TlsError;
use crate::statistics::WireBytes;
use crate::stream::{Backlog, Readiness, Socket};

/// The header of a TLS record: enough to see whether this is TLS at all.
const RECORD_HEADER: usize = 5;

/// The most payload of one record.
const RECORD: usize = 16 * 1024;

/// The content type of a record that may come first: a handshake's.
const HANDSHAKE: u8 = 0x16;

/// A TLS session and the socket it runs on.
#[derive(Debug)]
pub struct TlsStream<S> {
    socket: S,
    session: Connection,
    /// Server: the first bytes, until it is clear that they are TLS.
    first: Option<First>,
    /// The socket has ended.
    is_over: bool,
    /// The payload that was written last, of which something may not have left.
    taken: usize,
}

#[derive(Debug)]
struct First {
    bytes: [u8; RECORD_HEADER],
    length: usize,
    /// What whoever does not speak TLS is told.
    plain_answer: Bytes,
}

impl<S: Socket> TlsStream<S> {
    /// A client's session about to start.
    pub fn client(socket: S, session: ClientConnection) -> Self {
        Self::new(socket, session.into(), None)
    }

    /// A server's session about to start. What is no TLS is told `plain_answer`, in bytes that nearly all of it
    /// understands: plain HTTP.
    pub fn server(socket: S, session: ServerConnection, plain_answer: Bytes) -> Self {
        let first = First { bytes: [0; RECORD_HEADER], length: 0, plain_answer };
        Self::new(socket, session.into(), Some(first))
    }

    fn new(socket: S, mut session: Connection, first: Option<First>) -> Self {
        // Until the handshake is done a client's request waits in there, whatever its size.
        session.set_buffer_limit(None);
        Self { socket, session, first, is_over: false, taken: 0 }
    }

    /// Moves everything that rustls wants to send, as far as the socket takes it.
    fn push(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut self.socket) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// As [`Self::push`], for when reading goes on whatever becomes of it: a failure shows when there is something to
    /// write again.
    fn push_quietly(&mut self) {
        if let Err(error) = self.push()
            && error.kind() != ErrorKind::WouldBlock
        {
            log::debug!("a TLS record could not be sent: {error}");
        }
    }

    /// Reads ciphertext once and digests it.
    fn pull(&mut self) -> io::Result<()> {
        if let Some(first) = &mut self.first {
            let count = self.socket.read(first.bytes.get_mut(first.length..).unwrap_or_default())?;
            first.length += count;
            self.is_over = count == 0;
            return self.sniff();
        }
        self.is_over = self.session.read_tls(&mut self.socket)? == 0;
        self.digest()
    }

    fn digest(&mut self) -> io::Result<()> {
        let digested = self.session.process_new_packets();
        // A fault's alert, a handshake's answer, a renewed key.
        self.push_quietly();
        digested.map(|_| ()).map_err(|error| {
            self.say_farewell();
            fault(tls_error(&error))
        })
    }

    /// The stream is over, which within the handshake is a fault.
    fn end(&self) -> io::Result<usize> {
        if self.session.is_handshaking() { Err(fault(TlsError::Ended)) } else { Ok(0) }
    }

    /// Ends the stream so that the last words arrive: closing a socket with unread bytes in it resets the connection.
    fn say_farewell(&mut self) {
        let _ = self.socket.shutdown_write();
        self.socket.discard_unread();
    }

    /// Looks at what came first. What is no TLS is told so in the one language that nearly all of it speaks.
    fn sniff(&mut self) -> io::Result<()> {
        let Some(first) = &self.first else { return Ok(()) };
        let bytes = first.bytes.get(..first.length).unwrap_or_default().to_vec();
        if bytes.first().is_some_and(|byte| *byte != HANDSHAKE) {
            let _ = self.socket.write(&first.plain_answer);
            self.say_farewell();
            return Err(fault(TlsError::PlainClient));
        }
        if bytes.len() < RECORD_HEADER {
            return Ok(());
        }
        self.first = None;
        self.session.read_tls(&mut bytes.as_slice())?;
        self.digest()
    }
}

impl<S> TlsStream<S> {
    /// The socket below.
    pub fn socket(&self) -> &S {
        &self.socket
    }

    /// The socket below, to be told of its events.
    pub fn socket_mut(&mut self) -> &mut S {
        &mut self.socket
    }

    /// Whether the session went on from an earlier one, once it is known.
    pub fn was_resumed(&self) -> Option<bool> {
        self.session.handshake_kind().map(|kind| kind == HandshakeKind::Resumed)
    }

    /// Whether the handshake is under way.
    pub fn is_handshaking(&self) -> bool {
        self.session.is_handshaking()
    }
}

/// As an error of reading, which is where faults come up.
fn fault(error: TlsError) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

impl<S: Socket> Read for TlsStream<S> {
    /// Reads ciphertext once at the most. `Interrupted` says that it meant nothing, and that there may be more: how often
    /// to ask again is for the caller to decide, since records without a payload may follow each other for ever.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut has_pulled = false;
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock && !self.is_over => {}
                // With or without a farewell in TLS; a WebSocket's own is what counts.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::UnexpectedEof) => {
                    return self.end();
                }
                Ok(0) if !buffer.is_empty() => return self.end(),
                read => return read,
            }
            if has_pulled {
                return Err(ErrorKind::Interrupted.into());
            }
            match self.pull() {
                Ok(()) => has_pulled = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
                Err(error) => {
                    self.push_quietly();
                    return Err(error);
                }
            }
        }
    }
}

impl<S: Socket> TlsStream<S> {
    /// Hands one record's payload to rustls, once the system has taken all before it. So what is not with the system is
    /// known, and a record is worth nothing before its last byte.
    fn write_with(&mut self, write: impl FnOnce(&mut rustls::Writer<'_>) -> io::Result<usize>) -> io::Result<usize> {
        self.push()?;
        if self.session.is_handshaking() {
            let count = write(&mut self.session.writer())?;
            self.taken += count;
            return Ok(count);
        }
        self.session.set_buffer_limit(Some(RECORD));
        self.taken = write(&mut self.session.writer())?;
        match self.push() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ if self.taken == 0 => Err(ErrorKind::WouldBlock.into()),
            _ => Ok(self.taken),
        }
    }
}

impl<S: Socket> Write for TlsStream<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_with(|writer| writer.write(bytes))
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_with(|writer| writer.write_vectored(slices))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.push()?;
        self.socket.flush()
    }
}

impl<S: Socket> Socket for TlsStream<S> {
    fn shutdown_write(&mut self) -> io::Result<()> {
        self.session.send_close_notify();
        self.push_quietly();
        self.socket.shutdown_write()
    }

    fn discard_unread(&mut self) {
        // As it is: nobody will read what it says.
        self.socket.discard_unread();
    }

    fn note(&mut self, readiness: Readiness) {
        self.socket.note(readiness);
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

    fn withheld(&self) -> usize {
        if self.session.is_handshaking() || self.session.wants_write() { self.taken } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
    use rustls::ServerConfig;

    use super::super::client::ClientTls;
    use super::super::provider;
    use super::*;
    use crate::stream::Stream;
    use crate::stream::pipe::{Pipe, pipe};

    /// A server that gives out so many tickets after its handshake, each a record or more without anything to read in it.
    fn generous_server(tickets: usize) -> ServerConnection {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
        let key = key.serialize_der().try_into().unwrap();
        let mut config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
        config.send_tls13_tickets = tickets;
        ServerConnection::new(Arc::new(config)).unwrap()
    }

    /// Moves everything there is to move, without a look at what it means to the client.
    fn serve(server: &mut ServerConnection, socket: &mut Pipe) {
        while server.read_tls(socket).is_ok_and(|count| count > 0) {
            server.process_new_packets().unwrap();
        }
        while server.wants_write() {
            server.write_tls(socket).unwrap();
        }
    }

    #[test]
    fn records_without_a_payload_are_read_in_portions() {
        let (near, mut far) = pipe(&[usize::MAX]);
        far.outgoing.borrow_mut().capacity = usize::MAX;
        let mut server = generous_server(300);
        let tls = ClientTls { roots: None, ..ClientTls::default() };
        let mut client: Stream<Pipe> = tls.connect(near, "localhost").unwrap();
        client.flush().unwrap();
        while server.is_handshaking() {
            serve(&mut server, &mut far);
            assert!(client.read(&mut [0; 64]).is_err(), "there is nothing to read");
        }
        server.writer().write_all(b"the end").unwrap();
        serve(&mut server, &mut far);
        let mut portions = 0;
        let mut buffer = [0; 64];
        let count = loop {
            let before = client.carried().received;
            let read = client.read(&mut buffer);
            assert!(client.carried().received - before <= 16 * 1024, "more than a portion at once");
            match read {
                Ok(count) => break count,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:?}"),
            }
            portions += 1;
        };
        assert_eq!(&buffer[..count], b"the end");
        assert!(portions > 3, "all at once");
    }
}
