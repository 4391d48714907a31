//! All that is known about one order: what each service holds, what each service did, and what the
//! simulated gateway has. Reads nothing and judges nothing.

use super::gateway::Account;
use super::invariants::Repair;
use crate::compose::Part;
use jiff::{SignedDuration, Timestamp};
use kernel::{Uuid, timestamp};
use notification::audit::NotificationDossier;
use ops::dto::{FactDto, OutboxDto, StoryDto};
use order::audit::OrderDossier;
use payment::audit::{PaymentDossier, TransactionDossier};
use payment::models::RefundCause;
use serde_json::Value;

/// How long a new order may be without what everybody gets.
const YOUNG: SignedDuration = SignedDuration::from_mins(2);
/// Events are kept for 14 days by their producers: of older ones nothing is asked.
const KEPT: SignedDuration = SignedDuration::from_hours(13 * 24);

/// What order tells.
pub(crate) const ORDER_CREATED: &str = order::broker::outgoing::KEYS[0];
pub(crate) const CANCEL_REQUESTED: &str = order::broker::outgoing::KEYS[1];
/// What payment tells.
pub(crate) const STATUS_UPDATED: &str = payment::broker::outgoing::KEYS[0];
pub(crate) const REFUND_REQUESTED: &str = payment::broker::outgoing::KEYS[1];

/// One order, whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dossier {
    pub(crate) order_id: String,
    pub(crate) order: Option<OrderDossier>,
    pub(crate) payment: Option<PaymentDossier>,
    pub(crate) notification: Option<NotificationDossier>,
    /// What order, payment and notification did.
    pub(crate) stories: Stories,
    /// What the gateway has of it; `None` if it is no simulator.
    pub(crate) gateway: Option<Account>,
    /// When all this was read.
    pub(crate) now: Timestamp,
}

/// What each service tells; empty if it knows nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stories {
    pub(crate) order: Option<StoryDto>,
    pub(crate) payment: Option<StoryDto>,
    pub(crate) notification: Option<StoryDto>,
}

/// A move of a status, as a timeline tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
}

impl Dossier {
    /// Whether it is so new that what is missing may be on its way.
    pub(crate) fn is_young(&self) -> bool {
        let created = self.order.as_ref().map(|order| &order.created_at);
        let created = created.or(self.payment.as_ref().map(|payment| &payment.created_at));
        created.and_then(|at| at.parse::<Timestamp>().ok()).is_some_and(|at| at > self.now - YOUNG)
    }

    /// Whether the order can still be moved by anybody but an operator.
    pub(crate) fn is_open(&self) -> bool {
        let status = self.order.as_ref().and_then(|order| order.status.parse().ok());
        status.is_none_or(order::models::OrderStatus::is_open)
    }

    /// Whether both ends of the way of what was told then still have it.
    pub(crate) fn is_kept(&self, at: &str) -> bool {
        at.parse::<Timestamp>().is_ok_and(|at| at > self.now - KEPT)
    }

    /// Whether both ends of an event's way still have it. Its id says when it was told; a row says when
    /// it was written last, and whoever handles an event late writes late.
    pub(crate) fn is_event_kept(&self, id: &str, written: &str) -> bool {
        match born(id) {
            Some(at) => at > self.now - KEPT,
            None => self.is_kept(written),
        }
    }

    /// Whether that was so long ago.
    pub(crate) fn is_past(&self, at: &str, by: SignedDuration) -> bool {
        at.parse::<Timestamp>().is_ok_and(|at| at + by < self.now)
    }

    /// The gateway's transactions as payment knows them.
    pub(crate) fn transactions(&self) -> impl Iterator<Item = &TransactionDossier> {
        self.payment.iter().flat_map(|p| &p.attempts).flat_map(|a| &a.transactions)
    }
}

impl Dossier {
    /// The event of this kind by which payment told a fact.
    pub(crate) fn told_of_payment(&self, key: &str, sequence: u32) -> Option<&OutboxDto> {
        let mut events = self.stories.payment.iter().flat_map(|story| &story.outbox);
        events.find(|event| event.routing_key == key && event.sequence == sequence)
    }

    /// The event by which order last told that it is to be called off.
    pub(crate) fn told_of_wish(&self) -> Option<&OutboxDto> {
        let events = self.stories.order.iter().flat_map(|story| &story.outbox);
        events.filter(|event| event.routing_key == CANCEL_REQUESTED).max_by_key(|e| e.sequence)
    }

    /// What helps a service that has not done what an event asks for: what it has heard is not sent
    /// again, and what there is no event of neither.
    pub(crate) fn sent_to(&self, part: Part, event: Option<&OutboxDto>) -> Repair<'static> {
        let Some(event) = event else { return Repair::Person };
        let mut inbox = self.stories.of(part).into_iter().flat_map(|story| &story.inbox);
        match inbox.any(|row| row.event_id == event.id) {
            true => Repair::Person,
            false => Repair::Resend,
        }
    }
}

impl Stories {
    /// What one service tells.
    pub(crate) fn of(&self, part: Part) -> Option<&StoryDto> {
        match part {
            Part::Order => self.order.as_ref(),
            Part::Payment => self.payment.as_ref(),
            Part::Notification => self.notification.as_ref(),
        }
    }

    /// Those that there are.
    pub(crate) fn each(&self) -> impl Iterator<Item = &StoryDto> {
        [&self.order, &self.payment, &self.notification].into_iter().flatten()
    }

    /// Events told by producers, with the service that told each.
    pub(crate) fn told(&self) -> impl Iterator<Item = (&StoryDto, &OutboxDto)> {
        self.each().flat_map(|story| story.outbox.iter().map(move |event| (story, event)))
    }
}

/// How an order's status moved by this fact, if it did.
pub(crate) fn order_move(fact: &FactDto) -> Option<Move<'_>> {
    (fact.what == "order_status_changed").then(|| moved(&fact.detail)).flatten()
}

/// How a payment's status moved by this fact, if it did.
pub(crate) fn payment_move(fact: &FactDto) -> Option<Move<'_>> {
    moved(&fact.detail["status"])
}

/// Why money is to go back by this fact, if it is.
pub(crate) fn refund_asked(fact: &FactDto) -> Option<RefundCause> {
    let asked = fact.what == "refund_asked";
    fact.detail["cause"].as_str().filter(|_| asked).and_then(RefundCause::parse)
}

/// When an id was made, as it says itself: ours are UUIDs of version 7.
fn born(id: &str) -> Option<Timestamp> {
    let (seconds, nanos) = id.parse::<Uuid>().ok()?.get_timestamp()?.to_unix();
    let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    Some(timestamp(micros.checked_add(i64::from(nanos / 1_000))?))
}

fn moved(value: &Value) -> Option<Move<'_>> {
    Some(Move { from: value["from"].as_str()?, to: value["to"].as_str()? })
}
