//! Fact → events.

use crate::models::{Payment, PaymentFact, PaymentStatus, RefundCause, RefundState};
use events::{
    Contract, GoesBackV1, PAYMENT_STATUS_UPDATED_V1, PaymentStatusUpdatedV1, PaymentStatusV1,
    REFUND_REQUESTED_V1, RefundCauseV1, RefundRequestedV1,
};
use kernel::{Cause, EventId, Ids, Timestamp};
use messaging::{EventDraft, OutgoingEvent};
use serde::Serialize;

/// This service, as events name it.
const SOURCE: &str = "/orderflow/payment";

/// The routing keys of all its events.
pub const KEYS: &[&str] = &[PAYMENT_STATUS_UPDATED_V1.routing_key, REFUND_REQUESTED_V1.routing_key];

/// What is the same whatever is told.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    /// Where events get their ids, before the write.
    pub ids: &'a dyn Ids,
    /// The payment after the whole change.
    pub payment: &'a Payment,
    /// The payment's version at the fact.
    pub sequence: u32,
    /// Why it happened.
    pub cause: &'a Cause,
    /// When it happened.
    pub at: Timestamp,
}

impl Telling<'_> {
    /// The events that tell others of a fact. Theirs are the moves of the payment's own status and the
    /// refunds that are asked for; one fact may be both.
    pub fn events(self, fact: &PaymentFact) -> impl IntoIterator<Item = OutgoingEvent> {
        let status = fact.change().and_then(|change| updated(self.payment, change.to));
        let status = status.map(|data| self.say(PAYMENT_STATUS_UPDATED_V1, &data));
        let refund = requested(self.payment, fact);
        let refund = refund.map(|data| self.say(REFUND_REQUESTED_V1, &data));
        status.into_iter().chain(refund)
    }

    fn say<T: Serialize>(self, contract: Contract, data: &T) -> OutgoingEvent {
        let Self { ids, payment, sequence, cause, at } = self;
        let draft = EventDraft {
            id: EventId(ids.uuid()),
            source: SOURCE,
            event_type: contract.event_type,
            subject: payment.bill.order_id.uuid(),
            account: &payment.bill.account,
            time: at,
            sequence,
            cause,
            data,
        };
        OutgoingEvent::new(contract.routing_key, &draft)
    }
}

fn updated(payment: &Payment, to: PaymentStatus) -> Option<PaymentStatusUpdatedV1> {
    // What is left of it, after a part went back, goes as the whole would.
    let here = matches!(to, PaymentStatus::Paid | PaymentStatus::PartiallyRefunded);
    let back = payment.goes_back().filter(|_| here);
    let back = back.and_then(|back| Some((goes_back(back.cause)?, back.amount.as_rupiah())));
    Some(PaymentStatusUpdatedV1 {
        payment_id: payment.id.to_string(),
        order_id: payment.bill.order_id.to_string(),
        payment_status: wire(to)?,
        payment_method: payment.method().map(str::to_owned),
        total_amount: payment.bill.amount.as_rupiah(),
        currency: payment.bill.amount.currency().code().to_owned(),
        goes_back: back.map(|(why, _)| why),
        goes_back_amount: back.map(|(_, amount)| amount),
        refunded_amount: Some(payment.returned().as_rupiah()).filter(|amount| *amount > 0),
    })
}

fn goes_back(cause: RefundCause) -> Option<GoesBackV1> {
    match cause {
        RefundCause::Late => Some(GoesBackV1::LateMoney),
        RefundCause::CalledOff => Some(GoesBackV1::CalledOff),
        // The merchant's doing, or not this money: it is paid.
        RefundCause::Asked | RefundCause::Second | RefundCause::Elsewhere => None,
    }
}

fn requested(payment: &Payment, fact: &PaymentFact) -> Option<RefundRequestedV1> {
    let PaymentFact::RefundAsked { key, amount, cause, state, .. } = fact else { return None };
    let cause = match cause {
        RefundCause::Asked => RefundCauseV1::Asked,
        RefundCause::CalledOff => RefundCauseV1::CalledOff,
        RefundCause::Late => RefundCauseV1::LateMoney,
        RefundCause::Second => RefundCauseV1::SecondPayment,
        // Done at the gateway by somebody: nobody asks for it any more.
        RefundCause::Elsewhere => return None,
    };
    Some(RefundRequestedV1 {
        payment_id: payment.id.to_string(),
        order_id: payment.bill.order_id.to_string(),
        refund_id: key.clone(),
        amount: amount.as_rupiah(),
        currency: amount.currency().code().to_owned(),
        cause,
        by_hand: matches!(state, RefundState::Manual(_)),
    })
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
