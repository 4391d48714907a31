//! The calls. Each is one HTTP request: no retry, no redirect, no cache; whoever calls decides
//! what an [`Error`] leads to. Snap's are here, Core's in `core`.

mod config;
mod core;

pub use config::{ClientConfig, ConfigError, hosts};

use crate::wire::{self, Answer};
use crate::{Doubt, Error, NotificationUrls, Options, ServerKey, SnapRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::RequestBuilder;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use serde::Deserialize;
use std::time::{Duration, Instant};
use url::Url;

/// A client of one Midtrans account. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    snap_url: Url,
    core_url: Url,
    create_timeout: Duration,
    read_timeout: Duration,
    notification_url: Option<NotificationUrls>,
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
        let notification_url = config.notification_url.map(|url| NotificationUrls::try_new(&[url]));
        let notification_url =
            notification_url.transpose().map_err(|_| ConfigError::Header("notification_url"))?;
        // Nothing is unpacked: a small answer could unpack into one that fills the memory.
        let mut builder = reqwest::Client::builder()
            .default_headers(default_headers(&config.server_key)?)
            .user_agent("orderflow-midtrans")
            .redirect(reqwest::redirect::Policy::none())
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
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
            notification_url,
        })
    }

    /// Creates a payment page. Repeating it is safe while nobody has chosen a method: the same order
    /// id gives a new page and revokes the former (midtrans.md 1.5, M).
    pub async fn create_snap(&self, request: &SnapRequest) -> Result<SnapPage, Error> {
        self.create_snap_with(request, &Options::default()).await
    }

    /// The same, with notifications going elsewhere. Snap takes no idempotency key, so none is sent
    /// (midtrans.md 2.8, M).
    pub async fn create_snap_with(
        &self,
        request: &SnapRequest,
        options: &Options,
    ) -> Result<SnapPage, Error> {
        let url = join(&self.snap_url, &["transactions"])?;
        let call = self.http.post(url).timeout(self.create_timeout).json(request);
        let call = options.notifications(call, self.notification_url.as_ref());
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
        // The token opens the page, so that it is not logged.
        wire::snap::<Canceled>(send("snap.cancel", "(token)", call).await?).map(|_| ())
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
mod tests;
