//! The in-process broker: queues in memory that promise nothing they cannot keep.
//!
//! It stores nothing, so it confirms a publish only when every bound queue's consumer has
//! acknowledged, that is committed. Until then the outbox has the event; when the process dies
//! nothing is lost. A dropped publish is withdrawn, a full queue refuses.

use crate::{Broker, BrokerError, Delivery, Published, Queue, Subscription, Unit};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::Notify;

/// Units a queue holds before it refuses more.
pub const QUEUE_UNITS_MAX: usize = 1024;

/// A broker for one process.
#[derive(Default)]
pub struct InProcessBroker {
    queues: RwLock<Vec<Arc<QueueState>>>,
}

struct QueueState {
    queue: Queue,
    waiting: Mutex<VecDeque<Parcel>>,
    arrived: Notify,
}

/// One unit on its way to one queue.
struct Parcel {
    id: u64,
    unit: Unit,
    redelivered: bool,
    receipt: Arc<Receipt>,
}

/// Counts the queues that still owe an acknowledgement for one unit.
struct Receipt {
    open: AtomicUsize,
    done: Notify,
}

impl Receipt {
    fn sign(&self) {
        if self.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.done.notify_one();
        }
    }

    async fn signed(&self) {
        while self.open.load(Ordering::Acquire) > 0 {
            self.done.notified().await;
        }
    }
}

impl QueueState {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Parcel>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InProcessBroker {
    /// A broker without queues. Declare them before publishing: what is not bound is returned.
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares a queue. Declaring it again changes nothing.
    pub fn declare(&self, queue: Queue) {
        self.state(queue);
    }

    fn state(&self, queue: Queue) -> Arc<QueueState> {
        let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = queues.iter().find(|s| s.queue.name == queue.name) {
            return state.clone();
        }
        let state = Arc::new(QueueState {
            queue,
            waiting: Mutex::new(VecDeque::new()),
            arrived: Notify::new(),
        });
        queues.push(state.clone());
        state
    }

    fn bound(&self, routing_key: &str) -> Vec<Arc<QueueState>> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        queues.iter().filter(|s| s.queue.bindings.contains(&routing_key)).cloned().collect()
    }

    /// Puts a unit into every bound queue, or into none.
    fn enqueue(&self, unit: &Unit) -> Result<Sending, Published> {
        let queues = self.bound(&unit.routing_key);
        if queues.is_empty() {
            return Err(Published::Returned);
        }
        if let Some(full) = queues.iter().find(|q| q.waiting().len() >= QUEUE_UNITS_MAX) {
            return Err(Published::Refused(format!("queue {} is full", full.queue.name)));
        }
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let receipt =
            Arc::new(Receipt { open: AtomicUsize::new(queues.len()), done: Notify::new() });
        for queue in &queues {
            let copy =
                Parcel { id, unit: unit.clone(), redelivered: false, receipt: receipt.clone() };
            queue.waiting().push_back(copy);
            queue.arrived.notify_one();
        }
        Ok(Sending { id, queues, receipt })
    }
}

/// A published unit that is not confirmed yet; dropping it withdraws what was not delivered.
struct Sending {
    id: u64,
    queues: Vec<Arc<QueueState>>,
    receipt: Arc<Receipt>,
}

impl Drop for Sending {
    fn drop(&mut self) {
        if self.receipt.open.load(Ordering::Acquire) > 0 {
            for queue in &self.queues {
                queue.waiting().retain(|copy| copy.id != self.id);
            }
        }
    }
}

#[async_trait]
impl Broker for InProcessBroker {
    async fn publish(&self, units: Vec<Unit>) -> Result<Vec<Published>, BrokerError> {
        let sendings: Vec<_> = units.iter().map(|unit| self.enqueue(unit)).collect();
        let mut published = Vec::with_capacity(sendings.len());
        for sending in sendings {
            published.push(match sending {
                Ok(sending) => {
                    sending.receipt.signed().await;
                    Published::Confirmed
                }
                Err(refused) => refused,
            });
        }
        Ok(published)
    }

    async fn subscribe(&self, queue: Queue) -> Result<Box<dyn Subscription>, BrokerError> {
        let state = self.state(queue);
        Ok(Box::new(InProcessSubscription { state, unacked: VecDeque::new(), tag: 0 }))
    }
}

struct InProcessSubscription {
    state: Arc<QueueState>,
    unacked: VecDeque<(u64, Parcel)>,
    tag: u64,
}

#[async_trait]
impl Subscription for InProcessSubscription {
    async fn next(&mut self, max: usize) -> Result<Vec<Delivery>, BrokerError> {
        loop {
            let drained: Vec<Parcel> = {
                let mut waiting = self.state.waiting();
                let count = waiting.len().min(max);
                let drained = waiting.drain(..count).collect();
                if !waiting.is_empty() {
                    // For another subscriber: this one may be busy for a while.
                    self.state.arrived.notify_one();
                }
                drained
            };
            if !drained.is_empty() {
                return Ok(drained.into_iter().map(|copy| self.deliver(copy)).collect());
            }
            self.state.arrived.notified().await;
        }
    }

    async fn ack_through(&mut self, tag: u64) -> Result<(), BrokerError> {
        while self.unacked.front().is_some_and(|(t, _)| *t <= tag) {
            if let Some((_, copy)) = self.unacked.pop_front() {
                copy.receipt.sign();
            }
        }
        Ok(())
    }
}

impl InProcessSubscription {
    fn deliver(&mut self, copy: Parcel) -> Delivery {
        self.tag += 1;
        let delivery = Delivery {
            tag: self.tag,
            routing_key: copy.unit.routing_key.clone(),
            body: copy.unit.body.clone(),
            redelivered: copy.redelivered,
        };
        self.unacked.push_back((self.tag, copy));
        delivery
    }
}

/// What was not acknowledged goes back to the front, in its old order.
impl Drop for InProcessSubscription {
    fn drop(&mut self) {
        let mut waiting = self.state.waiting();
        while let Some((_, copy)) = self.unacked.pop_back() {
            waiting.push_front(Parcel { redelivered: true, ..copy });
        }
        if !waiting.is_empty() {
            self.state.arrived.notify_one();
        }
    }
}
