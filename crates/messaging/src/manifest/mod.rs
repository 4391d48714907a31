//! Re-send by manifests, so that the broker is disposable: a producer tells how many events it
//! confirmed in each bucket of time, a consumer that holds fewer asks for the bucket again.
//!
//! ```text
//! producer  Announcer   -> order.manifest          behind the events that it counts
//! consumer  Bookkeeper  -> order.resend.requested  if its inbox still holds fewer at a second look
//! producer  Bookkeeper  -> marks a page of the bucket; a second Relay sends it, with the same ids
//! ```
//!
//! Producers know no subscriber: they answer whoever asks. Manifests and requests are no facts:
//! they are counted nowhere and leave no inbox row, since repeating or losing one does no harm.
//! What is asked when is decided in `judge`, pure; nothing here knows a database.

mod announcer;
mod bookkeeper;
mod judge;
mod ports;

pub use announcer::{Announcer, AnnouncerPorts};
pub use bookkeeper::Bookkeeper;
pub use judge::PAGE_EVENTS;
pub use ports::{Count, Findings, GivenUp, Inventory, Look, Page, Selection, Tally, Watch};

use crate::Bucket;
use serde::{Deserialize, Serialize};

/// The type of manifests.
const MANIFEST: &str = "outbox.manifest.v1";
/// The type of requests.
const RESEND_REQUESTED: &str = "outbox.resend.requested.v1";
/// Buckets in one manifest, at most.
const BUCKETS_MAX: usize = 500;
/// Buckets in one request, at most.
const ASKED_MAX: usize = 16;

/// How a service that sends events is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Producer {
    /// As its events name it.
    pub source: &'static str,
    /// Where its manifests go.
    pub manifest_key: &'static str,
    /// Where it hears requests.
    pub resend_key: &'static str,
}

/// Where the sender of a manifest hears requests: `order.manifest`, `order.resend.requested`.
fn resend_key(manifest_key: &str) -> Option<String> {
    manifest_key.strip_suffix(".manifest").map(|name| format!("{name}.resend.requested"))
}

#[derive(Debug, Serialize, Deserialize)]
struct ManifestV1 {
    buckets: Vec<CountedV1>,
}

#[derive(Debug, Serialize, Deserialize)]
struct CountedV1 {
    routing_key: String,
    /// The second since 1970 at which the bucket's 30 s begin.
    from: i64,
    /// Events of it that the broker has confirmed.
    confirmed: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct ResendRequestedV1 {
    /// Whose events.
    source: String,
    buckets: Vec<AskedV1>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AskedV1 {
    routing_key: String,
    /// See [`CountedV1::from`].
    from: i64,
    /// Which part of a large bucket, from 0; see [`PAGE_EVENTS`].
    page: u32,
}

impl From<CountedV1> for Count {
    fn from(told: CountedV1) -> Self {
        let CountedV1 { routing_key, from, confirmed } = told;
        Self { routing_key, bucket: Bucket::from_seconds(from), events: confirmed }
    }
}

impl From<Count> for CountedV1 {
    fn from(count: Count) -> Self {
        let Count { routing_key, bucket, events } = count;
        Self { routing_key, from: bucket.seconds(), confirmed: events }
    }
}

impl From<AskedV1> for Page {
    fn from(asked: AskedV1) -> Self {
        let AskedV1 { routing_key, from, page } = asked;
        Self { routing_key, bucket: Bucket::from_seconds(from), number: page }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Released, so these never change.
    #[test]
    fn manifests_and_requests_are_as_recorded() {
        let manifest =
            r#"{"buckets":[{"routing_key":"order.created","from":1700000010,"confirmed":17}]}"#;
        let request = r#"{"source":"/orderflow/order","buckets":[{"routing_key":"order.created","from":1700000010,"page":0}]}"#;
        let read: ManifestV1 = serde_json::from_str(manifest).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), manifest);
        let read: ResendRequestedV1 = serde_json::from_str(request).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), request);
    }
}
