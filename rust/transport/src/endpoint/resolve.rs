//! Names to addresses, off the calling thread: the system's resolver may take many seconds.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// Threads that may still run. A lookup cannot be called off, so its thread outlives the client that asked.
static THREADS: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// A lookup under way.
#[derive(Debug)]
pub(super) struct Lookup {
    answer: Receiver<io::Result<Vec<SocketAddr>>>,
}

impl Lookup {
    /// Starts a lookup.
    pub(super) fn start(host: &str, port: u16) -> io::Result<Self> {
        let (sender, answer) = channel();
        let query = (host.to_owned(), port);
        let thread = thread::Builder::new().name("name lookup".to_owned()).spawn(move || {
            let found = query.to_socket_addrs().map(Iterator::collect);
            // Nobody may be waiting any more.
            let _ = sender.send(found);
        })?;
        let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
        Ok(Self { answer })
    }

    /// The answer, once it is there.
    pub(super) fn poll(&self) -> Option<io::Result<Vec<SocketAddr>>> {
        match self.answer.try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(io::ErrorKind::Interrupted.into())),
        }
    }
}

/// Waits for every lookup that still runs. To be called before the code of this library is unloaded.
pub fn join_lookups() {
    let threads = std::mem::take(&mut *THREADS.lock().unwrap_or_else(PoisonError::into_inner));
    for thread in threads {
        let _ = thread.join();
    }
}
