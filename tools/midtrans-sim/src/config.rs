//! What a simulator is told when it starts.

use crate::clock::SpeedError;
use crate::db::DbError;
use midtrans::ServerKeyError;
use std::fmt;
use std::path::PathBuf;

/// How to simulate.
#[derive(Clone)]
pub struct SimConfig {
    /// The SQLite file; `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// The server key that callers must show and that signs notifications.
    pub server_key: String,
    /// The merchant in every body.
    pub merchant_id: String,
    /// Where browsers reach this simulator: the base of `redirect_url`.
    pub public_url: String,
    /// Where notifications go: the address a merchant sets in the dashboard.
    pub notification_url: Option<String>,
    /// How fast simulated time runs: at 60, a simulated minute takes a second. Scales expiries and
    /// retry delays.
    pub speed: f64,
    /// Whether retry delays are shifted at random, as Midtrans does (midtrans.md 3.6).
    pub retry_jitter: bool,
}

/// Without the server key, which may be a real sandbox key.
impl fmt::Debug for SimConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimConfig")
            .field("data", &self.data)
            .field("merchant_id", &self.merchant_id)
            .field("public_url", &self.public_url)
            .field("notification_url", &self.notification_url)
            .field("speed", &self.speed)
            .field("retry_jitter", &self.retry_jitter)
            .finish_non_exhaustive()
    }
}

/// Why a simulator cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// Not a server key.
    #[error("the simulator's server key is unusable")]
    Key(#[from] ServerKeyError),
    /// Not an address.
    #[error("{0} is not an http or https address")]
    Url(&'static str),
    /// Not a speed.
    #[error(transparent)]
    Speed(#[from] SpeedError),
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The HTTP client that delivers notifications cannot be built.
    #[error("the simulator's http client cannot be built")]
    Http(#[source] reqwest::Error),
    /// A rule was broken inside; the text says which.
    #[error("the simulator cannot go on: {0}")]
    Inside(String),
}
