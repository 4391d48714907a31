//! Event → use case.
//!
//! One queue and one consumer for e-mail. A second channel would be a queue with a consumer of its
//! own: the inbox row says "told" once per consumer and event, so each channel needs its own.

use crate::models::{Contact, Locale, OrderId, PaymentId, PaymentStatus, PaymentUpdate};
use crate::usecase::{NoteContact, Notice, NotifyCustomer};
use async_trait::async_trait;
use engine::{Basis, Command, ExecuteError};
use events::{
    ORDER_CREATED_V1, OrderCreatedV1, PAYMENT_STATUS_UPDATED_V1, PaymentStatusUpdatedV1,
    PaymentStatusV1,
};
use kernel::{Currency, Email, Money, PersonName, Text};
use messaging::{Event, Failure, Handler, Queue, by_accepted};
use std::convert::Infallible;

/// Where orders and payment facts arrive.
pub const QUEUE: Queue = Queue {
    name: "notification.events",
    bindings: &[ORDER_CREATED_V1.routing_key, PAYMENT_STATUS_UPDATED_V1.routing_key],
};

/// Names the inbox rows.
pub const CONSUMER: &str = "notification.events";

/// The notification service's reaction to events.
pub struct Incoming {
    /// To an order.
    pub note: NoteContact,
    /// To a payment fact.
    pub notify: NotifyCustomer,
}

enum Told {
    Order(Command<Contact, Contact>),
    Payment(Notice),
}

#[async_trait]
impl Handler for Incoming {
    async fn handle(&self, events: &[Event]) -> Vec<Result<(), Failure>> {
        by_accepted(events, told, |all| self.react(all)).await
    }
}

impl Incoming {
    /// Orders first, whatever came first: a batch may hold an order and its payment. Answers in
    /// the order given.
    async fn react(&self, all: Vec<Told>) -> Vec<Result<(), Failure>> {
        let is_order: Vec<bool> = all.iter().map(|t| matches!(t, Told::Order(_))).collect();
        let (mut orders, mut payments) = (Vec::new(), Vec::new());
        for told in all {
            match told {
                Told::Order(command) => orders.push(command),
                Told::Payment(notice) => payments.push(notice),
            }
        }
        let noted = self.note.run(orders).await;
        let notified = self.notify.run(payments).await;
        let mut noted = noted.into_iter().map(|r| r.map(|_| ()).map_err(not_noted));
        let mut notified = notified.into_iter().map(|r| r.map(|_| ()).map_err(Failure::from));
        // A missing answer ends the list early, and the consumer takes that as "try again".
        is_order
            .into_iter()
            .map_while(|order| if order { noted.next() } else { notified.next() })
            .collect()
    }
}

fn not_noted(error: ExecuteError<Infallible>) -> Failure {
    let reason = error.to_string();
    match error {
        ExecuteError::Rejected(never) => match never {},
        ExecuteError::Refused(_) => Failure::permanent(reason),
        ExecuteError::Store(store) => Failure::from(&store),
    }
}

fn told(event: &Event) -> Result<Told, Failure> {
    if event.routing_key == ORDER_CREATED_V1.routing_key {
        order(event).map(Told::Order)
    } else {
        payment(event).map(Told::Payment)
    }
}

fn order(event: &Event) -> Result<Command<Contact, Contact>, Failure> {
    let told: OrderCreatedV1 = event.payload(ORDER_CREATED_V1.event_type)?;
    let unfit =
        |field: &str, why: &dyn std::fmt::Display| Failure::permanent(format!("{field} {why}"));
    let reference = told.reference.as_deref().map(Text::parse).transpose();
    let contact = Contact {
        order: OrderId(event.subject),
        account: event.account.clone(),
        reference: reference.map_err(|e| unfit("reference", &e))?,
        name: PersonName::parse(&told.customer_name).map_err(|e| unfit("customer_name", &e))?,
        email: Email::parse(&told.email).map_err(|e| unfit("email", &e))?,
        locale: Locale::of(&told.locale),
        total: Currency::from_code(&told.currency)
            .map(|_| Money::rupiah(told.total_amount))
            .ok_or_else(|| unfit("currency", &"is unknown here"))?,
        noted_at: event.time,
    };
    Ok(Command {
        id: contact.order,
        input: contact,
        cause: event.cause.clone(),
        guards: vec![event.guard(CONSUMER)],
        basis: Basis::New,
    })
}

fn payment(event: &Event) -> Result<Notice, Failure> {
    let told: PaymentStatusUpdatedV1 = event.payload(PAYMENT_STATUS_UPDATED_V1.event_type)?;
    let payment: PaymentId =
        told.payment_id.parse().map_err(|_| Failure::permanent("payment_id is not a UUID"))?;
    let update = PaymentUpdate {
        order: OrderId(event.subject),
        payment,
        status: status(told.payment_status),
        // Worth a word only if something went back. An odd number is no reason to stay silent.
        refunded: told.refunded_amount.filter(|rupiah| *rupiah > 0).map(Money::rupiah),
        source: event.source.clone(),
        sequence: event.sequence,
        at: event.time,
    };
    Ok(Notice { update, cause: event.cause.clone(), guard: event.guard(CONSUMER) })
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
