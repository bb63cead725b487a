//! Clients that come, are let in, and go.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use crate::client::Manner;
use crate::crowd::{Crowd, News};

/// So many at a time, each going as soon as it is in, and another coming in its place.
///
/// # Errors
/// When the system has no sockets left.
pub fn handshakes(port: u16, manner: Manner, at_once: usize, time: Duration) -> Result<Value> {
    let mut crowd = Crowd::new(port, manner)?;
    let (mut joined, mut lost) = (0_u32, 0_u32);
    let started = Instant::now();
    while started.elapsed() < time {
        while crowd.len() < at_once {
            crowd.dial()?;
        }
        crowd.step(|client, news| match news {
            News::Joined => {
                joined += 1;
                client.leave();
            }
            News::Ended if !client.has_left() => lost += 1,
            News::Ended | News::Messages(_) => {}
        })?;
    }
    Ok(json!({ "per_second": f64::from(joined) / started.elapsed().as_secs_f64(), "lost": lost }))
}
