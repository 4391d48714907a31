//! The payment page: three URLs, plain forms, no script. What is shown follows from what is stored,
//! so a form sent twice or too late ends on the page as it stands now.

use super::view::{self, Scene};
use super::{Id, PAGE_HEADERS};
use crate::gateway::Refusal;
use crate::model::{Page, PageState, Transaction};
use crate::rules::method::Method;
use crate::rules::status::{Action, Status};
use crate::sim::Sim;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
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

pub(super) async fn show(State(sim): State<Sim>, Id(token): Id) -> Response {
    let found = sim.read(move |gateway, db, now| {
        let page = db.page(&token)?.ok_or(Refusal::NoPage)?;
        let scene = scene(&page, db.latest_on(&token)?, now);
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
        Some("deny") => Action::Deny,
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

/// What to show.
fn scene(page: &Page, latest: Option<Transaction>, now: Timestamp) -> Scene {
    let retry = latest.as_ref().is_some_and(|t| {
        t.standing.status == Status::Deny && t.paid_at.is_none() && page.state == PageState::Open
    });
    match latest {
        Some(waiting) if waiting.standing.status == Status::Pending => Scene::Waiting(waiting),
        Some(done) if !retry || now >= page.closes_at => Scene::Done(done),
        _ if page.state != PageState::Open => Scene::Closed,
        _ if now >= page.closes_at => Scene::Expired,
        _ => Scene::Choose { denied: retry },
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
