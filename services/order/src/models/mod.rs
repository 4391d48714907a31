//! Orders and their rules. Pure: no async, no serde, no SQL, no HTTP, no wire types.

mod cancellation;
mod draft;
mod order;
mod payment;
mod status;
mod window;

pub use cancellation::{CANCEL_RULES, CancelRefused, CancelRule, CancelWish, Cancellation};
pub use draft::{LINES_MAX, Line, OrderDraft, TOTAL_MAX, TotalError, total};
pub use order::{Order, OrderFact, OrderId, PaymentFirst};
pub use payment::{Payment, PaymentId, PaymentStatus, PaymentUpdate};
pub use status::{EDGES, OrderStatus, diagram};
pub use window::{PaymentWindow, WindowError};
