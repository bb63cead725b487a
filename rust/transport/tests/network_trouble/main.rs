//! Real networks in trouble: two network namespaces joined by a cable, a process at each end, and packets that get lost,
//! late and out of order, a cable that is cut, a peer that vanishes.
//!
//! Only Linux has these, and only root may make them: `cargo xtask test` runs these tests where that is so.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod cable;
mod party;
mod process;

use std::time::{Duration, Instant};

use self::cable::{Cable, End, tell};
use self::process::Process;

/// Short, so that the tests are.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// What noticing may take beyond two intervals: the heartbeat's own grace of 250 ms, and a busy machine.
const SLACK: Duration = Duration::from_secs(4);

/// How many packets go each way.
const PACKETS: u32 = 1500;

/// A server at one end, and a client of it at the other.
struct Couple {
    server: Process,
    client: Process,
}

impl Couple {
    fn meet(cable: &Cable, tls: bool, heartbeat: Duration) -> Self {
        let mut server = Process::start(cable, End::Left, "server", "", tls, heartbeat);
        let port = server.wait_for("port ");
        let address = format!("{}:{port}", Cable::address(End::Left));
        let mut client = Process::start(cable, End::Right, "client", &address, tls, heartbeat);
        client.wait_for("joined");
        server.wait_for("joined");
        Self { server, client }
    }

    /// Packets go both ways at once; each end checks that it gets all of them, in order.
    fn talk(&mut self, packets: u32) {
        for process in [&mut self.server, &mut self.client] {
            process.order(&format!("send {packets}"));
        }
        for process in [&mut self.server, &mut self.client] {
            assert_eq!(process.wait_for("received "), packets.to_string());
        }
    }
}

#[track_caller]
fn assert_in_time(cut: Instant) {
    let took = cut.elapsed();
    tell(&format!("noticed after {took:?}, with a heartbeat every {HEARTBEAT:?}"));
    assert!(took < 2 * HEARTBEAT + SLACK, "noticed only after {took:?}");
}

fn packets_arrive(tls: bool) {
    let cable = Cable::lay();
    let trouble = cable.make_bad();
    tell(&format!("{PACKETS} packets each way through {trouble}"));
    let mut couple = Couple::meet(&cable, tls, Duration::from_secs(20));
    couple.talk(PACKETS);
}

mod needs_loss {
    use super::*;

    #[test]
    #[ignore = "needs a network that loses packets"]
    fn packets_arrive_through_loss_delay_and_disorder() {
        packets_arrive(false);
    }

    #[test]
    #[ignore = "needs a network that loses packets"]
    fn packets_arrive_through_loss_delay_and_disorder_with_tls() {
        packets_arrive(true);
    }
}

mod needs_namespaces {
    use super::*;

    #[test]
    #[ignore = "needs network namespaces"]
    fn a_cut_cable_is_noticed_at_both_ends() {
        let cable = Cable::lay();
        for tls in [false, true] {
            let mut couple = Couple::meet(&cable, tls, HEARTBEAT);
            couple.talk(10);
            cable.cut();
            let cut = Instant::now();
            assert_eq!(couple.server.wait_for("ended "), "TimedOut(Heartbeat)");
            assert_eq!(couple.client.wait_for("ended "), "TimedOut(Heartbeat)");
            assert_in_time(cut);
            cable.mend();
        }
    }

    #[test]
    #[ignore = "needs network namespaces"]
    fn a_cable_that_is_mended_in_time_costs_nothing() {
        let cable = Cable::lay();
        let mut couple = Couple::meet(&cable, false, Duration::from_secs(15));
        couple.talk(10);
        cable.cut();
        for process in [&mut couple.server, &mut couple.client] {
            process.order("send 200");
            process.wait_for("sending");
        }
        cable.mend();
        for process in [&mut couple.server, &mut couple.client] {
            assert_eq!(process.wait_for("received "), "210");
        }
    }

    #[test]
    #[ignore = "needs network namespaces"]
    fn a_peer_that_vanishes_is_noticed() {
        let cable = Cable::lay();
        let mut couple = Couple::meet(&cable, false, HEARTBEAT);
        couple.talk(10);
        // Nothing of its end gets through: no FIN, no RST.
        cable.cut();
        couple.client.kill();
        let cut = Instant::now();
        assert_eq!(couple.server.wait_for("ended "), "TimedOut(Heartbeat)");
        assert_in_time(cut);
    }

    #[test]
    #[ignore = "needs network namespaces"]
    fn a_network_that_swallows_everything_is_noticed_at_both_ends() {
        let cable = Cable::lay();
        let mut couple = Couple::meet(&cable, false, HEARTBEAT);
        couple.talk(10);
        // The link stays up: nothing tells the system that anything is wrong.
        cable.swallow_everything();
        let cut = Instant::now();
        assert_eq!(couple.server.wait_for("ended "), "TimedOut(Heartbeat)");
        assert_eq!(couple.client.wait_for("ended "), "TimedOut(Heartbeat)");
        assert_in_time(cut);
    }
}

#[test]
#[ignore = "a part that the other tests play in processes of their own"]
fn part() {
    party::play();
}
