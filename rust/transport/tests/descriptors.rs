//! A server whose process has no file descriptors left. Alone in its process, since the limit is the process's.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::net::{Ipv4Addr, TcpStream};

use rlimit::Resource;

use self::support::{Table, wait_for};

#[test]
fn running_out_of_descriptors_is_survived() {
    let mut table = Table::new();
    let member = table.join();
    assert_eq!(table.outcome(member), Ok(()));
    let (_, hard) = Resource::NOFILE.get().unwrap();
    Resource::NOFILE.set(200, hard).unwrap();

    // Each of these takes a descriptor here and, once it is accepted, one more for the server's end.
    let mut silent = Vec::new();
    let exhausted = loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, table.port())) {
            Ok(stream) => silent.push(stream),
            Err(error) => break error,
        }
        assert!(silent.len() < 1000, "the limit is not in force");
    };
    assert_eq!(exhausted.raw_os_error(), Some(libc::EMFILE));
    // The backlog is full of connections that cannot be accepted; those who are in do not notice.
    assert_eq!(table.round_trip(member, b"still here"), b"still here");

    // Room again, for a few: the server goes on by itself.
    silent.truncate(silent.len() / 2);
    let late = wait_for("a late client's welcome", || {
        let client = table.join();
        table.outcome(client).ok().map(|()| client)
    });
    assert_eq!(table.round_trip(late, b"made it"), b"made it");
}
