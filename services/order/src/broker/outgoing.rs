//! Fact → event.

use crate::models::{Line, Order, OrderFact};
use events::{LineV1, ORDER_CREATED_V1, OrderCreatedV1};
use kernel::{Cause, EventId, Timestamp};
use messaging::{EventDraft, OutgoingEvent};

/// This service, as events name it.
const SOURCE: &str = "/orderflow/order";

/// The routing keys of all its events.
pub const KEYS: &[&str] = &[ORDER_CREATED_V1.routing_key];

/// The event that tells others of a fact; most facts are the order's own business.
pub fn event(
    id: EventId,
    order: &Order,
    fact: &OrderFact,
    sequence: u32,
    cause: &Cause,
    at: Timestamp,
) -> Option<OutgoingEvent> {
    if *fact != OrderFact::Placed {
        return None;
    }
    let draft = EventDraft {
        id,
        source: SOURCE,
        event_type: ORDER_CREATED_V1.event_type,
        subject: order.id.uuid(),
        account: &order.account,
        time: at,
        sequence,
        cause,
        data: &created(order),
    };
    Some(OutgoingEvent::new(ORDER_CREATED_V1.routing_key, &draft))
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
        lines: order.lines.iter().map(line).collect(),
    }
}
