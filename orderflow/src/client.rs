//! A small HTTP client for the commands that read across services.

use crate::cli::TargetArgs;
use crate::compose::{Owner, Part};
use crate::config::{BadSetting, Config};
use anyhow::Context;
use futures::future::join_all;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// Where commands look if nothing else is said.
const USUAL: &str = "http://127.0.0.1:8080";

/// Talks to one system: all of it behind one address, or each part at its own.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    addresses: Addresses,
    /// The file of settings that says which system it is, if one was named.
    config: Option<PathBuf>,
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

    /// Each part at its own.
    pub(crate) fn parts(parts: Vec<(Part, Url)>, simulator: Url) -> Self {
        Self { base: simulator.clone(), parts, simulator: Some(simulator) }
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
    /// Of the system that a command was told to read. An error if somebody else answers there: what
    /// he does not know would look like what OrderFlow does not have.
    pub(crate) async fn of(target: &TargetArgs) -> anyhow::Result<Self> {
        let addresses = match &target.url {
            Some(url) => Addresses::one(url.clone()),
            None => Addresses::configured(&Config::load(&target.settings(), None)?.value)?,
        };
        let client = Self::new(addresses)?.with_config(target.config.as_deref());
        client.refuse_strangers().await?;
        Ok(client)
    }

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
        Ok(Self { http, addresses, config: None })
    }

    /// Names the file of settings that commands about the same system need.
    pub(crate) fn with_config(self, config: Option<&Path>) -> Self {
        Self { config: config.map(Path::to_owned), ..self }
    }

    /// The whole address of a path.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.addresses.of(path))
    }

    /// What another command needs to be told to read the same system: flags, each with a blank in
    /// front. The usual address needs none, and parts at their own are in the settings.
    pub(crate) fn flag(&self) -> String {
        let base = self.base(Part::Order);
        let url = match self.addresses.is_one() && (base != USUAL || self.config.is_some()) {
            true => format!(" --url {base}"),
            false => String::new(),
        };
        let config = self.config.as_ref().map(|file| format!(" --config {}", quoted(file)));
        url + &config.unwrap_or_default()
    }

    /// Where a service is, without a slash at the end.
    pub(crate) fn base(&self, part: Part) -> &str {
        self.addresses.part(part).as_str().trim_end_matches('/')
    }

    /// Who is there? The payment service knows which gateway it has. An error is somebody who is there
    /// and cannot say.
    pub(crate) async fn presence(&self) -> anyhow::Result<Presence> {
        self.presence_at(self.base(Part::Payment)).await
    }

    /// Who is away or in trouble says so once he is asked for something.
    async fn refuse_strangers(&self) -> Result<(), Failed> {
        let mut bases = Part::ALL.map(|part| self.base(part)).to_vec();
        bases.dedup();
        let seen = join_all(bases.iter().map(|base| self.presence_at(base))).await;
        let mut all = bases.into_iter().zip(seen);
        match all.find(|(_, seen)| matches!(seen, Ok(Presence::Stranger))) {
            Some((base, _)) => Err(Failed::Stranger(base.to_owned())),
            None => Ok(()),
        }
    }

    async fn presence_at(&self, at: &str) -> anyhow::Result<Presence> {
        let address = format!("{at}/about");
        let in_trouble =
            || format!("{at} is in trouble (its log, or {at}/readyz?verbose, says more)");
        let answer = match exchange(at, self.http.get(&address)).await {
            Ok(answer) => answer,
            Err(Failed::Nobody(_)) => return Ok(Presence::Nobody),
            Err(failed) => return Err(failed).with_context(in_trouble),
        };
        if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Failed::refused(&address, &answer)).with_context(in_trouble);
        }
        match answer.read::<Value>(&address) {
            Ok(about) if crate::welcome::is_ours(&about) => {
                Ok(Presence::Us { simulator: about["simulator"] == true })
            }
            _ => Ok(Presence::Stranger),
        }
    }

    /// `None` for 404.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<Option<T>> {
        let answer = self.exchange(path, self.http.get(self.address(path))).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(Some(answer.read(path)?))
    }

    /// As [`Client::get`], with the time by the clock of whoever answers, to the second.
    pub(crate) async fn get_dated<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> anyhow::Result<Option<(Timestamp, T)>> {
        let answer = self.exchange(path, self.http.get(self.address(path))).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let told = answer.read(path)?;
        Ok(Some((answer.date.with_context(|| format!("{path}: the answer has no date"))?, told)))
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, self.address(path)).json(body);
        if let Some(key) = key {
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        self.exchange(path, request).await?.read(path)
    }

    /// Posts these very bytes, which are JSON, and gives back the answer as it came. An error is no
    /// answer, or half of one: it may have been done.
    pub(crate) async fn post(
        &self,
        path: &str,
        key: &str,
        body: Vec<u8>,
    ) -> Result<Answer, Failed> {
        let request = self.http.post(self.address(path)).header(IDEMPOTENCY_KEY, key);
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        self.exchange(path, request).await
    }

    async fn exchange(&self, path: &str, request: RequestBuilder) -> Result<Answer, Failed> {
        exchange(self.addresses.of(path), request).await
    }
}

