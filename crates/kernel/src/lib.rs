//! What every part of OrderFlow agrees on: money, ids, time, cause and effect.
//!
//! Pure values and two small ports (time and ids). No I/O, no async, no serde, and no word of
//! orders or payments: those belong to the services.

mod account;
mod cause;
mod clock;
mod id;
mod masked;
mod money;
mod retry;
mod text;

pub use account::{Account, AccountError};
pub use cause::Cause;
pub use clock::{Clock, ManualClock, SteadyClock, micros, timestamp};
pub use id::{ConstantIds, Ids, ParseIdError, TimeOrderedIds, Uuid};
pub use jiff::Timestamp;
pub use masked::masked;
pub use money::{Currency, Money, MoneyError};
pub use retry::{Retryability, Retryable};
pub use text::{Email, PersonName, Phone, Text, TextError};

typed_id! {
    /// An event: chosen before the write, equal on every copy that a broker ever delivers.
    pub struct EventId;
}
typed_id! {
    /// A job: one piece of outside work that a service owes.
    pub struct JobId;
}
