//! Core's dialect: HTTP 200 for almost everything, the outcome in the body's `status_code`
//! (midtrans.md 2.1).

use super::{Answer, bounded, contradiction, not_understood};
use crate::transaction::holds_nul;
use crate::{Error, Transaction};
use serde::Deserialize;
use serde_json::Value;

/// An answer of the Core API whose `status_code` names no fault.
pub(crate) struct CoreAnswer {
    pub(super) code: u16,
    pub(super) body: Vec<u8>,
}

impl CoreAnswer {
    /// The transaction it tells.
    pub(super) fn transaction(&self) -> Result<Transaction, Error> {
        Transaction::parse(&self.body).map_err(|_| not_understood())
    }
}

/// Reads an answer of the Core API; some failures may be true HTTP codes (midtrans.md 2.1). `None`
/// is a 404 in Midtrans' own dialect. A 404 that is not (a page, another server) comes from a wrong
/// address and tells nothing of the order.
pub(crate) fn read(answer: Answer) -> Result<Option<CoreAnswer>, Error> {
    let retry_after = answer.retry_after;
    let envelope: Option<Envelope> = serde_json::from_slice(answer.seen()).ok();
    let said = envelope.as_ref().and_then(Envelope::code);
    if answer.http >= 400 && said.is_some_and(|code| succeeds(code) && code != answer.http) {
        return Err(contradiction());
    }
    // The code 202 in a body is a denied card; the HTTP status is the first call with this
    // idempotency key, still running (midtrans.md 2.7).
    if answer.http == 202 {
        return Err(Error::Busy { code: 202, retry_after });
    }
    let (http, body) = answer.body()?;
    let code = match said {
        Some(code) if http < 400 || code >= 400 => code,
        None if http < 400 => return Err(not_understood()),
        _ => http,
    };
    match code {
        401 => Err(Error::Unauthorized { http }),
        404 if said.is_some() => Ok(None),
        _ if succeeds(code) && said.is_some() => {
            if holds_nul(&body) {
                Err(not_understood())
            } else {
                Ok(Some(CoreAnswer { code, body }))
            }
        }
        418 | 429 | 500 | 502..=599 | 900 => Err(Error::Busy { code, retry_after }),
        _ => {
            let messages = bounded(&envelope.map(Envelope::messages).unwrap_or_default());
            Err(Error::Refused { http, code, messages })
        }
    }
}

/// For whom an unknown id is a refusal. HTTP 200 tells it from a foreign 404:
/// [`Error::is_not_found`].
pub(crate) fn known(answer: Option<CoreAnswer>) -> Result<CoreAnswer, Error> {
    answer.ok_or_else(|| Error::Refused { http: 200, code: 404, messages: vec![] })
}

/// 407 is how an expired transaction is told, and no fault (midtrans.md 0.1 #3).
fn succeeds(code: u16) -> bool {
    matches!(code, 200..=299 | 407)
}

#[derive(Deserialize)]
struct Envelope {
    status_code: Value,
    status_message: Option<Value>,
    validation_messages: Option<Value>,
}

impl Envelope {
    fn code(&self) -> Option<u16> {
        match &self.status_code {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_u64().and_then(|code| u16::try_from(code).ok()),
            _ => None,
        }
    }

    fn messages(self) -> Vec<String> {
        let listed = match self.validation_messages {
            Some(Value::Array(listed)) => listed,
            _ => vec![],
        };
        let all = self.status_message.into_iter().chain(listed);
        all.filter_map(|value| value.as_str().map(str::to_owned)).collect()
    }
}
