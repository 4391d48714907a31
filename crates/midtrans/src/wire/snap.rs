//! Snap's dialect: real HTTP codes and `error_messages` (midtrans.md 1.4).

use super::{Answer, bounded, contradiction, not_understood};
use crate::Error;
use crate::transaction::holds_nul;
use serde::Deserialize;

/// Reads an answer of Snap. Messages refuse also below a status of the 200 family, since the codes
/// of some refusals are not documented (midtrans.md 1.1); messages beside a success, or a success
/// below a failing status, are a contradiction.
pub(crate) fn read<T: for<'a> Deserialize<'a>>(answer: Answer) -> Result<T, Error> {
    let success = serde_json::from_slice::<T>(answer.seen()).ok();
    if answer.http >= 400 && success.is_some() {
        return Err(contradiction());
    }
    let (http, body) = answer.body()?;
    let messages = serde_json::from_slice::<Errors>(&body).unwrap_or_default().error_messages;
    if http < 300 && !messages.is_empty() && success.is_some() {
        return Err(contradiction());
    }
    if !(200..300).contains(&http) || !messages.is_empty() {
        return Err(Error::Refused { http, code: http, messages: bounded(&messages) });
    }
    if holds_nul(&body) {
        return Err(not_understood());
    }
    success.ok_or_else(not_understood)
}

#[derive(Default, Deserialize)]
struct Errors {
    #[serde(default)]
    error_messages: Vec<String>,
}
