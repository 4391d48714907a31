//! The bounds of the server, with their defaults. No address and no secret.

use crate::BodyLimits;
use crate::config::duration;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Every bound has a default that suits a small machine; tests make them small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Time from the start of waiting to complete headers; also how long an idle connection lives.
    #[serde(with = "duration")]
    pub header_time_max: Duration,
    /// Time for a body.
    #[serde(with = "duration")]
    pub body_time_max: Duration,
    /// Time for a handler; then 503.
    #[serde(with = "duration")]
    pub handler_time_max: Duration,
    /// How long a client may leave an answer unread.
    #[serde(with = "duration")]
    pub write_stall_max: Duration,
    /// How long a request may wait for its turn; then 503.
    #[serde(with = "duration")]
    pub queue_time_max: Duration,
    /// How long requests in flight may take after the stop.
    #[serde(with = "duration")]
    pub drain: Duration,
    /// Bytes of headers.
    pub header_bytes_max: usize,
    /// Bytes of a body.
    pub body_bytes_max: usize,
    /// Open connections; more wait in the kernel's queue.
    pub connections_max: usize,
    /// Requests being handled; more wait for `queue_time_max`.
    pub in_flight_max: usize,
    /// Addresses (with everything below them) that are never shed, beside `/livez` and `/readyz`.
    pub priority: Vec<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            header_time_max: Duration::from_secs(5),
            body_time_max: Duration::from_secs(10),
            handler_time_max: Duration::from_secs(30),
            write_stall_max: Duration::from_secs(30),
            queue_time_max: Duration::from_millis(100),
            drain: Duration::from_secs(15),
            header_bytes_max: 16 * 1024,
            body_bytes_max: 64 * 1024,
            connections_max: 1024,
            in_flight_max: 512,
            priority: Vec::new(),
        }
    }
}

impl ServerConfig {
    pub(super) fn body_limits(&self) -> BodyLimits {
        BodyLimits { bytes_max: self.body_bytes_max, time_max: self.body_time_max }
    }

    /// Whether the path is served even when there is no turn for it.
    pub(super) fn is_priority(&self, path: &str) -> bool {
        let covers = |prefix: &str| {
            let rest = path.strip_prefix(prefix.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        ["/livez", "/readyz"].into_iter().any(covers) || self.priority.iter().any(|p| covers(p))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_covers_an_address_and_what_is_below_it() {
        let config = ServerConfig { priority: vec!["/webhooks/".into()], ..Default::default() };
        for yes in ["/livez", "/readyz", "/webhooks", "/webhooks/midtrans"] {
            assert!(config.is_priority(yes), "{yes}");
        }
        for no in ["/", "/livezz", "/webhooksx", "/v1/webhooks"] {
            assert!(!config.is_priority(no), "{no}");
        }
    }
}
