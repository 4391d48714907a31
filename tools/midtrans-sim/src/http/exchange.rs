//! One call of the merchant: key, idempotency, misbehaviour, work, and the answer in the dialect of
//! its API (midtrans.md 1.4, 2.1, 2.7, 2.8).

use super::misbehave::{Asked, Mischief};
use crate::clock::later;
use crate::db::Db;
use crate::faults::Call;
use crate::gateway::{Gateway, Refusal};
use crate::model::PageState;
use crate::rules::request::Window;
use crate::sim::Sim;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use kernel::Timestamp;
use serde_json::{Value, json};
use std::sync::PoisonError;

/// How long a key stands for its answer.
const KEY_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// A longer key is ignored.
const KEY_MAX: usize = 46;

/// A way to say no.
pub(super) trait Dialect: Copy {
    /// A refusal by its code.
    fn refuse(self, sim: &Sim, code: u16, messages: &[&str]) -> Response;
    /// The answer to what was done, or why it was not.
    fn answer(self, sim: &Sim, done: Result<Value, Refusal>) -> Response;
}

/// The Core API's: HTTP 200, the code in the body.
#[derive(Clone, Copy)]
pub(super) struct Core;

/// Snap's: real HTTP codes, `error_messages`.
#[derive(Clone, Copy)]
pub(super) struct Snap;

/// A call that is being answered.
pub(super) struct Exchange<'a, D> {
    sim: &'a Sim,
    headers: &'a HeaderMap,
    call: Call,
    /// The id in the path or in the body.
    about: String,
    /// Of a charge.
    payment_type: &'static str,
    key: Option<String>,
    dialect: D,
}

impl<'a> Exchange<'a, Core> {
    pub(super) fn new(
        sim: &'a Sim,
        headers: &'a HeaderMap,
        call: Call,
        about: Option<String>,
    ) -> Self {
        let about = about.unwrap_or_default();
        let key = idempotency_key(headers);
        Self { sim, headers, call, about, payment_type: "", key, dialect: Core }
    }

    /// For a charge: how it is paid, so that a switch can be narrowed to it.
    pub(super) fn paid_by(&mut self, payment_type: &'static str) {
        self.payment_type = payment_type;
    }

    /// For methods that honour no key (midtrans.md 2.8).
    pub(super) fn forget_key(&mut self) {
        self.key = None;
    }
}

impl<'a> Exchange<'a, Snap> {
    /// Snap knows no idempotency key.
    pub(super) fn snap(
        sim: &'a Sim,
        headers: &'a HeaderMap,
        call: Call,
        about: Option<String>,
    ) -> Self {
        let about = about.unwrap_or_default();
        Self { sim, headers, call, about, payment_type: "", key: None, dialect: Snap }
    }
}

impl<D: Dialect> Exchange<'_, D> {
    /// Does work that may change something.
    pub(super) async fn change(
        self,
        work: impl FnOnce(&Gateway, &Db<'_>, Timestamp) -> Result<Value, Refusal> + Send + 'static,
    ) -> Response {
        // First of all: who has no key learns nothing of what is going on.
        if let Some(refusal) = self.turned_away() {
            return refusal;
        }
        let _at_work = match &self.key {
            Some(key) => match AtWork::begin(self.sim, key.clone()) {
                Some(at_work) => Some(at_work),
                None => return in_progress(),
            },
            None => None,
        };
        let key = self.key.clone();
        let done = self
            .sim
            .change(move |gateway, db, now| once(key, db, now, |db| work(gateway, db, now)));
        self.run(done).await
    }

    /// Does work that changes nothing.
    pub(super) async fn read(
        self,
        work: impl FnOnce(&Gateway, &Db<'_>, Timestamp) -> Result<Value, Refusal> + Send + 'static,
    ) -> Response {
        if let Some(refusal) = self.turned_away() {
            return refusal;
        }
        let done = self.sim.read(work);
        self.run(done).await
    }

    /// A future does nothing until awaited: no work if a switch answers instead.
    async fn run(&self, work: impl Future<Output = Result<Value, Refusal>>) -> Response {
        let asked = Asked { call: self.call, id: &self.about, payment_type: self.payment_type };
        let mischief = Mischief::of(self.sim, asked).await;
        if let Some(response) = mischief.before(self.sim, self.dialect).await {
            return response;
        }
        let done = work.await;
        let answer = self.dialect.answer(self.sim, done);
        mischief.after(self.sim, self.dialect, answer).await
    }

    fn turned_away(&self) -> Option<Response> {
        if !is_authorized(self.sim, self.headers) {
            return Some(self.dialect.refuse(self.sim, 401, &[]));
        }
        let served = accepts_json(self.headers);
        (!served).then(|| self.dialect.refuse(self.sim, 403, &[]))
    }
}

/// Runs work unless its answer is kept under the key; keeps the answer of a success. The replay
/// comes regardless of what the body says now.
fn once(
    key: Option<String>,
    db: &Db<'_>,
    now: Timestamp,
    work: impl FnOnce(&Db<'_>) -> Result<Value, Refusal>,
) -> Result<Value, Refusal> {
    let Some(key) = key else { return work(db) };
    let since = later(now, -KEY_LIFE);
    if let Some(kept) = db.kept_answer(&key, since)? {
        return Ok(serde_json::from_str(&kept).unwrap_or(Value::String(kept)));
    }
    let answer = work(db)?;
    if matches!(answer["status_code"].as_str(), Some("200" | "201" | "407")) {
        db.keep_answer(&key, &answer.to_string(), (now, since))?;
    }
    Ok(answer)
}

/// A key whose first request is not yet answered.
struct AtWork {
    sim: Sim,
    key: String,
}

impl AtWork {
    fn begin(sim: &Sim, key: String) -> Option<Self> {
        let mut keys = sim.0.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.clone()).then(|| Self { sim: sim.clone(), key })
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut keys = self.sim.0.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.key);
    }
}

