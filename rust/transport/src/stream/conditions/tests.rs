use std::io::{ErrorKind, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::Conditioned;
use super::lane::SEGMENT;
use crate::clock::Clock;
use crate::config::{Conditions, PRESETS};
use crate::entropy::Entropy;
use crate::stream::Socket;
use crate::stream::pipe::{Pipe, pipe};

/// A conditioned end of a pipe, the bare other end, and a clock that stands still until it is moved.
struct Bench {
    near: Conditioned<Pipe>,
    far: Pipe,
    start: Instant,
    now: Arc<Mutex<Instant>>,
    entropy: Entropy,
}

impl Bench {
    fn new(throws: &[usize], conditions: &Conditions, seed: u64) -> Self {
        let (near, far) = pipe(throws);
        let start = Instant::now();
        let mut bench = Self {
            near: Conditioned::new(near),
            far,
            start,
            now: Arc::new(Mutex::new(start)),
            entropy: Entropy::from_seed(seed),
        };
        bench.set(conditions);
        bench
    }

    fn under(numbers: &[(&str, f64)]) -> Self {
        Self::new(&[usize::MAX], &Conditions::parse(numbers.iter().copied()).unwrap(), 1)
    }

    fn set(&mut self, conditions: &Conditions) {
        let now = Arc::clone(&self.now);
        let clock = Clock::new(move || *now.lock().unwrap());
        self.near.set_conditions(conditions, &clock, &mut self.entropy);
    }

    fn elapsed(&self) -> Duration {
        *self.now.lock().unwrap() - self.start
    }

    fn advance_to(&self, milliseconds: u64) {
        *self.now.lock().unwrap() = self.start + Duration::from_millis(milliseconds);
    }

    /// Moves on to when something is due, and does what a network half does then; `false` if nothing is.
    fn advance_to_due(&mut self) -> bool {
        let Some(due) = self.near.next_due() else { return false };
        {
            let mut now = self.now.lock().unwrap();
            *now = due.max(*now);
        }
        self.near.arrive();
        self.near.flush().unwrap();
        true
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.near.write(bytes)
    }

    /// What is there for whoever reads until there is no more; the end of it is told by the next call.
    fn read(stream: &mut impl Read) -> Result<Vec<u8>, ErrorKind> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 1000];
        loop {
            match stream.read(&mut buffer) {
                Ok(count @ 1..) => bytes.extend_from_slice(&buffer[..count]),
                _ if !bytes.is_empty() => return Ok(bytes),
                Ok(_) => return Err(ErrorKind::UnexpectedEof),
                Err(error) => return Err(error.kind()),
            }
        }
    }

    fn near(&mut self) -> Result<Vec<u8>, ErrorKind> {
        Self::read(&mut self.near)
    }

    fn far(&mut self) -> Result<Vec<u8>, ErrorKind> {
        Self::read(&mut self.far)
    }
}

#[test]
fn no_conditions_are_the_socket_alone() {
    let mut bench = Bench::under(&[]);
    assert!(bench.near.passage.is_none());
    bench.write(b"there").unwrap();
    bench.far.write_all(b"back").unwrap();
    assert_eq!((bench.far().unwrap(), bench.near().unwrap()), (b"there".to_vec(), b"back".to_vec()));
    assert_eq!(bench.near.next_due(), None);
}

#[test]
fn latency_is_there_both_ways() {
    let mut bench = Bench::under(&[("latency", 0.1)]);
    assert_eq!(bench.write(b"there").unwrap(), 5);
    bench.far.write_all(b"back").unwrap();
    assert_eq!(bench.near(), Err(ErrorKind::WouldBlock));
    assert_eq!((bench.near.carried().received, bench.near.carried().sent), (0, 5));
    bench.advance_to(99);
    bench.near.arrive();
    bench.near.flush().unwrap();
    assert_eq!((bench.near(), bench.far()), (Err(ErrorKind::WouldBlock), Err(ErrorKind::WouldBlock)));
    bench.advance_to(100);
    bench.near.arrive();
    bench.near.flush().unwrap();
    assert_eq!((bench.near().unwrap(), bench.far().unwrap()), (b"back".to_vec(), b"there".to_vec()));
    assert_eq!(bench.near.carried().received, 4);
    assert_eq!(bench.near.next_due(), None);
}

#[test]
fn a_full_bottleneck_pushes_back_and_tells_when_it_is_free() {
    let mut bench = Bench::under(&[("bandwidth", 10_000.0)]);
    let bytes = vec![7; 100_000];
    let taken = bench.write(&bytes).unwrap();
    assert!((400..=500).contains(&taken), "50 ms of 10,000 bytes per second are 500, not {taken}");
    assert_eq!(bench.write(&bytes).unwrap_err().kind(), ErrorKind::WouldBlock);
    let mut written = taken;
    while bench.elapsed() < Duration::from_secs(5) {
        assert!(bench.advance_to_due(), "nobody says when to try again");
        written += bench.write(&bytes).unwrap_or(0);
    }
    let arrived = bench.far().unwrap().len();
    assert!((45_000..=50_000).contains(&arrived), "{arrived} of {written} in 5 s");
}

