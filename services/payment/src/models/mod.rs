//! Payments and their rules. Pure: no async, no serde, no SQL, no HTTP, no gateway client.

mod callback;
mod payment;
mod status;
mod transaction;

pub use callback::{Callback, Receipt, Verdict};
pub use payment::{
    Attempt, AttemptId, Bill, Line, Observation, OrderId, Page, Payment, PaymentFact, PaymentId,
    StatusChange,
};
pub use status::PaymentStatus;
pub use transaction::{Fraud, GatewayStatus, LATE_MONEY, REVIEW, TRANSITIONS, Transaction};
