//! Clients that are there, for as long as the server is.

use anyhow::Result;
use serde_json::{Value, json};

use super::JOINING;
use crate::client::Manner;
use crate::crowd::{Crowd, News};

/// So many clients that say nothing and throw away what they are told, until the server ends them.
///
/// # Errors
/// When a client does not get in.
pub fn presence(port: u16, manner: Manner, peers: usize) -> Result<Value> {
    let mut received = 0;
    stay(port, manner, peers, |_, count| received += count)?;
    Ok(json!({ "received": received }))
}

/// Clients that answer every message they get with one of theirs, until the server ends them.
///
/// # Errors
/// When a client does not get in.
pub fn acknowledge(port: u16, manner: Manner, peers: usize) -> Result<Value> {
    let mut received = 0;
    stay(port, manner, peers, |client, count| {
        received += count;
        client.say(usize::try_from(count).unwrap_or(0));
    })?;
    Ok(json!({ "received": received }))
}

fn stay(port: u16, manner: Manner, peers: usize, mut hear: impl FnMut(&mut crate::client::Client, u64)) -> Result<()> {
    let mut crowd = Crowd::new(port, manner)?;
    crowd.join(peers, JOINING)?;
    while !crowd.is_empty() {
        crowd.step(|client, news| {
            if let News::Messages(count) = news {
                hear(client, count);
            }
        })?;
    }
    Ok(())
}
