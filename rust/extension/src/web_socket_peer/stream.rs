//! A stream of the engine's, TCP or TLS, as what a connection reads from and writes to.

use std::io::{self, ErrorKind, IoSlice, Read, Write};

use godot::builtin::{GString, PackedByteArray, VarArray};
use godot::classes::stream_peer_tcp::Status as TcpStatus;
use godot::classes::stream_peer_tls::Status as TlsStatus;
use godot::classes::{StreamPeer, StreamPeerTcp, StreamPeerTls};
use godot::global::Error;
use godot::obj::{EngineEnum, Gd};
use rust_websocket_transport::statistics::WireBytes;
use rust_websocket_transport::stream::{Readiness, Socket};

/// The most that is handed to the engine at once, in bytes: it may take less, and the rest is copied again.
const MOST_WRITTEN: usize = 256 * 1024;

/// How often bytes are offered in one go while the stream takes some. Godot 4.3 writes one record of TLS per call, which
/// is 16 KiB.
const MOST_OFFERS: usize = 64;

/// How much is read and thrown away at the end, so that no reset overtakes what was written last.
const MOST_DISCARDED: i32 = 256 * 1024;

/// A TCP stream, and perhaps a TLS stream on it.
#[derive(Debug)]
pub(super) struct GodotStream {
    tcp: Gd<StreamPeerTcp>,
    tls: Option<Gd<StreamPeerTls>>,
    /// Bytes that were taken and that the stream has not. mbedTLS wants the same bytes offered again.
    staged: PackedByteArray,
    /// There was no more to read in this poll.
    is_drained: bool,
    carried: WireBytes,
}

// SAFETY: the engine's own rule for its streams is the rule here: any one thread at a time. Whoever has the stream is reached
// through the object that has it, which lets one thread in at a time (`rust/godot_cell/`). The references are counted by the
// engine, atomically.
#[expect(unsafe_code, reason = "the bindings do not know that whoever holds these references is one thread at a time")]
unsafe impl Send for GodotStream {}

impl GodotStream {
    /// A TCP stream, or a TLS stream on TCP; there is no WebSocket over anything else.
    pub(super) fn new(stream: Gd<StreamPeer>) -> Option<Self> {
        let (tcp, tls) = match stream.try_cast::<StreamPeerTcp>() {
            Ok(tcp) => (tcp, None),
            Err(stream) => {
                let tls = stream.try_cast::<StreamPeerTls>().ok()?;
                (tls.get_stream()?.try_cast::<StreamPeerTcp>().ok()?, Some(tls))
            }
        };
        Some(Self { tcp, tls, staged: PackedByteArray::new(), is_drained: false, carried: WireBytes::default() })
    }

    /// Whether it is encrypted.
    pub(super) fn uses_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// The other side's address, as the engine writes it.
    pub(super) fn host(&self) -> GString {
        self.tcp.get_connected_host()
    }

    /// The other side's port.
    pub(super) fn port(&self) -> i32 {
        self.tcp.get_connected_port()
    }

    /// The stream to read and write, if it is ready for that.
    fn stream(&self) -> io::Result<Gd<StreamPeer>> {
        match &self.tls {
            Some(tls) => match tls.get_status() {
                TlsStatus::CONNECTED => Ok(tls.clone().upcast()),
                TlsStatus::HANDSHAKING => Err(ErrorKind::WouldBlock.into()),
                _ => Err(ErrorKind::ConnectionAborted.into()),
            },
            None => match self.tcp.get_status() {
                TcpStatus::CONNECTED => Ok(self.tcp.clone().upcast()),
                _ => Err(ErrorKind::ConnectionAborted.into()),
            },
        }
    }

