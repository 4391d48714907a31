//! Fact → event.

use crate::models::{CancelWish, Line, Order, OrderFact};
use events::{
    Contract, LineV1, ORDER_CANCEL_REQUESTED_V1, ORDER_CREATED_V1, OrderCancelRequestedV1,
    OrderCreatedV1,
};
use kernel::{Cause, EventId, Ids, Timestamp};
use messaging::{EventDraft, OutgoingEvent};
use serde::Serialize;

/// This service, as events name it.
const SOURCE: &str = "/orderflow/order";

/// The routing keys of all its events.
pub const KEYS: &[&str] = &[ORDER_CREATED_V1.routing_key, ORDER_CANCEL_REQUESTED_V1.routing_key];

/// What is the same whatever is told.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    /// Where the event gets its id, before the write.
    pub ids: &'a dyn Ids,
    /// The order after the fact.
    pub order: &'a Order,
    /// The order's version at the fact.
    pub sequence: u32,
    /// Why it happened.
    pub cause: &'a Cause,
    /// When it happened.
    pub at: Timestamp,
}

impl Telling<'_> {
    /// The event that tells others of a fact; most facts are the order's own business.
    pub fn event(self, fact: &OrderFact) -> Option<OutgoingEvent> {
        let order = self.order;
        match fact {
            OrderFact::Placed => Some(self.say(ORDER_CREATED_V1, &created(order))),
            OrderFact::CancelRequested(wish) => {
                Some(self.say(ORDER_CANCEL_REQUESTED_V1, &cancel_requested(order, wish)))
            }
            OrderFact::StatusChanged { .. }
            | OrderFact::PaymentNoted(_)
            | OrderFact::PaymentIgnored { .. } => None,
        }
    }

    fn say<T: Serialize>(self, contract: Contract, data: &T) -> OutgoingEvent {
        let Self { ids, order, sequence, cause, at } = self;
        let draft = EventDraft {
            id: EventId(ids.uuid()),
            source: SOURCE,
            event_type: contract.event_type,
            subject: order.id.uuid(),
            account: &order.account,
            time: at,
            sequence,
            cause,
            data,
        };
        OutgoingEvent::new(contract.routing_key, &draft)
    }
}

fn created(order: &Order) -> OrderCreatedV1 {
    let line = |line: &Line| LineV1 {
        sku: line.sku.to_string(),
        name: line.name.to_string(),
        quantity: line.quantity,
        unit_price: line.unit_price.as_rupiah(),
    };
    OrderCreatedV1 {
        order_id: order.id.to_string(),
        reference: order.reference.as_ref().map(ToString::to_string),
        email: order.email.reveal().to_owned(),
        customer_name: order.customer_name.reveal().to_owned(),
        phone: order.phone.as_ref().map(|p| p.reveal().to_owned()),
        locale: order.locale.to_owned(),
        total_amount: order.total.as_rupiah(),
        currency: order.total.currency().code().to_owned(),
        payment_due_at: order.payment_due_at.map(|at| at.to_string()),
        lines: order.lines.iter().map(line).collect(),
    }
}

fn cancel_requested(order: &Order, wish: &CancelWish) -> OrderCancelRequestedV1 {
    OrderCancelRequestedV1 {
        order_id: order.id.to_string(),
        refund_if_paid: wish.refund_if_paid,
        reason: wish.reason.as_ref().map(ToString::to_string),
    }
}
