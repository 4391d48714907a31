//! I13 to I19: what the services tell each other.

use super::{Judged, Repair};
use crate::compose::Part;
use crate::verify::dossier::{
    CANCEL_REQUESTED, Dossier, ORDER_CREATED, REFUND_REQUESTED, STATUS_UPDATED, payment_move,
    refund_asked,
};
use ops::dto::{DeadLetterDto, FactDto, InboxDto, OutboxDto, StoryDto};
use order::audit::OrderDossier;
use order::models::{OrderStatus, PaymentStatus};
use payment::audit::{PaymentDossier, RefundDossier};
use payment::models::RefundCause;
use std::collections::BTreeSet;

/// I13
pub(super) fn told(of: &Dossier, judged: &mut Judged) {
    let order = of.stories.order.as_ref().map(|story| (story, order_tells as Tells));
    let payment = of.stories.payment.as_ref().map(|story| (story, payment_tells as Tells));
    for (story, tells) in [order, payment].into_iter().flatten() {
        let each = story.timeline.iter();
        let steps: Vec<(&str, &FactDto)> =
            each.flat_map(|fact| tells(fact).into_iter().map(move |key| (key, fact))).collect();
        for (key, fact) in steps.iter().filter(|(_, fact)| of.is_kept(&fact.at)) {
            judged.checks(1);
            let events = story.outbox.iter().filter(|event| is_of(event, key, fact)).count();
            if events != 1 {
                let step = format!("{} {} at version {}", story.service, fact.what, fact.version);
                let what = format!("{step} has {events} events {key}, not 1");
                judged.finds(&of.order_id, what, Repair::Person);
            }
        }
        for event in &story.outbox {
            if !steps.iter().any(|(key, fact)| is_of(event, key, fact)) {
                let what = format!("event {} ({}) tells of no step", event.id, event.routing_key);
                judged.finds(&of.order_id, what, Repair::Person);
            }
            if event.published_at.is_none() && event.attempts == 0 {
                let what = format!("event {} ({}) was never sent", event.id, event.routing_key);
                judged.finds(&of.order_id, what, Repair::Resend);
            }
        }
    }
}

/// The routing keys of the events that a fact must have.
type Tells = fn(&FactDto) -> Vec<&'static str>;

fn order_tells(fact: &FactDto) -> Vec<&'static str> {
    match fact.what.as_str() {
        "order_placed" => vec![ORDER_CREATED],
        "order_cancel_requested" => vec![CANCEL_REQUESTED],
        _ => Vec::new(),
    }
}

fn payment_tells(fact: &FactDto) -> Vec<&'static str> {
    let asked = refund_asked(fact).filter(|cause| *cause != RefundCause::Elsewhere);
    let status = tells_status(fact).then_some(STATUS_UPDATED);
    status.into_iter().chain(asked.map(|_| REFUND_REQUESTED)).collect()
}

fn tells_status(fact: &FactDto) -> bool {
    payment_move(fact).is_some_and(|step| step.to != "opening")
}

fn is_of(event: &OutboxDto, key: &str, fact: &FactDto) -> bool {
    event.routing_key == key && event.sequence == fact.version
}

/// I14
pub(super) fn heard(of: &Dossier, judged: &mut Judged) {
    for (_, event) in of.stories.told() {
        if event.published_at.is_none() || !of.is_event_kept(&event.id, &event.recorded_at) {
            continue;
        }
        for part in Part::ALL {
            let queue = part.queue();
            if !queue.bindings.contains(&event.routing_key.as_str()) {
                continue;
            }
            judged.checks(1);
            let rows = inbox(of, part)
                .iter()
                .filter(|row| row.consumer == queue.name && row.event_id == event.id);
            match rows.count() {
                1 => {}
                0 => {
                    let what = format!(
                        "{} never heard of event {} ({})",
                        part.name(),
                        event.id,
                        event.routing_key
                    );
                    judged.finds(&of.order_id, what, Repair::Resend);
                }
                more => {
                    let what = format!("{} has event {} {more} times", part.name(), event.id);
                    judged.finds(&of.order_id, what, Repair::Person);
                }
            }
        }
    }
}

fn inbox(of: &Dossier, part: Part) -> &[InboxDto] {
    of.stories.of(part).map_or(&[], |story| &story.inbox)
}

/// I15
pub(super) fn true_to_the_word(of: &Dossier, judged: &mut Judged) {
    for part in Part::ALL {
        for row in inbox(of, part) {
            if !of.is_event_kept(&row.event_id, &row.recorded_at) {
                continue;
            }
            judged.checks(1);
            let told = of.stories.told().find(|(_, event)| event.id == row.event_id);
            let what = match told {
                Some((_, event)) if event.digest == row.digest => continue,
                Some((from, _)) => {
                    let (from, to) = (&from.service, part.name());
                    format!("event {} is another one at {to} than at {from}", row.event_id)
                }
                None => format!("{} heard event {} of nobody", part.name(), row.event_id),
            };
            judged.finds(&of.order_id, what, Repair::Person);
        }
    }
}

