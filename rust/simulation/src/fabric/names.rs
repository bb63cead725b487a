//! The resolver: names that are there, late, wrong or missing.

use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::time::Duration;

use super::{Fabric, in_future};

/// What comes of a name.
#[derive(Debug, Clone)]
pub struct Answer {
    /// After how long; `None`: never.
    pub after: Option<Duration>,
    /// Where it leads; `None`: there is no such name.
    pub addresses: Option<Vec<IpAddr>>,
}

/// A lookup under way.
#[derive(Debug)]
pub struct Question {
    at: Option<u64>,
    addresses: Option<Vec<IpAddr>>,
}

impl Fabric {
    /// Makes a name known.
    pub fn set_name(&mut self, name: &str, answer: Answer) {
        self.names.insert(name.to_owned(), answer);
    }

    /// Asks for a name.
    #[must_use]
    pub fn ask(&self, name: &str) -> Question {
        match self.names.get(name) {
            Some(Answer { after, addresses }) => {
                Question { at: after.map(|after| in_future(self.now(), after)), addresses: addresses.clone() }
            }
            None => Question { at: Some(self.now()), addresses: None },
        }
    }

    /// The answer, once it is there.
    pub fn hear(&self, question: &mut Question) -> Option<io::Result<Vec<IpAddr>>> {
        if question.at.is_none_or(|at| at > self.now()) {
            return None;
        }
        Some(question.addresses.take().ok_or_else(|| ErrorKind::NotFound.into()))
    }
}
