//! What is measured, and how far it should get.

use super::trial::EndsWith;

/// Which way is better, and how the number reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// More is better.
    PerSecond(&'static str),
    /// Less is better.
    Micros,
    /// Less is better.
    Millis,
    /// Less is better.
    Seconds,
    /// Less is better.
    KibPerPeer,
    /// Less is better.
    Bytes,
}

impl Unit {
    pub(super) fn more_is_better(self) -> bool {
        matches!(self, Self::PerSecond(_))
    }
}

/// What a result stands beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Floor {
    /// Nothing simpler does the same.
    None,
    /// The engine's loop over packets of this size, and a bare TCP echo of the same bytes.
    Echo { size: usize },
    /// One bare write of so many bytes to each peer.
    Writes { bytes: usize },
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    pub(super) name: &'static str,
    /// The script in `rust/bench/project/workloads/`.
    pub(super) script: &'static str,
    pub(super) server: &'static [(&'static str, u32)],
    /// Arguments of the load, if there is one; `{time}` stands for how long it lasts, `{patience}` for how long arrivals wait.
    pub(super) load: &'static str,
    pub(super) tls: bool,
    pub(super) ends_with: EndsWith,
    pub(super) measure: &'static str,
    pub(super) unit: Unit,
    pub(super) floor: Floor,
    /// Whether the built-in class can do it in a time that anyone would wait.
    pub(super) is_comparable: bool,
    /// What to reach, in words.
    pub(super) reach: &'static str,
}

pub(super) const BASE: Work = Work {
    name: "",
    script: "busy_echo",
    server: &[],
    load: "",
    tls: false,
    ends_with: EndsWith::Load,
    measure: "messages_per_second",
    unit: Unit::PerSecond("msg/s"),
    floor: Floor::None,
    is_comparable: true,
    reach: "",
};

/// The work for the classes, on the engine.
pub(super) const WORK: &[Work] = &[
    Work {
        name: "echo, 16 peers, 32 in flight, 64 B",
        load: "--peers 16 --size 64 --seconds {time} echo --in-flight 32",
        floor: Floor::Echo { size: 64 },
        reach: "25 times, 0.5 of the floor",
        ..BASE
    },
    Work {
        name: "the same over wss",
        load: "--tls --peers 16 --size 64 --seconds {time} echo --in-flight 32",
        tls: true,
        reach: "20 times",
        ..BASE
    },
    Work {
        name: "echo, 16 peers, 8 in flight, 4 KiB",
        load: "--peers 16 --size 4096 --seconds {time} echo --in-flight 8",
        floor: Floor::Echo { size: 4096 },
        reach: "6 times",
        ..BASE
    },
    Work {
        name: "poll with 10 silent peers, 60 Hz",
        reach: "",
        ..silent_peers(&[("peers", 10)], "--peers 10 presence")
    },
    Work {
        name: "poll with 1,000 silent peers, 60 Hz",
        reach: "100 times less",
        ..silent_peers(&[("peers", 1000)], "--peers 1000 presence")
    },
    Work {
        name: "poll with 5,000 silent peers, 60 Hz",
        reach: "1.5 times the cost of 10",
        is_comparable: false,
        ..silent_peers(&[("peers", 5000)], "--peers 5000 presence")
    },
    Work {
        name: "1,000 clients arrive at once, 60 Hz",
        script: "frame_echo",
        load: "--peers 1000 --seconds {patience} arrivals",
        measure: "seconds",
        unit: Unit::Seconds,
        reach: "0.5 s",
        ..BASE
    },
    Work {
        name: "the same over wss",
        script: "frame_echo",
        load: "--tls --peers 1000 --seconds {patience} arrivals",
        tls: true,
        measure: "seconds",
        unit: Unit::Seconds,
        reach: "2 s",
        ..BASE
    },
    Work {
        name: "broadcast 10 x 100 B to 1,000 peers, per tick",
        reach: "25 times less",
        ..broadcast(&[("peers", 1000), ("packets", 10), ("size", 100)], 1020)
    },
    Work {
        name: "broadcast 1 x 100 B to 1,000 peers, per tick",
        reach: "2.5 times less",
        ..broadcast(&[("peers", 1000), ("packets", 1), ("size", 100)], 102)
    },
    Work { name: "echo of 1 KiB, 16 peers, 8 in flight", ..echo_of_1_kib(ECHO_OF_1_KIB) },
    Work { name: "echo of 1 KiB, bytes both ways", ..bytes_of_an_echo(ECHO_OF_1_KIB) },
    Work { name: "echo of 1 KiB, compressed", is_comparable: false, ..echo_of_1_kib(COMPRESSED_ECHO_OF_1_KIB) },
    Work { name: "echo of 1 KiB, compressed, bytes both ways", ..bytes_of_an_echo(COMPRESSED_ECHO_OF_1_KIB) },
    Work { name: "broadcast 1 x 1 KiB to 1,000 peers, per tick", ..broadcast(BROADCAST_OF_1_KIB, 1028) },
    Work { name: "broadcast 1 x 1 KiB, bytes of payload per peer", ..bytes_of_a_broadcast("--peers 1000 presence") },
    Work {
        name: "broadcast 1 x 1 KiB, compressed, per tick",
        load: "--compressed --peers 1000 presence",
        is_comparable: false,
        ..broadcast(BROADCAST_OF_1_KIB, 1028)
    },
    Work {
        name: "broadcast 1 x 1 KiB, compressed, bytes of payload per peer",
        ..bytes_of_a_broadcast("--compressed --peers 1000 presence")
    },
    Work {
        name: "1 MB messages to one peer, per message",
        script: "large_messages",
        load: "--size 1 acknowledge",
        ends_with: EndsWith::Server,
        measure: "message_us",
        unit: Unit::Micros,
        reach: "2.5 times less",
        ..BASE
    },
    Work {
        name: "full wss handshakes, 200 under way, 60 Hz",
        script: "frame_echo",
        load: "--tls --peers 200 --seconds {time} handshakes",
        tls: true,
        measure: "per_second",
        unit: Unit::PerSecond("per s"),
        reach: "10 times",
        ..BASE
    },
    Work { name: "resident memory per silent peer", reach: "2 KiB", ..memory(false, "--peers 1000 presence") },
    Work { name: "the same over wss", reach: "12 KiB", ..memory(true, "--tls --peers 1000 presence") },
    Work {
        name: "resident memory per silent peer, compression agreed on",
        reach: "as without",
        is_comparable: false,
        ..memory(false, "--compressed --peers 1000 presence")
    },
    Work { name: "round trip at 60 polls per second", ..round_trip() },
    Work {
        name: "10,000 peers, 1 packet per second each, median frame",
        measure: "frame_us",
        reach: "",
        ..many_peers()
    },
    Work { name: "the same, longest frame", measure: "frame_us_max", reach: "4,000 us", ..many_peers() },
];

