//! From a decided change to rows, for every dialect.

use crate::broker::outgoing::Telling;
use crate::models::{Order, OrderFact, OrderId, Payment};
use engine::Version;
use kernel::{Timestamp, Uuid};
use messaging::OutgoingEvent;
use serde_json::json;
use storage::{FactDraft, Recorder};

/// An order about to be stored.
#[derive(Debug, Clone)]
pub struct OrderRows {
    /// The state.
    pub order: Order,
    /// The version that must be in the store; 0: none.
    pub expected: Version,
    /// The version after.
    pub version: Version,
}

/// [`Recorder`] of orders.
pub struct OrderRecorder;

impl Recorder<Order> for OrderRecorder {
    type Rows = OrderRows;

    fn aggregate(id: OrderId) -> Uuid {
        id.uuid()
    }

    fn subject(id: OrderId, _: Option<&Order>) -> Uuid {
        id.uuid()
    }

    fn rows(order: Order, expected: Version, version: Version) -> OrderRows {
        OrderRows { order, expected, version }
    }

    fn describe(fact: &OrderFact) -> (&'static str, String) {
        let payment = |p: &Payment| {
            json!({ "id": p.id.to_string(), "status": p.status.as_str(), "method": p.method,
                    "sequence": p.sequence })
        };
        let (what, detail) = match fact {
            OrderFact::Placed => ("order_placed", json!({ "to": "pending" })),
            // Not its reason: that is the merchant's text and may name somebody.
            OrderFact::CancelRequested(wish) => {
                ("order_cancel_requested", json!({ "refund_if_paid": wish.refund_if_paid }))
            }
            OrderFact::StatusChanged { from, to, payment: p } => (
                "order_status_changed",
                json!({ "from": from.as_str(), "to": to.as_str(), "payment": payment(p) }),
            ),
            OrderFact::PaymentNoted(p) => ("payment_noted", json!({ "payment": payment(p) })),
            OrderFact::PaymentIgnored { status, payment: p } => {
                ("payment_ignored", json!({ "status": status.as_str(), "payment": payment(p) }))
            }
        };
        (what, detail.to_string())
    }

    fn events(draft: FactDraft<'_, Order>) -> impl IntoIterator<Item = OutgoingEvent> {
        let FactDraft { ids, state: order, fact, version, cause, at } = draft;
        Telling { ids, order, sequence: version.0, cause, at }.event(fact)
    }

    fn job(job: &std::convert::Infallible, _: Timestamp) -> (&'static str, Uuid, Timestamp) {
        match *job {}
    }
}
