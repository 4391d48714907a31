//! I20 to I22: what customers are told.

use super::{Judged, Repair};
use crate::compose::Part;
use crate::verify::dossier::{
    Dossier, REFUND_REQUESTED, STATUS_UPDATED, payment_move, refund_asked,
};
use notification::audit::MessageDossier;
use notification::models::Template;
use notification::usecase::ports::SEND;
use ops::dto::FactDto;
use payment::models::RefundCause;

/// I20
pub(super) fn once(of: &Dossier, judged: &mut Judged) {
    let Some(payment) = &of.payment else { return };
    let messages = || of.notification.iter().flat_map(|n| &n.messages);
    let about = |sequence: u32| {
        let same =
            |m: &&MessageDossier| m.payment_id == payment.payment_id && m.sequence == sequence;
        messages().filter(same).count()
    };
    let facts = of.stories.payment.iter().flat_map(|story| &story.timeline);
    let due = facts.filter(|fact| of.is_kept(&fact.at));
    for (fact, (key, template)) in due.filter_map(|fact| Some((fact, message_of(fact)?))) {
        judged.checks(1);
        let told = about(fact.version);
        if told != 1 {
            let what = format!("of {template} the customer has {told} messages, not 1");
            let event = of.told_of_payment(key, fact.version);
            let repair = match told {
                0 => of.sent_to(Part::Notification, event),
                _ => Repair::Person,
            };
            judged.finds(&of.order_id, what, repair);
        }
    }
    for message in messages().filter(|m| m.payment_id != payment.payment_id || !told_of(of, m)) {
        let (id, template) = (&message.id, &message.template);
        let what = format!("message {id} ({template}) tells of no such step of the payment");
        judged.finds(&of.order_id, what, Repair::Person);
    }
}

/// Whether a message tells of something that there was, and as what it was.
fn told_of(of: &Dossier, message: &MessageDossier) -> bool {
    let facts = of.stories.payment.iter().flat_map(|story| &story.timeline);
    let mut told = facts.filter(|fact| fact.version == message.sequence).filter_map(message_of);
    told.any(|(_, template)| template == message.template)
}

/// The kind of message that customers get of a fact, if any, and the event that brings it: of the
/// statuses that they are told of there is one each, and one for whoever paid twice.
fn message_of(fact: &FactDto) -> Option<(&'static str, &str)> {
    if refund_asked(fact) == Some(RefundCause::Second) {
        return Some((REFUND_REQUESTED, Template::PaidTwice.as_str()));
    }
    let to = payment_move(fact)?.to;
    to.parse::<Template>().is_ok().then_some((STATUS_UPDATED, to))
}

/// I21
pub(super) fn sent(of: &Dossier, judged: &mut Judged) {
    let Some(notification) = &of.notification else { return };
    judged.checks(notification.messages.len());
    for message in &notification.messages {
        let id = &message.id;
        let history = History::of(of, id);
        let (status, again) = (message.status.as_str(), message.resends);
        if history.unasked > 0 {
            let what = format!("message {id} was sent {} times too often", history.unasked);
            judged.finds(&of.order_id, what, Repair::Person);
        }
        if (Some(status), again) != (history.status, history.resends) {
            let told = history.status.unwrap_or("nothing");
            let what = format!(
                "message {id} is {status} and was asked for again {again} times; its history tells \
                 {told} and {} times",
                history.resends
            );
            judged.finds(&of.order_id, what, Repair::Person);
        } else if status == "queued" {
            let mut jobs = of.stories.notification.iter().flat_map(|story| &story.jobs);
            if jobs.any(|job| job.kind == SEND && job.target == *id) {
                judged.notes("wait for another try");
            } else {
                let what = format!("message {id} is not sent after {} tries", message.attempts);
                judged.finds(&of.order_id, what, Repair::SendAgain(id));
            }
        } else if status == "failed" {
            judged.notes("failed for good");
        }
    }
}

/// What a message's facts come to.
#[derive(Debug, Default)]
struct History {
    /// Where it stands after the last of them.
    status: Option<&'static str>,
    /// How often it was asked for again. What is still to be sent then is sent once.
    resends: u32,
    /// How often it was sent without being asked for.
    unasked: u32,
}

impl History {
    fn of(dossier: &Dossier, message: &str) -> Self {
        let facts = dossier.stories.notification.iter().flat_map(|story| &story.timeline);
        let mut facts: Vec<&FactDto> = facts.filter(|fact| fact.aggregate == message).collect();
        facts.sort_by_key(|fact| fact.version);
        let mut history = Self::default();
        for fact in facts {
            match fact.what.as_str() {
                "message_queued" => history.status = Some("queued"),
                "message_resent" => {
                    history.status = Some("queued");
                    history.resends += 1;
                }
                "message_sent" => {
                    history.unasked += u32::from(history.status != Some("queued"));
                    history.status = Some("sent");
                }
                "message_failed" => history.status = Some("failed"),
                _ => {}
            }
        }
        history
    }
}

/// I22
pub(super) fn right_recipient(of: &Dossier, judged: &mut Judged) {
    let Some(notification) = &of.notification else { return };
    let ordered = of.order.as_ref().map(|order| &order.email_fingerprint);
    if let (Some(known), Some(ordered)) = (&notification.email_fingerprint, ordered)
        && known != ordered
    {
        let what = "notification knows another address than the order has";
        judged.finds(&of.order_id, what, Repair::Person);
    }
    judged.checks(notification.messages.len());
    for message in &notification.messages {
        if ordered.is_some_and(|ordered| *ordered != message.email_fingerprint) {
            let what = format!("message {} went to an address that is not the order's", message.id);
            judged.finds(&of.order_id, what, Repair::Person);
        }
    }
}
