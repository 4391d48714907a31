//! The services by name: which of them a process runs, and where each is configured.

use crate::config::Config;
use messaging::Queue;
use messaging::manifest::Producer;
use runtime::config::Secret;

/// What the queues hear beside their services' own events: the manifests of those whose events they
/// hear, and what their own service is asked for again.
const ORDER_MANIFESTS: &[&str] = &[PAYMENT.manifest_key, ORDER.resend_key];
const PAYMENT_MANIFESTS: &[&str] = &[ORDER.manifest_key, PAYMENT.resend_key];
const NOTIFICATION_MANIFESTS: &[&str] = &[ORDER.manifest_key, PAYMENT.manifest_key];

const ORDER: Producer = Producer {
    source: "/orderflow/order",
    manifest_key: "order.manifest",
    resend_key: "order.resend.requested",
};
const PAYMENT: Producer = Producer {
    source: "/orderflow/payment",
    manifest_key: "payment.manifest",
    resend_key: "payment.resend.requested",
};
const NOTIFICATION: Producer = Producer {
    source: "/orderflow/notification",
    manifest_key: "notification.manifest",
    resend_key: "notification.resend.requested",
};

const ORDER_QUEUE: Queue = order::broker::QUEUE;
const ORDER_BINDINGS: &[&str] =
    &joined::<{ ORDER_QUEUE.bindings.len() + ORDER_MANIFESTS.len() }>(ORDER_QUEUE, ORDER_MANIFESTS);
const PAYMENT_QUEUE: Queue = payment::broker::QUEUE;
const PAYMENT_BINDINGS: &[&str] = &joined::<
    { PAYMENT_QUEUE.bindings.len() + PAYMENT_MANIFESTS.len() },
>(PAYMENT_QUEUE, PAYMENT_MANIFESTS);
const NOTIFICATION_QUEUE: Queue = notification::broker::QUEUE;
const NOTIFICATION_BINDINGS: &[&str] = &joined::<
    { NOTIFICATION_QUEUE.bindings.len() + NOTIFICATION_MANIFESTS.len() },
>(NOTIFICATION_QUEUE, NOTIFICATION_MANIFESTS);

/// A queue's bindings and more.
const fn joined<const N: usize>(queue: Queue, more: &[&'static str]) -> [&'static str; N] {
    let own = queue.bindings.len();
    let mut all = [""; N];
    let mut n = 0;
    while n < N {
        all[n] = if n < own { queue.bindings[n] } else { more[n - own] };
        n += 1;
    }
    all
}

/// One service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Takes orders and moves them as their payments move.
    Order,
    /// Opens payments at the gateway and asks what became of them.
    Payment,
    /// Tells customers.
    Notification,
}

impl Part {
    /// All of them, in the order of an order's path.
    pub const ALL: [Self; 3] = [Self::Order, Self::Payment, Self::Notification];

    /// Its name in commands, addresses and databases.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Payment => "payment",
            Self::Notification => "notification",
        }
    }

    /// The setting of its database.
    pub(crate) const fn database_key(self) -> &'static str {
        match self {
            Self::Order => "databases.order",
            Self::Payment => "databases.payment",
            Self::Notification => "databases.notification",
        }
    }

    pub(crate) fn database_url(self, config: &Config) -> &Secret {
        match self {
            Self::Order => &config.databases.order,
            Self::Payment => &config.databases.payment,
            Self::Notification => &config.databases.notification,
        }
    }

    /// The queue that it consumes from.
    pub const fn queue(self) -> Queue {
        match self {
            Self::Order => Queue { bindings: ORDER_BINDINGS, ..ORDER_QUEUE },
            Self::Payment => Queue { bindings: PAYMENT_BINDINGS, ..PAYMENT_QUEUE },
            Self::Notification => Queue { bindings: NOTIFICATION_BINDINGS, ..NOTIFICATION_QUEUE },
        }
    }

    /// How others know it as a sender of events.
    pub const fn producer(self) -> Producer {
        match self {
            Self::Order => ORDER,
            Self::Payment => PAYMENT,
            Self::Notification => NOTIFICATION,
        }
    }

    /// Every routing key that it sends: its events, their manifests, and requests to those whose
    /// manifests it hears.
    pub fn sends(self) -> Vec<&'static str> {
        let own = (!self.publishes().is_empty()).then_some(self.producer().manifest_key);
        let hears = |part: &Self| self.queue().bindings.contains(&part.producer().manifest_key);
        let asked = Self::ALL.into_iter().filter(hears).map(|part| part.producer().resend_key);
        self.publishes().iter().copied().chain(own).chain(asked).collect()
    }

    /// The routing keys of its events.
    pub const fn publishes(self) -> &'static [&'static str] {
        match self {
            Self::Order => order::broker::outgoing::KEYS,
            Self::Payment => payment::broker::outgoing::KEYS,
            Self::Notification => &[],
        }
    }

    /// Where the broker puts what this part's queue gives up.
    pub const fn dead_queue(self) -> Queue {
        let name = match self {
            Self::Order => "order.payment-events.dead",
            Self::Payment => "payment.order-events.dead",
            Self::Notification => "notification.events.dead",
        };
        Queue { name, bindings: &[] }
    }
}

/// Who answers a path: how a reverse proxy in front of the parts is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// One of the services.
    Part(Part),
    /// The simulator of the gateway.
    Simulator,
    /// Every process for itself: health and the like.
    Process,
}

impl Owner {
    /// By the beginning of the path.
    pub fn of(path: &str) -> Self {
        const OWNERS: [(&str, Owner); 15] = [
            ("/v1/orders", Owner::Part(Part::Order)),
            ("/ops/order/", Owner::Part(Part::Order)),
            ("/v1/payments", Owner::Part(Part::Payment)),
            ("/v1/callbacks", Owner::Part(Part::Payment)),
            ("/v1/operator-items", Owner::Part(Part::Payment)),
            ("/webhooks/", Owner::Part(Part::Payment)),
            ("/pay/", Owner::Part(Part::Payment)),
            ("/ops/payment/", Owner::Part(Part::Payment)),
            ("/v1/notifications", Owner::Part(Part::Notification)),
            ("/mailbox", Owner::Part(Part::Notification)),
            ("/ops/notification/", Owner::Part(Part::Notification)),
            ("/_sim/", Owner::Simulator),
            ("/snap/", Owner::Simulator),
            ("/v2/", Owner::Simulator),
            ("/v4/qris/", Owner::Simulator),
        ];
        let owner = OWNERS.iter().find(|(beginning, _)| path.starts_with(beginning));
        owner.map_or(Self::Process, |(_, owner)| *owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise what a broker loses is lost: nobody notices, or nobody answers.
    #[test]
    fn who_hears_a_producer_hears_its_manifests_and_every_producer_hears_requests() {
        for part in Part::ALL {
            let hears = |key: &str| part.queue().bindings.contains(&key);
            for producer in Part::ALL {
                let heard = producer.publishes().iter().any(|key| hears(key));
                assert_eq!(hears(producer.producer().manifest_key), heard, "{part:?} {producer:?}");
            }
            let sends = !part.publishes().is_empty();
            assert_eq!(hears(part.producer().resend_key), sends, "{part:?}");
            for key in part.publishes() {
                let heard = Part::ALL.iter().any(|other| other.queue().bindings.contains(key));
                assert!(heard, "nobody hears {key}");
            }
        }
    }
}
