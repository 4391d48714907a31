//! What a newcomer sees first: what the terminal says once all is up, and the page at `/`.

use crate::compose::{Part, System};
use crate::config::{ChannelKind, Config, Environment};
use crate::process;
use askama::Template;
use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use std::time::Duration;

/// The start page of everything in one process.
#[derive(Template)]
#[template(path = "index.html")]
struct Index<'a> {
    version: &'static str,
    url: &'a str,
    mailbox: bool,
    simulator: bool,
}

/// The start page of the simulator by itself.
#[derive(Template)]
#[template(path = "simulator.html")]
struct Alone {
    version: &'static str,
}

/// `GET /about` for programs, and `GET /` for people where everything is behind one address.
pub(crate) fn routes(config: &Config, parts: &[Part], public_url: &str) -> Router {
    let about = named(config, parts);
    if parts.len() < Part::ALL.len() {
        return about;
    }
    let index = Index {
        version: env!("CARGO_PKG_VERSION"),
        url: public_url,
        mailbox: config.notification.channel == ChannelKind::Mailbox,
        simulator: config.midtrans.environment == Environment::Simulator,
    };
    let html = index.render().unwrap_or_default();
    about.route("/", get(move || async move { page(html) }))
}

/// What a process says about itself that runs the simulator and nothing else: `GET /about` for
/// programs, and `GET /` for people, which leads to the simulator's console.
pub(crate) fn about(config: &Config) -> Router {
    let html = Alone { version: env!("CARGO_PKG_VERSION") }.render().unwrap_or_default();
    named(config, &[]).route("/", get(move || async move { page(html) }))
}

fn named(config: &Config, parts: &[Part]) -> Router {
    let about = itself(config, parts);
    Router::new().route("/about", get(move || async move { runtime::Json(about) }))
}

const NAME: &str = "orderflow";

fn itself(config: &Config, parts: &[Part]) -> Value {
    let services: Vec<&str> = parts.iter().copied().map(Part::name).collect();
    let simulator = config.midtrans.environment == Environment::Simulator;
    json!({ "name": NAME, "version": env!("CARGO_PKG_VERSION"), "services": services,
        "simulator": simulator })
}

/// How a client knows that it speaks with us: a service says this of itself. The simulator by itself
/// has none.
pub(crate) fn is_ours(about: &Value) -> bool {
    let none = about["services"].as_array().is_some_and(Vec::is_empty);
    about["name"] == NAME && !none
}

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
            eprintln!("  Midtrans    {url}/_sim/            the built-in simulator, no real money");
        }
        Environment::Sandbox => eprintln!("  Midtrans    sandbox, no real money"),
        Environment::Production => eprintln!("  Midtrans    PRODUCTION: real money"),
    }
    stores(system, config);
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

/// What keeps orders and events.
fn stores(system: &System, config: &Config) {
    let servers: Vec<&str> = Part::ALL
        .into_iter()
        .filter(|part| !part.database_url(config).is_empty())
        .map(Part::name)
        .collect();
    if !servers.is_empty() {
        eprintln!("  PostgreSQL  {}", servers.join(", "));
    }
    if !config.broker.url.is_empty() {
        eprintln!("  RabbitMQ    as configured");
    }
    if let Some(data) = &system.data {
        eprintln!("  Data        {}   kept; --fresh starts over", data.path().display());
    }
}

/// The few lines of a part that runs by itself, on standard error.
pub(crate) fn notice(system: &System, what: &str, ready_after: Duration) {
    let millis = ready_after.as_millis();
    eprintln!("  OrderFlow {} {what}   http://{}", env!("CARGO_PKG_VERSION"), system.address);
    eprintln!("  Ready in {millis} ms. Ctrl-C stops.");
}

/// What somebody needs who points a client at the simulator, on standard error.
pub(crate) fn simulator(system: &System, config: &Config, ready_after: Duration) {
    let url = &system.public_url;
    eprintln!();
    eprintln!("  OrderFlow {}   Midtrans simulator, no real money", env!("CARGO_PKG_VERSION"));
    eprintln!();
    eprintln!("  Listens on     http://{}", system.address);
    eprintln!("  Snap           {url}/snap/v1");
    eprintln!("  Core API       {url}   (paths begin with /v2)");
    eprintln!("  Server key     {}", server_key(config));
    eprintln!("  Look, click    {url}/_sim/");
    for line in notifications(config) {
        eprintln!("  {line}");
    }
    match &system.data {
        Some(data) => eprintln!("  Data           {}   kept", data.path().display()),
        None => eprintln!("  Data           in memory; --data-dir DIR keeps it"),
    }
    eprintln!();
    eprintln!("  Ready in {} ms. Ctrl-C stops.", ready_after.as_millis());
    eprintln!();
}

/// The simulator's key is no secret, but settings that are meant for the real Midtrans have one.
fn server_key(config: &Config) -> &str {
    match config.midtrans.environment {
        Environment::Simulator => config.midtrans.server_key.reveal(),
        Environment::Sandbox | Environment::Production => {
            "as configured; not shown, since the settings are for the real Midtrans"
        }
    }
}

fn notifications(config: &Config) -> [String; 2] {
    let set = "               --notification-url URL, or simulator.notification_url,";
    match config.simulator.notification_url.as_str() {
        "" => [
            "Notifications  none are sent, but to an address that a request names itself"
                .to_owned(),
            format!("{set} says where to"),
        ],
        url => [format!("Notifications  {url}"), format!("{set} names another")],
    }
}

#[cfg(test)]
#[path = "welcome_tests.rs"]
mod tests;
