//! Event → use case.

use crate::models::{Bill, Line, OrderId};
use crate::usecase::{CallOffPayment, OpenPayment};
use async_trait::async_trait;
use engine::Guard;
use events::{
    LineV1, ORDER_CANCEL_REQUESTED_V1, ORDER_CREATED_V1, OrderCancelRequestedV1, OrderCreatedV1,
};
use kernel::{Cause, Currency, Email, Money, PersonName, Phone, Timestamp};
use messaging::{Event, Failure, Handler, Queue, by_accepted};
use std::time::Duration;

/// Where new orders, and wishes to cancel them, arrive; its name is on the inbox rows too.
pub const QUEUE: Queue = Queue {
    name: "payment.order-events",
    bindings: &[ORDER_CREATED_V1.routing_key, ORDER_CANCEL_REQUESTED_V1.routing_key],
};

/// How long an order can be paid that does not say.
const USUAL_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// The payment service's reaction to events.
pub struct Incoming {
    /// Opens payments.
    pub open: OpenPayment,
    /// Calls them off.
    pub call_off: CallOffPayment,
}

/// What an event asks for.
enum Wish {
    Open((Bill, Timestamp), Cause, Guard),
    CallOff(OrderId, bool, Cause, Guard),
}

#[async_trait]
impl Handler for Incoming {
    async fn handle(&self, events: &[Event]) -> Vec<Result<(), Failure>> {
        by_accepted(events, wish, |wishes| self.run(wishes)).await
    }
}

impl Incoming {
    /// New payments together, then what is to be called off, which may be among them.
    async fn run(&self, wishes: Vec<Wish>) -> Vec<Result<(), Failure>> {
        let mut results: Vec<Option<Result<(), Failure>>> = wishes.iter().map(|_| None).collect();
        let (mut bills, mut places, mut endings) = (Vec::new(), Vec::new(), Vec::new());
        for (place, wish) in wishes.into_iter().enumerate() {
            match wish {
                Wish::Open(bill, cause, guard) => {
                    bills.push((bill, cause, guard));
                    places.push(place);
                }
                Wish::CallOff(order, refund, cause, guard) => {
                    endings.push((place, order, refund, (cause, guard)));
                }
            }
        }
        for (place, result) in places.into_iter().zip(self.open.run(bills).await) {
            results[place] = Some(result.map_err(Failure::from));
        }
        for (place, order, refund, why) in endings {
            let result = self.call_off.run(order, refund, why).await;
            results[place] = Some(result.map_err(Failure::from));
        }
        let unanswered = || Err(Failure::unanswered());
        results.into_iter().map(|result| result.unwrap_or_else(unanswered)).collect()
    }
}

fn wish(event: &Event) -> Result<Wish, Failure> {
    let guard = event.guard(QUEUE.name);
    if event.event_type == ORDER_CANCEL_REQUESTED_V1.event_type {
        let told: OrderCancelRequestedV1 = event.payload(ORDER_CANCEL_REQUESTED_V1.event_type)?;
        about_its_subject(event, &told.order_id)?;
        let order = OrderId(event.subject);
        return Ok(Wish::CallOff(order, told.refund_if_paid, event.cause.clone(), guard));
    }
    Ok(Wish::Open(bill(event)?, event.cause.clone(), guard))
}

fn about_its_subject(event: &Event, order: &str) -> Result<(), Failure> {
    if order == event.subject.to_string() {
        return Ok(());
    }
    Err(Failure::permanent("order_id and subject differ"))
}

fn bill(event: &Event) -> Result<(Bill, Timestamp), Failure> {
    let told: OrderCreatedV1 = event.payload(ORDER_CREATED_V1.event_type)?;
    let bad = |field: &str| Failure::permanent(format!("{field} cannot be read"));
    about_its_subject(event, &told.order_id)?;
    if Currency::from_code(&told.currency).is_none() {
        return Err(bad("currency"));
    }
    if told.total_amount < 1 {
        return Err(bad("total_amount"));
    }
    let due_at = match &told.payment_due_at {
        Some(text) => text.parse().map_err(|_| bad("payment_due_at"))?,
        None => event.time + USUAL_WINDOW,
    };
    let bill = Bill {
        order_id: OrderId(event.subject),
        account: event.account.clone(),
        amount: Money::rupiah(told.total_amount),
        reference: told.reference,
        locale: if told.locale == "en" { "en" } else { "id" },
        customer_name: PersonName::parse(&told.customer_name).map_err(|_| bad("customer_name"))?,
        email: Email::parse(&told.email).map_err(|_| bad("email"))?,
        phone: told.phone.as_deref().map(Phone::parse).transpose().map_err(|_| bad("phone"))?,
        lines: told.lines.into_iter().map(line).collect(),
    };
    Ok((bill, due_at))
}

fn line(told: LineV1) -> Line {
    Line {
        sku: told.sku,
        name: told.name,
        quantity: told.quantity,
        unit_price: Money::rupiah(told.unit_price),
    }
}
