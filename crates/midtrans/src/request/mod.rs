//! What we ask of Midtrans: validated before it is sent, so that a refusal is Midtrans' decision
//! and never our typing (midtrans.md 1.3, 2.2, 2.6). No HTTP and no answer here.

mod capture;
mod card;
mod charge;
mod error;
mod method;
mod method_wire;
mod order;
mod refund;
mod snap;

pub use capture::CaptureRequest;
pub use card::{Authentication, CaptureMode, CardToken, CreditCard};
pub use charge::{ChargeRequest, CustomExpiry, ExpiryUnit};
pub use error::RequestError;
pub use method::{BcaVa, FreeText, PaymentMethod, QrisAcquirer};
pub use order::{Customer, Item, OrderId};
pub use refund::{RefundKey, RefundRequest};
pub use snap::{Expiry, SnapRequest};
