//! Where Midtrans is, with which key, and how long we wait for it.

use crate::ServerKey;
use std::time::Duration;
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
    /// How long the creation of a page, or a call that moves money (charge, capture, refund), may
    /// take in all.
    pub create_timeout: Duration,
    /// How long any other call may take in all.
    pub read_timeout: Duration,
    /// Idle connections kept per host.
    pub pool_size: usize,
    /// Where notifications of the pages and charges we create go, instead of the dashboard's
    /// address, unless a call says otherwise (midtrans.md 1.2).
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
