//! What both ends of a connection agree on (RFC 7692 section 7.1): offers, answers, and what follows from them.

use std::fmt::Write as _;

use http::{HeaderMap, header};

use super::extensions::{self, Extension, Grammar};
use crate::error::ResponseError;
use crate::excerpt::Excerpt;

/// The extension's name.
const NAME: &str = "permessage-deflate";

/// What our client offers. Its own messages never refer to those before them, and it can keep to any window.
pub(crate) const OFFER: &str = "permessage-deflate; client_no_context_takeover; client_max_window_bits";

/// How far back a compressed message may refer: two to this power bytes, 8 to 15.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowBits(u8);

impl WindowBits {
    /// The farthest.
    pub(crate) const MAX: Self = Self(15);

    /// `None` for what is no such power.
    pub(crate) fn new(bits: u8) -> Option<Self> {
        (8..=15).contains(&bits).then_some(Self(bits))
    }

    /// A number as it is written in a header: without a sign or zeros before it (section 7.1.2.1).
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|_| !text.starts_with(['0', '+'])).and_then(Self::new)
    }

    pub(super) fn get(self) -> u8 {
        self.0
    }
}

/// What a client says of its own window: in an offer maybe just that it can be told one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClientWindow {
    Any,
    AtMost(WindowBits),
}

/// The parameters of an offer or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<WindowBits>,
    client_max_window_bits: Option<ClientWindow>,
}

impl Parameters {
    /// `None` for a parameter that is unknown, there twice, or has no value that it may have: then the whole of it is
    /// declined (section 7).
    fn parse(extension: &Extension<'_>) -> Option<Self> {
        let mut parameters = Self::default();
        for (name, value) in &extension.parameters {
            let is_new = match (*name, value.as_deref()) {
                ("server_no_context_takeover", None) => {
                    !std::mem::replace(&mut parameters.server_no_context_takeover, true)
                }
                ("client_no_context_takeover", None) => {
                    !std::mem::replace(&mut parameters.client_no_context_takeover, true)
                }
                ("server_max_window_bits", Some(bits)) => {
                    parameters.server_max_window_bits.replace(WindowBits::parse(bits)?).is_none()
                }
                ("client_max_window_bits", Some(bits)) => {
                    let window = ClientWindow::AtMost(WindowBits::parse(bits)?);
                    parameters.client_max_window_bits.replace(window).is_none()
                }
                ("client_max_window_bits", None) => {
                    parameters.client_max_window_bits.replace(ClientWindow::Any).is_none()
                }
                _ => false,
            };
            if !is_new {
                return None;
            }
        }
        Some(parameters)
    }
}

/// How one end compresses what it sends, and what it has to expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// How far back our messages may refer.
    pub(crate) window: WindowBits,
    /// The other side's messages may refer to those before them.
    pub(crate) takes_over: bool,
}

/// A server's choice: the first offer that it can accept, and its answer. A header that is not understood offers nothing
/// from there on.
pub(crate) fn accept(headers: &HeaderMap) -> Option<(Agreement, String)> {
    let (offers, _) = extensions::parse(lines(headers));
    let offer = offers.iter().filter(|offer| offer.name == NAME).find_map(Parameters::parse)?;
    let mut answer = format!("{NAME}; server_no_context_takeover; client_no_context_takeover");
    // Asked for, it has to be answered (section 7.1.2.1). What the client says of its own window needs no answer: nothing is
    // kept for it.
    if let Some(WindowBits(bits)) = offer.server_max_window_bits {
        let _ = write!(answer, "; server_max_window_bits={bits}");
    }
    let window = offer.server_max_window_bits.unwrap_or(WindowBits::MAX);
    Some((Agreement { window, takes_over: false }, answer))
}

/// What a client has to make of an answer to [`OFFER`].
///
/// # Errors
/// [`ResponseError`] with what the server chose, if that was not offered or is not understood.
pub(crate) fn conclude(headers: &HeaderMap) -> Result<Option<Agreement>, ResponseError> {
    let (answers, grammar) = extensions::parse(lines(headers));
    if let Some(other) = answers.iter().find(|answer| answer.name != NAME) {
        return Err(ResponseError::UnrequestedExtension(Excerpt::of(other.name)));
    }
    let fault = || ResponseError::ExtensionParameters(Excerpt::list(lines(headers)));
    match (answers.as_slice(), grammar) {
        ([], Grammar::Fine) => Ok(None),
        ([answer], Grammar::Fine) => {
            let parameters = Parameters::parse(answer).ok_or_else(fault)?;
            let window = match parameters.client_max_window_bits {
                None => WindowBits::MAX,
                Some(ClientWindow::AtMost(bits)) => bits,
                // Only an offer may leave it open (section 7.1.2.2).
                Some(ClientWindow::Any) => return Err(fault()),
            };
            Ok(Some(Agreement { window, takes_over: !parameters.server_no_context_takeover }))
        }
        _ => Err(fault()),
    }
}

