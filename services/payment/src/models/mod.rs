//! Payments and their rules. Pure: no async, no serde, no SQL, no HTTP, no gateway client.

mod books;
mod callback;
mod duties;
mod ending;
mod fact;
mod instruction;
mod item;
mod payment;
mod refund;
mod status;
mod transaction;

pub use books::{EntryKind, Journal, journals};
pub use callback::{Callback, Receipt, Verdict};
pub use duties::{RefundRefused, RefundWish};
pub use ending::{CallOff, Closed, Ending};
pub use fact::{PaymentFact, StatusChange};
pub use instruction::{Instruction, Instructions, is_web};
pub use item::{Item, ItemKind, ResolveRefused};
pub use payment::{
    Attempt, AttemptId, Bill, Line, Moved, Observation, OrderId, Page, Payment, PaymentId,
    RefundSeen, Resolution,
};
pub use refund::{Capability, Refund, RefundCause, RefundId, RefundState};
pub use status::PaymentStatus;
pub use transaction::{Fraud, GatewayStatus, LATE_MONEY, REVIEW, TRANSITIONS, Transaction};
