//! Where a customer pays what was charged without a page: the bank's 3-D Secure page, a wallet's
//! app, a teller. One plain page plays them all.

use super::PAGE_HEADERS;
use super::view;
use crate::gateway::Refusal;
use crate::model::Transaction;
use crate::rules::method::Method;
use crate::rules::status::Status;
use crate::sim::Sim;
use axum::extract::rejection::{FormRejection, PathRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use url::Url;

#[derive(Deserialize)]
pub(super) struct Reference {
    referenceid: String,
}

#[derive(Deserialize)]
pub(super) struct Wish {
    action: String,
}

pub(super) async fn show(
    State(sim): State<Sim>,
    reference: Result<Query<Reference>, QueryRejection>,
) -> Response {
    let id = reference.map_or_else(|_| String::new(), |Query(named)| named.referenceid);
    let shown = sim.read(move |gateway, db, _| {
        let found = db.transaction(&id)?.ok_or(Refusal::NoTransaction)?;
        Ok(view::counter(&gateway.merchant.id, &found))
    });
    match shown.await {
        Ok(Ok(html)) => (PAGE_HEADERS, Html(html)).into_response(),
        Ok(Err(error)) => broken(&error),
        Err(refusal) => failed(&refusal),
    }
}

/// Does what the customer does, then shows the page as it stands, or goes back to the merchant's
/// app (midtrans.md 1.6). Too late is no error here.
pub(super) async fn act(
    State(sim): State<Sim>,
    id: Result<Path<String>, PathRejection>,
    form: Result<Form<Wish>, FormRejection>,
) -> Response {
    let (Ok(Path(id)), Ok(Form(wish))) = (id, form) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let done = sim.change(move |gateway, db, now| match wish.action.as_str() {
        "pay" => gateway.authenticate(db, &id, now),
        "deny" => gateway.decline(db, &id, now),
        _ => Err(Refusal::NotOffered),
    });
    match done.await {
        Ok(moved) => Redirect::to(&onward(&moved)).into_response(),
        Err(Refusal::NotOffered) => StatusCode::BAD_REQUEST.into_response(),
        Err(refusal) => failed(&refusal),
    }
}

/// Where the customer's browser goes. Only web addresses: the text comes from the merchant.
fn onward(moved: &Transaction) -> String {
    let callback = moved.facts.carried.wants.callback_url.as_deref();
    let callback = callback.and_then(|url| Url::parse(url).ok());
    match callback.filter(|url| matches!(url.scheme(), "http" | "https")) {
        Some(mut url) => {
            if moved.method == Method::Gopay {
                let paid = moved.standing.status == Status::Settlement;
                url.query_pairs_mut()
                    .append_pair("order_id", &moved.order_id)
                    .append_pair("result", if paid { "success" } else { "failure" });
            }
            url.into()
        }
        None => format!("../wallet?referenceid={}", moved.id),
    }
}

fn failed(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::NoTransaction => match view::missing() {
            Ok(html) => (StatusCode::NOT_FOUND, PAGE_HEADERS, Html(html)).into_response(),
            Err(error) => broken(&error),
        },
        other => broken(other),
    }
}

fn broken(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "the counter failed");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
