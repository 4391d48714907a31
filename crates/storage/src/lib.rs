//! What every service's database does, once: the writer task with group commit, outbox, inbox,
//! jobs, idempotency keys, timeline and dead letters.
//!
//! A service adds only its entities' rows. SQL of a dialect lives in that dialect's module
//! ([`sqlite`], [`postgres`]); nothing else here knows one. Knows no order and no payment.

mod gather;
mod letter;
mod ports;
pub mod postgres;
mod pulse;
mod record;
mod retention;
pub mod sqlite;
mod story;
mod write;
mod writer;

pub use gather::Gather;
pub use ports::{DatabaseTime, Ports};
pub use pulse::Pulse;
pub use record::{FactDraft, Recorder, to_write};
pub use story::{
    Backlog, DeadLetters, InboxEntry, OpenJob, Operations, OutboxEntry, Resolve, Story, TimelineRow,
};
pub use write::{NewJob, RowOutcome, TimelineEntry, Write};
pub use writer::{Backend, CommitError, Writer};
