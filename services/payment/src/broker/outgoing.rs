//! Fact → event.

use crate::models::{Payment, PaymentFact, PaymentStatus};
use events::{PAYMENT_STATUS_UPDATED_V1, PaymentStatusUpdatedV1, PaymentStatusV1};
use kernel::{Cause, EventId, Timestamp};
use messaging::{EventDraft, OutgoingEvent};

/// This service, as events name it.
const SOURCE: &str = "/orderflow/payment";

/// The routing keys of all its events.
pub const KEYS: &[&str] = &[PAYMENT_STATUS_UPDATED_V1.routing_key];

/// The event that tells others of a fact: only a move of the payment's own status is theirs.
pub fn event(
    id: EventId,
    payment: &Payment,
    fact: &PaymentFact,
    sequence: u32,
    cause: &Cause,
    at: Timestamp,
) -> Option<OutgoingEvent> {
    let data = PaymentStatusUpdatedV1 {
        payment_id: payment.id.to_string(),
        order_id: payment.bill.order_id.to_string(),
        payment_status: wire(fact.change()?.to)?,
        payment_method: payment.method().map(str::to_owned),
        total_amount: payment.bill.amount.as_rupiah(),
        currency: payment.bill.amount.currency().code().to_owned(),
        refunded_amount: Some(payment.returned().as_rupiah()).filter(|amount| *amount > 0),
    };
    let draft = EventDraft {
        id,
        source: SOURCE,
        event_type: PAYMENT_STATUS_UPDATED_V1.event_type,
        subject: payment.bill.order_id.uuid(),
        account: &payment.bill.account,
        time: at,
        sequence,
        cause,
        data: &data,
    };
    Some(OutgoingEvent::new(PAYMENT_STATUS_UPDATED_V1.routing_key, &draft))
}

fn wire(status: PaymentStatus) -> Option<PaymentStatusV1> {
    Some(match status {
        // Nobody else can do anything with a payment that cannot be paid yet.
        PaymentStatus::Opening => return None,
        PaymentStatus::Pending => PaymentStatusV1::Pending,
        PaymentStatus::Authorized => PaymentStatusV1::Authorized,
        PaymentStatus::Challenged => PaymentStatusV1::Challenged,
        PaymentStatus::Paid => PaymentStatusV1::Paid,
        PaymentStatus::Denied => PaymentStatusV1::Denied,
        PaymentStatus::Failed => PaymentStatusV1::Failed,
        PaymentStatus::Expired => PaymentStatusV1::Expired,
        PaymentStatus::Cancelled => PaymentStatusV1::Cancelled,
        PaymentStatus::PartiallyRefunded => PaymentStatusV1::PartiallyRefunded,
        PaymentStatus::Refunded => PaymentStatusV1::Refunded,
        PaymentStatus::Reversed => PaymentStatusV1::Reversed,
        PaymentStatus::ChargedBack => PaymentStatusV1::ChargedBack,
        PaymentStatus::RefundManualRequired => PaymentStatusV1::RefundManualRequired,
    })
}
