//! I07 to I11: the money, by our books and by the gateway's.

use super::messages::follow;
use super::orders::deadline;
use super::{Judged, Repair};
use crate::compose::Part;
use crate::lists::standing::Standing;
use crate::lists::transactions::GatewayTransaction;
use crate::verify::dossier::Dossier;
use crate::verify::gateway::{Account, Page};
use crate::verify::read::awaited_page;
use jiff::{SignedDuration, Timestamp};
use kernel::Money;
use order::audit::OrderDossier;
use order::models::{OrderStatus, PaymentStatus};
use payment::audit::{PaymentDossier, RefundDossier, TransactionDossier};
use payment::models::{EntryKind, RefundCause};
use payment::usecase::POLL_AT_LAST;
use payment::usecase::ports::PaymentJob;
use std::collections::BTreeMap;

/// I07
pub(super) fn one_payment(of: &Dossier, judged: &mut Judged) {
    judged.checks(1);
    let id = &of.order_id;
    match (&of.order, &of.payment) {
        (Some(_), None) => {
            let story = of.stories.order.as_ref();
            let placed =
                story.into_iter().flat_map(|story| &story.outbox).find(|e| e.sequence == 1);
            judged.finds(id, "it has no payment", of.sent_to(Part::Payment, placed));
        }
        (None, Some(payment)) => {
            let what = format!("payment {} is for an order that is not there", payment.payment_id);
            judged.finds(id, what, Repair::Person);
        }
        (Some(order), Some(payment)) => {
            if let Err(what) = same_bill(order, payment) {
                judged.finds(id, what, Repair::Person);
            }
        }
        (None, None) => {}
    }
}

fn same_bill(order: &OrderDossier, payment: &PaymentDossier) -> Result<(), String> {
    if order.total_amount != payment.amount {
        let (order, payment) = (rupiah(order.total_amount), rupiah(payment.amount));
        return Err(format!("the order is over {order}, its payment over {payment}"));
    }
    if order.currency != payment.currency {
        let (order, payment) = (&order.currency, &payment.currency);
        return Err(format!("the order is in {order}, its payment in {payment}"));
    }
    if order.account != payment.account {
        return Err("the order is of another account than its payment".to_owned());
    }
    Ok(())
}

/// I08
pub(super) fn paid(of: &Dossier, judged: &mut Judged) {
    judged.checks(1);
    let id = &of.order_id;
    let repair = repair(of);
    let holds = of.transactions().any(holds);
    let status = of.order.as_ref().map_or("", |order| order.status.as_str());
    let paid = matches!(status, "paid" | "partially_refunded" | "refund_manual_required");
    if paid && !holds {
        let what = format!("it is {status}, and the gateway holds no money of it");
        judged.finds(id, what, repair);
    }
    let unpaid = matches!(
        status,
        "pending" | "awaiting_payment" | "payment_failed" | "expired" | "cancelled"
    );
    let Some(payment) = &of.payment else { return };
    let kept: i64 = of.transactions().map(|t| left(payment, t).max(0)).sum();
    // Money that came after its end is on its way back.
    if unpaid && holds && kept > 0 {
        let what = format!("it is {status}, and the gateway holds money of it");
        judged.finds(id, what, repair);
    }
    let gone = matches!(status, "refunded" | "payment_reversed" | "charged_back");
    if gone && kept > 0 {
        let what = format!("it is {status}, and {} of it stays with us", rupiah(kept));
        judged.finds(id, what, repair);
    }
    let Some(account) = &of.gateway else { return };
    for theirs in &account.transactions {
        let Err(what) = agrees(payment, theirs) else { continue };
        match next_look(of, account, theirs) {
            Some(at) => {
                let what = format!("{what}; it is asked at {at}");
                judged.waits(id, what, Repair::AskNow);
            }
            None => judged.finds(id, what, Repair::Reconcile),
        }
    }
    let unknown = of.transactions().find(|t| their(account, &t.id).is_none());
    if let Some(transaction) = unknown {
        let what = format!("the gateway has no transaction {}", transaction.id);
        judged.finds(id, what, Repair::Person);
    }
}

/// Asking the gateway helps where payment does not know what the gateway has, or does not stand as it
/// knows. Where payment is right, its order lacks something else.
fn repair(of: &Dossier) -> Repair<'static> {
    let (Some(order), Some(payment)) = (&of.order, &of.payment) else { return Repair::Reconcile };
    let told = PaymentStatus::ALL.into_iter().find(|status| status.as_str() == payment.status);
    let wanted = told.map(OrderStatus::wanted_by).map(OrderStatus::as_str);
    let differ = of.gateway.as_ref().is_some_and(|account| {
        account.transactions.iter().any(|theirs| agrees(payment, theirs).is_err())
    });
    match differ || wanted == Some(order.status.as_str()) {
        true => Repair::Reconcile,
        false => follow(of, order),
    }
}

