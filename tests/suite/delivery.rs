//! Random traffic through a bad network: what was accepted is what is delivered, whichever class is at either end.
//!
//! `DELIVERY_SEED=n` replays a run, as far as the system's scheduling lets it.

use std::{
    collections::VecDeque,
    env,
    io::{ErrorKind, Read, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result};
use integration_tests::{Class, Scenario, Since, Stage};

const UNSAFE: Since = Since::godot_4(4, "`TLSOptions.client_unsafe()` still verifies");

/// How many packets go each way.
const PACKETS: u32 = 400;

/// How many bytes a direction holds, besides what the system does.
const UNDER_WAY: usize = 4096;

/// How many bytes pass before the network is cut, at the least and at the most.
const CUT_AFTER: (u64, u64) = (10_000, 60_000);

static SEED: LazyLock<u64> = LazyLock::new(|| {
    let seed = env::var("DELIVERY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| u64::from(time.subsec_nanos()))
    });
    // Not to be swallowed with what a passing test prints: a failure of another process may need it.
    let _ = writeln!(std::io::stderr(), "delivery: DELIVERY_SEED={seed}");
    seed
});

/// Numbers that the seed decides (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ (number >> 31)) % limit
    }

    fn size(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap_or(0)
    }
}

/// One direction between a client and a server.
struct Lane {
    from: TcpStream,
    to: TcpStream,
    bytes: VecDeque<u8>,
    passed: u64,
    has_ended: bool,
    is_shut: bool,
}

impl Lane {
    fn new(from: &TcpStream, to: &TcpStream) -> Result<Self> {
        for stream in [from, to] {
            stream.set_nonblocking(true)?;
        }
        let (from, to) = (from.try_clone()?, to.try_clone()?);
        Ok(Self { from, to, bytes: VecDeque::new(), passed: 0, has_ended: false, is_shut: false })
    }

    /// Passes on a few bytes, or many, or none.
    fn turn(&mut self, numbers: &mut Numbers) {
        let mut buffer = [0; UNDER_WAY];
        let room = UNDER_WAY - self.bytes.len();
        if room > 0 && !self.has_ended {
            match self.from.read(&mut buffer[..room]) {
                Ok(0) => self.has_ended = true,
                Ok(count) => self.bytes.extend(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => self.has_ended = true,
            }
        }
        let portion = match numbers.below(8) {
            0 => 0,
            1 => 1 + numbers.size(8),
            2..5 => 1 + numbers.size(500),
            _ => UNDER_WAY,
        };
        let portion = portion.min(self.bytes.len());
        match self.to.write(&self.bytes.make_contiguous()[..portion]) {
            Ok(count) => {
                self.passed += count as u64;
                self.bytes.drain(..count);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => {
                self.bytes.clear();
                self.has_ended = true;
            }
        }
        if self.has_ended && self.bytes.is_empty() && !self.is_shut {
            self.is_shut = true;
            // Who is gone already need not be told.
            let _ = self.to.shutdown(Shutdown::Write);
        }
    }
}

/// The network between the client and the server; it may be cut after so many bytes.
fn network(stage: &Stage, cut_after: Option<u64>, mut numbers: Numbers) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let server = stage.wait_for_port("server")?;
    stage.leave("port.network", &listener.local_addr()?.port().to_string())?;
    let mut client = None;
    stage.wait_until("the client", || {
        client = listener.accept().ok();
        Ok(client.is_some())
    })?;
    let (client, _) = client.context("no client")?;
    let server = TcpStream::connect(("127.0.0.1", server))?;
    let mut lanes = Some([Lane::new(&client, &server)?, Lane::new(&server, &client)?]);
    drop((client, server));
    stage.wait_until("the end", || {
        if let Some(lanes) = &mut lanes {
            lanes.iter_mut().for_each(|lane| lane.turn(&mut numbers));
        }
        let passed = lanes.iter().flatten().map(|lane| lane.passed).sum::<u64>();
        if cut_after.is_some_and(|limit| passed >= limit) {
            lanes = None;
        }
        Ok(["end.server", "end.client"].iter().all(|note| stage.notes().join(note).exists()))
    })
}

fn exchange(scheme: &str, packets: u32) -> Scenario {
    let is_cut = packets == 0;
    let mut scenario = Scenario::new("delivery/exchange", &["server", "client"])
        .option("scheme", scheme)
        .option("packets", &packets.to_string())
        .option("seed", &SEED.to_string())
        .with("network", move |stage: &Stage| {
            let mut numbers = Numbers(*SEED);
            let cut_after = is_cut.then(|| CUT_AFTER.0 + numbers.below(CUT_AFTER.1 - CUT_AFTER.0));
            network(stage, cut_after, numbers)
        });
    if scheme == "wss" {
        scenario = scenario.measured_since(UNSAFE);
    }
    if is_cut {
        for role in ["server", "client"] {
            // What it tries to send in the moment of the end.
            scenario = scenario.may_say_as(Class::Builtin, role, "STATE_OPEN").may_say_as(
                Class::Builtin,
                role,
                "(?i)tls|mbedtls|connection",
            );
        }
    }
    scenario
}

scenario!(
    /// All packets arrive, once and in order.
    all_arrives,
    pairs,
    exchange("ws", PACKETS)
);

scenario!(
    /// The same through TLS.
    all_arrives_with_tls,
    pairs,
    exchange("wss", PACKETS)
);

scenario!(
    /// The network is cut: what has arrived is the beginning of what was sent, and both sides are told.
    cut,
    pairs,
    exchange("ws", 0)
);

scenario!(
    /// The same through TLS.
    cut_with_tls,
    pairs,
    exchange("wss", 0)
);
