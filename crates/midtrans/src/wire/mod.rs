//! From an HTTP answer to an outcome: reads bodies within a limit and speaks both error dialects.
//! No URL and no request is built here.

mod core;
mod judge;
mod refund;
mod snap;

pub(crate) use core::{CoreAnswer, known, read as core};
pub(crate) use judge::{Change, captured, changed, charged, listed, told};
pub(crate) use refund::refunded;
pub use refund::{RefundAccepted, RefundOutcome};
pub(crate) use snap::read as snap;

use crate::{Doubt, Error};
use reqwest::header::RETRY_AFTER;
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

    /// What was read; empty if it could not be.
    fn seen(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
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

fn contradiction() -> Error {
    Error::Unknown(Doubt::Contradiction)
}

fn not_understood() -> Error {
    Error::Unknown(Doubt::NotUnderstood)
}

/// Messages within the bounds that [`Error::Refused`] promises.
fn bounded(messages: &[String]) -> Vec<String> {
    messages.iter().take(10).map(|text| readable(text)).collect()
}

/// A text for people that any log and any database takes.
fn readable(text: &str) -> String {
    text.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `Retry-After` in seconds; the date form is not used here and counts as absent.
fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let seconds: u64 = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}
