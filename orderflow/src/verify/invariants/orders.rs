//! I04 to I06: where orders stand, and how they came there.

use super::{Judged, Repair};
use crate::compose::Part;
use crate::verify::dossier::{Dossier, Move, order_move, payment_move};
use jiff::{SignedDuration, Timestamp};
use ops::dto::{FactDto, StoryDto};
use order::models::OrderStatus;
use payment::models::{EDGES, LEAPS, PaymentStatus};
use payment::usecase::ports::PaymentJob;
use std::collections::BTreeMap;

/// The gateway ends a payment some time after its deadline, and is asked to only then (ADR 0024).
const GRACE: SignedDuration = SignedDuration::from_mins(45);
/// How long a wish to call an order off may be under way: its event, and then the gateway.
pub(super) const CALL_OFF: SignedDuration = SignedDuration::from_mins(10);
/// How far times of one history may go back: a clock steps when the database's time is sampled again,
/// and instances of a service differ by what their samples took.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(2);

/// I04
pub(super) fn ends(of: &Dossier, judged: &mut Judged) {
    let Some(order) = &of.order else { return };
    judged.checks(1);
    let id = &of.order_id;
    let Ok(status) = order.status.parse::<OrderStatus>() else {
        let what = format!("its status {:?} is none", order.status);
        return judged.finds(id, what, Repair::Person);
    };
    called_off(of, judged);
    let items = of.payment.as_ref().map_or(0, |payment| payment.open_items.len());
    match status {
        OrderStatus::Pending => {
            let repair = by_job(of, PaymentJob::CREATE_PAGE, Repair::CallOff);
            judged.finds(id, "nobody can pay it: it has no page yet", repair);
        }
        OrderStatus::OnHold | OrderStatus::RefundManualRequired if items == 0 => {
            let what = format!("it is {status} and no operator item says what to do");
            judged.finds(id, what, Repair::Reconcile);
        }
        OrderStatus::OnHold | OrderStatus::RefundManualRequired => {
            judged.notes("wait for an operator");
        }
        OrderStatus::AwaitingPayment | OrderStatus::PaymentFailed => match deadline(of) {
            Some(due) if due + GRACE < of.now => {
                let what = format!("it is {status}, and its time was over at {due}");
                judged.finds(id, what, by_job(of, PaymentJob::END_ATTEMPT, Repair::Reconcile));
            }
            _ => judged.notes("wait for their customer"),
        },
        _ => judged.notes("ended"),
    }
}

/// A wish to call it off is heard, and then acted on.
fn called_off(of: &Dossier, judged: &mut Judged) {
    let (Some(order), Some(payment)) = (&of.order, &of.payment) else { return };
    let open = payment.status.parse().is_ok_and(PaymentStatus::is_open);
    match (&order.cancel_requested_at, &payment.call_off_at) {
        (Some(wished), None) if of.is_past(wished, CALL_OFF) => {
            let what =
                format!("it was to be called off at {wished}, and its payment knows nothing");
            let repair = of.sent_to(Part::Payment, of.told_of_wish());
            judged.finds(&of.order_id, what, repair);
        }
        (_, Some(heard)) if open && of.is_past(heard, CALL_OFF) => {
            let what = format!("it was to be called off at {heard}, and is {}", order.status);
            let repair = by_job(of, PaymentJob::END_ATTEMPT, Repair::Reconcile);
            judged.finds(&of.order_id, what, repair);
        }
        _ => {}
    }
}