    /// How many bytes to ask for. 0: there are none.
    ///
    /// No more than there are: the engine sets aside what is asked for, and loses the last bytes of a TLS stream if
    /// its end is met in the same call.
    fn available(&mut self) -> io::Result<i32> {
        let Some(tls) = &mut self.tls else {
            // Only reading tells an idle stream from one that has ended.
            return Ok(self.tcp.get_available_bytes().max(1));
        };
        if tls.get_available_bytes() == 0 {
            tls.poll();
            if tls.get_status() != TlsStatus::CONNECTED {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(tls.get_available_bytes())
    }

    /// Offers what is left over, and the rest again after a short write, until the stream takes nothing.
    fn offer_staged(&mut self) -> io::Result<()> {
        for _ in 0..MOST_OFFERS {
            if self.staged.is_empty() {
                return Ok(());
            }
            if !self.offer_once()? {
                break;
            }
        }
        if self.staged.is_empty() { Ok(()) } else { Err(ErrorKind::WouldBlock.into()) }
    }

    /// Whether the stream took something.
    fn offer_once(&mut self) -> io::Result<bool> {
        let result = self.stream()?.put_partial_data(&self.staged);
        if error_in(&result) != Error::OK {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let sent: i32 = result.get(1).and_then(|sent| sent.try_to().ok()).unwrap_or(0);
        let sent = usize::try_from(sent).unwrap_or(0);
        if sent >= self.staged.len() {
            self.staged = PackedByteArray::new();
        } else if sent > 0 {
            self.staged = self.staged.subarray(sent..);
        }
        Ok(sent > 0)
    }
}

/// The first of two values with which the engine answers reading and writing.
fn error_in(result: &VarArray) -> Error {
    result.get(0).and_then(|error| error.try_to().ok()).and_then(Error::try_from_ord).unwrap_or(Error::FAILED)
}

impl Read for GodotStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_drained {
            return Err(ErrorKind::WouldBlock.into());
        }
        let mut stream = self.stream()?;
        let available = match self.available() {
            Ok(available) => available,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
            Err(error) => return Err(error),
        };
        if available == 0 {
            self.is_drained = true;
            return Err(ErrorKind::WouldBlock.into());
        }
        let result = stream.get_partial_data(available.min(i32::try_from(buffer.len()).unwrap_or(i32::MAX)));
        match error_in(&result) {
            Error::OK => {}
            Error::ERR_FILE_EOF => return Ok(0),
            _ => return Err(ErrorKind::ConnectionReset.into()),
        }
        let data = result.get(1).and_then(|data| data.try_to::<PackedByteArray>().ok()).unwrap_or_default();
        let count = data.len().min(buffer.len());
        if count == 0 {
            self.is_drained = true;
            return Err(ErrorKind::WouldBlock.into());
        }
        buffer[..count].copy_from_slice(&data.as_slice()[..count]);
        self.carried.received += count as u64;
        Ok(count)
    }
}

impl Write for GodotStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.offer_staged()?;
        self.stream()?;
        let total = slices.iter().map(|slice| slice.len()).sum::<usize>().min(MOST_WRITTEN);
        self.staged.resize(total);
        let mut room = self.staged.as_mut_slice();
        for slice in slices {
            let count = slice.len().min(room.len());
            let (place, rest) = room.split_at_mut(count);
            place.copy_from_slice(&slice[..count]);
            room = rest;
        }
        match self.offer_staged() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            // What is left over is ours to offer again.
            _ => Ok(total),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.offer_staged()
    }
}

impl Socket for GodotStream {
    /// The engine's streams have no half-close: this is the end of it.
    fn shutdown_write(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.disconnect_from_stream();
        }
        if self.tcp.get_status() == TcpStatus::CONNECTED {
            let unread = self.tcp.get_available_bytes().min(MOST_DISCARDED);
            if unread > 0 {
                self.tcp.get_partial_data(unread);
            }
            self.tcp.disconnect_from_host();
        }
        Ok(())
    }

    /// Its end has done so.
    fn discard_unread(&mut self) {}

    /// A new look at the stream, which may have bytes again. The engine tells of nothing, so this comes with every poll.
    fn note(&mut self, _readiness: Readiness) {
        self.is_drained = false;
        if let Some(tls) = &mut self.tls
            && tls.get_status() == TlsStatus::HANDSHAKING
        {
            tls.poll();
        }
    }

    fn withheld(&self) -> usize {
        self.staged.len()
    }

    /// What the engine's TLS has taken without giving anything out is not known.
    fn carried(&self) -> WireBytes {
        self.carried
    }

    fn set_no_delay(&mut self, enabled: bool) -> io::Result<()> {
        if self.tcp.get_status() == TcpStatus::CONNECTED {
            self.tcp.set_no_delay(enabled);
        }
        Ok(())
    }
}
