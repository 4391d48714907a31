//! What has to stand at the broker, as data: exchanges, queues, bindings and policies. Pure; it
//! neither asks the broker nor changes it.
//!
//! **One argument, the rest by policy.** A queue's arguments can never change: another value means
//! to delete the queue. So a queue is declared with its type alone, and everything that may have
//! to move is a policy, which applies at once. One policy per queue, since of all policies that
//! match a queue only one applies; ours have a priority above those that people usually give to
//! policies for everything.
//!
//! **The policy of a work queue**, understood by RabbitMQ 3.10 and by 4.x alike:
//!
//! - `delivery-limit` 50 catches a unit that kills its consumer again and again. It is no retry
//!   policy: failures are counted in the consumer's database, and nothing is ever rejected. 3.10
//!   charges every unacknowledged unit with a delivery when a consumer dies, so the limit must be
//!   well above what innocents collect. It is always said: 3.x has none by default and 4.x 20. It
//!   is never negative: 3.x then discards at the first redelivery, and 4.x means "no limit".
//!   4.3 counts no `basic.nack` any more; we send none.
//! - `dead-letter-exchange` and `dead-letter-routing-key`: what is over the limit goes to the
//!   queue's own `.dead` queue, which a drainer reads. Without them the broker drops it. The key
//!   is the queue's name, since the unit's own key may be bound by several queues.
//! - `dead-letter-strategy` `at-least-once`: the broker waits for the `.dead` queue's confirm. It
//!   needs `overflow` `reject-publish`, or it falls back to losing, with a line in the log.
//! - `overflow` `reject-publish` with `max-length-bytes` 512 MB: a full queue refuses, the backlog
//!   stays in the producer's outbox, and the broker keeps its memory.
//!
//! A `.dead` queue has the same bound and a limit that is as good as none: on 4.x it would have
//! the default of 20, and beyond it nothing to go to.

mod diagram;
mod diff;
mod rights;
#[cfg(test)]
mod tests;

pub use diagram::Producer;
pub use diff::{Difference, Finding};
pub use rights::Rights;

use messaging::Queue;
use serde_json::{Value, json};

/// The topic exchange that every event is published to.
pub const EXCHANGE: &str = "orderflow.events";
/// The direct exchange that given-up units pass through, under the name of their queue.
pub const DEAD_LETTER_EXCHANGE: &str = "orderflow.dead";
/// Deliveries of one unit before the broker gives it up.
pub const DELIVERY_LIMIT: u32 = 50;
/// Bytes of bodies in one queue before it refuses more.
pub const QUEUE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// A positive number that is never reached; see the module.
const NO_DELIVERY_LIMIT: u32 = 1_000_000;
/// Above the policies "for everything" that people have.
const POLICY_PRIORITY: u32 = 100;

/// Where the units go that the broker gave up.
pub fn dead_letter_queue(queue: &str) -> String {
    format!("{queue}.dead")
}

/// The topology around a set of work queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    queues: Vec<Queue>,
}

impl Topology {
    /// The topology for these queues; the order has no meaning.
    pub fn new(queues: impl IntoIterator<Item = Queue>) -> Self {
        let mut queues: Vec<_> = queues.into_iter().collect();
        queues.sort_by_key(|queue| queue.name);
        Self { queues }
    }

    /// In RabbitMQ's own format, for `load_definitions` and for `POST /api/definitions/{vhost}`
    /// (which takes no virtual hosts and ignores that it is named). Importing it again changes
    /// nothing; importing deletes nothing. Names no users: see [`Rights`].
    pub fn definitions(&self, virtual_host: &str) -> Value {
        let mut definitions = json!({
            "vhosts": [{ "name": virtual_host }],
            "exchanges": self.exchanges(),
            "queues": self.all_queues(),
            "bindings": self.bindings(),
            "policies": self.policies(),
        });
        for kind in ["exchanges", "queues", "bindings", "policies"] {
            for entry in definitions[kind].as_array_mut().into_iter().flatten() {
                entry["vhost"] = virtual_host.into();
            }
        }
        definitions
    }

    fn exchanges(&self) -> Vec<Value> {
        let exchange = |name, kind| {
            json!({ "name": name, "type": kind, "durable": true, "auto_delete": false,
                "internal": false, "arguments": {} })
        };
        vec![exchange(EXCHANGE, "topic"), exchange(DEAD_LETTER_EXCHANGE, "direct")]
    }

    fn all_queues(&self) -> Vec<Value> {
        let queue = |name: String| {
            json!({ "name": name, "durable": true, "auto_delete": false,
                "arguments": { "x-queue-type": "quorum" } })
        };
        let names = self.queues.iter().flat_map(|q| [q.name.to_owned(), dead_letter_queue(q.name)]);
        names.map(queue).collect()
    }

    fn bindings(&self) -> Vec<Value> {
        let binding = |source: &str, queue: &str, key: &str| {
            json!({ "source": source, "destination": queue, "destination_type": "queue",
                "routing_key": key, "arguments": {} })
        };
        let mut bindings = Vec::new();
        for queue in &self.queues {
            bindings.extend(queue.bindings.iter().map(|key| binding(EXCHANGE, queue.name, key)));
            let dead = dead_letter_queue(queue.name);
            bindings.push(binding(DEAD_LETTER_EXCHANGE, &dead, queue.name));
        }
        bindings
    }

    fn policies(&self) -> Vec<Value> {
        let policy = |name: &str, definition: Value| {
            json!({ "name": name, "pattern": exactly(name), "apply-to": "queues",
                "priority": POLICY_PRIORITY, "definition": definition })
        };
        let mut policies = Vec::new();
        for queue in &self.queues {
            policies.push(policy(
                queue.name,
                json!({
                    "delivery-limit": DELIVERY_LIMIT,
                    "dead-letter-exchange": DEAD_LETTER_EXCHANGE,
                    "dead-letter-routing-key": queue.name,
                    "dead-letter-strategy": "at-least-once",
                    "overflow": "reject-publish",
                    "max-length-bytes": QUEUE_BYTES_MAX,
                }),
            ));
            policies.push(policy(
                &dead_letter_queue(queue.name),
                json!({
                    "delivery-limit": NO_DELIVERY_LIMIT,
                    "overflow": "reject-publish",
                    "max-length-bytes": QUEUE_BYTES_MAX,
                }),
            ));
        }
        policies
    }
}

/// The regular expression that matches this name and no other.
fn exactly(name: &str) -> String {
    format!("^{}$", escaped(name))
}

/// The name as a part of a regular expression.
fn escaped(name: &str) -> String {
    let mut pattern = String::new();
    for c in name.chars() {
        if !(c.is_alphanumeric() || c == '-' || c == '_') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
