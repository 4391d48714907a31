//! The two headers that name notification addresses (midtrans.md 1.2).

use crate::model::NotifyUrls;
use axum::http::HeaderMap;
use url::Url;

/// The most addresses in one header.
const MAX_URLS: usize = 3;

/// Reads both; empty is absent.
pub(super) fn notify_urls(headers: &HeaderMap) -> Result<NotifyUrls, String> {
    Ok(NotifyUrls {
        instead: read(headers, "X-Override-Notification")?,
        besides: read(headers, "X-Append-Notification")?,
    })
}

fn read(headers: &HeaderMap, name: &str) -> Result<Vec<String>, String> {
    let fault = || format!("{name} takes at most {MAX_URLS} http or https addresses");
    let Some(value) = headers.get(name) else { return Ok(vec![]) };
    let text = value.to_str().map_err(|_| fault())?;
    let urls = text.split(',').map(str::trim).filter(|url| !url.is_empty());
    let urls: Vec<String> = urls.map(str::to_owned).collect();
    let web =
        |url: &String| Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if urls.len() <= MAX_URLS && urls.iter().all(web) { Ok(urls) } else { Err(fault()) }
}
