//! What is measured of the game's thread alone, with the network on it and beside it.

use super::trial::EndsWith;
use super::work::{BASE, Unit, Work, broadcast, round_trip};

/// The work for the classes, on the engine.
pub(super) const THREAD_WORK: &[Work] = &[
    Work {
        name: "game's thread: broadcast 1 x 100 B to 1,000 peers",
        reach: "300 us",
        ..broadcast(&[("peers", 1000), ("packets", 1), ("size", 100)], 102)
    },
    Work {
        name: "game's thread: broadcast 10 x 100 B to 1,000 peers",
        reach: "1,000 us",
        ..broadcast(&[("peers", 1000), ("packets", 10), ("size", 100)], 1020)
    },
    Work {
        name: "game's thread: longest poll while 500 wss clients arrive at once",
        script: "burst",
        server: &[("peers", 500)],
        load: "--tls --peers 500 --seconds {patience} burst",
        tls: true,
        ends_with: EndsWith::Server,
        measure: "poll_us_max",
        unit: Unit::Micros,
        is_comparable: false,
        reach: "1,000 us",
        ..BASE
    },
    Work {
        name: "game's thread: 10,000 peers, 1 packet per second each, longest poll and reading",
        measure: "reading_us_max",
        reach: "1,500 us",
        ..READING
    },
    Work { name: "game's thread: the same, median", ..READING },
    Work { name: "round trip of an echo at 60 polls per second, both modes", ..round_trip() },
    Work {
        name: "round trip of pings when the game has stood still for 2 s",
        script: "standstill",
        server: &[("peers", 8), ("still_msec", 2000)],
        ends_with: EndsWith::Server,
        measure: "round_trip_ms",
        unit: Unit::Millis,
        is_comparable: false,
        reach: "5 ms",
        ..BASE
    },
];

/// Many peers with little to say: what it costs to hear all of them.
const READING: Work = Work {
    script: "reading",
    server: &[("peers", 10_000), ("frames", 240)],
    load: "--peers 10000 --seconds 100 trickle",
    ends_with: EndsWith::Server,
    measure: "reading_us",
    unit: Unit::Micros,
    is_comparable: false,
    ..BASE
};
