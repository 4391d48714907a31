//! A typed client of the Midtrans API: Snap pages, transaction status, cancel, expire, and the
//! signed notifications.
//!
//! It knows the wire and nothing else: no order, no payment, no policy of ours, no retry loop.
//! What Midtrans does is written down in the fact sheet `midtrans.md`; items cite its sections.
//!
//! Charge, refund, approve, deny and capture belong here too and come with the features that
//! need them: one method each in `client`, one answer type each beside `transaction`.

pub mod amount;
mod client;
mod error;
mod key;
mod notification;
mod request;
pub mod signature;
mod status;
pub mod time;
mod transaction;
mod wire;

pub use client::{Client, ClientConfig, ConfigError, SnapPage, hosts};
pub use error::{Doubt, Error};
pub use key::{ServerKey, ServerKeyError};
pub use notification::{MAX_NOTIFICATION_BYTES, Notification, NotificationError};
pub use request::{Customer, Expiry, Item, OrderId, RequestError, SnapRequest};
pub use status::{FraudStatus, TransactionStatus};
pub use transaction::{Transaction, TransactionError, VaNumber};
