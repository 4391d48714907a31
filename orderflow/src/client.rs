//! A small HTTP client for the commands that read across services.

use anyhow::{Context, bail};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Talks to one system; all of its services answer behind one URL.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
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
    pub(crate) fn new(base: Url) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .connect_timeout(Duration::from_secs(2))
            .pool_max_idle_per_host(512)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_backend_rustls()
            .build()
            .context("the http client cannot be built")?;
        Ok(Self { http, base })
    }

    pub(crate) fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Who is there?
    pub(crate) async fn presence(&self) -> Presence {
        let Ok(answer) = self.http.get(format!("{}/about", self.base())).send().await else {
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
        let answer = self.http.get(format!("{}{path}", self.base())).send().await;
        let answer = answer.with_context(|| format!("{} does not answer", self.base()))?;
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
        let mut request = self.http.request(method, format!("{}{path}", self.base())).json(body);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let answer = request.send().await;
        let answer = answer.with_context(|| format!("{} does not answer", self.base()))?;
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
