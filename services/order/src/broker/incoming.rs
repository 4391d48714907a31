//! Event → use case.

use crate::models::{Order, OrderId, Payment, PaymentId, PaymentStatus, PaymentUpdate};
use crate::usecase::ApplyPayment;
use async_trait::async_trait;
use engine::{Basis, Command};
use events::{GoesBackV1, PAYMENT_STATUS_UPDATED_V1, PaymentStatusUpdatedV1, PaymentStatusV1};
use messaging::{Event, Failure, Handler, Queue, by_accepted};

/// Where payment facts arrive; its name is on the inbox rows too.
pub const QUEUE: Queue =
    Queue { name: "order.payment-events", bindings: &[PAYMENT_STATUS_UPDATED_V1.routing_key] };

/// The order service's reaction to events.
pub struct Incoming(pub ApplyPayment);

#[async_trait]
impl Handler for Incoming {
    async fn handle(&self, events: &[Event]) -> Vec<Result<(), Failure>> {
        by_accepted(events, command, |commands| async {
            let results = self.0.run(commands).await;
            results.into_iter().map(|r| r.map(|_| ()).map_err(Failure::from)).collect()
        })
        .await
    }
}

fn command(event: &Event) -> Result<Command<Order, PaymentUpdate>, Failure> {
    let told: PaymentStatusUpdatedV1 = event.payload(PAYMENT_STATUS_UPDATED_V1.event_type)?;
    let id: PaymentId =
        told.payment_id.parse().map_err(|_| Failure::permanent("payment_id is not a UUID"))?;
    let is_late = told.goes_back == Some(GoesBackV1::LateMoney);
    let payment = Payment {
        id,
        status: status(told.payment_status),
        method: told.payment_method,
        sequence: event.sequence,
    };
    Ok(Command {
        id: OrderId(event.subject),
        input: PaymentUpdate { payment, is_late, at: event.time },
        cause: event.cause.clone(),
        guards: vec![event.guard(QUEUE.name)],
        basis: Basis::Load,
    })
}

fn status(told: PaymentStatusV1) -> PaymentStatus {
    match told {
        PaymentStatusV1::Pending => PaymentStatus::Pending,
        PaymentStatusV1::Authorized => PaymentStatus::Authorized,
        PaymentStatusV1::Challenged => PaymentStatus::Challenged,
        PaymentStatusV1::Paid => PaymentStatus::Paid,
        PaymentStatusV1::Denied => PaymentStatus::Denied,
        PaymentStatusV1::Failed => PaymentStatus::Failed,
        PaymentStatusV1::Expired => PaymentStatus::Expired,
        PaymentStatusV1::Cancelled => PaymentStatus::Cancelled,
        PaymentStatusV1::PartiallyRefunded => PaymentStatus::PartiallyRefunded,
        PaymentStatusV1::Refunded => PaymentStatus::Refunded,
        PaymentStatusV1::Reversed => PaymentStatus::Reversed,
        PaymentStatusV1::ChargedBack => PaymentStatus::ChargedBack,
        PaymentStatusV1::RefundManualRequired => PaymentStatus::RefundManualRequired,
    }
}
