//! `GET /problems/{slug}`: the explanation behind a problem's type, for people and programs.
//!
//! Served from the table alone, so it works offline and in every release as that release means it.

use super::Problem;
use super::catalogue::{KINDS, Kind};
use crate::Path;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use std::fmt::Write;
use std::sync::Arc;

/// The routes `/problems` and `/problems/{slug}` over the shared kinds and those of services.
pub fn routes(of_services: &[&'static Kind]) -> Router {
    let all: Arc<[&'static Kind]> = KINDS.iter().chain(of_services).copied().collect();
    let list = all.clone();
    Router::new()
        .route("/problems", get(async move |headers: HeaderMap| index(&list, &headers)))
        .route(
            "/problems/{slug}",
            get(async move |headers: HeaderMap, Path(slug): Path<String>| {
                match all.iter().find(|kind| kind.slug == slug) {
                    Some(kind) => one(kind, &headers),
                    None => Problem::not_found().into_response(),
                }
            }),
        )
}

fn index(kinds: &[&'static Kind], headers: &HeaderMap) -> Response {
    if !wants_html(headers) {
        return Json(kinds).into_response();
    }
    let mut list = String::new();
    for kind in kinds {
        let line =
            format!("<li>{} <a href=\"{}\">{}</a>", kind.status, kind.type_url(), kind.title);
        list.push_str(&line);
    }
    Html(frame("Problems", &format!("<ul>{list}</ul>"))).into_response()
}

fn one(kind: &'static Kind, headers: &HeaderMap) -> Response {
    if !wants_html(headers) {
        return Json(kind).into_response();
    }
    let again = if kind.retryable { "may succeed later" } else { "fails again" };
    let mut body = format!("<p>{}</p>", marked(kind.explanation));
    let facts = format!(
        "<p>HTTP status {}. Code <code>{}</code>. The same request {again}.</p>",
        kind.status, kind.code
    );
    body.push_str(&facts);
    body.push_str("<p><a href=\"/problems\">All problems</a></p>");
    Html(frame(kind.title, &body)).into_response()
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn frame(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <style>body{{font:1rem/1.5 sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}}\
         </style><h1>{title}</h1>{body}</html>"
    )
}

/// Escapes, then sets what stands between backticks as code.
fn marked(text: &str) -> String {
    let mut out = String::new();
    for (i, part) in text.split('`').enumerate() {
        let part = escaped(part);
        let written =
            if i % 2 == 1 { write!(out, "<code>{part}</code>") } else { out.write_str(&part) };
        written.expect("writing to a String cannot fail");
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