/// When the gateway is asked by itself about what we do not know of it, if that is soon and tells. What
/// waits for a person may be an answer that is not believed. GET Status by order tells the latest
/// transaction (midtrans.md 8, L): an earlier one is asked about only if it is known.
fn next_look(of: &Dossier, account: &Account, theirs: &GatewayTransaction) -> Option<Timestamp> {
    let payment = of.payment.as_ref()?;
    let known = of.transactions().any(|ours| ours.id == theirs.transaction_id);
    let later = |other: &GatewayTransaction| {
        other.order_id == theirs.order_id && other.created_at > theirs.created_at
    };
    let mut tries = payment.attempts.iter().filter(|attempt| attempt.id == theirs.order_id);
    let believed = payment.open_items.is_empty() && !tries.any(|attempt| attempt.distrusted);
    if !believed || !known && account.transactions.iter().any(later) {
        return None;
    }
    let jobs = of.stories.payment.iter().flat_map(|story| &story.jobs);
    let looks =
        jobs.filter(|job| job.kind == PaymentJob::CHECK_STATUS && job.target == theirs.order_id);
    let soon = of.now + SignedDuration::try_from(POLL_AT_LAST).unwrap_or_default();
    let mut due = looks.filter_map(|job| job.run_at.parse().ok());
    due.find(|at: &Timestamp| *at > of.now && *at <= soon)
}

/// Whether the gateway owes us something of it.
fn holds(transaction: &TransactionDossier) -> bool {
    net(transaction).is_none_or(|net| net > 0)
}

/// What the gateway owes us of it. Of a partial chargeback nobody tells us how much.
fn net(transaction: &TransactionDossier) -> Option<i64> {
    Standing::of(transaction).ok()?.net()
}

pub(super) fn their<'a>(account: &'a Account, id: &str) -> Option<&'a GatewayTransaction> {
    account.transactions.iter().find(|t| t.transaction_id == id)
}

/// What the gateway has is what we have.
fn agrees(payment: &PaymentDossier, theirs: &GatewayTransaction) -> Result<(), String> {
    let id = &theirs.transaction_id;
    let mut ours = payment.attempts.iter().flat_map(|attempt| &attempt.transactions);
    let Some(ours) = ours.find(|ours| ours.id == *id) else {
        // A try that came to nothing moves nothing.
        return match theirs.net() {
            0 => Ok(()),
            net => Err(format!("the gateway holds {} by {id}, unknown to us", rupiah(net))),
        };
    };
    let seen = |status: &str, net: i64| format!("{status} with {}", rupiah(net));
    let stands = theirs.transaction_status.as_str();
    match net(ours) {
        Some(net) if (ours.status.as_str(), net) != (stands, theirs.net()) => Err(format!(
            "the gateway says {}, we say {} of {id}",
            seen(stands, theirs.net()),
            seen(&ours.status, net)
        )),
        _ => Ok(()),
    }
}

/// I09
pub(super) fn kept_once(of: &Dossier, judged: &mut Judged) {
    let Some(payment) = &of.payment else { return };
    judged.checks(1);
    let holding = of.transactions().filter(|t| t.credited);
    let unspoken = holding.filter(|t| left(payment, t) > 0);
    let kept: Vec<&TransactionDossier> = unspoken.collect();
    let may_keep = matches!(
        payment.status.as_str(),
        "paid" | "partially_refunded" | "refund_manual_required" | "charged_back"
    );
    let due = |refund: &RefundDossier| matches!(&*refund.state, "asked" | "manual_required");
    let going = payment.refunds.iter().any(due);
    let mut ours = of.transactions().filter(|t| holds(t));
    let gone = !going && !ours.any(|t| left(payment, t) > 0);
    if payment.status == "paid" && gone {
        let what = "it is paid, and no money of it is with us";
        judged.finds(&of.order_id, what, Repair::Reconcile);
    }
    if kept.len() > usize::from(may_keep) {
        let sum: i64 = kept.iter().map(|t| left(payment, t)).sum();
        let what = format!(
            "it is {} and {} of it stays with us by {} transactions",
            payment.status,
            rupiah(sum),
            kept.len()
        );
        judged.finds(&of.order_id, what, Repair::Reconcile);
    }
}