#[test]
fn what_comes_in_waits_in_the_socket_for_the_bottleneck() {
    let mut bench = Bench::under(&[("bandwidth", 10_000.0)]);
    bench.far.write_all(&[7; 30_000]).unwrap();
    let mut arrived = 0;
    while arrived < 30_000 {
        arrived += bench.near().map_or(0, |bytes| bytes.len());
        let most = bench.elapsed().as_secs_f64() * 10_000.0;
        assert!(arrived as f64 <= most + 1.0, "{arrived} bytes after {:?}", bench.elapsed());
        assert!(arrived == 30_000 || bench.advance_to_due(), "{arrived}");
    }
    assert!(bench.elapsed() < Duration::from_secs_f64(3.1), "{:?}", bench.elapsed());
}

#[test]
fn a_stall_holds_everything_up() {
    let mut bench = Bench::under(&[("stall_every", 2.0), ("stall_for", 0.5)]);
    for (at, arrives) in [(0, 0), (1_999, 1_999), (2_000, 2_500), (2_501, 2_501), (4_200, 4_500), (6_499, 6_500)] {
        bench.advance_to(at);
        bench.write(b"x").unwrap();
        if arrives > at {
            assert_eq!(bench.far(), Err(ErrorKind::WouldBlock), "put at {at}");
            assert!(bench.advance_to_due());
        }
        assert_eq!(bench.elapsed(), Duration::from_millis(arrives), "put at {at}");
        assert_eq!(bench.far().unwrap(), b"x");
    }
}

#[test]
fn a_lost_segment_holds_up_what_lies_behind_it() {
    let mut bench = Bench::under(&[("latency", 0.02), ("loss", 0.3)]);
    let mut late = 0;
    for number in 0..200_u64 {
        bench.advance_to(number * 5_000);
        bench.write(&[1]).unwrap();
        bench.write(&[2]).unwrap();
        let mut arrived = Vec::new();
        while arrived.len() < 2 {
            assert!(bench.advance_to_due());
            arrived.extend(bench.far().unwrap_or_default());
        }
        assert_eq!(arrived, [1, 2]);
        let took = bench.elapsed() - Duration::from_millis(number * 5_000);
        assert!(took == Duration::from_millis(20) || took >= Duration::from_millis(220), "{took:?}");
        late += u32::from(took > Duration::from_millis(20));
    }
    // Either of two is lost in 51 of 100 cases.
    assert!((70..130).contains(&late), "{late}");
}

#[test]
fn the_end_comes_after_all_that_was_written() {
    let mut bench = Bench::under(&[("latency", 0.1), ("bandwidth", 10_000.0)]);
    bench.write(&[1; 400]).unwrap();
    bench.near.shutdown_write().unwrap();
    bench.far.write_all(&[2; 400]).unwrap();
    bench.far.shutdown_write().unwrap();
    assert_eq!(bench.near(), Err(ErrorKind::WouldBlock));
    assert!(!bench.far.incoming.borrow().is_shut);
    let mut seen = (0, 0);
    while bench.advance_to_due() {
        seen.0 += bench.near().map_or(0, |bytes| bytes.len());
        seen.1 += bench.far().map_or(0, |bytes| bytes.len());
    }
    assert_eq!(seen, (400, 400));
    assert_eq!((bench.near(), bench.far()), (Err(ErrorKind::UnexpectedEof), Err(ErrorKind::UnexpectedEof)));
    assert!(bench.elapsed() >= Duration::from_millis(140), "{:?}", bench.elapsed());
}

