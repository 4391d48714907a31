//! Event → use case.

use crate::models::{Bill, Line, OrderId};
use crate::usecase::OpenPayment;
use async_trait::async_trait;
use engine::Guard;
use events::{LineV1, ORDER_CREATED_V1, OrderCreatedV1};
use kernel::{Cause, Currency, Email, Money, PersonName, Phone};
use messaging::{Event, Failure, Handler, Queue, by_accepted};

/// Where new orders arrive.
pub const QUEUE: Queue =
    Queue { name: "payment.order-events", bindings: &[ORDER_CREATED_V1.routing_key] };

/// Names the inbox rows.
pub const CONSUMER: &str = "payment.order-events";

/// The payment service's reaction to events.
pub struct Incoming(pub OpenPayment);

#[async_trait]
impl Handler for Incoming {
    async fn handle(&self, events: &[Event]) -> Vec<Result<(), Failure>> {
        by_accepted(events, bill, |bills| async {
            let results = self.0.run(bills).await;
            results.into_iter().map(|r| r.map_err(Failure::from)).collect()
        })
        .await
    }
}

fn bill(event: &Event) -> Result<(Bill, Cause, Guard), Failure> {
    let told: OrderCreatedV1 = event.payload(ORDER_CREATED_V1.event_type)?;
    let bad = |field: &str| Failure::permanent(format!("{field} cannot be read"));
    if told.order_id != event.subject.to_string() {
        return Err(Failure::permanent("order_id and subject differ"));
    }
    if Currency::from_code(&told.currency).is_none() {
        return Err(bad("currency"));
    }
    if told.total_amount < 1 {
        return Err(bad("total_amount"));
    }
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
    Ok((bill, event.cause.clone(), event.guard(CONSUMER)))
}

fn line(told: LineV1) -> Line {
    Line {
        sku: told.sku,
        name: told.name,
        quantity: told.quantity,
        unit_price: Money::rupiah(told.unit_price),
    }
}
