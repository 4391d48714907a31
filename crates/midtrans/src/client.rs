//! The calls. Each is one HTTP request: no retry, no redirect, no cache; whoever calls decides
//! what an [`Error`] leads to.

use crate::wire::{self, Answer};
use crate::{Doubt, Error, ServerKey, SnapRequest, Transaction, TransactionStatus};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use std::time::{Duration, Instant};
use url::Url;

/// The addresses of Midtrans (midtrans.md 1.1).
pub mod hosts {
    /// Snap, sandbox.
    pub const SNAP_SANDBOX: &str = "https://app.sandbox.midtrans.com/snap/v1";
    /// Snap, production.
    pub const SNAP_PRODUCTION: &str = "https://app.midtrans.com/snap/v1";
    /// Core API, sandbox.
    pub const CORE_SANDBOX: &str = "https://api.sandbox.midtrans.com";
    /// Core API, production.
    pub const CORE_PRODUCTION: &str = "https://api.midtrans.com";
}

/// Where Midtrans is and how long we wait for it.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Snap, including `/snap/v1`.
    pub snap_url: Url,
    /// Core API, without `/v2`.
    pub core_url: Url,
    /// The secret of this environment.
    pub server_key: ServerKey,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long the creation of a page may take in all.
    pub create_timeout: Duration,
    /// How long any other call may take in all.
    pub read_timeout: Duration,
    /// Idle connections kept per host.
    pub pool_size: usize,
    /// Where notifications of the pages we create go, instead of the dashboard's address
    /// (midtrans.md 1.2).
    pub notification_url: Option<Url>,
}

impl ClientConfig {
    /// The usual limits.
    pub fn new(snap_url: Url, core_url: Url, server_key: ServerKey) -> Self {
        Self {
            snap_url,
            core_url,
            server_key,
            connect_timeout: Duration::from_secs(2),
            create_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(5),
            pool_size: 64,
            notification_url: None,
        }
    }
}

/// A configuration that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not an address we can call.
    #[error("{0} is not an http or https address without user name and password")]
    Url(&'static str),
    /// Not a header value.
    #[error("{0} cannot be sent in a header")]
    Header(&'static str),
    /// No HTTP client, for instance because the system has no certificates.
    #[error("the http client cannot be built")]
    Http(#[source] reqwest::Error),
}

/// A client of one Midtrans account. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    snap_url: Url,
    core_url: Url,
    create_timeout: Duration,
    read_timeout: Duration,
    notification_url: Option<HeaderValue>,
}

/// A payment page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SnapPage {
    /// Names the page; valid until paid, expired, or another page of the same order id.
    pub token: String,
    /// Where to send the customer: an http or https address, opaque otherwise (midtrans.md 1.4).
    pub redirect_url: String,
}

#[derive(Deserialize)]
struct Canceled {
    #[serde(rename = "canceled_at")]
    _at: String,
}

impl Client {
    /// A client; connects to nothing yet. The process must have installed its rustls provider.
    pub fn try_new(config: ClientConfig) -> Result<Self, ConfigError> {
        let urls = [("snap_url", &config.snap_url), ("core_url", &config.core_url)];
        for (name, url) in urls {
            let web = matches!(url.scheme(), "http" | "https") && url.has_host();
            if !web || !url.username().is_empty() || url.password().is_some() {
                return Err(ConfigError::Url(name));
            }
        }
        let notification_url = config.notification_url.as_ref().map(|url| {
            HeaderValue::from_str(url.as_str()).map_err(|_| ConfigError::Header("notification_url"))
        });
        let mut builder = reqwest::Client::builder()
            .default_headers(default_headers(&config.server_key)?)
            .user_agent("orderflow-midtrans")
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(config.connect_timeout)
            .pool_max_idle_per_host(config.pool_size);
        if urls.iter().all(|(_, url)| url.scheme() == "http") {
            // Without TLS it is a simulator in our own network: no proxy stands before it, and the
            // system's certificates are neither needed nor always there.
            builder = builder.no_proxy().tls_certs_only([]);
        }
        Ok(Self {
            http: builder.build().map_err(ConfigError::Http)?,
            snap_url: config.snap_url,
            core_url: config.core_url,
            create_timeout: config.create_timeout,
            read_timeout: config.read_timeout,
            notification_url: notification_url.transpose()?,
        })
    }

    /// Creates a payment page. Repeating it is safe while nobody has chosen a method: the same order
    /// id gives a new page and revokes the former (midtrans.md 1.5).
    pub async fn create_snap(&self, request: &SnapRequest) -> Result<SnapPage, Error> {
        let url = join(&self.snap_url, &["transactions"])?;
        let mut call = self.http.post(url).timeout(self.create_timeout).json(request);
        if let Some(url) = &self.notification_url {
            call = call.header("X-Override-Notification", url);
        }
        let answer = send("snap.create", request.order_id().as_str(), call).await?;
        let page: SnapPage = wire::snap(answer)?;
        let address = Url::parse(&page.redirect_url).ok();
        let web = address.is_some_and(|url| matches!(url.scheme(), "http" | "https"));
        if page.token.is_empty() || !web {
            return Err(Error::Unknown(Doubt::NotUnderstood));
        }
        Ok(page)
    }

