//! What `handshake_callback` returns, as an answer that can be sent.

use godot::builtin::{GString, PackedStringArray, VarArray, VarDictionary, Variant, VariantType};
use rust_websocket_transport::config::{Acceptance, Answer, HeaderLines, Rejection};
use rust_websocket_transport::error::AnswerError;
use rust_websocket_transport::excerpt::Excerpt;
use rust_websocket_transport::wire::request_head::RequestHead;

use crate::convert;

/// The status of an answer that lets in.
const SWITCHING_PROTOCOLS: i64 = 101;

/// The status of a refusal about which nothing more was said.
const FORBIDDEN: i64 = 403;

/// Reads what was returned for a request.
pub(super) fn read(returned: &Variant, request: &RequestHead) -> Result<Answer, AnswerError> {
    match returned.get_type() {
        VariantType::BOOL if returned.to::<bool>() => Ok(Answer::Accept(Acceptance::default())),
        VariantType::BOOL => reject(FORBIDDEN, &Said::default()),
        VariantType::INT => reject(returned.to::<i64>(), &Said::default()),
        VariantType::DICTIONARY => {
            let said = Said::read(&returned.to::<VarDictionary>())?;
            if said.status == SWITCHING_PROTOCOLS { accept(said, request) } else { reject(said.status, &said) }
        }
        _ => Err(AnswerError::Nonsense(Excerpt::of(&returned.to_string()))),
    }
}

/// A dictionary, read.
struct Said {
    status: i64,
    reason: String,
    headers: HeaderLines,
    body: String,
    protocol: String,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            status: SWITCHING_PROTOCOLS,
            reason: String::new(),
            headers: HeaderLines::default(),
            body: String::new(),
            protocol: String::new(),
        }
    }
}

impl Said {
    /// A key that is none is more likely a slip than an answer, and must not let anybody in.
    fn read(dictionary: &VarDictionary) -> Result<Self, AnswerError> {
        let mut said = Self::default();
        for (key, value) in dictionary.iter_shared() {
            let wrong = |expected| AnswerError::Value { key: Excerpt::of(&key.to_string()), expected };
            let text = || value.try_to::<GString>().map(|text| text.to_string()).map_err(|_| wrong("text"));
            match key.to_string().as_str() {
                "status" => said.status = value.try_to().map_err(|_| wrong("a whole number"))?,
                "reason" => said.reason = text()?,
                "body" => said.body = text()?,
                "protocol" => said.protocol = text()?,
                "headers" => {
                    said.headers = convert::header_lines(&lines(&value).ok_or_else(|| wrong("an array of text"))?)?;
                }
                other => return Err(AnswerError::Key(Excerpt::of(other))),
            }
        }
        Ok(said)
    }
}

fn accept(said: Said, request: &RequestHead) -> Result<Answer, AnswerError> {
    for (key, text) in [("reason", &said.reason), ("body", &said.body)] {
        if !text.is_empty() {
            return Err(AnswerError::OfRefusal(key));
        }
    }
    Acceptance::new(request.protocols(), &said.protocol, said.headers).map(Answer::Accept)
}

fn reject(status: i64, said: &Said) -> Result<Answer, AnswerError> {
    if !said.protocol.is_empty() {
        return Err(AnswerError::OfAcceptance("protocol"));
    }
    Rejection::new(status, &said.reason, said.headers.clone(), said.body.clone()).map(Answer::Reject)
}

/// Lines out of either kind of array that a script may have at hand.
fn lines(value: &Variant) -> Option<PackedStringArray> {
    match value.get_type() {
        VariantType::PACKED_STRING_ARRAY => value.try_to().ok(),
        VariantType::ARRAY => {
            value.try_to::<VarArray>().ok()?.iter_shared().map(|line| line.try_to::<GString>().ok()).collect()
        }
        // The bindings would make an empty one of it.
        _ => None,
    }
}
