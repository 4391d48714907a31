//! Event → use case.
//!
//! One queue and one consumer for e-mail. A second channel would be a queue with a consumer of its
//! own: the inbox row says "told" once per consumer and event, so each channel needs its own.

use crate::models::{
    BackCause, Contact, GoesBack, Locale, News, OrderId, PaymentId, PaymentStatus, PaymentUpdate,
};
use crate::usecase::{NoteContact, Notice, NotifyCustomer};
use async_trait::async_trait;
use engine::{Basis, Command};
use events::{
    GoesBackV1, ORDER_CREATED_V1, OrderCreatedV1, PAYMENT_STATUS_UPDATED_V1,
    PaymentStatusUpdatedV1, PaymentStatusV1, REFUND_REQUESTED_V1, RefundCauseV1, RefundRequestedV1,
};
use kernel::{Currency, Email, Money, PersonName, Text};
use messaging::{Event, Failure, Handler, Queue, by_accepted};

/// Where orders and payment facts arrive; its name is on the inbox rows too.
pub const QUEUE: Queue = Queue {
    name: "notification.events",
    bindings: &[
        ORDER_CREATED_V1.routing_key,
        PAYMENT_STATUS_UPDATED_V1.routing_key,
        REFUND_REQUESTED_V1.routing_key,
    ],
};

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
        let mut noted = noted.into_iter().map(|r| r.map(|_| ()).map_err(Failure::from));
        let mut notified = notified.into_iter().map(|r| r.map(|_| ()).map_err(Failure::from));
        // A missing answer ends the list early, and the consumer takes that as "try again".
        is_order
            .into_iter()
            .map_while(|order| if order { noted.next() } else { notified.next() })
            .collect()
    }
}

fn told(event: &Event) -> Result<Told, Failure> {
    match event.routing_key.as_str() {
        key if key == ORDER_CREATED_V1.routing_key => order(event).map(Told::Order),
        key if key == REFUND_REQUESTED_V1.routing_key => refund_asked(event).map(Told::Payment),
        _ => moved(event).map(Told::Payment),
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
        guards: vec![event.guard(QUEUE.name)],
        basis: Basis::New,
    })
}

fn moved(event: &Event) -> Result<Notice, Failure> {
    let told: PaymentStatusUpdatedV1 = event.payload(PAYMENT_STATUS_UPDATED_V1.event_type)?;
    let back = |why| GoesBack { cause: cause(why), amount: amount(told.goes_back_amount) };
    let news = News::Moved {
        to: status(told.payment_status),
        refunded: amount(told.refunded_amount),
        goes_back: told.goes_back.map(back),
    };
    notice(event, &told.payment_id, news)
}

fn refund_asked(event: &Event) -> Result<Notice, Failure> {
    let told: RefundRequestedV1 = event.payload(REFUND_REQUESTED_V1.event_type)?;
    let back = GoesBack { cause: refund_cause(told.cause), amount: amount(Some(told.amount)) };
    notice(event, &told.payment_id, News::RefundAsked { back, by_hand: told.by_hand })
}

fn notice(event: &Event, payment: &str, news: News) -> Result<Notice, Failure> {
    let payment: PaymentId =
        payment.parse().map_err(|_| Failure::permanent("payment_id is not a UUID"))?;
    let update = PaymentUpdate {
        order: OrderId(event.subject),
        payment,
        news,
        source: event.source.clone(),
        sequence: event.sequence,
        at: event.time,
    };
    Ok(Notice { update, cause: event.cause.clone(), guard: event.guard(QUEUE.name) })
}

/// Worth a word only if it is some. An odd number is no reason to stay silent.
fn amount(told: Option<i64>) -> Option<Money> {
    told.filter(|rupiah| *rupiah > 0).map(Money::rupiah)
}

fn cause(told: GoesBackV1) -> BackCause {
    match told {
        GoesBackV1::LateMoney => BackCause::LateMoney,
        GoesBackV1::CalledOff => BackCause::CalledOff,
    }
}

fn refund_cause(told: RefundCauseV1) -> BackCause {
    match told {
        RefundCauseV1::Asked => BackCause::Asked,
        RefundCauseV1::CalledOff => BackCause::CalledOff,
        RefundCauseV1::LateMoney => BackCause::LateMoney,
        RefundCauseV1::SecondPayment => BackCause::SecondPayment,
    }
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
