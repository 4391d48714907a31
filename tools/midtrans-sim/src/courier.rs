//! Carries one notification to one address: the HTTP of midtrans.md 3.1, redirects included.

use crate::rules::retry::{Answer, MAX_HOPS};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// How long an endpoint may take in all, in real time (midtrans.md 3.1).
const PATIENCE: Duration = Duration::from_secs(15);

/// The HTTP client that carries. Without system certificates it can still reach `http` addresses,
/// which is all that a simulator on one machine needs.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    let builder = || {
        reqwest::Client::builder()
            .user_agent("Veritrans")
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(64)
    };
    builder().build().or_else(|_| builder().tls_certs_only([]).build())
}

/// Posts a body and tells how it was answered.
pub(crate) async fn carry(client: &reqwest::Client, url: &str, body: String) -> Answer {
    match timeout(PATIENCE, follow(client, url, body)).await {
        Ok(answer) => answer.unwrap_or(Answer::Failed),
        Err(_) => Answer::Timeout,
    }
}

/// 307 and 308 carry the body on; every other answer is an answer.
async fn follow(client: &reqwest::Client, url: &str, body: String) -> Option<Answer> {
    let json = HeaderValue::from_static("application/json");
    let mut url = Url::parse(url).ok()?;
    for _ in 0..=MAX_HOPS {
        let post = client.post(url.clone()).header(CONTENT_TYPE, &json).header(ACCEPT, &json);
        let response = post.body(body.clone()).send().await.ok()?;
        let code = response.status().as_u16();
        if !matches!(code, 307 | 308) {
            return Some(Answer::Http(code));
        }
        let location = response.headers().get(LOCATION)?.to_str().ok()?;
        url = url.join(location).ok()?;
    }
    None
}
