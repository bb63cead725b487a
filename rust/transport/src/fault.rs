//! Faults on purpose: what the simulated worlds have to find, to show that they see. Without the feature `planted-faults`,
//! which no library is built with that goes to users, [`is_planted`] is `false` for the compiler, and nothing of this is left.

/// A fault that can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is told by its name, and where it is asked for")]
pub enum Fault {
    FlushForgotten,
    WakeUpDropped,
    WritableIgnored,
    EdgeForgottenAfterShortRead,
    AcceptStopsAfterOne,
    RestForEver,
    DeadlineNotRenewed,
    LingeringNotDropped,
    GenerationIgnored,
    LastFragmentLostAtClose,
    CloseCodeLost,
    RoomCountedTwice,
    RoomNotGivenBack,
    PausedNotTold,
    ResumeIgnored,
    BudgetStarves,
    EventAfterEnd,
    EndBeforePackets,
    IdGivenTwice,
    MaskWrong,
    FirstAddressOnly,
    OverflowNotTold,
    HeartbeatDeaf,
    SocketLeaked,
    ExpiredAfterFirstByte,
    ReliableExpires,
    /// The worlds found it when it was one of ours, as the next two.
    HeartbeatSparesWhoPings,
    PacketBeforeId,
    OverflowAfterShutDown,
    /// The next two are between an endpoint and its network thread.
    ThreadNotWoken,
    ThreadSleepsBlindly,
    CompressedUnasked,
    WithdrawalNotTold,
    /// One of ours, as the next.
    AskedInVain,
    FlushedWhileWithheld,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 35] = [
        Self::FlushForgotten,
        Self::WakeUpDropped,
        Self::WritableIgnored,
        Self::EdgeForgottenAfterShortRead,
        Self::AcceptStopsAfterOne,
        Self::RestForEver,
        Self::DeadlineNotRenewed,
        Self::LingeringNotDropped,
        Self::GenerationIgnored,
        Self::LastFragmentLostAtClose,
        Self::CloseCodeLost,
        Self::RoomCountedTwice,
        Self::RoomNotGivenBack,
        Self::PausedNotTold,
        Self::ResumeIgnored,
        Self::BudgetStarves,
        Self::EventAfterEnd,
        Self::EndBeforePackets,
        Self::IdGivenTwice,
        Self::MaskWrong,
        Self::FirstAddressOnly,
        Self::OverflowNotTold,
        Self::HeartbeatDeaf,
        Self::SocketLeaked,
        Self::ExpiredAfterFirstByte,
        Self::ReliableExpires,
        Self::HeartbeatSparesWhoPings,
        Self::PacketBeforeId,
        Self::OverflowAfterShutDown,
        Self::ThreadNotWoken,
        Self::ThreadSleepsBlindly,
        Self::CompressedUnasked,
        Self::WithdrawalNotTold,
        Self::AskedInVain,
        Self::FlushedWhileWithheld,
    ];
}

/// Whether this fault is there.
#[cfg(not(feature = "planted-faults"))]
#[must_use]
pub const fn is_planted(_fault: Fault) -> bool {
    false
}

#[cfg(feature = "planted-faults")]
pub use self::planted::{is_planted, plant};

#[cfg(feature = "planted-faults")]
mod planted {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Fault;

    /// None.
    const NONE: usize = usize::MAX;

    static PLANTED: AtomicUsize = AtomicUsize::new(NONE);

    /// Plants this fault, in place of the one before.
    pub fn plant(fault: Option<Fault>) {
        PLANTED.store(fault.map_or(NONE, |fault| fault as usize), Ordering::Relaxed);
    }

    /// Whether this fault is there.
    #[must_use]
    pub fn is_planted(fault: Fault) -> bool {
        PLANTED.load(Ordering::Relaxed) == fault as usize
    }
}
