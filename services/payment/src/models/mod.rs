//! Payments and their rules. Pure: no async, no serde, no SQL, no HTTP, no gateway client.

mod books;
mod callback;
mod doubt;
mod duties;
mod ending;
mod exchange;
mod fact;
mod instruction;
mod item;
mod moves;
mod payment;
mod picture;
mod refund;
mod review;
mod status;
mod transaction;

pub use books::{EntryKind, Journal, journals};
pub use callback::{BadTransactionId, Callback, Receipt, Reported, Verdict};
pub use doubt::Distrust;
pub use duties::{RefundRefused, RefundWish};
pub use ending::{CallOff, Closed, Ending};
pub use exchange::{Exchange, ExchangeOutcome, Operation};
pub use fact::{PaymentFact, StatusChange};
pub use instruction::{Instruction, Instructions, is_web};
pub use item::{Item, ItemKind, ResolveRefused};
pub use moves::{EDGES, EndsBy, LEAPS, Moves, WAITS, WaitsFor};
pub use payment::{
    Attempt, AttemptId, Bill, Line, Moved, Observation, OrderId, Page, Payment, PaymentId,
    RefundSeen, Resolution,
};
pub use picture::{leaps_table, payment_diagram, transaction_diagram, waits_table};
pub use refund::{Capability, GoesBack, Refund, RefundCause, RefundId, RefundState};
pub use review::{Choice, Review, ReviewRefused, ReviewWish};
pub use status::PaymentStatus;
pub use transaction::{
    Fraud, GatewayStatus, LATE_MONEY, REVIEW, TAKEN_AFTER_A_PART, TRANSITIONS, Transaction,
};
