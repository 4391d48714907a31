//! A typed client of the Midtrans API (Indonesia's payment gateway): Snap pages, Core charges,
//! status, cancel, expire, approve, deny, capture, refund, and the signed notifications.
//!
//! It knows the wire and nothing else: no order, no payment, no policy of ours, no retry loop.
//! What Midtrans does is written down in the fact sheet `midtrans.md`; items cite its sections.
//!
//! # Use
//!
//! Requests are strict: what Midtrans would refuse is a [`RequestError`] before it is sent. Answers
//! are read leniently, within 256 KiB, and believed only if they fit what was asked. Redirects are
//! not followed, packed bodies not unpacked. The server key, card tokens and the customer are in no
//! `Debug` output; what we sent along as custom fields is echoed and shown. The process installs a
//! rustls provider first.
//!
//! ```no_run
//! use midtrans::{
//!     ChargeRequest, Client, ClientConfig, IdempotencyKey, Operation, Options, OrderId, Outcome,
//!     PaymentMethod, ServerKey, hosts,
//! };
//!
//! # async fn pay() -> Result<(), Box<dyn std::error::Error>> {
//! let key = ServerKey::try_new("SB-Mid-server-EXAMPLE-0001")?;
//! let client = Client::try_new(ClientConfig::new(
//!     hosts::SNAP_SANDBOX.parse()?,
//!     hosts::CORE_SANDBOX.parse()?,
//!     key,
//! ))?;
//! let method = PaymentMethod::BniVa { va_number: None };
//! let request = ChargeRequest::try_new(OrderId::try_new("ORD-1")?, 125_000, vec![], method)?;
//! // The same key for every try of this charge.
//! let options = Options::idempotent(IdempotencyKey::for_operation(Operation::Charge, "ORD-1"));
//! match client.charge(&request, &options).await {
//!     Ok(transaction) => println!("pay to {:?}", transaction.va_numbers),
//!     Err(error) if error.is_duplicate() => println!("{:?}", client.status("ORD-1").await?),
//!     Err(error) => match error.class() {
//!         Outcome::Refused => println!("never: {error}"),
//!         Outcome::Retryable => println!("not done, again after {:?}", error.retry_after()),
//!         Outcome::Unknown => println!("perhaps done: the same call again, or ask the status"),
//!     },
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Outcomes
//!
//! | class | was it done? | what to do |
//! |---|---|---|
//! | `Ok` | yes, or as the value says: a denied card, a declined refund | read the value |
//! | [`Outcome::Refused`] | no | do not repeat it |
//! | [`Outcome::Retryable`] | no | repeat it later |
//! | [`Outcome::Unknown`] | perhaps | repeat the same call with the same key, or ask GET Status |
//!
//! [`Outcome`] has the table of codes. A notification is a hint: its signature does not cover the
//! status, so ask [`Client::status`] before believing it (midtrans.md 0.1 #5).
//!
//! # Facts of low confidence
//!
//! Where sources disagree or are silent, this is what the client rests on:
//!
//! - Core may send some failures as true HTTP codes; both layers are read (midtrans.md 2.1).
//! - The HTTP codes of Snap's cancel are not documented; `error_messages` alone refuse
//!   (midtrans.md 1.1).
//! - Snap's `expire` has one source only and is left out (midtrans.md 1.1).
//! - A denied challenge ends as `deny` or `cancel`; both are taken (midtrans.md 2.4).
//! - A repeated refund key gives 406 or the first answer; both are told apart (midtrans.md 2.6).
//! - 414 is a wrong amount or a lack of balance (midtrans.md 2.6); a refund of a method that has
//!   none is refused with a code that is not documented.
//! - The `refund_amount` of a second refund may be its own or the sum (midtrans.md 2.6, 3.1).
//! - The least time to pay is 20 seconds or 5 minutes; 20 seconds is checked (midtrans.md 1.3).
//! - Idempotency keys have at most 46 or 36 characters; 36 is checked (midtrans.md 2.8).
//! - Lengths of refund keys, card tokens and wallet callbacks are not documented; the limits here
//!   are ours.
//! - Which of several transactions GET Status by order id tells is not documented (midtrans.md 8).

pub mod amount;
mod client;
mod error;
mod key;
mod notification;
mod options;
mod request;
pub mod signature;
mod status;
pub mod time;
mod transaction;
mod wire;

pub use client::{Client, ClientConfig, ConfigError, SnapPage, hosts};
pub use error::{Doubt, Error, Outcome};
pub use key::{ServerKey, ServerKeyError};
pub use notification::{MAX_NOTIFICATION_BYTES, Notification, NotificationError};
pub use options::{IdempotencyKey, NotificationUrls, Operation, Options};
pub use request::{
    Authentication, BcaVa, CaptureMode, CaptureRequest, CardToken, ChargeRequest, CreditCard,
    CustomExpiry, Customer, Expiry, ExpiryUnit, FreeText, Item, OrderId, PaymentMethod,
    QrisAcquirer, RefundKey, RefundRequest, RequestError, SnapRequest,
};
pub use status::{FraudStatus, TransactionStatus};
pub use transaction::{Action, PaymentAmount, Refund, Transaction, TransactionError, VaNumber};
pub use wire::{RefundAccepted, RefundOutcome};