    /// Voids a page on which nobody has chosen a method. A page that is gone or in use already is
    /// [`Error::Refused`] (midtrans.md 1.1).
    pub async fn cancel_snap(&self, token: &str) -> Result<(), Error> {
        let url = join(&self.snap_url, &["transactions", token, "cancel"])?;
        let call = self.http.post(url).timeout(self.read_timeout).json(&serde_json::json!({}));
        wire::snap::<Canceled>(send("snap.cancel", token, call).await?).map(|_| ())
    }

    /// How a transaction stands, by order id or transaction id. `None` means that nobody has chosen
    /// a method yet or that the id is unknown: not attempted, not failed (midtrans.md 0.1 #11).
    pub async fn status(&self, id: &str) -> Result<Option<Transaction>, Error> {
        let call = self.core(Method::GET, id, "status")?;
        let answer = wire::core(send("core.status", id, call).await?)?;
        answer.map(|answer| answer.transaction()).transpose()
    }

    /// Cancels a transaction that is pending or captured. [`Error::is_wrong_state`] means that it is
    /// in another state, perhaps paid.
    pub async fn cancel(&self, id: &str) -> Result<(), Error> {
        self.act(id, "cancel", &[200], &TransactionStatus::Cancel).await
    }

    /// Expires a pending transaction. Midtrans answers with code 407, which is its success
    /// (midtrans.md 0.1 #3).
    pub async fn expire(&self, id: &str) -> Result<(), Error> {
        self.act(id, "expire", &[200, 407], &TransactionStatus::Expire).await
    }

    async fn act(
        &self,
        id: &str,
        action: &'static str,
        codes: &[u16],
        wanted: &TransactionStatus,
    ) -> Result<(), Error> {
        let call = self.core(Method::POST, id, action)?.json(&serde_json::json!({}));
        let answer = wire::core(send(action, id, call).await?)?;
        let unknown = || Error::Refused { http: 200, code: 404, messages: vec![] };
        answer.ok_or_else(unknown)?.ended_as(codes, wanted)
    }

    fn core(&self, method: Method, id: &str, action: &str) -> Result<RequestBuilder, Error> {
        let url = join(&self.core_url, &["v2", id, action])?;
        Ok(self.http.request(method, url).timeout(self.read_timeout))
    }
}

fn default_headers(key: &ServerKey) -> Result<HeaderMap, ConfigError> {
    let credentials = STANDARD.encode(format!("{}:", key.reveal()));
    let mut authorization = HeaderValue::from_str(&format!("Basic {credentials}"))
        .map_err(|_| ConfigError::Header("server_key"))?;
    authorization.set_sensitive(true);
    let json = HeaderValue::from_static("application/json");
    Ok(HeaderMap::from_iter([(AUTHORIZATION, authorization), (ACCEPT, json)]))
}

/// Appends path segments, percent-encoded. What a URL would drop or fold is refused: the request
/// would reach another resource.
fn join(base: &Url, segments: &[&str]) -> Result<Url, Error> {
    if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
        return Err(Error::BadId);
    }
    let mut url = base.clone();
    url.path_segments_mut().map_err(|()| Error::BadId)?.pop_if_empty().extend(segments);
    Ok(url)
}

async fn send(operation: &str, id: &str, call: RequestBuilder) -> Result<Answer, Error> {
    let started = Instant::now();
    let answer = match call.send().await {
        Ok(response) => Ok(Answer::read(response).await),
        Err(error) => Err(wire::no_answer(error)),
    };
    let elapsed = started.elapsed();
    match &answer {
        Ok(answer) => tracing::debug!(operation, id, http = answer.http, ?elapsed, "midtrans call"),
        Err(error) => tracing::debug!(operation, id, %error, ?elapsed, "midtrans call"),
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_encoded_and_dots_never_leave_the_path() {
        let base = Url::parse("http://127.0.0.1:1/").unwrap();
        let url = join(&base, &["v2", "a/b c#d?e", "status"]).unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:1/v2/a%2Fb%20c%23d%3Fe/status");
        for bad in ["", ".", ".."] {
            assert!(matches!(join(&base, &["v2", bad, "status"]), Err(Error::BadId)), "{bad:?}");
        }
        let snap = Url::parse(hosts::SNAP_SANDBOX).unwrap();
        let url = join(&snap, &["transactions"]).unwrap();
        assert_eq!(url.as_str(), "https://app.sandbox.midtrans.com/snap/v1/transactions");
    }

    #[test]
    fn the_key_goes_out_as_documented_and_is_marked_secret() {
        let key = ServerKey::try_new("SB-Mid-server-EXAMPLE-0001").unwrap();
        let headers = default_headers(&key).unwrap();
        let sent = &headers[AUTHORIZATION];
        assert_eq!(sent, "Basic U0ItTWlkLXNlcnZlci1FWEFNUExFLTAwMDE6");
        assert!(sent.is_sensitive());
    }
}
