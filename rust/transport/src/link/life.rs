//! What a network thread does, turn by turn, and what becomes of a panic in it: a mistake of ours, and the end of its endpoint,
//! not of the process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::batch::Batch;
use super::crossing::{Begun, Crossing, Next, Stop};
use crate::census::Census;
use crate::connection::ReadBuffer;
use crate::error::CloseCause;
use crate::network::threads::{Pace, Work};
use crate::network::{Network, NetworkHalf, Report};

/// The longest sleep. The system counts it in milliseconds of 32 bits.
const LONGEST_SLEEP: Duration = Duration::from_secs(60 * 60);

/// A network half on a thread of its own.
pub(super) struct Life<N: Network> {
    /// Until the end.
    half: Option<NetworkHalf<N>>,
    crossing: Arc<Crossing>,
    buffer: ReadBuffer,
    /// What there is to do, and what there is to say.
    batch: Batch,
    reports: Vec<Report>,
    part: Part,
}

/// The next part of a turn. The game's thread sees a difference between any two of them.
#[derive(Clone, Copy)]
enum Part {
    /// To take what there is to do.
    Begin,
    /// To do it.
    Apply(Begun),
    /// To do what the network asks for.
    Drive,
    /// To hand over what there is to say; when there is something to do if nothing happens before.
    Finish(Option<Instant>),
}

impl<N: Network> Life<N> {
    pub(super) fn new(half: NetworkHalf<N>, crossing: Arc<Crossing>) -> Self {
        Self {
            half: Some(half),
            crossing,
            buffer: ReadBuffer::default(),
            batch: Batch::default(),
            reports: Vec::new(),
            part: Part::Begin,
        }
    }

    fn do_part(&mut self) -> Pace {
        let Self { half: Some(half), crossing, buffer, batch, reports, part } = self else { return Pace::Over };
        match *part {
            Part::Begin => *part = Part::Apply(crossing.begin(batch)),
            Part::Apply(Begun { stop, is_awaited }) => {
                let now = half.now();
                batch.apply(half, now);
                if is_awaited {
                    crossing.tell_done();
                }
                if let Some(Stop { code }) = stop {
                    if let Some(code) = code {
                        half.shut_down(code);
                    }
                    half.take_reports(reports);
                    return Pace::Over;
                }
                *part = Part::Drive;
            }
            Part::Drive => {
                let now = half.now();
                *part = Part::Finish(half.drive(now, buffer));
                half.take_reports(reports);
            }
            Part::Finish(next) => {
                *part = Part::Begin;
                if let Next::Sleep(patience) = crossing.finish(reports, next, half.now()) {
                    return Pace::Wait(patience.min(LONGEST_SLEEP));
                }
            }
        }
        Pace::GoOn
    }

    /// Does something that may panic; nothing comes after a panic.
    fn attempt(&mut self, what: impl FnOnce(&mut Self) -> Pace) -> Pace {
        let pace = catch_unwind(AssertUnwindSafe(|| what(self))).unwrap_or_else(|panic| {
            self.reports.push(Report::Broken { cause: CloseCause::Broken { detail: words(&*panic) } });
            Pace::Over
        });
        if pace == Pace::Over {
            self.end();
        }
        pace
    }

    /// The last words.
    fn end(&mut self) {
        let half = self.half.take();
        // What a panic has left behind may be in a state that panics once more. Nobody hears of that.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(half)));
        self.crossing.end(&mut self.reports, Instant::now());
    }
}

impl<N: Network> Work for Life<N> {
    fn go_on(&mut self) -> Pace {
        self.attempt(Self::do_part)
    }

    fn wait(&mut self, patience: Duration) {
        self.attempt(|life| {
            let Some(half) = &mut life.half else { return Pace::Over };
            half.wait(patience);
            Pace::GoOn
        });
    }

    fn census(&self) -> Census {
        let mut census = self.half.as_ref().map(NetworkHalf::census).unwrap_or_default();
        census.reports += self.reports.len();
        census.orders += self.batch.len();
        census
    }
}

/// What a panic says.
fn words(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
