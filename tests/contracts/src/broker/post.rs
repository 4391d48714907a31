//! A broker with two queues, and what a case does with it.

use super::BrokerHarness;
use crate::storage::id;
use crate::wait::soon;
use messaging::{Broker, Delivery, Published, Queue, Subscription, Unit};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Bound to `both` and `left`.
pub(super) const LEFT: Queue = Queue { name: "contracts.left", bindings: &["both", "left"] };
/// Bound to `both` and `right`.
pub(super) const RIGHT: Queue = Queue { name: "contracts.right", bindings: &["both", "right"] };

/// A fresh broker.
pub(super) struct Post(Arc<dyn Broker>);

/// A publish under way; a broker may confirm it only after the consumer's acknowledgement.
pub(super) struct Publishing(JoinHandle<Vec<Published>>);

impl Post {
    pub(super) async fn fresh<H: BrokerHarness>(harness: &H) -> Self {
        Self(harness.fresh(&[LEFT, RIGHT]).await)
    }

    pub(super) fn broker(&self) -> &dyn Broker {
        &*self.0
    }

    pub(super) fn publish(&self, units: Vec<Unit>) -> Publishing {
        let broker = self.0.clone();
        Publishing(tokio::spawn(async move { broker.publish(units).await.unwrap() }))
    }

    pub(super) async fn subscribe(&self, queue: Queue) -> Box<dyn Subscription> {
        soon(self.0.subscribe(queue)).await.unwrap()
    }
}

impl Publishing {
    pub(super) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    pub(super) async fn outcome(self) -> Vec<Published> {
        soon(self.0).await.unwrap()
    }

    pub(super) async fn confirmed(self) {
        let published = self.outcome().await;
        assert!(published.iter().all(|p| *p == Published::Confirmed), "{published:?}");
    }
}

/// Unit `n` on a topic; its body is its number.
pub(super) fn unit(key: &str, n: u128) -> Unit {
    Unit { routing_key: key.to_owned(), message_id: id(n), body: n.to_string().into() }
}

pub(super) fn units(key: &str, numbers: impl IntoIterator<Item = u128>) -> Vec<Unit> {
    numbers.into_iter().map(|n| unit(key, n)).collect()
}

pub(super) fn numbers(deliveries: &[Delivery]) -> Vec<u128> {
    let number = |d: &Delivery| std::str::from_utf8(&d.body).unwrap().parse().unwrap();
    deliveries.iter().map(number).collect()
}

/// Waits until so many were delivered, in as many drains as it takes.
pub(super) async fn take(subscription: &mut dyn Subscription, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::with_capacity(count);
    while taken.len() < count {
        taken.extend(soon(subscription.next(count - taken.len())).await.unwrap());
    }
    taken
}

pub(super) async fn ack(subscription: &mut dyn Subscription, last: &Delivery) {
    soon(subscription.ack_through(last.tag)).await.unwrap();
}

/// Takes so many, acknowledges them, and tells which they were.
pub(super) async fn consume(subscription: &mut dyn Subscription, count: usize) -> Vec<u128> {
    let taken = take(subscription, count).await;
    ack(subscription, &taken[count - 1]).await;
    numbers(&taken)
}
