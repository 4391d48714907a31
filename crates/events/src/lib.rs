//! The contracts between services: event payloads, their names, nothing else.
//!
//! Additive changes only; a breaking change is a new version beside the old one. `golden/` holds
//! one file for every released version and one for every addition to it (`….v1+field.json`), and a
//! test reads them all. Depends on nothing of ours and
//! holds no rule: what an event means is decided by who sends and who receives it.

mod order_cancel_requested;
mod order_created;
mod payment_status_updated;
mod refund_requested;

pub use order_cancel_requested::OrderCancelRequestedV1;
pub use order_created::{LineV1, OrderCreatedV1};
pub use payment_status_updated::{GoesBackV1, PaymentStatusUpdatedV1, PaymentStatusV1};
pub use refund_requested::{RefundCauseV1, RefundRequestedV1};

/// An event's two names: where it is routed and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contract {
    /// Topic, as in `order.created`.
    pub routing_key: &'static str,
    /// CloudEvents type, with the version.
    pub event_type: &'static str,
}

/// An order was accepted. Sent by order, once per order.
pub const ORDER_CREATED_V1: Contract =
    Contract { routing_key: "order.created", event_type: "order.created.v1" };

/// Somebody wants an order called off. Sent by order, once per accepted request; a second one for
/// the same order only raises `refund_if_paid` to true.
pub const ORDER_CANCEL_REQUESTED_V1: Contract =
    Contract { routing_key: "order.cancel.requested", event_type: "order.cancel.requested.v1" };

/// A payment's status changed. Sent by payment, once per change.
pub const PAYMENT_STATUS_UPDATED_V1: Contract =
    Contract { routing_key: "payment.status.updated", event_type: "payment.status.updated.v1" };

/// Money of a payment is to go back. Sent by payment, once per refund.
pub const REFUND_REQUESTED_V1: Contract =
    Contract { routing_key: "refund.requested", event_type: "refund.requested.v1" };
