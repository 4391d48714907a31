//! Clients that order at a steady rate, and ask again with the same key until they are answered.

use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{Api, changed, order, text};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// Orders per second.
pub(crate) const RATE: u32 = 50;
/// Between two tries of one order.
const PAUSE: Duration = Duration::from_millis(200);

/// What happened to the requests so far.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Answered at the first try.
    pub(crate) at_once: AtomicUsize,
    /// Tries that failed or were refused.
    pub(crate) failed: AtomicUsize,
    /// Why, each once.
    pub(crate) reasons: Mutex<BTreeSet<String>>,
}

/// A load under way.
pub(crate) struct Load {
    pub(crate) told: Arc<Told>,
    stop: CancellationToken,
    task: JoinHandle<Vec<String>>,
}

impl Load {
    /// Begins; `name` keeps the keys of several loads apart.
    pub(crate) fn start(api: &Api, name: &str) -> Self {
        let told = Arc::new(Told::default());
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(api.clone(), name.to_owned(), told.clone(), stop.clone()));
        Self { told, stop, task }
    }

    /// Tries that failed so far.
    pub(crate) fn failed(&self) -> usize {
        self.told.failed.load(Ordering::Relaxed)
    }

    /// One order more, by a client like the others: while they all come back at once, a service
    /// that has no place free says so (503, `retryable`) and is asked again.
    pub(crate) async fn place_one(&self, api: &Api, key: &str) -> String {
        place(api.clone(), key.to_owned(), self.told.clone()).await
    }

    /// Ends it once every order that was begun has its answer; gives their ids.
    pub(crate) async fn finish(self) -> Vec<String> {
        self.stop.cancel();
        self.task.await.unwrap()
    }
}

async fn run(api: Api, name: String, told: Arc<Told>, stop: CancellationToken) -> Vec<String> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / RATE);
    let mut orders = JoinSet::new();
    for n in 0.. {
        if stop.run_until_cancelled(ticks.tick()).await.is_none() {
            break;
        }
        orders.spawn(place(api.clone(), format!("{name}-{n}"), told.clone()));
    }
    orders.join_all().await
}

async fn place(api: Api, key: String, told: Arc<Told>) -> String {
    let body = changed(order(), "/metadata", json!({ "key": key })).to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
    for tries in 0.. {
        let post = reqwest::Method::POST;
        match api.try_send(post, "/v1/orders", &headers, body.clone()).await {
            Ok(answer) if answer.status == 201 => {
                if tries == 0 {
                    told.at_once.fetch_add(1, Ordering::Relaxed);
                }
                return text(&answer.json(), "/id");
            }
            Ok(answer) => {
                assert_eq!(answer.status, 503, "{}", answer.text);
                told.reasons.lock().unwrap().insert(answer.text);
            }
            Err(error) => {
                told.reasons.lock().unwrap().insert(error.chars().take(80).collect());
            }
        }
        told.failed.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
    unreachable!("it asks for ever")
}
