//! Whether a game was told the truth about an end.

use rust_websocket_transport::error::CloseCause;

use super::account::{Account, End};

/// What is wrong with this cause, given what both games did.
pub(super) fn judge(
    cause: &CloseCause,
    own: &Account,
    other: &Account,
    has_oversize: bool,
    is_fair: bool,
) -> Option<&'static str> {
    match cause {
        CloseCause::ByPeer { code, reason } => {
            let was_said = other
                .goodbyes
                .iter()
                .any(|(said, why)| code.unwrap_or_default() == *said && (why == reason || code.is_none()));
            let was_told_off = matches!(&other.end, End::Told(CloseCause::Protocol(error)) if Some(error.close_code().get()) == *code)
                || (has_oversize && *code == Some(1009));
            (!was_said && !was_told_off).then_some("the other side has said no such thing")
        }
        CloseCause::Protocol(_) if !has_oversize => Some("the other side keeps to the protocol"),
        CloseCause::EndOfStream | CloseCause::Io(_) | CloseCause::Tls(_) | CloseCause::TimedOut(_)
            if is_fair
                && own.goodbyes.is_empty()
                && other.goodbyes.is_empty()
                && !own.was_cut
                && !other.was_cut
                && !has_oversize =>
        {
            Some("nobody has ended it")
        }
        CloseCause::Cut if !own.was_cut => Some("nobody has cut it"),
        _ => None,
    }
}
