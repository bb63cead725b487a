//! Our two ends, each in a thread of its own. They are the examples of this crate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rust_websocket_transport::error::CloseCause;

use super::echo::{client, server::EchoServer};

/// The echo server, until it is dropped.
pub(crate) struct ServerEnd {
    pub(crate) port: u16,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ServerEnd {
    pub(crate) fn start() -> Self {
        let mut server = EchoServer::listen(0).unwrap();
        let port = server.port().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            while !flag.load(Ordering::Relaxed) {
                server.turn().unwrap();
            }
        });
        Self { port, is_over, thread: Some(thread) }
    }
}

impl Drop for ServerEnd {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            ended.unwrap();
        }
    }
}

/// The echo client, on its way to a server on this port.
pub(crate) struct ClientEnd(JoinHandle<CloseCause>);

impl ClientEnd {
    pub(crate) fn start(port: u16) -> Self {
        Self(std::thread::spawn(move || client::echo(&format!("ws://127.0.0.1:{port}/")).unwrap()))
    }

    /// Why the connection was over for the client.
    pub(crate) fn cause(self) -> CloseCause {
        self.0.join().unwrap()
    }
}
