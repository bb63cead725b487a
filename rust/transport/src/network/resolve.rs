//! Names to addresses, off the calling thread: the system's resolver may take many seconds.
//!
//! A lookup cannot be called off, so its thread outlives the client that asked. There are never more than
//! sixteen of them: further questions wait until one is done, and are forgotten with those who asked.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::platform::Lookup;

/// How many threads there are at most. A client that tries again every three seconds has fewer under way while no name
/// server answers: systems give up after some ten seconds for each server they know.
const MOST_THREADS: usize = 16;

/// The system's resolver, and all who wait for it.
static SYSTEM: LazyLock<Arc<Resolver>> = LazyLock::new(|| {
    Resolver::new(MOST_THREADS, |host: &str, port: u16| (host, port).to_socket_addrs().map(Iterator::collect))
});

type Answer = io::Result<Vec<SocketAddr>>;

/// Finds the addresses of a name, and blocks for as long as it takes.
type Resolve = dyn Fn(&str, u16) -> Answer + Send + Sync;

/// A lookup under way.
#[derive(Debug)]
pub struct SystemLookup {
    number: u64,
    answer: Receiver<Answer>,
    resolver: Arc<Resolver>,
}

impl SystemLookup {
    /// Starts a lookup.
    pub(super) fn start(host: &str, port: u16) -> io::Result<Self> {
        SYSTEM.ask(host, port)
    }
}

impl Lookup for SystemLookup {
    fn poll(&mut self) -> Option<Answer> {
        match self.answer.try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(io::ErrorKind::Interrupted.into())),
        }
    }
}

impl Drop for SystemLookup {
    fn drop(&mut self) {
        self.resolver.lock().waiting.retain(|question| question.number != self.number);
    }
}

/// Waits until no lookup runs any more, and no longer than that. Whether this was so: if not, threads of this library
/// still run, and its code must stay in memory.
///
/// To be called before the code of this library is unloaded, and by tests, for which a thread that nobody has joined
/// is a leak.
#[must_use]
pub fn join_lookups(patience: Duration) -> bool {
    SYSTEM.join(patience)
}

/// A blocking way to find addresses, and the threads that go it.
struct Resolver {
    resolve: Box<Resolve>,
    most_threads: usize,
    desk: Mutex<Desk>,
    /// A thread has found nothing more to do.
    left: Condvar,
}

/// What the threads and those who ask share.
#[derive(Debug, Default)]
struct Desk {
    waiting: VecDeque<Question>,
    next_number: u64,
    /// How many threads take questions. One that has left may still have its last steps to go.
    working: usize,
    threads: Vec<JoinHandle<()>>,
}

/// A name that somebody wants to know.
#[derive(Debug)]
struct Question {
    number: u64,
    host: String,
    port: u16,
    answer: Sender<Answer>,
}

