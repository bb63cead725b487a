//! What a failed test prints: the words alone, without a way through the harness.

use std::fmt;

/// Why a scenario failed, told as it is meant to be read.
///
/// The test runner prints errors in their debug form, which would add a backtrace through the harness.
pub struct Failure(String);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(format!("{:#}", error.into()))
    }
}
