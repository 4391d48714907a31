//! I12: money that goes back, as it was asked for and as the gateway has it.

use super::money::{rupiah, their};
use super::orders::CALL_OFF;
use super::{Judged, Repair};
use crate::compose::Part;
use crate::verify::dossier::Dossier;
use crate::verify::gateway::Account;
use order::audit::OrderDossier;
use payment::audit::{PaymentDossier, RefundDossier};
use payment::models::RefundCause;

/// I12
pub(super) fn whole(of: &Dossier, judged: &mut Judged) {
    let Some(payment) = &of.payment else { return };
    let id = &of.order_id;
    judged.checks(payment.refunds.len());
    for transaction in of.transactions() {
        let of_it = payment.refunds.iter().filter(|r| r.transaction_id == transaction.id);
        let sum: i64 = of_it.filter(|r| r.state != "moot").map(|r| r.amount).sum();
        if sum.max(transaction.refunded) > transaction.gross {
            let (sum, gross) = (rupiah(sum.max(transaction.refunded)), rupiah(transaction.gross));
            let what = format!("{sum} go back of the {gross} that {} brought", transaction.id);
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

/// Called off with its money to go back if it is paid, which it is: a refund belongs to it, whatever
/// became of that. Of a wish that payment does not know I04 tells.
fn is_forgotten(of: &Dossier, order: &OrderDossier, payment: &PaymentDossier) -> bool {
    let heard = payment.call_off_at.as_ref().is_some_and(|at| of.is_past(at, CALL_OFF));
    let wanted = order.refund_if_paid == Some(true) && payment.status == "paid";
    let second = RefundCause::Second.as_str();
    heard && wanted && payment.refunds.iter().all(|refund| refund.cause == second)
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
