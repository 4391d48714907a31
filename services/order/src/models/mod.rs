//! Orders and their rules. Pure: no async, no serde, no SQL, no HTTP, no wire types.

mod draft;
mod order;
mod payment;
mod status;

pub use draft::{LINES_MAX, Line, OrderDraft, TOTAL_MAX, TotalError, total};
pub use order::{Order, OrderFact, OrderId, PaymentFirst};
pub use payment::{Payment, PaymentId, PaymentStatus, PaymentUpdate};
pub use status::{EDGES, OrderStatus};
