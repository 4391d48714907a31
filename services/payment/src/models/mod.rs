//! Payments and their rules. Pure: no async, no serde, no SQL, no HTTP, no gateway client.

mod callback;
mod fact;
mod instruction;
mod payment;
mod status;
mod transaction;

pub use callback::{Callback, Receipt, Verdict};
pub use fact::{PaymentFact, StatusChange};
pub use instruction::{Instruction, Instructions, is_web};
pub use payment::{Attempt, AttemptId, Bill, Line, Observation, OrderId, Page, Payment, PaymentId};
pub use status::PaymentStatus;
pub use transaction::{Fraud, GatewayStatus, LATE_MONEY, REVIEW, TRANSITIONS, Transaction};