fn in_progress() -> Response {
    let body = json!({
        "status_code": "202",
        "status_message": "The request with this Idempotency-Key is still in progress.",
    });
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

impl Dialect for Core {
    fn refuse(self, sim: &Sim, code: u16, messages: &[&str]) -> Response {
        let http = match code {
            // The official Node client's own test gets a number for 400, which only HTTP gives, and
            // a text for 404 and 412, which comes from the body: this settles what midtrans.md 8
            // leaves open.
            400 => StatusCode::BAD_REQUEST,
            401 => StatusCode::UNAUTHORIZED,
            _ => StatusCode::OK,
        };
        let id = sim.0.gateway.ids.uuid().to_string();
        let mut body = json!({
            "status_code": code.to_string(), "status_message": core_text(code), "id": id,
        });
        if !messages.is_empty() {
            body["validation_messages"] = json!(messages);
        }
        (http, Json(body)).into_response()
    }

    fn answer(self, sim: &Sim, done: Result<Value, Refusal>) -> Response {
        let code = match &done {
            Ok(body) => return Json(body).into_response(),
            Err(refusal) => core_code(refusal),
        };
        match done {
            Err(Refusal::Invalid(messages)) => {
                let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
                self.refuse(sim, code, &messages)
            }
            Err(error) if code == 500 => {
                tracing::error!(%error, "core request failed");
                self.refuse(sim, code, &[])
            }
            _ => self.refuse(sim, code, &[]),
        }
    }
}

fn core_code(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::Invalid(_) => 400,
        Refusal::NotEnabled => 402,
        Refusal::NoTransaction | Refusal::NoPage => 404,
        Refusal::Taken | Refusal::Utilized | Refusal::RefundTwice => 406,
        Refusal::CardToken => 411,
        Refusal::Illegal(_) | Refusal::NotRefundable => 412,
        // Which code an oversize body gets is not documented (L), nor which one a body that does not
        // say it is JSON: 415 is in no table (L).
        Refusal::Malformed | Refusal::TooLarge => 413,
        Refusal::RefundAmount => 414,
        Refusal::MediaType => 415,
        Refusal::RefundTime => 418,
        _ => 500,
    }
}

/// The texts of midtrans.md 2.7; of codes that it does not word, our own.
fn core_text(code: u16) -> &'static str {
    match code {
        400 => "One or more parameters in the payload is invalid.",
        401 => "Transaction cannot be authorized with the current client/server key.",
        402 => "Payment channel is not activated.",
        403 => "The Accept header cannot be served.",
        404 => "Transaction doesn't exist.",
        405 => "The HTTP method is not allowed.",
        406 => {
            "The request could not be completed due to a conflict with the current state of the target resource, please try again"
        }
        411 => "Credit card token is missing, invalid, or timed out.",
        412 => "Transaction status cannot be updated.",
        413 => "The request cannot be processed due to malformed syntax in the request body.",
        414 => "The refund amount is invalid.",
        415 => "The content type cannot be read.",
        418 => "The refund is not possible at this time.",
        429 => "API rate limit exceeded.",
        503 => "Bank/partner is experiencing connection issue.",
        505 => "Unable to create va_number for this transaction.",
        900 => "The provider's service failed.",
        _ => "Sorry. Our system is recovering from unexpected issues. Please retry.",
    }
}