/// What a job of payment's does, and what helps if that was lost.
fn by_job(of: &Dossier, kind: &str, lost: Repair<'static>) -> Repair<'static> {
    let mut jobs = of.stories.payment.iter().flat_map(|story| &story.jobs);
    if jobs.any(|job| job.kind == kind) { Repair::Job } else { lost }
}

/// Until when it can be paid.
pub(super) fn deadline(of: &Dossier) -> Option<Timestamp> {
    of.payment.as_ref().and_then(|payment| payment.due_at.parse().ok())
}

/// I05
pub(super) fn histories(of: &Dossier, judged: &mut Judged) {
    let versions = [
        of.order.as_ref().map(|order| ("order", &of.order_id, order.version)),
        of.payment.as_ref().map(|payment| ("payment", &payment.payment_id, payment.version)),
    ];
    for story in of.stories.each() {
        for (aggregate, facts) in by_aggregate(story) {
            judged.checks(1);
            let whose = format!("{} {aggregate}", story.service);
            // Notification knows its contact by the order's id.
            let same = |(service, id, _): &&(&str, &String, u32)| {
                *service == story.service && *id == aggregate
            };
            let stored = versions.iter().flatten().find(same).map(|(_, _, version)| *version);
            if let Err(what) = whole(&facts, stored) {
                judged.finds(&of.order_id, format!("{whose}: {what}"), Repair::Person);
            }
        }
    }
    let known = |id: &str, part: Option<&StoryDto>| {
        part.is_some_and(|story| story.timeline.iter().any(|fact| fact.aggregate == id))
    };
    if of.order.is_some() && !known(&of.order_id, of.stories.order.as_ref()) {
        judged.finds(&of.order_id, "the order has no history", Repair::Person);
    }
    if let Some(payment) = &of.payment
        && !known(&payment.payment_id, of.stories.payment.as_ref())
    {
        judged.finds(&of.order_id, "the payment has no history", Repair::Person);
    }
}

fn by_aggregate(story: &StoryDto) -> BTreeMap<&String, Vec<&FactDto>> {
    let mut all: BTreeMap<&String, Vec<&FactDto>> = BTreeMap::new();
    for fact in &story.timeline {
        all.entry(&fact.aggregate).or_default().push(fact);
    }
    for facts in all.values_mut() {
        facts.sort_by_key(|fact| fact.version);
    }
    all
}

/// Versions from 1 without gap, up to the one that is stored; times that go on.
fn whole(facts: &[&FactDto], stored: Option<u32>) -> Result<(), String> {
    for (expected, fact) in (1u32..).zip(facts) {
        if fact.version != expected {
            return Err(format!("version {expected} is followed by {} in its place", fact.version));
        }
    }
    let last = u32::try_from(facts.len()).unwrap_or(u32::MAX);
    if let Some(stored) = stored.filter(|stored| *stored != last) {
        return Err(format!("its history ends at version {last}, and it is at {stored}"));
    }
    let times: Vec<Option<Timestamp>> = facts.iter().map(|fact| fact.at.parse().ok()).collect();
    let back = |(one, next): (&Option<Timestamp>, &Option<Timestamp>)| match (one, next) {
        (Some(one), Some(next)) => *next + CLOCKS_APART < *one,
        _ => true,
    };
    match times.iter().zip(times.iter().skip(1)).position(back) {
        Some(at) => Err(format!("version {} is older than the one before", at + 2)),
        None => Ok(()),
    }
}

/// I06
pub(super) fn steps(of: &Dossier, judged: &mut Judged) {
    if let (Some(order), Some(story)) = (&of.order, &of.stories.order) {
        let moves: Vec<Move<'_>> = sorted(story, &of.order_id).filter_map(order_move).collect();
        judged.checks(moves.len());
        let chained = chain("pending", &moves, &order.status);
        let wrong = chained.and_then(|()| moves.iter().copied().try_for_each(allowed));
        if let Err(what) = wrong {
            judged.finds(&of.order_id, format!("order: {what}"), Repair::Person);
        }
    }
    if let (Some(payment), Some(story)) = (&of.payment, &of.stories.payment) {
        let facts = sorted(story, &payment.payment_id);
        let moves: Vec<Move<'_>> = facts.filter_map(payment_move).collect();
        judged.checks(moves.len());
        let chained = chain("opening", &moves, &payment.status);
        if let Err(what) = chained.and_then(|()| moves.into_iter().try_for_each(may_pay)) {
            judged.finds(&of.order_id, format!("payment: {what}"), Repair::Person);
        }
    }
}

fn sorted<'a>(story: &'a StoryDto, aggregate: &str) -> impl Iterator<Item = &'a FactDto> {
    let mut facts: Vec<&FactDto> =
        story.timeline.iter().filter(|fact| fact.aggregate == aggregate).collect();
    facts.sort_by_key(|fact| fact.version);
    facts.into_iter()
}

/// Each step begins where the last one ended, and the last one leads to where it stands.
fn chain(first: &str, moves: &[Move<'_>], last: &str) -> Result<(), String> {
    let mut at = first;
    for step in moves {
        if step.from != at {
            return Err(format!("a step to {} begins at {}, not at {at}", step.to, step.from));
        }
        at = step.to;
    }
    if at == last { Ok(()) } else { Err(format!("its steps lead to {at}, and it is {last}")) }
}

/// An order's step is one of the table, or one of several at once to where money is known.
fn allowed(step: Move<'_>) -> Result<(), String> {
    match (step.from.parse::<OrderStatus>(), step.to.parse::<OrderStatus>()) {
        (Ok(from), Ok(to)) if from.may_become(to) => Ok(()),
        _ => Err(format!("{} → {} is no step of an order", step.from, step.to)),
    }
}

/// A payment's step is one of its table, or one of several at once.
fn may_pay(step: Move<'_>) -> Result<(), String> {
    let wrong = || Err(format!("{} → {} is no step of a payment", step.from, step.to));
    let (Ok(from), Ok(to)) = (step.from.parse::<PaymentStatus>(), step.to.parse::<PaymentStatus>())
    else {
        return wrong();
    };
    let edge = EDGES.iter().any(|(at, all)| *at == from && all.iter().any(|(next, _)| *next == to));
    let leap = LEAPS.iter().any(|(at, all)| *at == from && all.contains(&to));
    if edge || leap { Ok(()) } else { wrong() }
}
