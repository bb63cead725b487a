//! Messages that come back, as many as the server can send back or as many as are asked for.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{JOINING, median};
use crate::client::{Manner, Stage};
use crate::crowd::{Crowd, News};

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Echo {
    /// How many clients.
    pub peers: usize,
    /// How many messages of each are under way.
    pub in_flight: usize,
    /// What goes before the measurement.
    pub warm_up: Duration,
    /// How long is measured.
    pub time: Duration,
}

/// Every client keeps so many messages under way; what comes back is counted. With one client and one message, every
/// round trip is timed as well.
///
/// # Errors
/// When a client does not get in, or is lost.
pub fn echo(port: u16, manner: Manner, work: Echo) -> Result<Value> {
    let mut crowd = Crowd::new(port, manner)?;
    crowd.join(work.peers, JOINING)?;
    let is_lone = work.peers == 1 && work.in_flight == 1;
    for client in crowd.iter_mut() {
        client.say(work.in_flight);
        client.asked = Some(Instant::now());
    }
    let mut trips = Vec::new();
    let mut measure = |crowd: &mut Crowd, time: Duration| -> Result<f64> {
        let mut messages = 0;
        let mut lost = false;
        trips.clear();
        let started = Instant::now();
        while started.elapsed() < time {
            crowd.step_within(Duration::ZERO, |client, news| match news {
                News::Messages(count) => {
                    messages += count;
                    if is_lone && let Some(asked) = client.asked.replace(Instant::now()) {
                        trips.push(asked.elapsed().as_secs_f64() * 1e3);
                    }
                    client.say(usize::try_from(count).unwrap_or(0));
                }
                News::Ended => lost = true,
                News::Joined => {}
            })?;
            if lost {
                bail!("the server hung up on a client");
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of seconds' worth of messages")]
        Ok(messages as f64 / started.elapsed().as_secs_f64())
    };
    measure(&mut crowd, work.warm_up)?;
    let before = carried(&mut crowd);
    let rate = measure(&mut crowd, work.time)?;
    #[expect(clippy::cast_precision_loss, reason = "a count of seconds' worth of bytes")]
    let bytes = (carried(&mut crowd) - before) as f64 / (rate * work.time.as_secs_f64()).max(1.0);
    Ok(json!({ "messages_per_second": rate, "round_trip_ms": median(&mut trips), "bytes_per_message": bytes }))
}

/// Bytes that went both ways, of all clients.
fn carried(crowd: &mut Crowd) -> u64 {
    crowd.iter_mut().map(|client| client.carried()).sum()
}

/// Every client sends one message per second, evenly spread, for so long.
///
/// # Errors
/// When a client does not get in, or is lost.
pub fn trickle(port: u16, manner: Manner, peers: usize, time: Duration) -> Result<Value> {
    let mut crowd = Crowd::new(port, manner)?;
    crowd.join(peers, JOINING)?;
    let started = Instant::now();
    let (mut sent, mut received) = (0, 0);
    let mut lost = false;
    while started.elapsed() < time {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of some thousands"
        )]
        let due = (started.elapsed().as_secs_f64() * peers as f64) as usize;
        while sent < due {
            if let Some(client) = crowd.get_mut(sent % peers)
                && client.stage() == Stage::Joined
            {
                client.say(1);
            }
            sent += 1;
        }
        crowd.step_within(Duration::from_millis(1), |_, news| match news {
            News::Messages(count) => received += count,
            News::Ended => lost = true,
            News::Joined => {}
        })?;
        if lost {
            bail!("the server hung up on a client");
        }
    }
    Ok(json!({ "sent": sent, "received": received, "joined": crowd.len() }))
}