impl Resolver {
    fn new(most_threads: usize, resolve: impl Fn(&str, u16) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        let desk = Mutex::default();
        Arc::new(Self { resolve: Box::new(resolve), most_threads, desk, left: Condvar::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(self: &Arc<Self>, host: &str, port: u16) -> io::Result<SystemLookup> {
        let (sender, answer) = channel();
        let mut desk = self.lock();
        desk.join_finished();
        if desk.working < self.most_threads {
            let resolver = Arc::clone(self);
            let thread = thread::Builder::new().name("name lookup".to_owned()).spawn(move || resolver.work());
            match thread {
                Ok(thread) => {
                    desk.threads.push(thread);
                    desk.working += 1;
                }
                Err(error) if desk.working == 0 => return Err(error),
                // The system has no more threads to give. Those that are there come to this question, too.
                Err(_) => {}
            }
        }
        let number = desk.next_number;
        desk.next_number += 1;
        desk.waiting.push_back(Question { number, host: host.to_owned(), port, answer: sender });
        Ok(SystemLookup { number, answer, resolver: Arc::clone(self) })
    }

    fn work(&self) {
        while let Some(question) = self.next_question() {
            let found = (self.resolve)(&question.host, question.port);
            // Nobody may be waiting any more.
            let _ = question.answer.send(found);
        }
    }

    fn next_question(&self) -> Option<Question> {
        let mut desk = self.lock();
        let question = desk.waiting.pop_front();
        if question.is_none() {
            desk.working -= 1;
            self.left.notify_all();
        }
        question
    }

    fn join(&self, patience: Duration) -> bool {
        let desk = self.lock();
        let (mut desk, _) = self
            .left
            .wait_timeout_while(desk, patience, |desk| desk.working > 0)
            .unwrap_or_else(PoisonError::into_inner);
        if desk.working > 0 {
            desk.join_finished();
            return false;
        }
        let threads = std::mem::take(&mut desk.threads);
        // Those who leave need it no more, but somebody may ask on another thread.
        drop(desk);
        for thread in threads {
            let _ = thread.join();
        }
        true
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("most_threads", &self.most_threads).finish_non_exhaustive()
    }
}

impl Desk {
    fn join_finished(&mut self) {
        for thread in self.threads.extract_if(.., |thread| thread.is_finished()) {
            // A lookup does not panic; if one did, its client was told that it was interrupted.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::Ipv4Addr;
    use std::time::Instant;

    use super::*;

    const FAR: Duration = Duration::from_secs(30);

    /// A name server that answers once it is told to, and what it has been asked for.
    struct DeafServer {
        resolver: Arc<Resolver>,
        asked: Receiver<String>,
        /// Sends nothing; the end of it is the word.
        speak: Sender<()>,
    }

    impl DeafServer {
        fn new(most_threads: usize) -> Self {
            let (note, asked) = channel();
            let (speak, wait) = channel::<()>();
            let (note, wait) = (Mutex::new(note), Arc::new(Mutex::new(wait)));
            let resolver = Resolver::new(most_threads, move |host, port| {
                note.lock().unwrap().send(host.to_owned()).unwrap();
                // All wait in one line for the mutex, and the first for the end of the sender.
                assert!(wait.lock().unwrap().recv().is_err());
                Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
            });
            Self { resolver, asked, speak }
        }
    }

    fn answer_of(lookup: &mut SystemLookup) -> Vec<SocketAddr> {
        let deadline = Instant::now() + FAR;
        loop {
            if let Some(answer) = lookup.poll() {
                return answer.unwrap();
            }
            assert!(Instant::now() < deadline);
            thread::yield_now();
        }
    }

    #[test]
    fn leaving_does_not_wait_for_a_deaf_name_server() {
        let server = DeafServer::new(2);
        let lookup = server.resolver.ask("a.test", 1).unwrap();
        server.asked.recv_timeout(FAR).unwrap();
        drop(lookup);
        let began = Instant::now();
        assert!(!server.resolver.join(Duration::from_millis(50)));
        assert!(began.elapsed() < FAR, "{:?}", began.elapsed());
        // Once it has answered, its thread is joined like any other.
        drop(server.speak);
        assert!(server.resolver.join(FAR));
        assert!(server.resolver.lock().threads.is_empty());
    }

    #[test]
    fn leaving_joins_those_who_are_done() {
        let server = DeafServer::new(2);
        let mut lookup = server.resolver.ask("a.test", 7).unwrap();
        drop(server.speak);
        assert_eq!(answer_of(&mut lookup), [SocketAddr::from((Ipv4Addr::LOCALHOST, 7))]);
        assert!(server.resolver.join(FAR));
    }

    #[test]
    fn a_thousand_questions_make_no_thousand_threads() {
        let server = DeafServer::new(4);
        let mut lookups: Vec<SystemLookup> =
            (0..1000).map(|port| server.resolver.ask("a.test", port).unwrap()).collect();
        for _ in 0..4 {
            server.asked.recv_timeout(FAR).unwrap();
        }
        assert_eq!(server.resolver.lock().threads.len(), 4);
        assert_eq!(server.resolver.lock().waiting.len(), 996);
        drop(server.speak);
        for (lookup, port) in lookups.iter_mut().zip(0..) {
            assert_eq!(answer_of(lookup), [SocketAddr::from((Ipv4Addr::LOCALHOST, port))]);
        }
        assert!(server.resolver.join(FAR));
    }

    #[test]
    fn nobody_is_looked_up_for_those_who_have_gone() {
        let server = DeafServer::new(1);
        let mut first = server.resolver.ask("first.test", 1).unwrap();
        server.asked.recv_timeout(FAR).unwrap();
        let gone: Vec<SystemLookup> = (0..100).map(|_| server.resolver.ask("gone.test", 1).unwrap()).collect();
        let mut last = server.resolver.ask("last.test", 1).unwrap();
        drop(gone);
        drop(server.speak);
        answer_of(&mut first);
        answer_of(&mut last);
        assert!(server.resolver.join(FAR));
        drop(server.resolver);
        let asked: BTreeSet<String> = server.asked.try_iter().collect();
        assert_eq!(asked, BTreeSet::from(["last.test".to_owned()]));
    }

    #[test]
    fn the_system_knows_localhost() {
        let mut lookup = SystemLookup::start("localhost", 80).unwrap();
        assert!(answer_of(&mut lookup).iter().all(|address| address.ip().is_loopback() && address.port() == 80));
        drop(lookup);
        assert!(join_lookups(FAR));
    }
}
