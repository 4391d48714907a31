//! What a newcomer sees first: the banner in the terminal and the page at `/`.

use crate::compose::System;
use crate::config::{ChannelKind, Config, Environment};
use crate::process;
use askama::Template;
use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use std::time::Duration;

#[derive(Template)]
#[template(path = "index.html")]
struct Index<'a> {
    version: &'static str,
    url: &'a str,
    mailbox: bool,
    simulator: bool,
}

/// `GET /`, and `GET /about` for programs.
pub(crate) fn routes(config: &Config, public_url: &str) -> Router {
    let index = Index {
        version: env!("CARGO_PKG_VERSION"),
        url: public_url,
        mailbox: config.notification.channel == ChannelKind::Mailbox,
        simulator: config.midtrans.environment == Environment::Simulator,
    };
    let about = serde_json::json!({ "name": NAME, "version": index.version,
        "simulator": index.simulator });
    let html = index.render().unwrap_or_default();
    Router::new()
        .route("/", get(move || async move { page(html) }))
        .route("/about", get(move || async move { runtime::Json(about) }))
}

/// How a client knows that it speaks with us.
pub(crate) const NAME: &str = "orderflow";

fn page(html: String) -> Response {
    let csp = "default-src 'none'; style-src 'unsafe-inline'";
    ([(header::CONTENT_SECURITY_POLICY, csp)], Html(html)).into_response()
}

/// The banner, on standard error.
pub(crate) fn banner(system: &System, config: &Config, ready_after: Duration) {
    let url = &system.public_url;
    let memory = process::resident_bytes()
        .map(|bytes| format!(", {} MB of memory", bytes / 1_000_000))
        .unwrap_or_default();
    eprintln!();
    eprintln!("  OrderFlow {}   everything in one process", env!("CARGO_PKG_VERSION"));
    eprintln!();
    eprintln!("  Start here  {url}/");
    eprintln!("  Orders      {url}/v1/orders");
    if config.notification.channel == ChannelKind::Mailbox {
        eprintln!("  Mailbox     {url}/mailbox          what customers were sent");
    }
    match config.midtrans.environment {
        Environment::Simulator => {
            eprintln!(
                "  Midtrans    built-in simulator, no real money; see {url}/_sim/transactions"
            );
        }
        Environment::Sandbox => eprintln!("  Midtrans    sandbox, no real money"),
        Environment::Production => eprintln!("  Midtrans    PRODUCTION: real money"),
    }
    eprintln!("  Data        {}   kept; --fresh starts over", system.data.path().display());
    eprintln!();
    eprintln!("  Try next, in another terminal");
    let flag = if system.address.port() == 8080 { String::new() } else { format!(" --url {url}") };
    let program = process::invocation();
    eprintln!("    {program} demo{flag}");
    eprintln!("        an order, paid, seen live");
    eprintln!("    {program} demo --count 500 --rate 50{flag}");
    eprintln!("        a busy shop");
    eprintln!("    {program} why ORDER{flag}");
    eprintln!("        everything about one order");
    eprintln!();
    eprintln!("  Ready in {} ms{memory}. Ctrl-C stops; the data stays.", ready_after.as_millis());
    eprintln!();
}
