//! What a server asks the memory allocator for once it is warm: nothing for a poll without news, one piece for each
//! packet it sends, and next to nothing for what it receives.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::time::Instant;

use allocation_counter::measure;
use rust_websocket_transport::endpoint::server::Recipients;
use support::{Table, wait_for};

const CLIENTS: usize = 8;
const PACKETS: usize = 4;
const PAYLOAD: &[u8] = &[7; 64];

/// A server with clients that are all in, and nothing under way.
fn settled() -> Table {
    let mut table = Table::new();
    let clients: Vec<_> = (0..CLIENTS).map(|_| table.join()).collect();
    for client in clients {
        table.outcome(client).unwrap();
    }
    wait_for("every arrival", || {
        table.turn();
        (table.server.statistics().peers == CLIENTS).then_some(())
    });
    while table.turn().is_some() {}
    table
}

/// Every client sends its packets, and gets them back. How often the server allocated.
fn round(table: &mut Table) -> u64 {
    for client in 0..CLIENTS {
        for _ in 0..PACKETS {
            table.client_mut(client).send(PAYLOAD).unwrap();
        }
        table.client_mut(client).flush(Instant::now());
    }
    let mut allocations = 0;
    wait_for("every packet", || {
        let server = &mut table.server;
        allocations += measure(|| server.poll(Instant::now())).count_total;
        (server.available() == CLIENTS * PACKETS).then_some(())
    });
    let server = &mut table.server;
    allocations += measure(|| {
        while let Some(packet) = server.pop() {
            server.send(Recipients::One(packet.source), &packet.payload).unwrap();
        }
        server.flush(Instant::now());
    })
    .count_total;
    for client in 0..CLIENTS {
        for _ in 0..PACKETS {
            wait_for("an echo", || {
                let client = table.client_mut(client);
                client.poll(Instant::now());
                client.pop()
            });
        }
    }
    allocations
}

#[test]
fn a_poll_without_news_allocates_nothing() {
    let mut table = settled();
    round(&mut table);
    let now = Instant::now();
    let allocations = measure(|| {
        for _ in 0..100 {
            table.server.poll(now);
            assert!(table.server.next_event().is_none());
        }
    });
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn a_packet_costs_one_allocation() {
    const ROUNDS: u64 = 200;
    let mut table = settled();
    for _ in 0..20 {
        round(&mut table);
    }
    let allocations: u64 = (0..ROUNDS).map(|_| round(&mut table)).sum();
    let packets = ROUNDS * (CLIENTS * PACKETS) as u64;
    // The frame that goes out is one; now and then comes a new block to read into.
    assert!(allocations >= packets, "every frame is a piece of memory: something is not counted");
    assert!(allocations < packets + packets / 20, "{allocations} allocations for {packets} packets, in and out");
}
