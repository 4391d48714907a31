//! Events between services: envelope, packing, the broker port, relay, consumer, retry and
//! parking, re-send by manifests, and the in-process broker.
//!
//! Policy lives here once; a broker adapter only moves bytes. Knows no database (the ports
//! [`Outbox`] and [`Inbox`] stand for one), no order and no payment.

mod broker;
mod bucket;
mod consumer;
mod drain;
mod envelope;
pub mod in_process;
mod inbox;
pub mod manifest;
mod outbox;
mod packing;
mod relay;

pub use broker::{Broker, BrokerError, Delivery, Published, Queue, Subscription, Unit};
pub use bucket::Bucket;
pub use consumer::{Consumer, Failure, Handler, RETRY_DELAYS, StepError, by_accepted};
pub use drain::Drain;
pub use envelope::{Event, EventDraft, Malformed, digest};
pub use inbox::{DeadLetter, Inbox, Postponed, Waiting};
pub use outbox::{Claim, Outbox, OutgoingEvent, Sent};
pub use packing::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, pack, unpack};
pub use relay::{Relay, Tick};
