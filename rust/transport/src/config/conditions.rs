//! What a bad link does, in numbers: for trying a game on one. The stream that acts on them is in
//! [`crate::stream::conditions`].

use std::time::Duration;

use crate::entropy::Share;
use crate::error::ConditionsError;
use crate::excerpt::Excerpt;

/// The longest delay and the longest jitter that make sense; what is longer is a mistake of units.
const LONGEST_DELAY: f64 = 60.0;

/// The longest of all other times.
const LONGEST: f64 = 86_400.0;

/// Under which conditions the bytes of a connection travel, each way. The default is none at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conditions {
    /// How long everything takes.
    pub latency: Duration,
    /// How much longer it takes at the most; each segment takes a share of this by chance.
    pub jitter: Duration,
    /// How many bytes pass in a second. 0 is no limit.
    pub bandwidth: u64,
    /// How many segments are lost. TCP sends them again, and what lies behind them waits.
    pub loss: Share,
    /// When nothing passes at all.
    pub stall: Option<Stall>,
    /// How long a connection lasts, from its beginning or from when this was set.
    pub cut_after: Option<Duration>,
}

/// The pauses of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// From the beginning of one to the beginning of the next. The first comes after as much.
    pub every: Duration,
    /// How long it is; shorter than that.
    pub duration: Duration,
}

/// The names of the numbers.
pub const CONDITION_KEYS: [&str; 7] =
    ["latency", "jitter", "bandwidth", "loss", "stall_every", "stall_for", "cut_after"];

/// Conditions with a name: links that players have. All of them are for one end, so that a round trip takes twice their
/// latency.
pub const PRESETS: [(&str, &[(&str, f64)]); 4] = [
    // The profile "3G" of WebPageTest: a round trip of 300 ms, 768 kbit/s up.
    ("3g", &[("latency", 0.15), ("jitter", 0.05), ("bandwidth", 96_000.0), ("loss", 0.005)]),
    // Far from the access point, on a channel with others: frames that are sent again and again, and a client that looks
    // for another access point now and then. Our choice.
    (
        "bad_wifi",
        &[
            ("latency", 0.01),
            ("jitter", 0.06),
            ("bandwidth", 250_000.0),
            ("loss", 0.02),
            ("stall_every", 8.0),
            ("stall_for", 0.4),
        ],
    ),
    // Geostationary: RFC 2488 section 2 has 279 ms from ground to ground. The bandwidth is our choice.
    ("satellite", &[("latency", 0.28), ("jitter", 0.02), ("bandwidth", 1_250_000.0), ("loss", 0.002)]),
    // Mobile data on the move, with cells that change and tunnels. Our choice.
    (
        "train",
        &[
            ("latency", 0.06),
            ("jitter", 0.08),
            ("bandwidth", 375_000.0),
            ("loss", 0.01),
            ("stall_every", 20.0),
            ("stall_for", 3.0),
        ],
    ),
];

impl Conditions {
    /// Conditions from numbers with names; times are in seconds, `bandwidth` in bytes per second, `loss` a share. A name that
    /// is missing is 0, and 0 is nothing of the kind.
    ///
    /// # Errors
    /// [`ConditionsError`], for a name that is none, or a number that makes no sense.
    pub fn parse<'a>(numbers: impl IntoIterator<Item = (&'a str, f64)>) -> Result<Self, ConditionsError> {
        let mut conditions = Self::default();
        let mut stall = (Duration::ZERO, Duration::ZERO);
        for (name, number) in numbers {
            match name {
                "latency" => conditions.latency = seconds("latency", number, LONGEST_DELAY)?,
                "jitter" => conditions.jitter = seconds("jitter", number, LONGEST_DELAY)?,
                "bandwidth" => conditions.bandwidth = bandwidth(number)?,
                "loss" => conditions.loss = loss(number)?,
                "stall_every" => stall.0 = seconds("stall_every", number, LONGEST)?,
                "stall_for" => stall.1 = seconds("stall_for", number, LONGEST)?,
                "cut_after" => {
                    conditions.cut_after = Some(seconds("cut_after", number, LONGEST)?).filter(|time| !time.is_zero());
                }
                _ => return Err(ConditionsError::UnknownKey(Excerpt::of(name))),
            }
        }
        let (every, duration) = stall;
        conditions.stall = match (every.is_zero(), duration.is_zero()) {
            (true, true) => None,
            (false, false) if duration < every => Some(Stall { every, duration }),
            _ => return Err(ConditionsError::Stall),
        };
        Ok(conditions)
    }

    /// Whether a link under them is as any other.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

fn seconds(key: &'static str, number: f64, most: f64) -> Result<Duration, ConditionsError> {
    let time = Duration::try_from_secs_f64(number).ok().filter(|_| number <= most);
    time.ok_or(ConditionsError::Time { key, most })
}

fn bandwidth(number: f64) -> Result<u64, ConditionsError> {
    const MOST: f64 = 1e15;
    if number != 0.0 && !(1.0..=MOST).contains(&number) {
        return Err(ConditionsError::Bandwidth);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was looked at just now")]
    let bandwidth = number as u64;
    Ok(bandwidth)
}

fn loss(number: f64) -> Result<Share, ConditionsError> {
    Share::new(number).filter(|_| number < 1.0).ok_or(ConditionsError::Loss)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(key: &str, number: f64) -> Result<Conditions, ConditionsError> {
        Conditions::parse([(key, number)])
    }

    #[test]
    fn every_name_is_known_and_nothing_is_nothing() {
        assert_eq!(Conditions::parse([]), Ok(Conditions::default()));
        for key in CONDITION_KEYS {
            assert!(parse(key, 0.0).unwrap().is_none(), "{key}");
        }
        assert_eq!(parse("latency", 0.25).unwrap().latency, Duration::from_millis(250));
        assert_eq!(parse("bandwidth", 1000.5).unwrap().bandwidth, 1000);
        assert!(!parse("cut_after", 2.0).unwrap().is_none());
        let stall = Conditions::parse([("stall_for", 0.5), ("stall_every", 2.0)]).unwrap().stall.unwrap();
        assert_eq!((stall.every, stall.duration), (Duration::from_secs(2), Duration::from_millis(500)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for key in CONDITION_KEYS {
            for number in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
                assert!(parse(key, number).is_err(), "{key} of {number}");
            }
        }
        assert_eq!(parse("loss", 1.0), Err(ConditionsError::Loss));
        assert_eq!(parse("bandwidth", 0.5), Err(ConditionsError::Bandwidth));
        assert_eq!(parse("latency", 61.0), Err(ConditionsError::Time { key: "latency", most: 60.0 }));
        for (every, duration) in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 2.0)] {
            let numbers = [("stall_every", every), ("stall_for", duration)];
            assert_eq!(Conditions::parse(numbers), Err(ConditionsError::Stall), "{numbers:?}");
        }
        assert!(matches!(parse("lag", 0.1), Err(ConditionsError::UnknownKey(_))));
    }

    #[test]
    fn presets_are_conditions() {
        for (name, numbers) in PRESETS {
            assert!(!Conditions::parse(numbers.iter().copied()).unwrap().is_none(), "{name}");
        }
    }
}
