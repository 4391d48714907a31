//! From an HTTP answer to an outcome: reads bodies within a limit and speaks both error dialects.
//! No URL and no request is built here.

use crate::transaction::holds_nul;
use crate::{Doubt, Error, Transaction, TransactionStatus};
use reqwest::header::RETRY_AFTER;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// The longest answer that is read. Real ones are below 8 KiB.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// An HTTP answer, read to its end or to the first fault.
pub(crate) struct Answer {
    pub(crate) http: u16,
    retry_after: Option<Duration>,
    body: Result<Vec<u8>, Doubt>,
}

impl Answer {
    pub(crate) async fn read(mut response: reqwest::Response) -> Self {
        let http = response.status().as_u16();
        let retry_after = retry_after(&response);
        let mut body = Vec::new();
        let body = loop {
            match response.chunk().await {
                Ok(None) => break Ok(body),
                Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER_BYTES => {
                    break Err(Doubt::TooLarge);
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) if error.is_timeout() => break Err(Doubt::Timeout),
                Err(_) => break Err(Doubt::Cut),
            }
        };
        Self { http, retry_after, body }
    }

    /// Settles what the HTTP status alone decides, in either dialect; what is left has a body to
    /// read.
    fn body(self) -> Result<(u16, Vec<u8>), Error> {
        match self.http {
            401 => Err(Error::Unauthorized { http: 401 }),
            300..=399 => Err(Error::Unknown(Doubt::Redirect)),
            408 | 425 | 429 | 500..=599 => {
                Err(Error::Busy { code: self.http, retry_after: self.retry_after })
            }
            http => Ok((http, self.body.map_err(Error::Unknown)?)),
        }
    }
}

/// Why a request got no answer at all.
pub(crate) fn no_answer(error: reqwest::Error) -> Error {
    if error.is_connect() {
        return Error::Unreachable(error.without_url());
    }
    Error::Unknown(if error.is_timeout() { Doubt::Timeout } else { Doubt::Cut })
}

/// Reads an answer of Snap: real HTTP codes and `error_messages` (midtrans.md 1.4).
pub(crate) fn snap<T: for<'a> Deserialize<'a>>(answer: Answer) -> Result<T, Error> {
    let (http, body) = answer.body()?;
    let messages = serde_json::from_slice::<SnapErrors>(&body).unwrap_or_default().error_messages;
    if !(200..300).contains(&http) || !messages.is_empty() {
        return Err(Error::Refused { http, code: http, messages: bounded(messages) });
    }
    if holds_nul(&body) {
        return Err(Error::Unknown(Doubt::NotUnderstood));
    }
    serde_json::from_slice(&body).map_err(|_| Error::Unknown(Doubt::NotUnderstood))
}

#[derive(Default, Deserialize)]
struct SnapErrors {
    #[serde(default)]
    error_messages: Vec<String>,
}

/// An answer of the Core API whose `status_code` names no fault.
pub(crate) struct CoreAnswer {
    code: u16,
    body: Vec<u8>,
}

impl CoreAnswer {
    /// The transaction it tells.
    pub(crate) fn transaction(&self) -> Result<Transaction, Error> {
        Transaction::parse(&self.body).map_err(|_| Error::Unknown(Doubt::NotUnderstood))
    }

    /// Checks that an action ended where it should: by code, and by status where one is told. A
    /// code of the 200 family alone is not success (midtrans.md 2.6).
    pub(crate) fn ended_as(&self, codes: &[u16], wanted: &TransactionStatus) -> Result<(), Error> {
        let told: Option<Told> = serde_json::from_slice(&self.body).ok();
        let status = told.and_then(|told| told.transaction_status);
        if codes.contains(&self.code) && status.is_none_or(|status| status == *wanted) {
            return Ok(());
        }
        Err(Error::Unknown(Doubt::NotUnderstood))
    }
}

#[derive(Deserialize)]
struct Told {
    transaction_status: Option<TransactionStatus>,
}

/// Reads an answer of the Core API: HTTP 200 for almost everything, the outcome in the body's
/// `status_code`; some failures as true HTTP codes (midtrans.md 2.1). A 404 that is not in this
/// dialect (a page, another server) comes from a wrong address and tells nothing of the order.
pub(crate) fn core(answer: Answer) -> Result<Option<CoreAnswer>, Error> {
    let retry_after = answer.retry_after;
    let (http, body) = answer.body()?;
    let envelope: Option<Envelope> = serde_json::from_slice(&body).ok();
    let said = envelope.as_ref().and_then(Envelope::code);
    let code = match said {
        Some(code) if http < 400 || code >= 400 => code,
        None if http < 400 => return Err(Error::Unknown(Doubt::NotUnderstood)),
        _ => http,
    };
    match code {
        401 => Err(Error::Unauthorized { http }),
        404 if said.is_some() => Ok(None),
        200..=299 | 407 => Ok(Some(CoreAnswer { code, body })),
        429 | 500..=599 | 900 => Err(Error::Busy { code, retry_after }),
        _ => {
            let messages = bounded(envelope.map(Envelope::messages).unwrap_or_default());
            Err(Error::Refused { http, code, messages })
        }
    }
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

fn bounded(messages: Vec<String>) -> Vec<String> {
    messages.into_iter().take(10).map(|text| text.chars().take(300).collect()).collect()
}

/// `Retry-After` in seconds; the date form is not used here and counts as absent.
fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let seconds: u64 = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}