/// What stays with us of a transaction when all that is to go back has gone. By hand the order's
/// total is given back and not the fee that its customer paid on top: then nothing stays, as
/// payment's own `models/status.rs` counts it.
fn left(payment: &PaymentDossier, transaction: &TransactionDossier) -> i64 {
    let of_it = || payment.refunds.iter().filter(|refund| refund.transaction_id == transaction.id);
    let sum = |states: &[&str]| -> i64 {
        let of = |refund: &&RefundDossier| states.contains(&refund.state.as_str());
        of_it().filter(of).map(|refund| refund.amount).sum()
    };
    let gone = transaction.refunded.max(sum(&["taken", "confirmed"]));
    let (by_hand, second) = (sum(&["by_hand"]), RefundCause::Second.as_str());
    let of_the_order = of_it().all(|refund| refund.cause != second);
    if of_the_order && by_hand > 0 && gone + by_hand >= payment.amount {
        return 0;
    }
    let going = sum(&["asked", "manual_required", "by_hand"]);
    net(transaction).map_or(0, |net| net.min(transaction.gross - gone - going))
}

/// I10
pub(super) fn books(of: &Dossier, judged: &mut Judged) {
    let Some(payment) = &of.payment else { return };
    let id = &of.order_id;
    let mut journals: BTreeMap<_, i64> = BTreeMap::new();
    let mut owed: BTreeMap<&str, i64> = BTreeMap::new();
    for line in &payment.journal {
        let named = (&line.transaction_id, &line.kind, line.version, line.before);
        *journals.entry(named).or_default() += line.amount;
        if line.account == "gateway" {
            *owed.entry(&line.transaction_id).or_default() += line.amount;
        }
    }
    judged.checks(journals.len());
    for ((transaction, kind, version, _), sum) in journals.iter().filter(|(_, sum)| **sum != 0) {
        let what = format!("journal {kind} of {transaction} at version {version} is off by {sum}");
        judged.finds(id, what, Repair::Person);
    }
    for line in
        payment.journal.iter().filter(|line| !accounts(&line.kind).contains(&&*line.account))
    {
        let (kind, transaction) = (&line.kind, &line.transaction_id);
        let what = format!("journal {kind} of {transaction} moves {:?}", line.account);
        judged.finds(id, what, Repair::Person);
    }
    for transaction in of.transactions() {
        let booked = owed.remove(transaction.id.as_str()).unwrap_or(0);
        let Some(net) = net(transaction) else {
            judged.notes("partial chargebacks, whose amount only the bank knows");
            continue;
        };
        if booked != net {
            let (booked, net) = (rupiah(booked), rupiah(net));
            let what = format!("the books say {booked} of {}, it is worth {net}", transaction.id);
            judged.finds(id, what, Repair::Person);
        }
    }
    if let Some((transaction, _)) = owed.iter().find(|(_, sum)| **sum != 0) {
        let what = format!("the books have {transaction}, which is no transaction of the payment");
        judged.finds(id, what, Repair::Person);
    }
}

/// The accounts that a journal of a kind moves (`payment::models::journals`). As it balances, what a
/// payment brings to the gateway's account is sales and fees, and nothing else.
fn accounts(kind: &str) -> &'static [&'static str] {
    use EntryKind::{Chargeback, Payment, Refund, Reversal, Void};
    let kinds = [Payment, Void, Reversal, Refund, Chargeback];
    match kinds.into_iter().find(|known| known.as_str() == kind) {
        Some(Payment | Void | Reversal) => &["gateway", "sales", "fees"],
        Some(Refund) => &["gateway", "refunds"],
        Some(Chargeback) => &["gateway", "chargebacks"],
        None => &[],
    }
}

/// I11
pub(super) fn pages(of: &Dossier, judged: &mut Judged) {
    let Some(page) = of.gateway.as_ref().and_then(|account| account.page.as_ref()) else { return };
    if awaited_page(of).is_none() {
        return;
    }
    judged.checks(1);
    let sent = "the customer is sent to a page that is";
    match page.state.as_str() {
        "open" => {}
        // What is to end it then is for I04.
        "expired" if deadline(of).is_some_and(|due| due <= of.now) => {
            judged.notes("past their deadline");
        }
        "expired" => {
            let what = format!("{sent} expired at the gateway{}", whose_clock(page, of.now));
            judged.finds(&of.order_id, what, Repair::Deadline);
        }
        state => {
            let what = format!("{sent} {state} at the gateway");
            judged.finds(&of.order_id, what, Repair::Person);
        }
    }
}

/// A simulator's clock can be moved, and ours is not moved with it.
fn whose_clock(page: &Page, now: Timestamp) -> String {
    match page.closes_at.filter(|closes| *closes > now) {
        Some(closes) => format!(", whose clock is ahead of ours: it is past {closes} there"),
        None => ", and our deadline is not over".to_owned(),
    }
}

pub(super) fn rupiah(amount: i64) -> Money {
    Money::rupiah(amount)
}