/// A path as a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    match text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// Asks whoever is at an address.
async fn exchange(at: &str, request: RequestBuilder) -> Result<Answer, Failed> {
    let failed = |error| Failed::silent(at, error);
    let answer = request.send().await.map_err(failed)?;
    let status = answer.status();
    let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| rfc2822::parse(date).ok()).map(|date| date.timestamp());
    let body = answer.bytes().await.map_err(failed)?;
    Ok(Answer { status, date, body: body.to_vec() })
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// When it was given, by its giver's clock.
    date: Option<Timestamp>,
    body: Vec<u8>,
}

impl Answer {
    /// What it says, if it is a success.
    pub(crate) fn read<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        if !self.status.is_success() {
            return Err(Failed::refused(path, self).into());
        }
        let body = if self.body.is_empty() { b"null" } else { &self.body[..] };
        serde_json::from_slice(body).with_context(|| format!("{path}: the answer cannot be read"))
    }
}

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// There was no connection: nothing was asked.
    #[error(
        "nobody answers at {0}\n  start it with \"orderflow up\", or name the system with --url, or \
         with --config FILE that has its [services]"
    )]
    Nobody(String),
    /// Somebody else is there.
    #[error(
        "{0} answers, but is not OrderFlow\n  name the right address with --url, or with --config \
         FILE that has its [services]"
    )]
    Stranger(String),
    /// No answer, or half of one: what was asked may have been done.
    #[error("{at} does not answer: {why}")]
    Silent { at: String, why: reqwest::Error },
    /// An answer that is no success.
    #[error("{path} answered {status}: {detail}")]
    Refused { path: String, status: StatusCode, detail: String },
}

impl Failed {
    /// The failed request behind an error, if that is what it was.
    pub(crate) fn of(error: &anyhow::Error) -> Option<&Self> {
        error.downcast_ref()
    }

    /// Whether the same request may come through later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Nobody(_) | Self::Silent { .. } => true,
            Self::Stranger(_) => false,
            Self::Refused { status, .. } => matches!(status.as_u16(), 429 | 502 | 503 | 504),
        }
    }

    fn silent(at: &str, error: reqwest::Error) -> Self {
        match error.is_connect() {
            true => Self::Nobody(at.to_owned()),
            false => Self::Silent { at: at.to_owned(), why: error.without_url() },
        }
    }

    /// Our services say why in `detail`, the simulator in `error`.
    fn refused(path: &str, answer: &Answer) -> Self {
        let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let detail = problem["detail"].as_str().or(problem["error"].as_str());
        let detail = detail.unwrap_or("no detail").to_owned();
        Self::Refused { path: path.to_owned(), status: answer.status, detail }
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
