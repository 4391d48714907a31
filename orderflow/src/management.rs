//! RabbitMQ's management API, as far as the topology needs it.

use crate::config::BadSetting;
use anyhow::{Context, bail};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

const KEY: &str = "broker.management_url";

/// A queue, as the API last counted it; the count may be some seconds old.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct QueueSeen {
    pub(crate) name: String,
    /// Absent until it was counted.
    messages_ready: Option<u64>,
    /// The same.
    messages_unacknowledged: Option<u64>,
    /// Absent until something moved.
    #[serde(default)]
    message_stats: MessageStats,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct MessageStats {
    #[serde(default)]
    ack: u64,
}

impl QueueSeen {
    /// Messages that wait, and those that a consumer has and has not acknowledged; `None` if the broker
    /// has not counted them.
    pub(crate) fn waiting(&self) -> Option<(u64, u64)> {
        self.messages_ready.zip(self.messages_unacknowledged)
    }

    /// Messages that were ever acknowledged; 0 where the broker does not count them.
    pub(crate) fn acked(&self) -> u64 {
        self.message_stats.ack
    }
}

/// A client of one server's API.
pub(crate) struct Management {
    http: reqwest::Client,
    base: Url,
    user: String,
    password: String,
}

impl Management {
    /// The error says what is wrong with the URL and never quotes it: it holds a password.
    pub(crate) fn try_new(url: &str) -> Result<Self, String> {
        let mut base = Url::parse(url).map_err(|error| error.to_string())?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err("it is no http:// or https:// address".to_owned());
        }
        let decoded = |text: &str| form(text).unwrap_or_else(|| text.to_owned());
        let user = decoded(base.username());
        let Some(password) = base.password().map(decoded) else {
            return Err("it names no user and password".to_owned());
        };
        let cleared = base.set_username("").and_then(|()| base.set_password(None));
        cleared.map_err(|()| "it cannot hold a user".to_owned())?;
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .connect_timeout(Duration::from_secs(5))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_backend_rustls()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { http, base, user, password })
    }

    /// What stands in a virtual host; `None` if there is no such host.
    pub(crate) async fn definitions(&self, virtual_host: &str) -> anyhow::Result<Option<Value>> {
        let answer = self.send(self.request(Method::GET, &["definitions", virtual_host])).await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(Some(answer.json().await.context("the definitions cannot be read")?));
        }
        match reason(answer).await {
            // 3.10 says 400, 4.x says 404.
            reason if status == StatusCode::NOT_FOUND || reason == "vhost_not_found" => Ok(None),
            reason => bail!("RabbitMQ's management API answered {status}: {reason}"),
        }
    }

    /// The queues of a virtual host.
    pub(crate) async fn queues(&self, virtual_host: &str) -> anyhow::Result<Vec<QueueSeen>> {
        let answer = self.send(self.request(Method::GET, &["queues", virtual_host])).await?;
        let status = answer.status();
        if status.is_success() {
            return answer.json().await.context("the list of queues cannot be read");
        }
        bail!("RabbitMQ's management API answered {status}: {}", reason(answer).await)
    }

    /// Imports definitions into a virtual host; what stands there already is left or set right.
    pub(crate) async fn import(&self, virtual_host: &str, wanted: &Value) -> anyhow::Result<()> {
        let request = self.request(Method::POST, &["definitions", virtual_host]).json(wanted);
        done(self.send(request).await?).await
    }

    /// Creates a virtual host and lets this user in.
    pub(crate) async fn create_virtual_host(&self, name: &str) -> anyhow::Result<()> {
        done(self.send(self.request(Method::PUT, &["vhosts", name])).await?).await?;
        let all = json!({ "configure": ".*", "write": ".*", "read": ".*" });
        let request = self.request(Method::PUT, &["permissions", name, &self.user]).json(&all);
        done(self.send(request).await?).await
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            // A name may hold a slash; as a segment it is escaped.
            segments.pop_if_empty().push("api").extend(path);
        }
        self.http.request(method, url).basic_auth(&self.user, Some(&self.password))
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<reqwest::Response> {
        let sent = request.send().await;
        let answer = sent.map_err(|error| {
            let why = error.without_url().to_string();
            let fix = "start RabbitMQ with its management plug-in, or correct the address";
            BadSetting::new(KEY, format!("nobody answers there: {why}"), fix)
        })?;
        if matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            let problem = format!("it lets the user {:?} not in ({})", self.user, answer.status());
            let fix = "use a user with the tag \"administrator\" and its right password";
            return Err(BadSetting::new(KEY, problem, fix).into());
        }
        Ok(answer)
    }
}

async fn done(answer: reqwest::Response) -> anyhow::Result<()> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    bail!("RabbitMQ's management API answered {status}: {}", reason(answer).await)
}

async fn reason(answer: reqwest::Response) -> String {
    let body: Value = answer.json().await.unwrap_or_default();
    body["reason"].as_str().unwrap_or("no reason given").to_owned()
}

/// Percent-decoding of a URL's user or password.
fn form(text: &str) -> Option<String> {
    let pair = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
}
