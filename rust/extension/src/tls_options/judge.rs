//! Trust in certificates that the engine keeps to itself: its own client is asked whether it believes a server.

use godot::builtin::PackedByteArray;
use godot::classes::stream_peer_tls::Status;
use godot::classes::{RefCounted, StreamPeerBuffer, StreamPeerTls, TlsOptions};
use godot::obj::{Gd, InstanceId, NewGd};
use rust_websocket_transport::error::TlsError;
use rust_websocket_transport::stream::tls::judge::{Answer, Judge};

use super::quietly;

/// The engine's client with a user's own options.
///
/// A `Gd` may not go from one thread to another, and what the transport holds may. So this has a reference by number, and
/// counts it as the engine does, which is safe on any thread.
#[derive(Debug)]
pub(super) struct EngineJudge {
    options: InstanceId,
}

impl EngineJudge {
    pub(super) fn new(options: &Gd<TlsOptions>) -> Self {
        options.clone().upcast::<RefCounted>().call("reference", &[]);
        Self { options: options.instance_id() }
    }
}

impl Drop for EngineJudge {
    fn drop(&mut self) {
        // The `Gd` has a reference too, and frees the object with its own end if it is the last.
        if let Ok(mut options) = Gd::<RefCounted>::try_from_instance_id(self.options) {
            options.call("unreference", &[]);
        }
    }
}

impl Judge for EngineJudge {
    fn check(&self, answer: &Answer, host: &str) -> Result<(), TlsError> {
        let options =
            Gd::<TlsOptions>::try_from_instance_id(self.options).map_err(|error| TlsError::Other(error.to_string()))?;
        let mut buffer = StreamPeerBuffer::new_gd();
        let mut client = StreamPeerTls::new_gd();
        quietly(|| client.connect_to_stream_ex(&buffer, host).client_options(&options).done());
        let hello = buffer.get_size();
        buffer.put_data(&PackedByteArray::from(answer.bytes()));
        buffer.seek(hello);
        // A client that failed at once may not be polled.
        if client.get_status() == Status::HANDSHAKING {
            quietly(|| client.poll());
        }
        let is_waiting = client.get_status() == Status::HANDSHAKING && buffer.get_available_bytes() == 0;
        let hello = usize::try_from(hello).unwrap_or_default();
        answer.verdict(buffer.get_data_array().as_slice().get(hello..).unwrap_or_default(), is_waiting)
    }
}
