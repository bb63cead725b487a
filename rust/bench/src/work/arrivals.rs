//! A crowd that knocks in the same instant.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use crate::client::Manner;
use crate::crowd::{Crowd, News};

/// So many clients at once; how long it takes until all have their ids, and how many have them by the limit.
///
/// # Errors
/// When the system has no sockets left.
pub fn arrivals(port: u16, manner: Manner, peers: usize, limit: Duration) -> Result<Value> {
    arrive(&mut Crowd::new(port, manner)?, peers, limit)
}

/// The same for a server that measures: they stay until it ends them, or it might not hear of all that were there.
///
/// # Errors
/// When the system has no sockets left.
pub fn burst(port: u16, manner: Manner, peers: usize, limit: Duration) -> Result<Value> {
    let mut crowd = Crowd::new(port, manner)?;
    let arrived = arrive(&mut crowd, peers, limit)?;
    while !crowd.is_empty() {
        crowd.step(|_, _| {})?;
    }
    Ok(arrived)
}

fn arrive(crowd: &mut Crowd, peers: usize, limit: Duration) -> Result<Value> {
    let started = Instant::now();
    for _ in 0..peers {
        crowd.dial()?;
    }
    let (mut joined, mut lost) = (0, 0);
    while joined + lost < peers && started.elapsed() < limit {
        crowd.step(|_, news| match news {
            News::Joined => joined += 1,
            News::Ended => lost += 1,
            News::Messages(_) => {}
        })?;
    }
    Ok(json!({ "joined": joined, "lost": lost, "seconds": started.elapsed().as_secs_f64() }))
}