const ECHO_OF_1_KIB: &str = "--peers 16 --size 1024 --seconds {time} echo --in-flight 8";
const COMPRESSED_ECHO_OF_1_KIB: &str = "--compressed --peers 16 --size 1024 --seconds {time} echo --in-flight 8";
const BROADCAST_OF_1_KIB: &[(&str, u32)] = &[("peers", 1000), ("packets", 1), ("size", 1024)];

const fn echo_of_1_kib(load: &'static str) -> Work {
    Work { load, ..BASE }
}

const fn bytes_of_an_echo(load: &'static str) -> Work {
    Work { load, measure: "bytes_per_message", unit: Unit::Bytes, is_comparable: false, ..BASE }
}

const fn bytes_of_a_broadcast(load: &'static str) -> Work {
    Work {
        load,
        measure: "bytes_per_peer",
        unit: Unit::Bytes,
        floor: Floor::None,
        is_comparable: false,
        ..broadcast(BROADCAST_OF_1_KIB, 0)
    }
}

/// How long an echo takes there and back at a game's pace.
pub(super) const fn round_trip() -> Work {
    Work {
        name: "",
        script: "frame_echo",
        load: "--peers 1 --seconds {time} echo --in-flight 1",
        measure: "round_trip_ms",
        unit: Unit::Millis,
        reach: "the same",
        ..BASE
    }
}

const fn silent_peers(server: &'static [(&'static str, u32)], load: &'static str) -> Work {
    Work {
        script: "poll_cost",
        server,
        load,
        ends_with: EndsWith::Server,
        measure: "poll_us",
        unit: Unit::Micros,
        ..BASE
    }
}

pub(super) const fn broadcast(server: &'static [(&'static str, u32)], bytes: usize) -> Work {
    Work {
        script: "broadcast",
        server,
        load: "--peers 1000 presence",
        ends_with: EndsWith::Server,
        measure: "tick_us",
        unit: Unit::Micros,
        floor: Floor::Writes { bytes },
        ..BASE
    }
}

const fn memory(tls: bool, load: &'static str) -> Work {
    Work {
        script: "memory",
        server: &[("peers", 1000)],
        load,
        tls,
        ends_with: EndsWith::Server,
        measure: "kib_per_peer",
        unit: Unit::KibPerPeer,
        ..BASE
    }
}

const fn many_peers() -> Work {
    Work {
        script: "frame_echo",
        server: &[("peers", 10_000), ("frames", 240)],
        load: "--peers 10000 --seconds 100 trickle",
        ends_with: EndsWith::Server,
        unit: Unit::Micros,
        is_comparable: false,
        ..BASE
    }
}