/// I16
pub(super) fn same_state(of: &Dossier, judged: &mut Judged) {
    let (Some(order), Some(payment)) = (&of.order, &of.payment) else { return };
    judged.checks(1);
    let id = &of.order_id;
    let Facts { at, ignored, told } = Facts::of(of, order);
    if at.max(ignored) != told {
        let (at, told) = (at.unwrap_or(0), told.unwrap_or(0));
        let what = format!("the order is at fact {at} of its payment, which told {told}");
        return judged.finds(id, what, follow(of, order));
    }
    let Some(seen) = &order.payment else { return };
    if ignored.is_some() {
        judged.notes("stay where they are, whatever their payment tells now");
    } else if (&seen.payment_id, &seen.status) != (&payment.payment_id, &payment.status) {
        let what =
            format!("the order knows its payment as {}, it is {}", seen.status, payment.status);
        return judged.finds(id, what, Repair::Person);
    }
    if comes_late(order, payment) {
        return judged.notes("stay ended: late money is on its way back");
    }
    let told = PaymentStatus::ALL.into_iter().find(|status| status.as_str() == seen.status);
    let wanted = told.map(OrderStatus::wanted_by);
    if wanted.map(OrderStatus::as_str) != Some(order.status.as_str()) {
        let what = format!("its payment is {}, and it is {}", seen.status, order.status);
        judged.finds(id, what, Repair::Person);
    }
}

/// Facts of a payment by their numbers.
struct Facts {
    /// Where the order is.
    at: Option<u32>,
    /// Later, and no step for it.
    ignored: Option<u32>,
    /// The last one that payment told.
    told: Option<u32>,
}

impl Facts {
    fn of(of: &Dossier, order: &OrderDossier) -> Self {
        let told = of.stories.payment.iter().flat_map(|story| &story.timeline);
        let told = told.filter(|fact| tells_status(fact)).map(|fact| fact.version).max();
        let at = order.payment.as_ref().map(|seen| seen.sequence);
        let ignored = rightly_ignored(of).filter(|sequence| Some(*sequence) > at).max();
        Self { at, ignored, told }
    }
}

/// What helps an order that does not stand as its payment does: the event that it lacks.
pub(super) fn follow(of: &Dossier, order: &OrderDossier) -> Repair<'static> {
    match Facts::of(of, order) {
        Facts { at, ignored, told: Some(told) } if at.max(ignored) != Some(told) => {
            of.sent_to(Part::Order, of.told_of_payment(STATUS_UPDATED, told))
        }
        _ => Repair::Person,
    }
}

/// Money that came after an end makes no order paid, and leaves it ended.
fn comes_late(order: &OrderDossier, payment: &PaymentDossier) -> bool {
    let late = |refund: &RefundDossier| {
        let due = matches!(&*refund.state, "asked" | "manual_required");
        due && refund.cause == RefundCause::Late.as_str()
    };
    let ended = |status: OrderStatus| !status.is_open() && status != OrderStatus::Paid;
    let told = order.payment.as_ref().map(|seen| seen.status.as_str());
    order.status.parse().is_ok_and(ended)
        && told.is_some_and(|told| matches!(told, "paid" | "partially_refunded"))
        && payment.refunds.iter().any(late)
}

/// The payment's facts that the order heard and, by its table, could not follow.
fn rightly_ignored(of: &Dossier) -> impl Iterator<Item = u32> {
    let facts = of.stories.order.iter().flat_map(|story| &story.timeline);
    facts.filter(|fact| fact.what == "payment_ignored").filter_map(|fact| {
        let payment = &fact.detail["payment"];
        let told = payment["status"].as_str()?;
        let told = PaymentStatus::ALL.into_iter().find(|status| status.as_str() == told)?;
        let at: OrderStatus = fact.detail["status"].as_str()?.parse().ok()?;
        let to = OrderStatus::wanted_by(told);
        let sequence = payment["sequence"].as_u64().and_then(|n| u32::try_from(n).ok())?;
        (to != at && !at.may_become(to)).then_some(sequence)
    })
}

/// I18: of what an order's services set aside; letters themselves are read apart, since some are
/// about no order.
pub(super) fn parked(of: &Dossier, judged: &mut Judged) {
    for story in of.stories.each() {
        let about: BTreeSet<String> =
            story.dead_letters.iter().map(|letter| letter.body.to_string()).collect();
        for row in story.inbox.iter().filter(|row| row.state != "handled") {
            judged.checks(1);
            let letter = about.iter().any(|body| body.contains(&row.event_id));
            if row.state == "parked" && !letter {
                let (service, event) = (&story.service, &row.event_id);
                let what = format!("{service} set event {event} aside without a dead letter");
                judged.finds(&of.order_id, what, Repair::Person);
            }
            if row.state == "deferred" {
                judged.notes("wait for another try");
            }
        }
        for letter in story.dead_letters.iter().filter(|letter| letter.resolution.is_none()) {
            judged.checks(1);
            let (service, id) = (story.service.as_str(), letter.id.as_str());
            let repair = match can_be_replayed(story, letter) {
                true => Repair::Replay { service, letter: id },
                false => Repair::Discard { service, letter: id },
            };
            let what = format!("{} gave up: {}", letter.origin, letter.reason);
            judged.finds(&of.order_id, what, repair);
        }
    }
}

/// An event that is set aside, or a job; anything else is kept as evidence alone.
fn can_be_replayed(story: &StoryDto, letter: &DeadLetterDto) -> bool {
    let job = format!("{} of ", letter.origin);
    let body = letter.body.to_string();
    let mut parked = story.inbox.iter().filter(|row| row.state == "parked");
    letter.body.as_str().is_some_and(|body| body.starts_with(&job))
        || parked.any(|row| row.consumer == letter.origin && body.contains(&row.event_id))
}

/// I19
pub(super) fn unroutable(of: &Dossier, judged: &mut Judged) {
    for (story, event) in of.stories.told() {
        judged.checks(1);
        if event.published_at.is_none() && event.attempts > 0 {
            let why = event.last_error.as_deref().unwrap_or("no reason is kept");
            let what = format!(
                "{} cannot send event {} ({}) after {} tries: {why}",
                story.service, event.id, event.routing_key, event.attempts
            );
            judged.finds(&of.order_id, what, Repair::Resend);
        }
    }
}
