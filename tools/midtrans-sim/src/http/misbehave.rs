//! What the answer switches do to an answer. Whether they hit is decided in `faults`.

use super::exchange::Dialect;
use crate::faults::{Call, Fault, Place, Strike, Subject};
use crate::gateway::Refusal;
use crate::sim::Sim;
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use std::time::Duration;

/// How much a huge answer is.
const HUGE: usize = 10 * 1024 * 1024;
/// What nobody's order, transaction or page is called.
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// What a call is about, as far as the request tells.
pub(super) struct Asked<'a> {
    pub(super) call: Call,
    /// An order id, a transaction id or a page's token.
    pub(super) id: &'a str,
    /// Of a charge.
    pub(super) payment_type: &'a str,
}

/// What a call is about, as switches look at it.
#[derive(Default)]
struct About {
    order_id: String,
    transaction_id: String,
    payment_type: String,
    status: String,
}

/// The switches that hit one answer.
#[derive(Default)]
pub(super) struct Mischief(Vec<Strike>);

impl Mischief {
    /// Asks the switches about a call, as things stand before its work.
    pub(super) async fn of(sim: &Sim, asked: Asked<'_>) -> Self {
        if sim.0.gateway.switches().is_empty() {
            return Self::default();
        }
        let about = find(sim, &asked).await;
        let subject = Subject {
            order_id: &about.order_id,
            transaction_id: &about.transaction_id,
            payment_type: &about.payment_type,
            status: &about.status,
            call: Some(asked.call),
        };
        Self(sim.0.gateway.switches().strike(Place::Answer, &subject))
    }

    /// What happens before the work; an answer means that the work is not done.
    pub(super) async fn before<D: Dialect>(&self, sim: &Sim, dialect: D) -> Option<Response> {
        for strike in self.0.iter().filter(|strike| !strike.after) {
            hang(strike).await;
        }
        let strike = self.0.iter().find(|strike| !strike.after && replaces(strike.fault))?;
        Some(instead(strike, sim, dialect))
    }

    /// What becomes of the answer to work that was done.
    pub(super) async fn after<D: Dialect>(
        &self,
        sim: &Sim,
        dialect: D,
        answer: Response,
    ) -> Response {
        for strike in self.0.iter().filter(|strike| strike.after) {
            hang(strike).await;
        }
        for strike in &self.0 {
            match strike.fault {
                Fault::Truncated => return truncated(answer).await,
                Fault::Contradiction => return contradicted(answer).await,
                fault if strike.after && replaces(fault) => return instead(strike, sim, dialect),
                _ => {}
            }
        }
        answer
    }
}

/// A charge and a new page are about what is to be; all else is about what is.
async fn find(sim: &Sim, asked: &Asked<'_>) -> About {
    let id = asked.id.to_owned();
    let asked_for = About {
        order_id: id.clone(),
        transaction_id: id.clone(),
        payment_type: asked.payment_type.to_owned(),
        status: String::new(),
    };
    let call = asked.call;
    let found = sim.read(move |_, db, _| match call {
        Call::Charge | Call::Snap => Ok(None),
        Call::SnapCancel => {
            let page = db.page(&id)?;
            Ok(page.map(|page| About { order_id: page.order_id, ..About::default() }))
        }
        _ => Ok::<_, Refusal>(db.transaction(&id)?.map(|found| About {
            payment_type: found.method.payment_type().to_owned(),
            status: found.standing.status.as_str().to_owned(),
            order_id: found.order_id,
            transaction_id: found.id,
        })),
    });
    // A store that fails is told by the work that comes next.
    found.await.ok().flatten().unwrap_or(asked_for)
}

/// Whether the fault has an answer of its own.
fn replaces(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::HttpError | Fault::Refuse | Fault::Html | Fault::Huge | Fault::Redirect | Fault::Cut
    )
}

async fn hang(strike: &Strike) {
    if strike.fault == Fault::Hang {
        tokio::time::sleep(Duration::from_millis(strike.ms.unwrap_or_default())).await;
    }
}

fn instead<D: Dialect>(strike: &Strike, sim: &Sim, dialect: D) -> Response {
    // A strike of a fault that has a code has one: `Fault::codes` gives the usual one, and bounds
    // what a switch can ask for.
    let code = strike.code.unwrap_or_default();
    let http = || StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
    match strike.fault {
        Fault::Refuse => dialect.refuse(sim, code, &[]),
        Fault::Html => {
            (http(), Html("<html><body><h1>Under maintenance</h1></body></html>")).into_response()
        }
        Fault::Huge => vec![b' '; HUGE].into_response(),
        Fault::Redirect => {
            let elsewhere = [(header::LOCATION, "https://example.com/elsewhere")];
            (StatusCode::FOUND, elsewhere).into_response()
        }
        Fault::Cut => cut(Bytes::new(), 1024),
        _ => http().into_response(),
    }
}

async fn truncated(answer: Response) -> Response {
    let whole = bytes(answer).await;
    let half = whole.slice(..whole.len() / 2);
    cut(half, whole.len())
}

/// The same success, about another order or page.
async fn contradicted(answer: Response) -> Response {
    let status = answer.status();
    let mut told: Value = serde_json::from_slice(&bytes(answer).await).unwrap_or_default();
    rename(&mut told);
    if let Some(all) = told["transactions"].as_array_mut() {
        all.iter_mut().for_each(rename);
    }
    (status, axum::Json(told)).into_response()
}

fn rename(told: &mut Value) {
    for field in ["order_id", "transaction_id", "token"] {
        if let Some(name) = told.get_mut(field).filter(|name| name.is_string()) {
            *name = NOBODY.into();
        }
    }
}

/// Promises `length` bytes, sends these, and closes the connection; with none to send, before
/// anything is written.
fn cut(sent: Bytes, length: usize) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    let parts = futures::stream::unfold((sent, Turn::Send), |(sent, turn)| async move {
        match turn {
            Turn::Send if !sent.is_empty() => Some((Ok(sent), (Bytes::new(), Turn::Wait))),
            Turn::Wait => {
                // The server writes out what it has only while the body is not ready.
                tokio::task::yield_now().await;
                Some((Err(gone()), (sent, Turn::Gone)))
            }
            Turn::Send => Some((Err(gone()), (sent, Turn::Gone))),
            Turn::Gone => None,
        }
    });
    (headers, Body::from_stream(parts)).into_response()
}

/// What a cut answer does next.
enum Turn {
    Send,
    Wait,
    Gone,
}

fn gone() -> std::io::Error {
    std::io::ErrorKind::ConnectionAborted.into()
}

async fn bytes(answer: Response) -> Bytes {
    axum::body::to_bytes(answer.into_body(), HUGE).await.unwrap_or_default()
}
