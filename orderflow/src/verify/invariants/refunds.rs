//! I12: money that goes back, as it was asked for and as the gateway has it.

use super::money::{rupiah, their};
use super::orders::CALL_OFF;
use super::{Judged, Repair};
use crate::compose::Part;
use crate::verify::dossier::Dossier;
use crate::verify::gateway::Account;
use jiff::SignedDuration;
use order::audit::OrderDossier;
use payment::audit::{PaymentDossier, RefundDossier, TransactionDossier};
use payment::models::RefundCause;

/// A day after it settled at the latest a person hears of it; it settles within days.
const PUT_OFF: SignedDuration = SignedDuration::from_hours(5 * 24);

/// I12
pub(super) fn whole(of: &Dossier, judged: &mut Judged) {
    let Some(payment) = &of.payment else { return };
    let id = &of.order_id;
    judged.checks(payment.refunds.len());
    for transaction in of.transactions() {
        let back = back(payment, transaction);
        if back > transaction.gross {
            let (back, gross) = (rupiah(back), rupiah(transaction.gross));
            let what = format!("{back} go back of the {gross} that {} brought", transaction.id);
            judged.finds(id, what, Repair::Person);
        }
    }
    if let Some(order) = &of.order
        && is_forgotten(of, order, payment)
    {
        let repair = match of.sent_to(Part::Payment, of.told_of_wish()) {
            Repair::Resend => Repair::Resend,
            _ => Repair::Reconcile,
        };
        let what = "it was called off with its money to go back, and no refund is asked for";
        judged.finds(id, what, repair);
    }
    let asked = payment.refunds.iter().find(|refund| refund.state == "asked");
    let owed = of.stories.payment.iter().flat_map(|story| &story.jobs);
    if let Some(refund) = asked
        && !owed.clone().any(|job| job.kind == "gateway.give_back")
    {
        let what = format!("refund {} is asked for, and nobody is at it", refund.key);
        judged.finds(id, what, Repair::Reconcile);
    }
    if let Some(refund) = asked.filter(|refund| is_put_off(of, refund)) {
        let what = format!("the gateway puts refund {} off for days", refund.key);
        judged.finds(id, what, Repair::Reconcile);
    }
    let Some(account) = &of.gateway else { return };
    for refund in payment.refunds.iter().filter(|r| matches!(&*r.state, "taken" | "confirmed")) {
        if let Err(what) = there_once(account, refund) {
            judged.finds(id, what, Repair::Person);
        }
    }
    let known = |key: &str| payment.refunds.iter().any(|refund| refund.key == key);
    let theirs = account.transactions.iter().flat_map(|transaction| &transaction.refunds);
    if let Some(refund) = theirs.clone().find(|refund| !known(&refund.key)) {
        let what = format!("the gateway gave {} back by a key of nobody", rupiah(refund.amount));
        judged.finds(id, what, Repair::Reconcile);
    }
}

/// What went back of a transaction through the gateway, by its own sum or ours, and what goes or went
/// besides.
fn back(payment: &PaymentDossier, transaction: &TransactionDossier) -> i64 {
    let sum = |states: &[&str]| -> i64 {
        let of = |r: &&RefundDossier| {
            r.transaction_id == transaction.id && states.contains(&r.state.as_str())
        };
        payment.refunds.iter().filter(of).map(|refund| refund.amount).sum()
    };
    let gone = transaction.refunded.max(sum(&["taken", "confirmed"]));
    gone + sum(&["asked", "manual_required", "by_hand"])
}

/// Called off with its money to go back if it is paid, which it is: a refund belongs to it, whatever
/// became of that. Of a wish that payment does not know I04 tells.
fn is_forgotten(of: &Dossier, order: &OrderDossier, payment: &PaymentDossier) -> bool {
    let heard = payment.call_off_at.as_ref().is_some_and(|at| of.is_past(at, CALL_OFF));
    let here = matches!(&*payment.status, "paid" | "partially_refunded");
    let second = RefundCause::Second.as_str();
    let going = payment.refunds.iter().filter(|r| r.cause != second && r.state != "moot");
    let going: i64 = going.map(|refund| refund.amount).sum();
    heard && here && order.refund_if_paid == Some(true) && going < payment.amount
}

/// Asked for in vain for longer than payment waits before it puts a refund before a person. (A charge
/// that has not settled may wait longer.)
fn is_put_off(of: &Dossier, refund: &RefundDossier) -> bool {
    let settled = |status: &str| matches!(status, "settlement" | "partial_refund");
    let mut theirs = of.transactions().filter(|t| t.id == refund.transaction_id);
    theirs.any(|t| settled(&t.status)) && of.is_past(&refund.asked_at, PUT_OFF)
}

fn there_once(account: &Account, refund: &RefundDossier) -> Result<(), String> {
    let theirs = their(account, &refund.transaction_id);
    // A charge that was called off before it settled went back without a refund.
    if theirs.is_some_and(|t| t.transaction_status == "cancel") {
        return Ok(());
    }
    let mut same = theirs.iter().flat_map(|t| &t.refunds).filter(|r| r.key == refund.key);
    match (same.next(), same.next()) {
        (Some(one), None) if one.amount == refund.amount => Ok(()),
        (Some(one), None) => Err(format!(
            "refund {} is over {} at the gateway, over {} here",
            refund.key,
            rupiah(one.amount),
            rupiah(refund.amount)
        )),
        (None, _) => Err(format!("the gateway knows no refund {}", refund.key)),
        (Some(_), Some(_)) => Err(format!("the gateway has refund {} twice", refund.key)),
    }
}
