//! The services by name: which of them a process runs, and where each is configured.

use crate::config::Config;
use messaging::Queue;
use runtime::config::Secret;

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
            Self::Order => order::broker::QUEUE,
            Self::Payment => payment::broker::QUEUE,
            Self::Notification => notification::broker::QUEUE,
        }
    }

    /// The routing keys that it publishes.
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
        const OWNERS: [(&str, Owner); 14] = [
            ("/v1/orders", Owner::Part(Part::Order)),
            ("/ops/order/", Owner::Part(Part::Order)),
            ("/v1/payments", Owner::Part(Part::Payment)),
            ("/v1/callbacks", Owner::Part(Part::Payment)),
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
