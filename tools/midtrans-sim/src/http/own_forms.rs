//! A guard for what anybody in front of a browser may do here without a key: another site must not
//! do it for them. Its forms look like ours but for what the browser adds. Who may do what with a key
//! is not decided here.

use crate::sim::Sim;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

/// Turns away what another site sends. Our pages let browsers name us to ourselves
/// (`Referrer-Policy`); with `no-referrer` our own forms would say `Origin: null`.
pub(super) async fn own_forms_only(
    State(sim): State<Sim>,
    request: Request,
    next: Next,
) -> Response {
    let ours = &sim.0.gateway.merchant.public_url;
    if !request.method().is_safe() && is_foreign(request.headers(), ours) {
        let text = "this form came from another site";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    next.run(request).await
}

/// Browsers say where a form comes from: the newer ones in a word, the others by its origin. What
/// says neither is no browser. Another port of this host is another site too.
fn is_foreign(headers: &HeaderMap, ours: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let host = headers.get(header::HOST).map_or(&[][..], HeaderValue::as_bytes);
    let schemes: [&[u8]; 2] = [b"http://", b"https://"];
    let mut named = schemes.iter().filter_map(|scheme| origin.as_bytes().strip_prefix(*scheme));
    // A proxy before us may have put another host there than browsers see.
    let public =
        || Url::parse(ours).is_ok_and(|url| origin == url.origin().ascii_serialization().as_str());
    !named.any(|named| named == host) && !public()
}
