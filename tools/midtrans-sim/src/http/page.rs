//! The payment page: three URLs, plain forms, no script. What is shown follows from what is stored,
//! so a form sent twice or too late ends on the page as it stands now.
//!
//! Who wants another method than the one that was chosen: real Snap has no way back, only the
//! merchant can free the order (L). Here the customer denies it, which is the documented way to
//! choose again inside a page (midtrans.md 1.5), or lets it expire.

use super::view::{self, Scene};
use super::{Id, PAGE_HEADERS};
use crate::gateway::Refusal;
use crate::model::{Page, PageState, Transaction};
use crate::rules::method::Method;
use crate::rules::status::{Action, Status};
use crate::sim::Sim;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Choice {
    method: String,
}

#[derive(Deserialize)]
pub(super) struct Wish {
    action: String,
}

#[derive(Deserialize)]
pub(super) struct View {
    /// There if the customer comes from a payment that has ended, to choose again.
    again: Option<String>,
}

pub(super) async fn show(
    State(sim): State<Sim>,
    Id(token): Id,
    view: Result<Query<View>, QueryRejection>,
) -> Response {
    let again = view.is_ok_and(|Query(view)| view.again.is_some());
    let found = sim.read(move |gateway, db, now| {
        let page = db.page(&token)?.ok_or(Refusal::NoPage)?;
        let scene = match scene(&page, db.latest_on(&token)?, now) {
            Scene::Done { other: true, .. } if again => Scene::Choose { denied: false },
            scene => scene,
        };
        Ok(view::render(&gateway.merchant.id, &page, &scene))
    });
    match found.await {
        Ok(Ok(html)) => (PAGE_HEADERS, Html(html)).into_response(),
        Ok(Err(error)) => broken(&error),
        Err(refusal) => failed(&refusal),
    }
}

pub(super) async fn choose(
    State(sim): State<Sim>,
    Id(token): Id,
    form: Result<Form<Choice>, FormRejection>,
) -> Response {
    let Some(method) = form.ok().and_then(|Form(choice)| Method::parse(&choice.method)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let done = sim.change(move |gateway, db, now| {
        let page = db.page(&token)?.ok_or(Refusal::NoPage)?;
        in_time_or_not(page.token, gateway.choose(db, &token, method, now))
    });
    back(done.await)
}

pub(super) async fn act(
    State(sim): State<Sim>,
    Id(token): Id,
    form: Result<Form<Wish>, FormRejection>,
) -> Response {
    let action = match form.ok().map(|Form(wish)| wish.action).as_deref() {
        Some("pay") => Action::Settle,
        Some("deny" | "other") => Action::Deny,
        Some("expire") => Action::Expire,
        Some("late") => Action::SettleLate,
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    let done = sim.change(move |gateway, db, now| {
        let latest = db.latest_on(&token)?.ok_or(Refusal::NoPage)?;
        in_time_or_not(token, gateway.act(db, &latest.id, action, now))
    });
    back(done.await)
}

/// A wish that came too late is no error here: the page tells how things stand.
fn in_time_or_not(token: String, done: Result<Transaction, Refusal>) -> Result<String, Refusal> {
    match done {
        Err(Refusal::Db(error)) => Err(Refusal::Db(error)),
        _ => Ok(token),
    }
}

fn back(done: Result<String, Refusal>) -> Response {
    match done {
        // Relative, so that the page works below any public address.
        Ok(token) => Redirect::to(&format!("../{token}")).into_response(),
        Err(refusal) => failed(&refusal),
    }
}

/// What to show. A denied customer chooses again at once; one who let the time pass is told so
/// first. What the merchant cancelled is at an end.
fn scene(page: &Page, latest: Option<Transaction>, now: Timestamp) -> Scene {
    let usable = page.state == PageState::Open && now < page.closes_at;
    let Some(latest) = latest else {
        return match page.state {
            PageState::Open if usable => Scene::Choose { denied: false },
            PageState::Open => Scene::Expired,
            _ => Scene::Closed,
        };
    };
    let free = usable && latest.paid_at.is_none();
    match latest.standing.status {
        Status::Pending => Scene::Waiting { of: latest, other: usable },
        Status::Deny if free => Scene::Choose { denied: true },
        Status::Expire | Status::Failure if free => Scene::Done { of: latest, other: true },
        _ => Scene::Done { of: latest, other: false },
    }
}

fn failed(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::NoPage => match view::missing() {
            Ok(html) => (StatusCode::NOT_FOUND, PAGE_HEADERS, Html(html)).into_response(),
            Err(error) => broken(&error),
        },
        other => broken(other),
    }
}

fn broken(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "the payment page failed");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