fn lines(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    // What is no text is a fault of grammar like any other.
    headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS).into_iter().map(|value| value.to_str().unwrap_or("\u{0}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let pairs = lines.iter().map(|line| (header::SEC_WEBSOCKET_EXTENSIONS, line.parse().unwrap()));
        pairs.collect::<Vec<_>>().into_iter().fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        })
    }

    fn answer(lines: &[&str]) -> Option<(u8, String)> {
        let (agreement, answer) = accept(&headers(lines))?;
        assert!(!agreement.takes_over, "a server keeps nothing");
        let parameters =
            answer.strip_prefix("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
        Some((agreement.window.get(), parameters.unwrap().to_owned()))
    }

    #[test]
    fn a_server_takes_the_first_offer_that_it_understands() {
        let plain = Some((15, String::new()));
        let with_bits = |bits| Some((bits, format!("; server_max_window_bits={bits}")));
        for (offer, expected) in [
            ("permessage-deflate", plain.clone()),
            // What browsers offer.
            ("permessage-deflate; client_max_window_bits", plain.clone()),
            ("permessage-deflate; client_max_window_bits=8", plain.clone()),
            ("permessage-deflate; client_no_context_takeover; server_no_context_takeover", plain.clone()),
            ("permessage-deflate; server_max_window_bits=9", with_bits(9)),
            ("permessage-deflate; server_max_window_bits=\"15\"", with_bits(15)),
            ("permessage-deflate; server_max_window_bits=8", with_bits(8)),
            ("permessage-foo, permessage-deflate; server_max_window_bits=10", with_bits(10)),
            ("permessage-deflate; unknown, permessage-deflate; server_max_window_bits=12", with_bits(12)),
            ("permessage-deflate; server_max_window_bits=9, permessage-deflate", with_bits(9)),
            ("x-webkit-deflate-frame", None),
            ("", None),
        ] {
            assert_eq!(answer(&[offer]), expected, "{offer}");
        }
        assert_eq!(answer(&["x; y", "permessage-deflate"]), plain);
        assert_eq!(answer(&[]), None);
    }

    #[test]
    fn an_offer_with_a_fault_is_declined() {
        for parameters in [
            "unknown",
            "server_no_context_takeover; server_no_context_takeover",
            "client_no_context_takeover; client_no_context_takeover",
            "server_max_window_bits=9; server_max_window_bits=9",
            "client_max_window_bits; client_max_window_bits=9",
            "server_no_context_takeover=1",
            "client_no_context_takeover=\"true\"",
            "server_max_window_bits",
            "server_max_window_bits=7",
            "server_max_window_bits=16",
            "server_max_window_bits=08",
            "server_max_window_bits=+9",
            "server_max_window_bits=9x",
            "client_max_window_bits=7",
            "client_max_window_bits=",
            "Server_no_context_takeover",
            ";",
        ] {
            assert_eq!(answer(&[&format!("permessage-deflate; {parameters}")]), None, "{parameters}");
        }
    }

    #[test]
    fn a_client_takes_what_answers_its_offer() {
        let concluded = |line: &str| conclude(&headers(&[line]));
        let agreed = |bits, takes_over| Ok(Some(Agreement { window: WindowBits(bits), takes_over }));
        assert_eq!(conclude(&headers(&[])), Ok(None));
        assert_eq!(concluded("permessage-deflate"), agreed(15, true));
        assert_eq!(concluded("permessage-deflate; server_no_context_takeover"), agreed(15, false));
        assert_eq!(concluded("permessage-deflate; client_no_context_takeover"), agreed(15, true));
        assert_eq!(concluded("permessage-deflate; client_max_window_bits=9"), agreed(9, true));
        assert_eq!(concluded("permessage-deflate; server_max_window_bits=8"), agreed(15, true));
    }

    #[test]
    fn a_client_takes_nothing_else() {
        let fault = |line: &str| conclude(&headers(&[line])).unwrap_err();
        let other = |name| ResponseError::UnrequestedExtension(Excerpt::of(name));
        assert_eq!(fault("x-webkit-deflate-frame"), other("x-webkit-deflate-frame"));
        assert_eq!(fault("permessage-deflate, x-foo"), other("x-foo"));
        for line in [
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; unknown=1",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate, permessage-deflate",
            "permessage-deflate;",
            "\"permessage-deflate\"",
        ] {
            assert!(matches!(fault(line), ResponseError::ExtensionParameters(_)), "{line}");
        }
    }

    #[test]
    fn what_a_client_offers_a_server_accepts() {
        assert_eq!(answer(&[OFFER]), Some((15, String::new())));
    }
}