#[test]
fn a_cut_link_is_cut_at_both_ends() {
    let mut bench = Bench::under(&[("latency", 0.5), ("cut_after", 2.0)]);
    bench.advance_to(1_900);
    bench.write(b"too late").unwrap();
    assert!(bench.near.next_due().is_some());
    bench.advance_to(2_000);
    bench.near.arrive();
    assert_eq!(bench.near(), Err(ErrorKind::ConnectionReset));
    assert_eq!(bench.write(b"x").unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(bench.far(), Err(ErrorKind::UnexpectedEof));
    assert_eq!(bench.near.next_due(), None);
}

#[test]
fn conditions_that_are_over_leave_nothing_behind() {
    let mut bench = Bench::under(&[("latency", 10.0)]);
    bench.write(b"there").unwrap();
    bench.far.write_all(b"back").unwrap();
    assert_eq!(bench.near(), Err(ErrorKind::WouldBlock));
    bench.set(&Conditions::default());
    assert!(bench.near.next_due().is_some(), "somebody has to be told");
    bench.far.write_all(b", and more").unwrap();
    assert!(bench.advance_to_due());
    assert_eq!(bench.far().unwrap(), b"there");
    assert_eq!(bench.near().unwrap(), b"back, and more");
    bench.write(b"again").unwrap();
    assert!(bench.near.passage.is_none());
    assert_eq!(bench.far().unwrap(), b"again");
    assert_eq!(bench.elapsed(), Duration::ZERO);
}

#[test]
fn what_was_written_arrives_although_the_socket_goes() {
    let mut bench = Bench::under(&[("latency", 1.0)]);
    bench.write(b"goodbye").unwrap();
    bench.near.shutdown_write().unwrap();
    bench.near.discard_unread();
    bench.near.let_go();
    assert!(bench.far.incoming.borrow().is_shut);
    assert_eq!(bench.far.incoming.borrow().bytes, b"goodbye");
}

#[test]
fn the_same_seed_makes_the_same_link() {
    let arrivals = |seed| {
        let conditions = Conditions::parse([("jitter", 0.2), ("loss", 0.2)]).unwrap();
        let mut bench = Bench::new(&[usize::MAX], &conditions, seed);
        let mut times = Vec::new();
        bench.write(&[0; 20 * SEGMENT]).unwrap();
        while bench.advance_to_due() {
            times.push(bench.elapsed());
        }
        times
    };
    assert_eq!(arrivals(1), arrivals(1));
    assert_ne!(arrivals(1), arrivals(2));
}

fn numbers() -> impl Strategy<Value = Conditions> {
    let made = (0.0..0.3_f64, 0.0..0.2_f64, prop_oneof![Just(0.0), 5_000.0..1e6_f64], 0.0..0.3_f64, any::<bool>());
    let made = made.prop_map(|(latency, jitter, bandwidth, loss, stalls)| {
        let (every, duration) = if stalls { (0.7, 0.3) } else { (0.0, 0.0) };
        let names = ["latency", "jitter", "bandwidth", "loss", "stall_every", "stall_for"];
        let values = [latency, jitter, bandwidth.floor(), loss, every, duration];
        Conditions::parse(names.into_iter().zip(values)).unwrap()
    });
    let preset = prop::sample::select(PRESETS.to_vec())
        .prop_map(|(_, numbers)| Conditions::parse(numbers.iter().copied()).unwrap());
    prop_oneof![3 => made, 1 => preset]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing is lost or overtaken, nothing is early, and no more passes than can.
    #[test]
    fn bytes_arrive_whole_in_order_and_in_time(
        conditions in numbers(),
        sizes in prop::collection::vec(1_usize..4_000, 1..12),
        throws in prop::collection::vec(0_usize..3_000, 1..6),
        seed in any::<u64>(),
    ) {
        prop_assume!(throws.iter().any(|throw| *throw > 0));
        let mut bench = Bench::new(&throws, &conditions, seed);
        let total: usize = sizes.iter().sum();
        let bytes: Vec<u8> = (0..=250).cycle().take(total).collect();
        // What the far end has written lies in its pipe from the beginning on.
        let mut put = 0;
        while put < total {
            put += bench.far.write(&bytes[put..]).unwrap_or(0);
        }
        let (mut sent, mut there, mut back) = (0, Vec::new(), Vec::new());
        let mut idle = 0;
        while there.len() < total || back.len() < total {
            for size in &sizes {
                if sent < total {
                    sent += bench.near.write(&bytes[sent..total.min(sent + size)]).unwrap_or(0);
                }
            }
            bench.near.flush().unwrap();
            there.extend(bench.far().unwrap_or_default());
            back.extend(bench.near().unwrap_or_default());
            let elapsed = bench.elapsed();
            for arrived in [there.len(), back.len()] {
                prop_assert!(arrived == 0 || elapsed >= conditions.latency);
                let passed = elapsed.saturating_sub(conditions.latency).as_secs_f64() * conditions.bandwidth as f64;
                prop_assert!(conditions.bandwidth == 0 || arrived as f64 <= passed + 1.0, "{arrived} after {elapsed:?}");
            }
            // The pipe answers `WouldBlock` at random, and its events are ours to tell.
            bench.near.note(crate::stream::Readiness { readable: true, writable: true, ended: false });
            idle = if bench.advance_to_due() { 0 } else { idle + 1 };
            prop_assert!(idle < 10_000, "{} and {} of {total}", there.len(), back.len());
        }
        prop_assert_eq!(&there, &bytes);
        prop_assert_eq!(&back, &bytes);
    }
}