impl Dialect for Snap {
    fn refuse(self, _: &Sim, code: u16, messages: &[&str]) -> Response {
        let http = StatusCode::from_u16(code)
            .ok()
            .filter(|http| http.is_client_error() || http.is_server_error());
        let http = http.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = snap_text(code);
        let messages = if messages.is_empty() { text } else { messages };
        (http, Json(json!({ "error_messages": messages }))).into_response()
    }

    fn answer(self, sim: &Sim, done: Result<Value, Refusal>) -> Response {
        let refusal = match done {
            Ok(body) if body["token"].is_string() => {
                return (StatusCode::CREATED, Json(body)).into_response();
            }
            Ok(body) => return Json(body).into_response(),
            Err(refusal) => refusal,
        };
        let (code, message) = match &refusal {
            Refusal::Taken => (400, "transaction_details.order_id has already been taken"),
            Refusal::Utilized => (
                400,
                "transaction_details.order_id has been paid and utilized, please use another order \
                 ID",
            ),
            Refusal::InProgress => (400, "Transaction is on progress"),
            Refusal::PageGone(PageState::Canceled) => (400, "token already canceled"),
            Refusal::NoPage | Refusal::PageGone(_) => (404, "token not found"),
            Refusal::Malformed => (400, "the request body is not JSON"),
            Refusal::TooLarge => (413, "the request body is too large"),
            Refusal::MediaType => (415, "the content type cannot be read"),
            Refusal::Invalid(messages) => {
                let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
                return self.refuse(sim, 400, &messages);
            }
            other => {
                tracing::error!(error = %other, "snap request failed");
                return self.refuse(sim, 500, &[]);
            }
        };
        self.refuse(sim, code, &[message])
    }
}

fn snap_text(code: u16) -> &'static [&'static str] {
    match code {
        401 => &[
            "Access denied due to unauthorized transaction, please check client or server key",
            "Visit https://docs.midtrans.com for more details on the Authorization header",
        ],
        403 => &["the Accept header cannot be served"],
        405 => &["the HTTP method is not allowed"],
        413 => &["the request body is too large"],
        429 => &["API rate limit exceeded"],
        _ => &["Sorry, we encountered internal server error. We will fix this soon."],
    }
}

/// The body of a request that needs one. `Null` stands for none.
pub(super) fn json_body(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Value, Refusal> {
    let body = body.map_err(|_| Refusal::TooLarge)?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    if !is_json(headers) {
        return Err(Refusal::MediaType);
    }
    serde_json::from_slice(&body).map_err(|_| Refusal::Malformed)
}

/// A time to pay in, as a merchant names it, on our clock: theirs is the real one, and ours may run
/// ahead of it.
pub(super) fn in_our_time(sim: &Sim, window: Option<Window>) -> Option<Window> {
    let start = |start| sim.0.clock.at(start);
    window.map(|window| Window { start: window.start.map(start), ..window })
}

/// Whether the body says that it is JSON, or says nothing.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return true };
    kind.to_str().is_ok_and(|kind| kind.to_ascii_lowercase().contains("json"))
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let Some(kinds) = headers.get(header::ACCEPT) else { return true };
    let all =
        |kinds: &str| ["json", "*/*", "application/*"].iter().any(|kind| kinds.contains(kind));
    kinds.to_str().is_ok_and(|kinds| kinds.is_empty() || all(&kinds.to_ascii_lowercase()))
}

fn idempotency_key(headers: &HeaderMap) -> Option<String> {
    let key = headers.get("Idempotency-Key")?.to_str().ok()?.trim();
    (!key.is_empty() && key.len() <= KEY_MAX).then(|| key.to_owned())
}

/// Whether the caller shows the server key: Basic, with an empty password (midtrans.md 1.2).
fn is_authorized(sim: &Sim, headers: &HeaderMap) -> bool {
    let shown = || {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, credentials) = value.split_once(' ')?;
        let decoded = STANDARD.decode(credentials.trim()).ok()?;
        Some((scheme.eq_ignore_ascii_case("basic"), decoded))
    };
    let expected = format!("{}:", sim.0.gateway.merchant.key.reveal()).into_bytes();
    shown().is_some_and(|(basic, decoded)| basic && decoded == expected)
}
