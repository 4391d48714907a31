//! A small HTTP client for the commands that read across services.

use crate::compose::{Owner, Part};
use crate::config::{BadSetting, Config};
use anyhow::{Context, bail};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Talks to one system: all of it behind one address, or each part at its own.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    addresses: Addresses,
}

/// Where the parts of a system answer.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    base: Url,
    parts: Vec<(Part, Url)>,
    simulator: Option<Url>,
}

impl Addresses {
    /// Everything behind one address.
    pub(crate) fn one(base: Url) -> Self {
        Self { base, parts: Vec::new(), simulator: None }
    }

    /// As configured in `[services]`; what is not, is where this configuration would listen.
    pub(crate) fn configured(config: &Config) -> anyhow::Result<Self> {
        let url = |key: &'static str, text: &str| {
            let parsed = Url::parse(text).ok().filter(|url| url.has_host());
            let problem = "it is no http:// address";
            parsed.ok_or_else(|| BadSetting::new(key, problem, "write it as http://host:port"))
        };
        let services = &config.services;
        let settings = [
            (Part::Order, "services.order", &services.order),
            (Part::Payment, "services.payment", &services.payment),
            (Part::Notification, "services.notification", &services.notification),
        ];
        let mut parts = Vec::new();
        for (part, key, text) in settings {
            if !text.is_empty() {
                parts.push((part, url(key, text)?));
            }
        }
        let simulator = match services.simulator.as_str() {
            "" => None,
            text => Some(url("services.simulator", text)?),
        };
        let base = Url::parse(&format!("http://{}", config.server.listen))?;
        Ok(Self { base, parts, simulator })
    }

    /// Whether one address serves all.
    pub(crate) fn is_one(&self) -> bool {
        self.parts.is_empty() && self.simulator.is_none()
    }

    pub(crate) fn part(&self, part: Part) -> &Url {
        self.parts.iter().find(|(p, _)| *p == part).map_or(&self.base, |(_, url)| url)
    }

    /// Who answers a path, without a slash at the end.
    fn of(&self, path: &str) -> &str {
        let url = match Owner::of(path) {
            Owner::Part(part) => self.part(part),
            Owner::Simulator => self.simulator.as_ref().unwrap_or(&self.base),
            Owner::Process => &self.base,
        };
        url.as_str().trim_end_matches('/')
    }
}

/// What answers at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Nobody.
    Nobody,
    /// Somebody else.
    Stranger,
    /// OrderFlow; whether with its simulator.
    Us {
        /// The gateway is simulated.
        simulator: bool,
    },
}

impl Client {
    pub(crate) fn new(addresses: Addresses) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .connect_timeout(Duration::from_secs(2))
            .pool_max_idle_per_host(512)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_backend_rustls()
            .build()
            .context("the http client cannot be built")?;
        Ok(Self { http, addresses })
    }

    /// The whole address of a path.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.addresses.of(path))
    }

    /// Who is there? The payment service knows which gateway it has.
    pub(crate) async fn presence(&self) -> Presence {
        let at = self.addresses.part(Part::Payment).as_str().trim_end_matches('/');
        let Ok(answer) = self.http.get(format!("{at}/about")).send().await else {
            return Presence::Nobody;
        };
        match answer.json::<Value>().await {
            Ok(about) if about["name"] == crate::welcome::NAME => {
                Presence::Us { simulator: about["simulator"] == true }
            }
            _ => Presence::Stranger,
        }
    }

    /// `None` for 404.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<Option<T>> {
        let at = self.addresses.of(path);
        let answer = self.http.get(self.address(path)).send().await;
        let answer = answer.map_err(|error| silent(at, error))?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(Some(self.read(path, answer).await?))
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let at = self.addresses.of(path);
        let mut request = self.http.request(method, self.address(path)).json(body);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let answer = request.send().await;
        let answer = answer.map_err(|error| silent(at, error))?;
        self.read(path, answer).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        path: &str,
        answer: reqwest::Response,
    ) -> anyhow::Result<T> {
        let status = answer.status();
        let body = answer.bytes().await.with_context(|| format!("{path}: the answer broke off"))?;
        if !status.is_success() {
            let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
            let detail = problem["detail"].as_str().unwrap_or("no detail");
            bail!("{path} answered {status}: {detail}");
        }
        let body = if body.is_empty() { b"null" } else { &body[..] };
        serde_json::from_slice(body).with_context(|| format!("{path}: the answer cannot be read"))
    }
}

fn silent(at: &str, error: reqwest::Error) -> anyhow::Error {
    let why = error.without_url();
    if why.is_connect() {
        return anyhow::anyhow!(
            "nobody answers at {at}\n  start it with \"orderflow up\", or name the system with \
             --url, or with --config FILE that has its [services]"
        );
    }
    anyhow::anyhow!("{at} does not answer: {why}")
}
