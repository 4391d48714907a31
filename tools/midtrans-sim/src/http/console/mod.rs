//! The simulator's web page, for engineers: what happened, what can be done now, which switches are
//! set. Plain forms, no script. It shows what `/_sim` tells as JSON and does what that does; nothing
//! is decided here.

mod books;
mod clock;
mod deliveries;
mod frame;
mod settings;
mod switches;
mod transaction;
mod transactions;
mod words;

pub(super) use transactions::list as home;

use super::PAGE_HEADERS;
use super::admin::Failure;
use crate::sim::Sim;
use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};

/// How many rows a page shows.
const ROWS: u32 = 50;
/// Where the console begins.
const HOME: &str = "/_sim/";

pub(super) type Shown = Result<Response, Trouble>;

pub(super) fn routes() -> Router<Sim> {
    Router::new()
        .route("/", get(transactions::list))
        .route("/console/transactions/{id}", get(transaction::show).post(transaction::act))
        .route("/console/deliveries", get(deliveries::list))
        .route("/console/deliveries/{id}/resend", post(deliveries::resend))
        .route("/console/test-notification", post(deliveries::test))
        .route("/console/switches", get(switches::show).post(switches::add))
        .route("/console/switches/off", post(switches::off))
        .route("/console/switches/{id}/remove", post(switches::remove))
        .route("/console/settings", get(settings::show))
        .route("/console/autopay", post(settings::set_autopay))
        .route("/console/fees", post(settings::set_fees))
        .route("/console/leniency", post(settings::set_leniency))
        .route("/console/clock", post(clock::set))
}

/// A page that tells what went wrong.
pub(super) struct Trouble(Failure);

impl<E: Into<Failure>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

#[derive(Template)]
#[template(path = "console_notice.html")]
struct Notice<'a> {
    code: u16,
    text: &'a str,
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let Failure(code, text) = self.0;
        let page = page(&Notice { code: code.as_u16(), text: &text });
        // A notice that cannot be rendered is told as text, so that this ends.
        page.map_or_else(|_| (code, text.clone()).into_response(), |page| answered(code, page))
    }
}

/// A page of the console.
fn page(template: &impl Template) -> Shown {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "the console failed");
        Failure(StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be shown".to_owned())
    })?;
    Ok((PAGE_HEADERS, Html(html)).into_response())
}

fn answered(code: StatusCode, mut page: Response) -> Response {
    *page.status_mut() = code;
    page
}

/// To the page where a form was sent, which it names itself. Nowhere else than here.
fn back(to: &str) -> Response {
    let ours = to.starts_with("/_sim") && to.bytes().all(|byte| byte.is_ascii_graphic());
    Redirect::to(if ours { to } else { HOME }).into_response()
}

/// A field of a form that may be left empty.
fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// A number that may be left empty; the error says what it has to be.
fn number<T: std::str::FromStr>(field: &str, text: &str) -> Result<Option<T>, Failure> {
    let parsed = given(text).map(str::parse).transpose();
    parsed.map_err(|_| Failure::bad(format!("`{field}` is a number, or left empty")))
}
